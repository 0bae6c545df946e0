"""Paints rows of the study list: thumbnail, bold title, quiet second line, badges as pills."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QHelpEvent, QImage, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from mo_viewer.ui.plain_text import tooltip
from mo_viewer.ui.rows import Badge, Role, Row
from mo_viewer.ui.theme import DARK, Colours

PICTURE_PX = 44
MARGIN_PX, GAP_PX, PADDING_PX = 10, 8, 7
BADGE_PADDING_PX, BADGE_GAP_PX = 6, 4
ACCENT_BAR_PX = 3
BLACK = "#000000"


class RowDelegate(QStyledItemDelegate):
    """Paints `Row`s.

    Parameters
    ----------
    picture
        Gives the thumbnail of a series UID, or None while there is none; it must not block.
    """

    def __init__(
        self, picture: Callable[[str], QImage | None], parent: QObject | None = None, colours: Colours = DARK
    ) -> None:
        super().__init__(parent)
        self._picture = picture
        self.colours = colours

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows are as high as their lines or their thumbnail; headings as high as their words."""
        row: Row = index.data(Role.ROW)
        height = text_height(option.font, row) + 2 * PADDING_PX
        return QSize(0, height if row.heading else max(height, PICTURE_PX + 2 * PADDING_PX))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        row: Row = index.data(Role.ROW)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        if not row.heading:
            self._paint_ground(painter, option)
            self._paint_picture(painter, picture_box(option.rect), row)
        self._paint_words(painter, option, row)
        self._paint_badges(painter, option, row)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """Show what a badge means when the mouse rests on it, else the whole row without elision."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        row: Row = index.data(Role.ROW)
        tip = badge_tip_at(option, row, event.pos())
        QToolTip.showText(event.globalPos(), tooltip(tip or row.tip), view, option.rect)
        return True

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(self.colours.info_ground))
            painter.fillRect(QRect(rect.left(), rect.top(), ACCENT_BAR_PX, rect.height()), QColor(self.colours.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(self.colours.raised))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(self.colours.line))
        if option.state & QStyle.StateFlag.State_HasFocus and option.state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(QColor(self.colours.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _paint_picture(self, painter: QPainter, box: QRect, row: Row) -> None:
        painter.fillRect(box, QColor(BLACK if row.picture else self.colours.raised))
        image = self._picture(row.picture) if row.picture else None
        if image is not None:
            shown = image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            corner = box.center() - QPoint((shown.width() - 1) // 2, (shown.height() - 1) // 2)
            painter.drawImage(QRect(corner, shown), image)
            return
        painter.setPen(QColor(self.colours.quiet))
        painter.setFont(smaller(painter.font(), 3))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, row.letters)

    def _paint_words(self, painter: QPainter, option: QStyleOptionViewItem, row: Row) -> None:
        area = words_box(option.rect, row)
        bright = QColor(self.colours.quiet if row.quiet else self.colours.bright)
        used = _write(painter, area, row.strong, bold(option.font, row.quiet), bright)
        rest = area.adjusted(used, 0, 0, 0)
        _write(painter, rest, row.title, option.font, bright)
        below = area.adjusted(0, QFontMetrics(option.font).height(), 0, 0)
        _write(painter, below, row.line, smaller(option.font, 1), QColor(self.colours.quiet))

    def _paint_badges(self, painter: QPainter, option: QStyleOptionViewItem, row: Row) -> None:
        painter.setFont(smaller(option.font, 2))
        for box, badge in badge_boxes(option, row):
            ink, ground = _tone(self.colours, badge.tone)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
            painter.setPen(ink)
            inside = box.adjusted(BADGE_PADDING_PX, 0, -BADGE_PADDING_PX, 0)
            words = painter.fontMetrics().elidedText(badge.text, Qt.TextElideMode.ElideRight, inside.width() + 1)
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def picture_box(rect: QRect) -> QRect:
    """Return where the thumbnail of a row in `rect` is."""
    return QRect(rect.left() + MARGIN_PX, rect.top() + PADDING_PX, PICTURE_PX, PICTURE_PX)


def words_box(rect: QRect, row: Row) -> QRect:
    """Return where the words of a row in `rect` are."""
    left = rect.left() + MARGIN_PX + (0 if row.heading else PICTURE_PX + GAP_PX)
    return QRect(left, rect.top() + PADDING_PX, rect.right() - MARGIN_PX - left, rect.height() - 2 * PADDING_PX)


def text_height(font: QFont, row: Row) -> int:
    """Return how high the lines of a row are."""
    line = QFontMetrics(font).height()
    small = QFontMetrics(smaller(font, 1)).height() if row.line else 0
    return line + small + (badge_height(font) + 3 if row.badges else 0)


def badge_height(font: QFont) -> int:
    """Return how high a pill is."""
    return QFontMetrics(smaller(font, 2)).height() + 2


def badge_boxes(option: QStyleOptionViewItem, row: Row) -> list[tuple[QRect, Badge]]:
    """Return the pills that fit beside each other; what does not fit is gathered in a last one, "+2"."""
    metrics = QFontMetrics(smaller(option.font, 2))
    area = words_box(option.rect, row)
    top = area.top() + text_height(option.font, row) - badge_height(option.font)
    left, boxes = area.left(), []
    for place, badge in enumerate(row.badges):
        rest = row.badges[place:]
        spare = _pill_width(metrics, _gathered(rest[1:]).text) + BADGE_GAP_PX if len(rest) > 1 else 0
        width = _pill_width(metrics, badge.text)
        if place and left + width + spare > area.right():
            badge = _gathered(rest)
            width = _pill_width(metrics, badge.text)
        boxes.append((QRect(left, top, min(width, area.right() - left), badge_height(option.font)), badge))
        if badge is not row.badges[place]:
            break
        left += width + BADGE_GAP_PX
    return boxes


def badge_tip_at(option: QStyleOptionViewItem, row: Row, at: QPoint) -> str:
    """Return the tip of the pill under a point; empty where there is none."""
    return next((badge.tip for box, badge in badge_boxes(option, row) if box.contains(at)), "")


def smaller(font: QFont, by_px: int) -> QFont:
    """Return the font `by_px` pixels smaller."""
    small = QFont(font)
    small.setPixelSize(max(9, QFontInfo(font).pixelSize() - by_px))
    return small


def bold(font: QFont, quiet: bool = False) -> QFont:
    """Return the font in its heavier weight; quiet rows stay light."""
    heavy = QFont(font)
    heavy.setWeight(QFont.Weight.Normal if quiet else QFont.Weight.DemiBold)
    return heavy


def _write(painter: QPainter, area: QRect, text: str, font: QFont, ink: QColor) -> int:
    """Write one elided line at the top of `area`; return how wide it came out, px."""
    if not text or area.width() <= 0:
        return 0
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.setFont(font)
    painter.setPen(ink)
    box = QRect(area.left(), area.top(), area.width(), metrics.height())
    painter.drawText(
        box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown
    )
    return metrics.horizontalAdvance(shown)


def _pill_width(metrics: QFontMetrics, text: str) -> int:
    return metrics.horizontalAdvance(text) + 2 * BADGE_PADDING_PX


def _gathered(badges: tuple[Badge, ...]) -> Badge:
    """Return one pill that stands for several, in the most urgent of their tones."""
    order = ("fault", "caution", "good", "info")
    tone = min((badge.tone for badge in badges), key=order.index, default="info")
    tips = (f"{badge.text}: {badge.tip}" if badge.tip else badge.text for badge in badges)
    return Badge(f"+{len(badges)}", tone, "\n".join(tips))


def _tone(colours: Colours, tone: str) -> tuple[QColor, QColor]:
    """Return ink and ground of a pill."""
    pairs = {
        "good": (colours.good, colours.good_ground),
        "caution": (colours.caution, colours.caution_ground),
        "fault": (colours.fault, colours.fault_ground),
    }
    ink, ground = pairs.get(tone, (colours.text, colours.info_ground))
    return QColor(ink), QColor(ground)
