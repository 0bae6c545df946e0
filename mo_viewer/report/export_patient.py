"""What a store holds of a patient, out of the house: images are looked for where they may lie."""

from collections.abc import Sequence
from pathlib import Path

from mo_viewer import __version__
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document
from mo_viewer.report.export import FORMATS, Exported, export
from mo_viewer.report.history import NO_HISTORY, History
from mo_viewer.report.signature import UNSIGNED, Standing


def export_patient(
    document: Document,
    images: Sequence[Path],
    folder: Path,
    formats: Sequence[str] = FORMATS,
    ticket: Ticket | None = None,
    software: str = f"mo-viewer {__version__}",
    plugin: str = "",
    history: History = NO_HISTORY,
    standing: Standing = UNSIGNED,
) -> Exported:
    """Export a patient's stored findings (``mo-viewer export PATIENT --out DIR --format ...``).

    Studies whose images are not found below `images` go into table, JSON, FHIR and the report, not into DICOM
    objects, and a remark says so.

    Parameters
    ----------
    document
        As the store keeps it.
    images
        Folders, files or zips where the images may lie; those that are not there are passed over.
    folder, formats, ticket, software, plugin, history, standing
        As for `export.export`.

    Raises
    ------
    Misuse, Refused, Unwritable
        As `export.export` does.
    """
    from mo_viewer.dicom.scan import scan

    wanted = {timepoint.series_uid for timepoint in document.timepoints}
    there = [path for path in images if path.exists()]
    found = scan(there, ticket).series if there else ()
    sources = {s.source.series_uid: s.source for s in found if s.is_image and s.source.series_uid in wanted}
    return export(document, sources, folder, formats, ticket, software, plugin, history, standing)
