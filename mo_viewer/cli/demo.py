"""``mo-viewer demo``: a serial demo patient, in the window or headless."""

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mo_viewer.base.faults import Unwritable
from mo_viewer.cli.display import has_display
from mo_viewer.cli.measure import SOFTWARE, Read, export_to, plugin_text, read_points, started_host
from mo_viewer.cli.output import complain, say
from mo_viewer.findings.lesion import Lesion
from mo_viewer.paths import user_cache
from mo_viewer.phantom.demo import DemoPatient, DemoStudy, write_demo
from mo_viewer.plugin_host.host import Host

HELP = "a serial demo patient, in the window or, without a display, headless"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--out", type=Path, default=Path("demo-output"), metavar="DIR")


def act(options: argparse.Namespace) -> int:
    """Write the demo patient if it is not there yet, then open the window, or read it headless into a folder."""
    patient = write_demo(user_cache() / "demo-patient")
    if has_display():
        from mo_viewer.ui.app import run

        return run([study.folder for study in patient.studies])
    return _read_headless(patient, options.out)


def _read_headless(patient: DemoPatient, out: Path) -> int:
    """Mark the lesion of each study at its known core, measure, export, and take the window's picture."""
    from mo_viewer.dicom.scan import scan

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unwritable("The output folder cannot be made.", detail=repr(error)) from error
    host = started_host()
    failed, reads = 0, []
    say("study       size cm³   truth   P95 HU   truth")
    for study in patient.studies:
        series = next(s for s in scan([study.folder]).series if s.is_volume)
        read = read_points(host, series, [[study.click_mm]], None, "the study's only series")
        for complaint in read.complaints:
            complain(complaint)
        if read.complaints:
            failed += 1
            continue
        say(_line(study, read))
        dated = replace(read, document=replace(read.document, injury_date=patient.injury.isoformat()))
        export_to(out / study.date.isoformat(), dated, host)
        reads.append(dated)
    if reads:
        _export_course(out / "course", reads, host)
    say("The same reading in the window:")
    for picture, lesion in _in_the_window(patient, out):
        volume = lesion.measured("volume")
        say(f"    {picture.name}  {0.0 if volume is None else volume.value / 1000:.2f} cm³")
    say(f"Exports and pictures are in {out}.")
    return 1 if failed else 0


def _export_course(folder: Path, reads: Sequence[Read], host: Host) -> None:
    """Export all studies as one course: the lesion that was clicked is the same in each."""
    from mo_viewer.plugin_host.sections import sections_of
    from mo_viewer.report.export import export
    from mo_viewer.report.history import history_in

    first = reads[0].document.timepoints[0].lesions[0]
    document = reads[0].document
    for read in reads[1:]:
        timepoint = read.document.timepoints[0]
        same = replace(timepoint.lesions[0], tracking_uid=first.tracking_uid, label=first.label)
        document = document.with_timepoint(replace(timepoint, lesions=(same,)))
    sources = {read.volume.source.series_uid: read.volume.source for read in reads}
    history, sections = history_in(document), sections_of(host, document)
    exported = export(
        document,
        sources,
        folder,
        software=SOFTWARE,
        plugin=plugin_text(host),
        history=history,
        sections=sections,
    )
    for remark in exported.remarks:
        complain(remark)


def _in_the_window(patient: DemoPatient, out: Path) -> Iterator[tuple[Path, Lesion]]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from mo_viewer.ui.demo_pictures import picture_studies

    with TemporaryDirectory(prefix="mo-viewer-") as scratch:
        clicks = [(study.study_uid, study.click_mm) for study in patient.studies]
        yield from picture_studies(
            [study.folder for study in patient.studies], clicks, out, Path(scratch) / "findings.sqlite"
        )


def _line(study: DemoStudy, read: Read) -> str:
    lesion = read.document.timepoints[0].lesions[0]
    values = {name: found.value for name in ("volume", "p95_hu") if (found := lesion.measured(name)) is not None}
    return (
        f"{study.date}  {values['volume'] / 1000:8.2f} {study.truth.volume_mm3 / 1000:7.2f} "
        f"{values['p95_hu']:8.0f} {study.truth.p95_hu:7.0f}"
    )
