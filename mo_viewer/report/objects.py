"""One DICOM object of an export: built, written, read back, and held against what was meant."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Unwritable
from mo_viewer.report.compare import dataset_difference
from mo_viewer.report.files import Planned
from mo_viewer.report.headers import CHARACTERS
from mo_viewer.report.reread import read_object

_TEXTS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
More = Callable[[Any], Sequence[str]]
"""Says, a sentence each, what the content of a data set that was read is not as it was meant."""


def planned_object(stem: str, built: Any, more: More | None = None) -> Planned:
    """Return the file of an object; it is compared attribute by attribute, and by `more` where that is given."""
    name_letters(built)
    return Planned(stem, ".dcm", partial(_write, built), partial(_differences, built, more))


def name_letters(dataset: Any) -> None:
    """Name the character set in every sequence item with letters of its own too.

    The standard lets an item take that of the whole; dcmjs, which OHIF reads with, does not.
    """
    for element in dataset:
        for item in element.value if element.VR == "SQ" else ():
            if any(_has_letters(own) for own in item):
                item.SpecificCharacterSet = CHARACTERS
            name_letters(item)


def built_or_said(build: Callable[[], Any], study: str, what: str, remarks: list[str]) -> Any | None:
    """Build an object with highdicom; what it refuses becomes a remark that keeps the attribute's name."""
    try:
        return build()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        remarks.append(f"{study}: no DICOM {what}, because the headers do not allow it ({_first_line(error)}).")
        return None


def _has_letters(element: Any) -> bool:
    return element.VR in _TEXTS and not str(element.value).isascii()


def _write(built: Any, path: Path) -> None:
    from pydicom.errors import BytesLengthException

    try:
        with path.open("wb") as file:
            built.save_as(file, enforce_file_format=True)
    except (AttributeError, KeyError, TypeError, ValueError, BytesLengthException) as error:
        raise Unwritable(f"A DICOM attribute cannot be written: {_first_line(error)}", detail=repr(error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]


def _differences(built: Any, more: More | None, path: Path) -> list[str]:
    read = read_object(path)
    difference = dataset_difference(built, read)
    if difference:
        return [difference]
    return [] if more is None else list(more(read))
