"""What the mouse does on a picture: which grip holds it, and when a press was only a click."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from mo_viewer.ui.grips import Grip

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView

_WHEEL_STEP = 120
_ZOOM_PER_WHEEL_STEP = 1.15
_COARSE_SLICES = 10


class Hand:
    """The mouse of one view."""

    def __init__(self, view: "SliceView") -> None:
        self._view = view
        self._held: tuple[Qt.MouseButton, Grip, QPointF] | None = None
        self._wheel = 0.0

    @property
    def is_holding(self) -> bool:
        """Whether a button is held."""
        return self._held is not None

    def press(self, event: QMouseEvent) -> None:
        """Give the button to its grip."""
        view = self._view
        view.activated.emit()
        view.touched.emit()
        if event.button() == Qt.MouseButton.LeftButton:
            view.pressed.emit()
            at = event.position()
            grip: Grip | None = view.pick(view, at) or view.catch(at) or view.left_grip
        else:
            grip = view.grips.get(event.button())
        if self._held is not None or grip is None or view.shown is None:
            return
        self._held = (event.button(), grip, event.position())
        if grip.held is not None:
            view.setCursor(grip.held)
        grip.press(view, event.position(), event.modifiers())
        view.update()

    def move(self, event: QMouseEvent) -> None:
        """Drag, or only look at what lies under the cursor."""
        view, at = self._view, event.position()
        if self._held is not None:
            button, grip, _ = self._held
            if button != Qt.MouseButton.RightButton or not self._is_still(at):
                grip.drag(view, at, event.modifiers())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            point = view.point_at(at)
            if point is not None:
                view.pointed.emit(point)
        else:
            view.left_grip.hover(view, at)
            caught = view.pick(view, at) or view.catch(at)
            view.setCursor((caught or view.left_grip).cursor)
        view.point_mouse_at(at)

    def release(self, event: QMouseEvent) -> None:
        """Let go; a right button that did not move asks for the menu."""
        if self._held is None or event.button() != self._held[0]:
            return
        button, grip, _ = self._held
        asks = button == Qt.MouseButton.RightButton and self._is_still(event.position())
        self._held = None
        grip.release(self._view, event.position(), event.modifiers())
        self._view.show_cursor()
        self._view.update()
        if asks:
            self._view.menu_wanted.emit(event.globalPosition().toPoint())

    def wheel(self, event: QWheelEvent) -> None:
        """Scroll; Shift: by tens; Ctrl: zoom about the cursor; Alt: what the tool does with it, else a thicker slab."""
        view, delta, keys = self._view, event.angleDelta(), event.modifiers()
        self._wheel += delta.y() or delta.x()
        steps = int(self._wheel / _WHEEL_STEP)
        self._wheel -= steps * _WHEEL_STEP
        event.accept()
        if not steps:
            return
        view.activated.emit()
        view.touched.emit()
        at = event.position()
        if keys & Qt.KeyboardModifier.AltModifier:
            if not view.left_grip.wheel(view, at, keys, steps):
                view.thicken_wanted.emit(steps)
        elif bool(keys & Qt.KeyboardModifier.ControlModifier) != view.wheel_zooms:
            view.set_framing(view.framing.zoomed(_ZOOM_PER_WHEEL_STEP**steps, (at.x(), at.y())))
        else:
            view.scroll_by(-steps * (_COARSE_SLICES if keys & Qt.KeyboardModifier.ShiftModifier else 1))
        view.point_mouse_at(at)

    def _is_still(self, at: QPointF) -> bool:
        assert self._held is not None
        return (at - self._held[2]).manhattanLength() < QApplication.startDragDistance() / 2
