"""A field on the picture that asks for a few words: the text of an arrow, a true length, a name."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QFocusEvent, QKeyEvent, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

_WIDTH_PX, _MARGIN_PX = 190, 8


class Entry(QLineEdit):
    """Stands at a place of a widget until Enter (`given`), or Esc, a click elsewhere or another field (`left`)."""

    def __init__(
        self, parent: QWidget, at: QPoint, asks: str, given: Callable[[str], None], left: Callable[[], None]
    ) -> None:
        for other in parent.findChildren(Entry):
            other._end(False)
        super().__init__(parent)
        self._given, self._left, self._is_done = given, left, False
        self.setObjectName("entry")
        self.setPlaceholderText(asks)
        self.setAccessibleName(asks)
        self.setToolTip(f"{asks}: Enter keeps it, Esc does not")
        self.setMaxLength(200)
        self.setFixedWidth(_WIDTH_PX)
        self.adjustSize()
        room = parent.rect().adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        x = min(max(at.x(), room.left()), room.right() - self.width())
        y = min(max(at.y(), room.top()), room.bottom() - self.height())
        self.move(x, y)
        self.returnPressed.connect(lambda: self._end(True))
        self.show()
        self.setFocus()

    def event(self, event: QEvent) -> bool:
        """Keep Esc and Enter from meaning other things meanwhile."""
        keys = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in keys:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves it."""
        if event.key() == Qt.Key.Key_Escape:
            self._end(False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A click elsewhere leaves it."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._end(False)

    def _end(self, kept: bool) -> None:
        if self._is_done:
            return
        self._is_done = True
        self.hide()
        self.deleteLater()
        parent = self.parentWidget()
        if parent is not None:
            parent.setFocus()
        if kept:
            self._given(self.text().strip())
        else:
            self._left()
