"""What plugins draw on pictures: asked for through the host, checked, projected, drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF, QRegion

from mo_viewer.base.faults import Cancelled, Fault
from mo_viewer.plugin_host.api import Label, Line, Marker, Primitive, Scene
from mo_viewer.plugin_host.host import Contribution, Host
from mo_viewer.ui import theme
from mo_viewer.ui.framing import Framing
from mo_viewer.ui.grounds import Beneath
from mo_viewer.ui.label_places import CLEAR_PX, dense, is_crossed, nearest_place
from mo_viewer.ui.picture_text import box_round, draw_text
from mo_viewer.ui.plain_text import plain
from mo_viewer.volume.arrays import FloatArray

_HALO = QColor(0, 0, 0, 130)
_LABEL_GAP_PX, _MARKER_PX = 10, 5
_ON_PLANE_MM = 1e-3
_LIGHT_ENOUGH = 165
"""Of 255, weighted as the eye does (Rec. 709)."""


@dataclass(frozen=True, eq=False)
class FlatLine:
    """Pieces of a line on the shown plane, each (n, 2) mm right and down of its origin."""

    pieces: tuple[FloatArray, ...]
    colour: QColor
    width: float
    closed: bool
    dashed: bool
    yields: bool = False
    """Whether it leaves out the places where words stand: it goes through the whole pane and belongs to nothing."""


@dataclass(frozen=True, eq=False)
class FlatSpot:
    """A marker, or with `text` a label, at (2,) mm of the shown plane."""

    at: FloatArray
    colour: QColor
    text: str = ""


Flat = FlatLine | FlatSpot
Drawn = tuple[FlatLine, list[QPolygonF]]
Clear = Callable[[QRect], QRegion]


class Overlays:
    """Asks all overlays what to draw, once for each scene, and remembers the answer while the scene stays.

    Parameters
    ----------
    told
        Called with a fault that an overlay raised as a sentence for the reader.
    """

    def __init__(self, host: Host, told: Callable[[Fault], None]) -> None:
        self._host = host
        self._told = told
        self._key: tuple[object, ...] = ()
        self._scene: Scene | None = None
        self._flat: tuple[Flat, ...] = ()

    def forget(self) -> None:
        """Ask again at the next repaint."""
        self._key = ()

    def flat(
        self, scene: Scene, turn: int = 0, tool: Callable[[Scene], tuple[Flat, ...]] | None = None
    ) -> tuple[Flat, ...]:
        """Return what is to be drawn on a scene; with another `turn` all are asked again, `tool` always."""
        listed = self._host.contributions("overlay")
        key = (
            id(scene.volume),
            tuple(scene.plane.origin_mm),
            tuple(scene.plane.right),
            tuple(scene.plane.down),
            id(scene.document),
            scene.selected,
            turn,
            tuple(overlay.id for overlay in listed),
        )
        if key != self._key:
            self._key, self._scene = key, scene
            self._flat = tuple(flat for overlay in listed for flat in self._ask(overlay, scene))
        return self._flat if tool is None else (*self._flat, *tool(scene))

    def _ask(self, overlay: Contribution, scene: Scene) -> tuple[Flat, ...]:
        try:
            return self._host.guard(overlay, flattened, overlay.content, scene) or ()
        except Fault as fault:
            self._told(fault)
        except Cancelled:
            pass
        return ()


def draw_flat(
    painter: QPainter,
    inside: QRectF,
    framing: Framing,
    flat: Sequence[Flat],
    clear: Clear = QRegion,
    beneath: Beneath | None = None,
    others: Sequence[FloatArray] = (),
) -> list[QRectF]:
    """Draw lines first, then markers, then labels, each label beside the lines of its colour; return where labels lie.

    `clear` says what is left of a rectangle beside the words on the picture; lines that yield stay in there, and labels
    where they can. Labels do not cover the `others`, (n, 2) pixels each, where there is another place.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lines = [(item, _polygons(item, framing)) for item in flat if isinstance(item, FlatLine)]
    spots = [(item, QPointF(*framing.to_screen(item.at)[0])) for item in flat if isinstance(item, FlatSpot)]
    font = theme.picture_font(theme.PICTURE_TEXT_PX + 1, QFont.Weight.DemiBold)
    yielding = [line for line in lines if line[0].yields]
    whole = QRect(0, 0, *framing.size_px)
    free = clear(whole) if yielding or any(spot.text for spot, _ in spots) else QRegion(whole)
    crossing = _edges(inside, framing, [line for line, _ in yielding])
    words = QRegion(whole).subtracted(free)
    labels = _placed_labels(inside, lines, spots, QFontMetricsF(font), words, others, crossing)
    if yielding:
        _draw_yielding(painter, yielding, [place for _, place in labels], free)
    for line, polygons in lines:
        if not line.yields:
            _draw_line(painter, line, polygons)
    for spot, at in spots:
        if not spot.text:
            _draw_marker(painter, at, spot.colour)
    if beneath is not None:
        beneath.darken(painter, tuple(box_round(place) for _, place in labels), wholly=True)
    painter.setFont(font)
    for spot, place in labels:
        base = QPointF(place.left(), place.top() + QFontMetricsF(font).ascent())
        draw_text(painter, base, spot.text, legible(spot.colour))
    return [place for _, place in labels]


def legible(colour: QColor) -> QColor:
    """Return a colour of lines made so light that words in it are read on their dark halo."""
    for share in range(0, 101, 5):
        mixed = [round(part + (255 - part) * share / 100) for part in (colour.red(), colour.green(), colour.blue())]
        if 0.2126 * mixed[0] + 0.7152 * mixed[1] + 0.0722 * mixed[2] >= _LIGHT_ENOUGH:
            return QColor(*mixed)
    return QColor(Qt.GlobalColor.white)


def _draw_yielding(painter: QPainter, lines: list[Drawn], labels: list[QRectF], region: QRegion) -> None:
    for label in labels:
        region -= label.toAlignedRect()
    painter.save()
    painter.setClipRegion(region)
    for line, polygons in lines:
        _draw_line(painter, line, polygons)
    painter.restore()


def flattened(draw: Callable[[Scene], Sequence[Primitive]], scene: Scene) -> tuple[Flat, ...]:
    """Ask a plugin what to draw and project it; whatever is wrong in there is the plugin's fault."""
    flat = (_flatten(primitive, scene) for primitive in draw(scene))
    return tuple(item for item in flat if item is not None)


def _flatten(primitive: Primitive, scene: Scene) -> Flat | None:
    if isinstance(primitive, Line):
        return _flat_line(primitive, scene)
    if not isinstance(primitive, (Label, Marker)):
        raise TypeError(f"an overlay may return Line, Label and Marker, not {type(primitive).__name__}")
    at = np.asarray(primitive.at_mm, dtype=np.float64).reshape(1, 3)
    if abs(float(scene.plane.distance_mm(at)[0])) > scene.half_thickness_mm + _ON_PLANE_MM:
        return None
    text = plain(primitive.text) if isinstance(primitive, Label) else ""
    return FlatSpot(scene.plane.on_plane(at)[0], _colour(primitive.colour), text)


def _flat_line(line: Line, scene: Scene) -> FlatLine | None:
    points = np.asarray(line.points_mm, dtype=np.float64).reshape(-1, 3)
    limit = scene.half_thickness_mm + _ON_PLANE_MM
    away = scene.plane.distance_mm(points)
    if not points.size or (away > limit).all() or (away < -limit).all():
        return None
    whole = bool((np.abs(away) <= limit).all())
    around = np.vstack([points, points[:1]]) if line.closed and not whole else points
    pieces = [around] if whole else _near_pieces(around, scene.plane.distance_mm(around), limit)
    flat = tuple(scene.plane.on_plane(piece) for piece in pieces)
    return FlatLine(flat, _colour(line.colour), float(line.width), line.closed and whole, line.dashed) if flat else None


def _near_pieces(points: FloatArray, away: FloatArray, limit: float) -> list[FloatArray]:
    """Cut a polyline to what lies within `limit` of the plane, one piece for each segment that comes so near."""
    pieces = []
    for a, b, da, db in zip(points[:-1], points[1:], away[:-1], away[1:], strict=True):
        ends = [0.0, 1.0]
        if da != db:
            crossings = sorted(((-limit - da) / (db - da), (limit - da) / (db - da)))
            ends = [max(0.0, crossings[0]), min(1.0, crossings[1])]
        elif abs(da) > limit:
            continue
        if ends[0] < ends[1]:
            pieces.append(np.array([a + ends[0] * (b - a), a + ends[1] * (b - a)]))
    return pieces


def _colour(name: str) -> QColor:
    colour = QColor(name)
    if not colour.isValid():
        raise ValueError(f"{name!r} is no colour")
    return colour


def _polygons(line: FlatLine, framing: Framing) -> list[QPolygonF]:
    return [QPolygonF([QPointF(x, y) for x, y in framing.to_screen(piece)]) for piece in line.pieces]


def _draw_line(painter: QPainter, line: FlatLine, polygons: list[QPolygonF]) -> None:
    style = Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine
    draw = painter.drawPolygon if line.closed else painter.drawPolyline
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(_HALO, line.width + 1.6), QPen(line.colour, line.width, style)):
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for polygon in polygons:
            draw(polygon)


def _draw_marker(painter: QPainter, at: QPointF, colour: QColor) -> None:
    for pen in (QPen(_HALO, 3.4), QPen(colour, 1.6)):
        painter.setPen(pen)
        painter.drawLine(at - QPointF(_MARKER_PX, 0), at + QPointF(_MARKER_PX, 0))
        painter.drawLine(at - QPointF(0, _MARKER_PX), at + QPointF(0, _MARKER_PX))


def _edges(inside: QRectF, framing: Framing, lines: Sequence[FlatLine]) -> list[FloatArray]:
    """Return points along both sides of lines, (n, 2) pixels each, as far as they lie in the picture."""
    on_screen = [dense(np.asarray(framing.to_screen(piece))) for line in lines for piece in line.pieces]
    edges = np.array([inside.left(), inside.top(), inside.right(), inside.bottom()])
    seen = [line[(line >= edges[:2]).all(axis=1) & (line <= edges[2:]).all(axis=1)] for line in on_screen]
    return [line + aside for line in seen for aside in (-CLEAR_PX, CLEAR_PX)]


def _runs_through(lines: Sequence[FloatArray], place: QRectF) -> bool:
    """Whether a point of lines whose points lie close together is in a place."""
    first, last = (place.left(), place.top()), (place.right(), place.bottom())
    return any(((line > first) & (line < last)).all(axis=1).any() for line in lines)


def _placed_labels(
    inside: QRectF,
    lines: list[Drawn],
    spots: list[tuple[FlatSpot, QPointF]],
    metrics: QFontMetricsF,
    words: QRegion,
    others: Sequence[FloatArray],
    yielding: Sequence[FloatArray],
) -> list[tuple[FlatSpot, QRectF]]:
    placed: list[tuple[FlatSpot, QRectF]] = []
    for spot, at in spots:
        if spot.text:
            own = [
                polygon.boundingRect() for line, polygons in lines for polygon in polygons if line.colour == spot.colour
            ]
            whole = _fitting(spot.text, metrics, inside.width())
            taken = [place for _, place in placed]
            short = whole.partition(" · ")[0]
            sizes = {text: QRectF(0, 0, metrics.horizontalAdvance(text), metrics.height()) for text in (whole, short)}
            found = [
                (text, place)
                for text, size in sizes.items()
                if (place := _free_place(inside, at, size, own, taken, words, others, yielding)) is not None
            ][:1]
            if not found:
                searched = (
                    (text, _label_place(inside, at, size, own, taken, words, others, yielding))
                    for text, size in sizes.items()
                )
                found = sorted(searched, key=lambda one: _runs_through(yielding, one[1]))
            text, place = found[0]
            placed.append((replace(spot, text=text), place))
    return placed


def _fitting(text: str, metrics: QFontMetricsF, room: float) -> str:
    """Return a label, or its first part where a pane is too narrow for all of it."""
    return text if metrics.horizontalAdvance(text) <= room else text.partition(" · ")[0]


def _label_place(
    inside: QRectF,
    at: QPointF,
    size: QRectF,
    own: list[QRectF],
    taken: list[QRectF],
    words: QRegion,
    others: Sequence[FloatArray] = (),
    yielding: Sequence[FloatArray] = (),
) -> QRectF:
    """Return the free place of a label, or else the nearest that leaves words and other labels alone."""
    free = _free_place(inside, at, size, own, taken, words, others, yielding)
    if free is not None:
        return free
    written = [QRectF(rectangle) for rectangle in iter(words)]  # type: ignore[call-overload]
    covered, lines = [*written, *taken, *own], [*others, *yielding]
    return nearest_place(inside, (size.width(), size.height()), _around(at, own), covered, lines)


def _around(at: QPointF, own: list[QRectF]) -> QRectF:
    """Return the outline that a point belongs to, with those of its colour that overlap it."""
    around = next((box for box in own if box.contains(at)), QRectF(at, at))
    for box in own:
        around = around.united(box) if box.intersects(around) else around
    return around


def _free_place(
    inside: QRectF,
    at: QPointF,
    size: QRectF,
    own: list[QRectF],
    taken: list[QRectF],
    words: QRegion,
    others: Sequence[FloatArray],
    yielding: Sequence[FloatArray],
) -> QRectF | None:
    """Find a free place beside the outline that `at` belongs to: right, left, above, below, or else at its corners.

    No yielding line runs through it. One that leaves other lines room for words of their own comes before one that
    does not.
    """
    around, gap, wide, high = _around(at, own), _LABEL_GAP_PX, size.width(), size.height()
    middle = min(max(at.y(), around.top()), around.bottom()) - high / 2
    centred = min(max(inside.left(), around.center().x() - wide / 2), max(inside.left(), inside.right() - wide))
    right, left = around.right() + gap, around.left() - gap - wide
    above, below = around.top() - gap - high, around.bottom() + gap
    sides = ((right, middle), (left, middle), (centred, above), (centred, below))
    corners = ((right, above), (right, below), (left, above), (left, below))
    for places in (sides, corners if yielding else ()):
        tries = [QRectF(x, y, wide, high) for x, y in places]
        free = [
            box
            for box in tries
            if inside.contains(box)
            and not any(box.intersects(other) for other in (*taken, *own))
            and not words.intersects(box.toAlignedRect())
            and not _runs_through(yielding, box)
        ]
        if free:
            return min(free, key=lambda box: is_crossed(box.adjusted(-high, -high, high, high), others))
    return None
