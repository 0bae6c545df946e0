"""Which stretch of which bone is registered: the one nearest to the lesion that is large enough to hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mo_viewer.track.cloud import Cloud
from mo_viewer.track.side import Side
from mo_viewer.volume.arrays import FloatArray, Point

RADIUS_MM = 85.0
FARTHER_MM = 45.0
MOST = 3
LEAST_AREA_MM2 = 1500.0
LEAST_POINTS = 60
WORTHWHILE = 1.1


@dataclass(frozen=True, eq=False)
class Anchor:
    """The surface that is registered, the bones it belongs to, and the bone point nearest to the lesion."""

    cloud: Cloud
    owners: frozenset[int]
    nearest_mm: FloatArray


def lesion_points(side: Side, near_mm: Sequence[Point] | Point | None) -> FloatArray:
    """(n, 3) points near which the registration must hold: those given, else the middle of the stack."""
    if near_mm is not None and len(near_mm):
        return np.asarray(near_mm, dtype=np.float64).reshape(-1, 3)
    shape = np.array(side.volume.geometry.shape, dtype=np.float64)
    return side.volume.geometry.points_mm((shape - 1) / 2)


def anchors(side: Side, near_mm: FloatArray) -> list[Anchor]:
    """Up to three anchors, the nearest first; a bone that is too small alone is taken with its next neighbours."""
    order = [(k, away) for k, away in side.bones.by_nearness(near_mm) if len(side.clouds[k - 1]) >= LEAST_POINTS]
    found: list[Anchor] = []
    for at, (number, away) in enumerate(order[:MOST]):
        if away > order[0][1] + FARTHER_MM:
            break
        nearest = _nearest(side.clouds[number - 1], near_mm)
        part, owners = side.clouds[number - 1].around(nearest, RADIUS_MM), {number}
        for other, _ in order[at + 1 :]:
            if part.areas_mm2.sum() >= LEAST_AREA_MM2:
                break
            part = Cloud.joined([part, side.clouds[other - 1].around(nearest, RADIUS_MM)])
            owners.add(other)
        found.append(Anchor(_off_joints(part, frozenset(owners), side), frozenset(owners), nearest))
    return found


def _off_joints(part: Cloud, owners: frozenset[int], side: Side) -> Cloud:
    """What does not face another bone, where that is enough: blur joins the two, and the joint may have moved."""
    off = part.where(~side.at_joint(part.points_mm, owners))
    return off if off.areas_mm2.sum() >= LEAST_AREA_MM2 else part


def with_neighbours(anchor: Anchor, side: Side) -> Anchor | None:
    """All bones round an anchor together; None where there are no others worth mentioning."""
    around = side.joined.around(anchor.nearest_mm, RADIUS_MM)
    if around.areas_mm2.sum() < WORTHWHILE * anchor.cloud.areas_mm2.sum():
        return None
    return Anchor(around, frozenset(range(1, side.bones.count + 1)), anchor.nearest_mm)


def _nearest(cloud: Cloud, near_mm: FloatArray) -> FloatArray:
    away, which = cloud.tree.query(near_mm)
    nearest: FloatArray = cloud.points_mm[int(which[int(np.argmin(away))])]
    return nearest
