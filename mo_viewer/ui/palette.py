"""Ctrl+K: everything that can be done, with its key; type to search, Enter to do it."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from mo_viewer.ui import theme
from mo_viewer.ui.actions import Action, ActionTable
from mo_viewer.ui.screen_room import resize_within
from mo_viewer.ui.search_words import words_of
from mo_viewer.ui.whole_rows import WholeRows

_NAME = Qt.ItemDataRole.UserRole
_WIDTH_PX, _HEIGHT_PX = 640, 460


class Palette(QDialog):
    """A list over the window that goes away by itself once something was chosen, or with Esc."""

    def __init__(self, table: ActionTable, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._table = table
        self.search = QLineEdit(placeholderText="Find action", clearButtonEnabled=True)
        self.search.setAccessibleName("Find action")
        self.list = QTreeWidget()
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        WholeRows(self.list)
        self.list.setRootIsDecorated(False)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        frame = QFrame()
        frame.setObjectName("palette_frame")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        column = QVBoxLayout(frame)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.nothing = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop, textFormat=Qt.TextFormat.PlainText)
        self.nothing.setProperty("tone", "quiet")
        self.nothing.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.nothing, 1)
        resize_within(self, _WIDTH_PX, _HEIGHT_PX)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, header.ResizeMode.ResizeToContents)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(self._do)
        self._fill("")

    def show_over(self, window: QWidget) -> None:
        """Stand in the upper middle of a window."""
        middle = window.mapToGlobal(window.rect().center())
        top = window.mapToGlobal(window.rect().topLeft()).y()
        self.move(middle.x() - self.width() // 2, top + 60)
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the search field act on the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._move(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._do(self.list.currentItem())
                return True
        return False

    def _fill(self, text: str) -> None:
        self.list.clear()
        terms = text.casefold().split()
        found = [a for a in self._table.all if a.name != "palette" and all(term in _haystack(a) for term in terms)]
        found.sort(key=lambda action: _rank(action, terms))
        for action in found:
            self.list.addTopLevelItem(_row(action))
        self.nothing.setText(f"Nothing is called “{text.strip()}”. Try another word; F1 or ? lists all keys.")
        self.nothing.setHidden(bool(found))
        self.list.setVisible(bool(found))
        self._move(0)

    def _move(self, by: int) -> None:
        at = self.list.currentIndex().row() + by
        item = self.list.topLevelItem(min(self.list.topLevelItemCount() - 1, max(0, at)))
        if item is not None:
            self.list.setCurrentItem(item)

    def _do(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.close()
            self._table.run(item.data(0, _NAME))


def _haystack(action: Action) -> str:
    return f"{action.title} {action.group} {action.tip} {words_of(action)} {' '.join(action.keys)}".casefold()


def _rank(action: Action, terms: list[str]) -> tuple[int, bool]:
    """Titles that begin with what was typed first, then words that do, titles that hold it, other words for it.

    Of these what can be done now comes first.
    So Enter never does something else because what was typed cannot be done now.
    """
    title = action.title.casefold()
    words = title.split()
    if not terms or title.startswith(" ".join(terms)):
        nearness = 0
    elif all(any(word.startswith(term) for word in words) for term in terms):
        nearness = 1
    elif all(term in title for term in terms):
        nearness = 2
    else:
        known = [*words, *words_of(action).split()]
        nearness = 3 if all(any(word.startswith(term) for word in known) for term in terms) else 4
    return nearness, action.enabled is not None and not action.enabled()


def _row(action: Action) -> QTreeWidgetItem:
    row = QTreeWidgetItem([action.title.removesuffix(" …"), action.group, action.key_text()])
    row.setData(0, _NAME, action.name)
    row.setToolTip(0, action.tooltip())
    if action.refusal:
        for column in range(row.columnCount()):
            row.setForeground(column, QColor(theme.colours().quiet))
    return row
