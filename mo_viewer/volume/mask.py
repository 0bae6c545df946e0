"""A set of voxels of one stack; only its bounding box is kept."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.volume.arrays import BoolArray, FloatArray, Triple, frozen
from mo_viewer.volume.geometry import Geometry


@dataclass(frozen=True, eq=False)
class Mask:
    """Voxels of `geometry`: `inside` is a box whose first voxel has index `corner`."""

    inside: BoolArray
    corner: Triple
    geometry: Geometry

    def __post_init__(self) -> None:
        frozen(self.inside)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        return (
            self.corner == other.corner
            and np.array_equal(self.inside, other.inside)
            and self.geometry == other.geometry
        )

    @classmethod
    def trimmed(cls, inside: BoolArray, corner: Triple, geometry: Geometry) -> "Mask":
        """Make a mask from a box that may have empty borders."""
        filled = [np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
        if any(axis.size == 0 for axis in filled):
            return cls(np.zeros((0, 0, 0), dtype=bool), (0, 0, 0), geometry)
        box = tuple(slice(int(axis[0]), int(axis[-1]) + 1) for axis in filled)
        start = (int(filled[0][0]), int(filled[1][0]), int(filled[2][0]))
        at = (corner[0] + start[0], corner[1] + start[1], corner[2] + start[2])
        return cls(np.ascontiguousarray(inside[box]), at, geometry)

    @property
    def voxels(self) -> int:
        """How many voxels are inside."""
        return int(np.count_nonzero(self.inside))

    @property
    def volume_mm3(self) -> float:
        """Sum of the voxels' volumes, each with its own slice's extent."""
        per_slice = np.count_nonzero(self.inside, axis=(1, 2))
        first = self.corner[0]
        return float(per_slice @ self.geometry.voxel_volumes_mm3[first : first + per_slice.size])

    def indices(self) -> FloatArray:
        """(n, 3) indices (slice, row, column) of the voxels inside."""
        found: FloatArray = np.argwhere(self.inside).astype(np.float64) + np.array(self.corner, dtype=np.float64)
        return found

    def points_mm(self) -> FloatArray:
        """(n, 3) LPS mm of the voxel centres inside."""
        return self.geometry.points_mm(self.indices())

    def slice_inside(self, k: int) -> BoolArray | None:
        """(rows, columns) of the whole slice k, or None where the mask does not reach it."""
        at = k - self.corner[0]
        if not 0 <= at < self.inside.shape[0] or not self.inside[at].any():
            return None
        whole = np.zeros(self.geometry.shape[1:], dtype=bool)
        _, row, column = self.corner
        whole[row : row + self.inside.shape[1], column : column + self.inside.shape[2]] = self.inside[at]
        return whole

    def on_box(self, corner: Triple, shape: Triple) -> BoolArray:
        """What the mask holds of another box of its grid, which may reach beyond the stack."""
        out = np.zeros(shape, dtype=bool)
        to, source = [], []
        for at, size, own, count in zip(corner, shape, self.corner, self.inside.shape, strict=True):
            first, last = max(at, own), min(at + size, own + count)
            if last <= first:
                return out
            to.append(slice(first - at, last - at))
            source.append(slice(first - own, last - own))
        out[tuple(to)] = self.inside[tuple(source)]
        return out

    def full(self) -> BoolArray:
        """The mask on the whole grid."""
        whole = np.zeros(self.geometry.shape, dtype=bool)
        box = tuple(slice(c, c + n) for c, n in zip(self.corner, self.inside.shape, strict=True))
        whole[box] = self.inside
        return whole
