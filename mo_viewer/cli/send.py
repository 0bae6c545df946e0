"""``mo-viewer send``: an export to an archive, by C-STORE or STOW-RS."""

import argparse
from pathlib import Path

from mo_viewer.base.faults import Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.cli.output import complain, say
from mo_viewer.session.audit import DONE, FAILED, TRANSFERRED, note

HELP = "send an export to an archive (STOW-RS or C-STORE)"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("export", type=Path, metavar="EXPORT_DIR")
    parser.add_argument("--to", required=True, metavar="URL|AET@HOST:PORT")


def act(options: argparse.Namespace) -> int:
    """Send; exit 1 with one line a file that the archive has not confirmed."""
    from mo_viewer.pacs.send import send

    if not options.export.is_dir():
        raise Unreadable("The export folder is not there.")
    sent = send(options.export, options.to, Ticket())
    for delivery in (*sent.of("failed"), *sent.of("waiting")):
        complain(f"{delivery.file}: {delivery.sentence}")
    fault = note(TRANSFERRED, "E", detail=sent.summary, outcome=DONE if sent.complete else FAILED)
    if fault is not None:
        complain(str(fault))
    say(sent.summary)
    return 0 if sent.complete else 1
