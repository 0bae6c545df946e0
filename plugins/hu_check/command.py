"""``mo-viewer hu-check PATH --json FILE``."""

import argparse
from pathlib import Path

from hu_check.forms import check_json
from hu_check.history import add_to_history, calibration_of
from hu_check.study import NO_PHANTOM, candidates, first_check
from hu_check.table import read_table
from mo_viewer.base.faults import Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.plugin_host.api import Console


def configure(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("path", type=Path, metavar="PATH", help="a folder, file or zip with the phantom's images")
    parser.add_argument("--json", required=True, metavar="FILE", help="- for standard output")
    parser.add_argument("--keep", action="store_true", help="add the check to the history")
    parser.add_argument("--offer", action="store_true", help="offer the fitted line as site calibration, by name only")


def act(options: argparse.Namespace, console: Console) -> int:
    """Check the first series that shows a phantom; exit 1 when there is none or something is out of tolerance.

    Raises
    ------
    Unreadable
        When the path is not there or holds no DICOM series.
    """
    from mo_viewer.dicom.load import load
    from mo_viewer.dicom.scan import scan

    if not options.path.exists():
        raise Unreadable("The path that was given is not there.")
    index = scan([options.path])
    if not index.series:
        raise Unreadable("No DICOM series was found there.")
    table = read_table(console.data_folder)
    found = first_check(candidates(index.series), load, table, Ticket())
    console.write_json(options.json, check_json(found))
    if found is None:
        console.complain(NO_PHANTOM)
        return 1
    if options.keep:
        add_to_history(console, found)
    if options.offer:
        console.offer_calibration(calibration_of(found))
    for one in found.inserts:
        if not one.passed:
            limits = f"{one.insert.nominal_hu:g} ± {one.insert.tolerance_hu:g}"
            console.complain(f"{one.insert.material} is out of tolerance: {one.hu:.1f} HU, not {limits}.")
    for name, reason in found.refused:
        console.complain(f"{name} is not given: {reason}.")
    return 0 if found.passed else 1
