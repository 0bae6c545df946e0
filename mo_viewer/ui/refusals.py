"""Says in the active pane why something cannot or could not be done there, until the reader goes on."""

from dataclasses import replace
from typing import TYPE_CHECKING

from mo_viewer.base.faults import Fault
from mo_viewer.ui.actions import Action
from mo_viewer.ui.faults import Message, Messages

if TYPE_CHECKING:
    from mo_viewer.plugin_host.api import Tone
    from mo_viewer.ui.slice_view import SliceView
    from mo_viewer.ui.window import Window


class Refusals:
    """Says one refusal of an action, and one of a click, at a time.

    That of an action goes with whatever the reader does next. That of a click comes late, while the reader may be
    scrolling: it goes with the next click, or with the next change of the findings.
    """

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._said: tuple[Messages, Message] | None = None
        self._refused: tuple[Messages, Message] | None = None
        window.actions_table.refused.connect(self.say)
        window.actions_table.done.connect(self.forget)
        window.workspace.touched.connect(self.forget)
        window.session.listen(lambda change: self.forget_click())

    def join(self, view: "SliceView") -> None:
        """Let a click in a view take away what was said of the one before."""
        view.pressed.connect(self.forget_click)

    def say(self, action: Action, sentence: str) -> None:
        """Say why not, in place of what was said before; the tool that another was to replace is put away."""
        self.forget()
        if action.role == "mark":
            self._window.tools.choose(self._window.tools.home)
        self._said = (self._window.messages, Message(sentence, tone="info"))
        self._said[0].say(self._said[1])

    def refuse(self, fault: Fault, tone: "Tone" = "fault") -> None:
        """Say why a tool does not do what was asked of it, in place of what was refused before."""
        self.forget_click()
        self._refused = (self._window.messages, replace(Message.of(fault), tone=tone))
        self._refused[0].say(self._refused[1])

    def forget(self) -> None:
        """The reader has gone on."""
        said, self._said = self._said, None
        if said is not None:
            said[0].drop(said[1])

    def forget_click(self) -> None:
        """The reader has clicked again, or something was done."""
        refused, self._refused = self._refused, None
        if refused is not None:
            refused[0].drop(refused[1])
