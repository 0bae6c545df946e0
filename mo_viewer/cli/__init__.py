"""The command line: the same engine without a window, the same numbers to the last bit."""

import argparse
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from mo_viewer import __version__
from mo_viewer.base.faults import Fault, Misuse, Unreadable, Unwritable
from mo_viewer.cli.output import complain

DONE, REFUSED, MISUSE, UNREADABLE, UNWRITABLE = range(5)
LATER = ("find", "compare", "export", "send", "audit", "selftest", "batch")
COMMANDS = ("open", "demo", "scan", "measure", "verify", "plugins", *LATER)


class _Parser(argparse.ArgumentParser):
    """argparse that raises a sentence instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise Misuse(f"{message[:1].upper()}{message[1:]}.", f"See {self.prog} --help.")


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code (CONTRACT: 0 done, 1 refused, 2 wrong use, 3 input, 4 output)."""
    if "MO_VIEWER_DEBUG" not in os.environ:
        warnings.simplefilter("ignore")
    try:
        return _dispatch(list(arguments))
    except Fault as fault:
        complain(str(fault))
        if "MO_VIEWER_DEBUG" in os.environ and fault.detail:
            complain(fault.detail)
        return _exit_code(fault)
    except KeyboardInterrupt:
        complain("Stopped.")
        return REFUSED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNWRITABLE
    except Exception as error:  # noqa: BLE001 - the last border: a person gets a sentence, never a traceback
        complain(f"Something unexpected happened ({type(error).__name__}). Set MO_VIEWER_DEBUG=1 to see where.")
        if "MO_VIEWER_DEBUG" in os.environ:
            traceback.print_exc()
        return REFUSED


def _dispatch(arguments: list[str]) -> int:
    command = arguments[0] if arguments and arguments[0] in COMMANDS else ""
    if command in LATER:
        raise Misuse(f"The command {command} is not in this version.")
    if not command and arguments and arguments[0] in ("-h", "--help", "--version"):
        _parser().parse_args(arguments)
    if not command and arguments:
        from mo_viewer.cli.plugin_commands import run_added

        done = run_added(arguments, _Parser)
        if done is not None:
            return done
    options = _parser().parse_args(_joined([command or "open", *arguments[1 if command else 0 :]]))
    return int(options.act(options))


def _exit_code(fault: Fault) -> int:
    kinds = ((Misuse, MISUSE), (Unreadable, UNREADABLE), (Unwritable, UNWRITABLE))
    return next((code for kind, code in kinds if isinstance(fault, kind)), REFUSED)


def _joined(arguments: list[str]) -> list[str]:
    """Glue ``--at`` to a value that begins with a minus sign, which argparse would take for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--at":
            joined[-1] = f"--at={argument}"
        else:
            joined.append(argument)
    return joined


def _parser() -> argparse.ArgumentParser:
    from mo_viewer.cli import demo, measure, open_window, plugins, scan, verify

    parser = _Parser(
        prog="mo-viewer",
        description="Marks, measures and follows soft-tissue ossification. Decision support, not a medical device.",
        epilog="Without a command, the window opens with the given folders, files or zips.",
    )
    parser.add_argument("--version", action="version", version=f"mo-viewer {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser, required=True)

    opens = commands.add_parser("open", help="open the window")
    opens.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    opens.set_defaults(act=open_window.act)

    demonstrates = commands.add_parser(
        "demo", help="a serial demo patient, in the window or, without a display, headless"
    )
    demonstrates.add_argument("--out", type=Path, default=Path("demo-output"), metavar="DIR")
    demonstrates.set_defaults(act=demo.act)

    scans = commands.add_parser("scan", help="what is there: studies, series, geometry verdicts, refused files")
    scans.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    scans.add_argument("--json", required=True, metavar="FILE", help="- for standard output")
    scans.add_argument("--names", action="store_true", help="patient text too")
    scans.set_defaults(act=scan.act)

    measures = commands.add_parser("measure", help="mark and measure lesions at points of a study")
    measures.add_argument("path", type=Path, metavar="PATH")
    measures.add_argument("--at", action="append", required=True, metavar="X,Y,Z", help="LPS mm; clicks joined by /")
    measures.add_argument("--series", default="", metavar="UID")
    measures.add_argument("--threshold", type=float, metavar="HU")
    measures.add_argument("--json", required=True, metavar="FILE", help="- for standard output")
    measures.add_argument("--export", type=Path, metavar="DIR")
    measures.add_argument("--picture", type=Path, metavar="DIR")
    measures.add_argument("--keep", action="store_true", help="keep the findings in the store")
    measures.add_argument("--names", action="store_true", help="patient text too")
    measures.set_defaults(act=measure.act)

    verifies = commands.add_parser("verify", help="read an export back and compare it with its images")
    verifies.add_argument("export", type=Path, metavar="EXPORT_DIR")
    verifies.add_argument("--images", type=Path, metavar="PATH")
    verifies.set_defaults(act=verify.act)

    lists = commands.add_parser("plugins", help="what was found, what runs, what was refused and why")
    lists.add_argument("--check", type=Path, metavar="PATH", help="run what every plugin must satisfy")
    lists.add_argument("--new", type=Path, metavar="NAME", help="make a working plugin with a test")
    lists.add_argument("--on", default="", metavar="ID", help="switch a plugin on")
    lists.add_argument("--off", default="", metavar="ID", help="switch a plugin off")
    lists.set_defaults(act=plugins.act)
    return parser
