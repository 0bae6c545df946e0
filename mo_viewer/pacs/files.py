"""Whole files or none: written beside, flushed, then renamed."""

import os
from contextlib import suppress
from pathlib import Path

from mo_viewer.base.faults import Unwritable


def write_whole(path: Path, content: bytes, private: bool = False) -> None:
    """Put a file into place in one step, over an older one of that name.

    Raises
    ------
    Unwritable
        When the disk does not take it; an older file then still stands.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), _mode(private))
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        discard(part)
        raise full(error) from error


def keep_part(part: Path, path: Path) -> Path:
    """Give a finished part its name; where another file has it already, a name beside that.

    A file of the same content is not kept twice.
    """
    try:
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        number, target = 1, path
        while target.exists():
            if same_content(part, target):
                part.unlink()
                return target
            number += 1
            target = path.with_name(f"{path.stem}-{number}{path.suffix}")
        part.replace(target)
    except OSError as error:
        discard(part)
        raise full(error) from error
    return target


def discard(part: Path) -> None:
    """Remove what did not become whole."""
    with suppress(OSError):
        part.unlink(missing_ok=True)


def same_content(one: Path, other: Path) -> bool:
    """Compare two files byte by byte."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as a, other.open("rb") as b:
        while block := a.read(1 << 20):
            if block != b.read(1 << 20):
                return False
    return True


def full(error: OSError) -> Unwritable:
    """Return the fault of a disk of ours that does not take a file."""
    hint = f"The system says: {error.strerror}." if error.strerror else ""
    return Unwritable("A file could not be written to this machine's disk.", hint, repr(error))


def _mode(private: bool) -> int:
    return 0o600 if private else 0o666
