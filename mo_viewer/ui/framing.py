"""Where the millimetres of a plane lie on a widget."""

from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.geometry import Geometry

LEAST_PX_PER_MM, MOST_PX_PER_MM = 0.02, 400.0
Turn = tuple[tuple[int, int], tuple[int, int]]
UPRIGHT: Turn = ((1, 0), (0, 1))
"""Rows of a matrix from right and down on the plane to right and down on the screen; always quarter turns and flips."""
QUARTER: Turn = ((0, -1), (1, 0))
"""A quarter turn clockwise."""
FLIPPED: Turn = ((-1, 0), (0, 1))
"""Left and right exchanged."""


@dataclass(frozen=True)
class Bounds:
    """The rectangle that a slice covers on its plane, half a pixel beyond the outer pixel centres, mm."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def of(cls, geometry: Geometry) -> "Bounds":
        """The rectangle of any slice of a stack, seen on its own plane."""
        _, row_mm, column_mm = geometry.spacing_mm
        _, rows, columns = geometry.shape
        return cls(-column_mm / 2, -row_mm / 2, columns * column_mm, rows * row_mm)

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, mm to the right and down of the origin."""
        return self.left + self.width / 2, self.top + self.height / 2


@dataclass(frozen=True)
class Framing:
    """Zoom and place: `px_per_mm` logical pixels a mm, `centre_mm` of the plane in the middle of `size_px`."""

    px_per_mm: float
    centre_mm: tuple[float, float]
    size_px: tuple[int, int]
    turn: Turn = UPRIGHT

    @classmethod
    def fit(cls, bounds: Bounds, size_px: tuple[int, int], turn: Turn = UPRIGHT) -> "Framing":
        """Show the whole rectangle, as large as it can be."""
        wide, high = (bounds.width, bounds.height) if turn[0][0] else (bounds.height, bounds.width)
        scale = min(max(1, size_px[0]) / wide, max(1, size_px[1]) / high)
        return cls(scale, bounds.centre, size_px, turn)

    def to_screen(self, flat_mm: FloatArray) -> FloatArray:
        """Return (n, 2) widget pixels for (n, 2) mm to the right and down of the plane's origin."""
        away = (np.atleast_2d(flat_mm) - self.centre_mm) * self.px_per_mm
        placed: FloatArray = self._turned(away) + np.array(self.size_px) / 2
        return placed

    def to_flat(self, screen_px: FloatArray) -> FloatArray:
        """Return (n, 2) mm for (n, 2) widget pixels; the inverse of `to_screen`."""
        away = (np.atleast_2d(screen_px) - np.array(self.size_px) / 2) / self.px_per_mm
        flat: FloatArray = self._turned_back(away) + self.centre_mm
        return flat

    def screen_place(self, right_mm: float, down_mm: float) -> tuple[float, float]:
        """Return the widget pixel of one point, as `to_screen` does for many."""
        (a, b), (c, d) = self.turn
        x, y = right_mm - self.centre_mm[0], down_mm - self.centre_mm[1]
        width, height = self.size_px
        return (a * x + b * y) * self.px_per_mm + width / 2, (c * x + d * y) * self.px_per_mm + height / 2

    def flat_place(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Return the mm of one widget pixel, as `to_flat` does for many."""
        (a, b), (c, d) = self.turn
        x, y = (x_px - self.size_px[0] / 2) / self.px_per_mm, (y_px - self.size_px[1] / 2) / self.px_per_mm
        return a * x + c * y + self.centre_mm[0], b * x + d * y + self.centre_mm[1]

    def zoomed(self, factor: float, about_px: tuple[float, float]) -> "Framing":
        """Enlarge by a factor; the point under `about_px` stays where it is."""
        scale = min(MOST_PX_PER_MM, max(LEAST_PX_PER_MM, self.px_per_mm * factor))
        fixed = self.to_flat(np.array(about_px))[0]
        away = self._turned_back((np.array([about_px]) - np.array(self.size_px) / 2) / scale)[0]
        return replace(self, px_per_mm=scale, centre_mm=(float(fixed[0] - away[0]), float(fixed[1] - away[1])))

    def panned(self, right_px: float, down_px: float) -> "Framing":
        """Move the picture by so many pixels."""
        x, y = self.centre_mm
        right, down = self._turned_back(np.array([[right_px, down_px]]) / self.px_per_mm)[0]
        return replace(self, centre_mm=(float(x - right), float(y - down)))

    def resized(self, size_px: tuple[int, int]) -> "Framing":
        """Keep zoom and middle in a widget of another size."""
        return replace(self, size_px=size_px)

    def turned(self, by: Turn) -> "Framing":
        """Turn or flip what is seen, about the middle."""
        (a, b), (c, d) = self.turn
        (e, f), (g, h) = by
        return replace(self, turn=((e * a + f * c, e * b + f * d), (g * a + h * c, g * b + h * d)))

    def _turned(self, flat: FloatArray) -> FloatArray:
        return flat if self.turn == UPRIGHT else flat @ np.array(self.turn, dtype=np.float64).T

    def _turned_back(self, screen: FloatArray) -> FloatArray:
        return screen if self.turn == UPRIGHT else screen @ np.array(self.turn, dtype=np.float64)
