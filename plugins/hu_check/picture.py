"""One slice as HU over millimetres: x to the right and y down on screen, from the middle of the first pixel."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.volume import Volume


@dataclass(frozen=True, eq=False)
class Picture:
    """(rows, columns) HU with the distances of rows and columns."""

    hu: FloatArray
    row_mm: float
    column_mm: float

    @classmethod
    def of(cls, volume: Volume, k: int) -> "Picture":
        """Slice k of a volume."""
        _, row, column = volume.geometry.spacing_mm
        return cls(volume.rescaled_slice(k).astype(np.float64), row, column)

    def at(self, points_mm: FloatArray) -> FloatArray:
        """HU at (..., 2) points (x, y), linear between pixels; NaN outside."""
        from scipy.ndimage import map_coordinates

        places = np.stack([points_mm[..., 1] / self.row_mm, points_mm[..., 0] / self.column_mm])
        found: FloatArray = map_coordinates(self.hu, places, order=1, mode="constant", cval=np.nan)
        return found

    def disc(self, centre_mm: FloatArray, radius_mm: float) -> FloatArray:
        """(n,) HU of the pixels whose middles lie within a circle."""
        box, x, y = self._box(centre_mm, radius_mm)
        inside = np.hypot(x - centre_mm[0], y - centre_mm[1]) <= radius_mm
        values: FloatArray = self.hu[box][inside]
        return values

    def centroid(self, centre_mm: FloatArray, reach_mm: float) -> FloatArray | None:
        """(2,) middle of what stands out from its surroundings within `reach_mm` of a point; None when nothing does.

        The surroundings are the ring from `reach_mm` to 1.4 times that; what deviates by more than half of the
        greatest deviation (after 0.6 mm of smoothing) counts, each pixel by its deviation.
        """
        from scipy.ndimage import gaussian_filter

        box, x, y = self._box(centre_mm, 1.4 * reach_mm)
        away = np.hypot(x - centre_mm[0], y - centre_mm[1])
        if not away.size:
            return None
        smooth = gaussian_filter(self.hu[box], (0.6 / self.row_mm, 0.6 / self.column_mm))
        around = smooth[(away > reach_mm) & (away <= 1.4 * reach_mm)]
        inside = away <= reach_mm
        if around.size < 8 or not inside.any():
            return None
        off = np.abs(smooth - np.median(around)) * inside
        if off.max() < 4 * max(float(around.std()), 2.0):
            return None
        weight = np.where(off > 0.5 * off.max(), off, 0.0)
        middle: FloatArray = np.array([np.sum(weight * x), np.sum(weight * y)]) / weight.sum()
        return middle

    def _box(self, centre_mm: FloatArray, reach_mm: float) -> tuple[tuple[slice, slice], FloatArray, FloatArray]:
        rows, columns = self.hu.shape
        first_row, last_row = (
            int(np.clip(round((centre_mm[1] + s * reach_mm) / self.row_mm) + s, 0, rows)) for s in (-1, 1)
        )
        first, last = (
            int(np.clip(round((centre_mm[0] + s * reach_mm) / self.column_mm) + s, 0, columns)) for s in (-1, 1)
        )
        y, x = np.mgrid[first_row:last_row, first:last].astype(np.float64)
        return (slice(first_row, last_row), slice(first, last)), x * self.column_mm, y * self.row_mm
