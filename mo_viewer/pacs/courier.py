"""Works the queue off: one archive after the other, one instance after the other, each answer written down at once."""

import time
from collections.abc import Sequence
from typing import Protocol, Self

from mo_viewer.base.faults import Misuse, Refused, Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.answer import DUPLICATE, Answer
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.node import DicomNode, Node
from mo_viewer.pacs.parcel import Parcel, sha256_of
from mo_viewer.pacs.queue import Job, Queue
from mo_viewer.pacs.settings import resolve

MOST_BREAKS = 3
_LOOK_S = 0.1
_FOUND = "The archive holds the object: it answered so when it was asked."


class Courier(Protocol):
    """Who hands over instances to one archive."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End the connection."""

    def prepare(self, parcel: Parcel) -> None:
        """Open the line; nothing is handed over yet. Raises PeerFault."""

    def deliver(self, parcel: Parcel) -> Answer:
        """Hand over one instance. Raises PeerFault when the archive as a whole did not take it."""

    def holds(self, parcel: Parcel) -> bool | None:
        """Whether the archive has an instance; None when it cannot be asked."""


def send_due(queue: Queue, ticket: Ticket, numbers: Sequence[int] | None = None) -> tuple[Job, ...]:
    """Try once all that is due, or those of these jobs that are; return them as they are afterwards.

    Raises
    ------
    Refused
        When another program is sending from this queue.
    Cancelled
        When the ticket was cancelled; what was settled stays settled, the rest waits.
    Unwritable
        When the queue itself cannot be written; nothing more is sent then.
    """
    with queue.only_sender():
        due = queue.due(numbers=numbers)
        for target in dict.fromkeys(job.target for job in due):
            _send_to(queue, target, [job for job in due if job.target == target], ticket)
    return tuple(queue.job(job.number) for job in due)


def work_off(queue: Queue, ticket: Ticket) -> None:
    """Send until nothing waits any more, pausing as long as the queue says; ends by `Cancelled` too.

    For a background job of a program that stays open; the pauses send nothing.
    """
    while (due := queue.next_due()) is not None:
        while time.time() < due:
            ticket.check()
            time.sleep(_LOOK_S)
        send_due(queue, ticket)


def _send_to(queue: Queue, target: str, jobs: Sequence[Job], ticket: Ticket) -> None:
    left = sorted(jobs, key=lambda job: (job.parcel.kind, job.number))
    breaks = done = 0
    try:
        node = resolve(target)
        with _courier(node, [job.parcel for job in left], ticket) as courier:
            while left:
                ticket.progress(done, len(jobs), "Sending")
                answer = _send(queue, courier, left[0])
                left, done = left[1:], done + 1
                breaks = breaks + 1 if answer.outcome == "unknown" else 0
                if breaks >= MOST_BREAKS and left:
                    raise PeerFault(answer.sentence, "broken", again=True)
        ticket.progress(done, len(jobs), "Sending")
    except (Misuse, Refused) as fault:
        again = isinstance(fault, PeerFault) and fault.again
        for job in left:
            queue.postpone(queue.job(job.number), str(fault), again)
        return
    _commit(queue, node, [queue.job(job.number) for job in jobs], ticket)


def _send(queue: Queue, courier: Courier, job: Job) -> Answer:
    """Send one instance; a `PeerFault` leaves it as it was."""
    answer = Answer("stored", _FOUND) if job.in_doubt and courier.holds(job.parcel) else _changed(job)
    if answer is None:
        courier.prepare(job.parcel)
        queue.begin(job)
        try:
            answer = courier.deliver(job.parcel)
        except PeerFault:
            queue.withdraw(job)
            raise
        if job.in_doubt and answer.code == DUPLICATE:
            answer = Answer("stored", _FOUND)
    queue.settle(job, answer)
    return answer


def _changed(job: Job) -> Answer | None:
    """What was queued is what is sent, or nothing is."""
    try:
        if sha256_of(job.parcel.path) == job.parcel.sha256:
            return None
    except Unreadable as fault:
        return Answer("refused", fault.sentence)
    return Answer("refused", "The file was changed after it was queued, so it was not sent.")


def _commit(queue: Queue, node: Node, jobs: Sequence[Job], ticket: Ticket) -> None:
    """Ask the archive for its word on what it took; silence leaves the jobs sent and uncommitted."""
    sent = [job for job in jobs if job.state == "sent"]
    if not (isinstance(node, DicomNode) and node.commitment and sent):
        return
    from mo_viewer.pacs.commitment import ask_commitment

    try:
        answers = ask_commitment(node, [job.parcel for job in sent], ticket, node.timeout_s)
    except Refused:
        return
    for job in sent:
        if job.parcel.sop_uid in answers:
            queue.commit(job, answers[job.parcel.sop_uid])


def _courier(node: Node, parcels: Sequence[Parcel], ticket: Ticket) -> Courier:
    if isinstance(node, DicomNode):
        from mo_viewer.pacs.dimse import DicomCourier

        return DicomCourier(node, parcels, ticket)
    from mo_viewer.pacs.web import WebCourier

    return WebCourier(node, ticket)
