"""``mo-viewer scan``: what is there."""

import argparse
from pathlib import Path

from mo_viewer.base.faults import Unreadable
from mo_viewer.cli.output import complain, write_json

HELP = "what is there: studies, series, geometry verdicts, refused files"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--json", required=True, metavar="FILE", help="- for standard output")
    parser.add_argument("--names", action="store_true", help="patient text too")


def act(options: argparse.Namespace) -> int:
    """Scan the paths and write the JSON; exit 1 when files were refused, 3 when nothing could be read."""
    from mo_viewer.dicom.cache import user_index
    from mo_viewer.dicom.scan import scan
    from mo_viewer.report.contract import scan_json

    missing = [path for path in options.paths if not path.exists()]
    if missing:
        raise Unreadable("A path that was given is not there.", detail=str(missing[0]))
    index = scan(options.paths, cache=user_index())
    content = scan_json(index)
    if options.names:
        patients = {series.source.study_uid: series.source.patient for series in index.series}
        for study in content["studies"]:
            patient = patients[study["study_uid"]]
            study["patient"] = {"name": patient.name, "id": patient.id}
    write_json(options.json, content)
    for refused in index.refused:
        complain(f"{refused.file}: {refused.text}")
    if not index.series:
        raise Unreadable("No DICOM series was found there.")
    return 1 if index.refused else 0
