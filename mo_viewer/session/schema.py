"""The tables of the store: how they are made, brought up to date, and opened so that nothing written is lost."""

import hashlib
import os
import re
import sqlite3
import sys
from pathlib import Path

from mo_viewer.base.faults import Refused, Unreadable

SCHEMA = 2
BACKUP = ".before-schema-"
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs", "davfs", "ncpfs"}
_FIRST = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE blob (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE revision (
    number INTEGER PRIMARY KEY, patient TEXT NOT NULL, parent INTEGER REFERENCES revision(number),
    made REAL NOT NULL, title TEXT NOT NULL, document TEXT NOT NULL);
CREATE TABLE head (patient TEXT PRIMARY KEY, revision INTEGER NOT NULL REFERENCES revision(number)) WITHOUT ROWID;
CREATE INDEX revision_of_patient ON revision(patient);
CREATE INDEX revision_of_parent ON revision(parent);
"""
_SECOND = """
ALTER TABLE revision ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE revision ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE TABLE running (token TEXT PRIMARY KEY, pid INTEGER NOT NULL, host TEXT NOT NULL, since REAL NOT NULL);
CREATE INDEX IF NOT EXISTS revision_of_parent ON revision(parent);
"""
ADD_REVISION = "INSERT INTO revision (patient, parent, made, title, document, who, digest) VALUES (?, ?, ?, ?, ?, ?, ?)"
_REFUSAL = "BEGIN SELECT RAISE(ABORT, 'revisions are only added'); END"
GUARDS = (
    f"CREATE TRIGGER revision_stays BEFORE UPDATE ON revision {_REFUSAL}",
    f"CREATE TRIGGER revision_kept BEFORE DELETE ON revision {_REFUSAL}",
)
UNGUARDS = ("DROP TRIGGER revision_stays", "DROP TRIGGER revision_kept")


class Damaged(Unreadable):
    """The file is no whole store any more; `rescue.rescue` takes out of it what is good."""

    def __init__(self, detail: str) -> None:
        super().__init__("The store of findings cannot be opened.", "It is damaged.", detail, "damaged")


def opened(path: Path, check: bool = True) -> sqlite3.Connection:
    """Open a store for writing, made when missing and brought up to date when old.

    Every commit waits until it is on the disk (WAL with synchronous FULL). The write-ahead log needs memory shared
    between programs, which machines on a network do not have; there the rollback journal is used instead.

    Raises
    ------
    sqlite3.OperationalError, OSError
        When the place cannot be written.
    Damaged
        When the file is no whole store (`check`: looked at page by page).
    Refused
        When it comes from a newer version.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(_uri(path, "mode=rw"), uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        on_network = is_on_network(path)
        db.execute("PRAGMA synchronous=EXTRA")
        db.execute(f"PRAGMA journal_mode={'DELETE' if on_network else 'WAL'}")
        if not on_network:
            db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA foreign_keys=ON")
        if check:
            _check(db)
        _bring_up_to_date(db, path)
    except BaseException as error:
        db.close()
        is_broken = isinstance(error, sqlite3.DatabaseError | UnicodeDecodeError)
        if is_broken and not isinstance(error, sqlite3.OperationalError):
            raise Damaged(repr(error)) from error
        raise
    return db


def opened_for_reading(path: Path) -> sqlite3.Connection:
    """Open a store that cannot be written; an empty one in memory where there is none to be read."""
    log = path.with_name(path.name + "-wal")
    ways = ["mode=ro"] if log.exists() and log.stat().st_size else ["mode=ro", "mode=ro&immutable=1"]
    for way in ways if path.is_file() else []:
        db = sqlite3.connect(_uri(path, way), uri=True, isolation_level=None, check_same_thread=False, timeout=5)
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
                db.execute("SELECT COUNT(*) FROM head").fetchone()
                return db
        except (sqlite3.Error, UnicodeDecodeError):
            pass
        db.close()
    empty = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for statement in (*_statements(_FIRST), *_statements(_SECOND)):
        empty.execute(statement)
    return empty


def digest_of(patient: str, made: float, who: str, title: str, document: str) -> str:
    """Return what a revision is known by, whatever its number in a store: the SHA-256 of all that it says."""
    return hashlib.sha256("\0".join((patient, repr(made), who, title, document)).encode("utf-8")).hexdigest()


def is_on_network(path: Path) -> bool:
    """Whether a file lies on another machine's disk, as far as this system tells (Linux and Windows)."""
    whole = str(path.absolute())
    if sys.platform == "win32":
        import ctypes

        remote = 4
        return whole.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(path.absolute().anchor) == remote
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text("utf-8").splitlines()]
    except (OSError, ValueError):
        return False
    places = [(_unescaped(mount[1]), mount[2]) for mount in mounts if len(mount) > 2]
    below = [(place, kind) for place, kind in places if Path(whole).is_relative_to(place)]
    return max(below, key=lambda found: len(found[0]), default=("", ""))[1] in _NETWORK


def back_up(db: sqlite3.Connection, target: Path) -> None:
    """Write the whole store into one new file that only its owner may read; it appears whole or not at all."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT, 0o600))
    db.execute("VACUUM INTO ?", (str(part),))
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _check(db: sqlite3.Connection) -> None:
    found = [str(row[0]) for row in db.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise Damaged("; ".join(found))


def _bring_up_to_date(db: sqlite3.Connection, path: Path) -> None:
    version = _version(db)
    if version > SCHEMA:
        raise Refused(
            "The store of findings was made by a newer version of this program.", "Use that version to open it."
        )
    if version == SCHEMA:
        return
    if version > 0:
        back_up(db, path.with_name(f"{path.name}{BACKUP}{SCHEMA}"))
    db.execute("BEGIN IMMEDIATE")
    try:
        if _version(db) == version:
            if version == 0:
                if db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
                    raise Damaged("another program's tables")
                _run(db, _FIRST)
            _run(db, _SECOND)
            for row in db.execute("SELECT number, patient, made, who, title, document FROM revision").fetchall():
                db.execute("UPDATE revision SET digest = ? WHERE number = ?", (digest_of(*row[1:]), row[0]))
            for guard in GUARDS:
                db.execute(guard)
            db.execute(f"PRAGMA user_version = {SCHEMA}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _run(db: sqlite3.Connection, script: str) -> None:
    for statement in _statements(script):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    return [statement for statement in script.split(";") if statement.strip()]


def _unescaped(mount: str) -> str:
    """Return a place as it is called; the table of mounts writes spaces and the like as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), mount)


def _uri(path: Path, options: str) -> str:
    return f"{path.absolute().as_uri()}?{options}"
