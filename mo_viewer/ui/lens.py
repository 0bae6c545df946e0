"""A magnifying glass: hold the left button, and a round piece of the picture is larger."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from mo_viewer.ui import theme
from mo_viewer.ui.grips import Grip, Keys
from mo_viewer.ui.picture_painter import PicturePainter, Texts

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView

RADIUS_PX, TIMES = 110, 3.0


class LensGrip(Grip):
    """Holds the glass over the picture; `draw` belongs among what a view draws on top."""

    name, title = "lens", "Magnifier"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self) -> None:
        super().__init__()
        self._painter = PicturePainter()
        self._over: SliceView | None = None

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Put the glass on the picture."""
        super().press(view, at, keys)
        self._over = view
        view.on_top.append(self.draw)
        view.update()

    def drag(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Move it."""
        self._last = at
        view.update()

    def release(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Take it away."""
        if self.draw in view.on_top:
            view.on_top.remove(self.draw)
        self._over = None
        view.update()

    def leave(self) -> None:
        """Another tool was chosen."""
        if self._over is not None:
            self.release(self._over, self._last, Keys.NoModifier)

    def draw(self, view: "SliceView", painter: QPainter) -> None:
        """Draw the larger piece, with a frame."""
        if view.shown is None:
            return
        at = (self._last.x(), self._last.y())
        larger = view.framing.zoomed(TIMES, at)
        look = replace(view.look(view.shown), framing=larger, texts=Texts.NONE)
        circle = QPainterPath()
        circle.addEllipse(self._last, RADIUS_PX, RADIUS_PX)
        painter.save()
        painter.setClipPath(circle)
        self._painter.draw(painter, look)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen in (QPen(QColor(0, 0, 0, 200), 4), QPen(QColor(theme.ACCENT), 1.6)):
            painter.setPen(pen)
            painter.drawPath(circle)
