"""A well-formed stream that kills its decoder ends the program once, not twice; ordinary streams hardly pay for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mo_viewer.dicom.codecs import decode
from mo_viewer.dicom.pixels import pixels_of
from mo_viewer.dicom.scan import scan
from mo_viewer.dicom.suspects import MOST_AT_ONCE, Suspects, mark_of

FILE = "CTImage_JPEG2000LosslessOnly_1.2.840.10008.1.2.4.90.dcm"
READER = """
import sys
from pathlib import Path
from mo_viewer.base.faults import Fault
from mo_viewer.dicom.apart import WORKERS
from mo_viewer.dicom.load import load_slice
from mo_viewer.dicom.scan import scan
[series] = scan([Path(sys.argv[1])]).series
try:
    print(int(load_slice(series, 0).values.sum()), bool(WORKERS.running))
except Fault as fault:
    print(fault.sentence)
"""
KILLER = """
import os, signal
def jpeg2k_decode(data):
    os.kill(os.getpid(), signal.SIGKILL)
"""
posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a process is ended by a POSIX signal")


def read(file: Path, *path: str) -> "subprocess.CompletedProcess[str]":
    """Load a file in a program of its own; folders of `path` come first."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*path, str(Path(__file__).resolve().parents[2])])}
    return subprocess.run(
        [sys.executable, "-c", READER, str(file)], env=env, capture_output=True, text=True, check=False, timeout=120
    )


@posix
def test_a_stream_that_kills_its_decoder_ends_the_program_once_and_is_a_sentence_then(
    shared: Path, tmp_path: Path
) -> None:
    file = shared / "transfer_syntaxes" / FILE
    (tmp_path / "imagecodecs.py").write_text(KILLER)
    assert read(file, str(tmp_path)).returncode == -signal.SIGKILL
    again = read(file, str(tmp_path))
    assert "does not survive" in again.stdout, again.stderr
    assert "does not survive" in read(file, str(tmp_path)).stdout
    mended = read(file).stdout.split()
    assert mended[1] == "True"
    assert read(file).stdout.split() == [mended[0], "False"]


def test_what_is_taken_back_is_no_suspect_and_what_was_left_is_one_until_it_is_acquitted(tmp_path: Path) -> None:
    first, second = mark_of(b"a" * 10_000), mark_of(b"a" * 10_001)
    assert first != second
    one = Suspects(tmp_path)
    with one.under_way(first):
        pass
    with pytest.raises(ValueError, match="damaged"), one.under_way(first):
        raise ValueError("damaged")
    assert not Suspects(tmp_path).has(first)
    (tmp_path / "999999999.now").write_bytes(bytes(16) + second + b"cut")
    other = Suspects(tmp_path)
    assert other.has(second)
    assert not other.has(first)
    assert not (tmp_path / "999999999.now").exists()
    assert Suspects(tmp_path).has(second)
    other.acquit(second)
    assert not Suspects(tmp_path).has(second)


def test_more_at_once_than_there_is_room_for_are_decoded_all_the_same(tmp_path: Path) -> None:
    suspects, opened = Suspects(tmp_path), []
    for n in range(MOST_AT_ONCE + 3):
        opened.append(suspects.under_way(mark_of(bytes([n]))))
        opened[-1].__enter__()
    for one in opened:
        one.__exit__(None, None, None)
    assert set(next(tmp_path.glob("*.now")).read_bytes()) == {0}


def test_a_folder_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    suspects = Suspects(tmp_path / "file" / "decoding")
    with suspects.under_way(mark_of(b"x")):
        pass
    assert not suspects.has(mark_of(b"x"))


def test_an_ordinary_stream_pays_less_than_a_fiftieth(shared: Path, tmp_path: Path) -> None:
    [series] = scan([shared / "transfer_syntaxes" / FILE]).series
    frame = series.planes[0]
    with pixels_of(frame) as pixels:
        data = pixels._compressed(frame)
    suspects = Suspects(tmp_path)

    def guard() -> None:
        mark = mark_of(data)
        assert not suspects.has(mark)
        with suspects.under_way(mark):
            pass

    def cost(work: object, times: int) -> float:
        assert callable(work)
        work()
        began = time.thread_time()
        for _ in range(times):
            work()
        return (time.thread_time() - began) / times

    assert (
        min(cost(guard, 200) for _ in range(3))
        < min(cost(lambda: decode(data, frame.traits), 5) for _ in range(3)) / 50
    )
