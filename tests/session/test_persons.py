"""Several patient IDs of one person: joined, kept, undone, parted, removed; nothing joins them but a reader."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from small_findings import labels

from mo_viewer.base.faults import Refused
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.event import Fate, LesionEvent, Occasion, PatientEvent
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.session.persons import Persons, compared, may_be_one
from mo_viewer.session.purge import kept_of, purge
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store
from mo_viewer.volume.source import Patient, Source

TOWN = Patient(key="aaa", id="42", name="Doe^Jane", sex="F", birth_date="1980-01-02")
UNIVERSITY = Patient(key="bbb", id="U-7", name="Doe-Roe^Jane^M", sex="F", birth_date="1980-01-02")
THIRD = Patient(key="ccc", id="9", name="Doe^Jane", sex="F", birth_date="1980-02-01")


def timepoint(patient: Patient, number: int) -> Timepoint:
    source = Source(patient, f"1.{patient.identity}.{number}", "2.5", "CT", date=f"2024-0{number}-01")
    return Timepoint.of(source)


def found(document: Document, patient: Patient, number: int, uid: str, label: str) -> Document:
    return document.with_lesion(timepoint(patient, number), Lesion(uid, label, ((1.0, 2.0, 3.0),)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "findings.sqlite"


@pytest.fixture
def session(path: Path):
    """Two IDs with a lesion each, both called L1; that of the town is current."""
    made = Session(Store(path))
    for patient, number in ((UNIVERSITY, 1), (TOWN, 2)):
        made.change("Mark L1", found(made.open_patient(patient), patient, number, f"2.25.{number}", "L1"))
    yield made
    made.close()


def reopened(path: Path, patient: Patient) -> Session:
    session = Session(Store(path))
    session.open_patient(session.persons.of(patient))
    return session


def test_joined_ids_are_one_patient_whose_studies_say_which_id_they_bear(session: Session, path: Path) -> None:
    session.join(UNIVERSITY)
    document = session.document
    assert document.patient == TOWN
    assert document.joined == (UNIVERSITY,)
    assert [(t.identity, [x.label for x in t.lesions]) for t in document.timepoints] == [
        ("bbb", ["Lesion 2"]),
        ("", ["L1"]),
    ]
    assert session.persons.of(UNIVERSITY) == replace(UNIVERSITY, key="aaa", own_key="bbb")
    session.close()
    for patient in (TOWN, UNIVERSITY):
        with closing(reopened(path, patient)) as again:
            assert again.document == document


def test_undo_takes_the_answer_back_and_redo_gives_it_again(session: Session) -> None:
    before = session.document
    session.join(UNIVERSITY)
    session.undo()
    assert session.document == before
    assert session.persons.of(UNIVERSITY) == UNIVERSITY
    assert labels(session.open_patient(UNIVERSITY)) == ["L1"]
    session.open_patient(TOWN)
    session.redo()
    assert session.persons.of(UNIVERSITY).key == "aaa"


def test_the_answer_stands_in_the_audit_record(session: Session) -> None:
    session.join(UNIVERSITY)
    session.part("bbb")
    session.tell_apart(UNIVERSITY)
    session.flush()
    said = [(entry.patient, entry.detail) for entry in session.audit.entries()]
    assert ("aaa", "Same patient as bbb") in said
    assert ("aaa", "Not the same patient as bbb") in said
    assert session.audit.broken_at() is None


def test_parted_findings_go_back_to_their_id_with_what_was_found_meanwhile(session: Session, path: Path) -> None:
    session.join(UNIVERSITY)
    theirs = session.persons.of(UNIVERSITY)
    document = found(session.document, theirs, 1, "2.25.2", "L1")
    document = found(document, theirs, 3, "2.25.9", "L3")
    first, second, last = (t.study_uid for t in document.timepoints)
    pairs = ((first, second), (first, last), (second, last))
    document = replace(
        document,
        registrations=tuple(Registration(*pair, Verdict.FAILED) for pair in pairs),
        judged=(LesionEvent("2.25.2", Fate.NEW, first), LesionEvent("2.25.2", Fate.GROWN, second)),
        events=(PatientEvent("2024-01-01", Occasion.INJURY),),
    )
    session.change("Follow", document)
    session.part("bbb")
    assert [t.study_uid for t in session.document.timepoints] == [second]
    assert session.document.joined == ()
    assert session.document.registrations == ()
    assert [e.study_uid for e in session.document.judged] == [second]
    session.close()
    with closing(reopened(path, UNIVERSITY)) as again:
        own = again.document
    assert own.patient == UNIVERSITY
    assert [(t.study_uid, t.identity) for t in own.timepoints] == [(first, ""), (last, "")]
    uids = [lesion.tracking_uid for t in own.timepoints for lesion in t.lesions]
    assert uids[0] == "2.25.1"
    assert uids[1] not in ("2.25.2", "2.25.1")
    assert uids[2] == "2.25.9"
    assert [(e.study_uid, e.tracking_uid) for e in own.judged] == [(first, uids[1])]
    assert [(r.from_study, r.to_study) for r in own.registrations] == [(first, last)]
    assert own.events == ()


def test_three_ids_are_one_person_whichever_way_they_were_joined(session: Session, path: Path) -> None:
    session.join(UNIVERSITY)
    session.open_patient(THIRD)
    session.join(session.persons.of(UNIVERSITY))
    assert session.document.patient == THIRD
    assert {one.key for one in session.document.joined} == {"aaa", "bbb"}
    assert {session.persons.key_of(key) for key in ("aaa", "bbb", "ccc")} == {"ccc"}
    with pytest.raises(Refused):
        session.join(TOWN)
    session.close()
    with closing(reopened(path, UNIVERSITY)) as again:
        assert again.document.patient == THIRD
        assert len(labels(again.document)) == 2


def test_an_id_said_to_be_another_persons_is_remembered_by_its_key_only(session: Session, path: Path) -> None:
    session.tell_apart(UNIVERSITY)
    assert session.persons.are_apart("bbb", "aaa")
    assert session.persons.of(UNIVERSITY) == UNIVERSITY
    assert session.document.identities[0].patient == Patient("bbb")
    session.close()
    with closing(Store(path)) as store:
        assert Persons(store.identities()).are_apart("aaa", "bbb")
    with closing(reopened(path, TOWN)) as again:
        again.undo()
        assert not again.persons.are_apart("aaa", "bbb")


def test_a_joined_id_is_not_parted_twice_nor_the_patients_own(session: Session) -> None:
    with pytest.raises(Refused):
        session.part("aaa")
    session.join(UNIVERSITY)
    session.part("bbb")
    with pytest.raises(Refused):
        session.part("bbb")


def test_what_is_kept_is_found_under_each_of_the_ids(session: Session) -> None:
    session.join(UNIVERSITY)
    session.join(replace(THIRD, key="ddd"))
    session.flush()
    for text in ("42", "U-7", "9", "aaa", "bbb", "ddd"):
        assert session._store.called(text) == ("aaa",), text
    assert session._store.called("") == ()
    assert session._store.called("43") == ()


@pytest.mark.parametrize("named", ["aaa", "bbb"])
def test_removing_a_person_removes_all_their_ids(session: Session, path: Path, named: str) -> None:
    session.join(UNIVERSITY)
    session.close()
    with closing(Store(path)) as store:
        assert kept_of(store, named).states == 5
        assert purge(store, named) == 5
        assert store.patients() == ()
        for text in (b"Doe", b"U-7"):
            assert all(text not in file.read_bytes() for file in path.parent.iterdir())


def test_removing_an_id_that_was_joined_once_takes_it_out_of_the_others_history_too(
    session: Session, path: Path
) -> None:
    session.join(UNIVERSITY)
    session.part("bbb")
    session.forget(UNIVERSITY)
    session.purge("bbb")
    session.close()
    with closing(Store(path)) as store:
        assert store.patients() == ("aaa",)
        assert labels(store.head("aaa").document) == ["L1"]
    for file in path.parent.iterdir():
        assert b"Doe-Roe" not in file.read_bytes(), file.name
    with closing(reopened(path, TOWN)) as again:
        assert labels(again.document) == ["L1"]


def test_damaged_findings_say_nothing_about_ids(path: Path) -> None:
    with closing(Store(path)) as store:
        store.append("Same", Document(TOWN), None)
        with store.work() as db:
            db.execute("DROP TRIGGER revision_stays")
            db.execute("""UPDATE revision SET document = '{"identities":[{' """)
        assert store.identities() == ()


def test_names_agree_without_accents_case_order_and_hyphens() -> None:
    name, birth, sex, number = compared(
        Patient("a", "1", "Müller-Weiß^Anna", "F", "1980-01-02"), Patient("b", "2", "MULLER WEISS^ANNA", "F")
    )
    assert (name.agrees, birth.agrees, sex.agrees, number.agrees) == (True, None, True, False)
    assert (birth.ours, birth.theirs) == ("1980-01-02", "")


@pytest.mark.parametrize(
    ("theirs", "is_asked"),
    [
        (UNIVERSITY, True),
        (replace(TOWN, birth_date="1980-01-03"), True),
        (replace(TOWN, birth_date="1980-02-03"), False),
        (replace(TOWN, birth_date=""), False),
        (replace(TOWN, name="Roe^Richard"), False),
        (replace(TOWN, name=""), False),
        (replace(TOWN, sex="M"), True),
    ],
)
def test_a_question_is_asked_where_the_birth_date_and_the_name_speak_for_it(theirs: Patient, is_asked: bool) -> None:
    assert may_be_one(TOWN, theirs) is is_asked
    assert may_be_one(theirs, TOWN) is is_asked
