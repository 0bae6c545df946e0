"""``mo-viewer measure``: lesions at points of a study."""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mo_viewer import __version__
from mo_viewer.base.faults import Fault, Misuse, Refused, Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.cli.output import complain, write_json
from mo_viewer.dicom.choose import best_series
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.plugin_host.reading import read_among
from mo_viewer.session.audit import DONE, EXPORT, Action, note
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume

SOFTWARE = f"mo-viewer {__version__}"
HELP = "mark and measure lesions at points of a study"


@dataclass(frozen=True)
class Read:
    """What one call of measure found: the findings, the image, and why the series was taken."""

    document: Document
    volume: Volume
    reason: str
    complaints: tuple[str, ...]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument("--at", action="append", required=True, metavar="X,Y,Z", help="LPS mm; clicks joined by /")
    parser.add_argument("--series", default="", metavar="UID")
    parser.add_argument("--threshold", type=float, metavar="HU")
    parser.add_argument("--json", required=True, metavar="FILE", help="- for standard output")
    parser.add_argument("--export", type=Path, metavar="DIR")
    parser.add_argument("--picture", type=Path, metavar="DIR")
    parser.add_argument("--keep", action="store_true", help="keep the findings in the store")
    parser.add_argument("--names", action="store_true", help="patient text too")


def act(options: argparse.Namespace) -> int:
    """Measure, write the JSON, export and keep as asked; exit 1 when a point gave no lesion."""
    from mo_viewer.report.contract import findings_json

    lesions_clicks = [clicks_of(text) for text in options.at]
    host = started_host()
    known = series_of(options.path)
    try:
        series, reason = chosen_series(known, options.series, lesions_clicks)
    except Refused as fault:
        write_json(options.json, findings_json(Document(known[0].source.patient), SOFTWARE, plugin_text(host)))
        raise fault from None
    read = read_points(host, series, lesions_clicks, options.threshold, reason)
    content = findings_json(read.document, SOFTWARE, plugin_text(host))
    for timepoint in content["timepoints"]:
        timepoint["series_reason"] = reason
    if options.names:
        content["patient"] = {"name": read.document.patient.name, "id": read.document.patient.id}
    write_json(options.json, content)
    has_lesions = any(t.lesions for t in read.document.timepoints)
    if options.export is not None and has_lesions:
        export_to(options.export, read, host)
    if options.picture is not None and has_lesions:
        from mo_viewer.report.pictures import write_pictures

        write_pictures(read.document, read.volume, options.picture)
    if options.keep:
        keep(read)
    for complaint in read.complaints:
        complain(complaint)
    return 1 if read.complaints else 0


def started_host() -> Host:
    """Return the plugin host with all plugins loaded; what was refused is said on standard error."""
    host = Host()
    host.load(plugin_places())
    for fault in host.faults:
        complain(f"Plugin {fault.plugin} does not run: {fault.sentence}")
    return host


def plugin_text(host: Host) -> str:
    """Name and version of the running plugins, as the JSON says them."""
    return ", ".join(f"{manifest.id} {manifest.version}" for manifest in host.running())


def read_points(
    host: Host, series: Series, lesions_clicks: Sequence[Sequence[Point]], threshold_hu: float | None, reason: str
) -> Read:
    """Load a series and read one lesion for each group of clicks; what cannot be read becomes a complaint."""
    from mo_viewer.dicom.load import load
    from mo_viewer.segment.skeleton import native_bone

    volume = load(series)
    bone = native_bone(volume) if volume.unit == "HU" and not volume.is_colour else None
    document = Document(volume.source.patient).with_timepoint(Timepoint.of(volume.source))
    complaints = []
    for number, clicks in enumerate(lesions_clicks):
        rivals = [p for other, points in enumerate(lesions_clicks) if other != number for p in points]
        label = document.next_label()
        try:
            lesion = read_among(host, volume, clicks, rivals, Ticket(), label, threshold_hu, bone)
            document = document.with_lesion(document.timepoints[0], lesion)
        except Refused as fault:
            complaints.append(f"{','.join(f'{value:g}' for value in clicks[0])}: {fault}")
    return Read(document, volume, reason, tuple(complaints))


def export_to(folder: Path, read: Read, host: Host) -> None:
    """Export the findings of one reading; remarks of the export go to standard error."""
    from mo_viewer.plugin_host.sections import sections_of
    from mo_viewer.report.export import export

    source = read.volume.source
    exported = export(
        read.document,
        {source.series_uid: source},
        folder,
        software=SOFTWARE,
        plugin=plugin_text(host),
        sections=sections_of(host, read.document),
    )
    for remark in exported.remarks:
        complain(str(remark))
    on_record(EXPORT, "E", source.patient.key, f"{len(exported.files)} files")


def on_record(event: str, action: Action, patient_key: str, detail: str, outcome: int = DONE) -> None:
    """Put something into the audit record; what goes wrong with that is said, and the work goes on."""
    fault = note(event, action, patient_key, detail, outcome)
    if fault is not None:
        complain(str(fault))


def keep(read: Read) -> None:
    """Add the lesions to the patient's findings in the store."""
    from mo_viewer.session.session import Session
    from mo_viewer.session.store import findings_store

    faults: list[Fault] = []
    session = Session(findings_store(), lambda fault: faults.append(fault) if fault else None)
    try:
        document = session.open_patient(read.document.patient)
        for timepoint in read.document.timepoints:
            for lesion in timepoint.lesions:
                document = document.with_lesion(timepoint, replace(lesion, label=document.next_label()))
        session.change("Measured on the command line", document)
    finally:
        session.close()
    if faults:
        raise faults[0]


def series_of(path: Path) -> tuple[Series, ...]:
    """Return all series under a path; `Unreadable` when there is none."""
    from mo_viewer.dicom.cache import user_index
    from mo_viewer.dicom.scan import scan

    if not path.exists():
        raise Unreadable("The path that was given is not there.")
    index = scan([path], cache=user_index())
    if not index.series:
        raise Unreadable("No DICOM series was found there.", detail="; ".join(r.text for r in index.refused[:5]))
    return index.series


def chosen_series(
    known: Sequence[Series], wanted: str, lesions_clicks: Sequence[Sequence[Point]]
) -> tuple[Series, str]:
    """Return the series of a UID, or the best one over all points, and why it was taken."""
    if wanted:
        named = next((series for series in known if series.source.series_uid == wanted), None)
        if named is None:
            raise Refused("No series has the UID that was given.")
        return named, "named on the command line"
    return best_series(known, [point for clicks in lesions_clicks for point in clicks])


def clicks_of(text: str) -> tuple[Point, ...]:
    """Read the points of one lesion: ``X,Y,Z`` in mm, several joined by ``/``."""
    points = []
    for one in text.split("/"):
        try:
            x, y, z = (float(part) for part in one.split(","))
        except ValueError:
            raise Misuse("A point must read X,Y,Z in mm.") from None
        if not all(math.isfinite(value) for value in (x, y, z)):
            raise Misuse("A point must be three finite numbers in mm.")
        points.append((x, y, z))
    return tuple(points)
