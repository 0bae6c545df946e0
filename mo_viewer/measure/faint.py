"""A faint zone round a dense part: the sign that mineral grows from the inside out and its border cannot be seen."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.measure.surroundings import Surroundings
from mo_viewer.segment.blur import Blur
from mo_viewer.segment.distance import away_from
from mo_viewer.volume.surface import Surface

FIRST_MM, PER_SLICE, WIDE_MM = 1.0, 0.6, 2.5
MOST_ACROSS_MM = 1.0
"""Across the stack blur does not grow with the slices: there the zone begins as it does in slices of this thickness."""
SHELL_MM, STILL, FARTHEST_MM = 1.0, 0.5, 8.0
BONE_MM = 3.0
FROM_HU, TO_HU = -40.0, 90.0
LEAST_VOXELS, LEAST_IN_BAND, LEAST_EXCESS_HU, LEAST_DENSE_HU = 200, 80, 10.0, 150.0
CLEAR_EXCESS_HU, NOISY_HU = 20.0, 30.0
"""Muscle reads a little higher here than there: what is less bright must be so against what lies beyond it, too. So
must all where noise (SD) is as wide as the range that is looked at: the middle of that range is no longer muscle."""
TAIL_FROM, TAIL_TO, TAIL_SHARE, LEAST_TAIL_HU, DENSE_PERCENTILE, STEP_MM = 1.75, 2.75, 0.035, 18.0, 90.0, 0.5
"""So many SDs of the blur off a face at half height its blurred edge reads 0.3 to 4 % of what is dense; up to 2 %
and 11 HU were seen off phantoms that end there (own choice: nearly twice that)."""
LEAST_DENSE_PART_HU = 250.0
"""Fainter haze (above muscle) often ends softly of itself: its edge tells nothing (own choice)."""
HIDDEN_OF_SLICE = 0.25
"""So much of what slices are thicker than 1 mm may a thin zone be thicker than it is seen (own choice)."""
LEAST_VOXELS_OFF = 1.4
"""The zone begins farther off than the next voxel, which the edge itself may reach into."""
SENTENCE = "Only the dense part can be seen: a fainter zone lies round it."


@dataclass(frozen=True)
class FaintZone:
    """Median HU of the zone just outside the surface, how far that is above muscle, and how large it may be (mm3)."""

    median_hu: float
    excess_hu: float
    size_mm3: float = 0.0


def faint_zone(
    near: Surroundings,
    background_hu: float,
    mean_hu: float,
    slice_mm: float,
    blur: Blur | None = None,
    surface: Surface | None = None,
) -> FaintZone | None:
    """Return the faint zone round a lesion, or None when there is none (or the lesion itself is faint).

    The zone begins where the blur of the edge has ended; where that is known, a bright one may be as thin as 2 mm. Fat,
    bone and other calcification are left out; oedema and muscle lie at or below the background. Its size is that of the
    shells which are still half as bright; of a thin one, what the `surface` grows by with its thickness.
    """
    if mean_hu < LEAST_DENSE_HU:
        return None
    wide = _wide(near, background_hu, slice_mm)
    return wide if wide is not None or blur is None or surface is None else _thin(near, background_hu, blur, surface)


def _wide(near: Surroundings, background_hu: float, slice_mm: float) -> FaintZone | None:
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
    away = away_from(near.inside, spacing, FARTHEST_MM + 0.1)
    beyond = above[soft & (away > FARTHEST_MM - SHELL_MM) & (away <= FARTHEST_MM)]
    unsure = excess < CLEAR_EXCESS_HU or float(values.std()) > NOISY_HU
    if unsure and beyond.size and excess - float(np.median(beyond)) < LEAST_EXCESS_HU:
        return None
    while reach + SHELL_MM < FARTHEST_MM:
        shell = above[soft & (away > reach) & (away <= reach + SHELL_MM)]
        if shell.size < LEAST_VOXELS or float(np.median(shell)) < STILL * excess:
            break
        reach += SHELL_MM
    size = float(near.voxel_mm3[(near.from_bone_mm > 0) & ~near.inside & (away <= reach)].sum())
    return FaintZone(median, excess, size)


def _thin(near: Surroundings, background_hu: float, blur: Blur, surface: Surface) -> FaintZone | None:
    """A zone that ends so near that blur reaches into it: brighter than the blurred edge of what is dense can be.

    Distances are those between voxel centres, the inner one below the surface: next to it lies the edge itself.
    """
    sigma = np.sqrt(blur.variance_mm2)
    spacing = (near.spacing_mm[0] * sigma[1] / sigma[0], *near.spacing_mm[1:])
    above = near.hu - background_hu
    dense = float(np.percentile(above[near.inside], DENSE_PERCENTILE))
    if dense < LEAST_DENSE_PART_HU:
        return None
    free = (near.from_bone_mm > BONE_MM) & (above > FROM_HU) & ~near.inside
    first = max(TAIL_FROM * sigma[1], LEAST_VOXELS_OFF * max(near.spacing_mm[1:]))
    reach = first + (TAIL_TO - TAIL_FROM) * sigma[1]
    away = away_from(near.inside, spacing, reach + 0.1)
    band = above[free & (away > first) & (away <= reach)]
    least = max(LEAST_TAIL_HU, TAIL_SHARE * dense)
    if band.size < LEAST_IN_BAND or float(np.median(band)) < least:
        return None
    away = away_from(near.inside, spacing, FARTHEST_MM + 0.1)
    beyond = above[free & (away > FARTHEST_MM - SHELL_MM) & (away <= FARTHEST_MM)]
    excess = float(np.median(band)) - (max(0.0, float(np.median(beyond))) if beyond.size else 0.0)
    if excess < least:
        return None
    while reach + STEP_MM < FARTHEST_MM:
        shell = above[free & (away > reach) & (away <= reach + STEP_MM)]
        if not shell.size or float(np.median(shell)) < STILL * excess:
            break
        reach += STEP_MM
    dense_mm3 = surface.volume_mm3
    thick = reach + STEP_MM + HIDDEN_OF_SLICE * max(0.0, near.spacing_mm[0] - FIRST_MM)
    size = dense_mm3 * ((1.0 + thick * surface.area_mm2 / (3.0 * dense_mm3)) ** 3 - 1.0)
    return FaintZone(excess + background_hu, excess, size)
