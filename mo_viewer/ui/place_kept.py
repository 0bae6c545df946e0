"""Where the reader was, and in which window, while panes are arranged anew: a comparison begins there."""

from typing import TYPE_CHECKING, NamedTuple

from mo_viewer.volume.arrays import Point
from mo_viewer.volume.window import Window

if TYPE_CHECKING:
    from mo_viewer.ui.pane import Pane
    from mo_viewer.ui.workspace import Workspace


class _Place(NamedTuple):
    """Which series was shown, the middle of what was seen of it (LPS mm), and its window."""

    series: object
    at_mm: Point
    window: Window


class PlaceKept:
    """Takes the active pane's place, and gives it back once all panes show something and are linked.

    Only then: studies that are not registered are linked by where they stand, so that the others have to stand in
    their middles first. What the reader does meanwhile counts more.
    """

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._place: _Place | None = None
        workspace.settled.connect(self._give_back)
        workspace.touched.connect(self._forget)

    def take(self) -> None:
        """Remember what the active pane shows."""
        pane = self._workspace.active
        self._place = None
        if pane.series is not None and pane.view.shown is not None and pane.view.shown.volume.geometry.in_patient:
            self._place = _Place(pane.series.key, pane.view.middle_mm(), pane.view.window_level)

    def _forget(self) -> None:
        self._place = None

    def _give_back(self) -> None:
        place, panes = self._place, self._workspace.panes
        if place is None or any(pane.series is not None and pane.view.shown is None for pane in panes):
            return
        self._place = None
        pane = next((one for one in panes if one.series is not None and one.series.key == place.series), None)
        if pane is not None:
            self._show(pane, place)

    def _show(self, pane: "Pane", place: _Place) -> None:
        pane.view.set_window(place.window)
        pane.view.bring(place.at_mm)
        self._workspace.linking.follow(pane, self._workspace.panes)
