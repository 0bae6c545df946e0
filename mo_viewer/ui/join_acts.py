"""The reader sees the parts of a split series as one, or as parts again."""

from typing import TYPE_CHECKING

from mo_viewer.base.faults import Fault
from mo_viewer.ui.actions import Action, Need

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class JoinActs:
    """Acts on the series in the active pane."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def actions(self) -> list[Action]:
        """One action, which also undoes itself."""
        return [
            Action(
                "join",
                "Merge series parts",
                self.toggle,
                "Picture",
                tip="One series was split because its images cannot be one stack: see all of them as one, or the parts",
                checked=self.is_joined,
                enabled=Need(self.can_join, "This series was not split."),
            )
        ]

    def can_join(self) -> bool:
        """Whether the series that is shown is one of several parts, or all of them."""
        shown = self._window.pane.series
        return shown is not None and self._window.library.can_join(shown)

    def is_joined(self) -> bool:
        """Whether the series that is shown is all parts as one."""
        shown = self._window.pane.series
        return shown is not None and self._window.library.is_joined(shown)

    def toggle(self) -> None:
        """Show the parts as one, or as parts again; what cannot be one is said."""
        shown, library = self._window.pane.series, self._window.library
        if shown is None:
            return
        try:
            self._window.show_series(library.join(shown, whole=not library.is_joined(shown)))
        except Fault as fault:
            self._window.refuse(fault)
