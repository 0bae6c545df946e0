"""The record of what was done: only added to, chained, and without anybody's name."""

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from mo_viewer.base.faults import Unreadable, Unwritable
from mo_viewer.session.audit import ACCESSED, EXPORT, RECORD, Audit


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    made = Audit(tmp_path / "data" / "audit.sqlite")
    made.record(ACCESSED, "R", "abc")
    made.record(RECORD, "U", "abc", "Mark L1")
    made.record(EXPORT, "E", "abc", "5 files")
    return made


def rewrite(audit: Audit, *statements: str) -> None:
    """Do what only somebody does who opens the file past the program."""
    with closing(sqlite3.connect(audit.path)) as db, db:
        db.execute("DROP TRIGGER entry_stays")
        db.execute("DROP TRIGGER entry_kept")
        for statement in statements:
            db.execute(statement)


def test_entries_are_numbered_and_the_chain_holds(audit: Audit) -> None:
    assert [(e.number, e.event, e.detail) for e in audit.entries()] == [
        (1, "DICOM Instances Accessed", ""),
        (2, "Patient Record", "Mark L1"),
        (3, "Export", "5 files"),
    ]
    assert audit.broken_at() is None
    assert len({entry.digest for entry in audit.entries()}) == 3


@pytest.mark.parametrize("statement", ["UPDATE entry SET detail = ''", "DELETE FROM entry"])
def test_the_file_itself_refuses_changes(audit: Audit, statement: str) -> None:
    with closing(sqlite3.connect(audit.path)) as db, pytest.raises(sqlite3.IntegrityError, match="only added"):
        db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE entry SET detail = 'nothing' WHERE number = 2", 2),
        ("UPDATE entry SET who = 'somebody' WHERE number = 1", 1),
        ("UPDATE entry SET at = at + 1 WHERE number = 3", 3),
        ("DELETE FROM entry WHERE number = 2", 2),
        ("DELETE FROM entry WHERE number = 1", 1),
        ("INSERT INTO entry SELECT 4, at, event, action, outcome, who, patient, detail, digest FROM entry LIMIT 1", 4),
    ],
)
def test_whatever_is_changed_breaks_the_chain_there(audit: Audit, statement: str, number: int) -> None:
    rewrite(audit, statement)
    assert audit.broken_at() == number


def test_two_programs_at_once_make_one_chain(audit: Audit) -> None:
    others = [Audit(audit.path) for _ in range(2)]
    threads = [
        threading.Thread(target=lambda one=one: [one.record(ACCESSED, "R", str(n)) for n in range(20)])
        for one in others
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.broken_at() is None
    assert len(list(audit.entries())) == 43


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritable, match="cannot be written"):
        Audit(tmp_path / "file" / "audit.sqlite").record(ACCESSED, "R")


def test_a_record_that_is_no_record_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "audit.sqlite").write_bytes(b"rubbish" * 1000)
    with pytest.raises(Unreadable):
        Audit(tmp_path / "audit.sqlite").broken_at()
    assert list(Audit(tmp_path / "none.sqlite").entries()) == []


def test_a_file_whose_own_words_are_no_text_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE entries (x)")
        db.execute("CREATE VIEW entry AS SELECT missing FROM entries")
    path.write_bytes(path.read_bytes().replace(b"SELECT missing", b"SELECT mis\x80\x99ng"))
    with pytest.raises(Unreadable):
        Audit(path).broken_at()


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists instead of modes")
def test_only_the_owner_may_read_it(audit: Audit) -> None:
    assert stat.S_IMODE(audit.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("last", ["1, NULL", "'one', 'abc'"])
def test_a_record_whose_last_entry_is_damaged_takes_no_other_and_says_so(tmp_path: Path, last: str) -> None:
    path = tmp_path / "audit.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE entry (number, at, event, action, outcome, who, patient, detail, digest)")
        db.execute(f"INSERT INTO entry (number, digest) VALUES ({last})")
        db.execute("PRAGMA user_version = 1")
    with pytest.raises(Unwritable, match="cannot be written"):
        Audit(path).record(ACCESSED, "R")


def test_a_record_that_sqlite_quotes_in_no_text_is_a_sentence_when_written_too(audit: Audit) -> None:
    audit.path.write_bytes(audit.path.read_bytes().replace(b"CREATE", b"CRE\xff\xfeE"))
    with pytest.raises(Unwritable, match="cannot be written"):
        audit.record(ACCESSED, "R")
