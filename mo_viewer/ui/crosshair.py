"""The point through which all panes of one series look, the lines that show it, and the hand that moves them."""

from collections.abc import Callable, Iterable, Sequence
from math import atan2, cos, sin

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from mo_viewer.ui import theme
from mo_viewer.ui.grips import Grip, Keys
from mo_viewer.ui.overlays import Flat, FlatLine
from mo_viewer.ui.pane import STRAIGHT, Pane
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.cuts import Orientation
from mo_viewer.volume.plane import Plane

_GAP_PX, _CATCH_PX, _TURN_FROM_PX = 16.0, 5.0, 90.0
_HANDLE_PX = 7.0
_PARALLEL = 1e-6


class Crosshair:
    """A point that panes of one volume share, and how far the planes of each are turned.

    Parameters
    ----------
    moved
        Called when the point or a rotation is different.
    """

    def __init__(self, moved: Callable[[], None]) -> None:
        self.at_mm: Point | None = None
        self._turns: dict[Orientation, FloatArray] = {}
        self._moved = moved

    def put(self, at_mm: Point) -> None:
        """Move the point."""
        if at_mm != self.at_mm:
            self.at_mm = at_mm
            self._moved()

    def slide_onto(self, plane: Plane) -> None:
        """Move the point along a plane's normal until it lies on it; nobody is told."""
        if self.at_mm is not None:
            self.at_mm = foot(self.at_mm, plane)

    @property
    def is_turned(self) -> bool:
        """Whether any plane is oblique."""
        return bool(self._turns)

    def turn_of(self, looks: Orientation) -> FloatArray:
        """(3, 3) rotation of the planes of one pane away from the stack's own axes."""
        return self._turns.get(looks, STRAIGHT)

    def rotate(self, staying: Orientation, axis: FloatArray, angle: float) -> None:
        """Turn the planes of the other panes about the normal of the one that stays (right-handed, radians)."""
        turn = _rotation(axis, angle)
        for looks in (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL):
            if looks is not staying:
                self._turns[looks] = turn @ self.turn_of(looks)
        self._moved()

    def straighten(self) -> None:
        """Back to the stack's own axes."""
        self._turns.clear()
        self._moved()


def foot(at_mm: Point, plane: Plane) -> Point:
    """Return the point of a plane that is nearest to a point."""
    x, y, z = np.array(at_mm) - plane.distance_mm(np.array(at_mm))[0] * plane.normal
    return float(x), float(y), float(z)


class CrosshairGrip(Grip):
    """Moves the crosshair, or turns it when it was taken near an end of a line."""

    name = "crosshair"

    def __init__(self, crosshair: Crosshair, staying: Orientation, turns: bool) -> None:
        super().__init__()
        self._crosshair, self._staying, self._turns = crosshair, staying, turns
        self.cursor = Qt.CursorShape.PointingHandCursor if turns else Qt.CursorShape.SizeAllCursor
        self.held = self.cursor

    def press(self, view: SliceView, at: QPointF, keys: Keys) -> None:
        """Take hold."""
        super().press(view, at, keys)
        self._angle = self._angle_of(view, at)

    def drag(self, view: SliceView, at: QPointF, keys: Keys) -> None:
        """Move or turn."""
        if view.shown is None or self._crosshair.at_mm is None:
            return
        if self._turns:
            now = self._angle_of(view, at)
            by, self._angle = now - self._angle, now
            if by:
                self._crosshair.rotate(self._staying, view.shown.plane.normal, by)
            return
        point = view.point_at(at)
        if point is not None:
            self._crosshair.put(point)

    def _angle_of(self, view: SliceView, at: QPointF) -> float:
        assert self._crosshair.at_mm is not None
        away = _away(view, self._crosshair.at_mm, at)
        return atan2(away[1], away[0])


def crosshair_lines(view: SliceView, at_mm: Point, others: Iterable[Plane]) -> list[Flat]:
    """Return where other planes meet the shown one, through the whole pane, with a gap at the point and two ticks."""
    if view.shown is None:
        return []
    drawn: list[Flat] = []
    plane, px = view.shown.plane, view.framing.px_per_mm
    middle = plane.on_plane(np.array(at_mm))[0]
    reach = float(np.hypot(*view.framing.size_px)) / px + float(np.abs(middle - view.framing.centre_mm).max())
    for other in others:
        way = _meeting(plane, other)
        if way is None:
            continue
        ends = [(_GAP_PX / px, reach), (-_GAP_PX / px, -reach)]
        pieces = tuple(np.array([middle + way * start, middle + way * end]) for start, end in ends)
        drawn.append(FlatLine(pieces, QColor(theme.ACCENT), 1.0, False, True, yields=True))
        across = np.array([-way[1], way[0]]) * _HANDLE_PX / px
        far = _handle_px(view) / px
        ticks = tuple(
            np.array([middle + way * side * far - across, middle + way * side * far + across]) for side in (1, -1)
        )
        drawn.append(FlatLine(ticks, QColor(theme.ACCENT), 2.0, False, False))
    return drawn


def caught(pane: Pane, at: QPointF, crosshair: Crosshair, others: Iterable[Plane]) -> Grip | None:
    """Return the grip for a line under the mouse: near the point it moves, beyond the ticks it turns."""
    view = pane.view
    if view.shown is None or crosshair.at_mm is None:
        return None
    away = _away(view, crosshair.at_mm, at)
    far = float(np.hypot(*away))
    if far <= _GAP_PX / 2:
        return CrosshairGrip(crosshair, pane.looks, turns=False)
    for other in others:
        way = _meeting(view.shown.plane, other)
        if way is not None and abs(float(way[0] * away[1] - way[1] * away[0])) <= _CATCH_PX:
            return CrosshairGrip(crosshair, pane.looks, turns=far >= _handle_px(view) - 2 * _HANDLE_PX)
    return None


def reference_lines(pane: Pane, others: Sequence[Pane]) -> list[Flat]:
    """Return where the planes of other panes, in the same frame of reference, meet this one: as long as they reach."""
    shown = pane.view.shown
    if shown is None or not shown.volume.geometry.in_patient:
        return []
    drawn: list[Flat] = []
    for other in others:
        picture = other.view.shown
        if other is pane or picture is None or not picture.volume.geometry.in_patient:
            continue
        frame = shown.volume.geometry.frame_uid
        if not frame or picture.volume.geometry.frame_uid != frame:
            continue
        bounds = picture.bounds
        corners = np.array(
            [
                (bounds.left + x * bounds.width, bounds.top + y * bounds.height)
                for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))
            ]
        )
        ends = _crossing(shown.plane, picture.plane.to_patient(corners))
        if ends is not None:
            drawn.append(FlatLine((ends,), QColor(theme.ACCENT), 1.0, False, True, yields=True))
    return drawn


def _crossing(plane: Plane, corners_mm: FloatArray) -> FloatArray | None:
    """Return the two points, (2, 2) on the plane, where the outline of a rectangle crosses it."""
    heights = plane.distance_mm(corners_mm)
    found = []
    for a in range(4):
        b = (a + 1) % 4
        if (heights[a] > 0) != (heights[b] > 0):
            share = heights[a] / (heights[a] - heights[b])
            found.append(corners_mm[a] * (1 - share) + corners_mm[b] * share)
    return plane.on_plane(np.array(found)) if len(found) == 2 else None


def _meeting(plane: Plane, other: Plane) -> FloatArray | None:
    """Return the unit way, (2,) on the plane, in which another plane meets it; None where they are parallel."""
    way = np.cross(plane.normal, other.normal)
    length = float(np.linalg.norm(way))
    if length < _PARALLEL:
        return None
    flat: FloatArray = np.array([way @ plane.right, way @ plane.down]) / length
    return flat


def _away(view: SliceView, from_mm: Point, at: QPointF) -> FloatArray:
    """Return the way from a point to the mouse, (2,) along the plane's right and down, in pixels."""
    assert view.shown is not None
    flat = view.framing.to_flat(np.array([at.x(), at.y()]))[0] - view.shown.plane.on_plane(np.array(from_mm))[0]
    away: FloatArray = flat * view.framing.px_per_mm
    return away


def _handle_px(view: SliceView) -> float:
    return max(_TURN_FROM_PX * 0.5, min(view.framing.size_px) * 0.38)


def _rotation(axis: FloatArray, angle: float) -> FloatArray:
    """Rodrigues' formula."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn: FloatArray = np.eye(3) + sin(angle) * cross + (1 - cos(angle)) * (cross @ cross)
    return turn
