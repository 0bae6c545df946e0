"""``mo-viewer [PATH ...]``: the window."""

import argparse
from pathlib import Path

from mo_viewer.base.faults import Misuse
from mo_viewer.cli.display import has_display

HELP = "open the window"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")


def act(options: argparse.Namespace) -> int:
    """Open the window with the given paths; wrong use where there is no display."""
    if not has_display():
        raise Misuse("There is no display for the window.", "The commands scan, measure and demo need none.")
    from mo_viewer.ui.app import run

    return run(options.paths)
