"""Who did what and when, in a record that only grows: each entry carries the hash of the one before.

Events have the names of IHE ATNA (DICOM PS3.15 A.5.3), outcomes its numbers. No entry holds a name, a date of birth
or a path: a patient is the short hash that stands for them everywhere outside of the findings.
"""

import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from mo_viewer.base.faults import Fault, Unreadable, Unwritable
from mo_viewer.paths import user_data
from mo_viewer.session.people import user_name

NAME = "audit.sqlite"
SCHEMA = 1
Action = Literal["C", "R", "U", "D", "E"]
"""Create, read, update, delete, execute."""
DONE, FAILED = 0, 8
ACTIVITY = "Application Activity"
ACCESSED = "DICOM Instances Accessed"
RECORD = "Patient Record"
EXPORT = "Export"
IMPORT = "Import"
TRANSFERRED = "DICOM Instances Transferred"
READ = "Audit Log Used"
ALERT = "Security Alert"
EVENTS = (ACTIVITY, ACCESSED, RECORD, EXPORT, IMPORT, TRANSFERRED, READ, ALERT)
_SENTENCE = "The audit record cannot be written."
_ENTRY = (
    "number INTEGER PRIMARY KEY, at REAL NOT NULL, event TEXT NOT NULL, action TEXT NOT NULL, "
    "outcome INTEGER NOT NULL, who TEXT NOT NULL, patient TEXT NOT NULL, detail TEXT NOT NULL, digest TEXT NOT NULL"
)
_REFUSAL = "BEGIN SELECT RAISE(ABORT, 'entries are only added'); END"
_TABLES = (
    f"CREATE TABLE entry ({_ENTRY})",
    f"CREATE TRIGGER entry_stays BEFORE UPDATE ON entry {_REFUSAL}",
    f"CREATE TRIGGER entry_kept BEFORE DELETE ON entry {_REFUSAL}",
)


@dataclass(frozen=True)
class Entry:
    """One line of the record; `at` in seconds since 1970, `outcome` 0 when it was done, 8 when it failed."""

    number: int
    at: float
    event: str
    action: str
    outcome: int
    who: str
    patient: str
    detail: str
    digest: str


class Audit:
    """The record in one SQLite file; every call opens it, so that several programs may write.

    Parameters
    ----------
    path
        The file; made at the first entry.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def record(self, event: str, action: Action, patient: str = "", detail: str = "", outcome: int = DONE) -> None:
        """Add an entry.

        Raises
        ------
        Unwritable
            When the disk does not take it.
        """
        if event not in EVENTS:
            raise ValueError(f"{event} is no event of this record")
        try:
            with self._lock, closing(self._opened()) as db:
                db.execute("BEGIN IMMEDIATE")
                last = db.execute("SELECT number, digest FROM entry ORDER BY number DESC LIMIT 1").fetchone() or (0, "")
                row = (last[0] + 1, time.time(), event, action, outcome, user_name(), patient, detail)
                db.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, _digest(last[1], row)))
                db.execute("COMMIT")
        except (sqlite3.Error, OSError, TypeError, ValueError) as error:
            raise Unwritable(_SENTENCE, "See that the disk has room.", repr(error)) from error

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, oldest first; none where there is no record.

        Raises
        ------
        Unreadable
            When the file is damaged.
        """
        if not self.path.is_file():
            return
        try:
            with closing(sqlite3.connect(self.path, isolation_level=None, timeout=5)) as db:
                if not db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
                    return
                for row in db.execute("SELECT * FROM entry ORDER BY number"):
                    yield Entry(*row)
        except (sqlite3.Error, TypeError, ValueError) as error:
            raise Unreadable("The audit record cannot be read.", "It is damaged.", repr(error)) from error

    def broken_at(self) -> int | None:
        """Return the number of the first entry that is not what was written, or None when the chain holds.

        An entry that was changed, put in or taken out of the middle is found. Entries cut off at the end leave a
        shorter chain that holds: who must find those notes the last digest elsewhere.
        """
        before, expected = "", 1
        for entry in self.entries():
            *row, digest = asdict(entry).values()
            if entry.number != expected or _digest(before, tuple(row)) != digest:
                return expected
            before, expected = digest, expected + 1
        return None

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self.path, isolation_level=None, timeout=5)
        try:
            db.execute("PRAGMA synchronous=EXTRA")
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                db.execute("BEGIN IMMEDIATE")
                if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    for statement in _TABLES:
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {SCHEMA}")
                db.execute("COMMIT")
        except BaseException:
            db.close()
            raise
        return db


def user_audit() -> Audit:
    """Return the user's record."""
    return Audit(user_data() / NAME)


def note(event: str, action: Action, patient: str = "", detail: str = "", outcome: int = DONE) -> Fault | None:
    """Add an entry to the user's record; what goes wrong is returned, because the work itself goes on."""
    try:
        user_audit().record(event, action, patient, detail, outcome)
    except Unwritable as fault:
        return fault
    return None


def _digest(before: str, row: tuple[object, ...]) -> str:
    return hashlib.sha256((before + json.dumps(row, ensure_ascii=False)).encode("utf-8", "surrogatepass")).hexdigest()
