"""What a contour holds that may be tissue outside: a bay of a thick C or an open tube, spanned like the gap of a shell.

Seen alone, both look the same. What a shell holds often reads higher (haze) or lower (marrow, fat) than muscle. Where
it is the larger part of the contour, what lies round it is the rim of a lesion, whatever it reads.
"""

import numpy as np

from mo_viewer.segment.distance import away_from, within
from mo_viewer.segment.search import Found
from mo_viewer.segment.shell import ramp
from mo_viewer.segment.voxels import filled
from mo_viewer.volume.surface import Surface

WALL_MM, AROUND_MM = 1.5, 6.0
"""So far from calcification a bay is free of its blur; gaps narrower than twice that close it. So near lies what is
before it."""
ALIKE_HU, UNLIKE_HU = 7.0, 11.0
"""C shapes and tubes of phantoms lie below (4 HU at most), the cores of their shells above (14 HU at least)."""
SMALL_SHARE, LARGE_SHARE = 0.30, 0.45
"""Bays that were spanned hold up to 0.23 of the contour; the core of a real ring that reads as muscle holds 0.77."""


def open_bay_mm3(found: Found, surface: Surface) -> float:
    """Return the volume (mm3) inside a surface that is open to the outside between calcifications and reads like that.

    All of it where the median lies within `ALIKE_HU` of muscle, or of what lies before the bay; none from `UNLIKE_HU`
    on. All where it is less than `SMALL_SHARE` of the surface's volume, none from `LARGE_SHARE` on. In between a share.
    """
    from scipy import ndimage

    patch = found.patch
    index = patch.index_of(surface.vertices_mm)
    margin = AROUND_MM / np.array(patch.spacing_mm)
    low = np.maximum(np.floor(index.min(axis=0) - margin).astype(int), 0)
    high = np.minimum(np.ceil(index.max(axis=0) + margin).astype(int) + 1, patch.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    size = (int(high[0] - low[0]), int(high[1] - low[1]), int(high[2] - low[2]))
    inside = filled(index - low, surface.triangles, size)
    wall = found.calcified[box] | found.bone.inside[box]
    labels, _ = ndimage.label(~within(wall, patch.spacing_mm, WALL_MM))
    outside = np.unique(labels[~inside])
    bay = inside & np.isin(labels, outside[outside > 0])
    if not bay.any():
        return 0.0
    from_bay = away_from(bay, patch.spacing_mm, AROUND_MM)
    before = np.isin(labels, np.unique(labels[bay])) & ~inside & (from_bay < AROUND_MM)
    values = found.smooth[box]
    alike = [found.tissue.level_hu, *([float(np.median(values[before]))] if before.any() else [])]
    apart = min(abs(float(np.median(values[bay])) - level) for level in alike)
    up_to_the_wall = from_bay <= WALL_MM + 0.5 * min(patch.spacing_mm)
    held = np.count_nonzero(up_to_the_wall & inside & ~wall) * patch.voxel_mm3
    share = held / surface.volume_mm3
    return held * (1.0 - ramp(apart, ALIKE_HU, UNLIKE_HU)) * (1.0 - ramp(share, SMALL_SHARE, LARGE_SHARE))
