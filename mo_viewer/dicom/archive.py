"""What a zip may hold before it is opened: declared sizes are checked, nothing is unpacked to disk."""

import struct
import zipfile
from pathlib import Path

from mo_viewer.base.faults import Unreadable

MOST_MEMBERS = 500_000
LARGEST_MEMBER = 8 * 1024**3
LARGEST_TOTAL = 256 * 1024**3
DEAR_BYTES = 256 * 1024**2
_ENCRYPTED = 1
_UNPACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
HIGHEST_RATIO = 200
"""Blank images pack well, but no real study of more than `DEAR_BYTES` packs 200 times."""


def members(archive: Path) -> list[str]:
    """Return the files in a zip, in its own order.

    Only as much of a member is ever unpacked as it declares, so what is checked here holds.

    Raises
    ------
    Unreadable
        ``damaged``, or ``unsafe_archive`` when it declares sizes that no study has.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            listed = [info for info in zipped.infolist() if info.filename and not info.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, EOFError, struct.error, LookupError) as fault:
        raise Unreadable("The zip is damaged.", detail=repr(fault), code="damaged") from fault
    _check(listed, archive.stat().st_size)
    return [info.filename for info in listed]


def takes_password(archive: Path) -> bool:
    """Whether a zip holds files in the old encryption, which a password opens; newer kinds are not read."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            return any(info.flag_bits & _ENCRYPTED and info.compress_type in _UNPACKED for info in zipped.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, EOFError):
        return False


def _check(listed: list[zipfile.ZipInfo], size: int) -> None:
    if len(listed) > MOST_MEMBERS:
        raise _unsafe(f"it lists {len(listed)} files")
    if sum(info.compress_size for info in listed) > size:
        raise _unsafe("its files overlap")
    total = sum(info.file_size for info in listed)
    if total > LARGEST_TOTAL or (total > DEAR_BYTES and total > HIGHEST_RATIO * size):
        raise _unsafe(f"{size} bytes would unpack to {total}")
    for info in listed:
        small = info.file_size <= DEAR_BYTES or info.file_size <= HIGHEST_RATIO * max(1, info.compress_size)
        if info.file_size > LARGEST_MEMBER or not small:
            raise _unsafe(f"one of its files would unpack from {info.compress_size} to {info.file_size} bytes")


def _unsafe(why: str) -> Unreadable:
    return Unreadable(f"The zip is not opened, because {why}.", code="unsafe_archive")
