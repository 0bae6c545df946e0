"""Several patient IDs of one person: asked about once, kept with the findings, undone like any change."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from mo_viewer.base.faults import Fault
from mo_viewer.session.persons import compared, may_be_one
from mo_viewer.session.session import Change
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.faults import Message
from mo_viewer.ui.patient_block import patient_name
from mo_viewer.volume.source import Patient

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

MOST_PATIENTS = 20
"""With more patients open, nobody is asked about pairs; the action stays."""


class SamePatient:
    """Asks whether two patients are one, and lets list, course and comparison follow the answer."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._asked: dict[frozenset[str], Message] = {}
        self._same: dict[str, str] = {}
        window.library.person = window.session.persons.of
        window.library.scan_finished.connect(self._look)
        window.session.listen(self._session_changed)

    def actions(self) -> list[Action]:
        """What the reader can do with it."""
        return [
            Action("patient.same", "Same patient …", self.ask, "Patient", ("Ctrl+Shift+P",),
                   "Say that the studies of another patient ID are this patient's; undo takes it back",
                   enabled=Need(lambda: bool(self._others()), "No study of another patient ID is open.")),
            Action("patient.part", "Not the same patient", self.part, "Patient",
                   tip="Give studies of another patient ID, and what was found in them, back to that ID",
                   enabled=Need(lambda: self._joined() is not None, "All studies of this patient bear one ID.")),
        ]  # fmt: skip

    def may_join(self, other: Patient) -> bool:
        """Whether a patient is open, and this is another one."""
        document = self._window.session.document
        return document is not None and document.patient.key != other.key

    def ask(self, other: Patient | None = None) -> None:
        """Show what agrees and what differs between the current patient and another, and take the answer."""
        from mo_viewer.ui.same_dialog import SameDialog

        window, document = self._window, self._window.session.document
        others = self._others() if other is None else [other]
        if document is None or not others:
            window.refuse(Fault("No other patient is open.", "Open the folder that holds the other studies."))
            return
        asked = SameDialog(window, document.patient, others, window.names_hidden)
        asked.exec()
        answer, chosen = asked.answer, asked.other
        asked.deleteLater()
        if answer is not None:
            self.answer(chosen, answer)

    def answer(self, other: Patient, is_same: bool) -> None:
        """Keep the answer about the current patient and another."""
        session = self._window.session
        document = session.document
        said = None if document is None else self._asked.get(frozenset((document.patient.key, other.identity)))
        if said is not None:
            self._window.workspace.unsay(said)
        try:
            if is_same:
                session.join(other)
                self._window.say("Their studies are one course now. Undo takes it back.", "good")
            else:
                session.tell_apart(other)
        except Fault as fault:
            self._window.show_fault(fault)

    def part(self, patient: Patient | None = None) -> None:
        """Give a joined ID's studies back: those of `patient`, of the shown series, or of the ID joined last."""
        joined = self._joined() if patient is None else patient
        if joined is None:
            return
        try:
            if patient is not None:
                self._window.session.open_patient(patient)
            self._window.session.part(joined.identity)
        except Fault as fault:
            self._window.show_fault(fault)

    def _others(self) -> list[Patient]:
        """The other patients that are open, those first that may be the current one."""
        document = self._window.session.document
        if document is None:
            return []
        found = {s.patient.key: s.patient for s in self._window.library.studies if self.may_join(s.patient)}
        return sorted(found.values(), key=lambda one: not may_be_one(document.patient, one))

    def _joined(self) -> Patient | None:
        document, series = self._window.session.document, self._window.pane.series
        if document is None or not document.joined:
            return None
        shown = None if series is None else document.joined_identity(series.source.patient.identity)
        return shown or document.joined[-1]

    def _look(self) -> None:
        """Once everything was read: ask about the first two patients that may be one, and of whom nothing was said."""
        for ours, theirs in self._pairs():
            pair = frozenset((ours.identity, theirs.identity))
            if pair in self._asked:
                continue
            self._asked[pair] = Message(
                f"Studies of two patient IDs may be of one person: {agreement(ours, theirs)}.",
                "They stay apart until you say that they belong together.",
                tone="info",
                lasting=True,
                verb="Same patient …",
                act=partial(self._ask_about, ours, theirs),
            )
            self._window.pane.messages.say(self._asked[pair])
            return

    def _ask_about(self, ours: Patient, theirs: Patient) -> None:
        """Ask about two patients, the current one first; where neither is current, one of them becomes it."""
        session = self._window.session
        persons, document = session.persons, session.document
        ours, theirs = persons.of(ours), persons.of(theirs)
        if document is not None and document.patient.key == theirs.key:
            ours, theirs = theirs, ours
        elif document is None or document.patient.key != ours.key:
            session.open_patient(ours)
        if self.may_join(theirs):
            self.ask(theirs)
        elif (said := self._asked.get(frozenset((ours.identity, theirs.identity)))) is not None:
            self._window.workspace.unsay(said)

    def _pairs(self) -> Iterator[tuple[Patient, Patient]]:
        persons = self._window.session.persons
        identities = {study.patient.identity: study.patient for study in self._window.library.studies}
        if len(identities) > MOST_PATIENTS:
            return
        for ours, theirs in combinations(identities.values(), 2):
            apart = persons.are_apart(ours.key, theirs.identity) or persons.are_apart(theirs.key, ours.identity)
            if ours.key != theirs.key and not apart and may_be_one(ours, theirs):
                yield ours, theirs

    def _session_changed(self, _: Change) -> None:
        same = self._window.session.persons.same
        if same != self._same:
            self._same = dict(same)
            QTimer.singleShot(0, self._window, self._follow)

    def _follow(self) -> None:
        """List the studies as their patients are known now; the shown ones stay where they are."""
        window = self._window
        window.library.persons_changed()
        for pane in window.workspace.panes:
            if pane.series is not None:
                pane.series = window.library.current(pane.series)
        if window.pane.series is not None:
            window.show_series(window.pane.series)
        window.actions_table.refresh()


def agreement(ours: Patient, theirs: Patient) -> str:
    """Say which facts about two patients agree and which differ, without the facts themselves."""
    facts = compared(ours, theirs)
    parts = [
        (" and ".join(one.name for one in facts if one.agrees is wanted), verb)
        for wanted, verb in ((True, "agree"), (False, "differ"))
    ]
    return "; ".join(f"{names} {verb if ' and ' in names else verb + 's'}" for names, verb in parts if names)


def named(patient: Patient, hidden: bool) -> str:
    """Return a patient's name and ID for a list to choose from."""
    name = patient_name(patient, hidden)
    return name if hidden or not patient.id or not patient.name else f"{name} · ID {patient.id}"
