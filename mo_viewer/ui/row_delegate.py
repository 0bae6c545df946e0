"""Paints rows of the study list: thumbnail, bold title, quiet second line, badges as pills."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QImage, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from mo_viewer.ui import theme
from mo_viewer.ui.faces import Face, Faces, faces_of
from mo_viewer.ui.pills import paint_pill, pill_at, pill_boxes, pill_height, pills_width
from mo_viewer.ui.plain_text import tooltip
from mo_viewer.ui.rows import Role, Row
from mo_viewer.ui.theme import Colours

PICTURE_PX = 40
MARGIN_PX, RIGHT_PX, GAP_PX, LEAST_GAP_PX, PADDING_PX = 12, 8, 8, 2, 5
ACCENT_BAR_PX = 3
BLACK, ELLIPSIS = "#000000", "\u2026"
_SMOOTH = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
_LINE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
_SELECTED, _UNDER_MOUSE = QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_MouseOver
_FOCUS, _BY_KEYBOARD = QStyle.StateFlag.State_HasFocus, QStyle.StateFlag.State_KeyboardFocusChange


class RowDelegate(QStyledItemDelegate):
    """Paints `Row`s.

    Parameters
    ----------
    picture
        Gives the thumbnail of a series UID, or None while there is none; it must not block.
    """

    def __init__(self, picture: Callable[[str], QImage | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._picture = picture
        self._heights: dict[tuple[Faces, bool, bool, bool], int] = {}

    @property
    def colours(self) -> Colours:
        """Those that the window wears now."""
        return theme.colours()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows are as high as their lines or their thumbnail; headings as high as their words."""
        return QSize(0, self.row_height(option.font, index.data(Role.ROW)))

    def row_height(self, font: QFont, row: Row) -> int:
        """Return how high a row is, px; it depends on which lines it has only, so it is worked out once for each."""
        faces = faces_of(font)
        lines = (faces, row.heading, bool(row.line or row.size), bool(row.badges) and not row.beside)
        if lines not in self._heights:
            height = text_height(faces, row) + 2 * PADDING_PX
            self._heights[lines] = height if row.heading else max(height, PICTURE_PX + 2 * PADDING_PX)
        return self._heights[lines]

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        row: Row = index.data(Role.ROW)
        faces = faces_of(option.font)
        painter.save()
        painter.setRenderHints(_SMOOTH)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        if not row.heading:
            self._paint_ground(painter, option)
            self._paint_picture(painter, picture_box(option.rect), row, faces)
        self._paint_words(painter, words_box(option.rect, row), row, faces)
        for box, badge in pill_boxes(row.badges, faces, badges_box(option.rect, row, faces)):
            paint_pill(painter, box, badge, faces, self.colours)
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
        faces = faces_of(option.font)
        badge = pill_at(pill_boxes(row.badges, faces, badges_box(option.rect, row, faces)), event.pos())
        QToolTip.showText(event.globalPos(), tooltip((badge.tip if badge else "") or row.tip), view, option.rect)
        return True

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        rect = option.rect
        state = option.state
        if state & _SELECTED:
            painter.fillRect(rect, QColor(self.colours.info_ground))
            painter.fillRect(QRect(rect.left(), rect.top(), ACCENT_BAR_PX, rect.height()), QColor(self.colours.accent))
        elif state & _UNDER_MOUSE:
            painter.fillRect(rect, QColor(self.colours.raised))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(self.colours.line))
        if state & _FOCUS and state & _BY_KEYBOARD:
            painter.setPen(QColor(self.colours.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _paint_picture(self, painter: QPainter, box: QRect, row: Row, faces: Faces) -> None:
        painter.fillRect(box, QColor(BLACK if row.picture else self.colours.raised))
        image = self._picture(row.picture) if row.picture else None
        if image is not None:
            shown = image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            corner = box.center() - QPoint((shown.width() - 1) // 2, (shown.height() - 1) // 2)
            painter.drawImage(QRect(corner, shown), image)
            return
        painter.setPen(QColor(self.colours.quiet))
        painter.setFont(faces.tiny.font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, row.letters)

    def _paint_words(self, painter: QPainter, area: QRect, row: Row, faces: Faces) -> None:
        quiet = QColor(self.colours.quiet)
        bright = quiet if row.quiet else QColor(self.colours.bright)
        first = area.adjusted(0, 0, -_pills_beside(area, row, faces), 0)
        used = _write(painter, first, row.strong, faces.plain if row.quiet else faces.strong, bright)
        _write(painter, first.adjusted(used, 0, 0, 0), row.title, faces.plain, bright, inside=not row.beside)
        below = area.adjusted(0, faces.plain.height, 0, 0)
        size = f" · {row.size}" if row.line and row.size else row.size
        used = _write(
            painter, below.adjusted(0, 0, -faces.small.width(size) - 2, 0), row.line, faces.small, quiet, not row.beside
        )
        _write(painter, below.adjusted(used, 0, 0, 0), size, faces.small, quiet)


def picture_box(rect: QRect) -> QRect:
    """Return where the thumbnail of a row in `rect` is."""
    return QRect(rect.left() + MARGIN_PX, rect.top() + PADDING_PX, PICTURE_PX, PICTURE_PX)


def words_box(rect: QRect, row: Row) -> QRect:
    """Return where the words of a row in `rect` are."""
    left = rect.left() + MARGIN_PX + (0 if row.heading else PICTURE_PX + GAP_PX)
    return QRect(left, rect.top() + PADDING_PX, rect.right() - RIGHT_PX - left, rect.height() - 2 * PADDING_PX)


def text_height(faces: Faces, row: Row) -> int:
    """Return how high the lines of a row are."""
    second = faces.small.height if row.line or row.size else 0
    return faces.plain.height + second + (pill_height(faces) + 3 if row.badges and not row.beside else 0)


def badges_box(rect: QRect, row: Row, faces: Faces) -> QRect:
    """Return the line of a row in `rect` in which its pills stand, or what they have of the first one."""
    area = words_box(rect, row)
    if row.beside:
        high = pill_height(faces)
        width = min(pills_width(row.badges, faces), max(0, _pills_beside(area, row, faces) - LEAST_GAP_PX))
        return QRect(area.right() + 1 - width, area.top() + (faces.plain.height - high) // 2, width, high)
    return area.adjusted(0, text_height(faces, row) - pill_height(faces), 0, 0)


def _pills_beside(area: QRect, row: Row, faces: Faces) -> int:
    """How much of the first line pills take at its right, with the gap before them; the bold words keep theirs."""
    if not (row.beside and row.badges):
        return 0
    return min(pills_width(row.badges, faces) + GAP_PX, area.width() - faces.strong.width(row.strong))


def _write(painter: QPainter, area: QRect, text: str, face: Face, ink: QColor, inside: bool = True) -> int:
    """Write one line at the top of `area`, elided `inside` or at its end; return how wide it came out, px."""
    if not text or area.width() <= 0:
        return 0
    shown = face.elided(text, area.width(), inside)
    if shown.strip() == ELLIPSIS:
        return 0
    painter.setFont(face.font)
    painter.setPen(ink)
    painter.drawText(QRect(area.left(), area.top(), area.width(), face.height), _LINE, shown)
    return face.width(shown)
