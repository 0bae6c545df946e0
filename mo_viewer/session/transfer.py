"""A store as one file: written out whole, read in without writing over anything."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mo_viewer.base.faults import Refused, Unreadable, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.findings.plain import from_plain
from mo_viewer.session.schema import ADD_REVISION, SCHEMA, back_up, digest_of
from mo_viewer.session.signings import carry_signings
from mo_viewer.session.store import Store, blob_names

_COLUMNS = "number, parent, patient, made, who, title, document, digest"


@dataclass(frozen=True)
class Row:
    """One revision as it stands in a file, found to be what was written."""

    number: int
    parent: int | None
    patient: str
    made: float
    who: str
    title: str
    text: str
    digest: str
    blobs: dict[str, bytes] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Imported:
    """How many patients were taken over, were known as they are, or differ (their findings here stay the present)."""

    taken: int = 0
    same: int = 0
    differing: int = 0


def export_store(store: Store, target: Path) -> None:
    """Write the whole store with all its history into one new file.

    Raises
    ------
    Unwritable
        When something of that name is there, or the disk does not take it.
    """
    if target.exists():
        raise Unwritable("There is a file of that name; nothing was written over.")
    try:
        with store.quiet() as db:
            back_up(db, target)
    except (sqlite3.Error, OSError) as error:
        raise Unwritable("The store could not be written out.", "See that the disk has room.", repr(error)) from error


def import_store(store: Store, file: Path) -> Imported:
    """Take over what another store holds: new patients, and later states of known ones.

    Where both sides went on from a common state, the states of the file are kept beside those here, which stay the
    present ones. Nothing is taken over when any revision of the file is not what was written.

    Raises
    ------
    Unreadable
        When the file is no store, or damaged.
    Refused
        When it comes from another version.
    Unwritable
        When the store here does not take it.
    """
    rows, heads = _all_of(file)
    counts = {"taken": 0, "same": 0, "differing": 0}
    with store.work() as db:
        for patient, head in heads.items():
            counts[_take(db, [row for row in rows if row.patient == patient], head)] += 1
        with _file(file) as given:
            carry_signings(given, db, heads)
    return Imported(**counts)


def good_row(db: sqlite3.Connection, number: int) -> Row | None:
    """Return a revision with its arrays; None where there is none of that number.

    Raises
    ------
    Unreadable
        When it, or one of its arrays, is not what was written.
    """
    try:
        found = db.execute(f"SELECT {_COLUMNS} FROM revision WHERE number = ?", (number,)).fetchone()
        if found is None:
            return None
        row = Row(*found)
        if digest_of(row.patient, row.made, row.who, row.title, row.text) != row.digest:
            raise Unreadable("A revision is not what was written.")
        plain = json.loads(row.text)
        for name in blob_names(plain):
            content = db.execute("SELECT content FROM blob WHERE name = ?", (name,)).fetchone()
            if content is None or hashlib.sha256(content[0]).hexdigest() != name:
                raise Unreadable("An array is not what was written.")
            row.blobs[name] = bytes(content[0])
        if from_plain(Document, plain, row.blobs).patient.key != row.patient:
            raise Unreadable("A revision belongs to another patient.")
    except (sqlite3.Error, ValueError, TypeError, RecursionError) as error:
        raise Unreadable("A revision cannot be read.", detail=repr(error)) from error
    return row


def add_row(db: sqlite3.Connection, row: Row, parent: int | None) -> int:
    """Add a revision that was read elsewhere; return its number here."""
    db.executemany("INSERT OR IGNORE INTO blob VALUES (?, ?)", row.blobs.items())
    values = (row.patient, parent, row.made, row.title, row.text, row.who, row.digest)
    return int(db.execute(ADD_REVISION, values).lastrowid or 0)


def _all_of(file: Path) -> tuple[list[Row], dict[str, int]]:
    if not file.is_file():
        raise Unreadable("The file that was given is not there.")
    try:
        with _file(file) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA:
                raise Refused("The file was made by another version of this program, or is no store of findings.")
            heads = dict(db.execute("SELECT patient, revision FROM head").fetchall())
            rows = list(_rows(db))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise Unreadable("The file is no store of findings.", detail=repr(error)) from error
    except Unreadable as fault:
        raise Unreadable("The file is damaged; nothing was taken over.", detail=str(fault)) from fault
    owners = {row.number: row.patient for row in rows}
    if any(owners.get(head) != patient for patient, head in heads.items()):
        raise Unreadable("The file is damaged; nothing was taken over.")
    if any(row.parent is not None and owners.get(row.parent) != row.patient for row in rows):
        raise Unreadable("The file is damaged; nothing was taken over.")
    return rows, heads


@contextmanager
def _file(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
        db.execute("PRAGMA trusted_schema=OFF")
        yield db


def _rows(db: sqlite3.Connection) -> Iterator[Row]:
    for (number,) in db.execute("SELECT number FROM revision ORDER BY number").fetchall():
        row = good_row(db, number)
        if row is not None:
            yield row


def _take(db: sqlite3.Connection, rows: list[Row], head: int) -> str:
    patient = rows[0].patient
    here = dict(db.execute("SELECT digest, number FROM revision WHERE patient = ?", (patient,)).fetchall())
    present = db.execute(
        "SELECT digest FROM revision JOIN head ON revision.number = head.revision WHERE head.patient = ?", (patient,)
    ).fetchone()
    there = {row.number: row.digest for row in rows}
    numbers: dict[int, int] = {}
    for row in rows:
        parent = None if row.parent is None else numbers.get(row.parent)
        numbers[row.number] = here[row.digest] if row.digest in here else add_row(db, row, parent)
    if there[head] in here:
        return "same"
    if present is not None and present[0] not in there.values():
        return "differing"
    db.execute("INSERT OR REPLACE INTO head VALUES (?, ?)", (patient, numbers[head]))
    return "taken"
