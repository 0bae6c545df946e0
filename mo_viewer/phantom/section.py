"""The soft parts of a limb: one finely drawn cross-section, drawn out along the limb with taper, bow and sway."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mo_viewer.volume.arrays import AnyArray, FloatArray

AIR_HU = -1000.0


@dataclass(frozen=True, eq=False)
class Section:
    """A picture of HU across the limb, and how it goes on along z.

    Parameters
    ----------
    picture
        (v, u) HU, `pitch_mm` apart; u runs to the patient's left, v to posterior. The bone's axis is at u = v = 0.
    half_mm
        The picture spans -half_mm..half_mm both ways.
    taper_per_mm
        Share by which the section widens per mm of z.
    bow_per_mm
        The axis lies at x = bow[0] z^2, y = bow[1] z^2.
    sway_mm
        How far muscles move against each other along z.
    """

    picture: AnyArray
    pitch_mm: float
    half_mm: float
    taper_per_mm: float = 0.0
    bow_per_mm: tuple[float, float] = (0.0, 0.0)
    sway_mm: float = 1.6

    def coordinates(self, x: AnyArray, y: AnyArray, z: AnyArray) -> tuple[AnyArray, AnyArray]:
        """Where a point of the limb lies in the picture, mm."""
        widened = 1.0 + self.taper_per_mm * z
        squared = z * z
        u = (x - self.bow_per_mm[0] * squared) / widened
        v = (y - self.bow_per_mm[1] * squared) / widened
        moved_u = u + self.sway_mm * np.sin(z / 34.0 + v / 23.0)
        moved_v = v + self.sway_mm * np.sin(z / 29.0 + 1.0 - u / 27.0)
        return moved_u, moved_v

    def hu(self, x: AnyArray, y: AnyArray, z: AnyArray, cell_mm: float) -> AnyArray:
        """HU of cells of size `cell_mm` round points of the limb (arrays of one shape); air beyond the picture."""
        from scipy.ndimage import map_coordinates

        u, v = self.coordinates(x, y, z)
        at = np.stack([v, u])
        at += self.half_mm
        at /= self.pitch_mm
        seen: AnyArray = map_coordinates(_averaged(self, cell_mm), at, order=1, cval=AIR_HU)
        return seen


@lru_cache(maxsize=8)
def _averaged(section: Section, cell_mm: float) -> AnyArray:
    from scipy.ndimage import gaussian_filter

    sigma = cell_mm / np.sqrt(12) / section.pitch_mm
    averaged: AnyArray = gaussian_filter(section.picture.astype(np.float32), sigma, mode="nearest")
    return averaged


def edge_share(depth_mm: FloatArray, width_mm: float = 0.3) -> FloatArray:
    """1 inside, 0 outside, linear over `width_mm` at the edge."""
    share: FloatArray = np.clip(depth_mm / width_mm + 0.5, 0.0, 1.0)
    return share
