"""What is open: one patient's findings, changed through one door, kept as they change."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from mo_viewer.base.faults import Fault, Refused, Unreadable, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.report.signature import Reader, Signing, Standing, sign, standing
from mo_viewer.session.audit import ACCESSED, ACTIVITY, DONE, NAME, RECORD, Action, Audit
from mo_viewer.session.journal import Journal
from mo_viewer.session.purge import Kept, kept_of, purge
from mo_viewer.session.signings import keep_signing, signings
from mo_viewer.session.store import Overtaken, Revision, Store
from mo_viewer.volume.source import Patient

STEPS_AT_START = 50
"""How many steps back a reopened patient's undo reaches."""


@dataclass(frozen=True)
class Change:
    """What listeners are told: the document before and after, and what was done."""

    old: Document | None
    new: Document
    title: str


@dataclass
class _Step:
    """One document in the history, made from `before`; `number` is the store's once the journal has written it."""

    title: str
    document: Document
    number: int | None = None
    before: "_Step | None" = None


@dataclass
class _History:
    steps: list[_Step] = field(default_factory=list)
    at: int = 0
    signings: tuple[Signing, ...] = ()


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
        self._histories: dict[str, _History] = {}
        self._current = ""
        self._is_begun = False
        self.is_overtaken = False
        """Whether another window changed the findings first; until `take_stored`."""
        self._listeners: list[Callable[[Change], None]] = []

    @property
    def document(self) -> Document | None:
        """The current patient's findings."""
        history = self._histories.get(self._current)
        return None if history is None else history.steps[history.at].document

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
        if patient.key not in self._histories:
            self._histories[patient.key] = self._stored_history(patient)
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
        self._histories[self._current] = self._stored_history(old.patient)
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
        if document == before.document:
            return
        step = _Step(title, document, before=before)
        del history.steps[history.at + 1 :]
        history.steps.append(step)
        history.at += 1
        if self._journal is not None:
            first = history.at == 1 and before.number is None
            self._record(RECORD, "C" if first else "U", self._current, title)
            self._put(lambda store: _append(store, step))
        self._tell(Change(before.document, document, title))

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
        if old is not None and patient.key == self._current:
            self._histories[patient.key] = _History([_Step("", Document(patient))])
            self._tell(Change(old.steps[old.at].document, Document(patient), "Remove for good"))

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
        """Go back one step; nothing happens at the beginning."""
        self._go(-1)

    def redo(self) -> None:
        """Go forward one step; nothing happens at the end."""
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
        before = history.steps[history.at]
        history.at += by
        now = history.steps[history.at]
        if self._journal is not None:
            title = before.title if by < 0 else now.title
            self._record(RECORD, "U", self._current, f"{'Undo' if by < 0 else 'Redo'}: {title}")
            self._put(lambda store: _point_at(store, now, before))
        self._tell(Change(before.document, now.document, before.title if by < 0 else now.title))

    def _stored_history(self, patient: Patient) -> _History:
        head = None if self._store is None else self._last_good(self._store, patient.key)
        if self._store is None or head is None:
            return _History([_Step("", Document(patient))])
        steps = [_Step(head.title, head.document, head.number)]
        parent = head.parent
        while parent is not None and len(steps) < STEPS_AT_START:
            try:
                before = self._store.revision(parent)
            except Unreadable:
                break
            steps.insert(0, _Step(before.title, before.document, before.number))
            parent = before.parent
        at = len(steps) - 1
        following = self._store.next_of(head.number)
        while following is not None:
            try:
                after = self._store.revision(following)
            except Unreadable:
                break
            steps.append(_Step(after.title, after.document, after.number))
            following = self._store.next_of(following)
        for before_step, step in pairwise(steps):
            step.before = before_step
        return _History(steps, at, signings(self._store, patient.key))

    def _last_good(self, store: Store, patient_key: str) -> Revision | None:
        """Return the present state of a patient's findings, or the nearest before it that can be read."""
        head = number = store.head_number(patient_key)
        while number is not None:
            try:
                found = store.revision(number)
            except Unreadable:
                number = store.parent_of(number)
                continue
            if number != head:
                store.point_at(patient_key, number, head)
                self._noticed(Fault("The latest findings of this patient are damaged.", "The state before is shown."))
            return found
        if head is not None:
            raise Unreadable("The findings of this patient are damaged.", "None of their states can be read.")
        return None

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
        for told in tuple(self._listeners):
            told(change)


def _append(store: Store, step: _Step) -> None:
    before = step.before
    if before is not None and before.number is None:
        with suppress(Overtaken):
            _append(store, before)
    try:
        step.number = store.append(step.title, step.document, None if before is None else before.number)
    except Overtaken as fault:
        step.number = fault.number
        raise


def _point_at(store: Store, step: _Step, before: _Step) -> None:
    if step.number is None:
        _append(store, step)
    else:
        store.point_at(step.document.patient.key, step.number, before.number)
