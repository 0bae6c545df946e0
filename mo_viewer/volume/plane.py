"""A plane in the patient as a pane shows it: where it lies, what is right and down, and the letters at its edges."""

from dataclasses import dataclass
from functools import cached_property
from math import hypot

import numpy as np

from mo_viewer.volume.arrays import FloatArray, frozen
from mo_viewer.volume.geometry import Geometry

_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))
_LEAST_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Plane:
    """Origin (3,) LPS mm, and unit vectors to the right and down on the screen."""

    origin_mm: FloatArray
    right: FloatArray
    down: FloatArray

    def __post_init__(self) -> None:
        for name in ("origin_mm", "right", "down"):
            array = np.array(getattr(self, name), dtype=np.float64)
            unit = array if name == "origin_mm" else array / hypot(*array.tolist())
            object.__setattr__(self, name, frozen(unit))

    @classmethod
    def of_slice(cls, geometry: Geometry, k: int) -> "Plane":
        """The plane of acquired slice k, as its pixels are stored: columns to the right, rows down."""
        return cls(geometry.origins_mm[k], geometry.column_step_mm, geometry.row_step_mm)

    @cached_property
    def normal(self) -> FloatArray:
        """(3,) unit vector away from the reader (right cross down)."""
        cross: FloatArray = np.cross(self.right, self.down)
        return frozen(cross / np.linalg.norm(cross))

    def on_plane(self, points_mm: FloatArray) -> FloatArray:
        """Return (n, 2) mm to the right and down of the origin for (n, 3) LPS points, projected."""
        offset = np.atleast_2d(points_mm) - self.origin_mm
        flat: FloatArray = np.column_stack([offset @ self.right, offset @ self.down])
        return flat

    def to_patient(self, flat_mm: FloatArray) -> FloatArray:
        """Return (n, 3) LPS mm for (n, 2) mm to the right and down of the origin."""
        flat = np.atleast_2d(flat_mm)
        placed: FloatArray = self.origin_mm + flat[:, :1] * self.right + flat[:, 1:] * self.down
        return placed

    def place(self, right_mm: float, down_mm: float) -> tuple[float, float, float]:
        """Return the LPS mm of one point, as `to_patient` does for many."""
        x, y, z = (
            o + right_mm * r + down_mm * d
            for o, r, d in zip(self.origin_mm.tolist(), self.right.tolist(), self.down.tolist(), strict=True)
        )
        return x, y, z

    def distance_mm(self, points_mm: FloatArray) -> FloatArray:
        """(n,) signed distance of LPS points from the plane, positive away from the reader."""
        away: FloatArray = (np.atleast_2d(points_mm) - self.origin_mm) @ self.normal
        return away


def direction_letters(direction: FloatArray) -> str:
    """Return the letters of a direction in the patient, strongest first (``"L"``, ``"AL"``, ``"PSR"``).

    A letter is left out when its share of the direction is below 0.2 (DICOM PS3.3 C.7.6.1.1.1 allows up to three).
    """
    unit = np.asarray(direction, dtype=np.float64)
    unit = unit / np.linalg.norm(unit)
    order = np.argsort(-np.abs(unit), kind="stable")
    return "".join(_LETTERS[axis][0 if unit[axis] > 0 else 1] for axis in order if abs(unit[axis]) >= _LEAST_SHARE)
