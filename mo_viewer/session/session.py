"""What is open: one patient's findings, changed through one door, kept as they change."""

from collections.abc import Callable
from dataclasses import dataclass, field

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.findings.document import Document
from mo_viewer.session.journal import Journal
from mo_viewer.session.store import Store
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
    """One document in the history; `number` is the store's revision once the journal has written it."""

    title: str
    document: Document
    number: int | None = None


@dataclass
class _History:
    steps: list[_Step] = field(default_factory=list)
    at: int = 0


class Session:
    """The findings of the patients that are open, one of them current.

    Parameters
    ----------
    store
        Where findings are kept; None keeps nothing (command line without ``--keep``).
    saved
        Called from the writing thread after each write: None, or the fault.
    """

    def __init__(self, store: Store | None = None, saved: Callable[[Fault | None], None] | None = None) -> None:
        self._store = store
        self._journal = None if store is None else Journal(store, saved or (lambda _: None))
        self._histories: dict[str, _History] = {}
        self._current = ""
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

    def listen(self, told: Callable[[Change], None]) -> Callable[[], None]:
        """Have a function called at every change; returns the function that ends it."""
        self._listeners.append(told)
        return lambda: self._listeners.remove(told) if told in self._listeners else None

    def open_patient(self, patient: Patient) -> Document:
        """Make a patient current; findings and their history come from the store where there are any."""
        old = self.document
        if patient.key not in self._histories:
            self._histories[patient.key] = self._stored_history(patient)
        self._current = patient.key
        document = self.document
        assert document is not None
        self._tell(Change(old, document, "Open"))
        return document

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
        step = _Step(title, document)
        del history.steps[history.at + 1 :]
        history.steps.append(step)
        history.at += 1
        if self._journal is not None:
            self._journal.put(lambda store: _append(store, step, before))
        self._tell(Change(before.document, document, title))

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
            self._journal.put(lambda store: _point_at(store, now))
        self._tell(Change(before.document, now.document, before.title if by < 0 else now.title))

    def _stored_history(self, patient: Patient) -> _History:
        empty = _Step("", Document(patient))
        self.flush()
        head = None if self._store is None else self._store.head(patient.key)
        if self._store is None or head is None:
            return _History([empty])
        steps = [_Step(head.title, head.document, head.number)]
        parent = head.parent
        while parent is not None and len(steps) < STEPS_AT_START:
            before = self._store.revision(parent)
            steps.insert(0, _Step(before.title, before.document, before.number))
            parent = before.parent
        at = len(steps) - 1
        following = self._store.next_of(head.number)
        while following is not None:
            after = self._store.revision(following)
            steps.append(_Step(after.title, after.document, after.number))
            following = self._store.next_of(following)
        return _History(steps, at)

    def _tell(self, change: Change) -> None:
        for told in tuple(self._listeners):
            told(change)


def _append(store: Store, step: _Step, before: _Step) -> None:
    if before.number is None:
        before.number = store.append(before.title, before.document, None)
    step.number = store.append(step.title, step.document, before.number)


def _point_at(store: Store, step: _Step) -> None:
    if step.number is None:
        step.number = store.append(step.title, step.document, None)
    else:
        store.point_at(step.document.patient.key, step.number)
