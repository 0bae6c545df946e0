"""``mo-viewer deidentify``: images and segmentations without their patient, in a new folder."""

import argparse
from contextlib import closing
from pathlib import Path

from mo_viewer.base.faults import Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.cli.output import complain, say

HELP = "write images and segmentations without their patient into a new folder"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="new or empty")


def act(options: argparse.Namespace) -> int:
    """Write the images; exit 1 with one line for each thing that a person must look at."""
    from mo_viewer.dicom.deidentify import deidentify
    from mo_viewer.dicom.scan import scan
    from mo_viewer.session.audit import EXPORT, note
    from mo_viewer.session.secret import alias_secret
    from mo_viewer.session.store import findings_store

    for path in options.paths:
        if not path.exists():
            raise Unreadable("The path that was given is not there.")
    index = scan(options.paths)
    if not index.series:
        raise Unreadable("No DICOM series was found there.")
    with closing(findings_store()) as store:
        secret = alias_secret(store)
    removed = deidentify(index.series, options.out, secret, Ticket())
    fault = note(EXPORT, "E", detail=f"{removed.files} images without their patient")
    if fault is not None:
        complain(str(fault))
    say(f"{removed.files} files written.")
    for remark in removed.remarks:
        complain(remark)
    return 1 if removed.remarks else 0
