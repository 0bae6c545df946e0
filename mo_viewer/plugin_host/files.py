"""Files that appear whole or not at all, and the fingerprint of a plugin's folder."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from mo_viewer.base.faults import Unwritable

_PASSED_OVER = {"__pycache__", ".git", ".pytest_cache"}


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and then move it there; an older file of that name gives way at once.

    Raises
    ------
    Unwritable
        When the disk does not take it; what was there before is still there.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise Unwritable("The file could not be written.", "See that the disk has room.", repr(error)) from error


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of the names and contents of all files of a plugin, caches left out."""
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not _PASSED_OVER & set(p.parts)):
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
