"""Storage commitment: the archive's word that it keeps what it was sent (PS3.4 annex J)."""

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.answer import STORED, Answer, answer_of
from mo_viewer.pacs.dimse import EXPLICIT, IMPLICIT
from mo_viewer.pacs.line import Line
from mo_viewer.pacs.listener import listening
from mo_viewer.pacs.node import DicomNode
from mo_viewer.pacs.parcel import Parcel

if TYPE_CHECKING:
    from pydicom import Dataset

PUSH_MODEL = "1.2.840.10008.1.20.1"
PUSH_INSTANCE = "1.2.840.10008.1.20.1.1"
_LOOK_S = 0.05


def ask_commitment(
    node: DicomNode, parcels: Sequence[Parcel], ticket: Ticket, wait_s: float = 30.0
) -> dict[str, Answer]:
    """Ask the peer to commit to instances and wait for its report, on this connection or on one of its own.

    Returns
    -------
    dict
        By SOP Instance UID: ``stored`` is committed, anything else says why not. Empty where the peer does not offer
        storage commitment; instances it did not report on in time are missing.

    Raises
    ------
    PeerFault
        When no association comes about.
    """
    from pydicom.uid import generate_uid
    from pynetdicom import evt

    report = _Report(str(generate_uid(None)))
    listeners = [(evt.EVT_N_EVENT_REPORT, report.take)]
    kinds = [(PUSH_MODEL, EXPLICIT), (PUSH_MODEL, IMPLICIT)]
    with ExitStack() as stack:
        if node.listen_port:
            stack.enter_context(listening(node, kinds, listeners))
        with Line(node, kinds, ticket, listeners) as line:
            if not line.is_open:
                return {}
            said = line.wait_for(
                lambda: line.association.send_n_action(report.asked(parcels), 1, PUSH_MODEL, PUSH_INSTANCE)[0]
            )
            if "Status" not in said or int(said.Status) != 0:
                return {}
            if not node.listen_port:
                report.wait(ticket, wait_s)
        report.wait(ticket, wait_s)
    return report.answers


class _Report:
    """What comes back for one transaction, in whichever thread."""

    def __init__(self, transaction: str) -> None:
        self._transaction = transaction
        self._came = threading.Event()
        self._until: float | None = None
        self.answers: dict[str, Answer] = {}

    def asked(self, parcels: Sequence[Parcel]) -> "Dataset":
        from pydicom import Dataset

        def reference(parcel: Parcel) -> Dataset:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = parcel.sop_class, parcel.sop_uid
            return item

        action = Dataset()
        action.TransactionUID = self._transaction
        action.ReferencedSOPSequence = [reference(parcel) for parcel in parcels]
        return action

    def take(self, event: Any) -> tuple[int, None]:
        """Handle N-EVENT-REPORT."""
        said = event.event_information
        if str(said.get("TransactionUID", "")) != self._transaction:
            return 0x0110, None
        answers = {str(item.ReferencedSOPInstanceUID): STORED for item in said.get("ReferencedSOPSequence") or ()}
        for item in said.get("FailedSOPSequence") or ():
            answers[str(item.ReferencedSOPInstanceUID)] = _failed(int(item.get("FailureReason", 0x0110)))
        self.answers = answers
        self._came.set()
        return 0x0000, None

    def wait(self, ticket: Ticket, seconds: float) -> None:
        """Wait until the report came; once, however often it is asked."""
        if self._until is None:
            self._until = time.monotonic() + seconds
        while not self._came.wait(_LOOK_S) and time.monotonic() < self._until:
            ticket.check()


def _failed(reason: int) -> Answer:
    answer = answer_of(reason)
    return (
        Answer("refused", "The archive did not commit to keep the object.", answer.code)
        if answer.outcome == "stored"
        else answer
    )
