"""Surface points with normals, and the tree that finds the nearest."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mo_viewer.volume.arrays import BoolArray, FloatArray, IndexArray, frozen


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points (n, 3) in LPS mm, unit normals (n, 3) that point away from the dense side, area of each (n,) in mm2."""

    points_mm: FloatArray
    normals: FloatArray
    areas_mm2: FloatArray

    def __post_init__(self) -> None:
        for array in (self.points_mm, self.normals, self.areas_mm2):
            frozen(array)

    def __len__(self) -> int:
        return len(self.points_mm)

    @classmethod
    def empty(cls) -> "Cloud":
        """No points."""
        return cls(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))

    @classmethod
    def joined(cls, clouds: "list[Cloud]") -> "Cloud":
        """All points of several clouds."""
        if not clouds:
            return cls.empty()
        return cls(
            np.concatenate([c.points_mm for c in clouds]),
            np.concatenate([c.normals for c in clouds]),
            np.concatenate([c.areas_mm2 for c in clouds]),
        )

    @cached_property
    def tree(self) -> Any:
        """The points as a k-d tree."""
        from scipy.spatial import KDTree

        return KDTree(self.points_mm)

    def where(self, keep: BoolArray | IndexArray) -> "Cloud":
        """The points that `keep` names."""
        return Cloud(self.points_mm[keep], self.normals[keep], self.areas_mm2[keep])

    def thinned(self, count: int) -> "Cloud":
        """About `count` of the points, spread as they are; the same ones every time."""
        if len(self) <= count:
            return self
        order = np.sort(np.random.default_rng(20).permutation(len(self))[:count])
        scale = len(self) / count
        return Cloud(self.points_mm[order], self.normals[order], self.areas_mm2[order] * scale)

    def moved(self, matrix: FloatArray) -> "Cloud":
        """The cloud after a rigid 4x4 transform."""
        return Cloud(moved(self.points_mm, matrix), self.normals @ matrix[:3, :3].T, self.areas_mm2)

    def mirrored(self) -> "Cloud":
        """The cloud with left and right exchanged."""
        flip = np.array([-1.0, 1.0, 1.0])
        return Cloud(self.points_mm * flip, self.normals * flip, self.areas_mm2)

    def around(self, centre_mm: FloatArray, radius_mm: float) -> "Cloud":
        """The points within a ball."""
        return self.where(np.linalg.norm(self.points_mm - centre_mm, axis=1) <= radius_mm)

    def axis(self) -> tuple[FloatArray, FloatArray]:
        """Principal directions (columns, longest first) and the standard deviation along each, mm."""
        centred = self.points_mm - self.points_mm.mean(axis=0)
        spread, directions = np.linalg.eigh(centred.T @ centred / max(1, len(self)))
        return directions[:, ::-1], np.sqrt(np.maximum(spread[::-1], 0.0))


def moved(points_mm: FloatArray, matrix: FloatArray) -> FloatArray:
    """(n, 3) points after a 4x4 transform."""
    placed: FloatArray = points_mm @ matrix[:3, :3].T + matrix[:3, 3]
    return placed


def rigid(rotation: FloatArray, about_mm: FloatArray, to_mm: FloatArray) -> FloatArray:
    """4x4 matrix that turns about one point and brings that point to another."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = to_mm - rotation @ about_mm
    return matrix


def turned(vector: FloatArray) -> FloatArray:
    """(3, 3) rotation about a vector by its length in radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation: FloatArray = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return rotation


def angle_deg(matrix: FloatArray) -> float:
    """Angle of a rigid transform's rotation."""
    return float(np.degrees(np.arccos(np.clip((np.trace(matrix[:3, :3]) - 1) / 2, -1.0, 1.0))))
