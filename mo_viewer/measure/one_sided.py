"""Fainter tissue on one side of a lesion: a half of it that is hazier than what counts as calcified."""

import numpy as np

from mo_viewer.measure.surroundings import Surroundings
from mo_viewer.segment.distance import away_from, deeper_than
from mo_viewer.segment.pieces import pieces

FIRST_MM, PER_SLICE, FARTHEST_MM = 1.5, 0.6, 7.5
"""So far from the face (mm, and slices along the stack) its blur reaches; and how far is looked."""
BEGINS_MM = 2.0
"""What does not begin so near to where the blur ends is no part of the lesion."""
SMOOTH_MM, BONE_MM = 1.5, 3.0
LEAST_HU, MOST_HU, ABOVE_NOISE = 20.0, 110.0, 0.75
"""Muscle differs by less from one to the next; what is denser has been looked at as calcification. Smoothing leaves a
tenth of the noise of single voxels and a third where it is correlated (own choice: twice that)."""
HALF_THICK_MM = 1.75
"""Septa, vessels, and borders of what is dense are thinner than twice that."""
LEAST_SHARE = 0.2
"""Of the lesion's size, in one piece: muscle that takes up contrast unevenly comes in many."""
FARTHER = 2.0
"""What goes on beyond what is looked at may be as much again."""


def said(fainter_mm3: float) -> tuple[str, ...]:
    """Return the warning that so much fainter tissue is not in a contour; none where there is none."""
    much = f"fainter tissue begins at it on one side (about {fainter_mm3 / 1000:.2f} cm3) and is not in the contour"
    return (f"{much}: only the denser part is measured",) if fainter_mm3 else ()


def fainter_beside(near: Surroundings, muscle_hu: float, noise_hu: float, slice_mm: float, size_mm3: float) -> float:
    """Return how much fainter tissue begins at a face (mm3), of pieces of at least `LEAST_SHARE` of `size_mm3`.

    Distances along the stack are shortened as blur is longer there. Bone's border is left out.
    """
    from scipy import ndimage

    along = FIRST_MM / (FIRST_MM + PER_SLICE * max(0.0, slice_mm - 1.0))
    away = away_from(near.inside, (along * near.spacing_mm[0], *near.spacing_mm[1:]), FARTHEST_MM + 0.1)
    above = near.hu - muscle_hu
    looked = (away > FIRST_MM) & (away <= FARTHEST_MM) & (near.from_bone_mm > BONE_MM)
    soft = looked & (np.abs(above) < MOST_HU)
    sigma = [min(1.0, SMOOTH_MM / s) for s in near.spacing_mm[:1]] + [SMOOTH_MM / s for s in near.spacing_mm[1:]]
    weight = ndimage.gaussian_filter(soft.astype(np.float32), sigma)
    mean = ndimage.gaussian_filter(np.where(soft, above, 0.0).astype(np.float32), sigma) / np.maximum(weight, 1e-3)
    faint = soft & (mean > max(LEAST_HU, ABOVE_NOISE * noise_hu))
    labels, count = pieces(faint)
    if not count:
        return 0.0
    thick = np.zeros(count + 1, dtype=bool)
    thick[np.unique(labels[deeper_than(faint, near.spacing_mm, HALF_THICK_MM)])] = True
    begins = np.bincount(labels[away <= FIRST_MM + BEGINS_MM], minlength=count + 1) > 0
    ends = np.bincount(labels[faint & (away > FARTHEST_MM - 1.0)], minlength=count + 1) > 0
    sizes = np.bincount(labels.ravel(), near.voxel_mm3.ravel(), minlength=count + 1)
    own = thick & begins & (sizes >= LEAST_SHARE * size_mm3)
    own[0] = False
    return float((sizes * np.where(ends, FARTHER, 1.0))[own].sum())
