"""What drawn marks measure: lengths, angles, areas, and statistics of the stored values that they enclose.

Lengths and areas are taken in patient millimetres, on whatever plane the mark lies. Where no position in the patient is
known (radiographs), they are millimetres of the image's calibration or of the reader's own calibration line, or pixels;
`Scale` says which. Nothing is taken from what the screen shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.findings.mark import OUTLINES, ImageRef, Mark, MarkKind
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.volume import Length, Volume

ON_SLICE = 0.01
"""A point this share of a step off a slice counts as lying on it."""
_ROUND = 128
_FINER = 0.5
_MOST_SAMPLES = 4_000_000


@dataclass(frozen=True)
class Scale:
    """What a millimetre of a mark means: `factor` times the image's own, in the state `length`.

    `by_reader`: a calibration line of the reader decides, whatever the image says.
    """

    factor: float = 1.0
    length: Length = Length.PATIENT
    by_reader: bool = False


@dataclass(frozen=True)
class Inside:
    """Statistics over `count` values inside an outline, in `unit`; `sd` is the sample's (n - 1).

    `interpolated`: the plane is none of the acquired ones, so the values lie between stored ones. `left_out` counts
    places in the outline that hold no image (padding, outside the stack).
    """

    mean: float
    sd: float
    lowest: float
    highest: float
    median: float
    count: int
    unit: str
    interpolated: bool = False
    left_out: int = 0


@dataclass(frozen=True)
class Reading:
    """Everything that one mark measures; None where its kind measures no such thing.

    `refused` says why there are no statistics.
    """

    scale: Scale
    length: float | None = None
    short: float | None = None
    angle_deg: float | None = None
    area: float | None = None
    inside: Inside | None = None
    values: tuple[float, ...] = ()
    unit: str = ""
    refused: str = ""


def read_mark(mark: Mark, volume: Volume, k: int, marks: Iterable[Mark] = ()) -> Reading:
    """Measure a mark.

    Parameters
    ----------
    mark, volume
        The mark, and the volume that it was drawn on.
    k
        The slice of `volume` that `mark.image` is; used where no position says so.
    marks
        All marks of the study: calibration lines among them count.
    """
    at = positions_mm(mark, volume.geometry)
    scale = scale_of(mark.image, volume, marks)
    kind = mark.kind
    if kind in (MarkKind.LENGTH, MarkKind.CALIBRATION):
        return Reading(scale, length=distance(at[0], at[1]) * scale.factor)
    if kind is MarkKind.BIDIRECTIONAL:
        long, short = sorted((distance(at[0], at[1]), distance(at[2], at[3])), reverse=True)
        return Reading(scale, length=long * scale.factor, short=short * scale.factor)
    if kind is MarkKind.ANGLE:
        return Reading(scale, angle_deg=angle_deg(at[0], at[1], at[2]))
    if kind is MarkKind.COBB:
        return Reading(scale, angle_deg=cobb_deg(at[0], at[1], at[2], at[3]))
    if kind is MarkKind.PROBE:
        return Reading(scale, values=value_at(volume, index_of(mark, volume.geometry, k)[0]), unit=volume.unit)
    if kind in OUTLINES:
        area = area_of(kind, at) * scale.factor**2
        try:
            return Reading(scale, area=area, inside=statistics_inside(mark, volume, k), unit=volume.unit)
        except Refused as refused:
            return Reading(scale, area=area, unit=volume.unit, refused=refused.sentence)
    return Reading(scale)


def scale_of(image: ImageRef, volume: Volume, marks: Iterable[Mark] = ()) -> Scale:
    """Return what a millimetre means on an image: the reader's last calibration line on it, else its own state."""
    return scale_on(image, volume.geometry, volume.length, marks)


def scale_on(image: ImageRef, geometry: Geometry, length: Length, marks: Iterable[Mark] = ()) -> Scale:
    """Return the same as `scale_of` without the pixels."""
    if length is Length.PATIENT:
        return Scale()
    for line in reversed(tuple(marks)):
        if line.kind is MarkKind.CALIBRATION and line.image == image and line.known_mm:
            drawn = positions_mm(line, geometry)
            apart = distance(drawn[0], drawn[1])
            if apart > 0:
                return Scale(line.known_mm / apart, Length.CALIBRATED, by_reader=True)
    return Scale(1.0, length)


def image_of(volume: Volume, k: int) -> ImageRef:
    """Return the reference of slice k."""
    return ImageRef.of(volume.source, k)


def positions_mm(mark: Mark, geometry: Geometry) -> FloatArray:
    """Return the points of a mark, (n, 3): LPS mm, or mm along rows and columns of an image without a place."""
    points = np.asarray(mark.points, dtype=np.float64).reshape(-1, 3)
    if mark.in_patient:
        return points
    flat: FloatArray = points[:, 1:2] * geometry.row_step_mm + points[:, 2:3] * geometry.column_step_mm
    return flat


def index_of(mark: Mark, geometry: Geometry, k: int) -> FloatArray:
    """Return (n, 3) fractional indices (slice, row, column) of the points of a mark."""
    if mark.in_patient:
        return geometry.index_of(np.asarray(mark.points, dtype=np.float64))
    index = np.array(mark.points, dtype=np.float64).reshape(-1, 3)
    index[:, 0] = k
    return index


def distance(a: FloatArray, b: FloatArray) -> float:
    """Return the distance of two points."""
    return float(np.linalg.norm(np.asarray(b) - np.asarray(a)))


def angle_deg(end: FloatArray, corner: FloatArray, other: FloatArray) -> float:
    """Return the angle at `corner`, 0 to 180 degrees; atan2 of cross and dot stays exact near both ends."""
    a, b = np.asarray(end) - corner, np.asarray(other) - corner
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def cobb_deg(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> float:
    """Return the angle of the lines ab and cd, 0 to 90 degrees."""
    nought = np.zeros(3)
    wide = angle_deg(np.asarray(b) - a, nought, np.asarray(d) - c)
    return min(wide, 180.0 - wide)


def area_of(kind: MarkKind, at: FloatArray) -> float:
    """Return the area of an outline from its points, (n, 3): half the norm of its vector area; an ellipse exactly."""
    if kind is MarkKind.ELLIPSE:
        u, v = (at[1] - at[0]) / 2, (at[3] - at[2]) / 2
        return float(np.pi * np.linalg.norm(np.cross(u, v)))
    around = at - at.mean(axis=0)
    return float(np.linalg.norm(np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0)) / 2)


def outline(kind: MarkKind, at: FloatArray) -> FloatArray:
    """Return an outline as (m, n) points in turn, whatever space `at` is in; an ellipse as many short sides."""
    if kind is not MarkKind.ELLIPSE:
        return at
    turn = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)[:, None]
    centre = at.mean(axis=0)
    sides: FloatArray = centre + np.cos(turn) * (at[1] - at[0]) / 2 + np.sin(turn) * (at[3] - at[2]) / 2
    return sides


def value_at(volume: Volume, index: FloatArray) -> tuple[float, ...]:
    """Return the rescaled value (three of a colour) of the voxel nearest to a fractional index; none outside."""
    k, row, column = (int(i) for i in np.floor(index + 0.5))
    shape = volume.geometry.shape
    if not (0 <= k < shape[0] and 0 <= row < shape[1] and 0 <= column < shape[2]):
        return ()
    if _is_padding(volume, volume.values[k, row, column]).all():
        return ()
    return tuple(float(value) for value in volume.rescaled((k, row, column), (1, 1, 1)).ravel())


def statistics_inside(mark: Mark, volume: Volume, k: int) -> Inside:
    """Return the statistics of the values whose pixel centres lie inside a mark's outline.

    On a plane that was not acquired, values are interpolated linearly on a grid of half the finest pixel spacing.

    Raises
    ------
    Refused
        When there is no value inside, or the image is a colour image.
    """
    if volume.is_colour:
        raise Refused("A colour image has no values to average.")
    index = index_of(mark, volume.geometry, k)
    on = int(np.floor(index[0, 0] + 0.5))
    if np.abs(index[:, 0] - on).max() <= ON_SLICE and 0 <= on < volume.geometry.shape[0]:
        values, left_out, between = *_stored_inside(mark.kind, index[:, 1:], volume, on), False
    else:
        values, left_out, between = *_between_inside(mark, volume), True
    if not values.size:
        raise Refused("No pixel centre lies inside.")
    return Inside(
        float(values.mean()),
        float(values.std(ddof=1)) if values.size > 1 else 0.0,
        float(values.min()),
        float(values.max()),
        float(np.median(values)),
        int(values.size),
        volume.unit,
        between,
        left_out,
    )


def inside_outline(corners: FloatArray, points: FloatArray) -> BoolArray:
    """Return which of (m, 2) points lie inside the polygon of (n, 2) corners (even-odd rule)."""
    order = np.argsort(points[:, 1], kind="stable")
    x, y = points[order].T
    crossed = np.zeros(len(points), dtype=bool)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 != y2:
            beside = slice(*np.searchsorted(y, sorted((y1, y2))))
            crossed[beside] ^= x[beside] < (x2 - x1) * (y[beside] - y1) / (y2 - y1) + x1
    inside = np.empty_like(crossed)
    inside[order] = crossed
    return inside


def _covers(kind: MarkKind, at: FloatArray, points: FloatArray) -> BoolArray:
    """Which of (m, 2) points an outline covers; the ellipse by its own equation."""
    if kind is not MarkKind.ELLIPSE:
        return inside_outline(at, points)
    axes = np.column_stack([(at[1] - at[0]) / 2, (at[3] - at[2]) / 2])
    if abs(np.linalg.det(axes)) < 1e-12:
        return np.zeros(len(points), dtype=bool)
    share = (points - at.mean(axis=0)) @ np.linalg.inv(axes).T
    covered: BoolArray = (share**2).sum(axis=1) <= 1.0
    return covered


def _stored_inside(kind: MarkKind, at: FloatArray, volume: Volume, k: int) -> tuple[FloatArray, int]:
    """Values of slice k inside an outline of (row, column) points, and how many places hold none."""
    shape = np.array(volume.geometry.shape[1:])
    sides = outline(kind, at)
    low, high = np.ceil(sides.min(axis=0)).astype(int), np.floor(sides.max(axis=0)).astype(int)
    if (low > high).any():
        return np.zeros(0), 0
    if np.prod((high - low + 1).astype(float)) > _MOST_SAMPLES * 4:
        raise Refused("The outline is far larger than the image.")
    row, column = (line.ravel() for line in np.mgrid[low[0] : high[0] + 1, low[1] : high[1] + 1])
    covered = _covers(kind, at, np.column_stack([row, column]).astype(np.float64))
    row, column = row[covered], column[covered]
    here = (row >= 0) & (column >= 0) & (row < shape[0]) & (column < shape[1])
    if not here.any():
        return np.zeros(0), int(here.size)
    row, column = row[here], column[here]
    first = row.min(), column.min()
    box = (1, int(np.ptp(row)) + 1, int(np.ptp(column)) + 1)
    values = volume.rescaled((k, int(first[0]), int(first[1])), box)[0][row - first[0], column - first[1]]
    real = ~_is_padding(volume, volume.values[k, row, column])
    return values[real].astype(np.float64), int(here.size - real.sum())


def _between_inside(mark: Mark, volume: Volume) -> tuple[FloatArray, int]:
    """Values on the mark's own plane, linearly interpolated, and how many places hold none."""
    from scipy.ndimage import map_coordinates

    at = np.asarray(mark.points, dtype=np.float64)
    right, down = _directions(at, np.asarray(mark.normal, dtype=np.float64))
    flat = np.column_stack([(at - at[0]) @ right, (at - at[0]) @ down])
    step = min(volume.geometry.spacing_mm[1:]) * _FINER
    grid = _grid(outline(mark.kind, flat), step)
    covered = grid[_covers(mark.kind, flat, grid)]
    index = volume.geometry.index_of(at[0] + covered[:, :1] * right + covered[:, 1:] * down)
    last = np.array(volume.geometry.shape) - 1
    within = ((index >= -0.5) & (index <= last + 0.5)).all(axis=1)
    index = np.clip(index[within], 0, last)
    if not len(index):
        return np.zeros(0), len(covered)
    low = np.floor(index.min(axis=0)).astype(int)
    high = np.minimum(np.floor(index.max(axis=0)).astype(int) + 1, last)
    size = high - low + 1
    box = volume.rescaled((int(low[0]), int(low[1]), int(low[2])), (int(size[0]), int(size[1]), int(size[2])))
    values = map_coordinates(box.astype(np.float64), (index - low).T, order=1, mode="nearest")
    whole = np.floor(index + 0.5).astype(int)
    real = ~_is_padding(volume, volume.values[whole[:, 0], whole[:, 1], whole[:, 2]])
    return np.asarray(values[real], dtype=np.float64), int(len(covered) - real.sum())


def _grid(sides: FloatArray, step: float) -> FloatArray:
    """(m, 2) points of a square grid over the box of an outline, the same on both sides of its middle."""
    low, size = sides.min(axis=0), np.ptp(sides, axis=0)
    if np.prod(size / step + 1) > _MOST_SAMPLES:
        raise Refused("The outline is too large for statistics on this plane.")
    counts = (max(1, int(np.ceil(n / step))) for n in size)
    across, along = (a + n * (np.arange(m) + 0.5) / m for a, n, m in zip(low, size, counts, strict=True))
    x, y = np.meshgrid(across, along)
    return np.column_stack([x.ravel(), y.ravel()])


def _directions(at: FloatArray, normal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors at right angles in the plane of the points."""
    if not np.linalg.norm(normal) > 0.5:
        normal = np.linalg.svd(at - at.mean(axis=0))[2][2]
    side = np.eye(3)[int(np.argmin(np.abs(normal)))]
    right = np.cross(normal, side)
    right = right / np.linalg.norm(right)
    return right, np.cross(normal, right)


def _is_padding(volume: Volume, stored: AnyArray) -> BoolArray:
    if volume.padding is None:
        return np.zeros(np.shape(stored), dtype=bool)
    found: BoolArray = (stored >= volume.padding[0]) & (stored <= volume.padding[1])
    return found
