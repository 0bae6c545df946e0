"""A patient removed for good, after a question that says what goes and what stays."""

from typing import TYPE_CHECKING

from mo_viewer.base.faults import Fault
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.patient_block import patient_name
from mo_viewer.ui.sure import is_sure

if TYPE_CHECKING:
    from mo_viewer.session.purge import Kept
    from mo_viewer.ui.window import Window
    from mo_viewer.volume.source import Patient

STAYS = (
    "The image files stay, and so does what was exported or sent. The audit record keeps an entry that names no "
    "one.\n\nThis cannot be undone."
)


class PurgeActs:
    """Removes findings of a patient from this machine: retention, and the right to be forgotten."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def actions(self) -> list[Action]:
        """What the reader can do with it."""
        return [
            Action("purge", "Remove this patient for good …", self.ask, "Patient",
                   tip="Take all findings of this patient off this machine, with history, masks and backups",
                   enabled=Need(self.may_purge, "No patient is open, or nothing is kept on this machine."))
        ]  # fmt: skip

    def may_purge(self) -> bool:
        """Whether a patient is open, and anything is kept at all."""
        session = self._window.session
        return session.audit is not None and session.document is not None

    def ask(self, patient: "Patient | None" = None) -> None:
        """Count what is kept of a patient, the current one by default, and ask whether it shall go."""
        session = self._window.session
        if patient is None and session.document is not None:
            patient = session.document.patient
        if patient is not None and self.may_purge():
            self._window.jobs.run(
                "Counting what is kept",
                lambda _: session.kept_of(patient.key),
                lambda kept: self._ask(patient, kept),
                self._window.show_fault,
                slot="purge",
            )

    def _ask(self, patient: "Patient", kept: "Kept") -> None:
        if not kept.states:
            self._window.say("Nothing is kept of this patient.")
            return
        name = patient_name(patient, self._window.names_hidden)
        question = f"Remove all findings of {name} for good?"
        if is_sure(self._window, question, f"{goes(kept)}\n\n{STAYS}", "Remove for good", "Keep", harms=True):
            self._purge(patient)

    def _purge(self, patient: "Patient") -> None:
        window, session = self._window, self._window.session

        def done(states: int) -> None:
            window.say(f"Removed for good, with {states} states.", "good")

        def failed(fault: Fault) -> None:
            session.reload(patient)
            window.show_fault(fault)

        session.forget(patient)
        window.jobs.run("Removing a patient", lambda _: session.purge(patient.key), done, failed)


def goes(kept: "Kept") -> str:
    """Return what a purge takes, in words."""
    present = f"{_count(kept.lesions, 'lesion', 'lesions')} in {_count(kept.studies, 'study', 'studies')}"
    lines = [f"This goes: {present}, with masks and {_count(kept.states, 'state', 'states')} of history"]
    if kept.signatures:
        lines.append(_count(kept.signatures, "signature", "signatures"))
    lines.append("what of the patient waits to be sent")
    lines.append("the index of opened folders, which is made anew")
    if kept.copies:
        what = _count(kept.copies, "backup or damaged copy", "backups and damaged copies")
        lines.append(f"{what} of the whole store, which may hold this patient and hold others too")
    return "; ".join(lines) + "."


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
