"""Registration of two studies of one patient on the native bone nearest to a lesion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.registration import Registration, Verdict, rows_of
from mo_viewer.track.cloud import Cloud, moved
from mo_viewer.track.edges import half_way
from mo_viewer.track.evidence import Evidence, judge_surface
from mo_viewer.track.icp import Fit, aligned, paired
from mo_viewer.track.search import FINE_MM, MANY, candidates
from mo_viewer.track.side import Side, side_of
from mo_viewer.track.tissue import tissue_agreement
from mo_viewer.track.verdict import verdict_of
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

ANCHOR_RADIUS_MM = 85.0
FARTHER_MM = 45.0
MOST_ANCHORS = 3
LEAST_AREA_MM2 = 1500.0
LOCAL_POINTS = 40000
RAW_POINTS = 12000


@dataclass(frozen=True, eq=False)
class Anchor:
    """The stretch of bone that is registered: its surface, the bones it belongs to, the bone point nearest a lesion."""

    cloud: Cloud
    owners: frozenset[int]
    nearest_mm: FloatArray


@dataclass(frozen=True, eq=False)
class Trial:
    """One anchor's best alignment and what speaks for it."""

    fit: Fit
    evidence: Evidence
    verdict: Verdict
    reason: str


def register(
    fixed: Volume,
    moving: Volume,
    near_mm: Sequence[Point] | None = None,
    exclude_fixed: Sequence[Mask] = (),
    exclude_moving: Sequence[Mask] = (),
    ticket: Ticket | None = None,
) -> Registration:
    """Find where points of `fixed` lie in `moving`."""
    ticket = ticket or Ticket()
    first, other = side_of(fixed, exclude_fixed, ticket), side_of(moving, exclude_moving, ticket)
    return register_sides(first, other, near_mm, ticket)


def register_sides(first: Side, other: Side, near_mm: Sequence[Point] | None, ticket: Ticket) -> Registration:
    near = _near(first, near_mm)
    trials = []
    for anchor in anchors(first, near):
        trial = try_anchor(anchor, first, other, near, ticket)
        if trial is not None:
            trials.append(trial)
            if trial.verdict is Verdict.GOOD:
                break
    return trials


def _near(first: Side, near_mm: Sequence[Point] | None) -> FloatArray:
    if near_mm is not None and len(near_mm):
        return np.atleast_2d(np.asarray(near_mm, dtype=np.float64))
    shape = np.array(first.volume.geometry.shape, dtype=np.float64)
    return first.volume.geometry.points_mm((shape - 1) / 2)


def anchors(first: Side, near_mm: FloatArray) -> list[Anchor]:
    """The nearest bone, or several together where one is too small to hold; then the next nearest ones."""
    found: list[Anchor] = []
    order = [(k, away) for k, away in first.bones.by_nearness(near_mm) if len(first.clouds[k - 1]) >= 60]
    for at, (number, away) in enumerate(order[:MOST_ANCHORS]):
        if away > order[0][1] + FARTHER_MM:
            break
        cloud = first.clouds[number - 1]
        distance, which = cloud.tree.query(near_mm)
        nearest = cloud.points_mm[int(np.asarray(which)[int(np.argmin(distance))])]
        part, owners = cloud.around(nearest, ANCHOR_RADIUS_MM), {number}
        for other, _ in order[at + 1 :]:
            if part.areas_mm2.sum() >= LEAST_AREA_MM2:
                break
            part = Cloud.joined([part, first.clouds[other - 1].around(nearest, ANCHOR_RADIUS_MM)])
            owners.add(other)
        found.append(Anchor(part, frozenset(owners), nearest))
    return found


def try_anchor(anchor: Anchor, first: Side, other: Side, near_mm: FloatArray, ticket: Ticket) -> Trial | None:
    """Search, refine on half-way surfaces, and weigh."""
    middle = near_mm.mean(axis=0)
    sharp = half_way(first.volume, anchor.cloud.thinned(RAW_POINTS))
    if len(sharp) < 60:
        return None
    found = candidates(sharp, other, middle, ticket)
    if not found:
        return None
    best = found[0]
    local = _local(sharp, best.fit, other)
    fit = aligned(sharp.thinned(MANY), local.joined, best.fit.matrix, FINE_MM, with_offset=True)
    if not fit.points:
        return None
    evidence = judge_surface(fit, sharp, anchor.owners, first, local, middle)
    rival = float(np.sqrt(found[1].gaps / max(best.gaps, 1e-9))) if len(found) > 1 else None
    tissue = tissue_agreement(fit.matrix, 0.5 * (anchor.nearest_mm + middle), first, other)
    evidence = replace(evidence, rival=rival, tissue=tissue)
    return Trial(fit, evidence, *verdict_of(evidence))


def _local(cloud: Cloud, fit: Fit, other: Side) -> Side:
    """The other study with only the surface that lies where the cloud comes to, half-way refined."""
    there = moved(cloud.points_mm, fit.matrix)
    low, high = there.min(axis=0) - 6.0, there.max(axis=0) + 6.0
    inside = ((other.joined.points_mm >= low) & (other.joined.points_mm <= high)).all(axis=1)
    sharp = half_way(other.volume, other.joined.where(inside).thinned(LOCAL_POINTS))
    return Side(other.volume, other.bones, (sharp,), other.hidden_mm)
