"""How long the window does not answer while 2,000 files are read and 500 slices load, by a timer in its event loop.

On a machine that has other work the pause is mostly that of others. So the same timer in a window that does nothing is
printed too, and the longest time that the window's thread itself worked between two beats.
"""

import os
import statistics
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.garbage import Garbage
from mo_viewer.ui.window import Window
from tests.bench.many_files import write_slices
from tests.bench.pairs import Ratio

LONGEST_MS = 50.0
TICK_MS = 2
PATIENCE_S = 120
ROUNDS = 3


class Pulse:
    """A timer in the event loop: its longest pause beyond its own interval, and the most work between two beats, ms."""

    def __init__(self) -> None:
        self.begin()
        self._timer = QTimer(interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self) -> None:
        self.longest_ms = self.most_work_ms = 0.0
        self._last, self._worked = time.perf_counter(), time.thread_time()

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000 - TICK_MS)
        self.most_work_ms = max(self.most_work_ms, (worked - self._worked) * 1000)
        self._last, self._worked = now, worked


def bench(folder: Path) -> list[Ratio]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for series in range(8):
        write_slices(folder / "many" / str(series), series, 250, rows=64, columns=64)
    write_slices(folder / "long", 9, 500)
    rounds = [one_round(folder, folder / f"home {number}") for number in range(ROUNDS)]
    names = (
        "longest stall while 2,000 files are read",
        "longest stall while 500 slices are read and loaded",
        "longest stall while nothing is done",
        "the window's own work at a time, 2,000 files",
        "the window's own work at a time, 500 slices",
    )
    ratios = [
        Ratio(name, statistics.median(found), LONGEST_MS, 1.0)
        for name, found in zip(names, zip(*rounds, strict=True), strict=True)
    ]
    for ratio in ratios:
        sys.stdout.write(ratio.line() + "\n")
    return ratios


def one_round(folder: Path, home: Path) -> tuple[float, ...]:
    for name in ("DATA", "CACHE", "SETTINGS"):
        os.environ[f"MO_VIEWER_{name}"] = str(home / name)
    window = open_window([], home / "store.sqlite")
    garbage = Garbage(lambda: window.jobs.is_idle)
    pulse = Pulse()
    (many, own_many), (long, own_long) = (watched(window, pulse, folder / name) for name in ("many", "long"))
    pulse.begin()
    wait_until(lambda: False, 2)
    garbage.stop()
    window.close()
    return many, long, pulse.longest_ms, own_many, own_long


def watched(window: Window, pulse: Pulse, path: Path) -> tuple[float, float]:
    """Open a folder; return the longest stall, and the most work, until its series is whole on the screen."""

    def is_done() -> bool:
        series = window.pane.series
        here = series is not None and str(path) in series.source.instances[0].path
        return here and window.volume is not None and window.jobs.is_idle and not window.library.is_reading

    QApplication.processEvents()
    pulse.begin()
    window.open_paths([path])
    assert wait_until(is_done, PATIENCE_S)
    return pulse.longest_ms, pulse.most_work_ms
