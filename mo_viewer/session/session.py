"""What is open: one patient's findings, changed through one door, kept as they change."""

from collections.abc import Callable
from dataclasses import dataclass

from mo_viewer.base.faults import Fault, Refused, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.findings.identity import joined, parted, told_apart
from mo_viewer.report.signature import Reader, Standing, sign, standing
from mo_viewer.session.audit import ACCESSED, ACTIVITY, DONE, NAME, RECORD, Action, Audit
from mo_viewer.session.history import History, Step, append, point_at, stored_history
from mo_viewer.session.journal import Journal
from mo_viewer.session.persons import Persons
from mo_viewer.session.purge import Kept, kept_of, purge
from mo_viewer.session.signings import keep_signing
from mo_viewer.session.store import Overtaken, Store
from mo_viewer.volume.source import Patient


@dataclass(frozen=True)
class Change:
    """What listeners are told: the document before and after, and what was done."""

    old: Document | None
    new: Document
    title: str


class Session:
    """The findings of the patients that are open, one of them current.

    Parameters
    ----------
    store
        Where findings are kept; None keeps nothing (command line without ``--keep``).
    saved
        Called from the writing thread after each write: None, or the fault.
    noticed
        Called when a patient is opened whose latest findings are damaged.
    """

    def __init__(
        self,
        store: Store | None = None,
        saved: Callable[[Fault | None], None] | None = None,
        noticed: Callable[[Fault], None] | None = None,
    ) -> None:
        self._store = store
        self._audit = None if store is None else Audit(store.path.with_name(NAME))
        self._noticed = noticed or (lambda _: None)
        self._journal = None if store is None else Journal(store, saved or (lambda _: None))
        self.persons = Persons(() if store is None else store.identities())
        self._histories: dict[str, History] = {}
        self._current = ""
        self._is_begun = False
        self.is_overtaken = False
        """Whether another window changed the findings first; until `take_stored`."""
        self._listeners: list[Callable[[Change], None]] = []

    @property
    def document(self) -> Document | None:
        """The current patient's findings."""
        history = self._histories.get(self._current)
        return None if history is None else history.document

    @property
    def undo_title(self) -> str:
        """What undo would take back; empty when nothing."""
        history = self._histories.get(self._current)
        return "" if history is None or history.at == 0 else history.steps[history.at].title

    @property
    def redo_title(self) -> str:
        """What redo would do again; empty when nothing."""
        history = self._histories.get(self._current)
        if history is None or history.at + 1 >= len(history.steps):
            return ""
        return history.steps[history.at + 1].title

    @property
    def audit(self) -> Audit | None:
        """The record of what is done; None when nothing is kept."""
        return self._audit

    @property
    def unsaved(self) -> int:
        """How many changes the disk has not taken yet."""
        return 0 if self._journal is None else self._journal.unwritten

    def listen(self, told: Callable[[Change], None]) -> Callable[[], None]:
        """Have a function called at every change; returns the function that ends it."""
        self._listeners.append(told)
        return lambda: self._listeners.remove(told) if told in self._listeners else None

    def begin(self) -> str:
        """Note that a window uses this session until `close`; return a sentence when the last one broke off."""
        if self._store is None:
            return ""
        self._is_begun = True
        self._record(ACTIVITY, "E", "", "start")
        return self._store.begin_running()

    def note(self, event: str, action: Action, detail: str = "", outcome: int = DONE) -> None:
        """Put something that was done with the current patient's findings or images into the audit record."""
        self._record(event, action, self._current, detail, outcome)

    def open_patient(self, patient: Patient) -> Document:
        """Make a patient current; findings and their history come from the store where there are any."""
        old = self.document
        self._history_of(patient)
        self._current = patient.key
        self._record(ACCESSED, "R", patient.key)
        document = self.document
        assert document is not None
        self._tell(Change(old, document, "Open"))
        return document

    def take_stored(self) -> None:
        """Put the findings that the store holds now in place of the current patient's; for after another window's."""
        old = self.document
        if old is None:
            return
        self.flush()
        self.is_overtaken = False
        self._histories[self._current] = stored_history(self._store, old.patient, self._noticed)
        document = self.document
        assert document is not None
        self._tell(Change(old, document, "Take over"))

    def change(self, title: str, document: Document) -> None:
        """Put a new document in place of the current one: the only way to alter findings.

        Raises
        ------
        Refused
            When the document belongs to a patient who is not current.
        """
        history = self._histories.get(self._current)
        if history is None or document.patient.key != self._current:
            raise Refused("These findings belong to a patient who is not open.")
        before = history.steps[history.at]
        if document != before.document:
            self._keep(history, title, document)
            self._tell(Change(before.document, document, title))

    def join(self, other: Patient) -> None:
        """Note that another patient ID is the current patient's, and take its findings over; one step of undo.

        Raises
        ------
        Refused
            When no patient is open, or the ID is the current patient's already.
        Unreadable
            When the findings under that ID are damaged.
        """
        document = self.document
        if document is None or self.persons.key_of(other.identity) == document.patient.key:
            raise Refused("No other patient is open.")
        theirs = self._history_of(self.persons.of(other))
        self.change(f"Same patient as {other.identity}", joined(document, theirs.document))

    def part(self, identity: str) -> None:
        """Note that a joined patient ID is another person's; what was found in its studies goes back to it.

        Raises
        ------
        Refused
            When that ID is not joined to the current patient.
        Unreadable
            When the findings that are kept under that ID are damaged.
        """
        document = self.document
        other = None if document is None else document.joined_identity(identity)
        if document is None or other is None:
            raise Refused("These studies bear the patient's own ID.")
        history = self._history_of(other)
        rest, own = parted(document, history.document)
        title = f"Not the same patient as {identity}"
        if own != history.document:
            self._keep(history, title, own)
        self.change(title, rest)

    def tell_apart(self, other: Patient) -> None:
        """Note that another patient ID is not the current patient's, so that nobody is asked again; undo takes it back.

        Raises
        ------
        Refused
            When no patient is open.
        """
        if self.document is None:
            raise Refused("No patient is open.")
        self.change(f"Not the same patient as {other.identity}", told_apart(self.document, other))

    def kept_of(self, patient_key: str) -> Kept:
        """Count what is kept of a patient on disk; for a thread other than the window's.

        Raises
        ------
        Unreadable
            When the store cannot be read.
        """
        self.flush()
        return Kept(0) if self._store is None else kept_of(self._store, patient_key)

    def forget(self, patient: Patient) -> None:
        """Let go of a patient's findings and their history in memory; what is on disk is `purge`'s."""
        old = self._histories.pop(patient.key, None)
        for other in () if old is None else old.document.joined:
            self._histories.pop(other.key, None)
        self.persons.take(Document(patient))
        if old is not None and patient.key == self._current:
            self._histories[patient.key] = History([Step("", Document(patient))])
            self._tell(Change(old.document, Document(patient), "Remove for good"))

    def reload(self, patient: Patient) -> None:
        """Take a patient's findings from the store again, where they were let go of in memory."""
        if patient.key == self._current:
            self.take_stored()
        else:
            self._histories.pop(patient.key, None)

    def purge(self, patient_key: str) -> int:
        """Remove a patient from the disk for good, after every change made so far; return how many states that were.

        For a thread other than the window's, after `forget`.

        Raises
        ------
        Fault
            When it was not done; see `purge.purge`.
        """
        ended: list[int | Fault] = []

        def work(store: Store) -> None:
            try:
                ended.append(purge(store, patient_key))
            except Fault as fault:
                ended.append(fault)

        if self._journal is None:
            raise Refused("Nothing is kept of this patient.")
        self._journal.put(work, quietly=True)
        self._journal.flush()
        if not ended:
            raise Unwritable("The disk takes nothing at present.", "The patient is removed as soon as it does.")
        if isinstance(ended[0], Fault):
            raise ended[0]
        return ended[0]

    def standing(self, reader: Reader | None = None) -> Standing:
        """Return how the current findings stand: preliminary, final or amended; `reader` is who reads now."""
        history, document = self._histories.get(self._current), self.document
        if history is None or document is None:
            return Standing(reader=reader)
        return standing(document, history.signings, reader)

    def sign(self, reader: Reader, at: str) -> None:
        """Have a reader sign the current findings as they are; `at` is an ISO date and time.

        Raises
        ------
        Refused
            When no patient is open.
        """
        history, document = self._histories.get(self._current), self.document
        if history is None or document is None:
            raise Refused("No patient is open.")
        signing = sign(document, reader, at)
        history.signings = (*history.signings, signing)
        self._record(RECORD, "U", self._current, "Sign")
        self._put(lambda store: keep_signing(store, document.patient.key, signing))
        self._tell(Change(document, document, "Sign"))

    def undo(self) -> None:
        """Go back one step; nothing happens at the beginning.

        Raises
        ------
        Unreadable
            When that state is damaged; the present one stays.
        """
        self._go(-1)

    def redo(self) -> None:
        """Go forward one step; nothing happens at the end (`Unreadable` as of `undo`)."""
        self._go(+1)

    def flush(self) -> None:
        """Wait until every change is on disk."""
        if self._journal is not None:
            self._journal.flush()

    def close(self) -> None:
        """Write what is left and close the store."""
        if self._journal is not None and self._store is not None:
            if self._is_begun:
                self._record(ACTIVITY, "E", "", "stop")
            self._journal.close()
            self._store.close()
            self._journal = None

    def _go(self, by: int) -> None:
        history = self._histories.get(self._current)
        if history is None or not 0 <= history.at + by < len(history.steps):
            return
        before, now = history.steps[history.at], history.steps[history.at + by]
        document = now.document
        history.at += by
        if self._journal is not None:
            title = before.title if by < 0 else now.title
            self._record(RECORD, "U", self._current, f"{'Undo' if by < 0 else 'Redo'}: {title}")
            self._put(lambda store: point_at(store, now, before))
        self._tell(Change(before.document, document, before.title if by < 0 else now.title))

    def _history_of(self, patient: Patient) -> History:
        if patient.key not in self._histories:
            self._histories[patient.key] = stored_history(self._store, patient, self._noticed)
        return self._histories[patient.key]

    def _keep(self, history: History, title: str, document: Document) -> None:
        before = history.steps[history.at]
        step = Step(title, document, before=before)
        del history.steps[history.at + 1 :]
        history.steps.append(step)
        history.at += 1
        if self._journal is not None:
            first = history.at == 1 and before.number is None
            self._record(RECORD, "C" if first else "U", document.patient.key, title)
            self._put(lambda store: append(store, step))

    def _record(self, event: str, action: Action, patient_key: str, detail: str = "", outcome: int = DONE) -> None:
        journal, audit = self._journal, self._audit
        if journal is not None and audit is not None:
            journal.put(lambda _: audit.record(event, action, patient_key, detail, outcome), quietly=True)

    def _put(self, work: Callable[[Store], None]) -> None:
        def done(store: Store) -> None:
            try:
                work(store)
            except Overtaken:
                self.is_overtaken = True
                raise

        if self._journal is not None:
            self._journal.put(done)

    def _tell(self, change: Change) -> None:
        self.persons.take(change.new)
        for told in tuple(self._listeners):
            told(change)
