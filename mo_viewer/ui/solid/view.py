"""A picture of surfaces that is turned by the mouse; drawn by the processor, coarse while the hand moves."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from mo_viewer.ui import theme
from mo_viewer.ui.corner_text import Corners, Letters, ScaleBar, Words
from mo_viewer.ui.picture_text import draw_corners, draw_letters, draw_text
from mo_viewer.volume.plane import direction_letters
from mo_viewer.volume.shading import Camera, Solid, fitting, render

SIDES = {
    "Front": ((1, 0, 0), (0, 0, -1)),
    "Back": ((-1, 0, 0), (0, 0, -1)),
    "Right": ((0, -1, 0), (0, 0, -1)),
    "Left": ((0, 1, 0), (0, 0, -1)),
    "Top": ((-1, 0, 0), (0, 1, 0)),
    "Feet": ((1, 0, 0), (0, 1, 0)),
}
"""From where one looks: the LPS directions to the right and down."""
_RADIANS_PER_PX, _PER_NOTCH, _PER_KEY = 0.008, 1.15, np.radians(10)
_MOVING_MS, _STILL_MS, _COARSEST = 45.0, 160, 5
_BARS_MM = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_KEYS = {
    Qt.Key.Key_Left: (-_PER_KEY, 0.0),
    Qt.Key.Key_Right: (_PER_KEY, 0.0),
    Qt.Key.Key_Up: (0.0, -_PER_KEY),
    Qt.Key.Key_Down: (0.0, _PER_KEY),
}


def turn_of(side: str) -> np.ndarray:
    """Return the (3, 3) turn of a camera that looks from one of `SIDES`."""
    right, down = (np.array(way, dtype=np.float64) for way in SIDES[side])
    return np.array([right, down, -np.cross(right, down)])


class SolidView(QWidget):
    """Left button turns, middle or right button moves, wheel zooms, arrows turn by ten degrees, double click fits."""

    def __init__(self) -> None:
        super().__init__()
        self.solids: tuple[Solid, ...] = ()
        self.hidden: set[str] = set()
        self.camera: Camera | None = None
        self.waiting_text = "Making surfaces …"
        self.remark = ""
        self._side = "Front"
        self._image = QImage()
        self._last = QPointF()
        self._cost_ms = 0.0
        self._fitted = True
        self._still = QTimer(self, singleShot=True, interval=_STILL_MS)
        self._still.timeout.connect(lambda: self._draw_anew(1))
        self.setMinimumSize(240, 200)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Surfaces in space")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """Large enough to be worth it."""
        return QSize(720, 640)

    def show_solids(self, solids: Sequence[Solid], remark: str = "") -> None:
        """Show other surfaces from the same side as before."""
        self.solids, self.remark = tuple(solids), remark
        if not solids:
            self.waiting_text = "There is no lesion and no dense tissue here."
        self.fit()

    def look_from(self, side: str) -> None:
        """Look from one of `SIDES`, all in sight."""
        self._side = side
        self.fit()

    def fit(self) -> None:
        """Show everything from the chosen side."""
        shown = self.seen()
        self._fitted = True
        self.camera = fitting(shown, turn_of(self._side), self._device_size()) if shown else None
        self._draw_anew(1)

    def hide_solid(self, name: str, hidden: bool) -> None:
        """Leave a surface out, or show it."""
        (self.hidden.add if hidden else self.hidden.discard)(name)
        self._draw_anew(1)

    def set_opacity(self, name: str, opacity: float) -> None:
        """Let more or less light through a surface."""
        self.solids = tuple(replace(one, opacity=opacity) if one.name == name else one for one in self.solids)
        self._draw_soon()

    def seen(self) -> tuple[Solid, ...]:
        """The surfaces that are not left out."""
        return tuple(one for one in self.solids if one.name not in self.hidden)

    def picture(self) -> QImage:
        """What is shown, with its letters and scale, as an image."""
        self._still.stop()
        self._draw_anew(1)
        return self.grab().toImage()

    # -- events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn, or move."""
        way, self._last = event.position() - self._last, event.position()
        if self.camera is None:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._turn(way.x() * _RADIANS_PER_PX, way.y() * _RADIANS_PER_PX)
        elif event.buttons():
            ratio = self.devicePixelRatioF()
            self._see(self.camera.moved(way.x() * ratio, way.y() * ratio))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Everything in sight again."""
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        if self.camera is not None:
            self._see(self.camera.zoomed(_PER_NOTCH ** (event.angleDelta().y() / 120)))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn by ten degrees."""
        way = _KEYS.get(Qt.Key(event.key()))
        if way is None or self.camera is None:
            super().keyPressEvent(event)
        else:
            self._turn(*way)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw for the new size."""
        if self._fitted:
            self.fit()
        else:
            self._draw_soon()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the last picture, letters, scale and what is coarser."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0))
        if self.camera is None or self._image.isNull():
            painter.setFont(theme.picture_font(theme.TEXT_PX))
            draw_text(painter, QPointF(16, self.height() / 2), self.waiting_text, QColor(theme.QUIET))
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(self.rect()), self._image)
        inside = QRectF(self.rect())
        right, down = self.camera.turn[0], self.camera.turn[1]
        draw_letters(painter, inside, Letters(*(direction_letters(way) for way in (-right, right, -down, down))))
        px_per_mm = self.camera.px_per_mm / self.devicePixelRatioF()
        fitting_mm = [mm for mm in _BARS_MM if mm * px_per_mm <= self.width() / 4]
        bar = ScaleBar(fitting_mm[-1], f"{fitting_mm[-1]:g} mm") if fitting_mm else None
        said = (Words("A picture, not measured", "quiet"), *([Words(self.remark, "caution")] if self.remark else []))
        draw_corners(painter, inside, Corners(top_left=said), bar, px_per_mm)

    # -- inside

    def _turn(self, yaw: float, pitch: float) -> None:
        assert self.camera is not None
        self._see(self.camera.turned(yaw, pitch))

    def _see(self, camera: Camera) -> None:
        self.camera, self._fitted = camera, False
        self._draw_soon()

    def _draw_soon(self) -> None:
        """Coarse now, so that the hand is followed, and sharp once it rests."""
        self._draw_anew(min(_COARSEST, max(1, round(np.sqrt(self._cost_ms / _MOVING_MS)))))
        self._still.start()

    def _draw_anew(self, times_coarser: int) -> None:
        if self.camera is not None:
            width, height = (max(1, side // times_coarser) for side in self._device_size())
            camera = replace(self.camera, px_per_mm=self.camera.px_per_mm / times_coarser)
            began = time.perf_counter()
            pixels = np.ascontiguousarray(render(self.seen(), camera, (width, height)))
            self._cost_ms = (time.perf_counter() - began) * 1000 * times_coarser**2
            self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.update()

    def _device_size(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
