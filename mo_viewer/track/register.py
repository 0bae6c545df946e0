"""Registration of two studies of one patient on the native bone nearest to a lesion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.registration import Registration, Verdict, rows_of
from mo_viewer.track.anchors import Anchor, anchors, lesion_points, with_neighbours
from mo_viewer.track.cloud import Cloud, moved
from mo_viewer.track.edges import half_way
from mo_viewer.track.evidence import Evidence, judge_surface
from mo_viewer.track.icp import Fit, aligned
from mo_viewer.track.search import FINE_MM, candidates
from mo_viewer.track.side import Side, side_of
from mo_viewer.track.tissue import tissue_agreement
from mo_viewer.track.verdict import TISSUE_SURE, verdict_of
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

LOCAL_POINTS, RAW_POINTS = 40000, 12000
LOCAL_MARGIN_MM = 6.0
LEAST_SHARP = 60
LEAST_SLICES = 4
_ORDER = (Verdict.GOOD, Verdict.CHECK, Verdict.FAILED)


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
    near_mm: Sequence[Point] | Point | None = None,
    exclude_fixed: Sequence[Mask] = (),
    exclude_moving: Sequence[Mask] = (),
    ticket: Ticket | None = None,
) -> Registration:
    """Find where the points of one study lie in another, by the native bone nearest to a lesion.

    Parameters
    ----------
    fixed, moving
        CT in Hounsfield units. The matrix takes a point of `fixed` to the same anatomical point of `moving`.
    near_mm
        LPS points in `fixed` (the lesion) near which the registration must hold; the middle of the stack when None.
    exclude_fixed, exclude_moving
        Lesions: they are no native bone, and they change.
    ticket
        Reports progress and takes a cancellation.

    Returns
    -------
    Always a registration; one that failed has no matrix and says why.

    Raises
    ------
    Refused
        When an image is not CT in Hounsfield units.
    Cancelled
        Once the ticket was cancelled.
    """
    ticket = ticket or Ticket()
    for volume in (fixed, moving):
        if volume.unit != "HU" or volume.is_colour or not volume.geometry.in_patient or volume.geometry.shape[0] < 2:
            raise Refused("Only CT in Hounsfield units can be registered.", "Choose an original CT series.")
    return registered(side_of(fixed, exclude_fixed, ticket), side_of(moving, exclude_moving, ticket), near_mm, ticket)


def registered(
    first: Side, other: Side, near_mm: Sequence[Point] | Point | None = None, ticket: Ticket | None = None
) -> Registration:
    """Register two studies whose bones are known already (`side_of`); many pairs share one side."""
    near, ticket = lesion_points(first, near_mm), ticket or Ticket()
    found = _told(trials(first, other, near, ticket), first, other, near)
    return found if found.verdict is not Verdict.FAILED else _from_the_other_side(first, other, near, ticket) or found


def _from_the_other_side(first: Side, other: Side, near: FloatArray, ticket: Ticket) -> Registration | None:
    """Search the other way round, where a study falls into other bones; believed only if the soft parts agree too."""
    for trial in trials(other, first, lesion_points(other, None), ticket):
        tissue = trial.evidence.tissue
        if trial.verdict is Verdict.FAILED or tissue is None or tissue < TISSUE_SURE:
            continue
        back: FloatArray = np.asarray(np.linalg.inv(trial.fit.matrix), dtype=np.float64)
        found = refined(first, other, back, [(float(x), float(y), float(z)) for x, y, z in near])
        if found.verdict is not Verdict.FAILED:
            reason = found.reason or "found from the other study only"
            return replace(found, verdict=Verdict.CHECK, reason=reason)
    return None


def refined(
    first: Side, other: Side, start: FloatArray, near_mm: Sequence[Point] | Point | None = None
) -> Registration:
    """Improve a transform that is known to within some millimetres, and judge it anew.

    It asks nothing about other places along or about the bone: that must have been settled where `start` comes from.
    """
    near = lesion_points(first, near_mm)
    tried = []
    for anchor in anchors(first, near):
        sharp = half_way(first.volume, anchor.cloud.thinned(RAW_POINTS))
        trial = _weighed(sharp, anchor, start, first, other, near) if len(sharp) >= LEAST_SHARP else None
        tried += [trial] if trial is not None else []
        if tried and tried[-1].verdict is not Verdict.FAILED:
            break
    return _told(tried, first, other, near)


def _told(tried: Sequence[Trial], first: Side, other: Side, near: FloatArray) -> Registration:
    """The best of what was tried, in the words of the findings."""
    studies = (first.volume.source.study_uid, other.volume.source.study_uid)
    middle = near.mean(axis=0)
    place = (float(middle[0]), float(middle[1]), float(middle[2]))
    if not tried:
        reason = "no bone of one study is found in the other"
        if not (first.bones.count and other.bones.count):
            fewest = min(len(side.volume.geometry.origins_mm) for side in (first, other))
            reason = "a study shows no bone" if fewest >= LEAST_SLICES else "a study has too few slices for its bone"
        return Registration(*studies, Verdict.FAILED, reason, near_mm=place)
    best = min(tried, key=lambda trial: _ORDER.index(trial.verdict))
    found = best.evidence
    return Registration(
        *studies,
        best.verdict,
        best.reason,
        None if best.verdict is Verdict.FAILED else rows_of(best.fit.matrix),
        near_mm=place,
        residual_mm=float(found.residual_mm) if np.isfinite(found.residual_mm) else None,
        overlap=min(found.overlap, found.overlap_back),
        condition=found.condition,
        error_mm=found.error_mm if np.isfinite(found.error_mm) else None,
        tissue=found.tissue,
    )


def trials(first: Side, other: Side, near_mm: FloatArray, ticket: Ticket) -> list[Trial]:
    """Try anchors until one does not fail; one that leaves doubts is tried again with its neighbours."""
    found: list[Trial] = []
    for anchor in anchors(first, near_mm):
        trial = _searched(anchor, first, other, near_mm, ticket)
        if trial is None:
            continue
        found.append(trial)
        wider = with_neighbours(anchor, first) if trial.verdict is Verdict.CHECK else None
        if wider is not None:
            sharp = half_way(first.volume, wider.cloud.thinned(RAW_POINTS))
            again = _weighed(sharp, wider, trial.fit.matrix, first, other, near_mm)
            found += [again] if again is not None else []
        if trial.verdict is not Verdict.FAILED:
            break
    return found


def _searched(anchor: Anchor, first: Side, other: Side, near_mm: FloatArray, ticket: Ticket) -> Trial | None:
    sharp = half_way(first.volume, anchor.cloud.thinned(RAW_POINTS))
    if len(sharp) < LEAST_SHARP:
        return None
    found = candidates(sharp, other, near_mm.mean(axis=0), ticket)
    if not found:
        return None
    rival = float(np.sqrt(found[1].gaps / max(found[0].gaps, 1e-9))) if len(found) > 1 else None
    return _weighed(sharp, anchor, found[0].matrix, first, other, near_mm, rival)


def _weighed(
    sharp: Cloud,
    anchor: Anchor,
    start: FloatArray,
    first: Side,
    other: Side,
    near_mm: FloatArray,
    rival: float | None = None,
) -> Trial | None:
    """Align on half-way surfaces, and weigh."""
    middle = near_mm.mean(axis=0)
    local = _local(sharp, start, other)
    fit = aligned(sharp, local.joined, start, FINE_MM, with_offset=True)
    if not fit.points:
        return None
    evidence = judge_surface(fit, sharp, anchor.owners, first, local, middle)
    tissue = tissue_agreement(fit.matrix, 0.5 * (anchor.nearest_mm + middle), first, other)
    evidence = replace(evidence, rival=rival, tissue=tissue)
    return Trial(fit, evidence, *verdict_of(evidence))


def _local(cloud: Cloud, matrix: FloatArray, other: Side) -> Side:
    """The other study with only the surface that lies where the cloud comes to, half-way refined."""
    there = moved(cloud.points_mm, matrix)
    low, high = there.min(axis=0) - LOCAL_MARGIN_MM, there.max(axis=0) + LOCAL_MARGIN_MM
    inside = ((other.joined.points_mm >= low) & (other.joined.points_mm <= high)).all(axis=1)
    sharp = half_way(other.volume, other.joined.where(inside).thinned(LOCAL_POINTS))
    return Side(other.volume, other.bones, (sharp,), other.hidden_mm)
