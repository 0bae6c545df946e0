"""Reads what was opened, in the background: the index, and the note that it was opened."""

from collections.abc import Sequence
from pathlib import Path

from mo_viewer.base.faults import Fault, Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.cache import user_index
from mo_viewer.dicom.scan import Found, Index, scan
from mo_viewer.ui.recent import remember


def read_index(paths: Sequence[Path], ticket: Ticket, found: Found) -> tuple[Index, Fault | None]:
    """Return the index of what was opened, and a fault where the list of recent folders could not be written."""
    index = scan(paths, ticket, found, cache=user_index())
    if not index.series:
        return index, None
    try:
        remember(paths)
    except OSError as error:
        return index, Fault("The list of recent folders could not be saved.", "Opening files works.", repr(error))
    return index, None


def nothing_in(index: Index) -> Fault:
    """Return what to say when an index holds no series."""
    if not index.files:
        return Unreadable("There are no files in what was opened.", "Open a folder that holds DICOM images.")
    return Unreadable("No DICOM images were found.", "The import report lists each file and the reason.")
