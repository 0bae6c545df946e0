"""What each mouse button and the wheel do, as the user has set it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from mo_viewer.session.settings import Settings
from mo_viewer.ui.grips import Grip, PanGrip, ScrollGrip, WindowGrip, ZoomGrip

if TYPE_CHECKING:
    from mo_viewer.ui.slice_view import SliceView
    from mo_viewer.ui.window import Window

DEFAULTS = {"left": "window", "middle": "pan", "right": "zoom", "wheel": "scroll"}
MEANINGS = {
    "window": "Set the window",
    "pan": "Move the picture",
    "zoom": "Zoom",
    "scroll": "Go through the images",
}
_GRIPS: dict[str, type[Grip]] = {"window": WindowGrip, "pan": PanGrip, "zoom": ZoomGrip, "scroll": ScrollGrip}
_BUTTONS = {"middle": Qt.MouseButton.MiddleButton, "right": Qt.MouseButton.RightButton}


class Mouse:
    """The mouse of one window."""

    def __init__(self, window: "Window", settings: Settings, keep: Callable[[str, object], None]) -> None:
        self._window, self._settings, self._keep = window, settings, keep
        if self.of("left") != DEFAULTS["left"]:
            window.tools.home = self.of("left")
            window.tools.choose(window.tools.home)

    def of(self, part: str) -> str:
        """Return what ``left``, ``middle``, ``right`` or ``wheel`` does."""
        kept = self._settings.get(f"mouse.{part}", DEFAULTS[part])
        return kept if kept in MEANINGS else DEFAULTS[part]

    def set(self, part: str, meaning: str) -> None:
        """Let a part of the mouse do something else from now on."""
        self._keep(f"mouse.{part}", None if meaning == DEFAULTS[part] else meaning)
        if part == "left":
            self._window.tools.home = meaning
            self._window.tools.choose(meaning)
        for view in self._window.workspace.views:
            self.dress(view)
        self._window.actions_table.refresh()

    def dress(self, view: "SliceView") -> None:
        """Give a view the buttons that do not depend on the tool."""
        for part, button in _BUTTONS.items():
            view.grips[button] = _GRIPS[self.of(part)]()
        view.wheel_zooms = self.of("wheel") == "zoom"
