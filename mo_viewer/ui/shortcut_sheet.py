"""All keys and what the mouse does, on one searchable sheet."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFont, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from mo_viewer.ui import theme
from mo_viewer.ui.actions import Action
from mo_viewer.ui.screen_room import resize_within
from mo_viewer.ui.search_words import words_of
from mo_viewer.ui.whole_rows import WholeRows

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_MOUSE = (
    ("Wheel", "Go through the images"),
    ("Shift and wheel", "Go through the images by tens"),
    ("Ctrl and wheel", "Zoom about the cursor"),
    ("Alt and wheel", "Thicker or thinner slab"),
    ("Double click", "One pane alone, and back"),
    ("Shift and move", "Show the same point in the other panes"),
    ("Right click", "Menu at the cursor"),
    ("Ctrl while dragging", "Window, zoom and slices change more finely"),
    ("Shift while dragging", "Window, zoom and slices change more coarsely"),
    ("Del", "Delete the chosen measurement or lesion"),
    ("Esc", "Forget what was begun; then put the tool away"),
)
_BUTTONS = {"left": "Left button", "middle": "Middle button", "right": "Right button"}
_DOES = {"window": "Set the window", "pan": "Move the picture", "zoom": "Zoom", "scroll": "Go through the images"}


class ShortcutSheet(QDialog):
    """Lists keys by group; type to search."""

    _worn: theme.Colours | None = None

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self.setWindowTitle("Keys and mouse")
        self._window = window
        self.search = QLineEdit(placeholderText="What do you want to do? Or a key", clearButtonEnabled=True)
        self.search.setAccessibleName("Search keys")
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        WholeRows(self.tree)
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(12)
        self.tree.setAccessibleName("Keys and mouse")
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        change = QPushButton("Change keys …")
        change.setToolTip("Open the preferences of keys and mouse")
        words = QPushButton("Words used here …")
        words.setToolTip("What measurements, rules and other words mean (Shift+F1)")
        close = QPushButton("Close")
        close.setToolTip("Close (Esc)")
        below = QHBoxLayout()
        below.addWidget(change)
        below.addWidget(words)
        below.addStretch(1)
        below.addWidget(close)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.addWidget(self.search)
        rows.addWidget(self.tree, 1)
        rows.addLayout(below)
        self.search.textChanged.connect(self.fill)
        change.clicked.connect(self.close)
        change.clicked.connect(lambda: window.act("preferences"))
        words.clicked.connect(self.close)
        words.clicked.connect(lambda: window.act("glossary"))
        close.clicked.connect(self.close)
        resize_within(self, 560, 640)

    def open_sheet(self) -> None:
        """Show it with all keys as they are now."""
        self.search.clear()
        self.fill()
        self.show()
        self.raise_()
        self.search.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """Take other colours with the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._worn not in (None, theme.colours()):
            self.fill()

    def fill(self) -> None:
        """List what matches the search."""
        self._worn = theme.colours()
        terms = self.search.text().casefold().split()
        groups: dict[str, list[tuple[str, str, str, str]]] = {"Mouse": self._mouse_rows()}
        for action in self._window.actions_table.all:
            if action.keys:
                groups.setdefault(action.group or "Program", []).append(_row(action))
        self.tree.clear()
        for group, rows in groups.items():
            found = [row for row in rows if all(term in f"{group} {' '.join(row)}".casefold() for term in terms)]
            if found:
                self._add(group, found)
        self.tree.expandAll()

    def _add(self, group: str, rows: list[tuple[str, str, str, str]]) -> None:
        head = QTreeWidgetItem([group.upper()])
        font = QFont(theme.interface_font(11, QFont.Weight.DemiBold))
        head.setFont(0, font)
        head.setForeground(0, QColor(theme.colours().quiet))
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.tree.addTopLevelItem(head)
        for title, keys, tip, _ in rows:
            item = QTreeWidgetItem([title, keys])
            item.setToolTip(0, tip)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setForeground(1, QColor(theme.colours().bright))
            head.addChild(item)

    def _mouse_rows(self) -> list[tuple[str, str, str, str]]:
        mouse = self._window.extras.mouse
        buttons = [(_DOES[mouse.of(name)], title, "", "") for name, title in _BUTTONS.items()]
        return [*buttons, *((what, how, "", "") for how, what in _MOUSE)]


def _row(action: Action) -> tuple[str, str, str, str]:
    native = QKeySequence.SequenceFormat.NativeText
    keys = "   ".join(QKeySequence(key).toString(native) for key in action.keys)
    return action.title.removesuffix(" …"), keys, action.tip or action.title, words_of(action)
