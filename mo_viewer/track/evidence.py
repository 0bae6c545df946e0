"""What speaks for and against an alignment of two studies, each as one number."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.track.cloud import Cloud, angle_deg, moved
from mo_viewer.track.edges import SOFT_TISSUE_HU, grid_round
from mo_viewer.track.icp import Fit, aligned, paired
from mo_viewer.track.side import Side
from mo_viewer.volume.arrays import BoolArray, FloatArray

OVERLAP_MM, NEAREST = 1.5, 6
BACK_MARGIN_MM = 8.0
CORRELATED_MM2 = 60.0
LEAST_NOISE_MM = 0.1
STRAIN_PRIOR = 0.05
MIRROR_REACHES_MM = (6.0, 5.0, 4.0, 3.0, 2.5, 2.0, 2.0, 2.0, 1.5, 1.5)
MIRROR_POINTS = 1000
THICK_MM, SEEN_SHARE = 2.5, 0.33


@dataclass(frozen=True)
class Evidence:
    """Figures of one alignment.

    Parameters
    ----------
    residual_mm
        Rms distance from plane of the surface points that have a partner within 1.5 mm.
    overlap, overlap_back
        Share of the bone's points that the other study shows within 1.5 mm; and the other way round.
    area_mm2
        Bone surface that both studies show.
    condition
        Least eigenvalue of the point-to-plane system, lengths in radii of gyration.
    error_mm
        Standard error at the lesion from residual and condition.
    turn_deg
        Rotation between the two positions of the patient.
    strain
        Greatest stretch or squeeze that would fit the surfaces better: 0 between two true images of one bone.
    mirror
        Residual of the mirrored bone over that of the bone itself; below 1 the mirrored one fits better.
    rival
        Residual of the second-best place or spin over that of this one; None when there is none.
    tissue
        Correlation of the soft parts; None where they cannot tell.
    offset_mm
        By how much the bone of one study is thicker all over (per surface).
    coarsest_mm
        Greatest voxel edge of the two stacks.
    """

    residual_mm: float
    overlap: float
    overlap_back: float
    area_mm2: float
    condition: float
    error_mm: float
    turn_deg: float
    strain: float
    strain_gain: float
    mirror: float
    offset_mm: float = 0.0
    coarsest_mm: float = 1.0
    rival: float | None = None
    tissue: float | None = None


def judge_surface(
    fit: Fit, anchor: Cloud, owners: frozenset[int], first: Side, other: Side, near_mm: FloatArray
) -> Evidence:
    """Weigh an alignment of `anchor` (points of the bones `owners` of `first`) with the other study."""
    seen = other.sees(moved(anchor.points_mm, fit.matrix))
    pairs, known = paired(anchor, other.joined, fit.matrix, OVERLAP_MM + other.slack_mm, NEAREST)
    gap = np.abs(pairs.gap_mm - fit.offset_mm)
    both = seen & known & (gap <= OVERLAP_MM)
    close = both.copy()
    close[seen & ~both] = _edge_there(other, anchor.where(seen & ~both).moved(fit.matrix))
    residual = float(np.sqrt(np.mean(gap[both] ** 2))) if both.any() else np.inf
    area = float(anchor.areas_mm2[seen].sum())
    condition, error = _certainty(fit, max(residual, LEAST_NOISE_MM), area, near_mm)
    strain, gain = _strain(anchor.where(both), other, fit)
    return Evidence(
        residual_mm=residual,
        overlap=float(np.mean(close[seen])) if seen.any() else 0.0,
        overlap_back=_back(fit, anchor, owners, first, other),
        area_mm2=area,
        condition=condition,
        error_mm=error,
        turn_deg=angle_deg(fit.matrix),
        strain=strain,
        strain_gain=gain,
        mirror=_mirror(anchor.where(seen), other, fit),
        offset_mm=fit.offset_mm,
        coarsest_mm=max(*first.volume.geometry.spacing_mm, *other.volume.geometry.spacing_mm),
    )


def _back(fit: Fit, anchor: Cloud, owners: frozenset[int], first: Side, other: Side) -> float:
    """Share of the other study's bone that the first one shows where it ought to."""
    back: FloatArray = np.asarray(np.linalg.inv(fit.matrix), dtype=np.float64)
    centre = anchor.points_mm.mean(axis=0)
    radius = float(np.linalg.norm(anchor.points_mm - centre, axis=1).max()) - BACK_MARGIN_MM
    there = other.joined.around(moved(centre[None], fit.matrix)[0], max(radius, 10.0)).thinned(6000)
    if not len(there):
        return 0.0
    here = there.moved(back)
    seen = first.sees(here.points_mm)
    _, nearest = first.joined.tree.query(here.points_mm)
    seen &= np.isin(first.owners[nearest], list(owners)) & ~first.at_joint(here.points_mm, owners)
    if np.count_nonzero(seen) < 50:
        return 0.0
    pairs, known = paired(here.where(seen), first.joined, np.eye(4), OVERLAP_MM + first.slack_mm, NEAREST)
    close = known & (np.abs(pairs.gap_mm + fit.offset_mm) <= OVERLAP_MM)
    close[~close] = _edge_there(first, here.where(seen).where(~close))
    return float(np.mean(close))


def _edge_there(side: Side, cloud: Cloud) -> BoolArray:
    """Whether a thick-sliced stack shows a bone edge where a finer one has a surface, too blurred to be found.

    It does when HU fall along the normal by a third of the cortex's height within 2.5 mm. Thin slices need no such
    mercy: there every point is False.
    """
    if side.volume.geometry.spacing_mm[0] < THICK_MM or not len(cloud) or side.bones.count == 0:
        return np.zeros(len(cloud), dtype=bool)
    grid = grid_round(side.volume, cloud.points_mm, 3.0)
    along = np.arange(-2.5, 2.6, 0.5)
    places = cloud.points_mm[:, None] + along[:, None] * cloud.normals[:, None]
    profile = grid.at(places.reshape(-1, 3)).reshape(len(cloud), -1)
    height = SEEN_SHARE * (float(np.median(side.bones.cortex_hu[1:])) - SOFT_TISSUE_HU)
    inside, outside = profile[:, :6].max(axis=1), profile[:, 5:].min(axis=1)
    there: BoolArray = (inside - outside >= height) & (inside >= SOFT_TISSUE_HU + height)
    return there


def _certainty(fit: Fit, noise_mm: float, area_mm2: float, near_mm: FloatArray) -> tuple[float, float]:
    """Least eigenvalue, and the standard error at a point when every 60 mm2 of surface is one independent sample."""
    if not fit.points:
        return 0.0, np.inf
    lever = np.sqrt(max(np.trace(fit.information[:3, :3]) / max(np.trace(fit.information[3:, 3:]), 1e-9), 1.0))
    scale = np.diag([1 / lever] * 3 + [1.0] * 3)
    values = np.linalg.eigvalsh(scale @ fit.information @ scale)
    samples = max(area_mm2 / CORRELATED_MM2, 1.0)
    covariance = np.linalg.pinv(fit.information, rcond=1e-12) * noise_mm**2 / samples
    x, y, z = moved(near_mm[None], fit.matrix)[0] - fit.centre_mm
    jacobian = np.hstack([np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]]), np.eye(3)])
    return float(max(values[0], 0.0)), float(np.sqrt(np.trace(jacobian @ covariance @ jacobian.T)))


def _strain(cloud: Cloud, other: Side, fit: Fit) -> tuple[float, float]:
    """Greatest principal strain of the affine map that fits best, and how much smaller it makes the residual."""
    matrix, offset = fit.matrix.copy(), fit.offset_mm
    if len(cloud) < 100:
        return 0.0, 0.0
    before = None
    for _ in range(4):
        pairs, known = paired(cloud, other.joined, matrix, OVERLAP_MM + other.slack_mm)
        at, normal, gap = pairs.from_mm[known], pairs.normals[known], pairs.gap_mm[known]
        centre = at.mean(axis=0)
        stretch = (normal[:, :, None] * (at - centre)[:, None, :]).reshape(-1, 9)
        rows = np.column_stack([stretch, normal, -np.ones(len(at))])
        before = before if before is not None else float(np.sqrt(np.mean((gap - offset) ** 2)))
        noise = max(0.05, float(np.sqrt(np.mean((gap - offset) ** 2))))
        prior = noise**2 / STRAIN_PRIOR**2 * max(CORRELATED_MM2 / max(cloud.areas_mm2.sum(), 1.0), 1e-4)
        system = rows.T @ rows / len(at) + np.diag([prior] * 9 + [0.0] * 3 + [1e-3])
        solved = np.linalg.solve(system, -rows.T @ gap / len(at))
        step = np.eye(4)
        step[:3, :3] += solved[:9].reshape(3, 3)
        step[:3, 3] = centre + solved[9:12] - step[:3, :3] @ centre
        matrix, offset = step @ matrix, float(solved[12])
    stretched = np.linalg.svd(matrix[:3, :3], compute_uv=False) - 1
    pairs, known = paired(cloud, other.joined, matrix, OVERLAP_MM + other.slack_mm)
    after = float(np.sqrt(np.mean((pairs.gap_mm[known] - offset) ** 2))) if known.any() else 0.0
    return float(np.abs(stretched).max()), 1.0 - after / max(before or 1.0, 1e-9)


def _mirror(cloud: Cloud, other: Side, fit: Fit) -> float:
    """Residual of the best mirrored fit over that of the fit itself."""
    some = cloud.thinned(MIRROR_POINTS)
    if len(some) < 100:
        return 1.0
    axes, _ = some.axis()
    centre = some.points_mm.mean(axis=0)
    own = _spread(some, other, aligned(some, other.joined, fit.matrix, MIRROR_REACHES_MM[-4:], with_offset=True))
    best = np.inf
    for across in _across(axes):
        flip = np.eye(4)
        flip[:3, :3] -= 2 * np.outer(across, across)
        flip[:3, 3] = centre - flip[:3, :3] @ centre
        mirrored = some.moved(flip)
        again = aligned(mirrored, other.joined, fit.matrix, MIRROR_REACHES_MM, with_offset=True, floor_mm=0.1)
        best = min(best, _spread(mirrored, other, again))
    return best / max(own, 1e-6)


def _across(axes: FloatArray) -> list[FloatArray]:
    """Normals of mirror planes: four round the longest axis."""
    angles = np.radians([0.0, 45.0, 90.0, 135.0])
    return [np.cos(a) * axes[:, 1] + np.sin(a) * axes[:, 2] for a in angles]


def _spread(cloud: Cloud, other: Side, fit: Fit) -> float:
    pairs, known = paired(cloud, other.joined, fit.matrix, OVERLAP_MM + other.slack_mm)
    seen: BoolArray = other.sees(moved(cloud.points_mm, fit.matrix))
    gap = np.where(known, np.minimum(np.abs(pairs.gap_mm - fit.offset_mm), OVERLAP_MM), OVERLAP_MM)
    return float(np.sqrt(np.mean(gap[seen] ** 2))) if seen.any() else np.inf
