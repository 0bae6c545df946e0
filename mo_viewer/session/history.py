"""The states that one patient's findings went through: what undo and redo walk along."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from mo_viewer.base.faults import Fault, Unreadable
from mo_viewer.findings.document import Document
from mo_viewer.report.signature import Signing
from mo_viewer.session.signings import signings
from mo_viewer.session.store import Heading, Overtaken, Revision, Store
from mo_viewer.volume.source import Patient

STEPS_AT_START = 50
"""How many steps back a reopened patient's undo reaches."""


class Step:
    """One document in the history, made from `before`; `number` is the store's once the journal has written it.

    Parameters
    ----------
    document
        The findings, or what reads them when they are first asked for.
    """

    def __init__(
        self,
        title: str,
        document: Document | Callable[[], Document],
        number: int | None = None,
        before: "Step | None" = None,
    ) -> None:
        self.title, self.number, self.before = title, number, before
        self._document = document

    @property
    def document(self) -> Document:
        """The findings.

        Raises
        ------
        Unreadable
            When the store cannot give them.
        """
        if not isinstance(self._document, Document):
            self._document = self._document()
        return self._document


@dataclass
class History:
    """All states, and which is the present one."""

    steps: list[Step] = field(default_factory=list)
    at: int = 0
    signings: tuple[Signing, ...] = ()

    @property
    def document(self) -> Document:
        """The present state."""
        return self.steps[self.at].document


def stored_history(store: Store | None, patient: Patient, noticed: Callable[[Fault], None]) -> History:
    """Return what the store holds of a patient, or a history of one empty document.

    Only the present state is read; the others are looked at for damage and read when undo or redo gets there.

    Raises
    ------
    Unreadable
        When none of the states can be read; where only the latest is damaged, `noticed` is told.
    """
    head = None if store is None else _last_good(store, patient.key, noticed)
    if store is None or head is None:
        return History([Step("", Document(patient))])
    steps = [Step(head.title, head.document, head.number)]
    parent = head.parent
    while parent is not None and len(steps) < STEPS_AT_START:
        try:
            before = store.heading(parent)
        except Unreadable:
            break
        steps.insert(0, _unread(store, before))
        parent = before.parent
    at = len(steps) - 1
    following = store.next_of(head.number)
    while following is not None:
        try:
            after = store.heading(following)
        except Unreadable:
            break
        steps.append(_unread(store, after))
        following = store.next_of(following)
    for before_step, step in pairwise(steps):
        step.before = before_step
    return History(steps, at, signings(store, patient.key))


def _unread(store: Store, heading: Heading) -> Step:
    return Step(heading.title, lambda: store.revision(heading.number).document, heading.number)


def append(store: Store, step: Step) -> None:
    """Keep a step, and the one that it was made from where that is not kept yet.

    Raises
    ------
    Overtaken, Unwritable
        As `Store.append`.
    """
    before = step.before
    if before is not None and before.number is None:
        with suppress(Overtaken):
            append(store, before)
    try:
        step.number = store.append(step.title, step.document, None if before is None else before.number)
    except Overtaken as fault:
        step.number = fault.number
        raise


def point_at(store: Store, step: Step, before: Step) -> None:
    """Make a step the present state in place of `before`; one that is not kept yet is kept.

    Raises
    ------
    Overtaken, Unwritable
        As `Store.append` and `Store.point_at`.
    """
    if step.number is None:
        append(store, step)
    else:
        store.point_at(step.document.patient.key, step.number, before.number)


def _last_good(store: Store, patient_key: str, noticed: Callable[[Fault], None]) -> Revision | None:
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
            noticed(Fault("The latest findings of this patient are damaged.", "The state before is shown."))
        return found
    if head is not None:
        raise Unreadable("The findings of this patient are damaged.", "None of their states can be read.")
    return None
