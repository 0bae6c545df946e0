"""From images to events: serial phantoms, one click a lesion and study, against what truly happened."""

from dataclasses import replace

import pytest

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.event import Occasion, PatientEvent
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.registration import Verdict, inverse_of
from mo_viewer.measure.lesion import measure
from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.courses import KINDS, befell, course
from mo_viewer.phantom.scanner import MEDIUM, Protocol
from mo_viewer.phantom.truth import truth_of
from mo_viewer.segment.mark import mark
from mo_viewer.track.course import follow
from mo_viewer.track.register import registered
from mo_viewer.track.side import side_of
from mo_viewer.volume.source import Patient

PROTOCOL = Protocol((96, 120, 120), (1.15, 1.1), 1.0, kernel=MEDIUM)
LASTING = {"stable", "grown", "shrunk", "denser", "maturing"}
CASES = [
    pytest.param(kind, seed, marks=() if (kind, seed) == ("denser", 2) else pytest.mark.long)
    for kind in KINDS
    for seed in (2, 3, 4, 5, 6)
]


@pytest.mark.parametrize(("kind", "seed"), CASES)
def test_a_course_is_told_as_it_was(kind, seed):
    visits = course(kind, seed, PROTOCOL)
    timepoints, sides, truths = [], [], []
    for visit in visits:
        volume = acquire(visit.limb, visit.protocol, visit.pose, visit.seed, visit.identity)
        lesions = []
        known = [truth_of(visit.limb, solid, visit.pose, visit.protocol.kvp) for solid in visit.limb.lesions]
        for solid, true in zip(visit.limb.lesions, known, strict=True):
            truths.append(true)
            rivals = [other.core_points_mm[0] for other in known if other is not true]
            marked = mark(volume, [true.core_points_mm[0]], rivals_mm=rivals)
            numbers = measure(volume, marked)
            lesions.append(
                Lesion(
                    f"{visit.weeks} {solid.name}",
                    solid.name,
                    marked.clicks_mm,
                    marked.mask,
                    marked.surface,
                    measurements=numbers.measurements,
                    quality=numbers.quality,
                )
            )
        timepoints.append(replace(Timepoint.of(volume.source), lesions=tuple(lesions)))
        sides.append(side_of(volume, [x.mask for x in lesions], Ticket()))
    registrations = [
        between(*pair) for pair in zip(sides[:-1], sides[1:], timepoints[:-1], timepoints[1:], strict=True)
    ]
    assert {r.verdict for r in registrations} == {Verdict.GOOD}
    operations = [PatientEvent(t.date, Occasion.EXCISION) for v, t in zip(visits, timepoints, strict=True) if v.event]
    found = follow(Document(Patient("p"), tuple(timepoints)), registrations, operations)
    told = [tuple(e.kind.value for e in one.events) for one in found.courses]
    assert sorted(told) == sorted(befell(kind))
    if kind in LASTING:
        (one,) = found.courses
        for at, change in enumerate(one.changes):
            before, after = truths[at], truths[at + 1]
            true = 100 * (after.volume_mm3 / before.volume_mm3 - 1)
            assert change.of("volume").percent == pytest.approx(true, abs=5)
            true = 100 * (after.excess_hu_mm3 / before.excess_hu_mm3 - 1)
            assert change.of("mineral_content").percent == pytest.approx(true, abs=10)


def between(first, second, before, after):
    """The registration of two neighbours, from whichever study has a lesion."""
    if before.lesions or not after.lesions:
        return registered(first, second, places(before))
    return inverse_of(registered(second, first, places(after)))


def places(timepoint):
    return [tuple(x.mask.points_mm().mean(axis=0)) for x in timepoint.lesions] or None
