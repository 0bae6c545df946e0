"""Whether points lie in one body: no waist is between the middles that they lie nearest to."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.segment.distance import depth_in
from mo_viewer.segment.pieces import CORNERS, pieces
from mo_viewer.volume.arrays import AnyArray, Point
from mo_viewer.volume.mask import Mask

WAIST_SHARE, LEAST_WAIST_MM = 0.35, 1.0
"""A waist is less deep than the middles at both its sides by so much of the body's greatest depth (own choice: two
equal balls are told apart until the disc in which they meet is half as wide as they are)."""
NEAR_MM = 3.0
"""So far outside a body a click still means it."""


def of_the_same_body(mask: Mask, click_mm: Point, others_mm: Sequence[Point]) -> tuple[bool, ...]:
    """Return which of other LPS points mean the same body of a mask as a click does.

    From the voxel nearest to each the way leads inwards to a middle; between two middles the deepest way is as deep as
    the waist between them.
    """
    depth = np.pad(depth_in(np.pad(mask.inside, 1), mask.geometry.spacing_mm)[1:-1, 1:-1, 1:-1], 1)
    least = max(LEAST_WAIST_MM, WAIST_SHARE * float(depth.max()))
    own, _ = _middle(mask, depth, click_mm)
    found = [_middle(mask, depth, other) for other in others_mm]
    return tuple(away <= NEAR_MM and _joined(depth, own, middle, least) for middle, away in found)


def _middle(mask: Mask, depth: AnyArray, point_mm: Point) -> tuple[tuple[int, ...], float]:
    """Where the way inwards from the voxel nearest to a point ends, and how far off that voxel is (mm)."""
    away = np.linalg.norm(mask.points_mm() - point_mm, axis=1)
    at = np.argwhere(mask.inside)[int(np.argmin(away))] + 1
    while True:
        around = depth[tuple(slice(i - 1, i + 2) for i in at)]
        step = np.array(np.unravel_index(int(np.argmax(around)), around.shape)) - 1
        if around.max() <= depth[tuple(at)]:
            return tuple(int(i) for i in at), float(away.min())
        at = at + step


def _joined(depth: AnyArray, one: tuple[int, ...], other: tuple[int, ...], least_mm: float) -> bool:
    """Whether the deepest way between two voxels stays within `least_mm` of the less deep of them."""
    low = min(float(depth[one]), float(depth[other])) - least_mm
    if low <= 0.0:
        return True
    labels, _ = pieces(depth >= low, CORNERS)
    return bool(labels[one] == labels[other])
