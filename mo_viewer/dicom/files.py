"""Files as the room sees them: on disk, or inside a zip as ``archive.zip::member``; opened read-only."""

import io
import lzma
import os
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

from mo_viewer.base.faults import Unreadable


class Stream(Protocol):
    """What reading needs of an open file."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a position and return it."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, or all that are left."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill a buffer and return how many bytes were there."""


SEPARATOR = "::"
READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_passwords: dict[str, bytes] = {}
_open = threading.local()


def remember_password(archive: str, password: str) -> None:
    """Keep the password of a zip for as long as the program runs."""
    _passwords[archive] = password.encode("utf-8")


def forget_password(archive: str) -> None:
    """Forget a password that does not open its zip, so that another can be given."""
    _passwords.pop(archive, None)


def password_of(archive: str) -> bytes | None:
    """Return the password that was given for a zip, or None."""
    return _passwords.get(archive)


def address(archive: Path, member: str) -> str:
    """Return the address of a member of a zip."""
    return f"{archive}{SEPARATOR}{member}"


def split_address(file: str) -> tuple[str, str]:
    """Return archive and member; the member is empty for a file on disk.

    The archive ends at the first separator behind which a file of that name stands on disk.
    """
    at = file.find(SEPARATOR)
    if at < 0:
        return file, ""
    while at >= 0:
        if Path(file[:at]).is_file():
            return file[:at], file[at + len(SEPARATOR) :]
        at = file.find(SEPARATOR, at + 1)
    return file, ""


@contextmanager
def opened(file: str) -> Iterator[Stream]:
    """Open a file or a member of a zip for reading; a member is seekable, and unpacked as far as it is read.

    Raises
    ------
    Unreadable
        When it cannot be opened (``missing_file``, ``encrypted``, ``damaged``).
    """
    archive, member = split_address(file)
    if not member:
        with open_file(file) as stream:
            yield stream
        return
    try:
        with _archive(archive).open(member, pwd=password_of(archive)) as inner:
            yield cast(Stream, inner)
    except NotImplementedError as fault:
        hint = "Unpack it, then open that folder."
        raise Unreadable("The zip is packed or encrypted in a way that is not read.", hint, code="encrypted") from fault
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, KeyError) as fault:
        raise Unreadable("The file inside the zip is damaged.", detail=repr(fault), code="damaged") from fault
    except RuntimeError as fault:
        raise Unreadable("The zip is encrypted.", "Give its password.", repr(fault), "encrypted") from fault
    except OSError as fault:
        raise Unreadable("The zip cannot be opened.", detail=str(fault), code="missing_file") from fault


def open_descriptor(file: str) -> int:
    """Open a file on disk for reading, with as few calls as can be; see `opened` for the faults."""
    try:
        return os.open(file, READ)
    except (OSError, ValueError) as fault:
        raise Unreadable("The file cannot be opened.", detail=str(fault), code="missing_file") from fault


def open_file(file: str) -> io.FileIO:
    """Open a file on disk, unbuffered; see `opened` for the faults."""
    try:
        return io.FileIO(file, "rb")
    except (OSError, ValueError) as fault:
        raise Unreadable("The file cannot be opened.", detail=str(fault), code="missing_file") from fault


def _archive(archive: str) -> zipfile.ZipFile:
    """One open archive per thread: opening reads the whole directory, which is dear for each of 1,000 members."""
    stamp = Path(archive).stat()
    key = (archive, stamp.st_mtime_ns, stamp.st_size)
    if getattr(_open, "key", None) != key:
        close_archive()
        _open.zip, _open.key = zipfile.ZipFile(archive), key
    return cast(zipfile.ZipFile, _open.zip)


def close_archive() -> None:
    """Let go of the archive that this thread holds open."""
    if getattr(_open, "key", None) is not None:
        _open.zip.close()
        _open.key = None


def read_whole(file: str) -> io.BytesIO:
    """Return all bytes of a file; a member of a zip is unpacked once."""
    with opened(file) as stream:
        return io.BytesIO(stream.read())
