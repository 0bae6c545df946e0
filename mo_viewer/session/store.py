"""Findings in SQLite: one append-only row a change, one transaction an action."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Fault, Refused, Unreadable, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.findings.plain import from_plain, to_plain
from mo_viewer.paths import user_data
from mo_viewer.session import running
from mo_viewer.session.people import user_name
from mo_viewer.session.persons import Persons
from mo_viewer.session.schema import ADD_REVISION, digest_of, opened, opened_for_reading

NAME = "findings.sqlite"
_HEADS = "FROM head JOIN revision ON revision.number = head.revision"
_SENTENCE = "Stored findings cannot be read."


@dataclass(frozen=True)
class Heading:
    """What one state of a patient's findings is called: its number, the one it was made from, and what was done."""

    number: int
    parent: int | None
    title: str


@dataclass(frozen=True)
class Revision:
    """One state of a patient's findings: its number, the one it was made from, what was done, when and by whom."""

    number: int
    parent: int | None
    title: str
    document: Document
    made: float = 0.0
    """Seconds since 1970."""
    who: str = ""


class Overtaken(Refused):
    """The findings were changed elsewhere meanwhile; `number` is the revision that was kept beside them, if one was."""

    def __init__(self, number: int | None = None) -> None:
        super().__init__(
            "The findings of this patient were changed in another window or on another machine.",
            "Nothing was written over: your changes are kept beside. Take over the saved findings to go on from them.",
        )
        self.number = number


class Store:
    """The user's findings. Methods may be called from several threads; one waits for the other.

    A place that cannot be written is no fault here: what can be read is read, `trouble` says why nothing is kept,
    and every later write tries anew.

    Parameters
    ----------
    path
        The SQLite file; its folder is made when missing.

    Raises
    ------
    Damaged
        When the file is no whole store.
    Refused
        When it comes from a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble: Fault | None = None
        """Why nothing can be written at present."""
        self._who = user_name()
        self._lock = threading.RLock()
        self._token = ""
        self._db = self._opened(check=True)

    def close(self) -> None:
        """Close the file; SQLite then folds its log into it."""
        with self._lock:
            if self._token:
                with suppress(sqlite3.Error):
                    running.end(self._db, self._token)
            self._db.close()

    def begin_running(self) -> str:
        """Note that a window uses this store until `close`; return a sentence when the last one did not get there."""
        with self._lock:
            try:
                self._token, sentence = running.begin(self._db)
            except sqlite3.Error:
                return ""
            return sentence

    def patients(self) -> tuple[str, ...]:
        """Return the keys of all patients with findings."""
        return tuple(row[0] for row in self._read("SELECT patient FROM head ORDER BY patient"))

    def called(self, text: str) -> tuple[str, ...]:
        """Return the keys of the patients with findings whose key or patient ID, own or joined, is `text`."""
        asked = "head.patient = ?1 OR json_extract(document, '$.patient.id') = ?1 ORDER BY head.patient"
        found = [row[0] for row in self._read(f"SELECT head.patient {_HEADS} WHERE {asked}", text)] if text else []
        said = self._identities() if text else []
        found += [patient for patient, *names, is_same in said if is_same and text in names]
        persons = Persons((patient, other, is_same) for patient, other, _, is_same in said)
        return tuple(dict.fromkeys(persons.key_of(key) for key in found))

    def identities(self) -> tuple[tuple[str, str, bool], ...]:
        """Return what the present findings say of patient IDs: the patient, another ID's key, whether it is theirs.

        What cannot be read says nothing.
        """
        return tuple((patient, str(other), bool(is_same)) for patient, other, _, is_same in self._identities())

    def _identities(self) -> list[tuple[Any, ...]]:
        sure = "CASE WHEN instr(document, '\"identities\":[{') AND json_valid(document) THEN document ELSE '{}' END"
        each = f"json_each({sure}, '$.identities') AS one"
        wanted = ("$.patient.key", "$.patient.id", "$.is_same")
        columns = ", ".join(f"json_extract(one.value, '{name}')" for name in wanted)
        with suppress(Unreadable):
            return self._read(f"SELECT head.patient, {columns} {_HEADS}, {each}")
        return []

    def head(self, patient_key: str) -> Revision | None:
        """Return the present state of a patient's findings, or None when nothing is kept."""
        number = self.head_number(patient_key)
        return None if number is None else self.revision(number)

    def head_number(self, patient_key: str) -> int | None:
        """Return the number of the present state, also when that cannot be read."""
        return _first(self._read("SELECT revision FROM head WHERE patient = ?", patient_key))

    def revision(self, number: int) -> Revision:
        """Return one state.

        Raises
        ------
        Unreadable
            When it is not there or its content is damaged.
        """
        parent, title, text, made, who = self._undamaged(number)
        try:
            plain = json.loads(text)
        except ValueError as error:
            raise Unreadable(_SENTENCE, detail=repr(error)) from error
        return Revision(number, parent, title, from_plain(Document, plain, self._blobs(plain)), made, who)

    def heading(self, number: int) -> Heading:
        """Return what one state is called; its masks are not looked at.

        Raises
        ------
        Unreadable
            When it is not there or is not what was written.
        """
        parent, title, *_ = self._undamaged(number)
        return Heading(number, parent, title)

    def _undamaged(self, number: int) -> tuple[int | None, str, str, float, str]:
        columns = "parent, title, document, made, who, patient, digest"
        rows = self._read(f"SELECT {columns} FROM revision WHERE number = ?", number)
        if not rows:
            raise Unreadable(_SENTENCE, detail=f"no revision {number}")
        parent, title, text, made, who, patient, digest = rows[0]
        if digest_of(patient, made, who, title, text) != digest:
            raise Unreadable(_SENTENCE, detail=f"revision {number} is not what it was")
        return parent, title, text, made, who

    def parent_of(self, number: int) -> int | None:
        """Return the revision that this one was made from, also when it cannot be read."""
        return _first(self._read("SELECT parent FROM revision WHERE number = ?", number))

    def next_of(self, number: int) -> int | None:
        """Return the latest revision made from this one: what redo leads to."""
        return _first(self._read("SELECT MAX(number) FROM revision WHERE parent = ?", number))

    def append(self, title: str, document: Document, parent: int | None) -> int:
        """Keep a new state made from `parent` and make it the present one, in one transaction; return its number.

        Raises
        ------
        Overtaken
            When `parent` is not the present state any more; the new one is then kept beside it.
        Unwritable
            When the disk does not take it; the store then still holds the former state.
        """
        blobs: dict[str, bytes] = {}
        text = json.dumps(to_plain(document, blobs), separators=(",", ":"))
        key, made = document.patient.key, time.time()
        row = (key, parent, made, title, text, self._who, digest_of(key, made, self._who, title, text))
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO blob VALUES (?, ?)", blobs.items())
            added = self._db.execute(ADD_REVISION, row)
            number = int(added.lastrowid or 0)
            is_overtaken = self.head_number(key) != parent
            if not is_overtaken:
                self._db.execute("INSERT OR REPLACE INTO head VALUES (?, ?)", (key, number))
        if is_overtaken:
            raise Overtaken(number)
        return number

    def point_at(self, patient_key: str, number: int, before: int | None) -> None:
        """Make an older or newer revision the present one (undo, redo) in place of `before`.

        Raises
        ------
        Overtaken
            When `before` is not the present state any more; nothing is changed then.
        Unwritable
            When the disk does not take it.
        """
        with self._transaction():
            is_overtaken = self.head_number(patient_key) != before
            if not is_overtaken:
                self._db.execute("INSERT OR REPLACE INTO head VALUES (?, ?)", (patient_key, number))
        if is_overtaken:
            raise Overtaken(number)

    @contextmanager
    def work(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the tables themselves, for what exports, imports and removes."""
        with self._transaction():
            yield self._db

    @contextmanager
    def quiet(self) -> Iterator[sqlite3.Connection]:
        """The connection outside of any transaction, for vacuum and checkpoints."""
        with self._lock:
            yield self._db

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            if self.trouble is not None:
                self._db.close()
                self._db = self._opened(check=False)
            if self.trouble is not None:
                raise self.trouble
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self.trouble = Unwritable(
                    "The findings could not be saved.",
                    "They stay in memory and are written as soon as it can be done; see that the disk has room.",
                    repr(error),
                )
                raise self.trouble from error
            finally:
                if self._db.in_transaction:
                    with suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")

    def _opened(self, check: bool) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            db = opened(self.path, check)
        except (sqlite3.OperationalError, OSError) as error:
            self.trouble = Unwritable(
                "The folder for findings cannot be written.",
                "Findings stay in memory and are written as soon as it can be done.",
                repr(error),
            )
            return opened_for_reading(self.path)
        self.trouble = None
        return db

    def _blobs(self, plain: object) -> dict[str, bytes]:
        found = {}
        for name in blob_names(plain):
            for row in self._read("SELECT content FROM blob WHERE name = ?", name):
                found[name] = bytes(row[0])
        return found

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(statement, values).fetchall()
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise Unreadable(_SENTENCE, detail=repr(error)) from error


def findings_store() -> Store:
    """Open the user's store of findings, made when missing."""
    return Store(store_path())


def store_path() -> Path:
    """Where the user's findings lie."""
    return user_data() / NAME


def blob_names(plain: object) -> set[str]:
    """Return the names of all arrays that stored findings refer to."""
    if isinstance(plain, dict):
        own = {str(plain["blob"])} if set(plain) == {"blob"} else set()
        return own.union(*(blob_names(value) for value in plain.values()))
    if isinstance(plain, list):
        return set().union(*(blob_names(value) for value in plain))
    return set()


def _first(rows: list[tuple[Any, ...]]) -> int | None:
    return None if not rows or rows[0][0] is None else int(rows[0][0])
