"""How long the window does not answer while 2,000 files are read and 500 slices load, by a timer in its event loop.

The third figure is the same timer in a window that does nothing: what the machine itself holds up at that time.
"""

import os
import statistics
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.window import Window
from tests.bench.many_files import write_slices
from tests.bench.pairs import Ratio

LONGEST_MS = 50.0
TICK_MS = 2
PATIENCE_S = 120
ROUNDS = 3


class Pulse:
    """A timer in the event loop; `longest_ms` is its longest pause beyond its own interval."""

    def __init__(self) -> None:
        self.begin()
        self._timer = QTimer(interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self) -> None:
        self.longest_ms = 0.0
        self._last = time.perf_counter()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000 - TICK_MS)
        self._last = now


def bench(folder: Path) -> list[Ratio]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for series in range(8):
        write_slices(folder / "many" / str(series), series, 250, rows=64, columns=64)
    write_slices(folder / "long", 9, 500)
    rounds = [one_round(folder, folder / f"home {number}") for number in range(ROUNDS)]
    names = ("while 2,000 files are read", "while 500 slices are read and loaded", "while nothing is done")
    ratios = [
        Ratio(f"longest stall of the window {name}", statistics.median(found), LONGEST_MS, 1.0)
        for name, found in zip(names, zip(*rounds, strict=True), strict=True)
    ]
    for ratio in ratios:
        sys.stdout.write(ratio.line() + "\n")
    return ratios[:2]


def one_round(folder: Path, home: Path) -> tuple[float, float, float]:
    for name in ("DATA", "CACHE", "SETTINGS"):
        os.environ[f"MO_VIEWER_{name}"] = str(home / name)
    window = open_window([], home / "store.sqlite")
    pulse = Pulse()
    found = [watched(window, pulse, folder / name) for name in ("many", "long")]
    pulse.begin()
    wait_until(lambda: False, 2)
    window.close()
    return found[0], found[1], pulse.longest_ms


def watched(window: Window, pulse: Pulse, path: Path) -> float:
    """Open a folder and return the longest stall until its series is whole on the screen."""

    def is_done() -> bool:
        series = window.pane.series
        here = series is not None and str(path) in series.source.instances[0].path
        return here and window.volume is not None and window.jobs.is_idle and not window.library.is_reading

    QApplication.processEvents()
    pulse.begin()
    window.open_paths([path])
    assert wait_until(is_done, PATIENCE_S)
    return pulse.longest_ms
