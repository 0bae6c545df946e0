"""Paints rows of the study list: thumbnail, bold title, quiet second line, badges as pills."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QImage, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from mo_viewer.ui.pills import paint_pill, pill_at, pill_boxes, pill_height, smaller
from mo_viewer.ui.plain_text import tooltip
from mo_viewer.ui.rows import Role, Row
from mo_viewer.ui.theme import DARK, Colours

PICTURE_PX = 44
MARGIN_PX, GAP_PX, PADDING_PX = 12, 9, 7
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
        self._heights: dict[tuple[str, bool, bool, bool], int] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows are as high as their lines or their thumbnail; headings as high as their words."""
        return QSize(0, self.row_height(option.font, index.data(Role.ROW)))

    def row_height(self, font: QFont, row: Row) -> int:
        """Return how high a row is, px; it depends on which lines it has only, so it is worked out once for each."""
        lines = (font.key(), row.heading, bool(row.line or row.size), bool(row.badges))
        if lines not in self._heights:
            height = text_height(font, row) + 2 * PADDING_PX
            self._heights[lines] = height if row.heading else max(height, PICTURE_PX + 2 * PADDING_PX)
        return self._heights[lines]

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
        badge = pill_at(pill_boxes(row.badges, option.font, badges_box(option, row)), event.pos())
        QToolTip.showText(event.globalPos(), tooltip((badge.tip if badge else "") or row.tip), view, option.rect)
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
        small, quiet = smaller(option.font, 1), QColor(self.colours.quiet)
        joint = " · " if row.line and row.size else ""
        sized = QFontMetrics(small).horizontalAdvance(joint + row.size)
        used = _write(painter, below.adjusted(0, 0, -sized - 2, 0), row.line, small, quiet)
        _write(painter, below.adjusted(used, 0, 0, 0), joint + row.size, small, quiet)

    def _paint_badges(self, painter: QPainter, option: QStyleOptionViewItem, row: Row) -> None:
        for box, badge in pill_boxes(row.badges, option.font, badges_box(option, row)):
            paint_pill(painter, box, badge, option.font, self.colours)


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
    small = QFontMetrics(smaller(font, 1)).height() if row.line or row.size else 0
    return line + small + (pill_height(font) + 3 if row.badges else 0)


def badges_box(option: QStyleOptionViewItem, row: Row) -> QRect:
    """Return the line of a row in which its pills stand."""
    area = words_box(option.rect, row)
    return area.adjusted(0, text_height(option.font, row) - pill_height(option.font), 0, 0)


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
