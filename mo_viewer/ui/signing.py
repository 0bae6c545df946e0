"""Signing findings off: preliminary until the reader says so, final from then on, amended after a change."""

from datetime import datetime
from typing import TYPE_CHECKING

from mo_viewer.base.faults import Fault
from mo_viewer.report.signature import Reader, State
from mo_viewer.session.settings import own_reader
from mo_viewer.ui.actions import Action
from mo_viewer.ui.sure import is_sure

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

READER_PAGE = 5


class SignActs:
    """The reader's signature under the current patient's findings."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def actions(self) -> list[Action]:
        """What the reader can do with it."""
        return [
            Action("sign", "Sign findings …", self.ask, "Report", tip="Sign the findings of this patient as final",
                   enabled=self._window.files.lesions, wording=self._wording)
        ]  # fmt: skip

    def ask(self) -> None:
        """Ask once more, then sign; without a name in the preferences they are opened."""
        reader = own_reader(self._window.extras.settings)
        if reader is None:
            self._window.extras.preferences.open_page(READER_PAGE)
            self._window.refuse(Fault("Enter your name first; it stands under what you sign."), "caution", "sign")
        elif self._is_sure(reader):
            self.sign(reader)

    def sign(self, reader: Reader) -> None:
        """Sign the findings as they are now."""
        session = self._window.session
        self._window.succeeded("sign")
        session.sign(reader, datetime.now().astimezone().isoformat(timespec="seconds"))
        amended = session.standing(reader).state is State.AMENDED
        self._window.say(f"Signed{' as amended' if amended else ''}. Reports say so from the next export on.", "good")

    def _is_sure(self, reader: Reader) -> bool:
        question = f"Sign the findings of this patient as {reader.name}?"
        return is_sure(self._window, question, "Reports call them final until they are changed.", "Sign")

    def _wording(self) -> str:
        stands = self._window.session.standing()
        if stands.is_signed:
            return f"Signed, {stands.state.value}"
        return "Changed after the last signature" if stands.changed_since else "Not signed yet"
