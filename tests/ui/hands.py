"""What a reader's hand does on a picture, as real events of mouse, wheel and keys."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NO_BUTTON = Qt.MouseButton.NoButton
NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
_KINDS = QMouseEvent.Type


def key(view, which, keys=NONE):
    QTest.keyClick(view, which, keys)


def hover(view, at, keys=NONE):
    _send(view, _KINDS.MouseMove, at, NO_BUTTON, NO_BUTTON, keys)


def press(view, at, button=LEFT, keys=NONE):
    _send(view, _KINDS.MouseButtonPress, at, button, button, keys)


def release(view, at, button=LEFT, keys=NONE):
    _send(view, _KINDS.MouseButtonRelease, at, button, NO_BUTTON, keys)


def click(view, at, button=LEFT, keys=NONE):
    press(view, at, button, keys)
    release(view, at, button, keys)


def double_click(view, at):
    click(view, at)
    _send(view, _KINDS.MouseButtonDblClick, at, LEFT, LEFT, NONE)
    release(view, at)


def drag(view, *way, button=LEFT, keys=NONE):
    press(view, way[0], button, keys)
    for at in way[1:]:
        _send(view, _KINDS.MouseMove, at, NO_BUTTON, button, keys)
    release(view, way[-1], button, keys)


def pull(view, right, down, button=LEFT, keys=NONE):
    """Drag from the middle."""
    start = view.rect().center()
    drag(view, start, start + QPoint(right, down), button=button, keys=keys)


def wheel(view, steps, keys=NONE):
    """Turn the wheel towards the hand (positive) so many notches, over the middle."""
    at, turn = QPointF(view.rect().center()), QPoint(0, -120 * steps)
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), turn, NO_BUTTON, keys, phase, False)
    QApplication.sendEvent(view, event)


def _send(view, kind, at, button, buttons, keys):
    at = QPointF(at)
    QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), button, buttons, keys))
