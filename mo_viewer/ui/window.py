"""The one window: lays the parts out and lets them hear of each other."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.dicom.series import Series
from mo_viewer.plugin_host.api import PluginChange, Tone
from mo_viewer.plugin_host.host import Host
from mo_viewer.session.session import Change, Session
from mo_viewer.session.store import Store
from mo_viewer.ui.actions import ActionTable
from mo_viewer.ui.desk import Room
from mo_viewer.ui.drops import Drops
from mo_viewer.ui.extras import Extras
from mo_viewer.ui.faults import Message, Messages
from mo_viewer.ui.file_acts import FileActs
from mo_viewer.ui.first_page import FirstPage
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.layout_acts import LayoutActs, layout_actions
from mo_viewer.ui.library import Library
from mo_viewer.ui.overlays import Overlays
from mo_viewer.ui.palette import Palette
from mo_viewer.ui.pane import Pane
from mo_viewer.ui.panels import PanelSide
from mo_viewer.ui.picture_acts import PictureActs
from mo_viewer.ui.plugin_parts import PluginParts
from mo_viewer.ui.presets import presets_or_fault
from mo_viewer.ui.shell_actions import MENU_GROUPS, preset_actions, shell_actions, toolbar_menus, toolbar_names
from mo_viewer.ui.sides import Sides
from mo_viewer.ui.status_line import StatusLine
from mo_viewer.ui.study_badges import badges_of
from mo_viewer.ui.study_list import StudyList
from mo_viewer.ui.tool_choice import ToolChoice
from mo_viewer.ui.tool_row import ToolRow
from mo_viewer.ui.workspace import Draw, Workspace
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume

TITLE = "MO Viewer"


class Window(QMainWindow):
    """Everything that the reader sees.

    Parameters
    ----------
    store
        Where findings are kept; None keeps nothing.
    places
        Where plugins are looked for, as `plugin_host.places.plugin_places` gives them.
    """

    _saved = Signal(object)
    plugin_said = Signal(object)

    def __init__(self, store: Store | None, places: Iterable[tuple[str, Path]] = ()) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        queued = Qt.ConnectionType.QueuedConnection
        self._saved.connect(self._show_saved, queued)
        self.jobs = Jobs(self)
        self.session = Session(store, self._saved.emit, self.show_fault)
        self.host = Host(self.plugin_said.emit)
        self.library = Library(self.jobs, self)
        self.names_hidden = False
        self._shown: tuple[Volume | None, bool] = (None, False)
        self._current: object = None
        self.presets, trouble = presets_or_fault()
        self._make_parts()
        self._lay_out()
        self.tools = ToolChoice(self.room, lambda: self.workspace.views, self.show_fault)
        self.acts, self.files, self.plugins = PictureActs(self), FileActs(self), PluginParts(self)
        self.panes = LayoutActs(self)
        self.workspace.prepare = self.acts.dress
        self.plugin_said.connect(self.plugins.say, queued)
        self.drops = Drops(self)
        self._connect()
        self.actions_table = ActionTable(self, self.middle)
        self.actions_table.add([*shell_actions(self), *layout_actions(self), *preset_actions(self, self.presets)])
        self.workspace.arranged.connect(self.actions_table.refresh)
        self.extras = Extras(self)
        self._load_plugins(places)
        if trouble is not None:
            self.show_fault(trouble, lasting=True)

    # -- what a desk needs (`desk.Shell`)

    @property
    def pane(self) -> Pane:
        """The active pane."""
        return self.workspace.active

    @property
    def volume(self) -> Volume | None:
        """The image in the active pane, once it is loaded."""
        return self.pane.volume

    def show_point(self, at_mm: Point) -> None:
        """Bring the slice through a point into the active pane, and give it the keys."""
        self.pane.view.bring(at_mm)
        self.pane.view.setFocus()

    def act(self, name: str) -> None:
        """Start an action by its name and give the picture the keys; an unknown name is said, not raised."""
        if name in self.actions_table:
            self.pane.view.setFocus()
            self.actions_table.run(name)
        else:
            self.say(f"There is no action {name!r} in this version.", "caution")

    def say(self, text: str, tone: Tone = "info") -> None:
        """Say one sentence: news in the bottom line, what needs attention at the top of the pane."""
        if tone in ("fault", "caution"):
            self._messages.say(Message(text, tone=tone))
        else:
            self.status.say(text, "good" if tone == "good" else "")

    def show_fault(self, fault: Fault, lasting: bool = False) -> None:
        """Show a fault at the top of the active pane, or of the first page while nothing is open."""
        self._messages.say(Message.of(fault, lasting))

    @property
    def _messages(self) -> Messages:
        return self.pane.messages if self._middle.currentWidget() is self.workspace else self.page_messages

    def selection_changed(self) -> None:
        """Draw the selection anew."""
        self.acts.update()

    # -- what the reader does

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open folders, files or archives."""
        self.panes.begin()
        self.library.open(paths)

    def show_series(self, series: Series) -> None:
        """Show a series in the active pane and make its patient current."""
        if self._middle.currentWidget() is self.first_page:
            self.page_messages.hand_over(self.pane.messages)
            self._middle.setCurrentWidget(self.workspace)
        self._make_current(series)
        self.workspace.show_in_active(series)
        self.pane.view.setFocus()

    def _make_current(self, series: Series) -> None:
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
        if hasattr(self, "extras"):
            self.extras.names_changed()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or do not."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def leave(self) -> None:
        """Close the window, which ends the program."""
        self.close()

    def open_palette(self) -> None:
        """Show everything that can be done."""
        Palette(self.actions_table, self).show_over(self)

    # -- parts

    def _make_parts(self) -> None:
        self.study_list = StudyList(self.library)
        self.first_page = FirstPage(self.jobs)
        self.page_messages = Messages(self.first_page)
        self.workspace = Workspace(self.library, self.presets, self._overlays)
        self.panels = PanelSide()
        self.status = StatusLine(self.jobs)
        self.room = Room(self.session, self.jobs, self.host, self)

    def _overlays(self) -> Draw:
        overlays = Overlays(self.host, self.show_fault)
        return lambda picture: overlays.flat(self.room.scene(picture))

    def _lay_out(self) -> None:
        self._middle = QStackedWidget()
        self._middle.setObjectName("middle")
        self._middle.addWidget(self.first_page)
        self._middle.addWidget(self.workspace)
        self.middle = self._middle
        self.sides = Sides(self.study_list, self._middle, self.panels)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.setCentralWidget(whole)
        column.addWidget(self.sides, 1)
        column.addWidget(self.status)
        self._column = column

    def set_size(self, width: int, height: int) -> None:
        """Take a size and share it out: the picture gets what the sides do not need."""
        self.resize(width, height)
        self.sides.share_out(width)

    def _connect(self) -> None:
        self.session.listen(self._findings_changed)
        self.library.first_image.connect(self.show_series)
        self.library.scan_finished.connect(self.panes.show_latest)
        self.library.fault.connect(self.show_fault)
        self.jobs.failed.connect(self.show_fault)
        self.study_list.chosen.connect(self.show_series)
        self.library.series_changed.connect(self._show_badges)
        self.first_page.open_folder.connect(self.files.ask_folder)
        self.first_page.open_files.connect(self.files.ask_files)
        self.first_page.open_demo.connect(self.files.open_demo)
        self.first_page.open_recent.connect(lambda path: self.open_paths([path]))
        self.workspace.changed.connect(self._picture_changed)
        self.workspace.dropped.connect(self.show_series)
        self.workspace.menu_wanted.connect(self._show_menu)

    def _load_plugins(self, places: Iterable[tuple[str, Path]]) -> None:
        self.plugins.load(places)
        self.tool_row = ToolRow(self.actions_table)
        self.show_tool_row()
        self._column.insertWidget(0, self.tool_row)

    def show_tool_row(self) -> None:
        """Lay the row of words out, which names actions that may have changed."""
        self.tool_row.show_actions(toolbar_names(self.plugins.tools), toolbar_menus(self))

    # -- what is heard

    def _findings_changed(self, change: Change) -> None:
        if change.old is None or change.old.patient.key != change.new.patient.key:
            self.room.select("")
            self.status.show_stored(bool(change.new.timepoints))
        self.room.select_in(self.pane.volume)
        self.room.tell(PluginChange("findings"))
        self._show_badges()
        self.acts.update()
        self.actions_table.refresh()

    def _picture_changed(self) -> None:
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

    def _show_badges(self) -> None:
        for study_uid, badges in badges_of(self.session.document, self.library.studies):
            self.study_list.set_badges(study_uid, badges)

    def _show_saved(self, fault: Fault | None) -> None:
        self.status.show_saved(fault, time.time())
        if fault is not None:
            self.show_fault(fault, lasting=True)

    def _show_menu(self, at: QPoint) -> None:
        self.actions_table.refresh()
        menu = self.actions_table.menu(self, MENU_GROUPS)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    # -- Qt's own

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop all work, write what is left, end all threads."""
        self.files.close_all(event)
        if event.isAccepted():
            self.sides.close_apart()
