"""What was indexed before, in an SQLite file that may be deleted at any time.

An index is kept for the paths that were asked for. While every file in and below them has the size and the times of
modification and change that it had, the index is the answer (`Cache.recall`). Otherwise the frames of each file that
is as it was are taken, and only the others are read (`Cache.known`), also where a folder above or below is asked for.
Files that were changed less than two seconds before they were indexed are not believed, because a second change might
not show in their times. It holds names of patients, so only its owner may read it.
"""

import hashlib
import json
import os
import sqlite3
import time
import zlib
from array import array
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from mo_viewer import __version__, volume
from mo_viewer.dicom.files import SEPARATOR, split_address
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.packed import packed, unpacked
from mo_viewer.dicom.series import Series
from mo_viewer.paths import user_cache

MOST_INDEXES = 200
MOST_CONSULTED = 8
"""How many kept indexes are looked through for files of the folders that are asked for."""
SETTLED_NS = 2_000_000_000
_TABLES = """
CREATE TABLE IF NOT EXISTS indexes
    (key TEXT PRIMARY KEY, stamp TEXT, files INTEGER, refused TEXT, states TEXT, kept REAL);
CREATE TABLE IF NOT EXISTS series (key TEXT, place INTEGER, head TEXT, planes TEXT, PRIMARY KEY (key, place));
"""
State = tuple[int, int, int]
"""Size, and times of modification and of change, ns."""
Known = dict[str, tuple[State, tuple[Frame, ...]]]
"""The frames of files, by address, and the state in which the file, or the zip that holds it, was."""
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
        stamp = states_of(paths).stamp
        return self._try(lambda store: _recall(store, key, stamp)) if stamp else None

    def known(self, paths: Sequence[Path]) -> Known:
        """Return the frames of the files that were read before in, above or below these paths."""
        return self._try(lambda store: _known(store, paths)) or {}

    def named(self, series_uid: str) -> tuple[Series, ...]:
        """Return the parts of a series as they were read last, where all of their files are still there."""
        if not series_uid:
            return ()
        found = self._try(lambda store: _named(store, series_uid)) or ()
        return found if all(_is_there(one) for one in found) else ()

    def keep(self, paths: Sequence[Path], kept: Kept, whole: bool = True) -> None:
        """Keep an index; where not `whole` is known to come from these paths, only for its files."""
        states = states_of(paths)
        stamp = states.stamp if whole else ""
        self._try(lambda store: _keep(store, _key(paths), stamp, states, kept))

    def _try(self, work: Callable[[sqlite3.Connection], Found]) -> Found | None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.touch(mode=0o600)
            with closing(sqlite3.connect(self.file, timeout=1)) as store, store:
                _prepare(store)
                return work(store)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if not isinstance(error, sqlite3.OperationalError):
                with suppress(OSError):
                    self.file.unlink(missing_ok=True)
            return None
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None


def user_index() -> Cache:
    """Return the cache of this user."""
    return Cache(user_cache() / "scan.sqlite")


def _prepare(store: sqlite3.Connection) -> None:
    """Make the tables; what another version kept is dropped."""
    version = made_by()
    if store.execute("PRAGMA user_version").fetchone() != (version,):
        store.executescript(
            f"DROP TABLE IF EXISTS indexes; DROP TABLE IF EXISTS series; {_TABLES} PRAGMA user_version = {version};"
        )


@cache
def made_by() -> int:
    """Return a number for the program that indexes: its version, and its files as they are on disk.

    What another program kept may say something else of the same files, so it is not believed.
    """
    rooms = [Path(__file__).parent, Path(volume.__file__).parent]
    with suppress(OSError):
        states = [(file.name, *state_of(file.stat())[:2]) for room in rooms for file in sorted(room.glob("*.py"))]
        return zlib.crc32(repr((__version__, states)).encode()) >> 1
    return zlib.crc32(__version__.encode()) >> 1


@dataclass
class States:
    """Name and state of every file; three numbers in `numbers` for each of `names`."""

    names: list[str]
    numbers: "array[int]"

    @property
    def stamp(self) -> str:
        """A fingerprint of all of them; empty when one was changed a moment ago, or there is none."""
        if not self.numbers or max(self.numbers) > time.time_ns() - SETTLED_NS:
            return ""
        names = "\0".join(self.names).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(names + self.numbers.tobytes(), digest_size=20).hexdigest()

    def settled(self) -> dict[str, State]:
        """Return the states of those that were not changed a moment ago."""
        latest = time.time_ns() - SETTLED_NS
        triples = zip(self.names, *(self.numbers[k::3] for k in range(3)), strict=True)
        return {
            name: (size, changed, touched)
            for name, size, changed, touched in triples
            if max(changed, touched) <= latest
        }


def state_of(found: os.stat_result) -> State:
    """Return what must be as it was for a file to be believed."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def states_of(paths: Sequence[Path]) -> States:
    """Return the state of every file in and below `paths`; nothing where one cannot be looked at."""
    found = States([], array("q"))
    try:
        folders = [str(path) for path in paths if path.is_dir()]
        for path in paths:
            if str(path) not in folders:
                found.names.append(str(path))
                found.numbers.extend(state_of(path.stat()))
        _look_below(folders, found)
    except OSError:
        return States([], array("q"))
    return found


def _look_below(waiting: list[str], found: States) -> None:
    names, numbers = found.names, found.numbers
    seen: set[str] = set()
    while waiting:
        for entry in sorted(os.scandir(waiting.pop()), key=attrgetter("name")):
            if entry.is_file():
                here = entry.stat()
                names.append(entry.path)
                numbers.extend((here.st_size, here.st_mtime_ns, here.st_ctime_ns))
            elif entry.is_dir():
                real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                if real not in seen:
                    seen.add(real)
                    waiting.append(entry.path)


def _key(paths: Sequence[Path]) -> str:
    return "\n".join(str(path.absolute()) for path in paths)


def _recall(store: sqlite3.Connection, key: str, stamp: str) -> Kept | None:
    row = store.execute("SELECT files, refused FROM indexes WHERE key = ? AND stamp = ?", (key, stamp)).fetchone()
    if row is None:
        return None
    series = store.execute("SELECT head, planes FROM series WHERE key = ? ORDER BY place", (key,))
    return Kept(tuple(unpacked(head, planes) for head, planes in series), row[1], row[0])


def _named(store: sqlite3.Connection, series_uid: str) -> tuple[Series, ...]:
    rows = store.execute(
        "SELECT key, head, planes FROM series JOIN indexes USING (key) WHERE instr(head, ?) ORDER BY kept DESC, place",
        (json.dumps(series_uid),),
    ).fetchall()
    parts = [(key, unpacked(head, planes)) for key, head, planes in rows if key == rows[0][0]]
    return tuple(one for _, one in parts if one.source.series_uid == series_uid)


def _is_there(series: Series) -> bool:
    files = {instance.path for instance in series.source.instances}
    return all(Path(split_address(file)[0] if SEPARATOR in file else file).exists() for file in files)


def _known(store: sqlite3.Connection, paths: Sequence[Path]) -> Known:
    asked = [path.absolute() for path in paths]
    known: Known = {}
    rows = store.execute("SELECT key, states FROM indexes ORDER BY kept DESC").fetchall()
    near = [(key, states) for key, states in rows if _overlap(asked, key)][:MOST_CONSULTED]
    for key, states in reversed(near):
        found = {file: (size, changed, touched) for file, size, changed, touched in json.loads(states)}
        series = store.execute("SELECT head, planes FROM series WHERE key = ?", (key,))
        known |= _by_file([unpacked(head, planes) for head, planes in series], found)
    return known


def _overlap(asked: Sequence[Path], key: str) -> bool:
    kept = [Path(one) for one in key.split("\n")]
    return any(one.is_relative_to(other) or other.is_relative_to(one) for one in asked for other in kept)


def _by_file(series: Sequence[Series], states: dict[str, State]) -> Known:
    """Return the files all of whose frames are there; of a copy that was left out, nothing is known."""
    frames: dict[str, list[Frame]] = {}
    for one in series:
        for frame in one.planes:
            frames.setdefault(frame.file, []).append(frame)
    known: Known = {}
    for file, group in frames.items():
        state = states.get(file) or states.get(split_address(file)[0] if SEPARATOR in file else file)
        wanted = 1 if group[0].pixels is None else group[0].traits.frames
        if state is not None and len(group) == wanted:
            known[file] = state, tuple(sorted(group, key=lambda frame: frame.number or 0))
    return known


def _keep(store: sqlite3.Connection, key: str, stamp: str, states: States, kept: Kept) -> None:
    settled = json.dumps([[file, *state] for file, state in states.settled().items()])
    store.execute("DELETE FROM series WHERE key = ?", (key,))
    row = (key, stamp, kept.files, kept.refused, settled, time.time())
    store.execute("REPLACE INTO indexes VALUES (?, ?, ?, ?, ?, ?)", row)
    rows = ((key, place, *packed(one)) for place, one in enumerate(kept.series))
    store.executemany("INSERT INTO series VALUES (?, ?, ?, ?)", rows)
    old = store.execute("SELECT key FROM indexes ORDER BY kept DESC LIMIT -1 OFFSET ?", (MOST_INDEXES,)).fetchall()
    store.executemany("DELETE FROM series WHERE key = ?", old)
    store.executemany("DELETE FROM indexes WHERE key = ?", old)
