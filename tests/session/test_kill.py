"""A process that is killed loses at most the action under way."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mo_viewer.session.store import Store

CHILD = """
import sys
from pathlib import Path
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store
from mo_viewer.volume.source import Patient

saved = 0
def told(fault):
    global saved
    assert fault is None, fault
    saved += 1
    print(saved, flush=True)

session = Session(Store(Path(sys.argv[1])), told)
document = session.open_patient(Patient("killed"))
for number in range(1, 10_000):
    document = document.with_lesion(Timepoint("1.2", "1.2.3", "2024-02-05"), Lesion(f"2.25.{number}", f"L{number}", ()))
    session.change(f"Mark L{number}", document)
    if len(sys.argv) > 2:
        session.flush()
        sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")
@pytest.mark.parametrize("seed", range(4))
def test_after_a_kill_at_a_random_moment_every_confirmed_action_is_there(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "findings.sqlite"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    confirmed = int(child.stdout.readline())
    time.sleep(random.Random(seed).uniform(0.0, 0.4))
    child.send_signal(signal.SIGKILL)
    confirmed = max([confirmed, *(int(line) for line in child.stdout.read().split("\n") if line.strip())])
    child.wait()
    child.stdout.close()

    store = Store(path)
    assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    head = store.head("killed")
    assert head is not None
    assert len(head.document.timepoints[0].lesions) >= confirmed
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")
def test_a_mark_is_there_after_a_kill_right_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "findings.sqlite"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), "once"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline().strip() == "1"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    child.stdin.close()
    store = Store(path)
    head = store.head("killed")
    assert head is not None
    assert [lesion.label for lesion in head.document.timepoints[0].lesions] == ["L1"]
    store.close()
