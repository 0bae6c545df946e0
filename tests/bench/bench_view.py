"""Scrolling and windowing in a 1024x1024 pane, words and letters drawn, against pyqtgraph ImageItem (row-major)."""

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyqtgraph
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from mo_viewer.ui.app import application
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Stack
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Acquisition, Patient, Source
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window
from tests.bench.pairs import Ratio

SIDE, SLICES, FRAMES, ROUNDS, FRAME_BAR_MS = 1024, 40, 40, 9, 16.0


def bench(folder: Path) -> list[Ratio]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application()
    volume = noise_volume()
    view, widget, item = our_view(volume), *their_view(volume)

    def painted(change: Callable[[int], object], repaint: Callable[[], None]) -> Callable[[int], None]:
        def frame(i: int) -> None:
            change(i)
            repaint()

        return frame

    scrolled = painted(lambda i: view.ask(i % SLICES), view.repaint)
    windowed = painted(lambda i: view.set_window(Window(40 + i % 50, 400 + i % 50)), view.repaint)
    theirs = widget.viewport().repaint
    return [
        slowest("scrolling, p95 of a frame", scrolled),
        slowest("windowing, p95 of a frame", windowed),
        frame_by_frame(
            "a frame of scrolling against ImageItem",
            scrolled,
            painted(lambda i: item.setImage(volume.values[i % SLICES], levels=(800, 1300)), theirs),
        ),
        frame_by_frame(
            "a frame of windowing against ImageItem",
            windowed,
            painted(lambda i: item.setLevels((800 + i % 50, 1300 + i % 50)), theirs),
        ),
    ]


def frame_by_frame(name: str, ours: Callable[[int], None], theirs: Callable[[int], None]) -> Ratio:
    """The medians of all frame times of both, some frames of one and some of the other in turn."""
    wall: tuple[list[float], list[float]] = ([], [])
    busy: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        for frame, times, worked in zip((ours, theirs), wall, busy, strict=True):
            gc.collect()
            for i in range(FRAMES):
                began, work = time.perf_counter(), time.process_time()
                frame(number * FRAMES + i)
                if number:
                    worked.append((time.process_time() - work) * 1000)
                    times.append((time.perf_counter() - began) * 1000)
    found = Ratio(name, *map(statistics.median, wall), 1 / 2)
    processor = Ratio(name, *map(statistics.median, busy), 1 / 2)
    sys.stdout.write(f"{found.line()}  processor {processor.ours_ms:.2f} / {processor.theirs_ms:.2f} ms, ")
    sys.stdout.write(f"ratio {processor.value:.3f}\n")
    return found


def slowest(name: str, frame: Callable[[int], None]) -> Ratio:
    """The 95th percentile of our frame times against what a reader may be asked to wait."""
    for i in range(SLICES):
        frame(i)
    times, busy = [], []
    for i in range(3 * FRAMES):
        began, worked = time.perf_counter(), time.process_time()
        frame(i)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    wall, own = (sorted(kept)[int(0.95 * len(kept))] for kept in (times, busy))
    found = Ratio(name, wall, FRAME_BAR_MS, 1.0)
    sys.stdout.write(f"{found.line()}  processor p95 {own:.1f} ms\n")
    return found


def noise_volume() -> Volume:
    matrix = np.diag([1.0, 0.7, 0.8, 1.0])[:, [2, 1, 0, 3]]
    geometry = Geometry.even((SLICES, 512, 512), matrix)
    source = Source(Patient("bench", name="Bench"), "1.2", "1.3", "CT", "2024-03-04", acquisition=Acquisition(120.0))
    stored = np.random.default_rng(1).normal(1064, 200, geometry.shape).astype(np.int16)
    return Volume(stored, geometry, source, "HU", intercept=np.array([-1024.0]))


def our_view(volume: Volume) -> SliceView:
    view = SliceView()
    view.resize(SIDE, SIDE)
    view.show()
    view.begin(Stack(volume.geometry))
    view.show_volume(volume)
    view.point_mouse_at(QPointF(500, 500))
    QApplication.processEvents()
    return view


def their_view(volume: Volume) -> tuple[pyqtgraph.GraphicsView, pyqtgraph.ImageItem]:
    widget, box = pyqtgraph.GraphicsView(), pyqtgraph.ViewBox()
    item = pyqtgraph.ImageItem(volume.values[0], axisOrder="row-major", levels=(800, 1300))
    widget.setCentralItem(box)
    box.addItem(item)
    widget.resize(SIDE, SIDE)
    widget.show()
    QApplication.processEvents()
    return widget, item
