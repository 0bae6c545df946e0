"""DICOMDIR: the table of contents of a medium (DICOM PS3.3 F). It is believed only about which files there are."""

from pathlib import Path

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import library
from mo_viewer.dicom.files import read_whole

LARGEST_FIELD = 64


def is_directory_name(file: str) -> bool:
    """Whether a file is called DICOMDIR."""
    return file[-8:].upper() == "DICOMDIR" and file[-9:-8] in ("", "/", "\\", ":")


def named_files(file: str) -> tuple[Path, ...]:
    """Return the files that a DICOMDIR names, as paths beside it; none for one inside a zip.

    Raises
    ------
    Unreadable
        When it cannot be read.
    """
    dataset = library.read(read_whole(file), pixels=True)
    folder = Path(file).parent
    try:
        parts = [record.get("ReferencedFileID") for record in dataset.get("DirectoryRecordSequence") or ()]
        names = [[part] if isinstance(part, str) else [str(one) for one in part] for part in parts if part]
    except Exception as fault:
        raise Unreadable("The DICOMDIR is damaged.", detail=repr(fault), code="damaged") from fault
    return tuple(dict.fromkeys(beside(folder, name) for name in names if _is_safe(name)))


def beside(folder: Path, parts: list[str]) -> Path:
    """Return the file that a DICOMDIR means; media copied to disk may have changed case or lost ``;1``."""
    here = folder
    for part in parts:
        exact = here / part
        here = exact if exact.exists() else _alike(here, part) or exact
    return here


def _alike(folder: Path, name: str) -> Path | None:
    wanted = name.split(";")[0].rstrip(".").casefold()
    try:
        return next((one for one in folder.iterdir() if one.name.split(";")[0].rstrip(".").casefold() == wanted), None)
    except OSError:
        return None


def _is_safe(parts: list[str]) -> bool:
    return all(part and part not in (".", "..") and not set(part) & set("/\\:\0") for part in parts)
