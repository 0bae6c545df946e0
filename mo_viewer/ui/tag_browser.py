"""Everything that the file of the shown image says: read in the background, searched, copied; plain text only."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from mo_viewer.base.faults import Fault
from mo_viewer.dicom.elements import Element, read_elements
from mo_viewer.ui import theme
from mo_viewer.ui.plain_text import isolated, plain, tooltip
from mo_viewer.ui.screen_room import resize_within
from mo_viewer.ui.whole_rows import WholeRows

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

HIDDEN = "hidden"
_COLUMNS = ("Tag", "Name", "VR", "Value")
_ELEMENT = Qt.ItemDataRole.UserRole


class TagBrowser(QDialog):
    """Follows the image in the active pane while it is open."""

    _worn: theme.Colours | None = None

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self.setWindowTitle("DICOM tags")
        self._window = window
        self._elements: tuple[Element, ...] = ()
        self._path = ""
        self.heading = QLabel()
        self.heading.setProperty("role", "title")
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.search = QLineEdit(placeholderText="Tag, name or value", clearButtonEnabled=True)
        self.search.setAccessibleName("Search tags")
        self.search.setToolTip("Show only elements in which all these words occur")
        self.tree = _tree()
        self.count = QLabel()
        self.count.setProperty("tone", "quiet")
        self.copy = QPushButton("Copy all")
        self.copy.setToolTip("Copy what is listed as text (Ctrl+C: only the chosen lines)")
        self._lay_out()
        self.search.textChanged.connect(self._fill)
        self.copy.clicked.connect(self.copy_all)
        QShortcut(
            QKeySequence.StandardKey.Copy, self.tree, context=Qt.ShortcutContext.WidgetShortcut
        ).activated.connect(self.copy_chosen)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.search.setFocus)
        window.workspace.changed.connect(self._follow)

    def open_browser(self) -> None:
        """Show it, or bring it to the front."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.search.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the image."""
        super().showEvent(event)
        self._follow()

    def changeEvent(self, event: QEvent) -> None:
        """Take other colours with the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._worn not in (None, theme.colours()):
            self._fill()

    def hide_names(self) -> None:
        """Names were hidden or shown: list anew."""
        self._fill()

    def copy_all(self) -> None:
        """Put what is listed on the clipboard."""
        self._copy([item for item in self._items() if not item.isHidden()])

    def copy_chosen(self) -> None:
        """Put the chosen lines on the clipboard."""
        self._copy(self.tree.selectedItems())

    def _follow(self) -> None:
        shown = self._window.pane.view.shown
        instances = () if shown is None else shown.volume.source.instances
        if not self.isVisible() or shown is None or shown.k >= len(instances):
            return
        instance = instances[shown.k]
        stack = self._window.pane.view.stack
        place = "" if stack is None or stack.cuts is not None else f"image {stack.place_of(shown.index) + 1}"
        number = "" if shown.volume.source.number is None else f"Series {shown.volume.source.number}"
        self.heading.setText(" · ".join(filter(None, (number, place, plain(shown.volume.source.description)))))
        if instance.path == self._path:
            return
        self._path = instance.path
        self._window.jobs.run(
            "Reading tags",
            lambda ticket: read_elements(instance, ticket),
            self._take,
            self._fail,
            slot="tags",
        )

    def _take(self, elements: tuple[Element, ...]) -> None:
        self._elements = elements
        self._fill()

    def _fail(self, fault: Fault) -> None:
        self._elements, self._path = (), ""
        self._fill()
        self.count.setText(str(fault))

    def _fill(self) -> None:
        self._worn = theme.colours()
        terms = self.search.text().casefold().split()
        at = self.tree.verticalScrollBar().value()
        self.tree.clear()
        homes: list[QTreeWidgetItem] = []
        found = 0
        for element in self._elements:
            item = _item(element, self._value(element))
            del homes[element.depth :]
            if homes:
                homes[-1].addChild(item)
            else:
                self.tree.addTopLevelItem(item)
            homes.append(item)
            matches = all(term in _haystack(item) for term in terms)
            item.setHidden(not matches)
            if matches:
                found += 1
                for home in homes[:-1]:
                    home.setHidden(False)
        self.tree.expandAll()
        self.tree.verticalScrollBar().setValue(at)
        self.count.setText(f"{found:,} of {len(self._elements):,} elements" if terms else f"{found:,} elements")

    def _value(self, element: Element) -> str:
        if element.names_patient and self._window.names_hidden and element.value:
            return HIDDEN
        more = f" … {element.cut:,} more characters" if element.cut else ""
        return plain(element.value) + more

    def _items(self) -> list[QTreeWidgetItem]:
        found: list[QTreeWidgetItem] = []
        waiting = [self.tree.topLevelItem(n) for n in range(self.tree.topLevelItemCount())]
        while waiting:
            item = waiting.pop(0)
            if item is not None:
                found.append(item)
                waiting[:0] = [item.child(n) for n in range(item.childCount())]
        return found

    def _copy(self, items: list[QTreeWidgetItem]) -> None:
        lines = ["\t".join(item.text(column) for column in range(len(_COLUMNS))) for item in items]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.count.setText(f"{len(lines):,} lines copied")

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.addWidget(self.copy)
        below.addWidget(self.count, 1)
        close = QPushButton("Close")
        close.setToolTip("Close (Esc)")
        close.clicked.connect(self.close)
        below.addWidget(close)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.setSpacing(8)
        rows.addWidget(self.heading)
        rows.addWidget(self.search)
        rows.addWidget(self.tree, 1)
        rows.addLayout(below)
        resize_within(self, 880, 620)


def _tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setColumnCount(len(_COLUMNS))
    tree.setHeaderLabels(_COLUMNS)
    tree.setAccessibleName("DICOM elements")
    tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    tree.setUniformRowHeights(True)
    WholeRows(tree)
    tree.setIndentation(14)
    header = tree.header()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    for column, width in enumerate((150, 260, 44)):
        tree.setColumnWidth(column, width)
    header.setStretchLastSection(True)
    return tree


def _item(element: Element, value: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([element.tag, plain(element.name), element.vr, isolated(value)])
    item.setData(0, _ELEMENT, element.tag)
    item.setToolTip(3, tooltip(value))
    item.setToolTip(1, tooltip(element.name))
    quiet = QColor(theme.colours().quiet)
    item.setForeground(2, quiet)
    if element.is_private or not element.tag:
        item.setForeground(1, quiet)
    return item


def _haystack(item: QTreeWidgetItem) -> str:
    tag = item.text(0)
    return f"{tag} {tag.strip('()').replace(',', '')} {item.text(1)} {item.text(3)}".casefold()
