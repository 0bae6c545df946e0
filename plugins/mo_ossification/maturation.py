"""One lesion through time as small multiples: the registered slice and the rim in every study; no widgets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mo_ossification.words import in_force
from mo_viewer.base.ticket import Ticket
from mo_viewer.base.units import figures
from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.days import as_day, first_day
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.measure.rim import brightest_below, rim_map
from mo_viewer.measure.shells import COVERAGE_SHARE
from mo_viewer.track.ways import way
from mo_viewer.volume.arrays import AnyArray, FloatArray, Point
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.reslice import Grid, reslice
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

PIXELS = 176
ROOM, LEAST_MM = 1.7, 40.0
BONE = Window(350.0, 1500.0)
NUMBERS = ("volume", "p95_hu", "mineral_content", "rim_coverage", "zonal_index")
UNREGISTERED, NO_PLACE = "not registered: its own slice", "not registered: place not known"
NOTHING_CLOSED = "open on all sides"

Load = Callable[[Series, Ticket], Volume]


@dataclass(frozen=True, eq=False)
class Tile:
    """One study's pictures of a lesion.

    Parameters
    ----------
    at_mm
        LPS point in this study: the middle of the picture.
    picture
        (176, 176) greys, all at one window, one scale and one direction; None where the study could not be read.
    outline
        Closed lines of the contour, each (n, 2) pixels right and down.
    rim
        (24, 48) share of the way from muscle to cortex within 3 mm below the surface, as `rim_map` spreads it; None
        where there is no contour, or nothing to compare with.
    remark
        What keeps this tile from being like the others; empty when nothing.
    """

    study_uid: str
    date: str
    caption: str
    at_mm: Point
    picture: AnyArray | None
    outline: tuple[FloatArray, ...] = ()
    rim: FloatArray | None = None
    remark: str = ""


def tiles(document: Document, uid: str, studies: Sequence[Study], load: Load, ticket: Ticket) -> tuple[Tile, ...]:
    """Read every study of a lesion's course once, and picture the lesion's place in it.

    Place, direction and scale are those of the latest contour, carried over by the registrations.
    """
    having = [(t, x) for t in document.timepoints if (x := t.lesion(uid)) is not None and x.surface is not None]
    if not having:
        return ()
    home, lesion = having[-1]
    series = {one.source.series_uid: one for study in studies for one in study.series}
    shown_in = [(t, series[name]) for t in document.timepoints if (name := _series_uid(t, uid)) in series]
    made = []
    for n, (timepoint, one) in enumerate(shown_in):
        ticket.progress(n, len(shown_in), timepoint.date)
        made.append(_tile(document, (home, lesion), timepoint, load(one, ticket)))
    return tuple(made)


def _series_uid(timepoint: Timepoint, uid: str) -> str:
    """The series that a lesion was drawn on in a study; the one that the study was measured in where it has none."""
    lesion = timepoint.lesion(uid)
    image = None if lesion is None else timepoint.drawn_on(lesion)
    return timepoint.series_uid if image is None else image.series_uid


def table(document: Document, uid: str) -> str:
    """The numbers of a lesion through time as text with tabs: one line a study."""
    words = in_force()
    lines = ["\t".join(("Date", "Day", "Grade", *map(words.name, NUMBERS)))]
    for timepoint in document.timepoints:
        lesion = timepoint.lesion(uid)
        if lesion is not None:
            numbers = (_number(lesion, name) for name in NUMBERS)
            grade = "" if lesion.grade is None else words.grade(lesion.grade.value)
            lines.append("\t".join((timepoint.date, _day(document, timepoint), grade, *numbers)))
    return "\n".join(lines)


def _tile(document: Document, home: tuple[Timepoint, Lesion], timepoint: Timepoint, volume: Volume) -> Tile:
    there, latest = home
    own = timepoint.lesion(latest.tracking_uid)
    known = _known(document, there.study_uid, timepoint.study_uid)
    grid, remark = _grid(latest, known, own)
    middle = grid.plane.origin_mm + 0.5 * (PIXELS - 1) * grid.row_mm * (grid.plane.right + grid.plane.down)
    section = reslice(volume, grid)
    values = section.values.astype(np.float32)
    if section.is_stored:
        values = values * np.float32(volume.slope[0]) + np.float32(volume.intercept[0])
    grey = BONE.grey(values)
    if section.outside is not None:
        grey[section.outside] = 0
    lines = () if own is None or own.surface is None else own.surface.cut(grid.plane)
    outline = tuple(grid.plane.on_plane(line) / grid.row_mm for line in lines)
    turn = None if known is None else known.matrix[:3, :3].T
    return Tile(
        timepoint.study_uid,
        timepoint.date,
        _caption(document, timepoint, own),
        (float(middle[0]), float(middle[1]), float(middle[2])),
        None if remark == NO_PLACE else grey,
        outline,
        None if own is None else _rim(volume, own, turn),
        remark,
    )


def _known(document: Document, home: str, study_uid: str) -> Registration | None:
    """The way from the home study to another; None where there is none, or it is the same study."""
    return None if home == study_uid else way(document.registrations, home, study_uid)


def _grid(latest: Lesion, known: Registration | None, own: Lesion | None) -> tuple[Grid, str]:
    """Where a study is sampled, and what is to be said of it."""
    assert latest.surface is not None
    points = latest.surface.vertices_mm
    side = max(LEAST_MM, ROOM * float(np.ptp(points, axis=0)[:2].max()))
    step = side / PIXELS
    right, down = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    middle, remark = points.mean(axis=0), ""
    if known is not None:
        middle = known.carried(middle)[0]
        right, down = known.matrix[:3, :3] @ right, known.matrix[:3, :3] @ down
        remark = "registration to be checked" if known.verdict is Verdict.CHECK else ""
    elif own is not None and own is not latest and own.surface is not None:
        middle, remark = own.surface.vertices_mm.mean(axis=0), UNREGISTERED
    elif own is None:
        remark = NO_PLACE
    corner = middle - 0.5 * (PIXELS - 1) * step * (right + down)
    return Grid(Plane(corner, right, down), (PIXELS, PIXELS), step, step), remark


def _rim(volume: Volume, lesion: Lesion, turn: FloatArray | None) -> FloatArray | None:
    cortex, muscle = lesion.measured("cortex_hu"), lesion.measured("background_hu")
    if lesion.surface is None or cortex is None or muscle is None or cortex.value <= muscle.value:
        return None
    brightest, _ = brightest_below(volume, lesion.surface)
    share = (brightest - muscle.value) / (cortex.value - muscle.value)
    return rim_map(lesion.surface, share, turn=turn)


def rim_words(tile: Tile) -> str:
    """What stands in place of a map of the rim that would be empty."""
    if tile.rim is None:
        return "rim not measured" if tile.outline else ""
    return "" if (tile.rim > COVERAGE_SHARE).any() else NOTHING_CLOSED


def rim_pixels(rim: FloatArray) -> AnyArray:
    """(rows, columns, 3) colours of a rim map: dark where it is open, from amber to white where it is closed."""
    share = np.clip((rim - COVERAGE_SHARE) / (1 - COVERAGE_SHARE), 0.0, 1.0)[..., None]
    closed = np.array([200.0, 120.0, 30.0]) * (1 - share) + np.array([255.0, 246.0, 220.0]) * share
    open_share = np.clip(rim / COVERAGE_SHARE, 0.0, 1.0)[..., None]
    opened = np.array([24.0, 30.0, 40.0]) + open_share * np.array([20.0, 30.0, 45.0])
    colours: AnyArray = np.where(rim[..., None] > COVERAGE_SHARE, closed, opened).astype(np.uint8)
    return colours


def _caption(document: Document, timepoint: Timepoint, lesion: Lesion | None) -> str:
    day = _day(document, timepoint)
    grade = "no contour" if lesion is None else "" if lesion.grade is None else in_force().grade(lesion.grade.value)
    return " · ".join(filter(None, (f"day {day}" if day else "", grade)))


def _day(document: Document, timepoint: Timepoint) -> str:
    zero, day = first_day(document), as_day(timepoint.date)
    return "" if zero is None or day is None or not document.injury_date else str((day - zero).days)


def _number(lesion: Lesion, name: str) -> str:
    found = lesion.measured(name)
    if found is None:
        return "not measured"
    return " ".join(figures(name, found.value, found.unit, found.spread)).strip()
