"""A box of a stack on an even, orthogonal grid along the slices' own axes.

The stored stack may be tilted, oblique, uneven or thick; marking needs a grid on which distances are simple.
The grid is snapped to the stack, not to the click, so that two clicks on one lesion see the same samples.
"""

from dataclasses import dataclass

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, Triple, frozen
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

COARSEST_MM = 1.1
THICK_MM = 1.3
FINE_MM = 0.45
SMOOTH_MM = 0.6
LEAST_SLICES = 4
LOWEST_HU = -1024.0
SUPPORT_SLICES = 4


@dataclass(frozen=True, eq=False)
class Frame:
    """Directions of a stack as an orthonormal frame: (3, 3) rows are normal, row direction, column direction."""

    axes: FloatArray

    @classmethod
    def of(cls, geometry: Geometry) -> "Frame":
        """Return the frame of a stack; the row direction is made perpendicular to the others."""
        normal = geometry.normal
        column = geometry.column_step_mm / np.linalg.norm(geometry.column_step_mm)
        row = np.cross(normal, column)
        return cls(frozen(np.stack([normal, row * np.sign(row @ geometry.row_step_mm), column])))

    def framed(self, points_mm: FloatArray) -> FloatArray:
        """Return (n, 3) mm along normal, row and column direction for (n, 3) LPS mm."""
        turned: FloatArray = np.atleast_2d(np.asarray(points_mm, dtype=np.float64)) @ self.axes.T
        return turned

    def to_patient(self, framed_mm: FloatArray) -> FloatArray:
        """Return LPS mm; the inverse of `framed`."""
        turned: FloatArray = np.atleast_2d(framed_mm) @ self.axes
        return turned


@dataclass(frozen=True, eq=False)
class Patch:
    """Rescaled values (float32) on an even grid; `first_mm` is voxel (0, 0, 0) in `frame` coordinates.

    `open_faces` (3, 2) tells at which faces the stack goes on beyond the patch.
    """

    hu: AnyArray
    spacing_mm: tuple[float, float, float]
    first_mm: FloatArray
    frame: Frame
    open_faces: BoolArray

    @property
    def shape(self) -> Triple:
        """Voxels along normal, rows, columns."""
        return self.hu.shape[0], self.hu.shape[1], self.hu.shape[2]

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel of the patch."""
        return float(np.prod(self.spacing_mm))

    def index_of(self, points_mm: FloatArray) -> FloatArray:
        """Return (n, 3) fractional indices of LPS points."""
        index: FloatArray = (self.frame.framed(points_mm) - self.first_mm) / self.spacing_mm
        return index

    def points_mm(self, index: FloatArray) -> FloatArray:
        """Return LPS mm of (n, 3) fractional indices."""
        return self.frame.to_patient(np.atleast_2d(index) * self.spacing_mm + self.first_mm)

    def coordinates(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return mm from voxel (0, 0, 0) along each axis, shaped to broadcast over the patch."""
        lines: list[FloatArray] = [
            np.arange(n) * np.float64(s) for n, s in zip(self.shape, self.spacing_mm, strict=True)
        ]
        z, r, c = lines
        return z[:, None, None], r[None, :, None], c[None, None, :]


def slice_thickness(volume: Volume) -> float:
    """Return what decides how blurred the slices are: thickness or distance, whichever is larger, mm."""
    return max(volume.geometry.spacing_mm[0], volume.source.acquisition.slice_mm or 0.0)


def cut_patch(volume: Volume, low_mm: FloatArray, high_mm: FloatArray) -> Patch:
    """Return the box between two corners (frame coordinates, mm) of a volume as an even grid.

    Slices further apart than `THICK_MM` are interpolated by a cubic spline along the stack; a tilted stack is
    straightened by shifting each slice; pixels below `FINE_MM` are averaged in blocks.

    Raises
    ------
    Refused
        When the stack has too few slices, or the box holds none of it.
    """
    geometry, frame = volume.geometry, Frame.of(volume.geometry)
    heights = geometry.heights_mm
    if heights.size < LEAST_SLICES or np.diff(heights).min() <= 0:
        raise Refused("A lesion can be marked only in a stack of slices.", "Choose a series with more slices.")
    z = _heights_inside(heights, geometry.is_even, float(low_mm[0]), float(high_mm[0]))
    slices = _slices_for(heights, z)
    rows = _inside(geometry.origins_mm[0] @ frame.axes[1], geometry, 1, low_mm, high_mm, slices)
    columns = _inside(geometry.origins_mm[0] @ frame.axes[2], geometry, 2, low_mm, high_mm, slices)
    if min(z.size, rows.size, columns.size) < LEAST_SLICES:
        raise Refused("The marked point is outside the image.", "Click inside the image.")
    stack = np.maximum(_straight_slices(volume, frame, slices, rows, columns), LOWEST_HU)
    hu = _along_slices(stack, heights[slices], z)
    steps = (float(z[1] - z[0]), geometry.spacing_mm[1], geometry.spacing_mm[2])
    first = np.array(
        [
            z[0],
            geometry.origins_mm[0] @ frame.axes[1] + rows[0] * steps[1],
            geometry.origins_mm[0] @ frame.axes[2] + columns[0] * steps[2],
        ]
    )
    return _even(hu, steps, first, frame, _open_faces(geometry, z, rows, columns))


def smoothed(patch: Patch, by_mm: float = SMOOTH_MM) -> AnyArray:
    """Return the values of a patch smoothed by a Gaussian of that SD (mm)."""
    from scipy import ndimage

    return ndimage.gaussian_filter(patch.hu, [by_mm / s for s in patch.spacing_mm])


def mask_on(patch: Patch, mask: Mask) -> BoolArray:
    """Return a mask of the same stack, or of a coarser grid of it, on the patch's grid (nearest voxel)."""
    geometry, frame = mask.geometry, patch.frame
    z, rows, columns = (
        f + np.arange(n) * s for f, n, s in zip(patch.first_mm, patch.shape, patch.spacing_mm, strict=True)
    )
    slices = _slice_positions(geometry, frame, z)
    shifts = _shifts_at(geometry, frame, slices)
    r = (rows[None, :] - shifts[:, :1]) / geometry.spacing_mm[1]
    c = (columns[None, :] - shifts[:, 1:]) / geometry.spacing_mm[2]
    z, r, c = (np.rint(at).astype(int) for at in (slices, r, c))
    if all((np.diff(at) == 1).all() for at in (z, r, c)) and (r == r[0]).all() and (c == c[0]).all():
        return mask.on_box((int(z[0]), int(r[0, 0]), int(c[0, 0])), patch.shape)
    return _picked(mask.inside, *(at - o for at, o in zip((z, r, c), mask.corner, strict=True)))


def patch_on(patch: Patch, inside: BoolArray, box: Mask) -> BoolArray:
    """Return a region of the patch at the voxel centres of a mask's box (nearest voxel)."""
    geometry, frame = box.geometry, patch.frame
    numbers = [o + np.arange(n) for o, n in zip(box.corner, box.inside.shape, strict=True)]
    origins = frame.framed(geometry.origins_mm[numbers[0]])
    z = (origins[:, 0] - patch.first_mm[0]) / patch.spacing_mm[0]
    r = (origins[:, 1:2] + numbers[1] * geometry.spacing_mm[1] - patch.first_mm[1]) / patch.spacing_mm[1]
    c = (origins[:, 2:3] + numbers[2] * geometry.spacing_mm[2] - patch.first_mm[2]) / patch.spacing_mm[2]
    return _picked(inside, *(np.rint(at).astype(int) for at in (z, r, c)))


def _picked(inside: BoolArray, z: AnyArray, r: AnyArray, c: AnyArray) -> BoolArray:
    """Values at slice z[k], row r[k, i], column c[k, j]; False outside."""
    if not inside.size:
        return np.zeros((z.size, r.shape[1], c.shape[1]), dtype=bool)
    known = [(at >= 0) & (at < n) for at, n in zip((z, r, c), inside.shape, strict=True)]
    at = [np.clip(line, 0, n - 1) for line, n in zip((z, r, c), inside.shape, strict=True)]
    found: BoolArray = inside[at[0][:, None, None], at[1][:, :, None], at[2][:, None, :]]
    found &= known[0][:, None, None] & known[1][:, :, None] & known[2][:, None, :]
    return found


def _slice_positions(geometry: Geometry, frame: Frame, z: FloatArray) -> FloatArray:
    """Fractional slice numbers at heights along the frame's normal; the end steps go on outside."""
    heights: FloatArray = geometry.origins_mm @ frame.axes[0]
    if heights.size == 1:
        above: FloatArray = z - heights[0]
        return above
    which = np.clip(np.searchsorted(heights, z, side="right") - 1, 0, heights.size - 2)
    at: FloatArray = which + (z - heights[which]) / (heights[which + 1] - heights[which])
    return at


def _shifts_at(geometry: Geometry, frame: Frame, slices: FloatArray) -> FloatArray:
    """(n, 2) position of row 0 and column 0 at fractional slice numbers."""
    places = geometry.origins_mm @ frame.axes[1:].T
    if len(places) == 1:
        return np.repeat(places, slices.size, axis=0)
    which = np.clip(np.floor(slices).astype(int), 0, len(places) - 2)
    share = (slices - which)[:, None]
    shifts: FloatArray = places[which] * (1 - share) + places[which + 1] * share
    return shifts


def _heights_inside(heights: FloatArray, even: bool, low: float, high: float) -> FloatArray:
    gap = float(np.median(np.diff(heights)))
    if even and gap <= THICK_MM:
        grid = heights
    else:
        step = gap / np.ceil(gap / COARSEST_MM) if gap > THICK_MM else gap
        grid = np.arange(heights[0], heights[-1] + 1e-6, step)
    chosen: FloatArray = grid[(grid >= low - 1e-6) & (grid <= high + 1e-6)]
    return chosen


def _slices_for(heights: FloatArray, z: FloatArray) -> AnyArray:
    if not z.size:
        return np.zeros(0, dtype=int)
    first = max(0, int(np.searchsorted(heights, z[0])) - SUPPORT_SLICES)
    last = min(heights.size, int(np.searchsorted(heights, z[-1])) + SUPPORT_SLICES + 1)
    return np.arange(first, last)


def _inside(
    start: float, geometry: Geometry, axis: int, low_mm: FloatArray, high_mm: FloatArray, slices: AnyArray
) -> AnyArray:
    if not slices.size:
        return np.zeros(0, dtype=int)
    step, count = geometry.spacing_mm[axis], geometry.shape[axis]
    offsets = _offsets(geometry, Frame.of(geometry))[slices, axis - 1] / step
    first = max(np.ceil((low_mm[axis] - start) / step - 1e-6), np.ceil(offsets.min()))
    last = min(np.floor((high_mm[axis] - start) / step + 1e-6), np.floor(offsets.max()) + count - 1)
    return np.arange(int(first), int(last) + 1)


def _offsets(geometry: Geometry, frame: Frame) -> FloatArray:
    """(slices, 2) mm that each slice is shifted against the first, along rows and columns."""
    shifts: FloatArray = (geometry.origins_mm - geometry.origins_mm[0]) @ frame.axes[1:].T
    return shifts


def _straight_slices(volume: Volume, frame: Frame, slices: AnyArray, rows: AnyArray, columns: AnyArray) -> AnyArray:
    geometry = volume.geometry
    offsets = _offsets(geometry, frame)[slices] / geometry.spacing_mm[1:]
    first = int(slices[0])
    if np.abs(offsets).max() < 0.01:
        corner = (first, int(rows[0]), int(columns[0]))
        return volume.rescaled(corner, (slices.size, rows.size, columns.size))
    from scipy import ndimage

    straight = np.empty((slices.size, rows.size, columns.size), dtype=np.float32)
    for at, (down, right) in enumerate(offsets):
        flat = np.maximum(volume.rescaled_slice(first + at), LOWEST_HU)
        where = np.meshgrid(rows - down, columns - right, indexing="ij")
        straight[at] = ndimage.map_coordinates(flat, where, order=3, mode="nearest")
    return straight


def _along_slices(stack: AnyArray, heights: FloatArray, z: FloatArray) -> AnyArray:
    here = np.flatnonzero(np.isin(np.round(heights, 5), np.round(z, 5)))
    if here.size == z.size:
        return stack[here]
    from scipy.interpolate import CubicSpline

    weights = CubicSpline(heights, np.eye(heights.size), bc_type="natural")(z).astype(np.float32)
    return np.tensordot(weights, stack, axes=1)


def _open_faces(geometry: Geometry, z: FloatArray, rows: AnyArray, columns: AnyArray) -> BoolArray:
    heights = geometry.heights_mm
    step = z[1] - z[0]
    along = [z[0] - step >= heights[0], z[-1] + step <= heights[-1]]
    flat = [[line[0] > 0, line[-1] < n - 1] for line, n in zip((rows, columns), geometry.shape[1:], strict=True)]
    return np.array([along, *flat], dtype=bool)


def _even(hu: AnyArray, steps: tuple[float, float, float], first: FloatArray, frame: Frame, faces: BoolArray) -> Patch:
    """Average pixels that are too fine and interpolate those that are too coarse."""
    from scipy import ndimage

    spacing = list(steps)
    for axis in range(3):
        if spacing[axis] < FINE_MM:
            factor = int(np.ceil(FINE_MM / spacing[axis]))
            count = hu.shape[axis] // factor
            kept = np.moveaxis(hu, axis, 0)[: count * factor]
            hu = np.moveaxis(kept.reshape(count, factor, *kept.shape[1:]).mean(axis=1), 0, axis)
            first[axis] += (factor - 1) / 2 * spacing[axis]
            spacing[axis] *= factor
        elif spacing[axis] > THICK_MM:
            factor = int(np.ceil(spacing[axis] / COARSEST_MM))
            count = (hu.shape[axis] - 1) * factor + 1
            zoom = [1.0, 1.0, 1.0]
            zoom[axis] = count / hu.shape[axis]
            hu = ndimage.zoom(hu, zoom, order=3, mode="nearest", grid_mode=False)
            spacing[axis] /= factor
    even = (float(spacing[0]), float(spacing[1]), float(spacing[2]))
    return Patch(frozen(np.ascontiguousarray(hu, dtype=np.float32)), even, frozen(first), frame, faces)
