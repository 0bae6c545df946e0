"""Keys of the window while a field of text has the focus: on X11 fields take Ctrl+E, Ctrl+K and more for themselves."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from mo_viewer.ui.actions import Action, ActionTable, Need
from mo_viewer.ui.app import wait_until

CTRL = Qt.KeyboardModifier.ControlModifier


class FieldOfX11(QLineEdit):
    """Takes every key with Ctrl, as fields on X11 take some."""

    def event(self, event):
        """Say that it is wanted here."""
        if event.type() == QEvent.Type.ShortcutOverride and event.modifiers() & CTRL:
            event.accept()
            return True
        return super().event(event)


@pytest.fixture(params=["line", "box"])
def field(qtbot, request):
    """What has the focus, the field of text in it, another field of the window, and what was done."""
    window, done = QWidget(), []
    qtbot.addWidget(window)
    column, line, other = QVBoxLayout(window), FieldOfX11("words"), QLineEdit()
    focused = line
    if request.param == "box":
        focused = QComboBox()
        focused.setEditable(True)
        focused.setLineEdit(line)
        focused.setEditText("words")
    column.addWidget(other)
    column.addWidget(focused)
    table = ActionTable(window, QWidget(window))
    table.add([
        Action("export", "Export", lambda: done.append("export"), keys=("Ctrl+E",)),
        Action("undo", "Undo", lambda: done.append("undo"), keys=("Ctrl+Z",)),
        Action("never", "Never", lambda: done.append("never"), keys=("Ctrl+U",), enabled=Need(lambda: False, "No.")),
    ])  # fmt: skip
    window.show()
    window.activateWindow()
    assert wait_until(window.isActiveWindow, 10)
    focused.setFocus()
    assert wait_until(focused.hasFocus, 10)
    return focused, line, other, done


def test_a_key_of_the_window_works_while_something_is_typed(field):
    focused, line, _, done = field
    QTest.keyClick(focused, Qt.Key.Key_E, CTRL)
    assert done == ["export"]
    assert line.text() == "words"


def test_keys_of_every_field_and_those_of_nobody_stay_the_fields(field):
    focused, _, _, done = field
    for key in (Qt.Key.Key_Z, Qt.Key.Key_U, Qt.Key.Key_G, Qt.Key.Key_C):
        QTest.keyClick(focused, key, CTRL)
    assert done == []


def test_a_field_that_was_left_is_let_go(field):
    focused, _, other, done = field
    other.setFocus()
    focused.setFocus()
    QTest.keyClick(focused, Qt.Key.Key_E, CTRL)
    assert done == ["export"]
