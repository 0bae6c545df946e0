"""A list of which any number may be ticked, with a note below; nothing is ticked at first."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from mo_viewer.ui.plain_text import plain
from mo_viewer.ui.screen_room import resize_within


class TickList(QDialog):
    """Asks which; `verb` stands on the button that goes on."""

    def __init__(self, parent: QWidget, title: str, words: Sequence[str], note: str, verb: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(title)
        for text in words:
            item = QListWidgetItem(plain(text))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(item)
        below = QLabel(note)
        below.setWordWrap(True)
        below.setProperty("tone", "quiet")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go_on = buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.list, 1)
        column.addWidget(below)
        column.addWidget(buttons)
        resize_within(self, 560, 380)

    @property
    def ticked_rows(self) -> tuple[int, ...]:
        """Which rows were ticked."""
        rows = range(self.list.count())
        return tuple(row for row in rows if self.list.item(row).checkState() == Qt.CheckState.Checked)
