"""The window killed right behind a mark: the mark is there at the next start."""

import subprocess
import sys
from pathlib import Path

import pytest

from mo_viewer.phantom.demo import DemoPatient
from mo_viewer.ui.app import open_window, wait_until

MARK_AND_DIE = """
import os, signal, sys
from pathlib import Path
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.demo_pictures import mark_by_click, show_study

folder, uid, store, at = sys.argv[1:]
window = open_window([Path(folder)], Path(store))
assert wait_until(lambda: not window.library.is_reading and window.volume is not None, 60)
show_study(window, uid)
lesion = mark_by_click(window, tuple(float(value) for value in at.split(",")))
print(lesion.tracking_uid, lesion.measured("volume").value, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")
def test_a_mark_survives_a_kill_of_the_window(demo_patient: DemoPatient, tmp_path: Path, qtbot) -> None:
    study = demo_patient.studies[0]
    at = ",".join(str(value) for value in study.click_mm)
    store = tmp_path / "findings.sqlite"
    killed = subprocess.run(
        [sys.executable, "-c", MARK_AND_DIE, str(study.folder), study.study_uid, str(store), at],
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    uid, volume = killed.stdout.split()

    window = open_window([study.folder], store)
    qtbot.addWidget(window)
    assert wait_until(lambda: window.session.document is not None, 60)
    [lesion] = window.session.document.timepoints[0].lesions
    assert lesion.tracking_uid == uid
    assert lesion.measured("volume").value == float(volume)
    assert window.session.undo_title == "Mark Lesion 1"
    window.close()
