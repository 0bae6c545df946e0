"""One patient removed for good: retention, and the right to be forgotten."""

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Refused, Unreadable, Unwritable
from mo_viewer.session.audit import NAME, RECORD, Audit
from mo_viewer.session.persons import Persons
from mo_viewer.session.rescue import ASIDE
from mo_viewer.session.schema import BACKUP, GUARDS, UNGUARDS
from mo_viewer.session.signings import drop_signings, signings
from mo_viewer.session.store import Store

_BLOB_NAME = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True)
class Kept:
    """What a purge would take: states of one patient's findings; studies and lesions of the present one.

    `copies` are backups and damaged files of the whole store: they may hold the patient, and other patients too.
    """

    states: int
    studies: int = 0
    lesions: int = 0
    signatures: int = 0
    copies: int = 0


def kept_of(store: Store, patient_key: str) -> Kept:
    """Count what is kept of a patient, under all IDs of the person; what is damaged counts as a state."""
    patient_key, *others = _keys(store, patient_key)
    states = sum(_states(store, key) for key in (patient_key, *others))
    copies = len(_copies(store.path))
    try:
        head = store.head(patient_key)
        signed = len(signings(store, patient_key))
    except Unreadable:
        return Kept(states, copies=copies)
    timepoints = () if head is None else head.document.timepoints
    return Kept(states, len(timepoints), sum(len(one.lesions) for one in timepoints), signed, copies)


def purge(store: Store, patient_key: str) -> int:
    """Remove all findings of a patient with their history and masks; return how many revisions that were.

    All IDs go that readers said to be this person's, and so do earlier states of other patients in whose findings one
    of them stood.

    Backups and damaged files that were put aside go too, because they may hold the same patient, and so do the
    cache of scans and what of the patient's studies waits to be sent. The audit record says that a patient was
    removed, not who. What the disk itself keeps of overwritten blocks is beyond this program.

    Raises
    ------
    Refused
        When nothing is kept of the patient.
    Unreadable
        When the sending queue is damaged; nothing is removed then.
    Unwritable
        When the disk does not take it; the sentence says whether the findings are still there.
    """
    keys = _keys(store, patient_key)
    if not any(_states(store, key) for key in keys):
        raise Refused("Nothing is kept of this patient.")
    _remove_around(store.path, set().union(*(_studies(store, key) for key in keys)))
    with store.work() as db:
        db.execute("PRAGMA secure_delete=ON")
        for statement in UNGUARDS:
            db.execute(statement)
        removed = 0
        for key in keys:
            db.execute("DELETE FROM head WHERE patient = ?", (key,))
            removed += _drop(
                db, [row[0] for row in db.execute("SELECT number FROM revision WHERE patient = ?", (key,))]
            )
            _drop(db, _states_that_name(db, key))
            drop_signings(db, key)
        _sweep(db)
        for statement in GUARDS:
            db.execute(statement)
    try:
        with store.quiet() as db:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise Unwritable(
            "The findings are removed; the log of the store still holds traces.",
            "Close all windows of this program: the last one clears it.",
            repr(error),
        ) from error
    Audit(store.path.with_name(NAME)).record(RECORD, "D", detail="removed for good")
    return removed


def _keys(store: Store, patient_key: str) -> list[str]:
    """Return the keys of all IDs of a person; the one that the findings stand under first."""
    persons = Persons(store.identities())
    home = persons.key_of(patient_key)
    return [home, *(other for other in persons.same if persons.key_of(other) == home)]


def _drop(db: sqlite3.Connection, numbers: Sequence[int]) -> int:
    """Delete revisions; those that were made from one of them begin a history."""
    for number in numbers:
        db.execute("UPDATE revision SET parent = NULL WHERE parent = ?", (number,))
    for number in numbers:
        db.execute("DELETE FROM revision WHERE number = ?", (number,))
    return len(numbers)


def _states_that_name(db: sqlite3.Connection, key: str) -> list[int]:
    """Return revisions that are not the present ones and hold a joined ID of that key."""
    asked = "SELECT number, CAST(document AS BLOB) FROM revision WHERE number NOT IN (SELECT revision FROM head)"
    name = f'"key":"{key}"'.encode()
    return [number for number, text in db.execute(asked) if name in text and b'"is_same":true' in text]


def _asked(store: Store, statement: str, *values: str) -> list[tuple[Any, ...]]:
    try:
        with store.quiet() as db:
            return db.execute(statement, values).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise Unreadable("Stored findings cannot be read.", detail=repr(error)) from error


def _states(store: Store, patient_key: str) -> int:
    return int(_asked(store, "SELECT COUNT(*) FROM revision WHERE patient = ?", patient_key)[0][0])


def _studies(store: Store, patient_key: str) -> set[str]:
    """Return the study UIDs that any readable state of a patient's findings names."""
    found: set[str] = set()
    for (text,) in _asked(store, "SELECT CAST(document AS BLOB) FROM revision WHERE patient = ?", patient_key):
        with suppress(ValueError, TypeError, KeyError):
            found |= {str(one["study_uid"]) for one in json.loads(text)["timepoints"]}
    return found


def _copies(path: Path) -> list[Path]:
    kinds = (path.name + BACKUP, path.name + ASIDE)
    return [one for one in path.parent.glob(f"{path.name}.*") if one.name.startswith(kinds)]


def _remove_around(path: Path, studies: set[str]) -> None:
    """Remove what may hold the patient beside the store itself; the findings are still there when that fails."""
    from mo_viewer.dicom.cache import user_index
    from mo_viewer.pacs.queue import Queue, queue_file

    if studies and queue_file().is_file():
        with Queue() as queue:
            queue.forget_studies(studies)
    try:
        for copy in _copies(path):
            copy.unlink()
        user_index().file.unlink(missing_ok=True)
    except OSError as error:
        raise Unwritable(
            "A backup or the cache could not be removed; the findings are still there.", "Try again.", repr(error)
        ) from error


def _sweep(db: sqlite3.Connection) -> None:
    """Delete the arrays whose name stands in no revision, be that damaged or not."""
    used: set[bytes] = set()
    for (text,) in db.execute("SELECT CAST(document AS BLOB) FROM revision"):
        used.update(_BLOB_NAME.findall(text))
    names = [name for (name,) in db.execute("SELECT name FROM blob").fetchall() if name.encode() not in used]
    db.executemany("DELETE FROM blob WHERE name = ?", [(name,) for name in names])
