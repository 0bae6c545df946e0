"""``mo-viewer demo``: a serial demo patient, in the window or headless."""

import argparse
import os
from pathlib import Path

from mo_viewer.base.faults import Unwritable
from mo_viewer.cli.display import has_display
from mo_viewer.cli.output import complain, say
from mo_viewer.paths import user_cache


def act(options: argparse.Namespace) -> int:
    """Write the demo patient if it is not there yet, then open the window, or read it headless into a folder."""
    from mo_viewer.phantom.demo import write_demo

    folder = user_cache() / "demo-patient"
    patient = write_demo(folder)
    if has_display():
        from mo_viewer.ui.app import run

        return run([patient.folder])
    return _read_headless(patient.folder, options.out)


def _read_headless(images: Path, out: Path) -> int:
    """Mark the lesion of each study at its known core, measure, export, and grab the window."""
    from mo_viewer.cli.measure import export_to, read_points, started_host
    from mo_viewer.dicom.scan import scan
    from mo_viewer.phantom.demo import write_demo

    patient = write_demo(images)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unwritable("The output folder cannot be made.", detail=repr(error)) from error
    host = started_host()
    failed = 0
    say("study       size cm³   truth   P95 HU   truth")
    for study in patient.studies:
        series = next(s for s in scan([study.folder]).series if s.is_volume)
        read = read_points(host, series, [[study.click_mm]], None, "the study's only series")
        for complaint in read.complaints:
            complain(complaint)
        if read.complaints:
            failed += 1
            continue
        lesion = read.document.timepoints[0].lesions[0]
        volume, p95 = lesion.measured("volume"), lesion.measured("p95_hu")
        assert volume is not None
        assert p95 is not None
        say(
            f"{study.date}  {volume.value / 1000:8.2f} {study.volume_mm3 / 1000:7.2f} "
            f"{p95.value:8.0f} {study.p95_hu:7.0f}"
        )
        export_to(out / study.date, read, host)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from mo_viewer.ui.pictures import picture_demo

    for picture in picture_demo(patient.folder, [study.click_mm for study in patient.studies], out):
        say(f"picture: {picture.name}")
    say(f"Exports and pictures are in {out}.")
    return 1 if failed else 0
