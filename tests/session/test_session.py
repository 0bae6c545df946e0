import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mo_viewer.base.faults import Fault, Refused, Unreadable
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement
from mo_viewer.session.session import Change, Session
from mo_viewer.session.store import Store
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Patient
from mo_viewer.volume.surface import Surface

PATIENT = Patient(key="abc123", id="42", name="Doe^Jane")
TETRAHEDRON = Surface(
    np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], dtype=np.int32),
)


def lesion(label: str, uid: str = "") -> Lesion:
    geometry = Geometry(
        (3, 4, 5), np.array([[0.0, 0, 0], [0, 0, 2.5], [0, 0.1, 7.0]]), np.array([0, 0.8, 0]), np.array([0.7, 0, 0])
    )
    inside = np.zeros((2, 2, 3), dtype=bool)
    inside[0, 1] = True
    return Lesion(
        uid or f"2.25.{label}",
        label,
        ((1.0, 2.0, 3.0),),
        mask=Mask(inside, (1, 0, 1), geometry),
        surface=TETRAHEDRON,
        measurements=(Measurement("volume", 12.5, "mm3", 0.5, "half maximum", notes=("one",)),),
    )


def with_lesion(document: Document, label: str) -> Document:
    return document.with_lesion(Timepoint("1.2.3", "1.2.3.4", "2024-02-05"), lesion(label))


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    return tmp_path / "findings.sqlite"


def test_a_change_is_there_after_a_restart_equal_to_the_last_bit(store_path: Path) -> None:
    session = Session(Store(store_path))
    document = with_lesion(session.open_patient(PATIENT), "L1")
    session.change("Mark L1", document)
    session.close()

    again = Session(Store(store_path))
    assert again.open_patient(PATIENT) == document
    again.close()


def test_undo_and_redo_survive_a_restart(store_path: Path) -> None:
    session = Session(Store(store_path))
    one = with_lesion(session.open_patient(PATIENT), "L1")
    two = with_lesion(one, "L2")
    session.change("Mark L1", one)
    session.change("Mark L2", two)
    session.undo()
    session.close()

    again = Session(Store(store_path))
    assert again.open_patient(PATIENT) == one
    assert again.redo_title == "Mark L2"
    again.redo()
    assert again.document == two
    again.undo()
    again.undo()
    assert again.document == Document(PATIENT)
    assert again.undo_title == ""
    again.close()


def test_listeners_are_told_old_and_new() -> None:
    session = Session()
    told: list[Change] = []
    session.open_patient(PATIENT)
    stop = session.listen(told.append)
    before = session.document
    assert before is not None
    session.change("Mark L1", with_lesion(before, "L1"))
    session.undo()
    stop()
    session.redo()
    assert [(change.title, len(change.new.timepoints)) for change in told] == [("Mark L1", 1), ("Mark L1", 0)]
    assert told[0].old == before


def test_findings_of_another_patient_are_refused() -> None:
    session = Session()
    session.open_patient(PATIENT)
    with pytest.raises(Refused):
        session.change("Wrong", Document(Patient(key="other")))


def test_two_patients_keep_their_own_findings_and_history(store_path: Path) -> None:
    session = Session(Store(store_path))
    other = Patient(key="zzz")
    mine = with_lesion(session.open_patient(PATIENT), "L1")
    session.change("Mark L1", mine)
    assert session.open_patient(other).timepoints == ()
    assert session.undo_title == ""
    assert session.open_patient(PATIENT) == mine
    assert session.undo_title == "Mark L1"
    session.close()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["mark", "undo", "redo"]), max_size=25))
def test_any_walk_of_marks_undos_and_redos_can_be_undone_to_the_start(walk: list[str]) -> None:
    session = Session()
    first = session.open_patient(PATIENT)
    states, at = [first], 0
    for number, step in enumerate(walk):
        if step == "mark":
            made = with_lesion(states[at], f"L{number}")
            session.change(step, made)
            states, at = [*states[: at + 1], made], at + 1
        elif step == "undo":
            session.undo()
            at = max(0, at - 1)
        else:
            session.redo()
            at = min(len(states) - 1, at + 1)
        assert session.document == states[at]
    while session.undo_title:
        session.undo()
    assert session.document == first


def test_a_store_of_a_newer_version_is_refused_with_a_sentence(store_path: Path) -> None:
    store = Store(store_path)
    store._db.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(Refused, match="newer version"):
        Store(store_path)


def test_a_file_that_is_no_store_is_refused_with_a_sentence(store_path: Path) -> None:
    store_path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Unreadable, match="cannot be opened"):
        Store(store_path)


def test_a_damaged_mask_is_found_when_read(store_path: Path) -> None:
    session = Session(Store(store_path))
    session.change("Mark", with_lesion(session.open_patient(PATIENT), "L1"))
    session.close()
    store = Store(store_path)
    store._db.execute("UPDATE blob SET content = zeroblob(length(content))")
    with pytest.raises(Unreadable):
        store.head(PATIENT.key)
    store.close()


def test_undo_to_a_damaged_state_is_a_sentence_and_leaves_the_present_one(store_path: Path) -> None:
    session = Session(Store(store_path))
    one = with_lesion(session.open_patient(PATIENT), "L1")
    session.change("Mark L1", one)
    session.change("Remove L1", replace(one, timepoints=()))
    session.close()
    store = Store(store_path)
    store._db.execute("UPDATE blob SET content = zeroblob(length(content))")
    session = Session(store)
    present = session.open_patient(PATIENT)
    with pytest.raises(Unreadable, match="cannot be read"):
        session.undo()
    assert session.document == present
    assert session.undo_title == "Remove L1"
    session.change("Injury", replace(present, injury_date="2024-01-01"))
    session.close()
    assert Store(store_path).head(PATIENT.key).document.injury_date == "2024-01-01"


def test_a_disk_that_takes_nothing_is_said_and_the_work_stays_in_memory(
    store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(store_path)
    open_again, state = store._opened, {"query_only": "ON"}

    def opened(check: bool) -> sqlite3.Connection:
        made = open_again(check)
        made.execute(f"PRAGMA query_only={state['query_only']}")
        return made

    monkeypatch.setattr(store, "_opened", opened)
    store._db.execute("PRAGMA query_only=ON")
    faults: list[Fault | None] = []
    session = Session(store, faults.append)
    document = with_lesion(session.open_patient(PATIENT), "L1")
    session.change("Mark L1", document)
    session.flush()
    assert session.document == document
    assert isinstance(faults[-1], Fault)
    state["query_only"] = "OFF"
    store._db.execute("PRAGMA query_only=OFF")
    session.change("Rename", replace(document, injury_date="2024-01-08"))
    session.flush()
    assert faults[-1] is None
    head = store.head(PATIENT.key)
    assert head is not None
    assert head.document.injury_date == "2024-01-08"
    session.close()


def test_nothing_changes_when_the_document_is_the_same() -> None:
    session = Session()
    document = session.open_patient(PATIENT)
    session.change("Nothing", Document(PATIENT))
    assert session.document is document
    assert session.undo_title == ""
