"""Keys of the window that fields of text would take for moving or deleting, as X11 has it: Ctrl+E, Ctrl+K, Ctrl+D."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

_OF_FIELDS = tuple(QKeySequence.StandardKey[name] for name in ("Cut", "Copy", "Paste", "Undo", "Redo", "SelectAll"))


class FieldKeys(QObject):
    """Lets Ctrl with a letter through to the actions of a window while a field of it has the focus.

    What every field has (cut, copy, paste, undo, redo, all) stays the field's. `is_ours` says of keys whether an action
    that can be done now has them.
    """

    def __init__(self, window: QWidget, is_ours: Callable[[QKeySequence], bool]) -> None:
        super().__init__(window)
        self._window, self._is_ours = window, is_ours
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Refuse for the field what it would take from the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._is_wanted(event):
            event.ignore()
            return True
        return False

    def _is_wanted(self, event: QKeyEvent) -> bool:
        is_letter = Qt.Key.Key_A.value <= event.key() <= Qt.Key.Key_Z.value
        with_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not (is_letter and with_control) or any(map(event.matches, _OF_FIELDS)):
            return False
        return self._is_ours(QKeySequence(event.keyCombination()))

    def _moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if isinstance(new, (QLineEdit, QComboBox, QAbstractSpinBox)) and self._window.isAncestorOf(new):
            new.installEventFilter(self)
