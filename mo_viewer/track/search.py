"""The best few alignments of one bone's surface on another study's, from many starts."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.track import flock
from mo_viewer.track.cloud import Cloud, moved
from mo_viewer.track.icp import Fit, aligned, paired
from mo_viewer.track.side import Side
from mo_viewer.track.starts import starts
from mo_viewer.volume.arrays import FloatArray

FEW, SOME, MANY = 180, 1000, 6000
ROUGH_MM = (25.0, 18.0, 12.0, 9.0, 7.0, 6.0, 6.0)
MIDDLE_MM = (7.0, 6.0, 5.0, 4.0, 3.0, 3.0, 2.5, 2.5, 2.0, 2.0)
FINE_MM = (2.0,) * 4 + (1.5,) * 20
THIN_TARGET = 20000
BATCH = 64
KEPT_ROUGH, KEPT_MIDDLE = 12, 3
HOPELESS = 3.0
SAME_MM = 2.5
LEAST_SEEN = 0.2
UNSEEN_COST = 0.35


@dataclass(frozen=True, eq=False)
class Candidate:
    """An alignment, its cost (0 perfect, 1 nothing matches), and the part of the cost that gaps make."""

    matrix: FloatArray
    cost: float
    gaps: float
    fit: Fit | None = None


def candidates(anchor: Cloud, other: Side, near_mm: FloatArray, ticket: Ticket) -> list[Candidate]:
    """Return up to three distinct alignments of `anchor` with any bone of the other study, best first.

    Two alignments are the same when they carry the surroundings of `near_mm` to within 2.5 mm of each other.
    """
    rough = _rough(anchor, other, ticket)
    found = []
    for candidate in distinct(rough, near_mm)[:KEPT_ROUGH]:
        ticket.check()
        found += _finer(anchor.thinned(SOME), other, candidate, MIDDLE_MM, 0.2, 3.0, False)
    best = distinct(found, near_mm)[:KEPT_MIDDLE]
    fine = []
    for candidate in best:
        ticket.check()
        if candidate.cost <= HOPELESS * best[0].cost + 0.05:
            fine += _finer(anchor.thinned(MANY // 2), other, candidate, FINE_MM, 0.05, 2.0, True)
    return distinct(fine, near_mm)


def _rough(anchor: Cloud, other: Side, ticket: Ticket) -> list[Candidate]:
    few = anchor.thinned(FEW)
    begin = [start for bone in other.clouds if len(bone) >= 60 for start in starts(anchor, bone.thinned(6000))]
    target = other.joined.thinned(THIN_TARGET)
    found = []
    for first in range(0, len(begin), BATCH):
        ticket.progress(first, len(begin), "registration")
        batch = np.array(begin[first : first + BATCH])
        matrices = flock.improved(few, target, batch, ROUGH_MM)
        gap = flock.gaps(few, target, matrices, 5.0)
        for matrix, own in zip(matrices, gap, strict=True):
            found.append(Candidate(matrix, *_cost(own, other, moved(few.points_mm, matrix))))
    return [candidate for candidate in found if candidate.cost < 1.0]


def _finer(
    cloud: Cloud,
    other: Side,
    candidate: Candidate,
    reaches_mm: tuple[float, ...],
    floor_mm: float,
    reach_mm: float,
    with_offset: bool,
) -> list[Candidate]:
    fit = aligned(cloud, other.joined, candidate.matrix, reaches_mm, with_offset, floor_mm)
    if not fit.points:
        return []
    pairs, known = paired(cloud, other.joined, fit.matrix, reach_mm + other.slack_mm)
    gap = np.where(known, np.minimum(np.abs(pairs.gap_mm) / reach_mm, 1.0), 1.0)
    return [Candidate(fit.matrix, *_cost(gap, other, moved(cloud.points_mm, fit.matrix)), fit)]


def _cost(gap: FloatArray, other: Side, there_mm: FloatArray) -> tuple[float, float]:
    """Mean squared gap over all points (0.35 where the other study cannot show one), and over those it shows."""
    seen = other.sees(there_mm)
    if np.mean(seen) < LEAST_SEEN:
        return 1.0, 1.0
    return float(np.where(seen, gap**2, UNSEEN_COST).mean()), float((gap[seen] ** 2).mean())


def distinct(found: list[Candidate], near_mm: FloatArray) -> list[Candidate]:
    """The candidates in order of cost, without those that say the same as a better one."""
    kept: list[Candidate] = []
    places: list[FloatArray] = []
    around = near_mm + np.vstack([np.zeros(3), 15.0 * np.eye(3), -15.0 * np.eye(3)])
    for candidate in sorted(found, key=lambda c: c.cost):
        place = moved(around, candidate.matrix)
        if all(np.linalg.norm(place - other, axis=1).max() > SAME_MM for other in places):
            kept.append(candidate)
            places.append(place)
    return kept
