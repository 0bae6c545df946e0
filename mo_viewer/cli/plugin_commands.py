"""Commands that plugins add: found by manifests alone, started when one of them is asked for."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.cli.output import complain, say, write_json
from mo_viewer.plugin_host.doors import Doors
from mo_viewer.plugin_host.host import Contribution, Host
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.plugin_host.registry import CliCommand


class Console(Doors):
    """The command line as a plugin may use it (`mo_viewer.plugin_host.api.Console`)."""

    def say(self, text: str) -> None:
        """Print one line to standard output."""
        say(text)

    def complain(self, text: str) -> None:
        """Print one line to standard error."""
        complain(text)

    def write_json(self, target: str, content: Mapping[str, Any]) -> None:
        """Write strict JSON to a file, or to standard output for ``-``."""
        self.need("writes-files")
        write_json(target, dict(content))


def added_words() -> str:
    """A sentence that names the commands that plugins add; empty when there are none."""
    host = Host()
    host.find(plugin_places())
    names = sorted(command.name for command in host.contributions("cli"))
    return f"Plugins add: {', '.join(names)}." if names else ""


def run_added(arguments: Sequence[str], parser_of: type[argparse.ArgumentParser]) -> int | None:
    """Run the plugin command that the first argument names; None when it names none.

    Raises
    ------
    Misuse
        When the arguments are not what the command takes.
    Refused
        When its plugin failed; the sentence says how.
    """
    host = Host()
    host.find(plugin_places())
    command = next((added for added in host.contributions("cli") if added.name == arguments[0]), None)
    if command is None:
        return None
    parser = parser_of(prog=f"mo-viewer {command.name}", description=command.tip)
    host.guard(command, _configure, command, parser)
    if not command.enabled:
        raise _failed(host, command)
    done = host.call(command, parser.parse_args(arguments[1:]), Console(host, command))
    if not command.enabled:
        raise _failed(host, command)
    return int(done or 0)


def _configure(command: Contribution, parser: argparse.ArgumentParser) -> None:
    content = command.content
    assert isinstance(content, CliCommand)
    content.configure(parser)


def _failed(host: Host, command: Contribution) -> Fault:
    fault = next((one for one in reversed(host.faults) if one.plugin == command.plugin), None)
    reason = "It is switched off." if fault is None else fault.sentence
    return Refused(f"The plugin {command.plugin} failed: {reason}", detail="" if fault is None else fault.traceback)
