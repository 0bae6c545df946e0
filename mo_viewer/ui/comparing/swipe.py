"""The line between two studies in one picture, which the mouse takes hold of."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from mo_viewer.ui import theme
from mo_viewer.ui.grips import Grip, Keys

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView

NEAR_PX = 7
_KNOB_PX = 7


class SwipeGrip(Grip):
    """Moves the line; `put` takes its place as a share of the picture's width."""

    name = "swipe"
    cursor = held = Qt.CursorShape.SplitHCursor

    def __init__(self, put: Callable[[float], None]) -> None:
        super().__init__()
        self._put = put

    def drag(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Put the line where the mouse is."""
        self._put(at.x() / max(1, view.width()))


def is_near(view: "SliceView", at: QPointF, swiped: float) -> bool:
    """Whether the mouse is on the line."""
    return abs(at.x() - swiped * view.width()) <= NEAR_PX


def draw_line(painter: QPainter, view: "SliceView", swiped: float) -> None:
    """Draw the line, with a knob low in the picture, off the middle where lesions are looked at; words interrupt it."""
    x, y, k = round(swiped * view.width()) + 0.5, view.height() * 0.8, _KNOB_PX
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.save()
    painter.setClipRegion(view.clear_of_words())
    for pen in (QPen(QColor(0, 0, 0, 160), 3), QPen(QColor(theme.ACCENT), 1.2)):
        painter.setPen(pen)
        painter.drawLine(QPointF(x, 0), QPointF(x, view.height()))
    painter.restore()
    painter.setBrush(QColor(theme.ACCENT))
    painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
    for way in (-1, 1):
        painter.drawPolygon(
            QPolygonF([QPointF(x + 3 * way, y - k), QPointF(x + 3 * way, y + k), QPointF(x + (3 + k) * way, y)])
        )
    painter.setBrush(Qt.BrushStyle.NoBrush)
