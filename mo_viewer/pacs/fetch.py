"""Fetching a study into a folder by C-GET or C-MOVE; every instance the archive lists arrives or is named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs import faults
from mo_viewer.pacs.dimse import EXPLICIT, IMPLICIT, instances_of
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.inbox import Inbox
from mo_viewer.pacs.line import MOST_CONTEXTS, Kind, Line
from mo_viewer.pacs.listener import listening
from mo_viewer.pacs.node import DicomNode
from mo_viewer.pacs.prior import Held

if TYPE_CHECKING:
    from pydicom import Dataset

STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
_COMPRESSED = (
    "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203",
    "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
)  # fmt: skip
_FAULTS = {
    0x0122: ("The archive does not hand out studies this way.", "sop_class", False),
    0x0124: ("The archive does not allow us to fetch studies.", "not_allowed", False),
    0xA801: (
        "The archive does not know where to send the study to: our AE title is not entered there.",
        "ae_title",
        False,
    ),
    0xA701: ("The archive has no room to look for the study.", "busy", True),
    0xA702: ("The archive could not hand out any object of the study.", "answer", True),
}


@dataclass(frozen=True)
class Fetched:
    """What came.

    Parameters
    ----------
    files
        The files, in the order of the archive's list.
    missing
        SOP Instance UIDs that the archive lists and did not hand out.
    remarks
        One sentence for each thing that is not as it should be.
    """

    files: tuple[Path, ...]
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def fetch_study(
    node: DicomNode, study_uid: str, folder: Path, ticket: Ticket, series_uids: Sequence[str] = ()
) -> Fetched:
    """Fetch a study, or some of its series, into a folder; files are whole or not there.

    Raises
    ------
    PeerFault
        When the archive cannot be asked or hands out nothing.
    Unwritable
        When our disk does not take the files.
    Cancelled
        When the ticket was cancelled; what had come whole stays.
    """
    listed = instances_of(node, study_uid, ticket, series_uids)
    if not listed:
        raise Refused("The archive holds nothing of the study that was asked for.")
    inbox = Inbox(folder, study_uid)
    (_move if node.fetch_by == "move" else _get)(node, study_uid, listed, inbox, ticket, series_uids)
    return outcome(listed, inbox)


def outcome(listed: Sequence[Held], inbox: Inbox) -> Fetched:
    """Compare what came with what the archive lists.

    Raises
    ------
    Unwritable
        When our disk was the reason.
    """
    if inbox.full is not None:
        raise inbox.full
    made = inbox.made
    missing = tuple(held.sop_uid for held in listed if held.sop_uid not in made)
    remarks = list(dict.fromkeys(inbox.refused))
    if missing:
        remarks.append(f"{len(missing)} of {len(listed)} objects of the study did not come.")
    wanted = [made[held.sop_uid] for held in listed if held.sop_uid in made]
    listed_uids = {held.sop_uid for held in listed}
    more = [path for uid, path in made.items() if uid not in listed_uids]
    return Fetched((*wanted, *more), missing, tuple(remarks))


def _get(
    node: DicomNode, study_uid: str, listed: Sequence[Held], inbox: Inbox, ticket: Ticket, series_uids: Sequence[str]
) -> None:
    from pynetdicom import evt

    classes = tuple(dict.fromkeys(held.sop_class for held in listed if held.sop_class))
    kinds = [(STUDY_ROOT_GET, EXPLICIT), (STUDY_ROOT_GET, IMPLICIT), *_kinds(classes, MOST_CONTEXTS - 2)]
    taken = _Taken(inbox, ticket, len(listed))
    with Line(node, kinds, ticket, [(evt.EVT_C_STORE, taken.take)], classes) as line:
        if not line.offers(STUDY_ROOT_GET):
            raise PeerFault(
                "The archive does not hand out studies by C-GET.", "sop_class", "Choose C-MOVE in its settings."
            )
        for asked in _queries(study_uid, series_uids):
            line.wait_for(partial(_follow, line, line.association.send_c_get, (asked, STUDY_ROOT_GET), inbox))


def _move(
    node: DicomNode, study_uid: str, listed: Sequence[Held], inbox: Inbox, ticket: Ticket, series_uids: Sequence[str]
) -> None:
    from pynetdicom import evt

    classes = tuple(dict.fromkeys(held.sop_class for held in listed if held.sop_class))
    taken = _Taken(inbox, ticket, len(listed))
    every = [(sop_class, syntax) for sop_class in classes for syntax in (EXPLICIT, IMPLICIT, *_COMPRESSED)]
    with Line(node, [(STUDY_ROOT_MOVE, EXPLICIT), (STUDY_ROOT_MOVE, IMPLICIT)], ticket) as line:
        if not line.offers(STUDY_ROOT_MOVE):
            raise PeerFault("The archive does not hand out studies by C-MOVE.", "sop_class")
        taken.alive = line.touch
        with listening(node, every, [(evt.EVT_C_STORE, taken.take)]):
            for asked in _queries(study_uid, series_uids):
                arguments = (asked, node.own_ae_title, STUDY_ROOT_MOVE)
                line.wait_for(partial(_follow, line, line.association.send_c_move, arguments, inbox))


class _Taken:
    """The hand that takes each instance as it comes."""

    def __init__(self, inbox: Inbox, ticket: Ticket, total: int) -> None:
        self._inbox = inbox
        self._ticket = ticket
        self._total = total
        self.alive: Any = None

    def take(self, event: Any) -> int:
        """Handle C-STORE: on our disk first, then the answer."""
        if self.alive is not None:
            self.alive()
        if self._ticket.cancelled or self._inbox.full is not None:
            return 0xA700
        kept = self._inbox.take(str(event.request.AffectedSOPInstanceUID), event.encoded_dataset())
        if not self._ticket.cancelled:
            self._ticket.progress(len(self._inbox.made), self._total, "Fetching")
        return 0x0000 if kept else 0xA700 if self._inbox.full is not None else 0xA900


def _kinds(classes: Sequence[str], most: int) -> list[Kind]:
    """One context for the plain encodings and, as far as there is room, one for each compression."""
    wanted = [(sop_class, syntax) for syntax in (EXPLICIT, IMPLICIT, *_COMPRESSED) for sop_class in classes]
    if len(classes) * 2 > most:
        raise Refused(f"The study holds objects of {len(classes)} kinds, more than one connection can carry.")
    return wanted[:most]


def _queries(study_uid: str, series_uids: Sequence[str]) -> list["Dataset"]:
    from pydicom import Dataset

    queries = []
    for series in series_uids or ("",):
        query = Dataset()
        query.QueryRetrieveLevel = "SERIES" if series else "STUDY"
        query.StudyInstanceUID = study_uid
        if series:
            query.SeriesInstanceUID = series
        queries.append(query)
    return queries


def _follow(line: Line, ask: Callable[..., Any], arguments: tuple[object, ...], inbox: Inbox) -> None:
    """Read the answers to the end; a part that failed is seen later, by what is missing."""
    for said, _ in ask(*arguments):
        if "Status" not in said:
            if line.timed_out:
                raise faults.timed_out(line.node.label, line.node.timeout_s)
            raise faults.broken(line.node.label, line.node.tls is not None)
        status = int(said.Status)
        if status in (0xFF00, 0x0000, 0xB000) or inbox.made or inbox.full is not None:
            continue
        sentence, code, again = _FAULTS.get(status, ("The archive could not hand out the study.", "answer", True))
        raise PeerFault(sentence, code, detail=f"0x{status:04X}", again=again)
