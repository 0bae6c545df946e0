"""Folders and files that were opened lately: paths only, in SQLite, because folders are called after patients."""

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from mo_viewer.paths import user_data, user_settings

MOST = 8
_NAME = "recent.sqlite"
_EARLIER = "recent.json"
"""Where earlier versions kept the list, readable by others; it is removed."""
_TABLE = "CREATE TABLE IF NOT EXISTS recent (path TEXT PRIMARY KEY, place INTEGER NOT NULL)"


def recent_folders() -> tuple[Path, ...]:
    """Return what was opened lately, newest first; empty when nothing or when the file is not readable.

    It is not checked whether they still exist: asking a server that is off would take seconds.
    """
    if not _file().is_file():
        return ()
    import sqlite3

    try:
        with closing(sqlite3.connect(_file(), timeout=1)) as db:
            rows = db.execute("SELECT path FROM recent ORDER BY place DESC LIMIT ?", (MOST,)).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return ()
    return tuple(Path(path) for (path,) in rows if isinstance(path, str) and path)


def remember(opened: Sequence[Path]) -> None:
    """Put what was opened to the front; of several files in one folder, the folder.

    Raises
    ------
    OSError
        When the folder for findings cannot be written.
    """
    newest = [_worth_keeping(opened)] if opened else []
    _write([*newest, *(path for path in recent_folders() if path not in newest)])


def forget(path: Path) -> None:
    """Take one entry off the list."""
    _write([kept for kept in recent_folders() if kept != path])


def _worth_keeping(opened: Sequence[Path]) -> Path:
    first = Path(opened[0]).absolute()
    return first if len(opened) == 1 else first.parent


def _write(paths: Sequence[Path]) -> None:
    import sqlite3

    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        _fill(file, paths)
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        file.write_bytes(b"")
        _fill(file, paths)
    (user_settings() / _EARLIER).unlink(missing_ok=True)


def _fill(file: Path, paths: Sequence[Path]) -> None:
    import sqlite3

    with closing(sqlite3.connect(file, timeout=1)) as db, db:
        db.execute("PRAGMA secure_delete=ON")
        db.execute(_TABLE)
        db.execute("DELETE FROM recent")
        rows = [(str(path), -place) for place, path in enumerate(paths[:MOST])]
        db.executemany("INSERT OR IGNORE INTO recent VALUES (?, ?)", rows)


def _file() -> Path:
    return user_data() / _NAME
