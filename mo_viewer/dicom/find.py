"""Walk folders, zips and DICOMDIRs and name every file once."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.archive import members
from mo_viewer.dicom.files import address

_ZIP = ".zip"
Refuse = Callable[[str, Unreadable], None]


def files_in(paths: Sequence[Path], refuse: Refuse) -> Iterator[str]:
    """Yield the address of every file in and below `paths`, each once; zips are opened.

    `refuse` is called with a file and the reason why it (or what is in it) cannot be read.
    """
    seen: set[tuple[int, int]] = set()
    folders = []
    for path in paths:
        try:
            what = path.stat()
        except (OSError, ValueError):
            refuse(str(path), Unreadable("The file or folder does not exist.", code="missing_file"))
            continue
        identity = what.st_dev, what.st_ino
        if stat.S_ISDIR(what.st_mode):
            folders.append(str(path))
        elif not stat.S_ISREG(what.st_mode):
            refuse(str(path), _neither(str(path)))
        elif identity not in seen:
            seen.add(identity)
            yield from _opened(str(path), refuse)
    single = frozenset(seen)
    for folder in folders:
        yield from _below(folder, seen, single, refuse)


def _below(
    folder: str, seen: set[tuple[int, int]], single: frozenset[tuple[int, int]], refuse: Refuse
) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            identity = _identity(here)
            if identity in seen:
                continue
            seen.add(identity)
            entries = sorted(os.scandir(here), key=attrgetter("name"))
        except OSError as fault:
            refuse(here, Unreadable("The folder cannot be opened.", detail=str(fault), code="missing_file"))
            continue
        folders = []
        for entry in entries:
            what = _what(entry)
            if what is None:
                refuse(entry.path, _neither(entry.path))
            elif what == "file":
                if single and _identity(entry.path) in single:
                    continue
                if entry.name[-4:].lower() == _ZIP:
                    yield from _opened(entry.path, refuse)
                else:
                    yield entry.path
            else:
                folders.append(entry.path)
        waiting.extend(reversed(folders))


def _what(entry: os.DirEntry[str]) -> str | None:
    try:
        return "file" if entry.is_file() else "folder" if entry.is_dir() else None
    except OSError:
        return None


def _neither(path: str) -> Unreadable:
    """Why something that is no file and no folder is not read: opening a pipe or a device might never end."""
    try:
        Path(path).stat()
    except OSError:
        return Unreadable("The link leads nowhere.", code="missing_file")
    return Unreadable("This is neither a file nor a folder.", code="not_dicom")


def _opened(file: str, refuse: Refuse) -> Iterator[str]:
    if file[-4:].lower() != _ZIP:
        yield file
        return
    archive = Path(file)
    try:
        yield from (address(archive, member) for member in members(archive))
    except Unreadable as fault:
        refuse(file, fault)


def _identity(path: str) -> tuple[int, int]:
    found = Path(path).stat()
    return found.st_dev, found.st_ino


def is_zip(data: bytes) -> bool:
    """Whether a file begins like a zip, whatever its name."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")
