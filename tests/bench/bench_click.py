"""A click in 512 x 512 x 400: how soon its contour and its numbers stand, and whether the window answers meanwhile.

Each of five lesions is clicked in its core and on its rim, native bone ready, by the engine; then clicked in a window.
The bars are seconds; on a machine with other work processor time is the fairer one (of all threads together: where two
cores are free the wall clock shows less), so both are printed and the processor's are judged.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import Lesion
from mo_viewer.phantom.acquire import as_volume
from mo_viewer.phantom.compounds import Bulged, Without
from mo_viewer.phantom.fills import Fill, Plain, Zoned
from mo_viewer.phantom.limb import Limb, Solid
from mo_viewer.phantom.placing import beside
from mo_viewer.phantom.pose import Pose
from mo_viewer.phantom.render import render
from mo_viewer.phantom.scanner import Protocol
from mo_viewer.phantom.shapes import Ellipsoid
from mo_viewer.phantom.thigh import build_of, femur, thigh
from mo_viewer.phantom.truth import LesionTruth, truth_of
from mo_viewer.phantom.write import Identity, write_ct
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_lesion
from mo_viewer.segment.skeleton import NativeBone, native_bone
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.desk import PluginDesk
from mo_viewer.ui.window import Window
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume
from tests.bench.bench_stall import LONGEST_MS, Pulse
from tests.bench.pairs import Ratio
from tests.ui.hands import click

SEED = 7101
PROTOCOL = Protocol((400, 512, 512), (0.7, 0.7), 0.8, noise_hu=14.0)
CONTOUR_MS, MEDIAN_MS, WORST_MS = 400.0, 1000.0, 2500.0
ROUNDS = 3
PATIENCE_S = 120


@dataclass(frozen=True)
class Sort:
    """A lesion by its half axes, its gap to the femur (negative: sunk in), its height and side, its rim and core."""

    name: str
    axes_mm: tuple[float, float, float]
    gap_mm: float
    height_mm: float
    side: tuple[float, float]
    rim_hu: float
    core_hu: float | None = None


SORTS = (
    Sort("15 mm, solid, free", (7.0, 7.0, 7.5), 5.0, -120.0, (-0.72, 0.70), 500.0),
    Sort("30 mm, broken shell, free", (11.0, 12.0, 15.0), 6.0, -75.0, (0.93, 0.05), 500.0, 80.0),
    Sort("60 mm, mature, free", (16.0, 18.0, 30.0), 5.0, 0.0, (-0.72, 0.70), 850.0, 240.0),
    Sort("44 mm, mature, broad on the cortex", (12.0, 14.0, 22.0), -3.0, 75.0, (0.55, 0.83), 850.0, 240.0),
    Sort("30 mm, mature, cleft of 1 mm", (11.0, 12.0, 15.0), 1.0, 125.0, (-0.95, 0.25), 850.0, 240.0),
)


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor and wall clock."""

    processor: float
    wall: float


def bench(folder: Path) -> list[Ratio]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    limb, identity = patient(), Identity(key="bench click")
    hu, geometry = render(limb, PROTOCOL, Pose(), SEED, identity.frame_uid)
    truths = [truth_of(limb, one, Pose(), PROTOCOL.kvp) for one in limb.lesions]
    write_ct(folder / "images", hu, geometry, PROTOCOL, identity)
    volume = as_volume(hu, geometry, PROTOCOL, identity)
    bone = native_bone(volume)
    contours, numbers = zip(*by_engine(volume, bone, truths), strict=True)
    return [
        judged("processor, click to contour, median", np.median([c.processor for c in contours]), CONTOUR_MS),
        judged("processor, click to all numbers, median", np.median([c.processor for c in numbers]), MEDIAN_MS),
        judged("processor, click to all numbers, worst", max(c.processor for c in numbers), WORST_MS),
        *in_window(folder, truths),
    ]


def patient() -> Limb:
    """A thigh with every sort of lesion along its femur."""
    build = build_of(SEED)
    bone = femur(build)[0]
    lesions = []
    for number, sort in enumerate(SORTS):
        body = Bulged(Ellipsoid(sort.axes_mm), 0.5, SEED)
        placed = beside(bone, body, (0.0, 0.0, sort.height_mm), sort.side, sort.gap_mm)
        fill: Fill = Plain(sort.rim_hu)
        if sort.core_hu is not None:
            broken = 0.85 if "broken" in sort.name else 1.0
            fill = Zoned(2.4, sort.rim_hu, sort.core_hu, placed.centre_mm, SEED, coverage=broken)
        lesions.append(Solid(f"L{number}", Without(placed, bone) if sort.gap_mm < 0 else placed, fill))
    return thigh(SEED, tuple(lesions), build=build)


def by_engine(volume: Volume, bone: NativeBone, truths: list[LesionTruth]) -> Iterator[tuple[Cost, Cost]]:
    """Contour and numbers of every click, the median of `ROUNDS` by processor time."""
    clicked(volume, bone, truths[0].core_points_mm[0])
    for sort, truth in zip(SORTS, truths, strict=True):
        for where, at in (("core", truth.core_points_mm[0]), ("rim", truth.rim_points_mm[0])):
            found = [clicked(volume, bone, at) for _ in range(ROUNDS)]
            contour, numbers, lesion = sorted(found, key=lambda one: one[1].processor)[ROUNDS // 2]
            size = lesion.measured("volume")
            assert size is not None
            off = size.value / truth.volume_mm3 - 1
            sys.stdout.write(
                f"{sort.name:<36} {where:<5} contour {contour.processor:5.0f} ms (wall {contour.wall:5.0f}), numbers "
                f"{numbers.processor:5.0f} ms (wall {numbers.wall:5.0f}); volume {100 * off:+.1f} %, "
                f"stated +-{100 * (size.spread or 0.0) / size.value:.1f} %\n"
            )
            yield contour, numbers


def clicked(volume: Volume, bone: NativeBone, at_mm: Point) -> tuple[Cost, Cost, Lesion]:
    """What contour and numbers of one click cost, and the lesion."""
    shown: list[Cost] = []
    since = stopwatch()
    ticket = Ticket(show=lambda _: shown.append(since()))
    lesion = read_lesion(Host(), volume, [at_mm], ticket, bone=bone)
    return shown[0], since(), lesion


def stopwatch() -> Callable[[], Cost]:
    """A function that tells what was used since now."""
    worked, began = time.process_time(), time.perf_counter()
    return lambda: Cost((time.process_time() - worked) * 1000, (time.perf_counter() - began) * 1000)


def in_window(folder: Path, truths: list[LesionTruth]) -> Iterator[Ratio]:
    """Every lesion clicked by mouse: contour painted, numbers in the panel, and the pauses of the window meanwhile."""
    for name in ("DATA", "CACHE", "SETTINGS"):
        os.environ[f"MO_VIEWER_{name}"] = str(folder / name)
    window = open_window([folder / "images"], folder / "store.sqlite")
    assert wait_until(lambda: window.volume is not None and window.jobs.is_idle, PATIENCE_S)
    assert window.volume is not None
    window.room.skeletons.of(window.volume, (), Ticket())
    window.act("tool.mo_ossification.tool.mark")
    pulse = Pulse()
    clicks = [clicked_in(window, pulse, truth) for truth in truths]
    window.close()
    contours, numbers, stalls, works = zip(*clicks, strict=True)
    yield judged("window, click to contour on the screen, median", np.median(contours), CONTOUR_MS)
    yield judged("window, click to numbers in the panel, median", np.median(numbers), MEDIAN_MS)
    yield judged("window, longest stall during a click", max(stalls), LONGEST_MS)
    yield judged("window, its own work at a time", max(works), LONGEST_MS)


def clicked_in(window: Window, pulse: Pulse, truth: LesionTruth) -> tuple[float, float, float, float]:
    """Wall ms to the painted contour and to the numbers; the longest stall and the most work at a time, ms."""
    view = window.pane.view
    at = truth.core_points_mm[0]
    view.bring(at)
    wait_until(lambda: window.jobs.is_idle, PATIENCE_S)
    wait_until(lambda: False, 0.3)
    before = marked(window)
    painted: list[float] = []
    with told_when_shown(lambda: painted.append(time.perf_counter()), view.repaint):
        pulse.begin()
        began = time.perf_counter()
        click(view, view.position_of(at).toPoint())
        assert wait_until(lambda: marked(window) > before, PATIENCE_S)
        ended = time.perf_counter()
        wait_until(lambda: window.jobs.is_idle, PATIENCE_S)
        wait_until(lambda: False, 0.3)
    return (painted[0] - began) * 1000, (ended - began) * 1000, pulse.longest_ms, pulse.most_work_ms


@contextmanager
def told_when_shown(told: Callable[[], None], repaint: Callable[[], None]) -> Iterator[None]:
    """Have the picture painted at once when a contour comes, and be told then."""
    plain = PluginDesk.run_shown

    def run_shown(desk, title, work, shown, ended, slot=""):
        def painted(found):
            shown(found)
            repaint()
            told()

        plain(desk, title, work, painted, ended, slot)

    PluginDesk.run_shown = run_shown
    try:
        yield
    finally:
        PluginDesk.run_shown = plain


def marked(window: Window) -> int:
    document = window.session.document
    return 0 if document is None else sum(len(one.lesions) for one in document.timepoints)


def judged(name: str, found_ms: float, bar_ms: float) -> Ratio:
    ratio = Ratio(name, float(found_ms), bar_ms, 1.0)
    sys.stdout.write(ratio.line() + "\n")
    return ratio
