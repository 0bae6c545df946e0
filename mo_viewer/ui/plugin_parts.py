"""Brings what plugins add into the window, and takes it out again when it fails."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mo_viewer.plugin_host.host import Contribution, PluginFault
from mo_viewer.ui.desk import Room
from mo_viewer.ui.faults import Message
from mo_viewer.ui.shell_actions import command_action, tool_action

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class PluginParts:
    """Tools and commands in the table of actions, panels at the right, faults where they belong."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def load(self, places: Iterable[tuple[str, Path]]) -> list[str]:
        """Start all plugins; returns the names of the actions that choose their tools."""
        window = self._window
        window.host.load(places)
        tools = [tool_action(window, tool) for tool in window.host.contributions("tool")]
        commands = [command_action(window, command) for command in window.host.contributions("command")]
        window.actions_table.add([*tools, *commands])
        window.panels.show_panels(window.room)
        return [tool.name for tool in tools]

    def run_command(self, contribution: Contribution) -> None:
        """Run a plugin's command."""
        room = self._window.room
        room.guarded(contribution, _run, contribution, room)

    def show_fault(self, fault: PluginFault) -> None:
        """Say what failed, at the picture where it was drawn or used, else at the right; and take it out."""
        window = self._window
        if fault.where.startswith(("overlay", "tool")):
            window.pane.messages.say(Message.of_plugin(fault))
        else:
            window.panels.show_fault(fault)
        window.tools.drop_disabled()
        panels = {contribution.id for contribution in window.host.contributions("panel")}
        window.panels.drop_disabled(panels)
        window.acts.update()
        window.actions_table.refresh()


def _run(contribution: Contribution, room: Room) -> None:
    contribution.content(room.desk(contribution))
