"""Signatures under a patient's findings, kept in the store beside the states that they sign."""

import json
import sqlite3
from collections.abc import Iterable

from mo_viewer.base.faults import Unreadable
from mo_viewer.findings.plain import from_plain, to_plain
from mo_viewer.report.signature import Signing
from mo_viewer.session.store import Store

_TABLE = """
CREATE TABLE IF NOT EXISTS signing (number INTEGER PRIMARY KEY, patient TEXT NOT NULL, said TEXT NOT NULL)
"""


def signings(store: Store, patient_key: str) -> tuple[Signing, ...]:
    """Return the signatures under a patient's findings, in order of time.

    Raises
    ------
    Unreadable
        When they are damaged.
    """
    try:
        with store.quiet() as db:
            known = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'signing'").fetchone()
            asked = "SELECT said FROM signing WHERE patient = ? ORDER BY number"
            rows = db.execute(asked, (patient_key,)).fetchall() if known else []
        return tuple(from_plain(Signing, json.loads(row[0]), {}) for row in rows)
    except (sqlite3.Error, ValueError) as error:
        raise Unreadable("Stored signatures cannot be read.", detail=repr(error)) from error


def keep_signing(store: Store, patient_key: str, signing: Signing) -> None:
    """Add a signature.

    Raises
    ------
    Unwritable
        When the disk does not take it.
    """
    text = json.dumps(to_plain(signing, {}), separators=(",", ":"))
    with store.work() as db:
        db.execute(_TABLE)
        db.execute("INSERT INTO signing (patient, said) VALUES (?, ?)", (patient_key, text))


def drop_signings(db: sqlite3.Connection, patient_key: str) -> None:
    """Delete the signatures under a patient's findings, as part of a transaction."""
    db.execute(_TABLE)
    db.execute("DELETE FROM signing WHERE patient = ?", (patient_key,))


def carry_signings(source: sqlite3.Connection, target: sqlite3.Connection, patients: Iterable[str]) -> None:
    """Add the signatures that one store holds of some patients to another, as part of a transaction; each once.

    Raises
    ------
    Unreadable
        When one of them is damaged; those before it are added.
    """
    wanted = set(patients)
    try:
        if not source.execute("SELECT 1 FROM sqlite_master WHERE name = 'signing'").fetchone():
            return
        rows = source.execute("SELECT patient, said FROM signing ORDER BY number").fetchall()
        target.execute(_TABLE)
        known = set(target.execute("SELECT patient, said FROM signing").fetchall())
        for patient, said in rows:
            if patient in wanted and (patient, said) not in known:
                from_plain(Signing, json.loads(said), {})
                target.execute("INSERT INTO signing (patient, said) VALUES (?, ?)", (patient, said))
    except (sqlite3.Error, ValueError, TypeError, RecursionError) as error:
        raise Unreadable("Stored signatures cannot be read.", detail=repr(error)) from error
