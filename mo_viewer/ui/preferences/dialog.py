"""The window of preferences: every change counts at once and is kept."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTabWidget, QVBoxLayout

from mo_viewer.ui.preferences.archives import ArchivesPage
from mo_viewer.ui.preferences.keys import KeysPage
from mo_viewer.ui.preferences.looks import LooksPage
from mo_viewer.ui.preferences.mouse import MousePage
from mo_viewer.ui.preferences.plugins import PluginsPage
from mo_viewer.ui.preferences.reader import ReaderPage
from mo_viewer.ui.preferences.windows import WindowsPage
from mo_viewer.ui.screen_room import resize_within

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class Preferences(QDialog):
    """Pages beside each other; there is nothing to confirm."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self.setWindowTitle("Preferences")
        self.keys, self.mouse = KeysPage(window), MousePage(window)
        self.windows, self.looks, self.plugins = WindowsPage(window), LooksPage(window), PluginsPage(window)
        self.reader, self.archives = ReaderPage(window), ArchivesPage(window)
        self.pages = QTabWidget(documentMode=True)
        self.pages.tabBar().setDrawBase(False)
        for title, page in (
            ("Keys", self.keys),
            ("Mouse", self.mouse),
            ("Presets", self.windows),
            ("Looks", self.looks),
            ("Plugins", self.plugins),
            ("Reader", self.reader),
            ("Archives", self.archives),
        ):
            self.pages.addTab(page, title)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        buttons.setContentsMargins(4, 4, 4, 0)
        column.setContentsMargins(12, 8, 12, 12)
        column.addWidget(self.pages, 1)
        column.addWidget(buttons)
        resize_within(self, 760, 640)

    def open_page(self, page: int = 0) -> None:
        """Show them as they are now."""
        self.keys.fill()
        self.mouse.fill()
        self.windows.fill()
        self.looks.fill()
        self.plugins.fill()
        self.reader.fill()
        self.archives.fill()
        self.pages.setCurrentIndex(page)
        self.show()
        self.raise_()
        self.activateWindow()
