"""Registration by hand: pairs of points, or a position dragged into place; for where no bone will do."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.base.faults import Misuse, Refused
from mo_viewer.findings.registration import BY_HAND, BY_POINTS, Registration, Verdict, rows_of
from mo_viewer.track.cloud import moved
from mo_viewer.volume.arrays import FloatArray, Point

LEAST_PAIRS = 3
LEAST_SPREAD_MM = 5.0
STRETCHED = 0.10


def from_points(
    from_study: str, to_study: str, points_mm: Sequence[Point], same_points_mm: Sequence[Point]
) -> Registration:
    """Return the rigid transform that fits pairs of points best (least squares, Kabsch); its verdict is ``check``.

    Raises
    ------
    Misuse
        When there are fewer than three pairs.
    Refused
        When the points lie on one line, or their distances differ so much that they cannot be the same places.
    """
    if len(points_mm) < LEAST_PAIRS or len(points_mm) != len(same_points_mm):
        raise Misuse("Three pairs of points are needed.")
    one, two = (np.asarray(p, dtype=np.float64).reshape(-1, 3) for p in (points_mm, same_points_mm))
    first, second = one - one.mean(axis=0), two - two.mean(axis=0)
    if min(_second_spread(first), _second_spread(second)) < LEAST_SPREAD_MM:
        raise Refused("The points lie too close to one line.", "Choose points farther apart, not in a row.")
    if abs(float(np.linalg.norm(second) / np.linalg.norm(first)) - 1) > STRETCHED:
        raise Refused("The points of the two studies are not the same places: their distances differ.")
    u, _, vt = np.linalg.svd(first.T @ second)
    flip = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(vt.T @ u.T)))])
    matrix = np.eye(4)
    matrix[:3, :3] = vt.T @ flip @ u.T
    matrix[:3, 3] = two.mean(axis=0) - matrix[:3, :3] @ one.mean(axis=0)
    left = float(np.sqrt(np.mean(np.sum((moved(one, matrix) - two) ** 2, axis=1))))
    return Registration(
        from_study, to_study, Verdict.CHECK, BY_POINTS, rows_of(matrix), BY_POINTS, _point(one), residual_mm=left
    )


def from_drag(from_study: str, to_study: str, matrix: FloatArray) -> Registration:
    """Return a registration that was dragged into place; its verdict is ``check``.

    Raises
    ------
    Misuse
        When the matrix is not rigid.
    """
    turn = matrix[:3, :3]
    if not np.allclose(turn @ turn.T, np.eye(3), atol=1e-6) or np.linalg.det(turn) < 0:
        raise Misuse("Only a turn and a shift can be set by hand.")
    return Registration(from_study, to_study, Verdict.CHECK, BY_HAND, rows_of(matrix), BY_HAND)


def _second_spread(centred: FloatArray) -> float:
    return float(np.linalg.svd(centred, compute_uv=False)[1])


def _point(points_mm: FloatArray) -> Point:
    x, y, z = (float(v) for v in points_mm.mean(axis=0))
    return x, y, z
