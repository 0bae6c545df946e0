"""Draws words on pictures: light text with a dark halo, readable on bone and on air."""

import re
from functools import lru_cache
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from mo_viewer.ui import theme
from mo_viewer.ui.corner_text import Corners, Letters, ScaleBar, Words

MARGIN_PX = 10
_HALO = QColor(0, 0, 0, 215)
_HALO_PX = 3.6
_BESIDE_LETTER_PX = 14
_MOST_LINES = 128
_LINE_SHARE = 1.1
_TONES = {
    "": theme.PICTURE_TEXT,
    "bright": theme.BRIGHT,
    "quiet": theme.QUIET,
    "accent": theme.ACCENT,
    "caution": theme.CAUTION,
}
_WINDOW = re.compile(r"W -?\d+ L -?\d+$")


def draw_text(painter: QPainter, at: QPointF, text: str, colour: QColor) -> None:
    """Draw one line in the painter's font whose baseline begins at `at`."""
    if text:
        ratio = painter.device().devicePixelRatioF()
        font = painter.font()
        line, base = _line(text, font.pixelSize(), font.weight(), colour.rgb(), ratio)
        corner = (at - base) * ratio
        painter.drawImage(QPointF(round(corner.x()), round(corner.y())) / ratio, line)


@lru_cache(_MOST_LINES)
def _line(text: str, pixels: int, weight: QFont.Weight, colour: int, ratio: float) -> tuple[QImage, QPointF]:
    """One line with its halo, and where its baseline begins in it: stroking outlines takes longer than a frame may."""
    font = theme.picture_font(pixels, weight)
    metrics = QFontMetricsF(font)
    base = QPointF(_HALO_PX, _HALO_PX + metrics.ascent())
    width, height = metrics.horizontalAdvance(text) + 2 * _HALO_PX, metrics.height() + 2 * _HALO_PX
    image = QImage(ceil(width * ratio), ceil(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = QPainterPath()
    outline.addText(base, font, text)
    painter.strokePath(outline, QPen(_HALO, _HALO_PX, j=Qt.PenJoinStyle.RoundJoin))
    painter.setFont(font)
    painter.setPen(QColor.fromRgb(colour))
    painter.drawText(base, text)
    painter.end()
    return image, base


def draw_corners(painter: QPainter, inside: QRectF, corners: Corners, bar: ScaleBar | None, px_per_mm: float) -> None:
    """Draw the four corners and the scale bar in a widget's rectangle."""
    painter.setFont(theme.picture_font())
    metrics = QFontMetricsF(painter.font())
    box = inside.adjusted(MARGIN_PX, MARGIN_PX - 2, -MARGIN_PX, -MARGIN_PX + 1)
    half = box.width() / 2 - _BESIDE_LETTER_PX
    bar_px = 0.0 if bar is None else _draw_bar(painter, box, bar, px_per_mm)
    top = [_lines_of(metrics, lines, half) for lines in (corners.top_left, corners.top_right)]
    left, right = (_lines_of(metrics, lines, half)[::-1] for lines in (corners.bottom_left, corners.bottom_right))
    beside = bool(right) and bar_px + metrics.horizontalAdvance(right[0].text) <= half
    shift = bar_px if beside else 0.0
    if bar_px and not beside:
        right = [Words(""), *right]
    _draw_rows(painter, metrics, box, top, True)
    _draw_rows(painter, metrics, box, [left, right], False, shift)


def draw_letters(painter: QPainter, inside: QRectF, letters: Letters) -> None:
    """Draw the orientation letters at the middles of the edges."""
    painter.setFont(theme.picture_font(theme.PICTURE_TEXT_PX + 2, QFont.Weight.DemiBold))
    metrics = QFontMetricsF(painter.font())
    colour, middle = QColor(theme.LETTERS), inside.center()
    down = middle.y() + metrics.capHeight() / 2
    for text, x, y in (
        (letters.left, inside.left() + MARGIN_PX, down),
        (letters.right, inside.right() - MARGIN_PX - metrics.horizontalAdvance(letters.right), down),
        (
            letters.top,
            middle.x() - metrics.horizontalAdvance(letters.top) / 2,
            inside.top() + MARGIN_PX + metrics.capHeight(),
        ),
        (letters.bottom, middle.x() - metrics.horizontalAdvance(letters.bottom) / 2, inside.bottom() - MARGIN_PX),
    ):
        draw_text(painter, QPointF(x, y), text, colour)


def _lines_of(metrics: QFontMetricsF, lines: tuple[Words, ...], most_px: float) -> list[Words]:
    return [line for words in lines for line in _wrapped(metrics, words, most_px)]


def _draw_rows(
    painter: QPainter,
    metrics: QFontMetricsF,
    box: QRectF,
    sides: list[list[Words]],
    from_top: bool,
    shift_px: float = 0.0,
) -> None:
    """Draw the left and the right corner, both counted from the edge; the first right line stands `shift_px` inwards.

    Two lines of one row share its width: a long one may go beyond the middle where the other is short, except beside
    the orientation letter of the first row.
    """
    pixels, step = painter.font().pixelSize(), metrics.height() * _LINE_SHARE
    first = box.top() + metrics.ascent() if from_top else box.bottom() - metrics.descent()
    for row in range(max(map(len, sides))):
        level = first + row * (step if from_top else -step)
        pair = [side[row] if row < len(side) else Words("") for side in sides]
        inward = shift_px if row == 0 else 0.0
        widths = [metrics.horizontalAdvance(words.text) for words in pair]
        widths[1] += inward
        rooms = _rooms(box.width(), widths, beside_letter=row == 0)
        for words, most_px, is_right in zip(pair, (rooms[0], rooms[1] - inward), (False, True), strict=True):
            if words.text:
                text, width = _fitted(words.text, pixels, most_px)
                left = box.right() - inward - width if is_right else box.left()
                draw_text(painter, QPointF(left, level), text, QColor(_TONES[words.tone]))


def _rooms(width: float, wanted: list[float], beside_letter: bool) -> tuple[float, float]:
    """How wide the left and the right line of a row may be."""
    half = width / 2 - _BESIDE_LETTER_PX
    left, right = (max(half, width - other - 2 * MARGIN_PX) for other in reversed(wanted))
    return (half, half) if beside_letter else (left, right)


@lru_cache(_MOST_LINES)
def _fitted(text: str, pixels: int, most_px: float) -> tuple[str, float]:
    """One line cut to what fits, and its width; the name of a window goes before its numbers do."""
    metrics = QFontMetricsF(theme.picture_font(pixels))
    numbers = _WINDOW.search(text)
    if numbers is not None and metrics.horizontalAdvance(text) > most_px:
        text = numbers[0]
    fitted = metrics.elidedText(text, Qt.TextElideMode.ElideRight, most_px)
    return fitted, metrics.horizontalAdvance(fitted)


def _wrapped(metrics: QFontMetricsF, words: Words, most_px: float) -> tuple[Words, ...]:
    """Break a remark that is too wide into two lines of like width; other lines are cut when they are drawn."""
    if words.tone != "caution" or metrics.horizontalAdvance(words.text) <= most_px:
        return (words,)
    parts = words.text.split(" ")
    halves = [(" ".join(parts[:n]), " ".join(parts[n:])) for n in range(1, len(parts))] or [(words.text, "")]
    first, second = min(halves, key=lambda half: max(map(metrics.horizontalAdvance, half)))
    return Words(first, words.tone), Words(second, words.tone)


def _draw_bar(painter: QPainter, box: QRectF, bar: ScaleBar, px_per_mm: float) -> float:
    """Draw the scale bar at the lower right with its length before it; return the width that both take."""
    metrics = QFontMetricsF(painter.font())
    length = bar.length_mm * px_per_mm
    right, level = box.right(), box.bottom() - metrics.descent() - metrics.capHeight() / 2 + 1
    for pen in (QPen(_HALO, 4), QPen(QColor(theme.PICTURE_TEXT), 1.4)):
        painter.setPen(pen)
        painter.drawLine(QPointF(right - length, level), QPointF(right, level))
        for x in (right - length, right):
            painter.drawLine(QPointF(x, level - 4), QPointF(x, level + 4))
    words = f"· {bar.text}"
    left = right - length - metrics.horizontalAdvance(words) - 8
    draw_text(painter, QPointF(left, box.bottom() - metrics.descent()), words, QColor(theme.PICTURE_TEXT))
    return length + metrics.horizontalAdvance(words) + 14
