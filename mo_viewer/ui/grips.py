"""What a held mouse button does to a picture."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QPointF, Qt

from mo_viewer.base.faults import Cancelled, Fault
from mo_viewer.plugin_host.api import Pointer, Scene, Tool
from mo_viewer.plugin_host.host import Contribution, Host
from mo_viewer.ui.overlays import Flat, flattened
from mo_viewer.ui.plain_text import plain

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView

WINDOW_STEPS = 256
"""A drag of so many pixels adds the width that the window had when the drag began."""
_ZOOM_PER_PX = 1.006
_PX_PER_SLICE = 6
FINE, COARSE = 0.25, 4.0
NEAR_PX = 8.0
Result = TypeVar("Result")
OWN_GRIPS = frozenset({"window", "pan", "zoom", "scroll"})
"""Grips that leave no mark, so that a double click may mean something else."""
Keys = Qt.KeyboardModifier


class Grip:
    """One meaning of a held button. `cursor` is shown while it may be used, `held` while it is.

    `title`: what the picture says while it is in hand; empty for what leaves no mark.
    """

    name = ""
    title = ""
    cursor = Qt.CursorShape.ArrowCursor
    held: Qt.CursorShape | None = None

    def __init__(self) -> None:
        self._start = self._last = QPointF()

    @property
    def is_busy(self) -> bool:
        """Whether something was begun that wants more clicks."""
        return False

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Take hold."""
        self._start = self._last = at

    def drag(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Move; calls `moved` with the way since the last call."""
        way = at - self._last
        self._last = at
        self.moved(view, way, keys)

    def release(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Let go."""

    def hover(self, view: "SliceView", at: QPointF) -> None:
        """Follow the mouse while no button is held."""

    def wheel(self, view: "SliceView", at: QPointF, keys: Keys, steps: int) -> bool:
        """Take Alt and the wheel; False leaves them to the view."""
        return False

    def flat(self, scene: Scene) -> tuple[Flat, ...]:
        """Return what the grip itself shows on a picture."""
        return ()

    def leave(self) -> None:
        """Another grip takes its place."""

    def moved(self, view: "SliceView", way: QPointF, keys: Keys) -> None:
        """Act on a way of some pixels."""


def pace(keys: Keys) -> float:
    """Ctrl is fine, Shift is coarse."""
    if keys & Keys.ControlModifier:
        return FINE
    return COARSE if keys & Keys.ShiftModifier else 1.0


class WindowGrip(Grip):
    """To the right wider, down darker (as OHIF and Weasis have it)."""

    name = "window"

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Remember how wide the window was: the pace of this drag."""
        super().press(view, at, keys)
        self._step = max(view.window_level.width, 1.0) / WINDOW_STEPS

    def moved(self, view: "SliceView", way: QPointF, keys: Keys) -> None:
        """Change width and centre; a look-up table gives way to a window over the values that it maps."""
        old, by = view.window_level, self._step * pace(keys)
        width, centre = max(1.0, old.width + way.x() * by), old.centre + way.y() * by
        view.set_window(replace(old, width=width, centre=centre, name="", table=None))


class PanGrip(Grip):
    """Move the picture with the mouse."""

    name = "pan"
    cursor = Qt.CursorShape.OpenHandCursor
    held = Qt.CursorShape.ClosedHandCursor

    def moved(self, view: "SliceView", way: QPointF, keys: Keys) -> None:
        """Move."""
        view.set_framing(view.framing.panned(way.x() * pace(keys), way.y() * pace(keys)))


class ZoomGrip(Grip):
    """Down enlarges, about the point where the button went down."""

    name = "zoom"
    held = Qt.CursorShape.SizeVerCursor

    def moved(self, view: "SliceView", way: QPointF, keys: Keys) -> None:
        """Zoom."""
        factor = _ZOOM_PER_PX ** (way.y() * pace(keys))
        view.set_framing(view.framing.zoomed(factor, (self._start.x(), self._start.y())))


class ScrollGrip(Grip):
    """Go through the slices."""

    name = "scroll"
    held = Qt.CursorShape.SizeVerCursor

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Begin a new way."""
        super().press(view, at, keys)
        self._rest = 0.0

    def moved(self, view: "SliceView", way: QPointF, keys: Keys) -> None:
        """Scroll by whole slices."""
        self._rest += way.y() * pace(keys) / _PX_PER_SLICE
        whole = int(self._rest)
        self._rest -= whole
        if whole:
            view.scroll_by(whole)


class ToolGrip(Grip):
    """A plugin's tool, every call guarded.

    Parameters
    ----------
    told
        Called with what the tool has to say to the reader, and with what keeps it from being called.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, host: Host, contribution: Contribution, tool: Tool, told: Callable[[Fault], None]) -> None:
        super().__init__()
        self.name, self.title = contribution.id, plain(contribution.title)
        self._host, self._contribution, self._tool, self._told = host, contribution, tool, told

    def press(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Call the tool's `press`."""
        if view.shown is not None and view.shown.is_early:
            self._told(Fault("The series is still loading.", "Try again when it is complete."))
            return
        if view.may_grow():
            self._told(Fault("The folder is still being read.", "Try again when all images of this series are known."))
            return
        if view.shown is not None and not self._tool.on_projections and not view.shown.volume.geometry.in_patient:
            what = f"{self.title} works on slices through the patient, and this picture is none."
            self._told(Fault(what, "On a radiograph, use Outline a lesion instead (Contour)."))
            return
        self._call(self._tool.press, view, at, keys)

    def drag(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Call the tool's `drag`."""
        self._call(self._tool.drag, view, at, keys)

    def release(self, view: "SliceView", at: QPointF, keys: Keys) -> None:
        """Call the tool's `release`."""
        self._call(self._tool.release, view, at, keys)

    def hover(self, view: "SliceView", at: QPointF) -> None:
        """Call the tool's `hover`, where it has one."""
        if type(self._tool).hover is not Tool.hover:
            self._call(self._tool.hover, view, at, Keys.NoModifier)

    def wheel(self, view: "SliceView", at: QPointF, keys: Keys, steps: int) -> bool:
        """Call the tool's `wheel`."""
        pointer = self._pointer(view, at, keys)
        return pointer is not None and bool(self._guarded(self._tool.wheel, pointer, steps))

    def flat(self, scene: Scene) -> tuple[Flat, ...]:
        """Call the tool's `draw`, where it has one."""
        if type(self._tool).draw is Tool.draw:
            return ()
        return self._guarded(flattened, self._tool.draw, scene) or ()

    def leave(self) -> None:
        """Call the tool's `leave`."""
        self._guarded(self._tool.leave)

    def _call(self, method: Callable[[Pointer], None], view: "SliceView", at: QPointF, keys: Keys) -> None:
        pointer = self._pointer(view, at, keys)
        if pointer is not None:
            self._guarded(method, pointer)

    def _pointer(self, view: "SliceView", at: QPointF, keys: Keys) -> Pointer | None:
        point = view.place_at(at) if self._tool.on_projections else view.point_at(at)
        if point is None or view.shown is None or view.shown.is_early or view.may_grow():
            return None
        shift, ctrl, alt = (bool(keys & k) for k in (Keys.ShiftModifier, Keys.ControlModifier, Keys.AltModifier))
        near_mm = NEAR_PX / view.framing.px_per_mm
        return Pointer(point, view.shown.volume, view.shown.plane, shift, ctrl, alt, near_mm)

    def _guarded(self, method: Callable[..., Result], *arguments: object) -> Result | None:
        try:
            return self._host.guard(self._contribution, method, *arguments)
        except Fault as fault:
            self._told(fault)
        except Cancelled:
            pass
        return None
