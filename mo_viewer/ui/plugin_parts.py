"""Brings what plugins add into the window, and takes it out again when it fails or is switched off."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.plugin_host.host import MANIFEST, Contribution, PluginFault, PluginNotice
from mo_viewer.plugin_host.missing import kept_findings, missing_makers
from mo_viewer.ui.actions import Action
from mo_viewer.ui.desk import Room
from mo_viewer.ui.faults import Message
from mo_viewer.ui.shell_actions import command_action, tool_action

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class PluginParts:
    """Tools, commands and exporters in the table of actions, panels at the right, faults where they belong."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._actions: list[str] = []
        self._kept: QWidget | None = None
        self._seen: tuple[object, object] = (None, None)

    @property
    def tools(self) -> list[str]:
        """Names of the actions that choose plugins' tools, those in a menu of their own left out."""
        return [f"tool.{tool.id}" for tool in self._window.host.contributions("tool") if not tool.group]

    def load(self, places: Iterable[tuple[str, Path]]) -> None:
        """Find all plugins, and start those that do not say beforehand what they add."""
        self._window.host.noticed = self._window.plugin_said.emit
        self._window.host.load(places)

    def show(self) -> None:
        """Put what was loaded into the window."""
        window = self._window
        self._add()
        window.session.listen(lambda _: self._look())
        window.workspace.changed.connect(self._look)
        window.workspace.changed.connect(self._put_away)

    def switch(self, plugin_id: str, on: bool) -> None:
        """Switch a plugin on or off, now and from now on."""
        host = self._window.host
        (host.switch_on if on else host.switch_off)(plugin_id)
        self.refresh()

    def reload(self, plugin_id: str) -> None:
        """Read a plugin's files again and make all that it adds anew."""
        self._window.host.reload(plugin_id)
        self.refresh()
        plugin = next(plugin for plugin in self._window.host.plugins if plugin.id == plugin_id)
        if plugin.state == "running":
            self._window.say(f"{plugin.made_by} was read again.", "good")

    def refresh(self) -> None:
        """Show what plugins add now, and nothing of what is gone."""
        window = self._window
        window.tools.drop_disabled()
        window.room.dismiss()
        for name in self._actions:
            window.actions_table.remove(name)
        self._add()
        window.show_tool_row()
        window.acts.update()
        self.show_kept()

    def _put_away(self) -> None:
        """Put the tool in hand away where it can do nothing on the active picture."""
        window = self._window
        if window.acts.is_shown() and window.tools.needs and not window.acts.needed(window.tools.needs)():
            window.tools.choose(window.tools.home)

    def run_command(self, contribution: Contribution) -> None:
        """Run a plugin's command."""
        room = self._window.room
        room.guarded(contribution, _run, contribution, room)

    def say(self, said: PluginFault | PluginNotice) -> None:
        """Say what failed, at the picture where it was drawn or used, else at the right; and take it out.

        Notices are said in the bottom line; those about a manifest are for its author and stand in the list only.
        """
        window = self._window
        if isinstance(said, PluginNotice):
            if said.where != MANIFEST:
                window.status.say(f"Plugin {said.plugin} ({said.where}): {said.sentence}", "caution")
            return
        if said.where.startswith(("overlay", "tool")):
            window.pane.messages.say(Message.of_plugin(said))
        else:
            window.panels.show_fault(said)
        window.panels.drop_disabled()
        self.refresh()

    def show_kept(self) -> None:
        """Show the findings of the study in a tab of their own while a plugin that made some of them is not here."""
        window, host = self._window, self._window.host
        document, volume = window.session.document, window.volume
        timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
        is_needed = timepoint is not None and bool(document and missing_makers(host, document))
        if self._kept is not None and not is_needed:
            window.panels.drop(self._kept)
            self._kept = None
        if is_needed and document is not None and timepoint is not None:
            from mo_viewer.ui.kept_findings import KeptFindings

            if self._kept is None:
                self._kept_list = KeptFindings()
                self._kept = window.panels.add_page("Findings", self._kept_list)
            self._kept_list.show_findings(tuple(kept_findings(host, document, timepoint)))

    def _look(self) -> None:
        now = (self._window.session.document, self._window.volume)
        if any(new is not old for new, old in zip(now, self._seen, strict=True)):
            self._seen = now
            self.show_kept()

    def _add(self) -> None:
        window, host = self._window, self._window.host
        listed = [tool_action(window, tool) for tool in host.contributions("tool")]
        listed += [command_action(window, command) for command in host.contributions("command")]
        listed += [self._export_action(exporter) for exporter in host.contributions("exporter")]
        listed += [self._panel_action(panel) for panel in host.contributions("panel")]
        window.actions_table.add(listed)
        window.panels.show_panels(window.room)
        self._actions = [action.name for action in listed]

    def _export_action(self, exporter: Contribution) -> Action:
        tip = exporter.tip or f"Save the patient's findings as {exporter.suffix}"
        return Action(
            exporter.id,
            f"Export: {exporter.title} …",
            partial(self._export, exporter),
            "Findings",
            tip=tip,
            enabled=self._window.files.lesions,
        )

    def _panel_action(self, panel: Contribution) -> Action:
        tip = f"Bring the panel {panel.title} to the front"
        return Action(panel.id, f"{panel.title} panel", partial(self._open_panel, panel.title), "Window", tip=tip)

    def _open_panel(self, title: str) -> None:
        self._window.panels.open_panel(title)
        if not self._window.sides.is_shown("right"):
            self._window.say("The panels are hidden; F8 shows them.")

    def _export(self, exporter: Contribution) -> None:
        try:
            self._window.room.export(exporter)
        except Fault as fault:
            self._window.show_fault(fault)


def _run(contribution: Contribution, room: Room) -> None:
    contribution.content(room.desk(contribution))
