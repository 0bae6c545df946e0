"""Which compressed streams were under way when a program ended without a word: from then on they are decoded apart.

A stream that is well formed and still kills its codec, or never comes back, ends the program once. Each process writes
a mark of what it decodes into a page of memory that lies over a file. The system keeps that page however the process
ends, so that the next one finds the marks that nobody took back. A mark is a hash: nothing of the image or the patient.
"""

import atexit
import hashlib
import mmap
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mo_viewer.paths import user_cache

MARK_BYTES = 16
MOST_AT_ONCE, MOST_SUSPECTS = 32, 1000
_EDGE_BYTES = 4096
_NONE = bytes(MARK_BYTES)


def mark_of(data: bytes) -> bytes:
    """Return what a stream is known by: a hash of its length, its beginning and its end."""
    parts = (len(data).to_bytes(8, "little"), data[:_EDGE_BYTES], data[-_EDGE_BYTES:])
    return hashlib.blake2b(b"".join(parts), digest_size=MARK_BYTES).digest()


class Suspects:
    """The marks of this process, and those that ended processes left; nothing is kept where the disk takes nothing.

    Parameters
    ----------
    folder
        Where all processes of a user keep their marks; the user's own when absent. Looked at when first needed.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.is_used = True
        self._folder = folder
        self._lock = threading.Lock()
        self._is_begun = False
        self._known: set[bytes] = set()
        self._page: mmap.mmap | None = None
        self._free = deque(range(MOST_AT_ONCE))

    def has(self, mark: bytes) -> bool:
        """Whether a process ended while it decoded this stream, and no worker has survived it since."""
        self._begin()
        return mark in self._known

    @contextmanager
    def under_way(self, mark: bytes) -> Iterator[None]:
        """Have a mark stand in the file meanwhile."""
        self._begin()
        page = self._page
        try:
            place = self._free.pop() * MARK_BYTES
        except IndexError:
            page, place = None, -1
        if page is None:
            yield
            return
        page[place : place + MARK_BYTES] = mark
        try:
            yield
        finally:
            page[place : place + MARK_BYTES] = _NONE
            self._free.append(place // MARK_BYTES)

    def acquit(self, mark: bytes) -> None:
        """Take a stream off the list that was decoded apart and harmed nobody: the program was ended otherwise."""
        with self._lock:
            if mark in self._known:
                self._known.discard(mark)
                with suppress(OSError):
                    self._keep()

    def _begin(self) -> None:
        if self._is_begun or not self.is_used:
            return
        with self._lock:
            self._begin_once()

    def _begin_once(self) -> None:
        if not self._is_begun:
            with suppress(OSError, ValueError):
                self._look()
            self._is_begun = True

    def _look(self) -> None:
        folder = self._folder = self._folder or user_cache() / "decoding"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            self._known = _marks((folder / "suspects").read_bytes())
        left = [path for path in folder.glob("*.now") if not _is_alive(path.stem)]
        for path in left:
            marks = _marks(path.read_bytes())
            with suppress(PermissionError):
                path.unlink()
                self._known |= marks
        if left:
            self._keep()
        own, process = folder / f"{os.getpid()}.now", os.getpid()
        with own.open("wb+") as file:
            file.write(bytes(MARK_BYTES * MOST_AT_ONCE))
            file.flush()
            self._page = mmap.mmap(file.fileno(), MARK_BYTES * MOST_AT_ONCE)
        atexit.register(_leave, self._page, own, process)

    def _keep(self) -> None:
        assert self._folder is not None
        part = self._folder / f"{os.getpid()}.part"
        part.write_bytes(b"".join(sorted(self._known)[:MOST_SUSPECTS]))
        part.replace(self._folder / "suspects")


SUSPECTS = Suspects()


def _marks(content: bytes) -> set[bytes]:
    found = {content[at : at + MARK_BYTES] for at in range(0, len(content) - MARK_BYTES + 1, MARK_BYTES)}
    return found - {_NONE}


def _is_alive(process: str) -> bool:
    """Whether a process still runs; on Windows its file cannot be removed then, which tells the same."""
    if sys.platform == "win32" or process == str(os.getpid()):
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _leave(page: mmap.mmap, own: Path, process: int) -> None:
    if os.getpid() == process:
        with suppress(OSError, BufferError):
            page.close()
            own.unlink(missing_ok=True)
