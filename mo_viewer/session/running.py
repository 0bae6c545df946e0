"""Which windows use a store: a row that is left over says that a program ended without closing it."""

import os
import platform
import sqlite3
import sys
import time
import uuid

_own: set[str] = set()


def begin(db: sqlite3.Connection) -> tuple[str, str]:
    """Add a row for this program; return its token, and a sentence when others did not end as they should."""
    host, token = platform.node(), uuid.uuid4().hex
    rows = db.execute("SELECT token, pid, since FROM running WHERE host = ?", (host,)).fetchall()
    left = [(old, since) for old, pid, since in rows if old not in _own and (pid == os.getpid() or not _lives(pid))]
    sentence = _restored(db, min(since for _, since in left)) if left else ""
    db.execute("BEGIN IMMEDIATE")
    db.executemany("DELETE FROM running WHERE token = ?", [(old,) for old, _ in left])
    db.execute("INSERT INTO running VALUES (?, ?, ?, ?)", (token, os.getpid(), host, time.time()))
    db.execute("COMMIT")
    _own.add(token)
    return token, sentence


def end(db: sqlite3.Connection, token: str) -> None:
    """Take the row away: the program ends as it should."""
    _own.discard(token)
    db.execute("DELETE FROM running WHERE token = ?", (token,))


def _restored(db: sqlite3.Connection, since: float) -> str:
    count, last = db.execute("SELECT COUNT(*), MAX(made) FROM revision WHERE made >= ?", (since,)).fetchone()
    if not count:
        return "The program was not closed as it should be last time; nothing had been changed."
    at = time.strftime("%H:%M:%S", time.localtime(last))
    changes = "1 change is" if count == 1 else f"all {count} changes are"
    return f"The program was not closed as it should be last time; {changes} there, the last of {at}."


def _lives(pid: int) -> bool:
    if sys.platform == "win32":
        import ctypes

        limited_information, still_active = 0x1000, 259
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(limited_information, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == still_active
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
