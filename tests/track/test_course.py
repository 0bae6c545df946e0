from dataclasses import replace

import numpy as np
import pytest
from drawn_lesions import CT, MOVED, ball, document, lesion, registration, timepoint

from mo_viewer.findings.event import Fate, Occasion, PatientEvent
from mo_viewer.findings.registration import Verdict, inverse_of
from mo_viewer.track.change import Category
from mo_viewer.track.course import ACCEPTED, CORRECTED, follow
from mo_viewer.track.ways import pairs_of, way

A, B, BRIDGE = (0.0, 0.0, 0.0), (0.0, 4.0, 21.0), (0.0, 2.0, 10.0)
DENSE = {"mineral_content": 3.0e6, "p95_hu": 900.0, "normalised_density": 0.8}
FAINT = {"mineral_content": 1.5e6, "p95_hu": 450.0, "normalised_density": 0.4}
DAYS = ("2024-01-10", "2024-04-10", "2024-10-10")
EXCISION = PatientEvent("2024-02-01", Occasion.EXCISION)


def drawn(uid, *balls, there=False, **values):
    mask = ball(*balls, matrix=MOVED if there else None)
    return lesion(uid, mask, **({"surface_mm2": 100.0} | DENSE | values))


def followed(before, after, events=(), acquisition=CT, known=None):
    patient = document(timepoint("one", DAYS[0], *before), timepoint("two", DAYS[1], *after, acquisition=acquisition))
    return follow(patient, [known or registration("one", "two")], events)


def kinds(found):
    return {course.tracking_uid: [event.kind for event in course.events] for course in found.courses}


FATES = {
    "new": ([], [("b", ((A, 8),), {})], (), {"b": [Fate.NEW]}),
    "stable": ([("a", ((A, 8),), {})], [("b", ((A, 8),), {})], (), {"a": [Fate.STABLE]}),
    "grown": ([("a", ((A, 7),), {})], [("b", ((A, 9),), {})], (), {"a": [Fate.GROWN]}),
    "shrunk": ([("a", ((A, 9),), {})], [("b", ((A, 7),), {})], (), {"a": [Fate.SHRUNK]}),
    "denser": ([("a", ((A, 8),), FAINT)], [("b", ((A, 8),), {})], (), {"a": [Fate.DENSER]}),
    "resorbed": ([("a", ((A, 8),), {})], [], (), {"a": [Fate.RESORBED]}),
    "excised": ([("a", ((A, 8),), {})], [], (EXCISION,), {"a": [Fate.EXCISED]}),
    "merged": (
        [("a", ((A, 8),), {}), ("c", ((B, 7),), {})],
        [("b", ((A, 8), (B, 7), (BRIDGE, 7)), {})],
        (),
        {"a": [Fate.MERGED], "c": [Fate.MERGED]},
    ),
    "split": (
        [("a", ((A, 8), (B, 7), (BRIDGE, 7)), {})],
        [("b", ((A, 8),), {}), ("c", ((B, 7),), {})],
        (),
        {"a": [Fate.SPLIT], "c": [Fate.SPLIT]},
    ),
    "two fates at once": (
        [("a", ((A, 8),), {}), ("c", ((B, 5),), {})],
        [("b", ((A, 8),), {})],
        (),
        {"a": [Fate.STABLE], "c": [Fate.RESORBED]},
    ),
}


@pytest.mark.parametrize("name", FATES)
def test_every_interval_gives_every_lesion_the_event_that_befell_it(name):
    before, after, events, expected = FATES[name]
    found = followed(
        [drawn(uid, *balls, **values) for uid, balls, values in before],
        [drawn(uid, *balls, there=True, **values) for uid, balls, values in after],
        events,
    )
    assert kinds(found) == expected
    for course in found.courses:
        assert {event.study_uid for event in course.events} == {"two"}
        assert {event.date for event in course.events} == {DAYS[1]}
        assert all(event.evidence for event in course.events)


def test_a_merger_changes_as_a_whole_and_names_its_sources():
    found = followed([drawn("a", (A, 8)), drawn("c", (B, 7))], [drawn("b", (A, 8), (B, 7), (BRIDGE, 7), there=True)])
    first, second = found.courses
    assert (first.events[0].with_uids, second.events[0].with_uids) == (("c",), ("a",))
    before, after = (sum(x.measured("volume").value for x in t.lesions) for t in found.document.timepoints)
    assert first.changes[0].of("volume").percent == pytest.approx(100 * (after / before - 1))
    assert second.changes == ()


def test_a_lesion_bears_one_tracking_uid_and_label_for_life():
    patient = document(
        timepoint("one", DAYS[0], drawn("a", (A, 8))),
        timepoint("two", DAYS[1], drawn("b", (A, 8), there=True)),
        timepoint("three", DAYS[2], drawn("c", (A, 8))),
    )
    known = [registration("one", "two"), inverse_of(replace(registration("three", "two"), verdict=Verdict.CHECK))]
    found = follow(patient, known)
    assert [t.lesions[0].tracking_uid for t in found.document.timepoints] == ["a", "a", "a"]
    assert {t.lesions[0].label for t in found.document.timepoints} == {"a"}
    (course,) = found.courses
    assert [e.kind for e in course.events] == [Fate.STABLE, Fate.STABLE]
    assert [e.certain for e in course.events] == [True, False]
    assert course.since_baseline.days == 274


def test_a_uid_that_was_exported_survives():
    patient = document(
        timepoint("one", DAYS[0], drawn("a", (A, 8))), timepoint("two", DAYS[1], drawn("b", (A, 8), there=True))
    )
    found = follow(patient, [registration("one", "two")], settled=frozenset({"b"}))
    assert [t.lesions[0].tracking_uid for t in found.document.timepoints] == ["b", "b"]


def test_a_lesion_in_the_bed_of_an_excised_one_recurred_in_the_same_course():
    patient = document(
        timepoint("one", DAYS[0], drawn("a", (A, 9))),
        timepoint("two", DAYS[1]),
        timepoint("three", DAYS[2], drawn("c", ((2.0, 0.0, 3.0), 6)), drawn("d", (B, 5))),
    )
    known = [registration("one", "two"), inverse_of(registration("three", "two"))]
    found = follow(patient, known, (EXCISION,))
    assert kinds(found) == {"a": [Fate.EXCISED, Fate.RECURRED], "d": [Fate.NEW]}


def test_without_an_operation_a_lesion_that_comes_back_is_new():
    patient = document(
        timepoint("one", DAYS[0], drawn("a", (A, 9))),
        timepoint("two", DAYS[1]),
        timepoint("three", DAYS[2], drawn("c", (A, 6))),
    )
    known = [registration("one", "two"), inverse_of(registration("three", "two"))]
    assert kinds(follow(patient, known)) == {"a": [Fate.RESORBED], "c": [Fate.NEW]}


def test_a_place_that_the_later_study_does_not_show_is_not_called_gone():
    before = drawn("a", (A, 8))
    patient = document(timepoint("one", DAYS[0], before), timepoint("two", DAYS[1]))
    elsewhere = before.mask.geometry.crop((0, 0, 0), (10, 20, 20))
    found = follow(patient, [registration("one", "two")], geometries={"two": elsewhere})
    assert kinds(found) == {"a": []}


def test_studies_that_cannot_be_compared_give_events_that_must_be_looked_at_and_no_percentages():
    found = followed(
        [drawn("a", (A, 7))], [drawn("b", (A, 9), there=True)], acquisition=replace(CT, kvp=80.0, slice_mm=5.0)
    )
    (course,) = found.courses
    assert (course.events[0].kind, course.events[0].certain) == (Fate.GROWN, False)
    assert course.changes[0].of("volume").percent is None
    assert course.changes[0].of("volume").category is Category.CANNOT_TELL


@pytest.mark.parametrize(("last_mm", "kind", "said"), [(7.7, Fate.GROWN, ""), (7, Fate.STABLE, "unchanged")])
def test_what_the_study_before_cannot_tell_is_told_from_the_last_one_that_can(last_mm, kind, said):
    odd = replace(CT, kvp=80.0, slice_mm=5.0)
    patient = document(
        timepoint("one", DAYS[0], drawn("a", (A, 7))),
        timepoint("two", DAYS[1], drawn("b", (A, 7)), acquisition=odd),
        timepoint("three", DAYS[2], drawn("c", (A, last_mm))),
    )
    between = [registration("one", "two", np.eye(4)), registration("two", "three", np.eye(4))]
    (course,) = follow(patient, between).courses
    second, third = course.events
    assert (second.kind, second.certain) == (Fate.STABLE, False)
    assert (third.kind, third.certain) == (kind, False)
    assert third.evidence[-1].startswith(f"from the study of {DAYS[0]}, which can be compared: ")
    assert said in third.evidence[-1]
    assert [(c.from_study, c.to_study) for c in course.changes] == [("one", "two"), ("two", "three")]


def test_without_a_registration_only_a_shared_uid_joins():
    failed = registration("one", "two", None, Verdict.FAILED)
    apart = followed([drawn("a", (A, 8))], [drawn("b", (A, 8))], known=failed)
    assert kinds(apart) == {"a": [], "b": []}
    together = followed([drawn("a", (A, 8))], [drawn("a", (B, 8))], known=failed)
    assert [t.lesions[0].tracking_uid for t in together.document.timepoints] == ["a", "a"]
    assert together.courses[0].changes[0].of("volume").category is Category.NO_CHANGE


def test_maturing_without_growing_reads_denser_not_larger():
    found = followed([drawn("a", (A, 8), **FAINT)], [drawn("b", (A, 8), there=True)])
    (course,) = found.courses
    assert course.changes[0].statement == "denser, not larger"
    assert course.events[0].kind is Fate.DENSER


def test_the_way_between_two_studies_goes_over_others_and_never_through_a_failed_one():
    known = [registration("a", "b"), registration("b", "c"), registration("c", "d", None, Verdict.FAILED)]
    there, back = way(known, "a", "c"), way(known, "c", "a")
    assert there.matrix == pytest.approx(MOVED @ MOVED)
    assert there.matrix @ back.matrix == pytest.approx(__import__("numpy").eye(4), abs=1e-9)
    assert way(known, "a", "d") is None
    assert pairs_of(["1", "2", "3", "4"]) == [("1", "2"), ("2", "3"), ("3", "4"), ("1", "4"), ("2", "4")]
    assert pairs_of(["1"]) == []


def test_a_study_that_cannot_tell_is_passed_over():
    patient = document(
        timepoint("one", DAYS[0], drawn("a", (A, 7))),
        timepoint("two", DAYS[1]),
        timepoint("three", DAYS[2], drawn("c", (A, 9), there=True)),
    )
    direct = registration("one", "three")
    nothing = registration("one", "two", None, Verdict.FAILED)
    assert kinds(follow(patient, [nothing, direct])) == {"a": [Fate.GROWN]}
    placed = [registration("one", "two", MOVED @ MOVED), direct]
    assert kinds(follow(patient, placed, unread=frozenset({"two"}))) == {"a": [Fate.GROWN]}
    assert kinds(follow(patient, placed)) == {"a": [Fate.RESORBED], "c": [Fate.NEW]}


def test_what_the_reader_has_judged_counts_instead_of_the_proposal():
    patient = document(
        timepoint("one", DAYS[0], drawn("a", (A, 7))), timepoint("two", DAYS[1], drawn("b", (A, 9), there=True))
    )
    known = [registration("one", "two", verdict=Verdict.CHECK)]
    (proposal,) = follow(patient, known).courses[0].events
    assert (proposal.kind, proposal.certain) == (Fate.GROWN, False)
    accepted = follow(patient.with_judged(proposal), known).courses[0].events
    assert [(e.kind, e.certain, e.evidence[-1]) for e in accepted] == [(Fate.GROWN, True, ACCEPTED)]
    said = patient.with_judged(proposal).with_judged(replace(proposal, kind=Fate.STABLE))
    (corrected,) = follow(said, known).courses[0].events
    assert (corrected.kind, corrected.certain) == (Fate.STABLE, True)
    assert corrected.evidence[-1] == f"{CORRECTED}; computed was grown"
    assert set(proposal.evidence) < set(corrected.evidence)


def test_no_two_lesions_of_a_split_bear_one_label():
    whole = replace(drawn("a", (A, 8), (B, 7), (BRIDGE, 7)), label="Lesion 1")
    smaller, larger = drawn("b", (B, 7), there=True), drawn("c", (A, 8), there=True)
    found = followed([whole], [replace(smaller, label="Lesion 1"), replace(larger, label="Lesion 2")])
    assert {x.tracking_uid: x.label for x in found.document.timepoints[1].lesions} == {"a": "Lesion 1", "b": "Lesion 2"}


def test_a_label_in_the_reader_s_own_words_stays_though_two_bear_it():
    one, other = replace(drawn("a", (A, 8)), label="thigh"), replace(drawn("b", (B, 7)), label="thigh")
    found = followed([one, other], [])
    assert [x.label for x in found.document.timepoints[0].lesions] == ["thigh", "thigh"]
