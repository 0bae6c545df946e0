"""What the left button does with marks: draws new ones, pulls handles, moves whole ones."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPolygonF

from mo_viewer.base.faults import Fault
from mo_viewer.findings.mark import Mark, MarkKind
from mo_viewer.ui.grips import Grip, Keys
from mo_viewer.ui.marks.board import MarkBoard
from mo_viewer.ui.marks.drawing import strokes
from mo_viewer.ui.marks.kinds import KINDS, UNBOUND, moved, shaped
from mo_viewer.ui.marks.placing import flat_of
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.volume import Length

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView

HANDLE_PX, LINE_PX = 7.0, 5.0
"""How near the mouse must come to a handle, and to a line."""
BESIDE_PX = 30.0
"""How near the mouse must be to a mark for a menu to be about it: its words stand beside it."""
DRAG_PX = 4.0
_FREEHAND_STEP_PX = 3.0
PREFIX = "mark."
Finished = Callable[["SliceView", Mark, Picture], None]


class DrawGrip(Grip):
    """Draws marks of one kind, by dragging or by clicks.

    Parameters
    ----------
    finished
        Called with a whole mark that is not kept yet.
    told
        Called with why nothing can be drawn.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, kind: MarkKind, board: MarkBoard, finished: Finished, told: Callable[[Fault], None]) -> None:
        super().__init__()
        self.name, self.title = PREFIX + kind, KINDS[kind].title
        self._info, self._board, self._finished, self._told = KINDS[kind], board, finished, told
        self._fixed: list[FloatArray] = []
        self._picture: Picture | None = None
        self._on: tuple[SliceView, Stack | None] | None = None
        self._fresh = False

    @property
    def is_busy(self) -> bool:
        """Whether a mark was begun and wants more points."""
        return bool(self._fixed)

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Begin, or take hold of the next point."""
        super().press(view, at, keys)
        if view.shown is None or not self._may_draw(view):
            return
        if self._picture is not view.shown:
            self.cancel()
            self._picture, self._on = view.shown, (view, view.stack)
        self._fresh = len(self._fixed) in self._info.starts
        if self._fresh:
            self._fixed.append(_flat(view, at))
        self._sketch(view, at)

    def drag(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Show where the next point would be; a freehand outline grows."""
        if not self._fixed:
            return
        if self._info.kind is MarkKind.FREEHAND and _apart(self._last, at) >= _FREEHAND_STEP_PX:
            self._fixed.append(_flat(view, at))
            self._last = at
        self._sketch(view, at)

    def release(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Keep the point; after the last one the mark is whole."""
        if not self._fixed:
            return
        is_drag = _apart(self._start, at) >= DRAG_PX
        kind = self._info.kind
        if kind is MarkKind.FREEHAND:
            self.end(view) if len(self._fixed) > 2 else self.cancel()
            return
        if kind is MarkKind.POLYGON and self._closes(view, at):
            self.end(view)
            return
        if (is_drag or not self._fresh) and self._info.clicks > 1:
            if not is_drag and self._is_same_place(view, at):
                return
            self._fixed.append(_flat(view, at))
        if len(self._fixed) >= self._info.clicks:
            self.end(view)

    def hover(self, view: "SliceView", at: QPointF) -> None:
        """Follow the mouse between clicks."""
        if self._fixed and view.shown is self._picture and len(self._fixed) not in self._info.starts:
            self._sketch(view, at)

    def end(self, view: "SliceView") -> None:
        """Finish with the points that there are, if they suffice."""
        picture, fixed = self._picture, self._fixed
        needed = 3 if self._info.clicks == UNBOUND else self._info.clicks
        self.cancel()
        if picture is not None and len(fixed) >= needed:
            flat = shaped(self._info.kind, np.array(fixed))
            self._finished(view, self._board.made(self._info.kind, flat, picture), picture)

    def follow(self, view: "SliceView") -> None:
        """Forget what was begun in a view once that shows another stack."""
        if self._on is not None and self._on[0] is view and self._on[1] is not view.stack:
            self.cancel()

    def leave(self) -> None:
        """Another tool was chosen: forget what was begun."""
        self.cancel()

    def cancel(self) -> None:
        """Forget what was begun."""
        self._fixed, self._picture, self._on = [], None, None
        self._board.end_sketch()

    def _may_draw(self, view: "SliceView") -> bool:
        assert view.shown is not None
        if view.shown.is_early or view.may_grow():
            self._told(Fault("The series is still loading.", "Try again when it is complete."))
            return False
        if self._info.kind is MarkKind.CALIBRATION and view.shown.volume.length is Length.PATIENT:
            self._told(Fault("These images have true millimetres.", "A calibration line is for radiographs."))
            return False
        return True

    def _sketch(self, view: "SliceView", at: QPointF) -> None:
        if self._picture is not None:
            points = np.array([*self._fixed, _flat(view, at)])
            if self._info.clicks == 1 or self._info.kind is MarkKind.FREEHAND:
                points = points[:-1]
            self._board.sketch(view, self._info.kind, shaped(self._info.kind, points), self._picture)

    def _closes(self, view: "SliceView", at: QPointF) -> bool:
        if len(self._fixed) < 3:
            return False
        screen = view.framing.to_screen(np.array([self._fixed[0], self._fixed[-1]]))
        near = [_apart(QPointF(*point), at) <= HANDLE_PX for point in screen]
        return any(near)

    def _is_same_place(self, view: "SliceView", at: QPointF) -> bool:
        last = view.framing.to_screen(self._fixed[-1])[0]
        return _apart(QPointF(*last), at) < 1.0


class EditGrip(Grip):
    """Pulls one handle of a mark, or moves all of it; a still click only chooses it."""

    def __init__(self, board: MarkBoard, mark: Mark, handle: int | None) -> None:
        super().__init__()
        self.name = PREFIX + "edit"
        self._board, self._mark, self._handle = board, mark, handle
        shape = Qt.CursorShape
        self.cursor = shape.ArrowCursor if mark.locked else shape.SizeAllCursor if handle is None else shape.CrossCursor
        self._flat: FloatArray | None = None
        self._picture: Picture | None = None
        self._has_moved = False

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Take hold."""
        super().press(view, at, keys)
        self._board.choose(self._mark.uid)
        if view.shown is not None and not self._mark.locked:
            self._picture, self._flat = view.shown, flat_of(self._mark, view.shown)

    def drag(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Pull or move."""
        if self._flat is None or self._picture is None or view.shown is not self._picture:
            return
        if not self._has_moved and _apart(self._start, at) < DRAG_PX / 2:
            return
        self._has_moved = True
        to, way = _flat(view, at), _flat(view, at) - _flat(view, self._start)
        self._board.move(self._mark, moved(self._mark.kind, self._flat, self._handle, to, way), self._picture)

    def release(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Keep it where it is now."""
        if self._has_moved:
            self._board.drop()


def hit(board: MarkBoard, view: "SliceView", at: QPointF) -> tuple[Mark, int | None] | None:
    """Return the mark under the mouse and its handle (None: its line); the chosen mark and handles come first."""
    if view.shown is None or not view.overlays_on:
        return None
    marks = sorted(board.on(view.shown), key=lambda mark: mark.uid != board.chosen)
    mouse = np.array([at.x(), at.y()])
    screens = [view.framing.to_screen(flat_of(mark, view.shown)) for mark in marks]
    for mark, screen in zip(marks, screens, strict=True):
        near = np.hypot(*(screen - mouse).T)
        if near.min() <= HANDLE_PX and mark.kind is not MarkKind.FREEHAND:
            return mark, int(near.argmin())
    for mark, screen in zip(marks, screens, strict=True):
        for points, closed in strokes(mark.kind, screen):
            if _line_distance(np.vstack([points, points[:1]]) if closed else points, mouse) <= LINE_PX:
                return mark, None
    return None


def is_beside(mark: Mark, view: "SliceView", at: QPointF) -> bool:
    """Return whether a place of a view lies in a mark, on it or near it."""
    if view.shown is None or not view.overlays_on:
        return False
    screen, mouse = view.framing.to_screen(flat_of(mark, view.shown)), np.array([at.x(), at.y()])
    if np.hypot(*(screen - mouse).T).min() <= BESIDE_PX:
        return True
    for points, closed in strokes(mark.kind, screen):
        line = np.vstack([points, points[:1]]) if closed else points
        outline = QPolygonF([QPointF(*point) for point in line])
        if _line_distance(line, mouse) <= BESIDE_PX or (closed and outline.containsPoint(at, Qt.FillRule.OddEvenFill)):
            return True
    return False


def _line_distance(points: FloatArray, at: FloatArray) -> float:
    a, b = points[:-1], points[1:]
    way = b - a
    long = np.maximum((way**2).sum(axis=1), 1e-12)
    share = np.clip(((at - a) * way).sum(axis=1) / long, 0, 1)[:, None]
    return float(np.hypot(*(a + share * way - at).T).min())


def _flat(view: "SliceView", at: QPointF) -> FloatArray:
    placed: FloatArray = view.framing.to_flat(np.array([at.x(), at.y()]))[0]
    return placed


def _apart(a: QPointF, b: QPointF) -> float:
    return float(np.hypot(a.x() - b.x(), a.y() - b.y()))
