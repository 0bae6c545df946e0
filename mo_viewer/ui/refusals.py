"""Says above the pictures why something cannot or could not be done, until the reader goes on or the reason is gone."""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mo_viewer.base.faults import Fault
from mo_viewer.ui.actions import Action
from mo_viewer.ui.faults import Message, Messages

if TYPE_CHECKING:
    from mo_viewer.plugin_host.api import Tone
    from mo_viewer.ui.slice_view import SliceView
    from mo_viewer.ui.window import Window


class _Said(NamedTuple):
    """A message, where it is said, and what was refused: an action, or the work of a plugin by its name."""

    messages: Messages
    message: Message
    of: Action | str


class Refusals:
    """Says one refusal of an action, and one of a click or a panel, at a time.

    That of an action goes with whatever the reader does next. That of a click comes late, while the reader may be
    scrolling: it goes with the next click, or with the next change of the findings. Both go with another study or
    lesion, and once what was refused can be done, or is.
    """

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._said: _Said | None = None
        self._refused: _Said | None = None
        self._about: tuple[object, str] = None, ""
        window.actions_table.refused.connect(self.say)
        window.actions_table.done.connect(self._gone_on)
        window.actions_table.refreshed.connect(self._ask_again)
        window.workspace.touched.connect(self._forget)
        window.workspace.changed.connect(self.look)
        window.session.listen(lambda change: self._forget_click())

    def join(self, view: "SliceView") -> None:
        """Let a click in a view take away what was said of the one before."""
        view.pressed.connect(self._pressed)

    def say(self, action: Action, sentence: str) -> None:
        """Say why not, in place of what was said before; the tool that another was to replace is put away."""
        self._forget()
        if action.role == "mark":
            self._window.tools.choose(self._window.tools.home)
        self._said = self._say(Message(sentence, tone="info"), action)

    def refuse(self, fault: Fault, tone: "Tone" = "caution", of: str = "") -> None:
        """Say why a tool or panel does not do what was asked of it, in place of what was refused before."""
        self._forget_click()
        self._refused = self._say(replace(Message.of(fault), tone=tone), of)

    def succeeded(self, of: str) -> None:
        """What may have been refused before has been done."""
        if self._refused is not None and of and self._refused.of == of:
            self._forget_click()

    def look(self) -> None:
        """See whether it is about another study or lesion now."""
        series = self._window.pane.series
        about = None if series is None else series.source.study_uid, self._window.room.selected
        if about != self._about:
            self._about = about
            self._gone_on()
            self._forget_click()

    def _say(self, message: Message, of: Action | str) -> _Said:
        said = _Said(self._window.messages, message, of)
        said.messages.say(message)
        return said

    def _ask_again(self) -> None:
        of = None if self._said is None else self._said.of
        if isinstance(of, Action) and not of.refusal:
            self._forget()

    def _gone_on(self) -> None:
        self._forget()
        self._window.status.go_on()

    def _pressed(self) -> None:
        self._forget_click()
        self._window.status.go_on()

    def _forget(self) -> None:
        said, self._said = self._said, None
        if said is not None:
            said.messages.drop(said.message)

    def _forget_click(self) -> None:
        refused, self._refused = self._refused, None
        if refused is not None:
            refused.messages.drop(refused.message)
