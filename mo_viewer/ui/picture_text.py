"""Draws words on pictures: light text with a dark halo, readable on bone and on air."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from math import ceil
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QRegion

from mo_viewer.ui import theme
from mo_viewer.ui.corner_text import Corners, Letters, ScaleBar, Words
from mo_viewer.ui.grounds import Box
from mo_viewer.ui.haloed import HALO, haloed

MARGIN_PX = 10
_BAR_EDGE_PX, _BAR_HALO_PX = 7, 5.2
_BESIDE_LETTER_PX = 14
_MOST_LINES = 256
_LINE_SHARE = 1.1
_LOWER_LINES = 3
_NEAR_PX = 48.0
"""So many lines of words may stand at the lower edge."""
_TONES = {
    "": QColor(theme.PICTURE_TEXT).rgb(),
    "bright": QColor(theme.BRIGHT).rgb(),
    "quiet": QColor(theme.PICTURE_QUIET).rgb(),
    "accent": QColor(theme.PICTURE_ACCENT).rgb(),
    "caution": QColor(theme.CAUTION).rgb(),
}
_LETTERS_COLOUR = QColor(theme.LETTERS).rgb()
_NARROW_PX = 210
"""In a corner with less room than this, value and place under the mouse take a line each."""
_WITHIN_HALO_PX = 1.8
_NO_WORDS = Words("")
_RANKS = (3, 2, 1)
_MOST_SHARE = 0.3
"""Of a pane's height words take no more than this share, where their rows go from side to side."""
_ROW_IN_LINES = 20.0
"""A row of words is about so many times as wide as it is high: in a wider pane it leaves the middle free."""
_WIDEST_WINDOW = "W 4000 L -1000"
_MOST_LAYOUTS = 128


class Placed(NamedTuple):
    """An image, where its upper left corner lies, and the box of what is written on it."""

    at: QPointF
    image: QImage
    box: Box


def box_round(place: QRectF) -> Box:
    """Return what a line of words takes with its halo."""
    return place.left() - 4, place.top() - 1, place.width() + 8, place.height() + 2


def draw_text(painter: QPainter, at: QPointF, text: str, colour: QColor) -> None:
    """Draw one line in the painter's font whose baseline begins at `at`."""
    if text:
        font = painter.font()
        _put(painter, at, text, _Type(font.pixelSize(), font.weight()), colour.rgb())


def foot_px() -> float:
    """Return how much of the lower edge of a picture words may take, with the name of the tool in hand above them."""
    return MARGIN_PX + (_LOWER_LINES + 1) * _metrics(_CORNER).height() * _LINE_SHARE


def broken(text: str, most_px: float, width: Callable[[str], float]) -> list[str]:
    """Break a sentence at its spaces (no-break ones hold) into lines of at most so many pixels."""
    lines: list[str] = []
    for word in filter(None, text.replace("\n", " ").split(" ")):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer) <= most_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class _Type(NamedTuple):
    """A size and a weight of the font on pictures."""

    pixels: int = theme.PICTURE_TEXT_PX
    weight: QFont.Weight = QFont.Weight.Normal


_CORNER, _LETTER = _Type(), _Type(theme.PICTURE_TEXT_PX + 2, QFont.Weight.DemiBold)


def _put(painter: QPainter, at: QPointF, text: str, kind: _Type, colour: int) -> None:
    put(painter, (_placed(at, text, kind, colour, painter.device().devicePixelRatioF()),))


def _placed(at: QPointF, text: str, kind: _Type, colour: int, ratio: float) -> Placed:
    """Where the image of a line lies, on whole screen pixels."""
    line, base = _line(text, kind, colour, ratio)
    return _at(_whole(at - base, ratio), line)


def _at(at: QPointF, image: QImage) -> Placed:
    edge, size = _WITHIN_HALO_PX, image.deviceIndependentSize()
    return Placed(at, image, (at.x() + edge, at.y() + edge, size.width() - 2 * edge, size.height() - 2 * edge))


def _whole(at: QPointF, ratio: float) -> QPointF:
    return QPointF(round(at.x() * ratio), round(at.y() * ratio)) / ratio


@lru_cache(_MOST_LINES)
def _line(text: str, kind: _Type, colour: int, ratio: float) -> tuple[QImage, QPointF]:
    return haloed(text, theme.picture_font(*kind), QColor.fromRgb(colour), ratio)


@lru_cache(8)
def _metrics(kind: _Type) -> QFontMetricsF:
    return QFontMetricsF(theme.picture_font(*kind))


@lru_cache(4 * _MOST_LINES)
def _width(text: str, kind: _Type = _CORNER) -> float:
    """How far a line advances; Qt takes as long to say so as to draw it."""
    return _metrics(kind).horizontalAdvance(text)


def draw_corners(
    painter: QPainter,
    inside: QRectF,
    corners: Corners,
    bar: ScaleBar | None,
    px_per_mm: float,
    lettered: bool = True,
) -> None:
    """Draw the four corners and the scale bar in a widget's rectangle."""
    put(painter, placed_corners(inside, corners, bar, px_per_mm, painter.device().devicePixelRatioF(), lettered))


def put(painter: QPainter, placed: Iterable[Placed]) -> None:
    """Draw images where they lie."""
    for one in placed:
        painter.drawImage(one.at, one.image)


def clear_of(placed: Iterable[Placed], whole: QRect) -> QRegion:
    """Return what is left of a picture beside the words on it."""
    region = QRegion(whole)
    for one in placed:
        region -= QRectF(one.at, one.image.deviceIndependentSize()).toAlignedRect()
    return region


def placed_corners(
    inside: QRectF, corners: Corners, bar: ScaleBar | None, px_per_mm: float, ratio: float, lettered: bool
) -> tuple[Placed, ...]:
    """Return the images of all corners and of the scale bar; `ratio` screen pixels are a logical one.

    Where the picture is `lettered`, the first row leaves room for the orientation letter between its words.
    """
    return _in_corners(inside.getRect(), corners, bar, px_per_mm, ratio, lettered)


@lru_cache(_MOST_LAYOUTS)
def _in_corners(
    inside: tuple[float, ...], corners: Corners, bar: ScaleBar | None, px_per_mm: float, ratio: float, lettered: bool
) -> tuple[Placed, ...]:
    """Where the words of all corners lie, as images; a reader who scrolls to and fro sees the same ones again."""
    box = QRectF(*inside).adjusted(MARGIN_PX, MARGIN_PX - 2, -MARGIN_PX, -MARGIN_PX + 1)
    half = box.width() / 2 - _BESIDE_LETTER_PX
    top, left, right = _kept(box, corners, lettered)
    drawn: tuple[Placed, ...] = ()
    bar_px, beside = 0.0, False
    if bar is not None:
        drawn, bar_px = _bar_placed(box, bar, px_per_mm, ratio, "· ")
        beside = bool(right) and bar_px + _width(right[0].text) <= half
        if not beside:
            drawn, bar_px = _bar_placed(box, bar, px_per_mm, ratio)
            right = [_NO_WORDS, *right]
            if lettered and bar_px > half:
                above = _metrics(_CORNER).height() * _LINE_SHARE
                drawn, bar_px = _bar_placed(box.adjusted(0, 0, 0, -above), bar, px_per_mm, ratio)
                moved = left[1:] if left and left[0] is _NO_WORDS else left
                left, right = [_NO_WORDS, _NO_WORDS, *moved], [_NO_WORDS, *right]
    if any(_shortest(words) > half for words in right):
        left = _above(right, left, box)
    below = _rows(box, [left, right], False, bar_px if beside else 0.0, ratio, lettered)
    return (*drawn, *_rows(box, top, True, 0.0, ratio, lettered), *below)


def _kept(box: QRectF, corners: Corners, lettered: bool) -> tuple[list[list[Words]], list[Words], list[Words]]:
    """Return the rows at the top and the lines at the lower left and right, from the edge, without what has no room.

    How many rows there may be depends on the pane's size alone: what is said comes and goes without moving the rest.
    """
    half, high = box.width() / 2 - _BESIDE_LETTER_PX, _metrics(_CORNER).height()
    most_rows = box.height() / (high * _LINE_SHARE) * _MOST_SHARE * max(1.0, box.width() / (_ROW_IN_LINES * high))
    for rank in (*_RANKS, 0):
        kept = [_lines_of(tuple(words for words in lines if words.rank <= rank), half) for lines in _four(corners)]
        top = _side_by_side(kept[0], kept[1], box.width(), lettered)
        left, right = kept[2][::-1], kept[3][::-1]
        if rank < 1 and lettered and half < _width(_WIDEST_WINDOW):
            left = [_NO_WORDS, *left]
        if max(map(len, top)) + max(len(left), len(right)) <= most_rows:
            break
    return top, left, right


def _four(corners: Corners) -> tuple[tuple[Words, ...], ...]:
    return corners.top_left, corners.top_right, corners.bottom_left, corners.bottom_right


def placed_centred(inside: QRectF, texts: Sequence[str], ratio: float) -> tuple[Placed, ...]:
    """Return the image of the first line that fits, in the middle above what stands at the lower edge."""
    text = next((one for one in texts if _width(one) <= inside.width() - 2 * MARGIN_PX), "")
    metrics = _metrics(_CORNER)
    level = inside.bottom() - MARGIN_PX - metrics.descent() - _LOWER_LINES * metrics.height() * _LINE_SHARE
    at = QPointF(inside.center().x() - _width(text) / 2, level)
    return (_placed(at, text, _CORNER, _TONES["caution"], ratio),) if text else ()


def is_near(placed: Placed, mouse: QPointF) -> bool:
    """Whether the mouse works so near a line of words that they would be in its way."""
    return QRectF(*placed.box).adjusted(-_NEAR_PX, -_NEAR_PX, _NEAR_PX, _NEAR_PX).contains(mouse)


def draw_letters(painter: QPainter, inside: QRectF, letters: Letters) -> None:
    """Draw the orientation letters at the middles of the edges."""
    put(painter, placed_letters(inside, letters, painter.device().devicePixelRatioF()))


def placed_letters(inside: QRectF, letters: Letters, ratio: float) -> tuple[Placed, ...]:
    """Return the images of the orientation letters."""
    return _around(letters, inside.getRect(), ratio)


@lru_cache(32)
def _around(letters: Letters, inside: tuple[float, ...], ratio: float) -> tuple[Placed, ...]:
    box, high = QRectF(*inside), _metrics(_LETTER).capHeight()
    middle = box.center()
    down = middle.y() + high / 2
    return tuple(
        _placed(QPointF(x, y), text, _LETTER, _LETTERS_COLOUR, ratio)
        for text, x, y in (
            (letters.left, box.left() + MARGIN_PX, down),
            (letters.right, box.right() - MARGIN_PX - _width(letters.right, _LETTER), down),
            (letters.top, middle.x() - _width(letters.top, _LETTER) / 2, box.top() + MARGIN_PX + high),
            (letters.bottom, middle.x() - _width(letters.bottom, _LETTER) / 2, box.bottom() - MARGIN_PX),
        )
        if text
    )


def _lines_of(lines: tuple[Words, ...], most_px: float) -> list[Words]:
    return [line for words in lines for line in _wrapped(words, most_px)]


def _side_by_side(left: list[Words], right: list[Words], width: float, lettered: bool) -> list[list[Words]]:
    """Move lines on by a row where they would be cut: off the letter of the first row, and right ones off left ones."""
    half = width / 2 - _BESIDE_LETTER_PX
    if lettered and left and _shortest(left[0]) > half:
        left = [_NO_WORDS, *left]
    moved: list[Words] = []
    for words in right:
        while len(moved) < max(len(left), int(lettered)) and _shortest(words) > _room_beside(
            left[len(moved)] if left else _NO_WORDS, width, half if lettered and not moved else None
        ):
            moved.append(_NO_WORDS)
        moved.append(words)
    return [left, moved]


def _above(right: list[Words], left: list[Words], box: QRectF) -> list[Words]:
    """Move the lower left lines above the right ones, where a pane is high enough for all, or else they were cut."""
    first = next((n for n, words in enumerate(left) if words is not _NO_WORDS), len(left))
    moved = [*[_NO_WORDS] * max(len(right), first), *left[first:]]
    has_room = len(moved) * _metrics(_CORNER).height() * _LINE_SHARE <= _MOST_SHARE * box.height()
    is_cut = any(
        a.text and b.text and _shortest(a) + _shortest(b) > box.width() - 2 * MARGIN_PX
        for a, b in zip(left, right, strict=False)
    )
    return moved if has_room or is_cut else left


def _room_beside(left: Words, width: float, beside_letter: float | None) -> float:
    if beside_letter is not None:
        return beside_letter
    return width - _width(left.text) - 2 * MARGIN_PX if left.text else width


def _shortest(words: Words) -> float:
    return min(map(_width, (words.text, *words.shorter)))


def _rows(
    box: QRectF, sides: list[list[Words]], from_top: bool, shift_px: float, ratio: float, lettered: bool
) -> Iterator[Placed]:
    """Place the left and the right corner, both from the edge; the first right line stands `shift_px` inwards.

    Two lines of one row share its width: a long one may go beyond the middle where the other is short, except beside
    the orientation letter of the first row.
    """
    metrics = _metrics(_CORNER)
    step = metrics.height() * _LINE_SHARE
    first = box.top() + metrics.ascent() if from_top else box.bottom() - metrics.descent()
    for row, pair in enumerate(zip_longest(*sides, fillvalue=_NO_WORDS)):
        level = first + row * (step if from_top else -step)
        inward = shift_px if row == 0 else 0.0
        rooms = _rooms(box.width(), [_width(pair[0].text), _width(pair[1].text) + inward], lettered and row == 0)
        for words, most_px, is_right in zip(pair, (rooms[0], rooms[1] - inward), (False, True), strict=True):
            if words.text:
                text, width = _fitted(words, most_px)
                left = box.right() - inward - width if is_right else box.left()
                yield _placed(QPointF(left, level), text, _CORNER, _TONES[words.tone], ratio)


def _rooms(width: float, wanted: list[float], beside_letter: bool) -> tuple[float, float]:
    """How wide the left and the right line of a row may be."""
    half = width / 2 - _BESIDE_LETTER_PX
    left, right = (max(half, width - other - 2 * MARGIN_PX) if other else width for other in reversed(wanted))
    return (half, half) if beside_letter else (left, right)


def _fitted(words: Words, most_px: float) -> tuple[str, float]:
    """The longest way to say something that fits, and its width; where none does, the shortest one is cut."""
    ways = (words.text, *words.shorter)
    shown = next((text for text in ways if _width(text) <= most_px), "")
    shown = shown or _metrics(_CORNER).elidedText(ways[-1], Qt.TextElideMode.ElideMiddle, most_px)
    return shown, _width(shown)


def _wrapped(words: Words, most_px: float) -> tuple[Words, ...]:
    """Break a remark that is too wide into two lines of like width, and what has lines of its own in a narrow pane."""
    if words.lines and most_px < _NARROW_PX:
        return words.lines
    if words.tone != "caution" or _width(words.text) <= most_px:
        return (words,)
    parts = words.text.split(" ")
    halves = [(" ".join(parts[:n]), " ".join(parts[n:])) for n in range(1, len(parts))] or [(words.text, "")]
    first, second = min(halves, key=lambda half: max(map(_width, half)))
    return Words(first, words.tone), Words(second, words.tone)


def _bar_placed(
    box: QRectF, bar: ScaleBar, px_per_mm: float, ratio: float, before: str = ""
) -> tuple[tuple[Placed, ...], float]:
    """Place the scale bar at the lower right with its length before it; also return the width that both take."""
    metrics, words = _metrics(_CORNER), before + bar.text
    length = bar.length_mm * px_per_mm
    level = box.bottom() - metrics.descent()
    middle = level - metrics.capHeight() / 2 + 1
    at = _whole(QPointF(box.right() - length - _BAR_EDGE_PX, middle - _BAR_EDGE_PX), ratio)
    begin = QPointF(box.right() - length - _width(words) - 8, level)
    text = _placed(begin, words, _CORNER, _TONES[""], ratio)
    return (_at(at, _bar(length, ratio)), text), length + 8 + _width(words) + _width(" ")


@lru_cache(8)
def _bar(length: float, ratio: float) -> QImage:
    """A scale bar so many logical pixels long, `_BAR_EDGE_PX` within its image."""
    width, height = length + 2 * _BAR_EDGE_PX, 2.0 * _BAR_EDGE_PX
    image = QImage(ceil(width * ratio), ceil(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left, right, level = _BAR_EDGE_PX + 0.5, _BAR_EDGE_PX + length, _BAR_EDGE_PX + 0.5
    for pen in (QPen(HALO, _BAR_HALO_PX), QPen(QColor(theme.PICTURE_TEXT), 1.4)):
        painter.setPen(pen)
        painter.drawLine(QPointF(left, level), QPointF(right, level))
        for x in (left, right):
            painter.drawLine(QPointF(x, level - 4), QPointF(x, level + 4))
    painter.end()
    return image
