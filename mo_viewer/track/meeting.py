"""How much volume two contours share, or how far their surfaces lie apart, once one is carried over to the other."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mo_viewer.track.cloud import moved
from mo_viewer.volume.arrays import BoolArray, FloatArray, IndexArray
from mo_viewer.volume.mask import Mask

SAMPLES, FEW = 6000, 400
REMEMBERED = 512
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, eq=False)
class _Known:
    """A mask that equals only itself, so that what was worked out of it can be looked up."""

    mask: Mask

    def __hash__(self) -> int:
        return id(self.mask)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.mask is self.mask


def meeting(first: Mask, second: Mask, matrix: FloatArray) -> tuple[float, float]:
    """Shared volume over the smaller volume, and distance of the surfaces (mm), after carrying `first` over.

    Shares come from up to 6000 voxels of either contour, spread evenly; the distance is exact. Answers are remembered,
    because a patient's contours are compared again whenever one of them changes.
    """
    return _met(_Known(first), _Known(second), np.asarray(matrix, dtype=np.float64).tobytes())


def meets(first: Mask, second: Mask) -> bool:
    """Whether two contours on one grid share a voxel or pixel."""
    return _share(first, second, np.eye(4)) > 0


@lru_cache(maxsize=REMEMBERED)
def _met(one: _Known, two: _Known, packed: bytes) -> tuple[float, float]:
    first, second, matrix = one.mask, two.mask, np.frombuffer(packed).reshape(4, 4)
    if _boxes_touch(first, second, matrix):
        inverse: FloatArray = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
        there, back = _share(first, second, matrix), _share(second, first, inverse)
        smaller = max(min(first.volume_mm3, second.volume_mm3), 1e-9)
        overlap = 0.5 * (there * first.volume_mm3 + back * second.volume_mm3) / smaller
        if overlap > 0:
            return float(min(overlap, 1.0)), 0.0
    half = 0.5 * (_edge(first) + _edge(second))
    return 0.0, max(0.0, _apart(moved(_border(first), matrix), _border(second)) - half)


def _boxes_touch(first: Mask, second: Mask, matrix: FloatArray) -> bool:
    """Whether the boxes of two masks, along the patient's axes, meet."""
    one, two = moved(_corners(first), matrix), _corners(second)
    return bool(np.all((one.min(axis=0) <= two.max(axis=0)) & (two.min(axis=0) <= one.max(axis=0))))


def _corners(mask: Mask) -> FloatArray:
    """(2 n, 3): the corners of the mask's box in each of its slices, half a voxel outside; slices may be shifted."""
    slices, rows, columns = mask.inside.shape
    first, row, column = mask.corner
    places = [
        (k, r, c)
        for k in (first - 0.5, *range(first, first + slices), first + slices - 0.5)
        for r in (row - 0.5, row + rows - 0.5)
        for c in (column - 0.5, column + columns - 0.5)
    ]
    return mask.geometry.points_mm(np.array(places, dtype=np.float64))


def _share(mask: Mask, other: Mask, matrix: FloatArray) -> float:
    """Share of a mask's voxels that fall into another one."""
    flat = np.flatnonzero(mask.inside)
    if flat.size > SAMPLES:
        flat = flat[_spread(flat.size, SAMPLES)]
    index = np.column_stack(np.unravel_index(flat, mask.inside.shape)) + np.array(mask.corner)
    there = other.geometry.index_of(moved(mask.geometry.points_mm(index.astype(np.float64)), matrix))
    at = np.rint(there).astype(int) - np.array(other.corner)
    known = ((at >= 0) & (at < np.array(other.inside.shape))).all(axis=1)
    return float(np.count_nonzero(other.inside[tuple(at[known].T)])) / max(1, len(at))


def _spread(count: int, some: int) -> IndexArray:
    """`some` of `count` places, spread evenly and in step with no row or slice (multiples of the golden ratio)."""
    places: IndexArray = (np.arange(some) * GOLDEN % 1.0 * count).astype(np.int32)
    return places


def _border(mask: Mask) -> FloatArray:
    """(n, 3) LPS mm of the voxels of a mask with a face outside it."""
    from scipy import ndimage

    edge: BoolArray = mask.inside & ~ndimage.binary_erosion(mask.inside)
    index = np.argwhere(edge) + np.array(mask.corner, dtype=np.float64)
    return mask.geometry.points_mm(np.asarray(index, dtype=np.float64))


def _apart(one: FloatArray, two: FloatArray) -> float:
    """Least distance of two sets of points, mm."""
    from scipy.spatial import KDTree

    tree = KDTree(two)
    some = one[_spread(len(one), FEW)] if len(one) > FEW else one
    most = float(np.min(tree.query(some)[0]))
    off = np.maximum(np.maximum(two.min(axis=0) - one, one - two.max(axis=0)), 0.0)
    left = one[np.einsum("ij,ij->i", off, off) <= most**2]
    return min(most, float(np.min(tree.query(left)[0]))) if len(left) else most


def _edge(mask: Mask) -> float:
    return float(np.mean(mask.geometry.spacing_mm))
