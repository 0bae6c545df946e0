"""Badges as rounded pills with words: where they stand in a row, and how they are painted."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontInfo, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from mo_viewer.ui.rows import Badge
from mo_viewer.ui.theme import DARK, Colours

PADDING_PX, GAP_PX = 6, 4
_URGENCY = ("fault", "caution", "good", "info")


def smaller(font: QFont, by_px: int) -> QFont:
    """Return the font `by_px` pixels smaller."""
    small = QFont(font)
    small.setPixelSize(max(9, QFontInfo(font).pixelSize() - by_px))
    return small


def pill_height(font: QFont) -> int:
    """Return how high a pill is beside text in this font."""
    return QFontMetrics(smaller(font, 2)).height() + 2


def pill_boxes(badges: Sequence[Badge], font: QFont, area: QRect) -> list[tuple[QRect, Badge]]:
    """Place pills beside each other at the top of `area`; what does not fit is gathered in a last one, ``+2``."""
    metrics, height = QFontMetrics(smaller(font, 2)), pill_height(font)
    left, boxes = area.left(), []
    for place, badge in enumerate(badges):
        rest = badges[place:]
        spare = _width(metrics, f"+{len(rest) - 1}") + GAP_PX if len(rest) > 1 else 0
        crowded = place > 0 and left + _width(metrics, badge.text) + spare > area.right()
        shown = gathered(rest) if crowded else badge
        room = max(0, area.right() - left - (0 if crowded else spare))
        width = min(_width(metrics, shown.text), room)
        boxes.append((QRect(left, area.top(), width, height), shown))
        if crowded:
            break
        left += width + GAP_PX
    return boxes


def pill_at(boxes: Sequence[tuple[QRect, Badge]], at: QPoint) -> Badge | None:
    """Return the pill under a point."""
    return next((badge for box, badge in boxes if box.contains(at)), None)


def gathered(badges: Sequence[Badge]) -> Badge:
    """Return one pill that stands for several, in the most urgent of their tones."""
    tone = min((badge.tone for badge in badges), key=_URGENCY.index, default="info")
    tips = (f"{badge.text}: {badge.tip}" if badge.tip else badge.text for badge in badges)
    return Badge(f"+{len(badges)}", tone, "\n".join(tips))


def paint_pill(painter: QPainter, box: QRect, badge: Badge, font: QFont, colours: Colours) -> None:
    """Paint one pill; words that do not fit are elided."""
    ink, ground = tone_colours(colours, badge.tone)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setPen(ink)
    painter.setFont(smaller(font, 2))
    inside = box.adjusted(PADDING_PX, 0, -PADDING_PX, 0)
    words = painter.fontMetrics().elidedText(badge.text, Qt.TextElideMode.ElideRight, inside.width() + 1)
    painter.drawText(inside.adjusted(0, 0, 2, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def tone_colours(colours: Colours, tone: str) -> tuple[QColor, QColor]:
    """Return ink and ground for a tone."""
    pairs = {
        "good": (colours.good, colours.good_ground),
        "caution": (colours.caution, colours.caution_ground),
        "fault": (colours.fault, colours.fault_ground),
    }
    ink, ground = pairs.get(tone, (colours.text, colours.chosen))
    return QColor(ink), QColor(ground)


class PillButton(QPushButton):
    """A pill that can be pressed."""

    def __init__(self, text: str, parent: QWidget | None = None, colours: Colours = DARK) -> None:
        super().__init__(text, parent)
        self.tone = "info"
        self.colours = colours
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_tone(self, tone: str) -> None:
        """Change its colours: info, good, caution, fault."""
        self.tone = tone
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = QFontMetrics(smaller(self.font(), 2))
        return QSize(_width(metrics, self.text()) + 4, pill_height(self.font()) + 4)

    def minimumSizeHint(self) -> QSize:
        """Never narrower than its words."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pill, with a frame while it has the focus or the mouse is over it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect().adjusted(2, 2, -2, -2)
        paint_pill(painter, box, Badge(self.text(), self.tone), self.font(), self.colours)
        if self.hasFocus() or self.underMouse():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(tone_colours(self.colours, self.tone)[0])
            painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        super().enterEvent(event)
        self.update()


def _width(metrics: QFontMetrics, text: str) -> int:
    return metrics.horizontalAdvance(text) + 2 * PADDING_PX
