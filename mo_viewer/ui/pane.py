"""One pane: shows a series, from its first single image to the whole volume, and says what is wrong with it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mo_viewer.dicom.series import Series
from mo_viewer.ui.faults import Messages
from mo_viewer.ui.library import Library
from mo_viewer.ui.presets import Preset, auto_window, first_window
from mo_viewer.ui.rows import SERIES_MIME
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Stack
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window


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
        self.view = SliceView(self)
        self._library, self._presets, self._place = library, presets, place
        self._first = False
        self._left_at: dict[tuple[str, ...], tuple[int, Window]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.messages = Messages(self)
        self.messages.resized.connect(self.view.set_top)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.view)
        self.view.may_grow = lambda: self.series is not None and library.may_grow(self.series)
        library.volume_ready.connect(self._take_volume)
        self.view.slice_wanted.connect(self._want_slice)
        self.view.changed.connect(self.changed)

    def show_series(self, series: Series) -> None:
        """Show a series at its middle, or where the reader left it; nothing happens when it is shown already."""
        if self.series is not None and self.series.key == series.key:
            return
        self._remember()
        self.series, self.volume = series, None
        self.messages.clear_passing()
        if not series.is_image or series.geometry is None:
            self.view.show_nothing(f"This series holds no picture ({series.source.modality or 'unknown kind'}).")
            self.changed.emit()
            return
        k, window = self._left_at.get(series.key, (None, None))
        self._first = window is None
        self.view.begin(Stack(series.geometry), k, window)
        self._library.hold([series])
        self._library.need(series, self._place)

    def use_auto_window(self) -> None:
        """Set a window from the values of the slice that is shown."""
        if self.view.shown is not None:
            self.view.set_window(auto_window(self.view.shown.volume, self.view.shown.k))

    def reset(self) -> None:
        """Fit, first window, not inverted."""
        shown = self.view.shown
        self.view.is_inverted = False
        if shown is not None:
            self.view.set_window(first_window(shown.volume, shown.k, self._presets))
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
        if self.series is not None and self.view.shown is not None and self.view.asked is not None:
            self._left_at[self.series.key] = (self.view.asked, self.view.window_level)

    def _want_slice(self, k: int) -> None:
        if self.series is not None:
            self._library.slice(self.series, k, lambda one: self._take_slice(k, one), f"slice of {self._place}")

    def _take_slice(self, k: int, one: Volume) -> None:
        if self.volume is None and self.series is not None and one.source.series_uid == self.series.source.series_uid:
            self._set_first_window(one, 0)
            self.view.show_early(k, one)

    def _take_volume(self, series: Series, volume: Volume) -> None:
        if self.series is None or self._library.current(self.series).key != series.key:
            return
        self.series, self.volume = series, volume
        self._set_first_window(volume, volume.geometry.shape[0] // 2)
        self.view.show_volume(volume)

    def _set_first_window(self, volume: Volume, k: int) -> None:
        if self._first:
            self._first = False
            self.view.window_level = first_window(volume, k, self._presets)
