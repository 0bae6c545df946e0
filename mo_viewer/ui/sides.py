"""The study list and the panels beside the pictures: shown, hidden, or in windows of their own on another screen."""

from PySide6.QtCore import QByteArray, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

_LEFT_SHARE, _RIGHT_SHARE = 0.165, 0.235
_LEFT_PX, _RIGHT_PX = (252, 330), (372, 450)
_HANDLE_PX = 2
TITLES = {"left": "Studies", "right": "Panels"}


class Sides(QSplitter):
    """Lays the two sides out beside the middle. `changed`: a side was hidden, shown, taken out or put back.

    Parameters
    ----------
    left, middle, right
        What stands there.
    """

    changed = Signal()

    def __init__(self, left: QWidget, middle: QWidget, right: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent, childrenCollapsible=False)
        self.setHandleWidth(_HANDLE_PX)
        self._parts = {"left": left, "right": right}
        self._apart: dict[str, _Apart] = {}
        for place, part in enumerate((left, middle, right)):
            self.addWidget(part)
            self.setStretchFactor(place, int(part is middle))

    def replace(self, side: str, part: QWidget) -> None:
        """Put another widget in a side's place, shown or hidden, here or apart, as the one that goes."""
        old, own = self._parts[side], self._apart.get(side)
        hidden = old.isHidden()
        if own is None:
            self.replaceWidget(self.indexOf(old), part)
        else:
            own.let_go(old)
            own.hold(part)
        self._parts[side] = part
        part.setHidden(hidden)
        old.hide()
        old.deleteLater()

    def share_out(self, width: int) -> None:
        """Give the sides what they need of a width, and the picture all the rest."""
        left = min(_LEFT_PX[1], max(_LEFT_PX[0], int(width * _LEFT_SHARE)))
        right = min(_RIGHT_PX[1], max(_RIGHT_PX[0], int(width * _RIGHT_SHARE)))
        self.setSizes([left, width - left - right - 2 * _HANDLE_PX, right])

    def is_shown(self, side: str) -> bool:
        """Whether a side can be seen, here or in a window of its own."""
        return not self._parts[side].isHidden()

    def is_apart(self, side: str) -> bool:
        """Whether a side has a window of its own."""
        return side in self._apart

    def toggle(self, side: str) -> None:
        """Hide a side or show it; one in a window of its own comes back."""
        if self.is_apart(side):
            self.put_back(side)
        else:
            self.show_side(side, not self.is_shown(side))

    def show_side(self, side: str, shown: bool) -> None:
        """Show a side beside the picture, or do not."""
        self._parts[side].setVisible(shown)
        self.changed.emit()

    def toggle_apart(self, side: str) -> None:
        """Give a side a window of its own, on the next screen where there is one; or put it back."""
        if self.is_apart(side):
            self.put_back(side)
        else:
            self.take_out(side)

    def take_out(self, side: str, place: QByteArray | None = None) -> None:
        """Give a side a window of its own, where it was before."""
        part = self._parts[side]
        own = _Apart(self, TITLES[side])
        width = max(part.width(), part.minimumSizeHint().width(), _LEFT_PX[0])
        own.resize(width, max(480, self.height()))
        own.hold(part)
        part.show()
        if place is None or not own.restoreGeometry(place):
            own.move(self._free_place(own))
        own.closed.connect(lambda: self.put_back(side))
        self._apart[side] = own
        own.show()
        self.changed.emit()

    def put_back(self, side: str) -> None:
        """Put a side beside the picture again."""
        own = self._apart.pop(side, None)
        if own is None:
            return
        part = self._parts[side]
        sizes = self.sizes()
        self.insertWidget(0 if side == "left" else self.count(), part)
        part.show()
        wide = part.width()
        middle = max(1, sum(sizes) - wide - _HANDLE_PX)
        self.setSizes([wide, middle, *sizes[1:]] if side == "left" else [*sizes[:-1], middle, wide])
        own.closed.disconnect()
        own.close()
        own.deleteLater()
        self.changed.emit()

    def places(self) -> dict[str, QByteArray]:
        """Where the sides that have windows of their own stand, by side."""
        return {side: own.saveGeometry() for side, own in self._apart.items()}

    def close_apart(self) -> None:
        """Close the windows of the sides without putting anything back: the program ends."""
        for own in self._apart.values():
            own.hide()

    def _free_place(self, own: QWidget) -> QPoint:
        """The upper left corner of another screen; with one screen only, a little inside this window's."""
        mine = self.screen()
        for screen in QGuiApplication.screens():
            if screen is not mine:
                return screen.availableGeometry().topLeft()
        room = mine.availableGeometry()
        wanted = QRect(self.mapToGlobal(QPoint(40, 40)), own.size())
        return QPoint(
            max(room.left(), min(wanted.left(), room.right() - own.width())),
            max(room.top(), min(wanted.top(), room.bottom() - own.height())),
        )


class _Apart(QWidget):
    """A window that holds one side; the keys of the main window work in it too."""

    closed = Signal()

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setObjectName("apart")
        self.setWindowTitle(f"MO Viewer · {title}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._column = column

    def hold(self, part: QWidget) -> None:
        """Take a side in."""
        self._column.addWidget(part)

    def let_go(self, part: QWidget) -> None:
        """Hold a side no longer."""
        self._column.removeWidget(part)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the side back."""
        event.accept()
        self.closed.emit()
