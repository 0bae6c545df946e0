"""Which tool the left mouse button is."""

from collections.abc import Callable, Iterable

from mo_viewer.base.faults import Fault
from mo_viewer.plugin_host.api import Scene, Tool
from mo_viewer.plugin_host.host import Contribution
from mo_viewer.ui.desk import Room
from mo_viewer.ui.grips import Grip, PanGrip, ScrollGrip, ToolGrip, WindowGrip, ZoomGrip
from mo_viewer.ui.overlays import Flat
from mo_viewer.ui.slice_view import SliceView

_GRIPS: dict[str, type[Grip]] = {grip.name: grip for grip in (WindowGrip, PanGrip, ZoomGrip, ScrollGrip)}


class ToolChoice:
    """Puts grips into views; setting the window is what the left button does unless something else is chosen.

    Parameters
    ----------
    views
        Gives the pictures that there are.
    told
        Called with what a tool has to say to the reader.
    """

    def __init__(self, room: Room, views: Callable[[], Iterable[SliceView]], told: Callable[[Fault], None]) -> None:
        self._room, self._views, self._told = room, views, told
        self.home = "window"
        """What the left button does when a tool is put away."""
        self._grip: Grip = WindowGrip()
        self._contribution: Contribution | None = None

    @property
    def name(self) -> str:
        """``window``, ``pan``, ``zoom``, ``scroll``, or the id of a plugin's tool."""
        return self._grip.name

    @property
    def grip(self) -> Grip:
        """What the left button does."""
        return self._grip

    def flat(self, scene: Scene) -> tuple[Flat, ...]:
        """Return what the tool itself shows on a picture."""
        return self._grip.flat(scene)

    def choose(self, name: str) -> None:
        """Choose one of our own."""
        self._take(_GRIPS[name](), None)

    def use(self, grip: Grip) -> None:
        """Use another grip for the left button."""
        self._take(grip, None)

    def choose_plugin(self, contribution: Contribution) -> None:
        """Choose a plugin's tool; the one that is in hand stays there."""
        if self.name == contribution.id:
            return
        try:
            tool = self._room.host.guard(contribution, _made, contribution, self._room)
        except Fault as fault:
            self._told(fault)
            return
        if tool is not None:
            self._take(ToolGrip(self._room.host, contribution, tool, self._told), contribution)

    @property
    def needs(self) -> str:
        """What the tool in hand needs of the picture, by the word in its plugin's manifest."""
        return "" if self._contribution is None else self._contribution.needs

    def drop_disabled(self) -> None:
        """Go back to the window when the chosen tool was switched off."""
        if self._contribution is not None and not self._contribution.enabled:
            self.choose(self.home)

    def _take(self, grip: Grip, contribution: Contribution | None) -> None:
        self._grip.leave()
        self._grip, self._contribution = grip, contribution
        for view in self._views():
            view.left_grip = grip
            view.show_cursor()
            view.update()


def _made(contribution: Contribution, room: Room) -> Tool:
    tool = contribution.content(room.desk(contribution))
    if not isinstance(tool, Tool):
        raise TypeError(f"a tool must be a Tool, not {type(tool).__name__}")
    return tool
