"""One patient removed for good: retention, and the right to be forgotten."""

import json
import sqlite3

from mo_viewer.base.faults import Refused, Unwritable
from mo_viewer.session.audit import NAME, RECORD, Audit
from mo_viewer.session.rescue import ASIDE
from mo_viewer.session.schema import BACKUP, GUARDS, UNGUARDS
from mo_viewer.session.signings import drop_signings
from mo_viewer.session.store import Store, blob_names


def purge(store: Store, patient_key: str) -> int:
    """Remove all findings of a patient with their history and masks; return how many revisions that were.

    Backups and damaged files that were put aside go too, because they may hold the same patient, and so does the
    cache of scans. The audit record says that a patient was removed, not who. What the disk itself keeps of
    overwritten blocks is beyond this program.

    Raises
    ------
    Refused
        When nothing is kept of the patient.
    Unwritable
        When the disk does not take it; nothing is removed then, or a rest is left that the next try removes.
    """
    from mo_viewer.dicom.cache import user_index

    with store.work() as db:
        count = int(db.execute("SELECT COUNT(*) FROM revision WHERE patient = ?", (patient_key,)).fetchone()[0])
        if not count:
            raise Refused("Nothing is kept of this patient.")
        db.execute("PRAGMA secure_delete=ON")
        for statement in UNGUARDS:
            db.execute(statement)
        db.execute("DELETE FROM head WHERE patient = ?", (patient_key,))
        db.execute("DELETE FROM revision WHERE patient = ?", (patient_key,))
        drop_signings(db, patient_key)
        _sweep(db)
        for statement in GUARDS:
            db.execute(statement)
    try:
        with store.quiet() as db:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for path in store.path.parent.glob(f"{store.path.name}.*"):
            if path.name.startswith((store.path.name + BACKUP, store.path.name + ASIDE)):
                path.unlink()
        user_index().file.unlink(missing_ok=True)
    except (sqlite3.Error, OSError) as error:
        raise Unwritable(
            "The findings are removed; a backup or the cache could not be.", "Try again.", repr(error)
        ) from error
    Audit(store.path.with_name(NAME)).record(RECORD, "D", detail="removed for good")
    return count


def _sweep(db: sqlite3.Connection) -> None:
    """Delete the arrays that no revision refers to."""
    used: set[str] = set()
    for (text,) in db.execute("SELECT document FROM revision"):
        used |= blob_names(json.loads(text))
    names = [name for (name,) in db.execute("SELECT name FROM blob").fetchall() if name not in used]
    db.executemany("DELETE FROM blob WHERE name = ?", [(name,) for name in names])
