"""A decoder that crashes, hangs or eats memory is not the end of the program; ordinary files do not pay for it."""

import os
import signal
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mo_viewer.base.faults import Fault, Unreadable
from mo_viewer.dicom import apart
from mo_viewer.dicom.apart import WORKERS, Worker, is_odd
from mo_viewer.dicom.load import load_slice
from mo_viewer.dicom.pixels import pixels_of
from mo_viewer.dicom.scan import scan

FILES = (
    "CTImage_JPEG2000LosslessOnly_1.2.840.10008.1.2.4.90.dcm",
    "CTImage_JPEGLSLossless_1.2.840.10008.1.2.4.80.dcm",
    "CTImage_JPEGProcess14SV1_1.2.840.10008.1.2.4.70.dcm",
    "CTImage_JPEGProcess1_1.2.840.10008.1.2.4.50.dcm",
)
HTJ2K = "HTJ2K_08_RGB_1.2.840.10008.1.2.4.203.dcm"


@pytest.fixture
def stream(shared: Path) -> "tuple[bytes, object]":
    [series] = scan([shared / "transfer_syntaxes" / FILES[0]]).series
    frame = series.planes[0]
    with pixels_of(frame) as pixels:
        return pixels._compressed(frame), frame.traits


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()


@pytest.mark.parametrize("name", FILES)
def test_an_ordinary_file_starts_no_other_process(shared: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "_running", lambda _: pytest.fail("a process was started"))
    [series] = scan([shared / "transfer_syntaxes" / name]).series
    load_slice(series, 0)


def test_the_same_stream_apart_gives_the_same_pixels(stream: tuple, worker: Worker) -> None:
    from mo_viewer.dicom.codecs import decode

    data, traits = stream
    assert np.array_equal(worker.decode(data, traits), decode(data, traits))


def test_a_stream_without_its_end_is_decoded_apart(shared: Path, tmp_path: Path) -> None:
    whole = (shared / "transfer_syntaxes" / FILES[0]).read_bytes()
    at = whole.rfind(b"\xff\xd9")
    (tmp_path / "x.dcm").write_bytes(whole[:at] + b"\0\0" + whole[at + 2 :])
    for series in scan([tmp_path]).series:
        with suppress(Fault):
            load_slice(series, 0)
    assert WORKERS.running


def test_one_changed_byte_that_ends_the_decoder_of_high_throughput_jpeg_2000_is_a_sentence(
    shared: Path, tmp_path: Path
) -> None:
    whole = bytearray((shared / "transfer_syntaxes" / HTJ2K).read_bytes())
    [series] = scan([shared / "transfer_syntaxes" / HTJ2K]).series
    load_slice(series, 0)
    assert whole[690] == 87
    whole[690] = 250
    (tmp_path / "x.dcm").write_bytes(whole)
    [series] = scan([tmp_path]).series
    with pytest.raises(Unreadable, match="does not survive"):
        load_slice(series, 0)
    [series] = scan([shared / "transfer_syntaxes" / HTJ2K]).series
    assert load_slice(series, 0).values.any()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process is held by a POSIX signal")
def test_a_decoder_that_hangs_or_crashes_is_a_sentence_and_the_next_stream_is_read(
    stream: tuple, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, traits = stream
    worker.decode(data, traits)
    monkeypatch.setattr(apart, "LONGEST_S", 0.3)
    process = worker._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(Unreadable, match="does not survive"):
        worker.decode(data, traits)
    assert time.monotonic() - began < 20
    monkeypatch.undo()
    assert worker.decode(data, traits).shape == (traits.rows, traits.columns)
    process = worker._process
    assert process is not None
    os.kill(process.pid, signal.SIGSEGV)
    process.wait()
    assert worker.decode(data, traits).shape == (traits.rows, traits.columns)


def test_a_refusal_comes_back_as_it_was_said(stream: tuple, worker: Worker) -> None:
    _, traits = stream
    other = struct.pack(">HH8I", 47, 0, 7, 5, 0, 0, 7, 5, 0, 0)
    with pytest.raises(Unreadable, match="another size"):
        worker.decode(b"\xff\x4f\xff\x51" + other + bytes(60), traits)


def test_what_is_odd(stream: tuple) -> None:
    data, traits = stream
    assert not is_odd(data, traits.syntax)
    assert not is_odd(data + bytes(10), traits.syntax)
    assert is_odd(data[:-40], traits.syntax)
    assert is_odd(data, "1.2.840.10008.1.2.4.53")
    assert is_odd(data, "1.2.840.10008.1.2.4.201")
    assert not is_odd(data, "1.2.840.10008.1.2.5")
