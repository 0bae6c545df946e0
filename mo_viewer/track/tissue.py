"""Whether the soft parts round a bone agree: a second opinion that the bone's surface had no part in."""

import numpy as np

from mo_viewer.track.cloud import moved
from mo_viewer.track.edges import grid_round
from mo_viewer.track.side import Side
from mo_viewer.volume.arrays import AnyArray, FloatArray

RADIUS_MM, STEP_MM = 60.0, 5.0
OFF_BONE_MM, OFF_METAL_MM = 4.0, 25.0
AVERAGED_MM = 1.3
FROM_HU, TO_HU = -200.0, 150.0
DENSE_HU = 220.0
LEAST_SAMPLES, LEAST_CONTRAST_HU = 300, 25.0


def tissue_agreement(matrix: FloatArray, middle_mm: FloatArray, first: Side, other: Side) -> float | None:
    """Correlation of clipped HU in soft parts within 60 mm of a point; None where there is too little contrast.

    Soft parts within 25 mm of metal are left out: its streaks differ from study to study.
    """
    from scipy.spatial import KDTree

    points = _ball(middle_mm)
    there = moved(points, matrix)
    keep = first.sees(points) & other.sees(there)
    if len(first.joined):
        away, _ = first.joined.tree.query(points, distance_upper_bound=OFF_BONE_MM)
        keep &= ~np.isfinite(away)
    for side, at in ((first, points), (other, there)):
        if len(side.bones.metal_mm):
            away, _ = KDTree(side.bones.metal_mm).query(at, distance_upper_bound=OFF_METAL_MM)
            keep &= ~np.isfinite(away)
    points, there = points[keep], there[keep]
    if len(points) < LEAST_SAMPLES:
        return None
    one, two = _averaged(first, points), _averaged(other, there)
    soft = (one < DENSE_HU) & (two < DENSE_HU)
    one, two = np.clip(one[soft], FROM_HU, TO_HU), np.clip(two[soft], FROM_HU, TO_HU)
    if one.size < LEAST_SAMPLES or min(one.std(), two.std()) < LEAST_CONTRAST_HU:
        return None
    return float(np.corrcoef(one, two)[0, 1])


def _ball(middle_mm: FloatArray) -> FloatArray:
    line = np.arange(-RADIUS_MM, RADIUS_MM + 0.1, STEP_MM)
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    inside: FloatArray = grid[np.linalg.norm(grid, axis=1) <= RADIUS_MM] + middle_mm
    return inside


def _averaged(side: Side, points_mm: FloatArray) -> AnyArray:
    """Mean HU of eight places round each point, so that noise does not hide the tissue."""
    grid = grid_round(side.volume, points_mm, 2 * AVERAGED_MM)
    signs = np.array([[(k >> i) & 1 for i in range(3)] for k in range(8)]) * 2.0 - 1.0
    total: AnyArray = np.mean([grid.at(points_mm + AVERAGED_MM * sign) for sign in signs], axis=0)
    return total
