"""Where the voxels of a stack of slices lie in the patient.

Index order is slice, row, column; positions are LPS millimetres (DICOM's patient coordinate system).
A stack whose steps are not equal, or that is tilted, keeps the true position of every slice.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.volume.arrays import FloatArray, Triple, frozen

EVEN_STEP_TOLERANCE_MM = 0.01
PARALLEL = 1e-4
_SIDEWAYS_MM = max(PARALLEL * 100, EVEN_STEP_TOLERANCE_MM)


@dataclass(frozen=True, eq=False)
class Geometry:
    """The grid of one stack.

    Parameters
    ----------
    shape
        Slices, rows, columns.
    origins_mm
        (slices, 3): centre of voxel (row 0, column 0) of each slice, LPS mm. Neither equal steps nor
        steps along the normal are assumed.
    row_step_mm, column_step_mm
        (3,): from one row (column) to the next, LPS mm.
    frame_uid
        Frame of reference; empty when the images name none.
    in_patient
        False for a projection (radiograph): its millimetres, if any, are not patient positions.
    """

    shape: Triple
    origins_mm: FloatArray
    row_step_mm: FloatArray
    column_step_mm: FloatArray
    frame_uid: str = ""
    in_patient: bool = True

    def __post_init__(self) -> None:
        for name, size in (("origins_mm", (self.shape[0], 3)), ("row_step_mm", (3,)), ("column_step_mm", (3,))):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.shape != size or not np.isfinite(array).all():
                raise Refused(f"The image geometry is not usable: {name} has shape {array.shape}, not {size}.")
            object.__setattr__(self, name, frozen(array))
        if np.linalg.norm(np.cross(self.row_step_mm, self.column_step_mm)) <= 0:
            raise Refused("The image geometry is not usable: rows and columns have no area.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Geometry):
            return NotImplemented
        return (
            self.shape == other.shape
            and self.frame_uid == other.frame_uid
            and self.in_patient == other.in_patient
            and np.array_equal(self.origins_mm, other.origins_mm)
            and np.array_equal(self.row_step_mm, other.row_step_mm)
            and np.array_equal(self.column_step_mm, other.column_step_mm)
        )

    @classmethod
    def even(
        cls,
        shape: Triple,
        to_patient: FloatArray,
        frame_uid: str = "",
        in_patient: bool = True,
    ) -> "Geometry":
        """Make a grid of equal steps from a 4x4 matrix that takes (slice, row, column, 1) to LPS mm."""
        matrix = np.asarray(to_patient, dtype=np.float64)
        origins = matrix[:3, 3] + np.arange(shape[0])[:, None] * matrix[:3, 0]
        return cls(shape, origins, matrix[:3, 1], matrix[:3, 2], frame_uid, in_patient)

    @cached_property
    def normal(self) -> FloatArray:
        """(3,) unit normal of the slices, on the side to which slice numbers rise."""
        cross = np.cross(self.column_step_mm, self.row_step_mm)
        unit: FloatArray = cross / np.linalg.norm(cross)
        falls = self.shape[0] > 1 and float(unit @ (self.origins_mm[-1] - self.origins_mm[0])) < 0
        return frozen(-unit if falls else unit)

    @cached_property
    def heights_mm(self) -> FloatArray:
        """(slices,) position of each slice plane along `normal`, mm."""
        heights: FloatArray = self.origins_mm @ self.normal
        return frozen(heights)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of slice planes along the normal (median where uneven, 0 for one slice), of rows, of columns."""
        steps = np.diff(self.heights_mm)
        return (
            float(np.median(steps)) if steps.size else 0.0,
            float(np.linalg.norm(self.row_step_mm)),
            float(np.linalg.norm(self.column_step_mm)),
        )

    @property
    def is_even(self) -> bool:
        """Whether all slice steps are the same vector to within `EVEN_STEP_TOLERANCE_MM`."""
        steps = np.diff(self.origins_mm, axis=0)
        return bool(steps.size == 0 or np.ptp(steps, axis=0).max() <= EVEN_STEP_TOLERANCE_MM)

    @property
    def is_sheared(self) -> bool:
        """Whether slices are shifted against each other off their normal (gantry tilt)."""
        steps = np.diff(self.origins_mm, axis=0)
        if not steps.size:
            return False
        sideways = steps - (steps @ self.normal)[:, None] * self.normal
        return bool(np.linalg.norm(sideways, axis=1).max() > _SIDEWAYS_MM)

    @property
    def straight_runs(self) -> tuple[range, ...]:
        """Runs of neighbouring slices that each lie on one straight, even grid; together all slices, in order.

        A stack without tilt and with equal steps is one run; of a tilted stack every slice is a run of its own.
        """
        if self.shape[0] == 1 or (self.is_even and not self.is_sheared):
            return (range(self.shape[0]),)
        steps = np.diff(self.origins_mm, axis=0)
        straight = np.linalg.norm(steps - (steps @ self.normal)[:, None] * self.normal, axis=1) <= _SIDEWAYS_MM
        starts = [0]
        for k in range(1, self.shape[0]):
            alike = k - 1 == starts[-1] or np.abs(steps[k - 1] - steps[starts[-1]]).max() <= EVEN_STEP_TOLERANCE_MM
            if not straight[k - 1] or not alike:
                starts.append(k)
        return tuple(range(a, b) for a, b in pairwise([*starts, self.shape[0]]))

    @property
    def slice_extents_mm(self) -> FloatArray:
        """(slices,) share of the normal that each slice stands for: half-way to each neighbour, mm.

        At the ends the one known neighbour counts on both sides. One slice alone has extent 0.
        """
        heights = self.heights_mm
        if heights.size == 1:
            return np.zeros(1)
        gaps = np.diff(heights)
        extents: FloatArray = 0.5 * (np.concatenate([gaps[:1], gaps]) + np.concatenate([gaps, gaps[-1:]]))
        return extents

    @property
    def pixel_area_mm2(self) -> float:
        """Area of one pixel in its slice."""
        return float(np.linalg.norm(np.cross(self.row_step_mm, self.column_step_mm)))

    @property
    def voxel_volumes_mm3(self) -> FloatArray:
        """(slices,) volume that one voxel of each slice stands for."""
        return self.slice_extents_mm * self.pixel_area_mm2

    @property
    def to_patient(self) -> FloatArray:
        """4x4 matrix from (slice, row, column, 1) to LPS mm; shear is kept.

        Raises
        ------
        Refused
            When the steps are not equal, because no matrix says that truly.
        """
        if not self.is_even:
            raise Refused("The slices are not evenly spaced, so one matrix cannot place them.")
        matrix = np.eye(4)
        step = self.normal if self.shape[0] == 1 else (self.origins_mm[-1] - self.origins_mm[0]) / (self.shape[0] - 1)
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = step, self.row_step_mm, self.column_step_mm
        matrix[:3, 3] = self.origins_mm[0]
        return matrix

    def points_mm(self, index: FloatArray) -> FloatArray:
        """Return LPS mm of (n, 3) fractional indices (slice, row, column).

        Between slices the origin is interpolated; outside the stack the end step goes on.
        """
        at = np.atleast_2d(np.asarray(index, dtype=np.float64))
        placed: FloatArray = (
            self._origins_at(at[:, 0]) + at[:, 1:2] * self.row_step_mm + at[:, 2:3] * self.column_step_mm
        )
        return placed

    def index_of(self, points_mm: FloatArray) -> FloatArray:
        """Return (n, 3) fractional indices (slice, row, column) of LPS points; the inverse of `points_mm`."""
        points = np.atleast_2d(np.asarray(points_mm, dtype=np.float64))
        slices = self._slice_at(points @ self.normal)
        offset = points - self._origins_at(slices)
        return np.column_stack([slices, offset @ self._to_pixels])

    def contains(self, point_mm: FloatArray) -> bool:
        """Whether an LPS point lies inside the stack, half a voxel of margin included."""
        index = self.index_of(np.asarray(point_mm))[0]
        return bool(np.all(index >= -0.5) and np.all(index <= np.array(self.shape) - 0.5))

    def crop(self, corner: Triple, shape: Triple) -> "Geometry":
        """Return the grid of the box that begins at index `corner`."""
        first, row, column = corner
        origins = self.origins_mm[first : first + shape[0]] + row * self.row_step_mm + column * self.column_step_mm
        return Geometry(shape, origins, self.row_step_mm, self.column_step_mm, self.frame_uid, self.in_patient)

    @cached_property
    def _to_pixels(self) -> FloatArray:
        """(3, 2): from a way in the plane, LPS mm, to rows and columns."""
        inverse: FloatArray = np.linalg.pinv(np.column_stack([self.row_step_mm, self.column_step_mm]))
        return inverse.T

    def _slice_at(self, heights: FloatArray) -> FloatArray:
        known = self.heights_mm
        if known.size == 1:
            beside: FloatArray = heights - known[0]
            return beside
        which = np.clip(np.searchsorted(known, heights, side="right") - 1, 0, known.size - 2)
        at: FloatArray = which + (heights - known[which]) / (known[which + 1] - known[which])
        return at

    def _origins_at(self, slices: FloatArray) -> FloatArray:
        if self.shape[0] == 1:
            only: FloatArray = self.origins_mm[0] + slices[:, None] * self.normal
            return only
        which = np.clip(np.floor(slices).astype(int), 0, self.shape[0] - 2)
        share = (slices - which)[:, None]
        placed: FloatArray = self.origins_mm[which] * (1 - share) + self.origins_mm[which + 1] * share
        return placed
