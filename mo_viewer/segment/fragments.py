"""Calcified fragments near the clicks, and which of them belong together."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.segment.distance import box_round, within
from mo_viewer.segment.patch import Patch
from mo_viewer.segment.pieces import CORNERS, pieces
from mo_viewer.segment.tissue import Tissue
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

LEAST_FRAGMENT_MM3 = 4.0
CLUSTER_GAP_MM = 6.0
SKIRT_MM, SKIRT_REACH_MM = 3.0, 4.0
SHARED_MM = 4.0


@dataclass(frozen=True)
class Levels:
    """Hysteresis thresholds in HU, and the brightness of the calcification they came from."""

    low_hu: float
    high_hu: float
    rim_hu: float


def levels(tissue: Tissue, rim_hu: float, low_share: float = 0.25) -> Levels:
    """Return thresholds between the muscle level and the brightness of the calcification (ALGORITHMS 10, step 2)."""
    bg, noise, rise = tissue.level_hu, tissue.noise_hu, rim_hu - tissue.level_hu
    low = max(bg + 25.0, bg + 3.0 * noise, bg + low_share * rise)
    high = max(bg + 40.0, bg + 4.5 * noise, bg + (low_share + 0.08) * rise)
    return Levels(low, high, rim_hu)


def brightness(smooth: AnyArray, where: BoolArray, tissue: Tissue) -> float | None:
    """Return the 90th percentile of what clearly exceeds muscle, or None when (almost) nothing does."""
    values = smooth[where]
    values = values[values > tissue.level_hu + max(45.0, 4.0 * tissue.noise_hu)]
    return float(np.percentile(values, 90)) if values.size >= 5 else None


def fragments(smooth: AnyArray, allowed: BoolArray, at: Levels, voxel_mm3: float) -> BoolArray:
    """Return the voxels above the low threshold in parts that reach the high one and exceed `LEAST_FRAGMENT_MM3`."""
    labels, count = pieces((smooth > at.low_hu) & allowed, CORNERS)
    if count == 0:
        return np.zeros(smooth.shape, dtype=bool)
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * voxel_mm3
    reached = np.zeros(count + 1, dtype=bool)
    reached[labels[smooth > at.high_hu]] = True
    keep = reached & (sizes >= LEAST_FRAGMENT_MM3)
    keep[0] = False
    return keep[labels]


def without_skirts(calcified: BoolArray, near_bone: BoolArray, spacing_mm: tuple[float, float, float]) -> BoolArray:
    """Return fragments without the blurred layer along native bone that the lesion itself does not reach.

    `near_bone` is what lies within `SKIRT_MM` of native bone.
    """
    close = calcified & near_bone
    body = calcified & ~close
    if not close.any():
        return calcified
    if not body.any():
        return body
    reached: BoolArray = body | (close & within(body, spacing_mm, SKIRT_REACH_MM))
    return reached


def cluster(calcified: BoolArray, patch: Patch, clicks: FloatArray, reach_mm: float) -> BoolArray:
    """Return the fragments that single linkage with gaps up to `CLUSTER_GAP_MM` joins to the clicks.

    `clicks` are (n, 3) patch indices. A click that lies in an empty core takes everything whose nearest fragment
    is at most a gap farther away than the nearest of all; a click farther than `reach_mm` from any takes nothing.
    """
    box = box_round(calcified, patch.spacing_mm, CLUSTER_GAP_MM / 2)
    if box is None:
        return calcified
    held = calcified[box]
    labels, count = pieces(within(held, patch.spacing_mm, CLUSTER_GAP_MM / 2), CORNERS)
    points = np.argwhere(held)
    which = labels[tuple(points.T)]
    chosen = np.zeros(count + 1, dtype=bool)
    for click in clicks - [side.start for side in box]:
        away = np.linalg.norm((points - click) * patch.spacing_mm, axis=1)
        if away.min() <= reach_mm:
            chosen[np.unique(which[away <= away.min() + (CLUSTER_GAP_MM if away.min() > 1.5 else 0.0)])] = True
    kept = np.zeros_like(calcified)
    kept[box] = held & chosen[labels]
    return kept


def own_share(calcified: BoolArray, patch: Patch, clicks: FloatArray, rivals: FloatArray) -> BoolArray:
    """Return the fragments that belong to the clicks of a lesion and not to those of its neighbours.

    `clicks` and `rivals` are (n, 3) patch indices. A connected fragment goes to the nearer side as a whole; one that
    lies about as near to both (within `SHARED_MM`) is parted half-way between them.
    """
    if not len(rivals) or not calcified.any():
        return calcified
    points = np.argwhere(calcified)
    ours, theirs = (_distance(points, one, patch) for one in (clicks, rivals))
    labels, count = pieces(calcified, CORNERS)
    which = labels[tuple(points.T)]
    near = np.full((2, count + 1), np.inf)
    for side, away in zip(near, (ours, theirs), strict=True):
        np.minimum.at(side, which, away)
    own, other = near[0][which], near[1][which]
    keep = np.where(np.abs(own - other) < SHARED_MM, ours <= theirs, own <= other)
    share = np.zeros_like(calcified)
    share[tuple(points[keep].T)] = True
    return share


def _distance(points: AnyArray, clicks: FloatArray, patch: Patch) -> FloatArray:
    away: FloatArray = np.min(
        [np.linalg.norm((points - click) * np.array(patch.spacing_mm), axis=1) for click in clicks], axis=0
    )
    return away
