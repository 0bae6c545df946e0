"""Lays a second series of the same frame of reference over the pictures: chosen and set in a bar on the picture."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject

from mo_viewer.dicom.series import Series
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.blend import Blends, Laid, Second
from mo_viewer.ui.plain_text import plain
from mo_viewer.ui.presets import auto_window, first_window
from mo_viewer.ui.second_bar import SecondBar
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.cuts import can_be_cut
from mo_viewer.volume.reslice import value_at
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window as GreyWindow

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_PLACE = "overlay"
FIRST_COLOURS, FIRST_OPACITY = "Hot iron", 0.5


class SecondSeries(QObject):
    """The series that lies over the others in one window, and the bar that sets it."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self.now: Second | None = None
        self.wanted: Series | None = None
        self.bar: SecondBar | None = None
        self._blends: dict[SliceView, Blends] = {}
        window.library.volume_ready.connect(self._take)
        window.workspace.changed.connect(self._bar_follows)

    def actions(self) -> list[Action]:
        """Open the bar, and take the overlay away."""
        return [
            Action("second", "Overlay a series …", self.toggle_bar, "Overlay", ("Shift+O",),
                   "Lay another series of the same frame of reference over this one, in colours",
                   checked=lambda: self.now is not None,
                   enabled=Need(lambda: bool(self.candidates()), "No other series has the same frame of reference.")),
            Action("second.off", "Without overlay", self.remove, "Overlay", tip="Take the second series away",
                   enabled=Need(lambda: self.wanted is not None, "No second series lies over this one.")),
        ]  # fmt: skip

    def join(self, view: SliceView) -> None:
        """Let a view show it."""
        self._blends[view] = Blends(self._window.jobs, str(len(self._blends)), view.update)
        view.second = lambda picture: self._laid(view, picture)
        view.second_value = self.value_text

    def candidates(self) -> tuple[Series, ...]:
        """The series that lie in the active picture's frame of reference, itself left out."""
        shown = self._window.pane.series
        if shown is None or shown.geometry is None or not shown.geometry.frame_uid or not shown.geometry.in_patient:
            return ()
        frame = shown.geometry.frame_uid
        return tuple(
            one
            for one in self._window.library.series
            if one.geometry is not None
            and one.key != shown.key
            and one.is_volume
            and one.geometry.frame_uid == frame
            and one.source.patient.key == shown.source.patient.key
            and can_be_cut(one.geometry)
        )

    def toggle_bar(self) -> None:
        """Show the bar on the active picture, or put it away; what is laid over stays."""
        if self.bar is not None:
            self.close_bar()
            return
        listed = self.candidates()
        if self.wanted is None or self.wanted.key not in [one.key for one in listed]:
            self.choose(listed[0])
        self.bar = SecondBar(self, self._window.pane.view, listed)

    def close_bar(self) -> None:
        """Put the bar away."""
        if self.bar is not None:
            self.bar.hide()
            self.bar.deleteLater()
            self.bar = None

    def choose(self, series: Series) -> None:
        """Lay a series over, once it is loaded."""
        self.wanted, self.now = series, None
        self._window.library.need(series, _PLACE)
        self._show()

    def remove(self) -> None:
        """Take it away."""
        self.wanted = self.now = None
        self._window.library.release(_PLACE)
        for blends in self._blends.values():
            blends.forget()
        self.close_bar()
        self._show()

    def set(self, **changes: Any) -> None:
        """Change ``window``, ``colours`` or ``opacity``."""
        if self.now is not None:
            self.now = replace(self.now, **changes)
            self._show()

    def windows(self) -> tuple[GreyWindow, ...]:
        """The windows that fit what is laid over: its own, automatic, and for HU the presets."""
        if self.now is None:
            return ()
        volume = self.now.volume
        presets = tuple(preset.window for preset in self._window.presets) if volume.unit == "HU" else ()
        own = tuple(replace(one, name=one.name or "As in the images") for one in volume.windows)
        return (auto_window(volume, volume.geometry.shape[0] // 2), *own, *presets)

    def value_text(self, at_mm: Point) -> str:
        """What lies under the cursor in the second series."""
        if self.now is None:
            return ""
        value = value_at(self.now.volume, np.array(at_mm))
        return "" if value is None else f"{self.now.title}: {value:.0f} {self.now.volume.unit}".rstrip()

    def _laid(self, view: SliceView, picture: Picture) -> Laid | None:
        second = self.now
        if second is None or picture.is_early or picture.volume is second.volume:
            return None
        here, there = picture.volume.geometry, second.volume.geometry
        if not here.in_patient or not here.frame_uid or here.frame_uid != there.frame_uid:
            return None
        return self._blends[view].laid(picture, second)

    def _take(self, series: Series, volume: Volume) -> None:
        wanted = self.wanted
        if wanted is None or series.key != wanted.key or (self.now is not None and self.now.volume is volume):
            return
        if volume.is_colour:
            self.remove()
            return
        window = first_window(volume, volume.geometry.shape[0] // 2, self._window.presets)
        source = series.source
        title = f"{plain(source.modality)} {plain(source.description)}".strip()
        self.now = Second(volume, title, window, FIRST_COLOURS, FIRST_OPACITY)
        if self.bar is not None:
            self.bar.fill()
        self._show()

    def _bar_follows(self) -> None:
        """The bar belongs to the active picture; another one has none."""
        if self.bar is not None and self.bar.parentWidget() is not self._window.pane.view:
            self.close_bar()

    def _show(self) -> None:
        for view in self._blends:
            view.update()
        self._window.actions_table.refresh_soon()
