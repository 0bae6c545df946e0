"""One pane: shows a series, from its first single image to the whole volume, and says what is wrong with it."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.dicom.series import Series
from mo_viewer.ui.darkroom import Darkroom, Order
from mo_viewer.ui.faults import Message, Messages
from mo_viewer.ui.framing import UPRIGHT
from mo_viewer.ui.library import Library
from mo_viewer.ui.presets import Preset, auto_window, auto_window_of, first_window
from mo_viewer.ui.rows import SERIES_MIME
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.arrays import FloatArray, Point, frozen
from mo_viewer.volume.cuts import Cuts, Orientation, acquired_as, can_be_cut
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.projection import Slab
from mo_viewer.volume.reslice import Interpolation
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

EMPTY = "Drag a series here from the list"
STRAIGHT = frozen(np.eye(3))
NOT_CUT = Fault(
    "This series can only be seen as it was acquired.",
    "Other directions need at least three slices at known, different positions in the patient.",
)


class Pane(QWidget):
    """A `SliceView` that takes its pixels from the library.

    `changed`: what it shows is different. `dropped`: a series of the study list was dropped here.

    Parameters
    ----------
    place
        Its name among the panes: the library loads for one series in each place.
    """

    changed = Signal()
    dropped = Signal(object)

    def __init__(
        self, library: Library, presets: tuple[Preset, ...], place: str = "pane 1", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.series: Series | None = None
        self.volume: Volume | None = None
        self.looks = Orientation.ACQUIRED
        self.slab: Slab | None = None
        self.interpolation = Interpolation.LINEAR
        self.view = SliceView(self)
        self._library, self.presets, self._place = library, presets, place
        self._first = False
        self._guessed: Window | None = None
        self._left_at: dict[tuple[object, ...], tuple[int | None, Window]] = {}
        self._darkroom = Darkroom(library.jobs, lambda order, picture: self.view.show_developed(order.stack, picture))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.messages = Messages(self)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.view)
        self.view.may_grow = lambda: self.series is not None and library.may_grow(self.series)
        self.view.develop = self._develop
        library.volume_ready.connect(self._take_volume)
        library.only_slices.connect(self._take_slices)
        self.view.slice_wanted.connect(self._want_slice)
        self.view.changed.connect(self.changed)

    @property
    def patient_key(self) -> str:
        """Whose series is shown; empty where none is."""
        return "" if self.series is None else self.series.source.patient.key

    def show_series(self, series: Series, looks: Orientation = Orientation.ACQUIRED) -> None:
        """Show a series at its middle, or where the reader left it; nothing happens when it is shown already."""
        if self.series is not None and self.series.key == series.key and self.looks is looks:
            return
        self._remember()
        self.series, self.volume, self.looks = series, None, looks
        self.messages.clear_passing()
        self._darkroom.forget()
        if not series.is_image or series.geometry is None:
            self.view.show_nothing(f"This series holds no picture ({series.source.modality or 'unknown kind'}).")
            self.changed.emit()
            return
        k, window = self._left_at.get((*series.key, looks), (None, None))
        self._first = window is None
        self.view.begin(self._stack_of(series.geometry), k, window)
        self._library.need(series, self._place)

    def go_on_from(self, other: "Pane") -> None:
        """Show what another pane shows, at the same place in the same window."""
        if other.series is not None:
            self._left_at[(*other.series.key, other.looks)] = (other.view.asked, other.view.window_level)
            self.show_series(other.series, other.looks)

    def look(self, looks: Orientation, at_mm: Point | None = None) -> None:
        """Look at the series another way, through a point, or through the middle of what is shown."""
        if self.volume is None or self.series is None:
            self.looks = looks
            return
        if looks is not Orientation.ACQUIRED and not can_be_cut(self.volume.geometry):
            self.messages.say(Message.of(NOT_CUT))
            return
        at = at_mm or self.view.middle_mm()
        self.looks = looks
        self.view.use_stack(self._stack_of(self.volume.geometry), at)

    def turn_to(self, turn: FloatArray, at_mm: Point) -> None:
        """Show the plane through a point, turned away from the stack's own axes by a rotation."""
        stack = self.view.stack
        if self.volume is None or stack is None:
            return
        now = stack.cuts.turn if stack.cuts is not None else STRAIGHT
        if np.array_equal(now, turn):
            if stack.nearest(at_mm) != self.view.asked:
                self.view.has_scrolled = True
                self.view.ask(stack.nearest(at_mm))
        elif np.array_equal(turn, STRAIGHT):
            self.view.use_stack(self._stack_of(self.volume.geometry), at_mm)
        elif can_be_cut(self.volume.geometry):
            self.view.use_stack(Stack(self.volume.geometry, Cuts(self.volume.geometry, self.looks, turn, at_mm)), at_mm)

    def set_slab(self, slab: Slab | None) -> None:
        """Show many planes as one, or not."""
        self.slab = slab
        self.view.develop_again()

    def set_interpolation(self, how: Interpolation) -> None:
        """Make values between voxels another way."""
        self.interpolation = how
        self.view.smooth = how is not Interpolation.NEAREST
        self.view.develop_again()

    def rest(self) -> None:
        """Let the library forget this pane's series while it is not seen."""
        self._library.release(self._place)

    def wake(self, patient_key: str) -> None:
        """Ask for the series again after a `rest`; one of another patient than this is let go instead."""
        if self.series is None:
            return
        if self.series.source.patient.key != patient_key:
            self.empty()
        elif self.series.is_image:
            self._library.need(self.series, self._place)

    def empty(self) -> None:
        """Let go of the series."""
        self._remember()
        self.series = self.volume = None
        self.looks = Orientation.ACQUIRED
        self.messages.clear_passing()
        self._darkroom.forget()
        self._library.release(self._place)
        self.view.show_nothing(EMPTY)

    def use_auto_window(self) -> None:
        """Set a window from the values of the slice that is shown."""
        shown = self.view.shown
        if shown is not None and shown.section is not None:
            self.view.set_window(auto_window_of(shown.volume, shown.section))
        elif shown is not None:
            self.view.set_window(auto_window(shown.volume, shown.k))

    def reset(self) -> None:
        """Fit, first window, not inverted."""
        shown = self.view.shown
        self.view.is_inverted, self.view.colours = False, ""
        self.view.framing = replace(self.view.framing, turn=UPRIGHT)
        if shown is not None:
            self.view.set_window(first_window(shown.volume, shown.k, self.presets))
        self.view.fit()

    def windows(self) -> tuple[Window, ...]:
        """The windows that the images themselves bring."""
        return self.view.shown.volume.windows if self.view.shown is not None else ()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A series of the study list may be dropped here."""
        if event.mimeData().hasFormat(SERIES_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which series was dropped; files go on to the window."""
        if not event.mimeData().hasFormat(SERIES_MIME):
            event.ignore()
            return
        event.acceptProposedAction()
        series = self._library.find(bytes(event.mimeData().data(SERIES_MIME).data()).decode())
        if series is not None:
            self.dropped.emit(series)

    def _remember(self) -> None:
        if self.series is not None and self.view.shown is not None:
            k = self.view.asked if self.view.has_scrolled else None
            self._left_at[(*self.series.key, self.looks)] = (k, self.view.window_level)

    def _stack_of(self, geometry: Geometry) -> Stack:
        """The slices themselves where they look the wanted way, else planes cut through them."""
        if self.looks is Orientation.ACQUIRED or not can_be_cut(geometry) or acquired_as(geometry) is self.looks:
            return Stack(geometry)
        return Stack(geometry, Cuts(geometry, self.looks))

    def _develop(self, volume: Volume, k: int) -> Picture | None:
        assert self.view.stack is not None
        slab = None if volume.is_colour or not volume.geometry.in_patient else self.slab
        return self._darkroom.picture(Order(self.view.stack, volume, k, slab, self.interpolation))

    def _want_slice(self, k: int) -> None:
        if self.series is not None:
            self._library.slice(self.series, k, lambda one: self._take_slice(k, one), f"slice of {self._place}")

    def _take_slice(self, k: int, one: Volume) -> None:
        if self.volume is None and self.series is not None and one.source.series_uid == self.series.source.series_uid:
            self._set_first_window(one, 0, is_early=True)
            self.view.show_early(k, one)

    def _take_volume(self, series: Series, volume: Volume) -> None:
        if self.series is None or self._library.current(self.series).key != series.key or volume is self.volume:
            return
        self.series, self.volume = series, volume
        self._set_first_window(volume, volume.geometry.shape[0] // 2)
        if self.looks is not Orientation.ACQUIRED and not can_be_cut(volume.geometry) and not self.isHidden():
            self.messages.say(Message.of(NOT_CUT))
        self.view.show_volume(volume, self._stack_of(volume.geometry))

    def _take_slices(self, series: Series) -> None:
        """Show a series that is too large for memory one slice at a time, all its slices as they are known now."""
        shown = self.series
        if shown is None or series.geometry is None or self._library.current(shown).key != series.key:
            return
        self.series, self.volume, self.looks = series, None, Orientation.ACQUIRED
        view = self.view
        view.begin(Stack(series.geometry), view.asked if view.has_scrolled else None, view.window_level)
        self.changed.emit()

    def _set_first_window(self, volume: Volume, k: int, *, is_early: bool = False) -> None:
        """Begin with a window; one made from the first image known, at an end of a stack, holds until all are."""
        if self._first or self.view.window_level is self._guessed:
            self._first = False
            self.view.window_level = first_window(volume, k, self.presets)
            self._guessed = self.view.window_level if is_early else None
