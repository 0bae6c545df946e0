"""A list of rows that keeps selection and place while it grows, and is as high as it needs to be."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QImage, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QListView, QWidget

from mo_viewer.ui.row_delegate import PICTURE_PX, RowDelegate
from mo_viewer.ui.rows import Index, Role, Row, RowModel


class RowList(QListView):
    """Shows `Row`s; `picked` carries the key of a row that was clicked or confirmed with Enter or Space.

    `moved` carries the key of the row that became current in any other way than by `select`; `asked` that of the row
    whose menu is wanted, and where on the screen.
    """

    picked = Signal(str)
    moved = Signal(str)
    asked = Signal(str, QPoint)

    def __init__(self, picture: Callable[[str], QImage | None], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowModel(self)
        self.delegate = RowDelegate(picture, self)
        self._told = True
        self._held: tuple[str, QPoint] | None = None
        self.setModel(self.rows)
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(name)
        self._behave()

    def _behave(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.verticalScrollBar().setSingleStep(PICTURE_PX // 2)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Change into this list without moving what is being looked at.

        The current row stays where it is on the screen, or if it is out of sight the row at the upper edge; at the
        very top the list stays at its top as long as the current row does not leave the view by that.
        """
        at_top = self.verticalScrollBar().value() == 0
        looked_at = self.currentIndex() if self._is_visible(self.currentIndex()) else self.indexAt(QPoint(1, 1))
        follows = at_top and looked_at == self.currentIndex()
        key, offset = self._place_of(looked_at)
        self._change(rows)
        again = self.rows.find(key) if key else QModelIndex()
        if follows and again.isValid():
            self.scrollTo(again)
        elif not at_top and again.isValid():
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(again).top() - offset)

    def _change(self, rows: Sequence[Row]) -> None:
        """Change the model; a current row that goes leaves none behind, so that no neighbour is chosen by accident."""
        kept = self.selected
        self._told = False
        self.rows.show(rows)
        if self.selected != kept:
            self.setCurrentIndex(self.rows.find(kept))
        self._told = True

    def _place_of(self, index: QModelIndex) -> tuple[str, int]:
        return (str(index.data(Role.KEY)), self.visualRect(index).top()) if index.isValid() else ("", 0)

    def _is_visible(self, index: QModelIndex) -> bool:
        return index.isValid() and self.viewport().rect().intersects(self.visualRect(index))

    def select(self, key: str) -> None:
        """Make a row current without telling; nothing happens where there is no such row."""
        index = self.rows.find(key)
        if not index.isValid() or index == self.currentIndex():
            return
        self._told = False
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self._told = True

    @property
    def selected(self) -> str:
        """The key of the current row; empty when none."""
        index = self.currentIndex()
        return str(index.data(Role.KEY)) if index.isValid() else ""

    @property
    def content_height(self) -> int:
        """How high the list would have to be to show all rows, px."""
        font = self.font()
        return sum(self.delegate.row_height(font, row) for row in self.rows.rows)

    def sizeHint(self) -> QSize:
        """As high as all rows."""
        return QSize(240, self.content_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the current row in view where it was in view before."""
        box = self.visualRect(self.currentIndex())
        was_visible = box.isValid() and box.bottom() > 0 and box.top() < event.oldSize().height()
        super().resizeEvent(event)
        if was_visible:
            self.scrollTo(self.currentIndex())

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell that the user went to another row."""
        super().currentChanged(current, previous)
        if self._told and current.isValid():
            self.moved.emit(current.data(Role.KEY))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold the row under the mouse: what stands above the list may grow by this and move the rows."""
        index = self.indexAt(event.position().toPoint())
        holds = event.button() == Qt.MouseButton.LeftButton and bool(self.rows.flags(index))
        self._held = (str(index.data(Role.KEY)), event.globalPosition().toPoint()) if holds else None
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pick the row that was pressed, wherever it is by now, unless the mouse went away from there."""
        super().mouseReleaseEvent(event)
        held, self._held = self._held, None
        if held is not None and event.button() == Qt.MouseButton.LeftButton:
            key, at = held
            if (event.globalPosition().toPoint() - at).manhattanLength() < QApplication.startDragDistance():
                self.picked.emit(key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Tell whose menu is wanted."""
        index = self.indexAt(event.pos())
        if index.isValid():
            self.asked.emit(str(index.data(Role.KEY)), event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space pick the current row; the rest is as in every list."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.selected:
            self.picked.emit(self.selected)
            return
        super().keyPressEvent(event)
