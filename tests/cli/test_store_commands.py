"""The commands about what is kept: audit and store."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mo_viewer.cli import run
from mo_viewer.findings.document import Document
from mo_viewer.paths import user_data
from mo_viewer.session.audit import RECORD, note
from mo_viewer.session.store import findings_store
from mo_viewer.volume.source import Patient


@pytest.fixture
def kept() -> None:
    with closing(findings_store()) as store:
        for key, number in (("aaa", "42"), ("bbb", "43"), ("ccc", "43")):
            store.append("Mark L1", Document(Patient(key, number, "Doe^Jane")), None)
    note(RECORD, "C", "aaa", "Mark L1")


def test_audit_without_a_record_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--verify"]) == 0
    assert capsys.readouterr().out == "There are no entries.\n"


@pytest.mark.usefixtures("kept")
def test_audit_lists_and_verifies_and_notes_that_it_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit"]) == 0
    assert "Patient Record" in capsys.readouterr().out
    assert run(["audit", "--json", "-"]) == 0
    entries = json.loads(capsys.readouterr().out)["entries"]
    assert [entry["event"] for entry in entries] == ["Patient Record", "Audit Log Used"]
    assert run(["audit", "--verify"]) == 0
    assert "3 entries, the chain holds" in capsys.readouterr().out


@pytest.mark.usefixtures("kept")
def test_a_broken_chain_is_exit_1_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(user_data() / "audit.sqlite")) as db, db:
        db.execute("DROP TRIGGER entry_stays")
        db.execute("UPDATE entry SET detail = 'Delete L1'")
    assert run(["audit", "--verify"]) == 1
    assert capsys.readouterr().err == "The chain is broken at entry 1: it is not what was written.\n"


@pytest.mark.usefixtures("kept")
def test_a_store_is_checked_exported_and_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["store"]) == 0
    assert "3 patients, 3 states as they were written, 0 damaged." in capsys.readouterr().out
    assert run(["store", "--export", str(tmp_path / "one.sqlite")]) == 0
    assert run(["store", "--export", str(tmp_path / "one.sqlite")]) == 4
    monkeypatch.setenv("MO_VIEWER_DATA", str(tmp_path / "other"))
    assert run(["store", "--import", str(tmp_path / "one.sqlite")]) == 0
    assert run(["store", "--import", str(tmp_path / "absent.sqlite")]) == 3
    assert "3 patients taken over" in capsys.readouterr().out


@pytest.mark.usefixtures("kept")
def test_a_patient_is_removed_by_number_or_hash_and_never_the_wrong_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["store", "--purge", "43"]) == 1
    assert "Several patients" in capsys.readouterr().err
    assert run(["store", "--purge", "44"]) == 1
    assert run(["store", "--purge", "42"]) == 0
    assert run(["store", "--purge", "ccc"]) == 0
    with closing(findings_store()) as store:
        assert store.patients() == ("bbb",)


@pytest.mark.usefixtures("kept")
def test_a_damaged_store_is_exit_3_until_it_is_rescued(capsys: pytest.CaptureFixture[str]) -> None:
    path = user_data() / "findings.sqlite"
    path.write_bytes(b"\0" * 20000)
    assert run(["store"]) == 3
    assert run(["store", "--rescue"]) == 0
    assert run(["store"]) == 0
    assert "0 patients" in capsys.readouterr().out
