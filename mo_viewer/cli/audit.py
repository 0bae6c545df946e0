"""``mo-viewer audit``: who did what and when, and whether the record is as it was written."""

import argparse
import time
from collections import deque
from dataclasses import asdict

from mo_viewer.base.faults import Refused
from mo_viewer.cli.output import complain, say, write_json

HELP = "the audit record, and whether its chain holds"
_WORDS = {0: "", 4: "minor failure", 8: "failed", 12: "failed badly"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--verify", action="store_true", help="check the chain of hashes, entry by entry")
    parser.add_argument("--json", default="", metavar="FILE", help="write the entries; - for standard output")


def act(options: argparse.Namespace) -> int:
    """Print or verify the record; exit 1 when its chain is broken. Looking at it is itself put on record."""
    from mo_viewer.session.audit import READ, note, user_audit

    audit = user_audit()
    if options.verify:
        broken = audit.broken_at()
        if broken is not None:
            raise Refused(f"The chain is broken at entry {broken}: it is not what was written.")
        last = deque(audit.entries(), maxlen=1)
        say(f"{last[0].number} entries, the chain holds: {last[0].digest}" if last else "There are no entries.")
    elif options.json:
        entries = [asdict(entry) for entry in audit.entries()]
        write_json(options.json, {"schema": "mo-viewer/audit/1", "entries": entries})
    else:
        for entry in audit.entries():
            at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at))
            words = (entry.action, entry.event, entry.who, entry.patient, entry.detail, _WORDS.get(entry.outcome, "?"))
            say("  ".join([at, *(word for word in words if word)]))
    fault = note(READ, "R", detail="verified" if options.verify else "")
    if fault is not None:
        complain(str(fault))
    return 0
