"""Draws marks on pictures: thin bright lines with a dark halo, values beside them where they hide least."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF, QRegion

from mo_viewer.findings.mark import MarkKind
from mo_viewer.measure.marks import outline
from mo_viewer.ui import theme
from mo_viewer.ui.framing import Framing
from mo_viewer.ui.grounds import Beneath
from mo_viewer.ui.label_places import CLEAR_PX, dense, is_crossed, nearest_place
from mo_viewer.ui.overlays import Flat, FlatLine
from mo_viewer.ui.picture_text import box_round, broken, draw_text
from mo_viewer.volume.arrays import FloatArray

MARK_COLOUR = "#8fe388"
CALIBRATION_COLOUR = "#ff9f6e"
_HALO = QColor(0, 0, 0, 150)
_HANDLE_PX, _CROSS_PX, _TIP_PX, _GAP_PX = 3.5, 6.0, 11.0, 10.0
_FAR_PX = 2.5 * _GAP_PX
_LINE_PX, _CHOSEN_PX = 1.5, 2.2
_DASHES = (4.0, 4.0)
_TRIES = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))


@dataclass(frozen=True, eq=False)
class DrawnMark:
    """A mark on a picture: `flat` (n, 2) mm right and down of the plane's origin, and the words beside it."""

    uid: str
    kind: MarkKind
    flat: FloatArray
    colour: str
    lines: tuple[str, ...] = ()
    chosen: bool = False
    locked: bool = False
    draft: bool = False


def strokes(kind: MarkKind, flat: FloatArray) -> tuple[tuple[FloatArray, bool], ...]:
    """Return the lines of a mark, each (n, 2) in the space of `flat`, and whether it is closed."""
    if len(flat) < 2:
        return ()
    if kind is MarkKind.ELLIPSE:
        return ((outline(kind, flat), True),) if len(flat) == 4 else ((flat, False),)
    if kind in (MarkKind.RECTANGLE, MarkKind.POLYGON, MarkKind.FREEHAND):
        return ((flat, len(flat) > 2),)
    if kind in (MarkKind.BIDIRECTIONAL, MarkKind.COBB):
        return tuple((flat[i : i + 2], False) for i in range(0, len(flat) - 1, 2))
    return ((flat, False),)


def draw_marks(
    painter: QPainter,
    inside: QRectF,
    framing: Framing,
    marks: Sequence[DrawnMark],
    flat: Sequence[Flat] = (),
    beneath: Beneath | None = None,
    words: Sequence[QRectF] = (),
) -> list[QRectF]:
    """Draw all lines, then all words, and return where these lie.

    Words keep clear of marks, of each other, of the contours `flat` and of where other `words` lie.
    """
    if not marks:
        return []
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in marks:
        _draw_lines(painter, framing, mark)
    drawn = [[framing.to_screen(points) for points in _drawn_points(mark)] for mark in marks]
    contours = [
        framing.to_screen(piece)
        for line in flat
        if isinstance(line, FlatLine)
        for piece in line.pieces
        if len(piece) > 1
    ]
    lines = [*(line for of_mark in drawn for line in of_mark), *contours]
    taken: list[QRectF] = []
    for mark, own in zip(marks, drawn, strict=True):
        if mark.lines:
            taken.append(_draw_words(painter, inside, mark, own, (lines, [*taken, *words]), beneath))
    return taken


def finished_lines(framing: Framing, marks: Sequence[DrawnMark]) -> list[FloatArray]:
    """Return the lines of marks, (n, 2) pixels each; not of one that is just being drawn."""
    return [framing.to_screen(points) for mark in marks if not mark.draft for points in _drawn_points(mark)]


def _draw_lines(painter: QPainter, framing: Framing, mark: DrawnMark) -> None:
    colour = QColor(mark.colour)
    width = _CHOSEN_PX if mark.chosen or mark.draft else _LINE_PX
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for points, closed in strokes(mark.kind, mark.flat):
        polygon = QPolygonF([QPointF(x, y) for x, y in framing.to_screen(points)])
        for pen in _pens(colour, width, mark):
            painter.setPen(pen)
            (painter.drawPolygon if closed else painter.drawPolyline)(polygon)
    at = [QPointF(x, y) for x, y in framing.to_screen(mark.flat)]
    if mark.kind is MarkKind.ARROW and len(at) > 1:
        _draw_tip(painter, at[0], at[1], colour)
    elif mark.kind is MarkKind.PROBE:
        _draw_cross(painter, at[0], colour, width)
    elif mark.kind in (MarkKind.LENGTH, MarkKind.CALIBRATION) and len(at) == 2 and not mark.chosen:
        _draw_ends(painter, at[0], at[1], colour)
    if (mark.chosen and not mark.locked) or mark.draft:
        _draw_handles(painter, at if mark.kind is not MarkKind.FREEHAND else at[:1], colour)


def _pens(colour: QColor, width: float, mark: DrawnMark) -> tuple[QPen, QPen]:
    line = QPen(colour, width)
    if mark.kind is MarkKind.CALIBRATION:
        line.setDashPattern(list(_DASHES))
    pens = (QPen(_HALO, width + 2.0), line)
    for pen in pens:
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pens


def _draw_ends(painter: QPainter, a: QPointF, b: QPointF, colour: QColor) -> None:
    """Short strokes across both ends, so that the ends can be seen on any ground."""
    way = np.array([b.x() - a.x(), b.y() - a.y()])
    length = float(np.hypot(*way))
    if length < 1:
        return
    across = QPointF(-way[1] / length * 5, way[0] / length * 5)
    for pen in (QPen(_HALO, _LINE_PX + 2), QPen(colour, _LINE_PX)):
        painter.setPen(pen)
        for end in (a, b):
            painter.drawLine(end - across, end + across)


def _draw_tip(painter: QPainter, tip: QPointF, tail: QPointF, colour: QColor) -> None:
    way = np.array([tail.x() - tip.x(), tail.y() - tip.y()])
    way = way / (np.hypot(*way) or 1.0)
    across = np.array([-way[1], way[0]])
    sides = [tip + QPointF(*(_TIP_PX * (way + lean * across))) for lean in (0.42, -0.42)]
    painter.setPen(QPen(_HALO, 2))
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([tip, *sides]))


def _draw_cross(painter: QPainter, at: QPointF, colour: QColor, width: float) -> None:
    for pen in (QPen(_HALO, width + 2), QPen(colour, width)):
        painter.setPen(pen)
        for way in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
            painter.drawLine(at + way * 2, at + way * _CROSS_PX)


def _draw_handles(painter: QPainter, at: Sequence[QPointF], colour: QColor) -> None:
    painter.setPen(QPen(colour, 1.4))
    painter.setBrush(QColor(0, 0, 0, 190))
    for point in at:
        painter.drawEllipse(point, _HANDLE_PX, _HANDLE_PX)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _draw_words(
    painter: QPainter,
    inside: QRectF,
    mark: DrawnMark,
    own: list[FloatArray],
    keep_clear: tuple[list[FloatArray], list[QRectF]],
    beneath: Beneath | None,
) -> QRectF:
    """Write beside a mark; where a pane has no room for all of it, the first line alone: the list says the rest."""
    painter.setFont(theme.picture_font(theme.PICTURE_TEXT_PX, QFont.Weight.DemiBold))
    metrics = QFontMetricsF(painter.font())
    broad = metrics.horizontalAdvance
    box, colour = _bounds(np.concatenate(own)), QColor(mark.colour)
    for rows in (len(mark.lines), 1):
        lines = [(part, n) for n in range(rows) for part in broken(_held(mark.lines[n]), inside.width(), broad)]
        size = (max(broad(line) for line, _ in lines), metrics.height() * len(lines))
        place = _free_place(inside, box, size, *keep_clear)
        if not any(place.intersects(other) for other in keep_clear[1]):
            break
    _draw_leader(painter, place, np.concatenate([dense(line) for line in own]), colour, keep_clear[1])
    if beneath is not None:
        beneath.darken(painter, (box_round(place),), wholly=True)
    for n, (line, row) in enumerate(lines):
        at = QPointF(place.left(), place.top() + metrics.ascent() + n * metrics.height())
        draw_text(painter, at, line, colour if row == 0 else QColor(theme.PICTURE_TEXT))
    return place


def _held(line: str) -> str:
    """A value and its spread stay on one line."""
    return line.replace(" ± ", "\u00a0±\u00a0")


def _draw_leader(
    painter: QPainter, place: QRectF, points: FloatArray, colour: QColor, others: Sequence[QRectF]
) -> None:
    """Join words to their mark where they are so far from it that they could be another's; not through other words."""
    low, high = (place.left(), place.top()), (place.right(), place.bottom())
    ends = np.clip(points, low, high)
    far = np.hypot(*(points - ends).T)
    nearest = int(np.argmin(far))
    if far[nearest] <= _FAR_PX:
        return
    between = [box for box in others if not is_crossed(box, [points])]
    free = (n for n in np.argsort(far, kind="stable") if not any(_meets(points[n], ends[n], box) for box in between))
    way = int(next(free, nearest))
    painter.save()
    painter.setClipRegion(_without(painter.window(), between))
    for pen in (QPen(_HALO, 3.0), QPen(colour, 1.0, Qt.PenStyle.DotLine)):
        painter.setPen(pen)
        painter.drawLine(QPointF(*points[way]), QPointF(*ends[way]))
    painter.restore()


def _meets(one: FloatArray, other: FloatArray, box: QRectF) -> bool:
    return is_crossed(box, [np.array([one, other])])


def _without(whole: QRect, boxes: Sequence[QRectF]) -> QRegion:
    region = QRegion(whole)
    for box in boxes:
        region -= box.toAlignedRect()
    return region


def _free_place(
    inside: QRectF, box: QRectF, size: tuple[float, float], lines: list[FloatArray], words: list[QRectF]
) -> QRectF:
    """Find a place round a mark for its words: of those free of other words the one that hides least, else the nearest.

    A mark's own box counts whole: where its words stand beside it, they do not lie between its lines.
    """
    width, height = size
    tries = []
    for far in (1.0, 3.0):
        gap = _GAP_PX * far
        for right, down in _TRIES:
            x = (
                box.right() + gap
                if right > 0
                else box.left() - gap - width
                if right < 0
                else box.center().x() - width / 2
            )
            y = (
                box.bottom() + gap
                if down > 0
                else box.top() - gap - height
                if down < 0
                else box.center().y() - height / 2
            )
            tries.append(_within(inside, QRectF(x, y, width, height)))
    blocks = [box, *map(_bounds, lines)]
    around = [place.adjusted(-CLEAR_PX, -CLEAR_PX, CLEAR_PX, CLEAR_PX) for place in tries]
    free = [n for n, place in enumerate(around) if not any(place.intersects(other) for other in words)]
    if not free:
        return nearest_place(inside, size, box, words, lines)
    return tries[min(free, key=lambda n: sum(_area(around[n].intersected(block)) for block in blocks))]


def _within(inside: QRectF, place: QRectF) -> QRectF:
    x = min(max(place.left(), inside.left()), inside.right() - place.width())
    y = min(max(place.top(), inside.top()), inside.bottom() - place.height())
    return QRectF(x, y, place.width(), place.height())


def _area(box: QRectF) -> float:
    return max(0.0, box.width()) * max(0.0, box.height())


def _drawn_points(mark: DrawnMark) -> list[FloatArray]:
    """The lines of a mark as (n, 2) points on the plane, closed ones with their first point again."""
    lines = [np.vstack([points, points[:1]]) if closed else points for points, closed in strokes(mark.kind, mark.flat)]
    return lines or [mark.flat]


def _bounds(points: FloatArray) -> QRectF:
    low, high = points.min(axis=0), points.max(axis=0)
    return QRectF(QPointF(*low), QPointF(*high))
