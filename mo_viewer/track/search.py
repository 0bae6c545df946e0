"""The best few alignments of one bone's surface on another study's, from many starts."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.track.cloud import Cloud, moved
from mo_viewer.track.icp import Fit, aligned, paired
from mo_viewer.track.side import Side
from mo_viewer.track.starts import starts
from mo_viewer.volume.arrays import FloatArray

FEW, SOME, MANY = 300, 1200, 6000
ROUGH_MM = (25.0, 18.0, 12.0, 9.0, 7.0, 6.0)
MIDDLE_MM = (7.0, 6.0, 5.0, 4.0, 3.0, 3.0, 2.5, 2.5, 2.0, 2.0)
FINE_MM = (2.0,) * 4 + (1.5,) * 20
KEPT_ROUGH, KEPT_MIDDLE = 14, 4
SAME_MM = 2.5
LEAST_SEEN = 0.2
UNSEEN_COST = 0.35


@dataclass(frozen=True, eq=False)
class Candidate:
    """An alignment, its cost (0 perfect, 1 nothing matches), and the part of the cost that gaps make."""

    fit: Fit
    cost: float
    gaps: float


def candidates(anchor: Cloud, other: Side, near_mm: FloatArray, ticket: Ticket) -> list[Candidate]:
    """Return up to four distinct alignments of `anchor` with any bone of the other study, best first.

    Two alignments are the same when they carry `near_mm` to within 2.5 mm of each other.
    """
    few = anchor.thinned(FEW)
    rough = []
    begin = [(start, bone) for bone in other.clouds if len(bone) >= 60 for start in starts(anchor, bone)]
    target = other.joined
    thin = target.thinned(15000)
    for at, (start, _) in enumerate(begin):
        if at % 16 == 0:
            ticket.progress(at, len(begin), "registration")
        if np.mean(other.sees(moved(few.points_mm, start))) < LEAST_SEEN / 2:
            continue
        fit = aligned(few, thin, start, ROUGH_MM, floor_mm=1.0)
        if fit.points:
            rough.append(Candidate(fit, *cost(few, other, fit.matrix, 5.0)))
    middle = []
    some = anchor.thinned(SOME)
    for candidate in distinct(rough, near_mm)[:KEPT_ROUGH]:
        ticket.check()
        fit = aligned(some, target, candidate.fit.matrix, MIDDLE_MM, floor_mm=0.2)
        if fit.points:
            middle.append(Candidate(fit, *cost(some, other, fit.matrix, 3.0)))
    fine = []
    many = anchor.thinned(MANY)
    for candidate in distinct(middle, near_mm)[:KEPT_MIDDLE]:
        ticket.check()
        fit = aligned(many, target, candidate.fit.matrix, FINE_MM, with_offset=True)
        if fit.points:
            fine.append(Candidate(fit, *cost(many, other, fit.matrix, 2.0)))
    return distinct(fine, near_mm)


def cost(cloud: Cloud, other: Side, matrix: FloatArray, reach_mm: float) -> tuple[float, float]:
    """Mean squared gap, cut off and scaled to 1 at reach; over all points, and over those that can be seen.

    Points that the other study cannot show cost 0.35.
    """
    seen = other.sees(moved(cloud.points_mm, matrix))
    if np.mean(seen) < LEAST_SEEN:
        return 1.0, 1.0
    pairs, known = paired(cloud, other.joined, matrix, reach_mm + other.slack_mm)
    gap = np.where(known, np.minimum(np.abs(pairs.gap_mm) / reach_mm, 1.0), 1.0)
    return float(np.where(seen, gap**2, UNSEEN_COST).mean()), float((gap[seen] ** 2).mean())


def distinct(found: list[Candidate], near_mm: FloatArray) -> list[Candidate]:
    """The candidates in order of cost, without those that say the same as a better one."""
    kept: list[Candidate] = []
    places: list[FloatArray] = []
    around = near_mm + np.vstack([np.zeros(3), 15.0 * np.eye(3), -15.0 * np.eye(3)])
    for candidate in sorted(found, key=lambda c: c.cost):
        place = moved(around, candidate.fit.matrix)
        if all(np.linalg.norm(place - other, axis=1).max() > SAME_MM for other in places):
            kept.append(candidate)
            places.append(place)
    return kept
