"""DICOMDIR: the table of contents of a medium (DICOM PS3.3 F). It is believed only about which files there are."""

from collections.abc import Iterable
from pathlib import Path

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import library
from mo_viewer.dicom.files import SEPARATOR, read_whole, split_address


def is_directory_name(file: str) -> bool:
    """Whether a file is called DICOMDIR."""
    return file[-8:].upper() == "DICOMDIR" and file[-9:-8] in ("", "/", "\\", ":")


def named_files(file: str) -> tuple[Path, ...]:
    """Return the files that a DICOMDIR on disk names, as paths beside it.

    Raises
    ------
    Unreadable
        When it cannot be read.
    """
    folder = Path(file).parent
    beside = _Beside()
    return tuple(dict.fromkeys(beside.path(folder, parts) for parts in _named(file)))


def missing_members(file: str, members: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses that a DICOMDIR in a zip names and that are not among the addresses `members`.

    Raises
    ------
    Unreadable
        When it cannot be read.
    """
    archive, member = split_address(file)
    folder = member.replace("\\", "/").rpartition("/")[0]
    there = {_plain(one.replace("\\", "/")) for one in members}
    named = ("/".join((*filter(None, (folder,)), *parts)) for parts in _named(file))
    addresses = dict.fromkeys(f"{archive}{SEPARATOR}{name}" for name in named)
    return tuple(one for one in addresses if _plain(one) not in there)


def _named(file: str) -> list[list[str]]:
    dataset = library.read(read_whole(file), pixels=True)
    try:
        parts = [record.get("ReferencedFileID") for record in dataset.get("DirectoryRecordSequence") or ()]
        names = [[part] if isinstance(part, str) else [str(one) for one in part] for part in parts if part]
    except Exception as fault:
        raise Unreadable("The DICOMDIR is damaged.", detail=repr(fault), code="damaged") from fault
    return [name for name in names if _is_safe(name)]


class _Beside:
    """Finds what a DICOMDIR means; media copied to disk may have changed case or lost ``;1``."""

    def __init__(self) -> None:
        self._listed: dict[Path, dict[str, Path]] = {}

    def path(self, folder: Path, parts: list[str]) -> Path:
        here = folder
        for part in parts:
            exact = here / part
            here = exact if exact.exists() else self._alike(here).get(_plain(part), exact)
        return here

    def _alike(self, folder: Path) -> dict[str, Path]:
        if folder not in self._listed:
            try:
                self._listed[folder] = {_plain(one.name): one for one in folder.iterdir()}
            except OSError:
                self._listed[folder] = {}
        return self._listed[folder]


def _plain(name: str) -> str:
    return name.split(";")[0].rstrip(".").casefold()


def _is_safe(parts: list[str]) -> bool:
    return all(part and part not in (".", "..") and not set(part) & set("/\\:\0") for part in parts)
