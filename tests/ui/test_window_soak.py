"""Three quarters of an hour of random hands on real studies: memory, handles, threads and temporary files stay.

``MO_VIEWER_SOAK_MINUTES`` shortens it; the growth of memory is judged from ten minutes on. What it needs is written
to ``soak.txt`` as it goes, in the test's own folder.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMenu
from shown_window import answer_nothing, write_plugin
from test_window_monkey import MARKER, Monkey

from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.garbage import Garbage

FOLDERS = (
    "ct_thigh_calcified_mass_a",
    "xray_limb",
    "multiframe_enhanced",
    "mr_joint_single",
    "ct_arm_plain_mass",
    "transfer_syntaxes",
    "broken_files",
)
MOST_GROWTH = 0.05
SETTLED_MINUTES = 10.0
FEW_LESIONS = MARKER.replace("len(known.lesions) if known else 0", "len(known.lesions) % 20 if known else 0")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory and handles are read from /proc")


def memory_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def handles() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith("/") and not target.startswith(("/dev", "/proc", "/memfd")):
            found.add(target.removesuffix(" (deleted)"))
    return found


def soak(shared, tmp_path, monkeypatch, minutes):
    answer_nothing(monkeypatch)
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    before = set(threading.enumerate())
    places = [("test", write_plugin(tmp_path / "plugins", "mo_monkey", FEW_LESIONS))]
    open_before = handles()
    window = open_window([shared / name for name in FOLDERS], tmp_path / "f.sqlite", places)
    assert wait_until(lambda: not window.library.is_reading and window.volume is not None, 300)
    garbage = Garbage(lambda: window.jobs.is_idle)
    raised = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: raised.append(error))
    monkey = Monkey(window, 1)
    begun, samples, steps = time.monotonic(), [], 0
    with (tmp_path / "soak.txt").open("w", buffering=1) as log:
        while (now := time.monotonic() - begun) < minutes * 60:
            monkey.go(20)
            steps += 20
            if raised:
                raise raised[0]
            if not samples or now - samples[-1][0] > 5:
                assert wait_until(lambda: window.jobs.is_idle, 60)
                samples.append((now, memory_mib()))
                log.write(f"{now:.0f} s, {steps} actions, {samples[-1][1]:.1f} MiB\n")
    garbage.stop()
    faults = list(window.host.faults)
    assert wait_until(lambda: window.jobs.is_idle, 60)
    window.close()
    assert wait_until(lambda: set(threading.enumerate()) <= before, 30), "a thread was left over"
    for top in QApplication.topLevelWidgets():
        if isinstance(top, QMenu):
            top.deleteLater()
    window.deleteLater()
    QApplication.processEvents()
    return samples, steps, faults, handles() - open_before, list(own.iterdir())


def growth(samples, minutes):
    """Share by which memory grew from the minutes after it has settled to the last ones."""
    settled = min(SETTLED_MINUTES, minutes / 4) * 60
    span = minutes * 60 / 15
    early = statistics.median(used for at, used in samples if settled <= at <= settled + span)
    late = statistics.median(used for at, used in samples if at >= samples[-1][0] - span)
    return late / early - 1, early, late


def left_over(opened):
    return {name for name in opened if name.endswith((".dcm", ".sqlite", ".part", ".json", ".zip"))}


@linux
@pytest.mark.long
def test_a_long_session_of_random_hands_needs_no_more_memory_at_its_end(shared, tmp_path, monkeypatch, qapp):
    minutes = float(os.environ.get("MO_VIEWER_SOAK_MINUTES", "45"))
    samples, steps, faults, opened, files = soak(shared, tmp_path, monkeypatch, minutes)
    grown, early, late = growth(samples, minutes)
    sys.stderr.write(f"{steps} actions in {minutes:.0f} min; memory {early:.0f} to {late:.0f} MiB, {grown:+.1%}\n")
    assert faults == []
    assert left_over(opened) == set()
    assert files == []
    assert grown < MOST_GROWTH


@linux
def test_some_seconds_of_random_hands_on_real_studies_leaves_nothing_open(shared, tmp_path, monkeypatch, qapp):
    _, _, faults, opened, files = soak(shared, tmp_path, monkeypatch, 0.15)
    assert faults == []
    assert left_over(opened) == set()
    assert files == []
