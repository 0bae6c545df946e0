"""Objects of an earlier export that new ones replace."""

from pathlib import Path
from typing import Any

_WANTED = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesDescription",
    "ContentDate",
    "ContentTime",
)
_REPORTS = "1.2.840.10008.5.1.4.1.1.88."


def earlier_objects(folder: Path) -> dict[tuple[str, str], Any]:
    """Return the newest report of each kind in a folder, by study UID and series description.

    Files that cannot be read are passed over: they are no predecessors.
    """
    found: dict[tuple[str, str], Any] = {}
    for path in sorted(folder.glob("*.dcm")):
        header = _header(path)
        if header is None or not str(header.get("SOPClassUID", "")).startswith(_REPORTS):
            continue
        key = str(header.get("StudyInstanceUID", "")), str(header.get("SeriesDescription", ""))
        if key not in found or _age(header) >= _age(found[key]):
            found[key] = header
    return found


def _header(path: Path) -> Any | None:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        return dcmread(path, specific_tags=list(_WANTED), stop_before_pixels=True)
    except (InvalidDicomError, OSError, EOFError, ValueError):
        return None


def _age(header: Any) -> tuple[str, str]:
    return str(header.get("ContentDate", "")), str(header.get("ContentTime", ""))
