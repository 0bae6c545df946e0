"""The actions that align two studies by hand; what they make is kept with the findings, to be checked, undoable."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QPainter

from mo_viewer.base.faults import Fault
from mo_viewer.findings.registration import Registration
from mo_viewer.ui.actions import Action
from mo_viewer.ui.comparing.by_hand import DragGrip, PointsGrip
from mo_viewer.ui.comparing.mixing import Manner
from mo_viewer.ui.comparing.room import Comparing
from mo_viewer.ui.slice_view import SliceView

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

FIRST = "Click a place in one study, then the same place in the other; three pairs, not in a row."
DRAG = "Drag the other study into place; Ctrl turns it, Shift and a drag up or down moves it through the plane."


class Aligning(QObject):
    """Three points and dragging, in one window."""

    def __init__(self, window: "Window", comparing: Comparing) -> None:
        super().__init__(window)
        self._window, self._comparing = window, comparing

    def actions(self) -> list[Action]:
        """Both of them."""
        tools, shows = self._window.tools, self._comparing.other
        return [
            Action("align.points", "Align by three points", self.by_points, "Link", ("Shift+A",), FIRST,
                   checked=lambda: tools.name == PointsGrip.name, enabled=shows),
            Action("align.drag", "Align by dragging", self.by_dragging, "Link", ("Ctrl+Shift+A",), DRAG,
                   checked=lambda: tools.name == DragGrip.name, enabled=shows),
        ]  # fmt: skip

    def join(self, view: SliceView) -> None:
        """Number the points in a view."""
        view.on_top.append(self._draw)

    def by_points(self) -> None:
        """Take up the tool of points; those that are set already stay."""
        tools = self._window.tools
        if tools.name == PointsGrip.name:
            return
        tools.use(PointsGrip(lambda found: self._keep("Align by three points", found), self._tell))
        self._tell(FIRST)

    def by_dragging(self) -> None:
        """Take up the tool that drags, the other study half transparent."""
        if self._window.tools.name == DragGrip.name:
            return
        if self._comparing.pane is not self._window.pane:
            self._comparing.leave()
        self._comparing.when_loaded(self._begin)

    def _begin(self) -> None:
        start = self._start()
        if start is None:
            return
        self._comparing.try_out(start)
        self._comparing.lay_over(Manner.BLEND)
        self._window.tools.use(DragGrip(self._start, self._show, lambda found: self._keep("Align by dragging", found)))
        self._tell(DRAG)

    def _start(self) -> Registration | None:
        """The way that stands, else middle upon middle of what the panes show; none from another picture than that."""
        from mo_viewer.track.manual import from_drag

        window, then = self._window, self._comparing.then()
        volume = None if then is None else window.library.volume(then)
        if window.volume is None or volume is None or window.pane is not self._comparing.pane:
            return None
        uids = window.volume.source.study_uid, volume.source.study_uid
        known = window.extras.following.way(*uids)
        if known is not None:
            return known
        panes = [pane for pane in window.workspace.panes if pane.volume is volume]
        geometry = volume.geometry
        middle = geometry.points_mm((np.array(geometry.shape) - 1.0) / 2)[0]
        there = np.array(panes[0].view.middle_mm()) if panes else middle
        matrix = np.eye(4)
        matrix[:3, 3] = there - np.array(window.pane.view.middle_mm())
        return from_drag(*uids, matrix)

    def _show(self, found: Registration | None) -> None:
        self._comparing.try_out(found)

    def _keep(self, title: str, found: Registration) -> None:
        from mo_viewer.plugin_host.followed import with_registrations

        window, document = self._window, self._window.session.document
        if document is None:
            return
        window.session.change(title, with_registrations(document, (found,)))
        self._comparing.try_out(None)
        if window.tools.name == PointsGrip.name:
            window.tools.choose(window.tools.home)
            off = "" if found.residual_mm is None else f"; the points lie {found.residual_mm:.1f} mm apart"
            window.say(f"Aligned by hand, to be checked{off}. Nothing is subtracted.", "good")
        window.workspace.linking.follow(window.pane, window.workspace.panes)

    def _tell(self, said: Fault | str) -> None:
        if isinstance(said, Fault):
            self._window.refuse(said)
        else:
            self._window.say(said)

    def _draw(self, view: SliceView, painter: QPainter) -> None:
        grip = self._window.tools.grip
        if isinstance(grip, PointsGrip):
            grip.draw(view, painter)
