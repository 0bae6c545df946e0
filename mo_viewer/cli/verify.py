"""``mo-viewer verify``: an export read back and compared with its images."""

import argparse
from pathlib import Path

from mo_viewer.base.faults import Unreadable
from mo_viewer.cli.output import complain, say

HELP = "read an export back and compare it with its images"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("export", type=Path, metavar="EXPORT_DIR")
    parser.add_argument("--images", type=Path, metavar="PATH")


def act(options: argparse.Namespace) -> int:
    """Verify the folder; exit 1 with one line a difference."""
    from mo_viewer.report.verify import verify

    if not options.export.is_dir():
        raise Unreadable("The export folder is not there.")
    if options.images is not None and not options.images.exists():
        raise Unreadable("The images are not there.")
    verdict = verify(options.export, None if options.images is None else [options.images])
    for difference in verdict.differences:
        complain(difference)
    say(f"{verdict.files} files read back, {len(verdict.differences)} differences.")
    return 1 if verdict.differences else 0
