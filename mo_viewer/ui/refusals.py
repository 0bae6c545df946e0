"""Says in the active pane why something cannot be done there, until the reader does something else."""

from typing import TYPE_CHECKING

from mo_viewer.ui.actions import Action
from mo_viewer.ui.faults import Message, Messages

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window


class Refusals:
    """Listens to the table of actions of a window; one refusal is said at a time."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._said: tuple[Messages, Message] | None = None
        window.actions_table.refused.connect(self.say)
        window.actions_table.done.connect(self.forget)
        window.workspace.touched.connect(self.forget)

    def say(self, action: Action, sentence: str) -> None:
        """Say why not, in place of what was said before; the tool that another was to replace is put away."""
        self.forget()
        if action.role == "mark":
            self._window.tools.choose(self._window.tools.home)
        self._said = (self._window.messages, Message(sentence, tone="info"))
        self._said[0].say(self._said[1])

    def forget(self) -> None:
        """The reader has gone on."""
        if self._said is not None:
            self._said[0].drop(self._said[1])
        self._said = None
