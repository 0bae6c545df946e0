"""The command line: the same engine without a window, the same numbers to the last bit."""

import argparse
import os
import re
import sys
import traceback
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from mo_viewer import __version__
from mo_viewer.base.faults import Fault, Misuse, Unreadable, Unwritable
from mo_viewer.cli.output import complain

DONE, REFUSED, MISUSE, UNREADABLE, UNWRITABLE = range(5)
LATER = ("batch",)
COMMANDS = (
    "open",
    "demo",
    "scan",
    "measure",
    "find",
    "export",
    "compare",
    "verify",
    "send",
    "audit",
    "store",
    "deidentify",
    "selftest",
    "plugins",
    *LATER,
)
_MODULES = {"open": "open_window"}
_PLUGINS_NAME = re.compile(r"[a-z][a-z0-9-]+")
"""How a command that a plugin adds may be called."""


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
        from mo_viewer.cli.plugin_commands import added_words

        _parser(added_words()).parse_args(arguments)
    if not command and arguments and _PLUGINS_NAME.fullmatch(arguments[0]):
        from mo_viewer.cli.plugin_commands import run_added

        done = run_added(arguments, _Parser)
        if done is not None:
            return done
    command, rest = command or "open", arguments[1 if command else 0 :]
    options = _parser(commands=(command,)).parse_args(_joined([command, *rest]))
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


def _parser(more: str = "", commands: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """Know these commands only: the modules of all others need not be read then."""
    parser = _Parser(
        prog="mo-viewer",
        description="Marks, measures and follows soft-tissue ossification. Decision support, not a medical device.",
        epilog=f"Without a command, the window opens with the given folders, files or zips. {more}".strip(),
    )
    parser.add_argument("--version", action="version", version=f"mo-viewer {__version__}")
    added = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser, required=True)
    for name in commands:
        if name not in LATER:
            module = import_module(f"mo_viewer.cli.{_MODULES.get(name, name)}")
            command = added.add_parser(name, help=module.HELP)
            module.add_options(command)
            command.set_defaults(act=module.act)
    return parser
