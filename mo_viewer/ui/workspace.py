"""The middle of the window: panes in a layout, one of them active, and what they do together."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QWidget

from mo_viewer.dicom.series import Series
from mo_viewer.ui import theme
from mo_viewer.ui.crosshair import Crosshair, caught, crosshair_lines, reference_lines
from mo_viewer.ui.crosshair_start import CrosshairStart
from mo_viewer.ui.faults import Message
from mo_viewer.ui.grips import Grip
from mo_viewer.ui.layouts import LAYOUTS, Layout, layout
from mo_viewer.ui.library import Library
from mo_viewer.ui.linking import Linked, Linking, same_frame
from mo_viewer.ui.overlays import Flat, FlatSpot
from mo_viewer.ui.pane import EMPTY, Pane
from mo_viewer.ui.place_kept import PlaceKept
from mo_viewer.ui.presets import Preset
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.cuts import Orientation, can_be_cut
from mo_viewer.volume.plane import Plane

_GAP_PX = 2
SHOWN_ALONE = Message("This series has no other planes: it is shown in one pane.", tone="info")
STAYS = Message("This series has no other planes, so there is no MPR of it; the panes stay as they are.", tone="info")
Draw = Callable[[Picture], tuple[Flat, ...]]


class Workspace(QWidget):
    """Holds the panes.

    `changed`: what the active pane shows is different, or another pane is active. `dropped`: a series was dropped;
    its pane is active already. `menu_wanted`: a still right click, global position. `touched`: the reader did
    something in a pane. `arranged`: the layout or the links are different. `thicken_wanted`: see `SliceView`.
    `settled`: a volume came or panes were laid out, and what is linked has followed. `said`: messages of a pane came or
    went.

    Parameters
    ----------
    overlays
        Makes, for one pane, the function that says what plugins draw on a picture.
    """

    changed = Signal()
    dropped = Signal(object)
    menu_wanted = Signal(QPoint)
    touched = Signal()
    arranged = Signal()
    thicken_wanted = Signal(int)
    settled = Signal()
    said = Signal()

    def __init__(self, library: Library, presets: tuple[Preset, ...], overlays: Callable[[], Draw]) -> None:
        super().__init__()
        self.setObjectName("workspace")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(f"#workspace {{ background: {theme.LINE}; }}")
        self.layout_now = LAYOUTS[0]
        self.linking = Linking()
        self.place = PlaceKept(self)
        self.crosshair = Crosshair(self._follow_crosshair)
        self.start = CrosshairStart(self.crosshair)
        self.lines_on = True
        self.prepare: Callable[[SliceView], None] = lambda view: None
        """Called with the view of every new pane: tools, names, words are those of the others."""
        self._library, self._presets, self._overlays = library, presets, overlays
        self._panes: dict[str, Pane] = {}
        self._pointed: tuple[Pane, Point] | None = None
        self._enlarged: Pane | None = None
        self._following = False
        self._left_mpr = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP_PX)
        self.active = self._pane("pane 1")
        library.volume_ready.connect(self._volume_came, Qt.ConnectionType.QueuedConnection)
        library.scan_finished.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        self.show_layout("1x1")

    @property
    def panes(self) -> tuple[Pane, ...]:
        """The panes of the layout, in its order; also those that an enlarged one hides."""
        return tuple(self._pane(name) for name in self._names(self.layout_now))

    @property
    def views(self) -> tuple[SliceView, ...]:
        """The views of all panes that there are, seen or not."""
        return tuple(pane.view for pane in self._panes.values())

    @property
    def enlarged(self) -> Pane | None:
        """The pane that fills the middle alone."""
        return self._enlarged

    # -- layout

    def show_layout(self, name: str) -> None:
        """Divide the middle another way; what is open stays open.

        Panes that were seen before show what they did, unless that was another patient.
        """
        wanted, source = layout(name), self.active
        if wanted.is_mpr and source.series is not None and not self._has_planes(source.series):
            is_alone = all(pane.series is None for pane in self.panes if pane is not source)
            if is_alone:
                self.show_layout("1x1")
            self.active.messages.say(SHOWN_ALONE if is_alone else STAYS)
            return
        before, was_mpr = set(self.panes), self.layout_now.is_mpr
        patient = next((known for pane in (source, *self.panes) if (known := pane.patient_key)), "")
        self.layout_now, self._enlarged, self._left_mpr = wanted, None, False
        for pane in before:
            pane.messages.clear_passing()
        for pane in before - set(self.panes):
            pane.rest()
        for pane in self.panes:
            if pane not in before:
                pane.wake(patient)
        self._arrange()
        if wanted.is_mpr and source.series is not None:
            self._look_from_three_sides(source, source.series)
        heir = self._heir(source, was_mpr)
        if was_mpr and not wanted.is_mpr and (at_mm := self.start.leave()):
            heir.view.bring(at_mm)
        for pane in before - set(self.panes):
            pane.messages.hand_over(heir.messages)
        self.activate(heir)
        self.arranged.emit()

    def enlarge(self, pane: Pane) -> None:
        """Let one pane fill the middle, or show all again."""
        self._enlarged = None if self._enlarged is pane or len(self.panes) == 1 else pane
        self._arrange()
        self.arranged.emit()

    def activate(self, pane: Pane) -> None:
        """Make a pane the one that actions are about."""
        if pane is self.active and pane.view.is_active:
            return
        self.active = pane
        for other in self._panes.values():
            other.view.is_active = other is pane
            other.view.update()
        self.changed.emit()

    def show_in_active(self, series: Series) -> None:
        """Show a series in the active pane; in MPR from all three sides, or alone where it has no other planes.

        The next one that has planes is seen in MPR again, unless the reader has chosen another layout meanwhile.
        """
        flat = self.layout_now.is_mpr and not self._has_planes(series)
        back = self._left_mpr and self._has_planes(series)
        if flat:
            self.show_layout("1x1")
            self._left_mpr = True
        if self.layout_now.is_mpr:
            self._look_from_three_sides(self.active, series)
        else:
            self.active.show_series(series, Orientation.ACQUIRED if flat else self.active.looks)
        if flat:
            self.active.messages.say(SHOWN_ALONE)
        if back:
            self.show_layout("mpr")

    def leave_others(self, patient_key: str) -> None:
        """Empty what other panes show of other patients: only a drop puts two patients side by side.

        Where nothing of this patient is left beside the active pane, that is the only one from now on.
        """
        strangers = [pane for pane in self.panes if pane.patient_key not in ("", patient_key)]
        for pane in strangers:
            if pane is not self.active:
                pane.empty()
        others = [pane for pane in self.panes if pane is not self.active]
        if strangers and others and not self.layout_now.is_mpr and all(pane.series is None for pane in others):
            if self.active in strangers:
                self.active.empty()
            self.show_layout("1x1")

    def unsay(self, message: Message) -> bool:
        """Say a message no more, whichever pane it is about; returns whether it was being said."""
        saying = [pane for pane in self._panes.values() if message in pane.messages.messages]
        for pane in saying:
            pane.messages.drop(message)
        return bool(saying)

    # -- together

    def switch_link(self, what: str) -> None:
        """Link or unlink ``scroll``, ``window`` or ``zoom``."""
        self.linking.switch(what, self.panes)
        self._show_links()
        self.linking.follow(self.active, self.panes)
        self.arranged.emit()

    def use_presets(self, presets: tuple[Preset, ...]) -> None:
        """Begin every picture from now on with one of other window presets."""
        self._presets = presets
        for pane in self._panes.values():
            pane.presets = presets

    def use_links(self, linked: Linked) -> None:
        """Link what an arrangement says: by the offsets that were kept, else from where the panes stand."""
        self.linking.linked = linked
        self.linking.follow(self.active, self.panes)
        self._show_links()
        self.arranged.emit()

    def point_at(self, source: Pane, at_mm: Point) -> None:
        """Have all panes of the same frame of reference show a point."""
        if self.layout_now.is_mpr:
            self.crosshair.put(at_mm)
            return
        self._pointed = (source, at_mm)
        for pane in self.panes:
            if pane is not source and same_frame(pane, source):
                pane.view.bring(at_mm)
                pane.view.update()

    def bring(self, at_mm: Point) -> None:
        """Have the active pane show a point; in MPR all planes go through it."""
        self.active.view.bring(at_mm)
        if self.layout_now.is_mpr and self.active.volume is not None:
            self.crosshair.put(at_mm)
        else:
            self.start.forget(self.active.series)

    # -- inside

    def _has_planes(self, series: Series) -> bool:
        """Whether it can be seen from three sides, or may yet: more of its images are still being found."""
        known = self._library.current(series).geometry
        return known is not None and (can_be_cut(known) or self._library.may_grow(series))

    def _heir(self, source: Pane, was_mpr: bool) -> Pane:
        """Return the pane that goes on with what another showed before the layout changed."""
        if source in self.panes or source.series is None or self.layout_now.is_mpr:
            return source if source in self.panes else self.panes[0]
        key = source.series.key
        same = next((pane for pane in self.panes if pane.series is not None and pane.series.key == key), None)
        if same is not None:
            return same
        first = self.panes[0]
        if len(self.panes) == 1 and not was_mpr:
            first.go_on_from(source)
        elif was_mpr or first.patient_key != source.patient_key:
            first.show_series(source.series)
        return first

    def _names(self, wanted: Layout) -> list[str]:
        kind = "mpr" if wanted.is_mpr else "pane"
        return [f"{kind} {n + 1}" for n in range(len(wanted.cells))]

    def _pane(self, name: str) -> Pane:
        if name not in self._panes:
            pane = Pane(self._library, self._presets, name)
            self._panes[name] = pane
            view, plugins = pane.view, self._overlays()
            view.waiting_text = EMPTY
            view.overlays = lambda picture: (*self._lines(pane), *plugins(picture))
            view.catch = lambda at: self._catch(pane, at)
            view.linked = lambda: self._linked(pane)
            view.doubt = lambda: self.linking.doubt(pane, self.panes) if pane in self.panes else ""
            view.activated.connect(lambda: self.activate(pane))
            view.touched.connect(self._touch)
            view.thicken_wanted.connect(self.thicken_wanted)
            view.menu_wanted.connect(self.menu_wanted)
            view.enlarge_wanted.connect(lambda: self.enlarge(pane))
            view.pointed.connect(lambda at: self.point_at(pane, at))
            pane.changed.connect(lambda: self._heard(pane))
            pane.messages.changed.connect(self.said)
            pane.dropped.connect(lambda series: self._drop(pane, series))
            self.prepare(view)
        return self._panes[name]

    def _arrange(self) -> None:
        wanted = self.layout_now
        for pane in self._panes.values():
            self._grid.removeWidget(pane)
        rows = max(cell.row + cell.rows for cell in wanted.cells)
        for n in range(max(self._grid.rowCount(), rows)):
            self._grid.setRowStretch(n, int(n < rows and self._enlarged is None))
        for n in range(max(self._grid.columnCount(), len(wanted.shares))):
            share = wanted.shares[n] if n < len(wanted.shares) and self._enlarged is None else 0
            self._grid.setColumnStretch(n, share)
        for pane, cell in zip(self.panes, wanted.cells, strict=True):
            self._grid.addWidget(pane, cell.row, cell.column, cell.rows, 1)
        for pane in self._panes.values():
            pane.setVisible(pane in self.panes and self._enlarged in (None, pane))
            pane.view.brief = wanted.is_mpr and pane is not self.panes[0] and self._enlarged is None
        self._show_links()
        QTimer.singleShot(0, self, self._let_follow)

    def _let_follow(self) -> None:
        self.linking.follow(self.active, self.panes)
        self.settled.emit()

    def _look_from_three_sides(self, source: Pane, series: Series) -> None:
        self.start.leave()
        self.start.choose(series, source.view if source.series is series and source not in self.panes else None)
        for pane, cell in zip(self.panes, self.layout_now.cells, strict=True):
            assert cell.looks is not None
            pane.show_series(series, cell.looks)
            if pane.view.shown is not None and source not in self.panes:
                pane.view.set_window(source.view.window_level)
        self._begin_crosshair()

    def _begin_crosshair(self) -> None:
        first, series, volumes = self.panes[0].view, self.panes[0].series, [pane.volume for pane in self.panes]
        if series is not None and volumes[0] is not None and None not in volumes:
            self.start.begin(series, volumes[0].geometry, first.middle_mm())

    def _volume_came(self) -> None:
        if self.layout_now.is_mpr and self.crosshair.at_mm is None:
            self._begin_crosshair()
        QTimer.singleShot(0, self, self._let_follow)

    def _settle(self) -> None:
        """All images are known now: what is one image after all is not seen from three sides."""
        series = self.active.series
        if self.layout_now.is_mpr and series is not None and not self._has_planes(self._library.current(series)):
            self.show_in_active(self._library.current(series))

    def _heard(self, pane: Pane) -> None:
        if pane is self.active and not self._following:
            if self.layout_now.is_mpr and pane.view.shown is not None:
                self.crosshair.slide_onto(pane.view.shown.plane)
            self.linking.follow(pane, self.panes)
            self._redraw_lines(pane)
        if pane is self.active:
            self.changed.emit()
        else:
            self.linking.stand(pane)

    def _follow_crosshair(self) -> None:
        """Have every plane of MPR go through the point, turned as it says."""
        if self.crosshair.at_mm is None or not self.layout_now.is_mpr:
            return
        self._following = True
        try:
            for pane in self.panes:
                stack = pane.view.stack
                if stack is None or pane.volume is None:
                    continue
                pane.turn_to(self.crosshair.turn_of(pane.looks), self.crosshair.at_mm)
                pane.view.update()
        finally:
            self._following = False
        self.changed.emit()

    def _touch(self) -> None:
        self._pointed = None
        self.touched.emit()

    def _drop(self, pane: Pane, series: Series) -> None:
        self.activate(pane)
        self.dropped.emit(series)

    def _redraw_lines(self, source: Pane) -> None:
        if len(self.panes) > 1:
            for pane in self.panes:
                if pane is not source:
                    pane.view.update()

    def _show_links(self) -> None:
        for pane in self._panes.values():
            pane.view.update()

    def _linked(self, pane: Pane) -> str:
        return self.linking.words(pane, self.panes) if pane in self.panes and self._enlarged is None else ""

    def _lines(self, pane: Pane) -> list[Flat]:
        if not self.lines_on or pane not in self.panes:
            return []
        if self.layout_now.is_mpr:
            at = self.crosshair.at_mm
            return [] if at is None else crosshair_lines(pane.view, at, self._other_planes(pane))
        pointed = self._pointed
        spots: list[Flat] = []
        shown = pane.view.shown
        if pointed is not None and pointed[0] is not pane and shown is not None and same_frame(pane, pointed[0]):
            spots = [FlatSpot(shown.plane.on_plane(np.array(pointed[1]))[0], QColor(theme.ACCENT))]
        return [*reference_lines(pane, self.panes), *spots] if len(self.panes) > 1 else []

    def _other_planes(self, pane: Pane) -> list[Plane]:
        shown = [other.view.shown for other in self.panes if other is not pane]
        return [picture.plane for picture in shown if picture is not None]

    def _catch(self, pane: Pane, at: QPointF) -> Grip | None:
        if not (self.layout_now.is_mpr and self.lines_on):
            return None
        return caught(pane, at, self.crosshair, self._other_planes(pane))
