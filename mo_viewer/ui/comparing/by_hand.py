"""Studies aligned by hand, where no bone will do: three pairs of points, or the other study dragged into place."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter

from mo_viewer.base.faults import Fault, Misuse
from mo_viewer.findings.registration import Registration
from mo_viewer.ui import theme
from mo_viewer.ui.grips import Grip, Keys
from mo_viewer.ui.picture_text import draw_text
from mo_viewer.volume.arrays import FloatArray, Point

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView

PAIRS = 3
_CROSS_PX = 6
DEGREES_PER_PX, MM_PER_PX = 0.2, 0.2


class PointsGrip(Grip):
    """Clicks in turn in two studies; after the third pair the registration is made.

    Parameters
    ----------
    made
        Called with the registration.
    told
        Called with what to do next, and with why the points will not do.
    """

    name, title = "align.points", "Align by three points"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, made: Callable[[Registration], None], told: Callable[[Fault | str], None]) -> None:
        super().__init__()
        self._made, self._told = made, told
        self.points: dict[str, list[Point]] = {}

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Set the next point of this study."""
        point = view.point_at(at)
        if point is None or view.shown is None or not view.shown.volume.geometry.in_patient:
            self._told("A place can be set only where the images say where they lie in the patient.")
            return
        uid = view.shown.volume.source.study_uid
        if uid not in self.points and len(self.points) == 2:
            self._told("Stay with the two studies that you began with.")
            return
        listed = self.points.setdefault(uid, [])
        others = [len(other) for name, other in self.points.items() if name != uid]
        if len(listed) == PAIRS or len(listed) > min(others, default=0):
            self._told(f"Now click the same place ({len(listed)}) in the other study.")
            return
        listed.append(point)
        view.window().update()
        self._go_on()

    def drag(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """A point is where the button went down."""

    def draw(self, view: "SliceView", painter: QPainter) -> None:
        """Number the points that lie on the slice that is shown."""
        if view.shown is None:
            return
        listed = self.points.get(view.shown.volume.source.study_uid, [])
        painter.setPen(QColor(theme.ACCENT))
        painter.setFont(theme.picture_font(theme.PICTURE_TEXT_PX))
        for n, point in enumerate(listed):
            if abs(float(view.shown.plane.distance_mm(np.array(point))[0])) <= view.shown.half_thickness_mm + 0.01:
                at = view.position_of(point)
                painter.setPen(QColor(theme.ACCENT))
                painter.drawLine(at - QPointF(_CROSS_PX, 0), at + QPointF(_CROSS_PX, 0))
                painter.drawLine(at - QPointF(0, _CROSS_PX), at + QPointF(0, _CROSS_PX))
                draw_text(painter, at + QPointF(_CROSS_PX + 2, -2), str(n + 1), QColor(theme.ACCENT))

    def _go_on(self) -> None:
        counts = [len(listed) for listed in self.points.values()]
        if len(counts) == 2 and counts == [PAIRS, PAIRS]:
            self._finish()
        elif len(counts) == 2 and counts[0] == counts[1]:
            self._told(f"{counts[0]} of {PAIRS} pairs are set. Click the next place, off the line through the others.")
        else:
            self._told(f"Click the same place ({max(counts)}) in the other study.")

    def _finish(self) -> None:
        from mo_viewer.track.manual import from_points

        (first, one), (second, two) = self.points.items()
        try:
            found = from_points(first, second, one, two)
        except Fault as fault:
            self.points = {}
            self._told(fault)
            return
        self._made(found)


class DragGrip(Grip):
    """Moves the other study under the picture: along the plane, with Ctrl turned in it, with Shift through it.

    Parameters
    ----------
    way
        Gives the registration that stands now, from the picture's study to the other one.
    show
        Called with each one on the way.
    made
        Called with the last one when the button is let go.
    """

    name, title = "align.drag", "Align by dragging"
    cursor, held = Qt.CursorShape.SizeAllCursor, Qt.CursorShape.SizeAllCursor

    def __init__(
        self,
        way: Callable[[], Registration | None],
        show: Callable[[Registration | None], None],
        made: Callable[[Registration], None],
    ) -> None:
        super().__init__()
        self._way, self._show, self._made = way, show, made
        self._began: Registration | None = None
        self._now: Registration | None = None

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Remember where the other study lies."""
        super().press(view, at, keys)
        self._began, self._now = self._way(), None

    def drag(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Show it where the mouse has it now."""
        from mo_viewer.track.manual import from_drag

        if self._began is None or view.shown is None:
            return
        move = moved_here(view, self._start, at, keys)
        try:
            matrix: FloatArray = self._began.matrix @ np.linalg.inv(move)
            self._now = from_drag(self._began.from_study, self._began.to_study, matrix)
        except Misuse:
            return
        self._show(self._now)

    def release(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Keep it."""
        self._show(None)
        if self._now is not None:
            self._made(self._now)
        self._began = self._now = None


def moved_here(view: "SliceView", start: QPointF, at: QPointF, keys: Keys) -> FloatArray:
    """(4, 4) by which the other study is moved in this picture's space: the rigid motion that a drag stands for."""
    assert view.shown is not None
    plane, move = view.shown.plane, np.eye(4)
    way = at - start
    if keys & Keys.ShiftModifier:
        move[:3, 3] = way.y() * MM_PER_PX * plane.normal
        return move
    if keys & Keys.ControlModifier:
        pivot = _place(view, start)
        angle = np.radians(way.x() * DEGREES_PER_PX)
        n = plane.normal
        cross = np.array([[0, -n[2], n[1]], [n[2], 0, -n[0]], [-n[1], n[0], 0]])
        turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
        move[:3, :3], move[:3, 3] = turn, pivot - turn @ pivot
        return move
    move[:3, 3] = _place(view, at) - _place(view, start)
    return move


def _place(view: "SliceView", at: QPointF) -> FloatArray:
    return np.array(view.point_at(at) or (0.0, 0.0, 0.0))
