"""Any plane through a stack, sampled at the true position of every slice: tilt and uneven steps included."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, frozen
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.taps import Taps
from mo_viewer.volume.volume import Volume

ALONG = 1 - 1e-9
"""Two unit vectors whose product is at least this are taken as parallel."""
_WHOLE = 1e-6
_ROWS_AT_A_TIME = 64
MOST_CUBIC_VOXELS = 24_000_000
"""A spline needs 8 bytes for every voxel that it may reach: 200 MB; beyond that a section is linear, and says so."""


class Interpolation(StrEnum):
    """How values between voxel centres are made."""

    NEAREST = "nearest"
    LINEAR = "linear"
    CUBIC = "cubic"


@dataclass(frozen=True, eq=False)
class Grid:
    """Where a section is sampled: `plane` has its origin at the centre of the first pixel; steps in mm."""

    plane: Plane
    shape: tuple[int, int]
    row_mm: float
    column_mm: float

    def moved(self, by_mm: float) -> "Grid":
        """Return the same grid farther along its normal."""
        origin = self.plane.origin_mm + by_mm * self.plane.normal
        return Grid(Plane(origin, self.plane.right, self.plane.down), self.shape, self.row_mm, self.column_mm)

    def coarser(self, times: int) -> "Grid":
        """Return a grid over the same area with so many times fewer rows and columns."""
        rows, columns = (max(1, -(-n // times)) for n in self.shape)
        shift = (times - 1) / 2 * (self.plane.right * self.column_mm + self.plane.down * self.row_mm)
        plane = Plane(self.plane.origin_mm + shift, self.plane.right, self.plane.down)
        return Grid(plane, (rows, columns), self.row_mm * times, self.column_mm * times)


@dataclass(frozen=True, eq=False)
class Section:
    """A sampled plane.

    Parameters
    ----------
    values
        (rows, columns). In the volume's stored type where one slope and intercept hold for all slices
        (`is_stored`), else rescaled, float32.
    outside
        (rows, columns) where there is no voxel; None: nowhere.
    remark
        What differs from what was asked for, in a few words; empty: nothing.
    """

    values: AnyArray
    grid: Grid
    is_stored: bool
    outside: BoolArray | None = None
    remark: str = ""

    def __post_init__(self) -> None:
        frozen(self.values)


def reslice(
    volume: Volume, grid: Grid, how: Interpolation = Interpolation.LINEAR, ticket: Ticket | None = None
) -> Section:
    """Sample a plane of a volume of grey values.

    Planes that contain the slices' normal along a side (coronal and sagittal of an axial stack) are cut slice by
    slice and then joined along the normal; all others are sampled point by point.

    Raises
    ------
    Cancelled
        Once the ticket was cancelled.
    """
    taps = Taps(volume)
    normal = volume.geometry.normal
    if how is Interpolation.CUBIC:
        section = _cubic(taps, grid)
        if section is not None:
            return section
        linear = reslice(volume, grid, Interpolation.LINEAR, ticket)
        return Section(linear.values, grid, linear.is_stored, linear.outside, "linear: too large for cubic")
    if abs(float(grid.plane.down @ normal)) >= ALONG:
        return _upright(taps, grid, how)
    if abs(float(grid.plane.right @ normal)) >= ALONG:
        lying = _upright(taps, _transposed(grid), how)
        outside = None if lying.outside is None else np.ascontiguousarray(lying.outside.T)
        return Section(np.ascontiguousarray(lying.values.T), grid, lying.is_stored, outside)
    return _anyhow(taps, grid, how, ticket or Ticket())


def value_at(volume: Volume, point_mm: FloatArray, how: Interpolation = Interpolation.LINEAR) -> float | None:
    """Return the rescaled value at one LPS point; None outside the stack and where a padding voxel is nearest."""
    index = volume.geometry.index_of(point_mm)
    if _outside(volume.geometry, index)[0]:
        return None
    taps = Taps(volume)
    nearest = taps.nearest(*index.T)
    if taps.is_padding(nearest)[0]:
        return None
    found = nearest if how is Interpolation.NEAREST else taps.linear(*index.T)
    return float(taps.rescaled(found)[0])


def _anyhow(taps: Taps, grid: Grid, how: Interpolation, ticket: Ticket) -> Section:
    rows, columns = grid.shape
    index_at = _indices(taps.geometry, grid)
    values = np.empty(grid.shape, taps.dtype)
    outside = np.empty(grid.shape, dtype=bool)
    for first in range(0, rows, _ROWS_AT_A_TIME):
        ticket.check()
        some = np.arange(first, min(rows, first + _ROWS_AT_A_TIME), dtype=np.float64)
        index = index_at(some)
        found = taps.nearest(*index.T) if how is Interpolation.NEAREST else taps.linear(*index.T)
        values[first : first + some.size] = taps.kept(found).reshape(some.size, columns)
        outside[first : first + some.size] = _outside(taps.geometry, index).reshape(some.size, columns)
    return Section(values, grid, taps.is_stored, outside if outside.any() else None)


def _indices(geometry: Geometry, grid: Grid) -> Callable[[FloatArray], FloatArray]:
    """Return what gives (n, 3) indices for some rows of a grid; where steps are even they are linear in the grid."""
    if not geometry.is_even:
        return lambda rows: geometry.index_of(_points(grid, rows))
    plane = grid.plane
    ends = np.array([plane.origin_mm, plane.origin_mm + plane.down, plane.origin_mm + plane.right])
    start, down, right = geometry.index_of(ends)
    across = np.arange(grid.shape[1])[:, None] * ((right - start) * grid.column_mm)

    def linear(rows: FloatArray) -> FloatArray:
        along = start + rows[:, None] * ((down - start) * grid.row_mm)
        index: FloatArray = (along[:, None, :] + across[None, :, :]).reshape(-1, 3)
        return index

    return linear


def _points(grid: Grid, rows: FloatArray) -> FloatArray:
    down = rows[:, None] * grid.row_mm * grid.plane.down
    across = np.arange(grid.shape[1])[:, None] * grid.column_mm * grid.plane.right
    points: FloatArray = (grid.plane.origin_mm + down[:, None, :] + across[None, :, :]).reshape(-1, 3)
    return points


def _upright(taps: Taps, grid: Grid, how: Interpolation) -> Section:
    """Cut a plane whose columns run along the slices' normal: one line in each slice, then joined along the normal."""
    geometry = taps.geometry
    edge = grid.plane.origin_mm + np.arange(grid.shape[0])[:, None] * grid.row_mm * grid.plane.down
    at = geometry.index_of(edge)[:, 0]
    beyond = (at < -0.5 - _WHOLE) | (at > geometry.shape[0] - 0.5 + _WHOLE)
    at = np.clip(at, 0, geometry.shape[0] - 1)
    if how is Interpolation.NEAREST:
        at = np.floor(at + 0.5)
    whole = np.abs(at - np.round(at)) < _WHOLE
    lower = np.where(whole, np.round(at), np.floor(at)).astype(np.intp)
    needed = np.unique(np.concatenate([lower, lower[~whole] + 1]))
    lines, absent = _lines(taps, grid, needed, how)
    which = np.searchsorted(needed, lower)
    if whole.all():
        values = lines if np.array_equal(which, np.arange(needed.size)) else lines[which]
        outside = absent[which]
    else:
        above = np.minimum(which + ~whole, needed.size - 1)
        share = np.where(whole, 0.0, at - lower).astype(np.float32)[:, None]
        values = taps.mixed(lines[which], lines[above], share)
        nearer = np.where(share[:, 0] < 0.5, which, above)
        outside = absent[nearer]
    outside = outside | beyond[:, None]
    return Section(taps.kept(values), grid, taps.is_stored, outside if outside.any() else None)


def _lines(taps: Taps, grid: Grid, slices: AnyArray, how: Interpolation) -> tuple[AnyArray, BoolArray]:
    """Return (slices, columns): each slice's values under the grid's columns, and where there are none."""
    geometry = taps.geometry
    normal = geometry.normal
    heights = geometry.heights_mm[slices]
    origin = grid.plane.origin_mm
    starts = geometry.index_of(origin + (heights - origin @ normal)[:, None] * normal)[:, 1:]
    basis = np.column_stack([geometry.row_step_mm, geometry.column_step_mm])
    step = np.linalg.pinv(basis) @ (grid.plane.right * grid.column_mm)
    along = np.arange(grid.shape[1])
    row = starts[:, :1] + along * step[0]
    column = starts[:, 1:] + along * step[1]
    absent = _beyond(row, geometry.shape[1]) | _beyond(column, geometry.shape[2])
    straight = taps.straight(slices, starts, step, grid.shape[1], how is Interpolation.NEAREST)
    if straight is not None:
        return straight, absent
    return taps.in_slices(slices, row, column, how is Interpolation.NEAREST), absent


def _cubic(taps: Taps, grid: Grid) -> Section | None:
    """Sample with cubic splines over the voxels near the plane; None where those are too many."""
    from scipy.ndimage import map_coordinates

    geometry = taps.geometry
    index = geometry.index_of(_points(grid, np.arange(grid.shape[0], dtype=np.float64)))
    last = np.array(geometry.shape) - 1
    low = np.clip(np.floor(index.min(axis=0)).astype(int) - 6, 0, last)
    high = np.clip(np.ceil(index.max(axis=0)).astype(int) + 6, 0, last)
    if float(np.prod(high - low + 1)) > MOST_CUBIC_VOXELS:
        return None
    shape = (int(high[0] - low[0] + 1), int(high[1] - low[1] + 1), int(high[2] - low[2] + 1))
    box = taps.volume.rescaled((int(low[0]), int(low[1]), int(low[2])), shape)
    found = map_coordinates(box, np.clip(index, 0, last).T - low[:, None], np.float32, order=3, mode="nearest")
    outside = _outside(geometry, index).reshape(grid.shape)
    return Section(found.reshape(grid.shape), grid, False, outside if outside.any() else None)


def _transposed(grid: Grid) -> Grid:
    plane = Plane(grid.plane.origin_mm, grid.plane.down, grid.plane.right)
    return Grid(plane, (grid.shape[1], grid.shape[0]), grid.column_mm, grid.row_mm)


def _outside(geometry: Geometry, index: FloatArray) -> BoolArray:
    beyond: BoolArray = np.logical_or.reduce([_beyond(index[:, axis], geometry.shape[axis]) for axis in range(3)])
    return beyond


def _beyond(at: FloatArray, count: int) -> BoolArray:
    beyond: BoolArray = (at < -0.5 - _WHOLE) | (at > count - 0.5 + _WHOLE)
    return beyond
