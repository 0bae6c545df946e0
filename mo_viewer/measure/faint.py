"""A faint zone round a dense part: the sign that mineral grows from the inside out and its border cannot be seen."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.measure.surroundings import Surroundings
from mo_viewer.segment.distance import away_from

FIRST_MM, PER_SLICE, WIDE_MM = 1.0, 0.6, 2.5
MOST_ACROSS_MM = 1.0
"""Across the stack blur does not grow with the slices: there the zone begins as it does in slices of this thickness."""
SHELL_MM, STILL, FARTHEST_MM = 1.0, 0.5, 8.0
BONE_MM = 3.0
FROM_HU, TO_HU = -40.0, 90.0
LEAST_VOXELS, LEAST_EXCESS_HU, LEAST_DENSE_HU = 200, 10.0, 150.0
SENTENCE = "Only the dense part can be seen: a fainter zone lies round it."


@dataclass(frozen=True)
class FaintZone:
    """Median HU of the zone just outside the surface, how far that is above muscle, and how large it may be (mm3)."""

    median_hu: float
    excess_hu: float
    size_mm3: float = 0.0


def faint_zone(near: Surroundings, background_hu: float, mean_hu: float, slice_mm: float) -> FaintZone | None:
    """Return the faint zone round a lesion, or None when there is none (or the lesion itself is faint).

    The zone begins where the blur of the edge has ended. Fat, bone and other calcification are left out; oedema
    and muscle lie at or below the background. Its size is that of the shells which are still half as bright.
    """
    if mean_hu < LEAST_DENSE_HU:
        return None
    start = FIRST_MM + PER_SLICE * min(slice_mm, MOST_ACROSS_MM)
    along = start / (FIRST_MM + PER_SLICE * slice_mm)
    spacing = (along * near.spacing_mm[0], *near.spacing_mm[1:])
    above = near.hu - background_hu
    soft = (near.from_bone_mm > BONE_MM) & (above > FROM_HU) & (above < TO_HU)
    reach = start + WIDE_MM
    away = away_from(near.inside, spacing, reach + 0.1)
    values = near.hu[soft & (away > start) & (away <= reach)]
    if values.size < LEAST_VOXELS:
        return None
    median = float(np.median(values))
    excess = median - background_hu
    if excess < LEAST_EXCESS_HU:
        return None
    away = away_from(near.inside, spacing, FARTHEST_MM)
    while reach + SHELL_MM < FARTHEST_MM:
        shell = above[soft & (away > reach) & (away <= reach + SHELL_MM)]
        if shell.size < LEAST_VOXELS or float(np.median(shell)) < STILL * excess:
            break
        reach += SHELL_MM
    size = float(near.voxel_mm3[(near.from_bone_mm > 0) & ~near.inside & (away <= reach)].sum())
    return FaintZone(median, excess, size)
