"""Objects of an export that hold no numbers (key objects, presentation states, pictures, the PDF), read back."""

from collections.abc import Iterator, Set
from typing import Any

from mo_viewer.report.images import Images
from mo_viewer.report.recount import copied_differences


def look_differences(header: Any, own: Set[str], images: Images, name: str) -> Iterator[str]:
    """Yield what an object copied otherwise from the images, and what it refers to that is nowhere.

    `own` are the SOP Instance UIDs of the export itself.
    """
    yield from copied_differences(header, images, name)
    missing = {uid for uid in referenced(header) if uid not in own and not images.holds(uid)}
    if missing:
        yield f"{name}: {len(missing)} objects that it refers to are not here."


def paper_differences(header: Any, paper: bytes | None, name: str) -> Iterator[str]:
    """Yield where a PDF inside a DICOM object is not the PDF beside it."""
    inside = header.get("EncapsulatedDocument")
    if inside is None or paper is None:
        return
    length = int(header.get("EncapsulatedDocumentLength") or len(inside))
    if bytes(inside)[:length] != paper:
        yield f"{name}: the PDF in it is not report.pdf."


def referenced(dataset: Any) -> set[str]:
    """Return every SOP Instance UID that a data set refers to."""
    found: set[str] = set()
    for element in dataset:
        if element.keyword == "ReferencedSOPInstanceUID":
            found.add(str(element.value))
        for item in element.value if element.VR == "SQ" else ():
            found |= referenced(item)
    return found
