"""A pane's picture: one slice of a series, drawn by ourselves."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mo_viewer.dicom.notes import NOTHING, Note
from mo_viewer.measure.marks import Scale
from mo_viewer.ui import theme
from mo_viewer.ui.blend import Laid
from mo_viewer.ui.framed_view import FramedView
from mo_viewer.ui.framing import UPRIGHT, Framing
from mo_viewer.ui.grips import OWN_GRIPS, Grip, PanGrip, WindowGrip, ZoomGrip
from mo_viewer.ui.hand import Hand
from mo_viewer.ui.marks.drawing import DrawnMark
from mo_viewer.ui.motion import Motion
from mo_viewer.ui.overlays import Flat
from mo_viewer.ui.picture_painter import BLACK, Look, PicturePainter, Texts
from mo_viewer.ui.picture_text import MARGIN_PX, Placed, broken, draw_text, is_near, placed_centred
from mo_viewer.ui.probe import Probe, probe
from mo_viewer.ui.stack import Picture, Slices, Stack
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window


class SliceView(FramedView):
    """Shows a `Stack`; what it was asked to show (`asked`) and what it does show (`shown`) are two things.

    `slice_wanted`: an index of the stack is asked for and is not in memory. `changed`: slice, window or framing are
    different. `menu_wanted`: a still right click, global position. `activated`: the mouse went down here.
    `touched`: the reader did something here. `pressed`: the left button went down. `enlarge_wanted`: a double click.
    `pointed`: an LPS point that the other panes should show (Shift and a move). `thicken_wanted`: a slab so many steps
    thicker (negative: thinner).
    `is_played`: images follow each other by themselves, to be looked at.
    """

    slice_wanted = Signal(int)
    menu_wanted = Signal(QPoint)
    activated = Signal()
    touched = Signal()
    pressed = Signal()
    enlarge_wanted = Signal()
    pointed = Signal(object)
    thicken_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.window_level = Window(40, 400)
        self.is_inverted = False
        self.is_active = False
        self.names_hidden = False
        self.texts = Texts.ALL
        self.overlays_on = True
        self.waiting_text = ""
        self.under_cursor: Probe | None = None
        self.left_grip: Grip = WindowGrip()
        self.grips: dict[Qt.MouseButton, Grip] = {
            Qt.MouseButton.MiddleButton: PanGrip(),
            Qt.MouseButton.RightButton: ZoomGrip(),
        }
        self.may_grow: Callable[[], bool] = lambda: False
        self.develop: Callable[[Volume, int], Picture | None] = Slices().picture
        self.catch: Callable[[QPointF], Grip | None] = lambda at: None
        self.linked: Callable[[], str] = lambda: ""
        self.doubt: Callable[[], str] = lambda: ""
        self.brief = False
        self.in_company: Callable[[], bool] = lambda: False
        self.smooth = True
        self.overlays: Callable[[Picture], tuple[Flat, ...]] = lambda picture: ()
        self.marks: Callable[[Picture], tuple[DrawnMark, ...]] = lambda picture: ()
        self.scale: Callable[[Picture], Scale | None] = lambda picture: None
        self.note: Callable[[Picture], Note] = lambda picture: NOTHING
        self.second: Callable[[Picture], Laid | None] = lambda picture: None
        self.second_value: Callable[[Point], str] = lambda at: ""
        self.pick: Callable[[SliceView, QPointF], Grip | None] = lambda view, at: None
        self.on_top: list[Callable[[SliceView, QPainter], None]] = []
        self.colours = ""
        self.wheel_zooms = False
        self._volume: Volume | None = None
        self.has_scrolled = False
        self.is_played = False
        self._painter = PicturePainter()
        self._motion = Motion(self, self.update)
        self._mouse: QPointF | None = None
        self._hand = Hand(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Picture")

    def sizeHint(self) -> QSize:
        """Panes share what the window has."""
        return QSize(640, 640)

    # -- what is shown

    def show_nothing(self, text: str = "") -> None:
        """Let go of the picture; `text` stands in the middle."""
        self.stack = self._volume = self.shown = self.asked = self.under_cursor = None
        self._painter.forget()
        self._motion.forget()
        self.waiting_text = text
        self.changed.emit()
        self.update()

    def begin(self, stack: Stack, k: int | None = None, window: Window | None = None) -> None:
        """Begin another series, at index `k` or in its middle, before any of its pixels are known."""
        self.stack, self._volume, self.shown = stack, None, None
        self.under_cursor = None
        self.waiting_text = "Loading …"
        self.is_inverted, self.colours = False, ""
        self.framing = replace(self.framing, turn=UPRIGHT)
        if window is not None:
            self.window_level = window
        self.has_scrolled = k is not None
        self._since = monotonic()
        self.fit()
        self.ask(stack.count // 2 if k is None else k)

    def show_volume(self, volume: Volume, stack: Stack | None = None) -> None:
        """Give the whole series, which may have more slices than were known before.

        Zoom and window stay. The place stays where the reader has scrolled to it, else it is the middle.
        """
        before, self.stack, self._volume = self.stack, stack or Stack(volume.geometry), volume
        if before is None or (self._fitted and self.stack.bounds != before.bounds):
            self.fit()
        self.ask(self._same_place(before, self.stack))

    def use_stack(self, stack: Stack, at_mm: Point) -> None:
        """Look at the same volume another way, through an LPS point, which stays where it is on the screen."""
        screen = self.position_of(at_mm) if self.shown is not None else None
        same_way = self.stack is not None and self.stack.orientation is stack.orientation
        self.stack, self.shown = stack, None
        self.asked = stack.nearest(at_mm)
        if screen is None or not same_way or self._fitted:
            fitted = self._fitted
            self.framing = Framing.fit(stack.bounds, (self.width(), self.height()), self.framing.turn)
            self._fitted = fitted
        if screen is not None and same_way:
            flat = stack.plane_at(self.asked).on_plane(np.array(at_mm))[0]
            centre = flat - self._flat(screen)[0] + self.framing.centre_mm
            self.framing = replace(self.framing, centre_mm=(float(centre[0]), float(centre[1])))
        self.ask(self.asked)

    def show_developed(self, stack: Stack, picture: Picture) -> None:
        """Give a picture that took its time; dropped when another has been asked for since."""
        if stack is self.stack and picture.volume is self._volume and picture.index == self.asked:
            self._show(picture)

    def develop_again(self) -> None:
        """Make the shown picture anew: slab or interpolation are different."""
        if self.asked is not None:
            self.ask(self.asked)

    def show_early(self, index: int, one: Volume) -> None:
        """Give one slice of a series that is still loading; dropped when another has been asked for since."""
        if self._volume is None and self.stack is not None and index == self.asked:
            self._show(Picture(one, 0, index, is_early=True))

    def ask(self, k: int) -> None:
        """Ask for slice `k` of the stack."""
        if self.stack is None:
            return
        self.asked = min(self.stack.count - 1, max(0, k))
        if self._volume is not None:
            picture = self.develop(self._volume, self.asked)
            if picture is not None:
                self._show(picture)
        elif self.stack.cuts is None:
            self.slice_wanted.emit(self.asked)

    def _same_place(self, before: Stack | None, now: Stack) -> int:
        if before is None or self.asked is None or not self.has_scrolled:
            return now.count // 2
        if before.count == now.count or not now.geometry.in_patient:
            return min(self.asked, now.count - 1)
        x, y, z = before.plane_at(min(self.asked, before.count - 1)).origin_mm
        return now.nearest((float(x), float(y), float(z)))

    def scroll_by(self, by: int) -> None:
        """Go some slices on in the order of reading (negative: back)."""
        if self.stack is not None and self.asked is not None:
            wanted = self.stack.index_at(self.stack.place_of(self.asked) + by)
            self.has_scrolled = True
            if wanted != self.asked:
                self.ask(wanted)

    def go_to(self, place: int) -> None:
        """Go to a place in the order of reading, from 0; -1 is the last."""
        if self.stack is not None:
            self.has_scrolled = True
            self.ask(self.stack.index_at(place if place >= 0 else self.stack.count + place))

    # -- how it is shown

    def set_window(self, window: Window) -> None:
        """Use another window."""
        self.window_level = window
        self._tell()

    def set_inverted(self, inverted: bool) -> None:
        """Show dark as bright."""
        self.is_inverted = inverted
        self._tell()

    # -- where things are

    @property
    def is_held(self) -> bool:
        """Whether a mouse button is held here."""
        return self._hand.is_holding

    def point_mouse_at(self, at: QPointF | None) -> None:
        """Say where the mouse is, or that it is elsewhere; the words on the picture follow."""
        self._mouse = at
        self._look_under_cursor()
        self.update()

    def bring(self, at_mm: Point) -> None:
        """Show the slice nearest to an LPS point, and move so that the point is in sight."""
        if self.stack is None or not self.stack.geometry.in_patient:
            return
        self.has_scrolled = True
        self.ask(self.stack.nearest(at_mm))
        if self.shown is not None and not self.rect().contains(self.position_of(at_mm).toPoint()):
            flat = self.shown.plane.on_plane(np.array(at_mm))[0]
            self.set_framing(replace(self.framing, centre_mm=(float(flat[0]), float(flat[1]))))

    # -- drawing

    def look(self, picture: Picture, in_motion: bool = False) -> Look:
        """Return what the pane looks like now with a picture in it."""
        assert self.stack is not None
        return Look(
            picture,
            self.stack,
            self.window_level,
            self.framing,
            self.is_inverted,
            self.texts,
            self.names_hidden,
            self.under_cursor,
            self.overlays(picture) if self.overlays_on else (),
            self.linked(),
            self.doubt(),
            self.brief,
            self.smooth,
            self.marks(picture) if self.overlays_on else (),
            self.colours,
            self.note(picture),
            self.second(picture),
            self._second_value(),
            in_motion,
            self.scale(picture),
            in_company=self.in_company(),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw image, overlays, letters, corners, frame."""
        painter = QPainter(self)
        if self.shown is None:
            painter.fillRect(self.rect(), BLACK)
            self._draw_waiting(painter)
        else:
            scene = self._volume, self.stack, self.framing.size_px, self.is_inverted, self.colours
            is_change = self._motion.begin(scene, (self.shown, self.framing), self.window_level)
            look = self.look(self.shown, self._motion.is_quick and not self.is_played)
            self._painter.draw(painter, look, self._tool_words())
            if is_change:
                self._motion.drawn()
            for draw in self.on_top:
                draw(self, painter)
        if self.is_active:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def clear_of_words(self) -> QRegion:
        """Return where no words stand."""
        return self._painter.clear_of_words(self.rect())

    def _tool_words(self) -> tuple[Placed, ...]:
        """Which tool the next click is for, and how it ends; it is no part of the picture, and is not saved.

        It is away while something is drawn, and where the mouse is near it.
        """
        title = self.left_grip.title
        if not (title and self.is_active) or self.is_held or self.left_grip.is_busy:
            return ()
        inside = QRectF(self.rect())
        words = placed_centred(inside, (f"{title} · Esc puts it away", title), self.devicePixelRatioF())
        return () if self._mouse is not None and any(is_near(one, self._mouse) for one in words) else words

    def _draw_waiting(self, painter: QPainter) -> None:
        painter.setFont(theme.picture_font(theme.TEXT_PX))
        metrics = painter.fontMetrics()
        lines = broken(self.waiting_text, self.width() - 2 * MARGIN_PX, metrics.horizontalAdvance)
        for n, line in enumerate(lines):
            left = (self.width() - metrics.horizontalAdvance(line)) / 2
            level = self.height() / 2 + (n - (len(lines) - 1) / 2) * metrics.lineSpacing()
            draw_text(painter, QPointF(left, level), line, QColor(theme.QUIET))

    # -- events

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep no picture that nobody sees; it is made again from the volume."""
        super().hideEvent(event)
        self._painter.forget()
        self._motion.forget()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Give the button to its grip."""
        self._hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or only look at what lies under the cursor."""
        self._hand.move(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fill the whole middle, or go back; a tool that marks takes it for a press."""
        if event.button() == Qt.MouseButton.LeftButton and self.left_grip.name in OWN_GRIPS:
            self.enlarge_wanted.emit()
        else:
            self._hand.press(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a right button that did not move asks for the menu."""
        self._hand.release(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Shift by tens, with Ctrl zoom about the cursor."""
        self._hand.wheel(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the cursor of what the left button does."""
        self.show_cursor()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing lies under the cursor any more."""
        self.point_mouse_at(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The pane that has the keys is the active one."""
        self.activated.emit()

    def show_cursor(self) -> None:
        """Show the cursor of what the left button does."""
        self.setCursor(self.left_grip.cursor)

    # -- inside

    def _show(self, picture: Picture) -> None:
        self.shown = picture
        self._look_under_cursor()
        self._tell()

    def _second_value(self) -> str:
        under = self.under_cursor
        return "" if under is None or under.at_mm is None else self.second_value(under.at_mm)

    def _look_under_cursor(self) -> None:
        self.under_cursor = None
        if self._mouse is not None and self.shown is not None and self.rect().contains(self._mouse.toPoint()):
            self.under_cursor = probe(self.shown, self.framing.flat_place(self._mouse.x(), self._mouse.y()))
