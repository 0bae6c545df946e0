"""A bay that a surface leaves out and that is denser than what lies outside: the inside of a half-open shell."""

import numpy as np

from mo_viewer.measure.one_sided import BONE_MM, FIRST_MM, MOST_HU, PER_SLICE
from mo_viewer.measure.surroundings import Surroundings
from mo_viewer.segment.distance import away_from
from mo_viewer.volume.arrays import BoolArray, FloatArray

HULL_SHARE, LEAST_SHARE = 1.08, 0.05
"""What is rounder has no bay; and what a bay takes up beyond the blur, as a share of the size."""
LEAST_HU, ABOVE_NOISE = 10.0, 0.3
"""Half-open shells with a core 20 HU above muscle read 19 to 21; bays of C shapes in muscle 4 at most (own choice)."""
BOWL, LACKS = 3.0, 0.6
"""The hull of a bowl is but a part of what it was broken from: a lesion may be larger by so many times its bay, or by
the bay and so much of what is measured, whichever is less (half-open shells: 1.2 to 2.5 times the bay)."""
MOST_POINTS = 10_000


def fainter_bay(near: Surroundings, muscle_hu: float, noise_hu: float, slice_mm: float) -> float:
    """Return the bay (mm3) between a lesion's hull and its surface; 0 where it is no denser than what lies outside.

    Hulls are taken in steps of voxels, which a tilt of the stack leaves as they are.
    """
    from scipy.spatial import ConvexHull

    ends = _row_ends(near.inside)
    if np.ptp(ends, axis=0).min() < 2.0:
        return 0.0
    hull = ConvexHull(ends)
    voxel, count = float(near.voxel_mm3[near.inside].mean()), np.count_nonzero(near.inside)
    if hull.volume < HULL_SHARE * count:
        return 0.0
    along = FIRST_MM / (FIRST_MM + PER_SLICE * max(0.0, slice_mm - 1.0))
    away = away_from(near.inside, (along * near.spacing_mm[0], *near.spacing_mm[1:]), FIRST_MM + 0.1)
    points = np.argwhere((away > FIRST_MM) & (near.from_bone_mm > BONE_MM))
    step = 1 + len(points) // MOST_POINTS
    points = points[::step]
    within = np.ones(len(points), dtype=bool)
    for *normal, offset in np.unique(hull.equations.round(9), axis=0):
        within &= points @ np.array(normal) <= -offset
    if within.all() or np.count_nonzero(within) * step < LEAST_SHARE * count:
        return 0.0
    values = near.hu[tuple(points.T)]
    above = float(np.median(values[within])) - max(muscle_hu, float(np.median(values[~within])))
    denser = max(LEAST_HU, ABOVE_NOISE * noise_hu) < above < MOST_HU
    return (float(hull.volume) - count) * voxel if denser else 0.0


def larger_by(bay_mm3: float, size_mm3: float) -> float:
    """Return how much larger (mm3) a lesion may be that leaves out such a bay."""
    return min(BOWL * bay_mm3, bay_mm3 + LACKS * size_mm3)


def _row_ends(inside: BoolArray) -> FloatArray:
    """Return the (n, 3) indices of the first and last voxels of all rows."""
    rows = np.argwhere(inside.any(axis=2))
    chosen = inside[tuple(rows.T)]
    first, last = chosen.argmax(axis=1), inside.shape[2] - 1 - chosen[:, ::-1].argmax(axis=1)
    return np.concatenate([np.column_stack([rows, at]) for at in (first, last)]).astype(np.float64)
