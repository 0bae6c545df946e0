"""What was indexed before, in an SQLite file that may be deleted at any time.

An index is kept for the paths that were asked for. It is believed only while every file in and below them has the
size and the times of modification and change that it had; otherwise all is read anew. Files that were changed less
than two seconds before they were indexed are not believed, because a second change might not show in their times.
It holds names of patients, so only its owner may read it.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mo_viewer.dicom.packed import packed, unpacked
from mo_viewer.dicom.series import Series

VERSION = 1
MOST_INDEXES = 200
SETTLED_NS = 2_000_000_000
_TABLES = """
CREATE TABLE IF NOT EXISTS indexes (key TEXT PRIMARY KEY, stamp TEXT, files INTEGER, refused TEXT, kept REAL);
CREATE TABLE IF NOT EXISTS series (key TEXT, place INTEGER, head TEXT, planes TEXT, PRIMARY KEY (key, place));
"""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Kept:
    """An index as it is kept; `refused` is JSON of the caller's making."""

    series: tuple[Series, ...]
    refused: str
    files: int


@dataclass(frozen=True)
class Cache:
    """The file of kept indexes; whatever goes wrong with it only means that nothing is known."""

    file: Path

    def recall(self, paths: Sequence[Path]) -> Kept | None:
        """Return the index of these paths if every file in and below them is as it was."""
        key = _key(paths)
        if not self._try(lambda store: store.execute("SELECT 1 FROM indexes WHERE key = ?", (key,)).fetchone()):
            return None
        stamp = stamp_of(paths)
        return self._try(lambda store: _recall(store, key, stamp)) if stamp else None

    def keep(self, paths: Sequence[Path], kept: Kept) -> None:
        """Keep an index, unless one of its files was changed a moment ago."""
        stamp = stamp_of(paths)
        if stamp:
            self._try(lambda store: _keep(store, _key(paths), stamp, kept))

    def _try(self, work: Callable[[sqlite3.Connection], Found]) -> Found | None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch(mode=0o600)
            with closing(sqlite3.connect(self.file, timeout=1)) as store, store:
                store.executescript(_TABLES)
                return work(store)
        except (sqlite3.OperationalError, OSError, ValueError, KeyError, TypeError, IndexError):
            return None
        except sqlite3.DatabaseError:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)
            return None


def stamp_of(paths: Sequence[Path]) -> str:
    """Return a fingerprint of names, sizes and times of all files; empty when one was changed a moment ago."""
    latest = 0
    parts = []
    try:
        for file, found in _states(paths):
            latest = max(latest, found.st_mtime_ns, found.st_ctime_ns)
            parts.append(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}\n")
    except OSError:
        return ""
    if latest > time.time_ns() - SETTLED_NS:
        return ""
    return hashlib.blake2b("".join(parts).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def _states(paths: Sequence[Path]) -> Iterator[tuple[str, os.stat_result]]:
    waiting = []
    for path in paths:
        if path.is_dir():
            waiting.append(str(path))
        else:
            yield str(path), path.stat()
    seen: set[str] = set()
    while waiting:
        here = waiting.pop()
        for entry in sorted(os.scandir(here), key=lambda entry: entry.name):
            if entry.is_dir():
                real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                if real not in seen:
                    seen.add(real)
                    waiting.append(entry.path)
            elif entry.is_file():
                yield entry.path, entry.stat()


def _key(paths: Sequence[Path]) -> str:
    return "\n".join([str(VERSION), *(str(path.absolute()) for path in paths)])


def _recall(store: sqlite3.Connection, key: str, stamp: str) -> Kept | None:
    row = store.execute("SELECT files, refused FROM indexes WHERE key = ? AND stamp = ?", (key, stamp)).fetchone()
    if row is None:
        return None
    series = store.execute("SELECT head, planes FROM series WHERE key = ? ORDER BY place", (key,))
    return Kept(tuple(unpacked(head, planes) for head, planes in series), row[1], row[0])


def _keep(store: sqlite3.Connection, key: str, stamp: str, kept: Kept) -> None:
    store.execute("DELETE FROM series WHERE key = ?", (key,))
    store.execute("REPLACE INTO indexes VALUES (?, ?, ?, ?, ?)", (key, stamp, kept.files, kept.refused, time.time()))
    rows = ((key, place, *packed(one)) for place, one in enumerate(kept.series))
    store.executemany("INSERT INTO series VALUES (?, ?, ?, ?)", rows)
    old = store.execute("SELECT key FROM indexes ORDER BY kept DESC LIMIT -1 OFFSET ?", (MOST_INDEXES,)).fetchall()
    store.executemany("DELETE FROM series WHERE key = ?", old)
    store.executemany("DELETE FROM indexes WHERE key = ?", old)
