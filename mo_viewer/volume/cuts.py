"""Families of parallel planes through a stack: axial, coronal, sagittal, or turned any way."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import permutations

import numpy as np

from mo_viewer.volume.arrays import FloatArray, Point, frozen
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.reading_order import is_backwards
from mo_viewer.volume.reslice import ALONG, Grid

MOST_PIXELS = 2_000_000
"""A section of more pixels is sampled more coarsely, and says so."""
_EDGE = 1e-6


class Orientation(StrEnum):
    """Which way a pane looks. Names mean the nearest axis of the patient: planes keep to the stack's own axes."""

    ACQUIRED = "acquired"
    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


_AXES = {Orientation.SAGITTAL: 0, Orientation.CORONAL: 1, Orientation.AXIAL: 2}
_SIDES = {
    Orientation.AXIAL: ((0, 1), (1, 1)),
    Orientation.CORONAL: ((0, 1), (2, -1)),
    Orientation.SAGITTAL: ((1, 1), (2, -1)),
}
"""Axis of the patient and its sign: to the right, and down."""


def can_be_cut(geometry: Geometry) -> bool:
    """Whether planes of another direction make sense: a stack of slices in the patient."""
    return geometry.in_patient and geometry.shape[0] > 2 and bool(np.diff(geometry.heights_mm).min() > 0)


def acquired_as(geometry: Geometry) -> Orientation:
    """The orientation that the slices themselves have."""
    order = _nearest_axes(geometry)
    return next(name for name, axis in _AXES.items() if order[axis] == 0)


def sides(geometry: Geometry, orientation: Orientation) -> tuple[FloatArray, FloatArray]:
    """Return (right, down), unit vectors along the stack's axes, for one of the three orientations.

    The stack's axes are the slices' normal, the direction of rows and that of columns; of a tilted stack they
    lean against the patient's, and the slices themselves stay one of the three families.
    """
    axes, order = _triad(geometry), _nearest_axes(geometry)
    ways = []
    for axis, sign in _SIDES[orientation]:
        unit = axes[order[axis]]
        ways.append(unit * sign * (1 if unit[axis] >= 0 else -1))
    return ways[0], ways[1]


@dataclass(frozen=True, eq=False)
class Cuts:
    """Parallel planes that cover a stack; index 0 is the first along their normal.

    Parameters
    ----------
    turn
        (3, 3) rotation of the planes away from the stack's axes, about `pivot_mm`, which one of them contains.
    """

    geometry: Geometry
    orientation: Orientation
    turn: FloatArray = field(default_factory=lambda: frozen(np.eye(3)))
    pivot_mm: Point = (0.0, 0.0, 0.0)

    @property
    def is_oblique(self) -> bool:
        """Whether the planes are turned away from the stack's axes."""
        return not np.array_equal(self.turn, np.eye(3))

    @cached_property
    def right(self) -> FloatArray:
        """(3,) unit vector to the right on the screen."""
        right: FloatArray = self.turn @ sides(self.geometry, self.orientation)[0]
        return right

    @cached_property
    def down(self) -> FloatArray:
        """(3,) unit vector down on the screen."""
        down: FloatArray = self.turn @ sides(self.geometry, self.orientation)[1]
        return down

    @cached_property
    def normal(self) -> FloatArray:
        """(3,) unit normal, on the side to which indices rise."""
        normal: FloatArray = np.cross(self.right, self.down)
        return normal

    @property
    def step_mm(self) -> float:
        """Distance of neighbouring planes."""
        return self._step(self.normal)

    @cached_property
    def count(self) -> int:
        """How many planes there are."""
        low, high = self._reach(self.normal)
        return int((high - low) / self.step_mm + _EDGE) + 1

    @cached_property
    def is_reversed(self) -> bool:
        """Whether reading (to the left, to posterior, to the feet) goes against rising indices."""
        return is_backwards(self.normal)

    @cached_property
    def coarseness(self) -> int:
        """1, or how many times coarser than the voxels sections are, to stay within `MOST_PIXELS`."""
        rows, columns = self._fine.shape
        return max(1, int(np.ceil(np.sqrt(rows * columns / MOST_PIXELS))))

    def grid(self, k: int) -> Grid:
        """Where plane k is sampled: pixel centres on voxel centres where the planes follow the stack's axes."""
        return (self._fine if self.coarseness == 1 else self._fine.coarser(self.coarseness)).moved(k * self.step_mm)

    def plane_at(self, k: int) -> Plane:
        """Where plane k lies."""
        return self.grid(k).plane

    def nearest(self, at_mm: Point) -> int:
        """Return the index of the plane nearest to an LPS point; beyond the ends the end."""
        k = round((float(np.array(at_mm) @ self.normal) - self._low) / self.step_mm)
        return min(self.count - 1, max(0, k))

    @cached_property
    def _low(self) -> float:
        low = self._reach(self.normal)[0]
        if not self.is_oblique:
            return low
        return low + (float(np.array(self.pivot_mm) @ self.normal) - low) % self.step_mm

    @cached_property
    def _fine(self) -> Grid:
        left, right = self._reach(self.right)
        top, bottom = self._reach(self.down)
        column_mm, row_mm = self._step(self.right), self._step(self.down)
        shape = (int((bottom - top) / row_mm + _EDGE) + 1, int((right - left) / column_mm + _EDGE) + 1)
        origin = left * self.right + top * self.down + self._low * self.normal
        return Grid(Plane(origin, self.right, self.down), shape, row_mm, column_mm)

    def _reach(self, way: FloatArray) -> tuple[float, float]:
        _, rows, columns = self.geometry.shape
        ends = self.geometry.origins_mm @ way
        row, column = (rows - 1) * self.geometry.row_step_mm @ way, (columns - 1) * self.geometry.column_step_mm @ way
        return (
            float(ends.min() + min(0.0, row) + min(0.0, column)),
            float(ends.max() + max(0.0, row) + max(0.0, column)),
        )

    def _step(self, way: FloatArray) -> float:
        steps = np.diff(self.geometry.heights_mm)
        spacing = (float(steps.min()), *self.geometry.spacing_mm[1:])
        along = np.abs(_triad(self.geometry) @ way)
        best = int(np.argmax(along))
        return spacing[best] if along[best] >= ALONG else min(spacing)


def _triad(geometry: Geometry) -> FloatArray:
    """(3, 3) unit rows: normal, direction of rows, direction of columns."""
    axes = np.array([geometry.normal, geometry.row_step_mm, geometry.column_step_mm])
    unit: FloatArray = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    return unit


def _nearest_axes(geometry: Geometry) -> tuple[int, ...]:
    """Which of the stack's axes stands for x, y and z of the patient: the assignment that agrees best."""
    share = np.abs(_triad(geometry))
    return max(permutations(range(3)), key=lambda order: sum(share[order[axis], axis] for axis in range(3)))
