"""A faint zone round a dense part: the sign that mineral grows from the inside out and its border cannot be seen."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.measure.surroundings import Surroundings

FIRST_MM, PER_SLICE, WIDE_MM = 1.0, 0.6, 2.5
BONE_MM = 3.0
FROM_HU, TO_HU = -40.0, 90.0
LEAST_VOXELS, LEAST_EXCESS_HU, LEAST_DENSE_HU = 200, 10.0, 150.0
SENTENCE = "Only the dense part can be seen: a fainter zone lies round it."


@dataclass(frozen=True)
class FaintZone:
    """Median HU of the zone just outside the surface, and how far that is above muscle."""

    median_hu: float
    excess_hu: float


def reach_mm(slice_mm: float) -> float:
    """Return how far from the surface the zone ends: it begins where the blur of the edge has ended, mm."""
    return FIRST_MM + PER_SLICE * slice_mm + WIDE_MM


def faint_zone(near: Surroundings, background_hu: float, mean_hu: float, slice_mm: float) -> FaintZone | None:
    """Return the faint zone round a lesion, or None when there is none (or the lesion itself is faint).

    Fat, bone and other calcification are left out; oedema and muscle lie at or below the background.
    """
    end = reach_mm(slice_mm)
    above = near.hu - background_hu
    zone = (near.away_mm > end - WIDE_MM) & (near.away_mm <= end) & (near.from_bone_mm > BONE_MM)
    values = near.hu[zone & (above > FROM_HU) & (above < TO_HU)]
    if values.size < LEAST_VOXELS or mean_hu < LEAST_DENSE_HU:
        return None
    median = float(np.median(values))
    excess = median - background_hu
    return FaintZone(median, excess) if excess >= LEAST_EXCESS_HU else None
