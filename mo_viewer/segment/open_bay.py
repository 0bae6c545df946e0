"""What a closure spans that may be tissue outside: a bay of a thick C or an open tube, spanned like the gap of a shell.

Seen alone, both look the same. What a shell holds often reads higher (haze) or lower (marrow, fat) than muscle. Where
it is the larger part of the region, what lies round it is the rim of a lesion, whatever it reads.
"""

import numpy as np

from mo_viewer.segment.distance import away_from
from mo_viewer.segment.shell import ramp
from mo_viewer.volume.arrays import AnyArray

WALL_MM, AROUND_MM = 1.5, 6.0
"""So far from calcification a bay is free of its blur; gaps narrower than twice that close it. So near lies what is
before it."""
ALIKE_HU, UNLIKE_HU = 9.0, 13.0
"""Bays of phantoms lie below (4 HU where they hold muscle, 9 beside fat), cores of their shells above (14 at least)."""
BY_BONE_MM, BESIDE_BONE, ON_BONE = 2.5, 0.03, 0.07
"""How much bone lies so near to the fragments, as a share of them: C shapes beside bone lie below (0.024 at most),
broad bases above (0.09 at least), and what these span is their base."""
SMALL_SHARE, LARGE_SHARE = 0.30, 0.45
"""Bays that were spanned hold up to 0.32 of the region; the core of a real ring that reads as muscle holds 0.77."""


def opened(
    signed_mm: AnyArray, calcified_mm: AnyArray, bone_mm: AnyArray, hu: AnyArray, muscle_hu: float, step_mm: float
) -> tuple[AnyArray, float]:
    """Return a closed region (signed distance, mm) without such a bay, and the bay's volume (mm3) clear of its walls.

    Parameters
    ----------
    signed_mm
        The region, on an even grid of `step_mm`.
    calcified_mm, bone_mm
        Distance of its samples from the fragments and from native bone.
    hu, muscle_hu
        What the samples read, and muscle.
    step_mm
        Of the grid.

    Both are weighted: all of the bay is left out where its median lies within `ALIKE_HU` of muscle, or of what lies
    before it, nothing from `UNLIKE_HU` on; all where it is less than `SMALL_SHARE` of the region, nothing from
    `LARGE_SHARE` on; nothing where the fragments lie on bone.
    """
    from scipy import ndimage

    inside = signed_mm < 0
    labels, _ = ndimage.label((calcified_mm > WALL_MM) & (bone_mm > WALL_MM))
    outside = np.unique(labels[~inside])
    bay = inside & np.isin(labels, outside[outside > 0])
    if not bay.any():
        return signed_mm, 0.0
    away = away_from(bay, (step_mm,) * 3, AROUND_MM)
    before = np.isin(labels, np.unique(labels[bay])) & ~inside & (away < AROUND_MM)
    alike = [muscle_hu, *([float(np.median(hu[before]))] if before.any() else [])]
    apart = min(abs(float(np.median(hu[bay])) - level) for level in alike)
    without = np.maximum(signed_mm, np.minimum(WALL_MM + 0.5 * step_mm - away, calcified_mm))
    held = int(np.count_nonzero(inside)) - int(np.count_nonzero(without < 0))
    share = held / int(np.count_nonzero(inside))
    fragments = max(1, int(np.count_nonzero(calcified_mm <= 0)))
    on_bone = np.count_nonzero((bone_mm <= 0) & (calcified_mm <= BY_BONE_MM)) / fragments
    weight = (1.0 - ramp(apart, ALIKE_HU, UNLIKE_HU)) * (1.0 - ramp(share, SMALL_SHARE, LARGE_SHARE))
    weight *= 1.0 - ramp(on_bone, BESIDE_BONE, ON_BONE)
    blended: AnyArray = (1.0 - weight) * signed_mm + weight * without
    return blended, weight * int(np.count_nonzero(bay)) * step_mm**3
