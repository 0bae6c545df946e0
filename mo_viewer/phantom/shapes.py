"""Bodies as depth functions: positive inside, negative outside, mm from the surface (exact or to first order there)."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from mo_viewer.phantom.pose import rotated
from mo_viewer.volume.arrays import FloatArray, Point

Box = tuple[FloatArray, FloatArray]
_TINY = 1e-9


class Shape(Protocol):
    """What every body can tell."""

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """(n,) depth below the surface of (n, 3) points, mm; negative outside."""
        ...

    @property
    def box(self) -> Box:
        """Lowest and highest corner of a box that holds the body."""
        ...


def _sized(half_mm: FloatArray) -> Box:
    return -half_mm, half_mm


@dataclass(frozen=True)
class Ellipsoid:
    """Round the origin, along the axes."""

    semi_axes_mm: Point

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """First order at the surface: (1 - f) / |grad f| with f the scaled radius."""
        axes = np.array(self.semi_axes_mm)
        scaled = points_mm / axes
        f = np.sqrt(np.einsum("ij,ij->i", scaled, scaled)) + _TINY
        slope = scaled / axes
        g = np.sqrt(np.einsum("ij,ij->i", slope, slope)) + _TINY / axes.max()
        depth: FloatArray = (1 - f) * f / g
        return depth

    @property
    def box(self) -> Box:
        """The box round the semi-axes."""
        return _sized(np.array(self.semi_axes_mm))


@dataclass(frozen=True)
class SuperEllipsoid:
    """Round the origin: sum |x/a|^power = 1; power 2 is an ellipsoid, larger is boxier."""

    semi_axes_mm: Point
    power: float = 3.0

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """First order at the surface."""
        axes, n = np.array(self.semi_axes_mm), self.power
        scaled = np.abs(points_mm / axes) + _TINY
        f = (scaled**n).sum(axis=1) ** (1 / n)
        g = np.linalg.norm((scaled / f[:, None]) ** (n - 1) / axes, axis=1)
        depth: FloatArray = (1 - f) / g
        return depth

    @property
    def box(self) -> Box:
        """The box round the semi-axes."""
        return _sized(np.array(self.semi_axes_mm))


@dataclass(frozen=True)
class Tube:
    """All points nearer to a line of straight pieces than a radius; the radius runs evenly from start to end."""

    line_mm: tuple[Point, ...]
    radius_mm: float
    end_radius_mm: float | None = None

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """Exact where the radius is constant."""
        line = np.array(self.line_mm)
        last = self.radius_mm if self.end_radius_mm is None else self.end_radius_mm
        radii = np.linspace(self.radius_mm, last, len(line))
        best = np.full(len(points_mm), -np.inf)
        for a, b, ra, rb in zip(line[:-1], line[1:], radii[:-1], radii[1:], strict=True):
            along = b - a
            share = np.clip((points_mm - a) @ along / (along @ along), 0, 1)
            away = points_mm - a - share[:, None] * along
            near = ra + share * (rb - ra) - np.sqrt(np.einsum("ij,ij->i", away, away))
            np.maximum(best, near, out=best)
        return best

    @property
    def box(self) -> Box:
        """The box round the line, widened by the greater radius."""
        widest = max(self.radius_mm, self.end_radius_mm or 0.0)
        line = np.array(self.line_mm)
        return line.min(axis=0) - widest, line.max(axis=0) + widest


@dataclass(frozen=True)
class Plate:
    """A flat or bent slab with rounded edges; thin along x, bent so that its middle bulges to +x.

    `bend_per_mm` is the curvature of the bend along y (0: flat).
    """

    thickness_mm: float
    half_sides_mm: tuple[float, float]
    bend_per_mm: float = 0.0

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """Exact for a flat plate; first order in the bend."""
        x, y, z = points_mm.T
        slope = self.bend_per_mm * y
        x = (x + 0.5 * self.bend_per_mm * y**2) / np.sqrt(1 + slope**2)
        radius = self.thickness_mm / 2
        past = [np.maximum(np.abs(v) - half + radius, 0) for v, half in zip((y, z), self.half_sides_mm, strict=True)]
        depth: FloatArray = radius - np.sqrt(x**2 + past[0] ** 2 + past[1] ** 2)
        return depth

    @property
    def box(self) -> Box:
        """The box round the bent slab."""
        sag = 0.5 * abs(self.bend_per_mm) * self.half_sides_mm[0] ** 2
        return _sized(np.array([self.thickness_mm / 2 + sag, *self.half_sides_mm]) + 0.5)


@dataclass(frozen=True)
class Arc:
    """A C: part of a ring round z, of a given thickness and height, open towards +x."""

    ring_mm: float
    thickness_mm: float
    half_height_mm: float
    opening_deg: float = 90.0

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """Exact."""
        x, y, z = points_mm[:, 0], np.abs(points_mm[:, 1]), points_mm[:, 2]
        half = np.radians(self.opening_deg / 2)
        tip = self.ring_mm * np.array([np.cos(half), np.sin(half)])
        in_ring = np.arctan2(y, x) >= half
        flat = np.where(in_ring, np.abs(np.hypot(x, y) - self.ring_mm), np.hypot(x - tip[0], y - tip[1]))
        radius = self.thickness_mm / 2
        past = np.maximum(np.abs(z) - self.half_height_mm + radius, 0)
        depth: FloatArray = radius - np.hypot(flat, past)
        return depth

    @property
    def box(self) -> Box:
        """The box round the whole ring."""
        wide = self.ring_mm + self.thickness_mm / 2
        return _sized(np.array([wide, wide, self.half_height_mm]))


@dataclass(frozen=True, eq=False)
class Placed:
    """A shape turned and moved: its own origin comes to `centre_mm`."""

    shape: Shape
    centre_mm: Point = (0.0, 0.0, 0.0)
    turn: FloatArray = field(default_factory=lambda: np.eye(3))

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """The depth in the shape's own frame."""
        moved = points_mm - np.array(self.centre_mm)
        return self.shape.depth(rotated(moved, self.turn) if self._is_turned else moved)

    @property
    def box(self) -> Box:
        """The box round the turned corners."""
        low, high = self.shape.box
        picks = np.array([[(k >> i) & 1 for i in range(3)] for k in range(8)])
        corners = np.where(picks, high, low) @ self.turn.T + np.array(self.centre_mm)
        return corners.min(axis=0), corners.max(axis=0)

    @cached_property
    def _is_turned(self) -> bool:
        return not np.array_equal(self.turn, np.eye(3))
