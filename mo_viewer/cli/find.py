"""``mo-viewer find``: candidates for soft-tissue calcification in a whole study."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mo_viewer import __version__
from mo_viewer.base.faults import Refused
from mo_viewer.cli.measure import chosen_series, series_of
from mo_viewer.cli.output import write_json
from mo_viewer.dicom.series import Series

HELP = "candidates for soft-tissue calcification, most likely first"
LEAST_SLICES = 4


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument("--series", default="", metavar="UID")
    parser.add_argument("--json", required=True, metavar="FILE", help="- for standard output")


def act(options: argparse.Namespace) -> int:
    """Search and write the JSON; what cannot be searched gives an empty list and exit 1."""
    from mo_viewer.dicom.load import load
    from mo_viewer.report.candidate_list import candidates_json
    from mo_viewer.segment.candidates import find_candidates

    known = series_of(options.path)
    software = f"mo-viewer {__version__}"
    try:
        series, reason = _stack(known, options.series)
        volume = load(series)
        content = candidates_json(find_candidates(volume), software)
    except Refused:
        write_json(options.json, candidates_json((), software))
        raise
    source = volume.source
    content |= {"study_uid": source.study_uid, "series_uid": source.series_uid, "series_reason": reason}
    write_json(options.json, content)
    return 0


def _stack(known: Sequence[Series], wanted: str) -> tuple[Series, str]:
    """The series that was named, else the best of those with enough slices to search through."""
    if wanted:
        return chosen_series(known, wanted, [])
    stacks = [series for series in known if series.is_volume and series.shape[0] >= LEAST_SLICES]
    if not stacks:
        raise Refused("There is no CT with enough slices to search through.")
    return chosen_series(stacks, "", [])
