"""Rigid alignment of two bone surfaces: point to plane, robust, with the surfaces' common offset as an unknown.

Two series of one bone differ in kernel, slice thickness and tube voltage, so their half-way surfaces lie apart by a
constant of some hundredths to tenths of a millimetre along the normal. On a shaft, whose normals hardly lean, such an
offset would be taken for a slide along the bone; solved for as a seventh unknown it is not.
"""

from dataclasses import dataclass

import numpy as np

from mo_viewer.track.cloud import Cloud, moved, turned
from mo_viewer.volume.arrays import BoolArray, FloatArray

AGREEING = 0.7
OFFSET_PRIOR_MM = 0.5
SETTLED = 2e-4


@dataclass(frozen=True, eq=False)
class Fit:
    """A rigid transform and how well it brings one surface onto the other.

    `information` is the (6, 6) matrix of the weighted system (rotation about `centre_mm`, then shift) once the offset
    is eliminated, per matched point; `matched` the share of points that have a partner.
    """

    matrix: FloatArray
    offset_mm: float
    rms_mm: float
    matched: float
    points: int
    information: FloatArray
    centre_mm: FloatArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """Points of one surface, brought over, and what they lie on."""

    index: FloatArray
    from_mm: FloatArray
    normals: FloatArray
    gap_mm: FloatArray


def paired(cloud: Cloud, target: Cloud, matrix: FloatArray, reach_mm: float, tries: int = 1) -> tuple[Pairs, BoolArray]:
    """Bring a cloud over and find its partners: the nearest point within reach, if its normal agrees.

    With more than one try it is the nearest of so many whose normal agrees: beside a thin cortex the nearest point may
    belong to its other face.
    """
    here = moved(cloud.points_mm, matrix)
    turned_normals = cloud.normals @ matrix[:3, :3].T
    away, which = target.tree.query(here, k=list(range(1, tries + 1)), distance_upper_bound=reach_mm)
    reached = np.isfinite(away)
    which = np.where(reached, which, 0)
    agreeing = reached & (np.einsum("ij,ikj->ik", turned_normals, target.normals[which]) > AGREEING)
    which = which[np.arange(len(which)), agreeing.argmax(axis=1)]
    known: BoolArray = agreeing.any(axis=1)
    plane = target.normals[which] + turned_normals
    plane /= np.maximum(np.linalg.norm(plane, axis=1, keepdims=True), 1e-9)
    gap = np.einsum("ij,ij->i", plane, here - target.points_mm[which])
    return Pairs(which, here, plane, gap), known


def aligned(
    cloud: Cloud,
    target: Cloud,
    start: FloatArray,
    reaches_mm: tuple[float, ...],
    with_offset: bool = False,
    floor_mm: float = 0.05,
) -> Fit:
    """Improve a start by as many rounds as there are reaches; the last ones should be equal.

    Parameters
    ----------
    cloud, target
        The surface that is moved, and the one that it must come to.
    start
        4x4 matrix to begin with.
    with_offset
        Whether a common distance along the normals is solved for.
    reaches_mm
        How far a partner may be, round by round.
    floor_mm
        Least scale of the robust weights (Tukey's, at 4.7 times the median gap).
    """
    matrix, offset = start.copy(), 0.0
    fit = Fit(matrix, 0.0, np.inf, 0.0, 0, np.zeros((6, 6)), np.zeros(3))
    for reach in reaches_mm:
        pairs, known = paired(cloud, target, matrix, reach)
        if np.count_nonzero(known) < 12:
            return Fit(
                matrix, offset, np.inf, float(known.mean()) if len(cloud) else 0.0, 0, np.zeros((6, 6)), np.zeros(3)
            )
        gap = pairs.gap_mm[known] - offset
        weight = _weights(gap, floor_mm)
        step, offset, fit = _step(matrix, pairs, known, weight, offset, with_offset)
        matrix = step @ matrix
        if np.abs(step - np.eye(4)).max() < SETTLED and reach == reaches_mm[-1]:
            break
    return Fit(matrix, offset, fit.rms_mm, fit.matched, fit.points, fit.information, fit.centre_mm)


def _weights(gap_mm: FloatArray, floor_mm: float) -> FloatArray:
    scale = max(floor_mm, 1.4826 * float(np.median(np.abs(gap_mm))))
    ratio = np.minimum(np.abs(gap_mm) / (4.7 * scale), 1.0)
    weights: FloatArray = (1 - ratio**2) ** 2
    return weights


def _step(
    matrix: FloatArray, pairs: Pairs, known: BoolArray, weight: FloatArray, offset: float, with_offset: bool
) -> tuple[FloatArray, float, Fit]:
    at, normal, gap = pairs.from_mm[known], pairs.normals[known], pairs.gap_mm[known]
    total = float(weight.sum())
    centre = weight @ at / total
    lever = np.cross(at - centre, normal)
    rows = np.column_stack([lever, normal, -np.ones(len(at))])
    system = (rows * weight[:, None]).T @ rows / total
    right = -(rows * weight[:, None]).T @ gap / total
    if with_offset:
        system[6, 6] += 1e-3 / OFFSET_PRIOR_MM**2
    else:
        system[6, :], system[:, 6], system[6, 6], right[6] = 0.0, 0.0, 1.0, 0.0
    damped = system + np.diag([1e-9] * 6 + [0.0])
    solved: FloatArray = np.asarray(np.linalg.solve(damped, right), dtype=np.float64)
    step = np.eye(4)
    step[:3, :3] = turned(solved[:3])
    step[:3, 3] = centre + solved[3:6] - step[:3, :3] @ centre
    information = system[:6, :6] - np.outer(system[:6, 6], system[6, :6]) / system[6, 6]
    rms = float(np.sqrt(weight @ (gap + rows @ solved) ** 2 / total))
    new_offset = float(solved[6]) if with_offset else offset
    return step, new_offset, Fit(matrix, new_offset, rms, float(known.mean()), int(known.sum()), information, centre)
