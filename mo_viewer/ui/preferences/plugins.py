"""All plugins that were found: version, origin, what they may, the time they took, their faults, and a switch."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mo_viewer.plugin_host.host import Plugin
from mo_viewer.ui.plain_text import plain, tooltip
from mo_viewer.ui.preferences.plugin_settings import PluginSettings
from mo_viewer.ui.preferences.plugin_text import html_of, state_of, time_spent

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_COLUMNS = ("Plugin", "Version", "State", "From", "Time")
_WIDTHS = (0, 70, 130, 150, 80)


class PluginsPage(QWidget):
    """A line for each plugin, and below everything about the chosen one."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(_COLUMNS)
        self.tree.headerItem().setTextAlignment(
            _COLUMNS.index("Time"), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName("Plugins")
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(_WIDTHS):
            if width:
                self.tree.setColumnWidth(column, width)
        self.about = QTextBrowser(openLinks=False)
        self.about.document().setDefaultStyleSheet("h4, b { font-weight: 600; }")
        self.about.setAccessibleName("About the chosen plugin")
        self.switch, self.again, self.copy = QPushButton("Switch off"), QPushButton("Reload"), QPushButton("Copy")
        self.again.setToolTip("Read its files again and make all that it adds anew; for its author")
        self.copy.setToolTip("Copy everything below, tracebacks too")
        for button in (self.switch, self.again, self.copy):
            button.setAutoDefault(False)
        self._settings: QWidget | None = None
        self._lay_out()
        self.tree.currentItemChanged.connect(lambda *_: self._show())
        self.switch.clicked.connect(self._switch)
        self.again.clicked.connect(self._reload)
        self.copy.clicked.connect(self._copy)

    def fill(self) -> None:
        """List the plugins as they are now."""
        host, chosen, first = self._window.host, self.chosen, None
        self.tree.clear()
        for plugin in host.plugins:
            version = plugin.manifest.version if plugin.manifest else ""
            name = plugin.manifest.name if plugin.manifest else plugin.id
            texts = (name, version, state_of(host, plugin), plugin.origin, time_spent(plugin))
            item = QTreeWidgetItem([plain(text) for text in texts])
            item.setTextAlignment(4, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(0, tooltip(f"{plugin.id}\n{plugin.folder}"))
            self.tree.addTopLevelItem(item)
            first = item if first is None or plugin is chosen else first
        if first is not None:
            self.tree.setCurrentItem(first)
        self._show()

    def choose(self, plugin_id: str) -> None:
        """Choose the plugin of an id."""
        for at, plugin in enumerate(self._window.host.plugins):
            item = self.tree.topLevelItem(at)
            if item is not None and plugin.id == plugin_id and not plugin.is_second:
                self.tree.setCurrentItem(item)

    @property
    def chosen(self) -> Plugin | None:
        """The chosen plugin."""
        item = self.tree.currentItem()
        at = -1 if item is None else self.tree.indexOfTopLevelItem(item)
        plugins = self._window.host.plugins
        return plugins[at] if 0 <= at < len(plugins) else None

    def _show(self) -> None:
        plugin = self.chosen
        can_switch = plugin is not None and not plugin.is_second
        self.switch.setEnabled(can_switch)
        self.again.setEnabled(can_switch)
        self.copy.setEnabled(plugin is not None)
        if self._settings is not None:
            self._settings.setParent(None)
            self._settings.deleteLater()
            self._settings = None
        if plugin is None:
            self.about.clear()
            return
        is_on = plugin.state == "running"
        self.switch.setText("Switch off" if is_on else "Switch on")
        self.switch.setToolTip("Now and at the next start" if is_on else "Start it now and from now on")
        self.about.setHtml(html_of(self._window.host, plugin))
        if is_on and any(one.kind == "settings" for one in plugin.contributions):
            self._settings = PluginSettings(self._window.host, plugin.id)
            self._column.insertWidget(1, self._settings)

    def _switch(self) -> None:
        plugin = self.chosen
        if plugin is not None:
            self._window.plugins.switch(plugin.id, plugin.state != "running")
            self.fill()

    def _reload(self) -> None:
        plugin = self.chosen
        if plugin is not None:
            self._window.plugins.reload(plugin.id)
            self.fill()

    def _copy(self) -> None:
        plugin = self.chosen
        if plugin is not None:
            QGuiApplication.clipboard().setText(f"{plugin.made_by}\n{self.about.toPlainText()}")

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for button in (self.switch, self.again, self.copy):
            row.addWidget(button)
        row.addStretch(1)
        below = QWidget()
        self._column = QVBoxLayout(below)
        self._column.setContentsMargins(0, 6, 0, 0)
        self._column.addLayout(row)
        self._column.addWidget(self.about, 1)
        parts = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        parts.addWidget(self.tree)
        parts.addWidget(below)
        parts.setSizes([170, 400])
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 10, 4, 4)
        column.addWidget(parts)
