"""``mo-viewer export``: what the store holds of a patient, out of the house."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from mo_viewer.base.faults import Misuse, Refused, Unreadable
from mo_viewer.cli.measure import SOFTWARE, plugin_text, started_host
from mo_viewer.cli.output import complain, say
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Document
from mo_viewer.session.audit import EXPORT, NAME, Audit
from mo_viewer.session.signings import signings
from mo_viewer.session.store import Store, findings_store

HELP = "write what the store holds of a patient into a folder"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("patient", metavar="PATIENT", help="patient ID, or the hash that scan prints")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--format", default="", metavar="LIST", help="of sr,seg,kos,gsps,sc,pdf,csv,json,fhir,txt,html")
    parser.add_argument(
        "--images", type=Path, action="append", default=[], metavar="PATH", help="where the images lie now"
    )


def act(options: argparse.Namespace) -> int:
    """Export; exit 1 with one line for everything that was left out."""
    from mo_viewer.plugin_host.sections import sections_of
    from mo_viewer.report.export import FORMATS, export
    from mo_viewer.report.history import history_in
    from mo_viewer.report.signature import standing
    from mo_viewer.report.sources import sources_of
    from mo_viewer.session.settings import own_reader, own_settings

    formats = tuple(name.strip().lower() for name in options.format.split(",") if name.strip()) or FORMATS
    missing = next((path for path in options.images if not path.exists()), None)
    if missing is not None:
        raise Unreadable("The images are not there.", detail=str(missing))
    store = findings_store()
    try:
        document = _kept(store, options.patient)
        stands = standing(document, signings(store, document.patient.key), own_reader(own_settings()))
    finally:
        store.close()
    series = tuple(_series(document, options.images))
    sources = sources_of(document, series)
    host = started_host()
    plugin, sections = plugin_text(host), sections_of(host, document)
    history = history_in(document)
    exported = export(
        document, sources, options.out, formats, None, SOFTWARE, plugin, history, stands, sections, series
    )
    audit = Audit(store.path.with_name(NAME))
    audit.record(EXPORT, "E", document.patient.key, f"{len(exported.files)} files")
    for remark in exported.remarks:
        complain(remark)
    say(f"{len(exported.files)} files written, read back and compared.")
    return 1 if exported.remarks else 0


def _kept(store: Store, patient: str) -> Document:
    keys = store.called(patient)
    if not keys:
        raise Refused("Nothing is kept of this patient.", "Give the patient ID, or the hash that scan prints.")
    if len(keys) > 1:
        raise Misuse("Several patients bear this ID.", f"Name one by its hash: {', '.join(keys)}.")
    head = store.head(keys[0])
    assert head is not None
    return head.document


def _series(document: Document, images: Sequence[Path]) -> Iterator[Series]:
    """Series of the folders that were named; else where they were read last."""
    from mo_viewer.dicom.cache import user_index
    from mo_viewer.dicom.scan import scan

    cache = user_index()
    if images:
        yield from scan(images, cache=cache).series
    else:
        for uid in set(_named(document)):
            yield from cache.named(uid)


def _named(document: Document) -> Iterator[str]:
    """Yield the series that were measured, drawn on or starred."""
    from mo_viewer.report.sources import measured_series

    for timepoint in document.timepoints:
        yield from measured_series(timepoint)
        yield from (mark.image.series_uid for mark in timepoint.marks)
        yield from (image.series_uid for image in timepoint.key_images)
