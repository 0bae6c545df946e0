"""The reading room on 512x512x500: the first picture after the index, and scrolling in linked panes and MPR.

Frame times are absolute bars, as a reader feels them; on a loaded machine read them as ratios to the bar.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.window import Window
from tests.bench.many_files import write_slices
from tests.bench.pairs import Ratio

SLICES, FRAMES, FRAME_BAR_MS, FIRST_BAR_MS = 500, 120, 33.0, 150.0
SIZE = (1920, 1080)


def bench(folder: Path) -> list[Ratio]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("DATA", "CACHE", "SETTINGS"):
        os.environ[f"MO_VIEWER_{name}"] = str(folder / name.lower())
    images = write_slices(folder / "images", 1, SLICES)
    window, first = opened(images, folder)
    window.act("layout.2x2")
    for pane in window.workspace.panes:
        window.workspace.activate(pane)
        window.show_series(window.library.series[0])
        wait_until(lambda pane=pane: pane.volume is not None and window.jobs.is_idle)
    for what in ("link.scroll", "link.window", "link.zoom"):
        window.act(what)
    linked = frames("2x2 linked panes, scrolling, p95", window, lambda i: window.pane.view.scroll_by(1 - 2 * (i % 2)))
    window.act("layout.mpr")
    wait_until(lambda: window.workspace.crosshair.at_mm is not None and window.jobs.is_idle)
    listed = [first, linked]
    for n, name in enumerate(("axial", "coronal", "sagittal")):
        window.workspace.activate(window.workspace.panes[n])
        view = window.pane.view
        listed.append(frames(f"MPR, scrolling in the {name} pane, p95", window, lambda i, v=view: v.scroll_by(step(i))))
    listed.append(frames("MPR, window drag in all panes, p95", window, lambda i: widen(window, i)))
    window.close()
    return listed


def opened(images: Path, folder: Path) -> tuple[Window, Ratio]:
    """Open a folder, and time from the end of the index (known from before) to the first picture."""
    warm = open_window([images], folder / "warm.sqlite")
    wait_until(lambda: warm.volume is not None and warm.jobs.is_idle and not warm.library.is_reading, 120)
    warm.close()
    window = open_window([], folder / "f.sqlite", size=SIZE)
    wait_until(lambda: window.jobs.is_idle)
    offered: list[float] = []
    window.library.first_image.connect(lambda series: offered.append(time.perf_counter()))
    window.open_paths([images])
    wait_until(lambda: window.pane.view.shown is not None, 120)
    window.pane.view.repaint()
    first = Ratio(
        "first picture of 500 slices after the index", (time.perf_counter() - offered[0]) * 1000, FIRST_BAR_MS, 1.0
    )
    sys.stdout.write(first.line() + "\n")
    wait_until(lambda: window.volume is not None and window.jobs.is_idle and not window.library.is_reading, 120)
    return window, first


def frames(name: str, window: Window, change: Callable[[int], object]) -> Ratio:
    """Change, paint all panes, again and again; the 95th percentile of a frame against the bar."""
    times, busy = [], []
    for i in range(FRAMES):
        began, worked = time.perf_counter(), time.process_time()
        change(i)
        window.workspace.repaint()
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - worked) * 1000)
        if i % 10 == 0:
            QApplication.processEvents()
    wall, own = (sorted(kept[5:])[int(0.95 * (FRAMES - 5))] for kept in (times, busy))
    found = Ratio(name, wall, FRAME_BAR_MS, 1.0)
    sys.stdout.write(f"{found.line()}  median {statistics.median(times):.1f} ms; processor p95 {own:.1f} ms\n")
    sys.stdout.flush()
    return found


def step(i: int) -> int:
    """Ten on, ten back: no plane is the one before."""
    return 1 if i // 10 % 2 == 0 else -1


def widen(window: Window, i: int) -> None:
    from mo_viewer.volume.window import Window as GreyWindow

    for pane in window.workspace.panes:
        pane.view.set_window(GreyWindow(40 + i % 50, 400 + i % 50))
