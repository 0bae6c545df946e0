"""The one window: lays the parts out and lets them hear of each other."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.session.settings import Settings
from mo_viewer.ui.centre import Centre
from mo_viewer.ui.faults import Message, Messages
from mo_viewer.ui.first_page import FirstPage
from mo_viewer.ui.first_parts import first_row, no_studies, toolbar_names
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.panels import PanelSide
from mo_viewer.ui.sides import Sides
from mo_viewer.ui.status_line import StatusLine
from mo_viewer.ui.tool_row import ToolRow
from mo_viewer.ui.window_memory import WindowMemory

if TYPE_CHECKING:
    from mo_viewer.dicom.series import Series
    from mo_viewer.plugin_host.api import Tone
    from mo_viewer.plugin_host.host import Host
    from mo_viewer.session.session import Change, Session
    from mo_viewer.ui.actions import ActionTable
    from mo_viewer.ui.desk import Room
    from mo_viewer.ui.drops import Drops
    from mo_viewer.ui.extras import Extras
    from mo_viewer.ui.file_acts import FileActs
    from mo_viewer.ui.layout_acts import LayoutActs
    from mo_viewer.ui.library import Library
    from mo_viewer.ui.pane import Pane
    from mo_viewer.ui.picture_acts import PictureActs
    from mo_viewer.ui.plugin_parts import PluginParts
    from mo_viewer.ui.presets import Preset
    from mo_viewer.ui.study_list import StudyList
    from mo_viewer.ui.tool_choice import ToolChoice
    from mo_viewer.ui.workspace import Workspace
    from mo_viewer.volume.arrays import Point
    from mo_viewer.volume.volume import Volume

TITLE = "MO Viewer"


class Window(QMainWindow):
    """Everything that the reader sees.

    It is made with what its first picture shows; `furnishing.furnish` makes all else, and only then may it be used.

    Parameters
    ----------
    settings
        What the user has set.
    """

    saved = Signal(object)
    plugin_said = Signal(object)
    hurried = Signal()
    """Something is wanted of a window that is not ready yet."""
    session: "Session"
    host: "Host"
    library: "Library"
    presets: "tuple[Preset, ...]"
    study_list: "StudyList"
    workspace: "Workspace"
    room: "Room"
    tools: "ToolChoice"
    acts: "PictureActs"
    files: "FileActs"
    plugins: "PluginParts"
    panes: "LayoutActs"
    drops: "Drops"
    actions_table: "ActionTable"
    extras: "Extras"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.saved.connect(self._show_saved, Qt.ConnectionType.QueuedConnection)
        self.is_ready = False
        self.names_hidden = False
        self.settings, self.jobs = settings, Jobs(self)
        self._shown: tuple[Volume | None, bool] = (None, False)
        self._current: object = None
        self._lay_out()
        self.first_page.folder.setFocus()
        self.memory = WindowMemory(self, self.settings, self.keep)

    # -- what a desk needs (`desk.Shell`)

    @property
    def pane(self) -> "Pane":
        """The active pane."""
        return self.workspace.active

    @property
    def volume(self) -> "Volume | None":
        """The image in the active pane, once it is loaded."""
        return self.pane.volume

    def show_point(self, at_mm: "Point") -> None:
        """Bring the slice through a point into the active pane, in MPR all planes, and give it the keys."""
        self.workspace.bring(at_mm)
        self.pane.view.setFocus()

    def act(self, name: str) -> None:
        """Start an action by its name and give the picture the keys; an unknown name is said, not raised."""
        if not self.is_ready:
            self.hurried.emit()
        if name in self.actions_table:
            self.pane.view.setFocus()
            self.actions_table.run(name)
        else:
            self.say(f"There is no action {name!r} in this version.", "caution")

    def why_not(self, name: str) -> str:
        """Why an action cannot be done now; empty where it can, or where there is none of that name."""
        return self.actions_table.action(name).refusal if name in self.actions_table else ""

    def say(self, text: str, tone: "Tone" = "info") -> None:
        """Say one sentence: news in the bottom line, what needs attention above the pictures."""
        if tone in ("fault", "caution"):
            self.messages.say(Message(text, tone=tone))
        else:
            self.status.say(text, "good" if tone == "good" else "")

    def show_fault(self, fault: Fault, lasting: bool = False) -> None:
        """Show a fault above the pictures, or above the first page while nothing is open."""
        self.messages.say(Message.of(fault, lasting))

    def refuse(self, fault: Fault, tone: "Tone" = "caution", of: str = "") -> None:
        """Say why `of` does not do what was asked of it, until the next click or change, or until it does."""
        self.extras.refusals.refuse(fault, tone, of)

    def succeeded(self, of: str) -> None:
        """What may have been refused before has been done."""
        self.extras.refusals.succeeded(of)

    @property
    def messages(self) -> Messages:
        """What is being said of the active pane, or of the first page."""
        return self.centre.messages

    def selection_changed(self) -> None:
        """Draw the selection anew."""
        self.acts.update()
        self.extras.refusals.look()

    # -- what the reader does

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open folders, files or archives."""
        self.panes.begin()
        self.library.open(paths)

    def show_series(self, series: "Series") -> None:
        """Show a series in the active pane and make its patient current."""
        self.centre.show_pictures()
        self._make_current(series)
        self.workspace.show_in_active(series)
        self.pane.view.setFocus()

    def _make_current(self, series: "Series") -> None:
        """Findings, list and panels are those of the patient whose images the active pane shows."""
        document = self.session.document
        if document is None or document.patient.key != series.source.patient.key:
            try:
                self.session.open_patient(series.source.patient)
            except Fault as fault:
                self.show_fault(fault)
        self.study_list.show_series(series)
        self._current = series.key

    def toggle_names(self) -> None:
        """Hide or show names everywhere."""
        self.names_hidden = not self.names_hidden
        self.acts.update()
        self.study_list.hide_names(self.names_hidden)
        self.extras.names_changed()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or do not."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def leave(self) -> None:
        """Close the window, which ends the program."""
        self.close()

    # -- parts

    def _lay_out(self) -> None:
        """From the outside inwards: a widget that is put into another is given its style anew, with all in it."""
        whole = QWidget()
        self.setCentralWidget(whole)
        self.centre = Centre()
        self.middle = self.centre.stack
        self.panels = PanelSide()
        self.sides = Sides(no_studies(), self.centre, self.panels, whole)
        self.first_page = FirstPage(self.jobs, self.middle)
        self.middle.addWidget(self.first_page)
        self.status = StatusLine(self.jobs, whole)
        self.tool_row = first_row(self, self.middle, self.settings, self.act, whole)
        self._column = QVBoxLayout(whole)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.tool_row)
        self._column.addWidget(self.sides, 1)
        self._column.addWidget(self.status)

    def set_size(self, width: int, height: int) -> None:
        """Take a size and share it out: the picture gets what the sides do not need."""
        self.resize(width, height)
        self.sides.share_out(width)

    def keep(self, name: str, value: object) -> None:
        """Keep a setting; a disk that refuses is said."""
        try:
            self.settings.set(name, value)
        except Fault as fault:
            self.show_fault(fault)

    def take_row(self, row: ToolRow) -> None:
        """Put a row of words in place of the one that stands there."""
        self._column.replaceWidget(self.tool_row, row)
        self.tool_row.hide()
        self.tool_row.deleteLater()
        self.tool_row = row
        self.show_tool_row()
        row.show()

    def show_tool_row(self) -> None:
        """Lay the row of words out, which names actions that may have changed."""
        from mo_viewer.ui.shell_actions import toolbar_menus

        self.tool_row.show_actions(toolbar_names(self.plugins.tools), toolbar_menus(self))

    # -- what is heard

    def findings_changed(self, change: "Change") -> None:
        """Show what was changed everywhere."""
        from mo_viewer.plugin_host.data import PluginChange

        if change.old is None or change.old.patient.key != change.new.patient.key:
            self.room.select("")
            self.status.show_stored(bool(change.new.timepoints))
        self.room.select_in(self.pane.volume)
        self.room.tell(PluginChange("findings"))
        self.show_badges()
        self.acts.update()
        self.actions_table.refresh()

    def picture_changed(self) -> None:
        """Follow the active pane."""
        from mo_viewer.plugin_host.data import PluginChange

        series = self.pane.series
        if series is not None and series.key != self._current:
            self._make_current(series)
        before, self._shown = self._shown, (self.pane.volume, self.acts.is_shown())
        if self._shown == before:
            self.actions_table.refresh_soon()
            return
        if self.pane.volume is not before[0]:
            self.status.show_volume(self.pane.volume)
            self.room.select_in(self.pane.volume)
        self.room.tell(PluginChange("image"))
        self.actions_table.refresh()

    def show_badges(self) -> None:
        """Say in the list what is marked."""
        from mo_viewer.ui.study_badges import badges_of

        for study, badges in badges_of(self.session.document, self.library.studies):
            self.study_list.set_badges(study, badges)

    def _show_saved(self, fault: Fault | None) -> None:
        self.status.show_saved(fault, time.time())
        if fault is not None:
            self.show_fault(fault, lasting=True)

    # -- Qt's own

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop all work, write what is left, end all threads."""
        if not self.is_ready:
            self.jobs.close()
            return
        self.files.close_all(event)
        if event.isAccepted():
            self.sides.close_apart()
