"""What SQLite asks of the disk, written down call by call; and what a disk may hold when the power fails.

SQLite's own file functions are wrapped in place (its VFS, see sqlite.org/vfs.html), so that the program under test uses
them as it is. A disk that loses power keeps what was synced; of later writes it keeps any, in any order, also in part.
"""

import ctypes
import pickle
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

SECTOR = 512
_VFS_FIELDS = (
    "xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose", "xRandomness",
    "xSleep", "xCurrentTime", "xGetLastError",
)  # fmt: skip
_FILE_FIELDS = ("xClose", "xRead", "xWrite", "xTruncate", "xSync")


class _Vfs(ctypes.Structure):
    _fields_ = [
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", ctypes.c_void_p),
        ("zName", ctypes.c_char_p),
        ("pAppData", ctypes.c_void_p),
        *((name, ctypes.c_void_p) for name in _VFS_FIELDS),
    ]


class _Methods(ctypes.Structure):
    _fields_ = [
        ("iVersion", ctypes.c_int),
        *((name, ctypes.c_void_p) for name in _FILE_FIELDS),
        ("rest", ctypes.c_void_p * 14),
    ]


Open = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
Delete = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
Write = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
Truncate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


def library() -> "ctypes.CDLL | None":
    """Return the SQLite that Python itself uses; None where it cannot be reached from outside."""
    import sqlite3  # noqa: F401 - it must be loaded to be found

    with suppress(OSError):
        for line in Path("/proc/self/maps").read_text().splitlines():
            if "sqlite3.so" in line.rsplit("/", 1)[-1]:
                return ctypes.CDLL(line.split(maxsplit=5)[5])
    return None


class Recorder:
    """Wraps the file functions of SQLite in this process and writes down what they are asked to do."""

    def __init__(self) -> None:
        self.log: list[tuple[Any, ...]] = []
        self._names: dict[int, str] = {}
        self._kept: dict[int, Any] = {}
        sqlite = library()
        assert sqlite is not None
        sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        vfs = sqlite.sqlite3_vfs_find(None).contents
        self._open, self._delete = Open(vfs.xOpen), Delete(vfs.xDelete)
        self._own = (Open(self._opened), Delete(self._deleted))
        vfs.xOpen = ctypes.cast(self._own[0], ctypes.c_void_p)
        vfs.xDelete = ctypes.cast(self._own[1], ctypes.c_void_p)

    def _opened(self, vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        done = self._open(vfs, name, file, flags, out)
        if done == 0 and name is not None:
            self._names[file] = _name(name)
            place = ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))
            place[0] = self._wrapped(place[0])
            self.log.append(("open", self._names[file]))
        return done

    def _wrapped(self, methods: int) -> int:
        if methods in self._kept:
            return self._kept[methods][0]
        given = ctypes.cast(methods, ctypes.POINTER(_Methods)).contents
        ours = _Methods()
        ctypes.memmove(ctypes.byref(ours), ctypes.byref(given), ctypes.sizeof(_Methods))
        write, truncate, sync = Write(given.xWrite), Truncate(given.xTruncate), Sync(given.xSync)

        def writing(file: int, data: int, size: int, at: int) -> int:
            self.log.append(("write", self._names[file], at, ctypes.string_at(data, size)))
            return write(file, data, size, at)

        def truncating(file: int, size: int) -> int:
            self.log.append(("truncate", self._names[file], size))
            return truncate(file, size)

        def syncing(file: int, flags: int) -> int:
            self.log.append(("sync", self._names[file]))
            return sync(file, flags)

        own = (Write(writing), Truncate(truncating), Sync(syncing))
        ours.xWrite, ours.xTruncate, ours.xSync = (ctypes.cast(one, ctypes.c_void_p) for one in own)
        address = ctypes.addressof(ours)
        self._kept[methods] = self._kept[address] = (address, ours, own)
        return address

    def _deleted(self, vfs: int, name: int, with_folder: int) -> int:
        self.log.append(("delete", _name(name), bool(with_folder)))
        return self._delete(vfs, name, with_folder)


def _name(address: int) -> str:
    """SQLite keeps the very address of a name, so that it must not be copied on its way through."""
    return Path(ctypes.string_at(address).decode()).name


@dataclass
class _File:
    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[Any, ...]] = field(default_factory=list)
    is_gone: bool = False
    may_return: bool = False
    """It was deleted, and its folder was not synced since."""
    is_new: bool = True
    """Its folder is synced with its own first sync, as SQLite does for journals and logs."""


def after_power_loss(log: list[tuple[Any, ...]], until: int, chance: Random) -> dict[str, bytes]:
    """Return the files as a disk may hold them when the power fails behind the first `until` calls."""
    files: dict[str, _File] = {}
    for kind, name, *more in log[:until]:
        if kind == "mark":
            continue
        file = files.setdefault(name, _File())
        if kind == "open" and file.is_gone:
            files[name] = _File()
        elif kind == "sync":
            for change in file.pending:
                _apply(file.safe, change)
            file.pending = []
            if file.is_new and name.endswith(("-wal", "-journal")):
                for other in files.values():
                    other.may_return = False
            file.is_new = False
        elif kind == "delete":
            file.is_gone, file.may_return = True, not more[0]
        elif kind in ("write", "truncate"):
            file.pending.append((kind, *more))
    found = {}
    for name, file in files.items():
        if file.is_gone and not (file.may_return and chance.random() < 0.5):
            continue
        keeps = chance.choice((0.0, 0.5, 0.9, 1.0))
        for change in file.pending:
            if chance.random() < keeps:
                _apply(file.safe, change)
            elif change[0] == "write" and len(change[2]) > SECTOR and chance.random() < 0.5:
                cut = chance.randrange(1, 1 + len(change[2]) // SECTOR) * SECTOR
                _apply(file.safe, ("write", change[1], change[2][:cut]))
        found[name] = bytes(file.safe)
    return found


def _apply(content: bytearray, change: tuple[Any, ...]) -> None:
    if change[0] == "truncate":
        size = change[1]
        content[size:] = bytes(max(0, size - len(content)))
        return
    at, data = change[1], change[2]
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


def main() -> None:
    """``python lossy_disk.py STORE LOG SEED``: a few sessions of random edits; the calls go into LOG."""
    recorder = Recorder()
    from edits import Editor, digest

    from mo_viewer.session.session import Session
    from mo_viewer.session.store import Store

    chance = Random(int(sys.argv[3]))
    for _ in range(3):
        editor = Editor(Session(Store(Path(sys.argv[1]))), chance)
        editor.session.flush()
        for n in range(12):
            kind, document = editor.planned()
            recorder.log.append(("mark", "coming", digest(document)))
            editor.do(kind, document)
            editor.session.flush()
            recorder.log.append(("mark", "there", digest(editor.session.document)))
            if n == 8 and editor.session._store is not None:
                editor.session._store._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        editor.session.close()
    Path(sys.argv[2]).write_bytes(pickle.dumps(recorder.log))


if __name__ == "__main__":
    main()
