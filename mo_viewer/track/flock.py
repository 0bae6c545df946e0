"""Many starts improved at once: coarse point-to-plane alignment of a few points, all starts in one array."""

import numpy as np

from mo_viewer.track.cloud import Cloud
from mo_viewer.track.icp import AGREEING
from mo_viewer.volume.arrays import BoolArray, FloatArray

SCALE_FLOOR_MM = 1.0


def improved(cloud: Cloud, target: Cloud, starts: FloatArray, reaches_mm: tuple[float, ...]) -> FloatArray:
    """Return (k, 4, 4) matrices: each of the starts (k, 4, 4) after a round for every reach."""
    matrices = starts.copy()
    for reach in reaches_mm:
        here, normal, gap, known = _pairs(cloud, target, matrices, reach)
        weight = _weights(gap, known)
        total = np.maximum(weight.sum(axis=1), 1e-9)
        centre = np.einsum("kn,knj->kj", weight, here) / total[:, None]
        rows = np.concatenate([np.cross(here - centre[:, None], normal), normal], axis=2)
        weighted = rows * weight[..., None]
        system = weighted.transpose(0, 2, 1) @ rows / total[:, None, None] + 1e-6 * np.eye(6)
        right = -np.einsum("kni,kn->ki", weighted, gap) / total[:, None]
        solved = np.linalg.solve(system, right[..., None])[..., 0]
        matrices = _stepped(matrices, solved, centre)
    return matrices


def gaps(cloud: Cloud, target: Cloud, matrices: FloatArray, reach_mm: float) -> FloatArray:
    """(k, n) distances from plane of each point under each matrix, cut off at reach and scaled to 1 there."""
    _, _, gap, known = _pairs(cloud, target, matrices, 2.0 * reach_mm)
    cut: FloatArray = np.where(known, np.minimum(np.abs(gap) / reach_mm, 1.0), 1.0)
    return cut


def _pairs(
    cloud: Cloud, target: Cloud, matrices: FloatArray, reach_mm: float
) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray]:
    turn = matrices[:, :3, :3].transpose(0, 2, 1)
    here = cloud.points_mm @ turn + matrices[:, None, :3, 3]
    turned = cloud.normals @ turn
    away, which = target.tree.query(here, distance_upper_bound=reach_mm, workers=2)
    known = np.isfinite(away)
    which = np.where(known, which, 0)
    there = target.normals[which]
    known &= np.einsum("knj,knj->kn", turned, there) > AGREEING
    plane = there + turned
    plane /= np.maximum(np.linalg.norm(plane, axis=2, keepdims=True), 1e-9)
    gap = np.where(known, np.einsum("knj,knj->kn", plane, here - target.points_mm[which]), 0.0)
    return here, plane, gap, known


def _weights(gap: FloatArray, known: BoolArray) -> FloatArray:
    """Tukey's weights at 4.7 times the median gap of each row, 1 mm at the least."""
    size = np.where(known, np.abs(gap), np.nan)
    size[~known.any(axis=1)] = 0.0
    scale = np.maximum(SCALE_FLOOR_MM, 1.4826 * np.nanmedian(size, axis=1))[:, None]
    ratio = np.minimum(np.abs(gap) / (4.7 * scale), 1.0)
    weights: FloatArray = np.where(known, (1 - ratio**2) ** 2, 0.0)
    return weights


def _stepped(matrices: FloatArray, solved: FloatArray, centre: FloatArray) -> FloatArray:
    """Apply (k, 6) small motions about (k, 3) centres."""
    angle = np.linalg.norm(solved[:, :3], axis=1)
    axis = solved[:, :3] / np.maximum(angle, 1e-12)[:, None]
    cross = np.zeros((len(solved), 3, 3))
    for i, j, k, sign in ((0, 1, 2, -1), (0, 2, 1, 1), (1, 0, 2, 1), (1, 2, 0, -1), (2, 0, 1, -1), (2, 1, 0, 1)):
        cross[:, i, j] = sign * axis[:, k]
    sine, rest = np.sin(angle)[:, None, None], (1 - np.cos(angle))[:, None, None]
    turn = np.eye(3) + sine * cross + rest * (cross @ cross)
    after = np.empty_like(matrices)
    after[:, :3, :3] = turn @ matrices[:, :3, :3]
    after[:, :3, 3] = np.einsum("kij,kj->ki", turn, matrices[:, :3, 3] - centre) + centre + solved[:, 3:]
    after[:, 3] = (0.0, 0.0, 0.0, 1.0)
    return after
