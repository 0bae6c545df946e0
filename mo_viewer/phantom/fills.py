"""What is inside a body: HU at 120 kVp by place and by depth below its surface."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from mo_viewer.phantom.ripples import Ripple, smooth_step, sphere_directions
from mo_viewer.volume.arrays import FloatArray, Point


class Fill(Protocol):
    """HU of the inside of a body."""

    @property
    def plain(self) -> bool:
        """Whether HU vary so slowly inside that only the surface needs fine sampling."""
        ...

    def hu(self, points_mm: FloatArray, depth_mm: FloatArray) -> FloatArray:
        """(n,) HU of (n, 3) points that lie `depth_mm` (n,) below the surface."""
        ...


@dataclass(frozen=True)
class Plain:
    """One value."""

    value_hu: float

    @property
    def plain(self) -> bool:
        """Always."""
        return True

    def hu(self, points_mm: FloatArray, depth_mm: FloatArray) -> FloatArray:
        """The value everywhere."""
        return np.full(len(depth_mm), float(self.value_hu))


@dataclass(frozen=True)
class Grained:
    """One mean value with a smooth random grain (marrow with trabeculae, plaque)."""

    mean_hu: float
    spread_hu: float
    grain_mm: float
    seed: int

    @property
    def plain(self) -> bool:
        """When the grain is coarser than cells."""
        return self.grain_mm >= 2.5

    def hu(self, points_mm: FloatArray, depth_mm: FloatArray) -> FloatArray:
        """The mean and its grain."""
        return self.mean_hu + self.spread_hu * Ripple(self.seed, self.grain_mm, 18).at(points_mm)


@dataclass(frozen=True)
class Zoned:
    """A rim round a core: the look of ossification in muscle, and its reverse.

    Parameters
    ----------
    rim_mm, rim_hu, core_hu, blend_mm
        HU is `rim_hu` down to `rim_mm`, then passes to `core_hu` over `blend_mm`.
    coverage
        Share of directions from `centre_mm` in which the rim exists; elsewhere it holds `gap_hu`.
    rim_spread_hu, core_spread_hu, core_grain_mm
        Smooth random variation within rim and core (one standard deviation; distance of hills).
    """

    rim_mm: float
    rim_hu: float
    core_hu: float
    centre_mm: Point
    seed: int
    blend_mm: float = 0.8
    coverage: float = 1.0
    gap_hu: float = 75.0
    rim_spread_hu: float = 0.0
    core_spread_hu: float = 0.0
    core_grain_mm: float = 4.0

    @property
    def plain(self) -> bool:
        """Never."""
        return False

    def hu(self, points_mm: FloatArray, depth_mm: FloatArray) -> FloatArray:
        """Rim, core, gaps and grain together."""
        core = np.full(len(depth_mm), float(self.core_hu))
        rim = np.full(len(depth_mm), float(self.rim_hu))
        if self.core_spread_hu:
            core += self.core_spread_hu * Ripple(self.seed + 1, self.core_grain_mm).at(points_mm)
        if self.rim_spread_hu:
            rim += self.rim_spread_hu * Ripple(self.seed + 2, 9.0).at(points_mm)
        if self.coverage < 1:
            there = self._rim_there(points_mm)
            rim = self.gap_hu + (rim - self.gap_hu) * there
        inwards = smooth_step((depth_mm - self.rim_mm) / max(self.blend_mm, 1e-6) + 0.5)
        mixed: FloatArray = rim + (core - rim) * inwards
        return mixed

    def rim_strength(self, points_mm: FloatArray) -> FloatArray:
        """(n,) 1 where the rim exists in a point's direction, 0 in a gap."""
        return np.ones(len(points_mm)) if self.coverage >= 1 else self._rim_there(points_mm)

    def _rim_there(self, points_mm: FloatArray) -> FloatArray:
        away = points_mm - np.array(self.centre_mm)
        away = away / (np.linalg.norm(away, axis=1, keepdims=True) + 1e-9)
        return smooth_step((self._field.at(away) - self._limit) / 0.16 + 0.5)

    @property
    def _field(self) -> Ripple:
        return Ripple(self.seed + 3, 1.5, 12)

    @cached_property
    def _limit(self) -> float:
        return float(np.quantile(self._field.at(sphere_directions(4000)), 1 - self.coverage))


@dataclass(frozen=True)
class Halved:
    """One fill on one side of a plane, another on the other: a lesion that matures from one end."""

    behind: Fill
    before: Fill
    through_mm: Point
    towards: Point
    blend_mm: float = 3.0

    @property
    def plain(self) -> bool:
        """When both are."""
        return self.behind.plain and self.before.plain

    def hu(self, points_mm: FloatArray, depth_mm: FloatArray) -> FloatArray:
        """Both, blended across the plane."""
        side = (points_mm - np.array(self.through_mm)) @ np.array(self.towards)
        share = smooth_step(side / self.blend_mm + 0.5)
        mixed: FloatArray = (1.0 - share) * self.behind.hu(points_mm, depth_mm) + share * self.before.hu(
            points_mm, depth_mm
        )
        return mixed


@dataclass(frozen=True)
class Fragments:
    """Many small dense balls in a soft ground: truth is the body that holds them."""

    centres_mm: tuple[Point, ...]
    radii_mm: tuple[float, ...]
    fragment_hu: float
    ground_hu: float

    @property
    def plain(self) -> bool:
        """Never."""
        return False

    def hu(self, points_mm: FloatArray, depth_mm: FloatArray) -> FloatArray:
        """The fragments' value within the balls, the ground elsewhere."""
        hit = np.zeros(len(points_mm), dtype=bool)
        for centre, radius in zip(self.centres_mm, self.radii_mm, strict=True):
            away = points_mm - np.array(centre)
            hit |= np.einsum("ij,ij->i", away, away) < radius**2
        return np.where(hit, self.fragment_hu, self.ground_hu)
