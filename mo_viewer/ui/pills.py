"""Badges as rounded pills with words: where they stand in a row, and how they are painted."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from mo_viewer.ui import theme
from mo_viewer.ui.faces import Faces, faces_of
from mo_viewer.ui.rows import Badge
from mo_viewer.ui.theme import Colours

PADDING_PX, GAP_PX = 6, 4
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_URGENCY = ("fault", "caution", "good", "info")


def pill_height(faces: Faces) -> int:
    """Return how high a pill is beside text in these faces."""
    return faces.tiny.height + 2


def pill_boxes(badges: Sequence[Badge], faces: Faces, area: QRect) -> list[tuple[QRect, Badge]]:
    """Place pills beside each other at the top of `area`; what does not fit is gathered in a last one, ``+2``."""
    left, boxes = area.left(), []
    for place, badge in enumerate(badges):
        rest = badges[place:]
        spare = _width(faces, f"+{len(rest) - 1}") + GAP_PX if len(rest) > 1 else 0
        crowded = place > 0 and left + _width(faces, badge.text) + spare > area.right()
        shown = gathered(rest) if crowded else badge
        room = max(0, area.right() - left - (0 if crowded else spare))
        width = min(_width(faces, shown.text), room)
        boxes.append((QRect(left, area.top(), width, pill_height(faces)), shown))
        if crowded:
            break
        left += width + GAP_PX
    return boxes


def pills_width(badges: Sequence[Badge], faces: Faces) -> int:
    """Return how much room all pills take beside each other, px."""
    return sum(_width(faces, badge.text) + GAP_PX for badge in badges) - GAP_PX + 1 if badges else 0


def pill_at(boxes: Sequence[tuple[QRect, Badge]], at: QPoint) -> Badge | None:
    """Return the pill under a point."""
    return next((badge for box, badge in boxes if box.contains(at)), None)


def gathered(badges: Sequence[Badge]) -> Badge:
    """Return one pill that stands for several, in the most urgent of their tones."""
    tone = min((badge.tone for badge in badges), key=_URGENCY.index, default="info")
    tips = (f"{badge.text}: {badge.tip}" if badge.tip else badge.text for badge in badges)
    return Badge(f"+{len(badges)}", tone, "\n".join(tips))


def paint_pill(painter: QPainter, box: QRect, badge: Badge, faces: Faces, colours: Colours) -> None:
    """Paint one pill; words that do not fit are elided."""
    ink, ground = tone_colours(colours, badge.tone)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setPen(ink)
    painter.setFont(faces.tiny.font)
    inside = box.adjusted(PADDING_PX, 0, -PADDING_PX, 0)
    painter.drawText(inside.adjusted(0, 0, 2, 0), _LEFT, faces.tiny.elided(badge.text, inside.width() + 1))


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

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.tone = "info"
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_tone(self, tone: str) -> None:
        """Change its colours: info, good, caution, fault."""
        self.tone = tone
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        faces = faces_of(self.font())
        return QSize(_width(faces, self.text()) + 4, pill_height(faces) + 4)

    def minimumSizeHint(self) -> QSize:
        """Never narrower than its words."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pill, with a frame while it has the focus or the mouse is over it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect().adjusted(2, 2, -2, -2)
        paint_pill(painter, box, Badge(self.text(), self.tone), faces_of(self.font()), theme.colours())
        if self.hasFocus() or self.underMouse():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(tone_colours(theme.colours(), self.tone)[0])
            painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        super().enterEvent(event)
        self.update()


def _width(faces: Faces, text: str) -> int:
    return faces.tiny.width(text) + 2 * PADDING_PX
