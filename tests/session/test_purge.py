"""One patient removed for good: what goes, what stays, and what is said when it cannot be done."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from small_findings import OTHER, PATIENT, fill, labels, make_old, marked, present

from mo_viewer.base.faults import Refused, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.pacs.parcel import Parcel
from mo_viewer.pacs.queue import Queue
from mo_viewer.session.purge import Kept, kept_of, purge
from mo_viewer.session.schema import GUARDS, UNGUARDS
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "findings.sqlite"


def test_a_patient_is_removed_for_good_and_the_audit_names_no_one(path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store)
    make_old(path)
    with closing(Store(path)) as store:
        fill(store, OTHER, 1)
        assert purge(store, PATIENT.key) == 3
        assert store.patients() == (OTHER.key,)
        with pytest.raises(Refused):
            purge(store, PATIENT.key)
        with pytest.raises(sqlite3.IntegrityError):
            store._db.execute("DELETE FROM revision")
        for file in path.parent.iterdir():
            content = file.read_bytes()
            for text in (b"Doe^Jane", b"abc123"):
                assert text not in content, file.name
    assert present(path, OTHER.key) == ["L1"]


def test_what_would_go_is_counted(path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store)
    make_old(path)
    with closing(Store(path)) as store:
        assert kept_of(store, PATIENT.key) == Kept(states=3, studies=1, lesions=3, copies=1)
        assert kept_of(store, OTHER.key) == Kept(states=0, copies=1)


def test_a_removal_that_a_backup_stops_removes_no_findings_and_can_be_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(path)) as store:
        fill(store)
    make_old(path)
    with closing(Store(path)) as store:

        def refused(*_: object, **__: object) -> None:
            raise PermissionError

        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", refused)
            with pytest.raises(Unwritable, match="findings are still there"):
                purge(store, PATIENT.key)
        assert store.patients() == (PATIENT.key,)
        assert purge(store, PATIENT.key) == 3


def test_masks_go_and_those_of_others_stay_also_where_a_state_is_damaged(path: Path) -> None:
    with closing(Store(path)) as store:
        fill(store, PATIENT, 2)
        numbers = fill(store, OTHER, 3)
        with store.work() as db:
            (before,) = db.execute("SELECT COUNT(*) FROM blob").fetchone()
            for statement in UNGUARDS:
                db.execute(statement)
            text = db.execute("SELECT document FROM revision WHERE number = ?", (numbers[0],)).fetchone()[0]
            db.execute("UPDATE revision SET document = ? WHERE number = ?", (text[:-1], numbers[0]))
            for statement in GUARDS:
                db.execute(statement)
        assert purge(store, PATIENT.key) == 2
        head = store.head(OTHER.key)
        assert head is not None
        assert labels(head.document) == ["L1", "L2", "L3"]
        (after,) = store._db.execute("SELECT COUNT(*) FROM blob").fetchone()
        assert 0 < after <= before


def test_what_waits_to_be_sent_of_the_patient_is_forgotten_and_the_rest_is_not(path: Path, tmp_path: Path) -> None:
    def parcel(study: str) -> Parcel:
        return Parcel(tmp_path / study, "0" * 64, 1, "1.2", f"{study}.9", "1.2.840.10008.1.2", study, f"{study}.1")

    with Queue() as queue:
        queue.put([parcel("1.2.3"), parcel("1.2.7")], "archive:104")
    with closing(Store(path)) as store:
        fill(store)
        purge(store, PATIENT.key)
    with Queue() as queue:
        assert [job.parcel.study_uid for job in queue.jobs()] == ["1.2.7"]


def test_in_a_session_nothing_of_the_patient_comes_back_and_new_findings_are_kept(path: Path) -> None:
    session = Session(Store(path))
    session.open_patient(PATIENT)
    session.change("Mark L1", marked(Document(PATIENT), "L1"))
    told = []
    session.listen(told.append)
    session.forget(PATIENT)
    assert [labels(change.new) for change in told] == [[]]
    assert session.purge(PATIENT.key) == 2
    session.undo()
    assert session.document == Document(PATIENT)
    session.change("Mark L2", marked(Document(PATIENT), "L2"))
    session.close()
    assert not session.is_overtaken
    assert present(path) == ["L2"]


def test_in_a_session_a_removal_that_was_refused_leaves_the_findings(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> int:
        raise Unwritable("A backup could not be removed.")

    monkeypatch.setattr("mo_viewer.session.session.purge", refuses)
    session = Session(Store(path))
    session.open_patient(PATIENT)
    session.change("Mark L1", marked(Document(PATIENT), "L1"))
    session.forget(PATIENT)
    with pytest.raises(Unwritable, match="backup"):
        session.purge(PATIENT.key)
    session.reload(PATIENT)
    assert session.document is not None
    assert labels(session.document) == ["L1"]
    session.close()
