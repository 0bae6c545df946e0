"""The right side: the panels of plugins, one below the other's tab, and what went wrong in plugins."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QTabWidget, QVBoxLayout, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.ui.faults import Message, MessageLine
from mo_viewer.ui.plain_text import plain

if TYPE_CHECKING:
    from mo_viewer.plugin_host.host import Contribution, PluginFault
    from mo_viewer.ui.desk import Room

_HEADING = "page heading"
_NOTHING = "No plugin has added a panel."


class PanelSide(QFrame):
    """Holds the plugins' panels; each is made when it is first seen, and gives way to the reason when it fails."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panels")
        self.setMinimumWidth(240)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._tabs = QTabWidget(documentMode=True)
        self._tabs.tabBar().setAutoHide(True)
        self._tabs.tabBar().setDrawBase(False)
        self._tabs.currentChanged.connect(self._make_current)
        self._column.addWidget(self._tabs, 1)
        self._pages: list[_Page] = []
        self._empty = _page("Panels", notice(_NOTHING))

    def show_panels(self, room: "Room") -> None:
        """Have a tab for every panel that there is now; those that are there already stay as they are."""
        listed = [c for plugin in room.host.plugins for c in plugin.contributions if c.kind == "panel"]
        for page in [page for page in self._pages if all(page.contribution is not one for one in listed)]:
            self._pages.remove(page)
            self.drop(page)
        for at, contribution in enumerate(listed):
            if all(page.contribution is not contribution for page in self._pages):
                self._pages.insert(at, page := _Page(room, contribution))
                self._tabs.insertTab(at, page, plain(contribution.title))
        if self._pages:
            self._tabs.removeTab(self._tabs.indexOf(self._empty))
        elif not self._tabs.count():
            self._tabs.addTab(self._empty, "")
        self._show_headings()
        self._make_current()

    def add_page(self, title: str, content: QWidget) -> QWidget:
        """Add something of the window as the last tab; returns what `drop` takes away."""
        page = _page(title, content)
        self._tabs.addTab(page, title)
        self._show_headings()
        return page

    def drop(self, page: QWidget) -> None:
        """Take a tab away."""
        self._tabs.removeTab(self._tabs.indexOf(page))
        self._show_headings()
        page.setParent(None)
        page.deleteLater()

    def add_below(self, widget: QWidget) -> None:
        """Put something of the window below the panels."""
        self._column.addWidget(widget)

    def show_fault(self, fault: "PluginFault") -> None:
        """Say at the top what went wrong in a plugin."""
        line = MessageLine(Message.of_plugin(fault), self)
        line.closed.connect(line.deleteLater)
        self._column.insertWidget(0, line)

    def drop_disabled(self) -> None:
        """Put a notice in place of each panel that was switched off."""
        for page in self._pages:
            if not page.contribution.enabled:
                page.give_way()

    def open_panel(self, title: str) -> None:
        """Bring a panel to the front."""
        page = next((page for page in self._pages if page.contribution.title == title), None)
        if page is not None:
            self._tabs.setCurrentWidget(page)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the panel in front once the window stands."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._make_current)

    def _show_headings(self) -> None:
        """A tab's title is not said twice."""
        for at in range(self._tabs.count()):
            page = self._tabs.widget(at)
            heading = None if page is None else page.findChild(QLabel, _HEADING)
            if heading is not None:
                heading.setVisible(self._tabs.count() == 1)

    def _make_current(self) -> None:
        page = self._tabs.currentWidget()
        if isinstance(page, _Page) and self.isVisible():
            page.make()


class _Page(QWidget):
    """The tab of one panel."""

    def __init__(self, room: "Room", contribution: "Contribution") -> None:
        super().__init__()
        self.contribution = contribution
        self._room = room
        self._column, self._content = _headed(self, contribution.title), QWidget()
        self._column.addWidget(self._content, 1)
        self._is_made = False

    def make(self) -> None:
        """Have the plugin make its panel, the first time."""
        if self._is_made or not self.contribution.enabled:
            return
        self._is_made = True
        try:
            made = self._room.host.guard(self.contribution, _made, self.contribution, self._room)
        except Fault as fault:
            made = notice(plain(fault.sentence))
        if made is not None:
            self._put(made)

    def give_way(self) -> None:
        """Show that the panel was switched off."""
        self._is_made = True
        self._put(notice("Switched off after a fault."))

    def _put(self, content: QWidget) -> None:
        self._column.replaceWidget(self._content, content)
        self._content.deleteLater()
        self._content = content


def notice(text: str) -> QLabel:
    """A sentence where a panel would be."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("tone", "quiet")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setContentsMargins(12, 8, 12, 8)
    return label


def _made(contribution: "Contribution", room: "Room") -> QWidget:
    widget = contribution.content(room.desk(contribution))
    if not isinstance(widget, QWidget):
        raise TypeError(f"a panel must be a QWidget, not {type(widget).__name__}")
    return widget


def _page(title: str, content: QWidget) -> QWidget:
    page = QWidget()
    _headed(page, title).addWidget(content, 1)
    return page


def _headed(page: QWidget, title: str) -> QVBoxLayout:
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 10, 0, 0)
    column.setSpacing(0)
    heading = QLabel(plain(title).upper())
    heading.setObjectName(_HEADING)
    heading.setProperty("role", "section")
    heading.setContentsMargins(12, 0, 12, 2)
    column.addWidget(heading)
    return column
