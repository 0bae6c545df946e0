"""The right side: the panels of plugins, one below the other's tab, and what went wrong in plugins."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QTabWidget, QVBoxLayout, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.plugin_host.host import Contribution, PluginFault
from mo_viewer.ui.desk import Room
from mo_viewer.ui.faults import Message, MessageLine
from mo_viewer.ui.plain_text import plain

_NOTHING = "No plugin has added a panel."


class PanelSide(QFrame):
    """Holds the plugins' panels; a panel whose plugin failed gives way to the reason."""

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
        self._column.addWidget(self._tabs, 1)
        self._pages: dict[str, int] = {}

    def show_panels(self, room: Room) -> None:
        """Make the panel of every plugin that has one."""
        for contribution in room.host.contributions("panel"):
            self._add(room, contribution)
        if not self._tabs.count():
            self._tabs.addTab(_page("Panels", _notice(_NOTHING)), "")

    def add_below(self, widget: QWidget) -> None:
        """Put something of the window below the panels."""
        self._column.addWidget(widget)

    def show_fault(self, fault: PluginFault) -> None:
        """Say at the top what went wrong in a plugin."""
        line = MessageLine(Message.of_plugin(fault), self)
        line.closed.connect(line.deleteLater)
        self._column.insertWidget(0, line)

    def drop_disabled(self, enabled: set[str]) -> None:
        """Put a notice in place of each panel that is not in `enabled` any more."""
        for name in [name for name in self._pages if name not in enabled]:
            at = self._pages.pop(name)
            title = self._tabs.tabText(at)
            self._tabs.removeTab(at)
            self._tabs.insertTab(at, _page(title, _notice("Switched off after a fault.")), title)
            self._tabs.setCurrentIndex(at)

    def _add(self, room: Room, contribution: Contribution) -> None:
        try:
            made = room.host.guard(contribution, _made, contribution, room)
        except Fault as fault:
            made = _notice(plain(fault.sentence))
        if made is not None:
            title = plain(contribution.title)
            self._pages[contribution.id] = self._tabs.addTab(_page(title, made), title)


def _made(contribution: Contribution, room: Room) -> QWidget:
    widget = contribution.content(room.desk(contribution))
    if not isinstance(widget, QWidget):
        raise TypeError(f"a panel must be a QWidget, not {type(widget).__name__}")
    return widget


def _page(title: str, content: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 10, 0, 0)
    column.setSpacing(0)
    heading = QLabel(title.upper())
    heading.setProperty("role", "section")
    heading.setContentsMargins(12, 0, 12, 2)
    column.addWidget(heading)
    column.addWidget(content, 1)
    return page


def _notice(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("tone", "quiet")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setContentsMargins(14, 8, 14, 8)
    return label
