"""Which key does what: choose a line, press the new key."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mo_viewer.ui.actions import Action
from mo_viewer.ui.whole_rows import WholeRows

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_NAME = Qt.ItemDataRole.UserRole


class KeysPage(QWidget):
    """All actions with their keys; one key for each line, more by adding."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.search = QLineEdit(placeholderText="Find action or key", clearButtonEnabled=True)
        self.search.setAccessibleName("Find action or key")
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(("Action", "Group", "Keys"))
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        WholeRows(self.tree)
        self.tree.setAccessibleName("Actions")
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.setColumnWidth(1, 120)
        self.tree.setColumnWidth(2, 170)
        self.entry = QKeySequenceEdit()
        self.entry.setMaximumSequenceLength(1)
        self.entry.setAccessibleName("New key")
        self.entry.setToolTip("Press the new key here")
        self.use, self.none, self.back, self.all_back = (
            _button(*words)
            for words in (
                ("Use this key", "Give the chosen action this key instead of its own"),
                ("No key", "Take the keys of the chosen action away"),
                ("As delivered", "Give the chosen action its own keys again"),
                ("All as delivered", "Forget every change of keys"),
            )
        )
        self.said = QLabel()
        self.said.setProperty("tone", "quiet")
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.tree.currentItemChanged.connect(self._refresh)
        self.entry.keySequenceChanged.connect(self._refresh)
        self.search.textChanged.connect(self.fill)
        self.use.clicked.connect(self._take)
        self.none.clicked.connect(lambda: self._bind(()))
        self.back.clicked.connect(lambda: self._bind(None))
        self.all_back.clicked.connect(self._forget)

    def fill(self) -> None:
        """List actions as they are now."""
        chosen = self._chosen()
        terms = self.search.text().casefold().split()
        self.tree.clear()
        for action in self._window.actions_table.all:
            words = f"{action.title} {action.group} {' '.join(action.keys)}".casefold()
            if all(term in words for term in terms):
                item = _row(action)
                self.tree.addTopLevelItem(item)
                if action.name == chosen:
                    self.tree.setCurrentItem(item)
        self._refresh()

    def choose(self, name: str) -> None:
        """Choose an action."""
        for n in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(n)
            if item is not None and item.data(0, _NAME) == name:
                self.tree.setCurrentItem(item)

    def _refresh(self) -> None:
        """Grey what would do nothing: without an action, or without a key."""
        is_chosen = bool(self._chosen())
        self.use.setEnabled(is_chosen and not self.entry.keySequence().isEmpty())
        self.none.setEnabled(is_chosen)
        self.back.setEnabled(is_chosen)

    def _chosen(self) -> str:
        item = self.tree.currentItem()
        return "" if item is None else str(item.data(0, _NAME))

    def _take(self) -> None:
        sequence = self.entry.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if sequence:
            self._bind((sequence,))
            self.entry.clear()

    def _bind(self, keys: tuple[str, ...] | None) -> None:
        name = self._chosen()
        if name:
            lost = self._window.extras.keys.bind(name, keys)
            self.said.setText(f"Taken from: {', '.join(lost)}" if lost else "")
            self.fill()

    def _forget(self) -> None:
        self._window.extras.keys.forget()
        self.said.setText("All keys are as delivered.")
        self.fill()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for part in (self.entry, self.use, self.none, self.back):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.all_back)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 10, 4, 4)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        column.addLayout(row)
        column.addWidget(self.said)


def _row(action: Action) -> QTreeWidgetItem:
    native = QKeySequence.SequenceFormat.NativeText
    keys = "  ".join(QKeySequence(key).toString(native) for key in action.keys)
    item = QTreeWidgetItem([action.title.removesuffix(" …"), action.group, keys])
    item.setData(0, _NAME, action.name)
    item.setToolTip(0, action.tip or action.title)
    return item


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
