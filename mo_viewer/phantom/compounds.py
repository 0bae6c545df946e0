"""Bodies made of other bodies: united, cut, bulged."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mo_viewer.phantom.ripples import Ripple, sphere_directions
from mo_viewer.phantom.shapes import Box, Shape
from mo_viewer.volume.arrays import FloatArray


@dataclass(frozen=True)
class United:
    """All points of any of the shapes; `fillet_mm` rounds the seams."""

    shapes: tuple[Shape, ...]
    fillet_mm: float = 0.0

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """The greatest depth, smoothed over the fillet (polynomial smooth maximum)."""
        total = self.shapes[0].depth(points_mm)
        for shape in self.shapes[1:]:
            other = shape.depth(points_mm)
            more = np.maximum(total, other)
            if self.fillet_mm > 0:
                blend = np.maximum(self.fillet_mm - np.abs(total - other), 0) / self.fillet_mm
                more += blend**2 * self.fillet_mm / 4
            total = more
        return total

    @property
    def box(self) -> Box:
        """The box round all, widened by what the fillets may add."""
        low = np.min([s.box[0] for s in self.shapes], axis=0)
        high = np.max([s.box[1] for s in self.shapes], axis=0)
        return low - self.fillet_mm / 4, high + self.fillet_mm / 4


@dataclass(frozen=True)
class Without:
    """A shape less another one widened by `gap_mm`: a broad base on bone (0) or a cleft of known width."""

    shape: Shape
    other: Shape
    gap_mm: float = 0.0

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """The lesser of the depth inside and the distance from the other."""
        return np.minimum(self.shape.depth(points_mm), -self.other.depth(points_mm) - self.gap_mm)

    @property
    def box(self) -> Box:
        """The box of the uncut shape."""
        return self.shape.box


@dataclass(frozen=True)
class Inset:
    """What lies deeper than `by_mm` in a shape: the marrow of a bone with an even cortex."""

    shape: Shape
    by_mm: float

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """Depth below the inner border."""
        return self.shape.depth(points_mm) - self.by_mm

    @property
    def box(self) -> Box:
        """The box of the whole shape, drawn in."""
        low, high = self.shape.box
        return low + self.by_mm, high - self.by_mm


@dataclass(frozen=True)
class Scaled:
    """A shape round the origin, `factor` times as large."""

    shape: Shape
    factor: float

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """The shape's depth, scaled."""
        return self.factor * self.shape.depth(points_mm / self.factor)

    @property
    def box(self) -> Box:
        """The shape's box, scaled."""
        low, high = self.shape.box
        return low * self.factor, high * self.factor


@dataclass(frozen=True)
class Bulged:
    """A shape round the origin whose surface is moved out and in by a smooth field of the direction."""

    shape: Shape
    bulge_mm: float
    seed: int
    waves_round: float = 3.0

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """First order in the bulge; the bulge fades towards the centre, where directions meet."""
        away = np.sqrt(np.einsum("ij,ij->i", points_mm, points_mm)) + 1e-9
        inner = 0.4 * float(np.min(self.shape.box[1]))
        fade = np.minimum(away / inner, 1.0) ** 2
        moved: FloatArray = self.shape.depth(points_mm) + self.bulge_mm * fade * self._field.at(
            points_mm / away[:, None]
        )
        return moved

    @property
    def box(self) -> Box:
        """The shape's box, widened by the greatest bulge there is."""
        low, high = self.shape.box
        most = self.bulge_mm * self._highest * 1.3
        return low - most, high + most

    @property
    def _field(self) -> Ripple:
        return Ripple(self.seed, 2 * np.pi / self.waves_round, 10)

    @cached_property
    def _highest(self) -> float:
        return float(self._field.at(sphere_directions(2000)).max())
