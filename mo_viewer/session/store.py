"""Findings in SQLite: one append-only row a change, one transaction an action."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mo_viewer.base.faults import Refused, Unreadable, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.findings.plain import from_plain, to_plain
from mo_viewer.paths import user_data

SCHEMA = 1
_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE blob (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE revision (
    number INTEGER PRIMARY KEY, patient TEXT NOT NULL, parent INTEGER REFERENCES revision(number),
    made REAL NOT NULL, title TEXT NOT NULL, document TEXT NOT NULL);
CREATE TABLE head (patient TEXT PRIMARY KEY, revision INTEGER NOT NULL REFERENCES revision(number)) WITHOUT ROWID;
CREATE INDEX revision_of_patient ON revision(patient);
"""


@dataclass(frozen=True)
class Revision:
    """One state of a patient's findings: its number, the one it was made from, and what was done."""

    number: int
    parent: int | None
    title: str
    document: Document


class Store:
    """The user's findings. One connection, for one thread at a time.

    Parameters
    ----------
    path
        The SQLite file; its folder is made when missing.

    Raises
    ------
    Unreadable
        When the file is not a store, is damaged, or comes from a newer version.
    Unwritable
        When it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise Unreadable(
                "The store of findings cannot be opened.", "Move it away and start again.", repr(error)
            ) from error
        except OSError as error:
            raise Unwritable("The folder for findings cannot be made.", detail=repr(error)) from error

    def close(self) -> None:
        """Close the file; SQLite then folds its log into it."""
        self._db.close()

    def head(self, patient_key: str) -> Revision | None:
        """Return the present state of a patient's findings, or None when nothing is kept."""
        row = self._db.execute("SELECT revision FROM head WHERE patient = ?", (patient_key,)).fetchone()
        return None if row is None else self.revision(int(row[0]))

    def revision(self, number: int) -> Revision:
        """Return one state.

        Raises
        ------
        Unreadable
            When it is not there or its content is damaged.
        """
        row = self._db.execute(
            "SELECT number, parent, title, document FROM revision WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            raise Unreadable("Stored findings cannot be read.", detail=f"no revision {number}")
        try:
            plain = json.loads(row[3])
        except ValueError as error:
            raise Unreadable("Stored findings cannot be read.", detail=repr(error)) from error
        return Revision(row[0], row[1], row[2], from_plain(Document, plain, self._blobs(row[3])))

    def next_of(self, number: int) -> int | None:
        """Return the latest revision made from this one: what redo leads to."""
        row = self._db.execute("SELECT MAX(number) FROM revision WHERE parent = ?", (number,)).fetchone()
        return None if row[0] is None else int(row[0])

    def append(self, title: str, document: Document, parent: int | None) -> int:
        """Keep a new state and make it the present one, in one transaction; return its number.

        Raises
        ------
        Unwritable
            When the disk does not take it; the store then still holds the former state.
        """
        blobs: dict[str, bytes] = {}
        text = json.dumps(to_plain(document, blobs), separators=(",", ":"))
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO blob VALUES (?, ?)", blobs.items())
            made = self._db.execute(
                "INSERT INTO revision (patient, parent, made, title, document) VALUES (?, ?, ?, ?, ?)",
                (document.patient.key, parent, time.time(), title, text),
            )
            number = int(made.lastrowid or 0)
            self._db.execute("INSERT OR REPLACE INTO head VALUES (?, ?)", (document.patient.key, number))
        return number

    def point_at(self, patient_key: str, number: int) -> None:
        """Make an older or newer revision the present one (undo, redo)."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO head VALUES (?, ?)", (patient_key, number))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise Unwritable(
                "The findings could not be saved.", "They stay in memory; see that the disk has room.", repr(error)
            ) from error

    def _blobs(self, text: str) -> dict[str, bytes]:
        names = set(_blob_names(json.loads(text)))
        found = {}
        for name in names:
            row = self._db.execute("SELECT content FROM blob WHERE name = ?", (name,)).fetchone()
            if row is not None:
                found[name] = bytes(row[0])
        return found

    def _prepare(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA:
            raise Refused(
                "The store of findings was made by a newer version of this program.", "Use that version to open it."
            )
        if version == 0:
            with self._transaction():
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {SCHEMA}")


def findings_store() -> Store:
    """Open the user's store of findings, made when missing."""
    return Store(user_data() / "findings.sqlite")


def _blob_names(plain: object) -> Iterator[str]:
    if isinstance(plain, dict):
        if set(plain) == {"blob"}:
            yield str(plain["blob"])
        for value in plain.values():
            yield from _blob_names(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from _blob_names(value)
