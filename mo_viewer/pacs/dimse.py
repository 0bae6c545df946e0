"""DICOM's own protocol as a caller: echo, find, store, storage commitment."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs import faults
from mo_viewer.pacs.answer import LOST, Answer, answer_of
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.line import MOST_CONTEXTS, Kind, Line
from mo_viewer.pacs.node import DicomNode
from mo_viewer.pacs.parcel import Parcel, class_name
from mo_viewer.pacs.prior import Held, Person, PriorSeries, PriorStudy, doubt_about, in_order, is_same

if TYPE_CHECKING:
    from pydicom import Dataset

VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
_PENDING = (0xFF00, 0xFF01)
_MOST_ANSWERS = 20_000
_FIND_FAULTS = {
    0x0124: ("The archive does not allow us to look for studies.", "not_allowed", False),
    0x0122: ("The archive does not answer queries for studies.", "sop_class", False),
    0xA700: ("The archive has no room to answer the query.", "busy", True),
    0xA900: ("The archive cannot match the query.", "answer", False),
}


def echo(node: DicomNode, ticket: Ticket) -> None:
    """Ask the peer whether it is there (C-ECHO).

    Raises
    ------
    PeerFault
        With the reason when it is not.
    """
    with Line(node, [(VERIFICATION, IMPLICIT)], ticket) as line:
        if not line.takes((VERIFICATION, IMPLICIT)):
            raise PeerFault("The archive does not answer echo requests.", "sop_class")
        said = line.wait_for(line.association.send_c_echo)
        if "Status" not in said:
            raise _silence(line)
        if int(said.Status) != 0:
            raise PeerFault("The archive answered the echo request with an error.", "answer", detail=_code(said))


def find_studies(node: DicomNode, person: Person, ticket: Ticket, without: str = "") -> tuple[PriorStudy, ...]:
    """Find the studies of one person and their series (C-FIND), newest first.

    `without` is the UID of a study to leave out: the one that is open.

    Raises
    ------
    PeerFault
        When the peer cannot be asked.
    Refused
        When it answers without end.
    """
    with _finding(node, ticket) as line:
        studies: list[PriorStudy] = []
        for found in list(_ask(line, "STUDY", _study_query(person))):
            if not is_same(person, _text(found, "PatientID"), _text(found, "IssuerOfPatientID")):
                continue
            uid = _text(found, "StudyInstanceUID")
            ticket.progress(len(studies), 0, "Looking for earlier studies")
            studies.append(_study(person, uid, found, tuple(_series(line, uid))))
    return in_order(studies, without)


def instances_of(node: DicomNode, study_uid: str, ticket: Ticket, series_uids: Sequence[str] = ()) -> tuple[Held, ...]:
    """List what the peer holds of a study, all series or these.

    Raises
    ------
    PeerFault
        When the peer cannot be asked.
    """
    held = []
    with _finding(node, ticket) as line:
        wanted = list(series_uids) or [series.uid for series in _series(line, study_uid)]
        for series in wanted:
            asked = {
                "StudyInstanceUID": study_uid,
                "SeriesInstanceUID": series,
                "SOPInstanceUID": "",
                "SOPClassUID": "",
            }
            held += [
                Held(_text(found, "SOPInstanceUID"), _text(found, "SOPClassUID"), series)
                for found in _ask(line, "IMAGE", asked)
            ]
    return tuple(held)


def holds(node: DicomNode, parcel: Parcel, ticket: Ticket) -> bool | None:
    """Whether the peer holds an instance; None when it cannot be asked."""
    if not (parcel.study_uid and parcel.series_uid):
        return None
    asked = {
        "StudyInstanceUID": parcel.study_uid,
        "SeriesInstanceUID": parcel.series_uid,
        "SOPInstanceUID": parcel.sop_uid,
    }
    try:
        with _finding(node, ticket) as line:
            return any(_text(found, "SOPInstanceUID") == parcel.sop_uid for found in _ask(line, "IMAGE", asked))
    except Refused:
        return None


class DicomCourier:
    """Hands over instances by C-STORE, as they are: each SOP class in the transfer syntax of its files.

    Parameters
    ----------
    node
        The peer.
    parcels
        All that will be handed over, so that it can be agreed on at once.
    ticket
        Cancelling it cuts the line at once.
    """

    def __init__(self, node: DicomNode, parcels: Iterable[Parcel], ticket: Ticket) -> None:
        self.node = node
        self._ticket = ticket
        kinds = sorted({parcel.kind for parcel in parcels})
        self._groups = [kinds[at : at + MOST_CONTEXTS] for at in range(0, len(kinds), MOST_CONTEXTS)]
        self._group: list[Kind] = []
        self._line: Line | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def prepare(self, parcel: Parcel) -> None:
        """Open the line for an instance; nothing is handed over yet.

        Raises
        ------
        PeerFault
            When no association comes about.
        """
        if self._line is not None and parcel.kind in self._group and (self._line.is_open or not self._takes_any()):
            return
        self._hang_up()
        self._group = next(group for group in self._groups if parcel.kind in group)
        self._line = Line(self.node, self._group, self._ticket)

    def deliver(self, parcel: Parcel) -> Answer:
        """Hand over one instance and return what the peer said.

        Raises
        ------
        PeerFault
            When the peer had ended the line before anything was handed over.
        Cancelled
            When the ticket was cancelled; whether the peer has the instance is then not known.
        """
        try:
            return self._hand_over(parcel)
        except RuntimeError:  # pynetdicom's word for a line that ended before anything was sent
            self._hang_up()
        self.prepare(parcel)
        try:
            return self._hand_over(parcel)
        except RuntimeError as error:
            self._hang_up()
            raise faults.broken(self.node.label, self.node.tls is not None) from error

    def holds(self, parcel: Parcel) -> bool | None:
        """Whether the peer already holds an instance; None when it cannot be asked."""
        return holds(self.node, parcel, self._ticket)

    def _hand_over(self, parcel: Parcel) -> Answer:
        line = self._line
        if line is None or not line.takes(parcel.kind):
            return self._not_taken(parcel)
        try:
            said = line.wait_for(lambda: line.association.send_c_store(parcel.path))
        except PeerFault as fault:
            self._hang_up()
            return Answer("unknown", fault.sentence)
        except (OSError, ValueError, AttributeError) as error:
            self._hang_up()
            return Answer("refused", "The file could not be read while it was being sent.", type(error).__name__)
        if "Status" not in said:
            self._hang_up()
            return Answer("unknown", _silence(line).sentence) if line.timed_out else LOST
        return answer_of(int(said.Status))

    def _takes_any(self) -> bool:
        return self._line is not None and any(map(self._line.takes, self._group))

    def _not_taken(self, parcel: Parcel) -> Answer:
        name = class_name(parcel.sop_class)
        if self._line is not None and self._line.knows(parcel.sop_class):
            syntax = class_name(parcel.syntax)
            return Answer("refused", f"The archive takes {name}, but not in the encoding {syntax} of the file.")
        return Answer("refused", f"The archive does not take objects of the kind {name}.")

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


def _finding(node: DicomNode, ticket: Ticket) -> Line:
    line = Line(node, [(STUDY_ROOT_FIND, EXPLICIT), (STUDY_ROOT_FIND, IMPLICIT)], ticket)
    if not line.offers(STUDY_ROOT_FIND):
        line.close()
        raise PeerFault("The archive does not answer queries for studies.", "sop_class")
    return line


def _ask(line: Line, level: str, asked: dict[str, str]) -> Iterator["Dataset"]:
    """Yield what matches, whole: a query that ends in an error yields nothing and raises."""
    from pydicom import Dataset

    query = Dataset()
    query.QueryRetrieveLevel = level
    if not all(value.isascii() for value in asked.values()):
        query.SpecificCharacterSet = "ISO_IR 192"
    for keyword, value in asked.items():
        setattr(query, keyword, value)
    yield from line.wait_for(lambda: _collected(line, query))


def _collected(line: Line, query: "Dataset") -> list["Dataset"]:
    found: list[Dataset] = []
    for said, identifier in line.association.send_c_find(query, STUDY_ROOT_FIND):
        if "Status" not in said:
            raise _silence(line)
        status = int(said.Status)
        if status in _PENDING:
            if identifier is None:
                raise PeerFault("The archive sent an answer to the query that cannot be read.", "answer")
            found.append(identifier)
        elif status != 0:
            sentence, code, again = _FIND_FAULTS.get(
                status, ("The archive could not answer the query.", "answer", True)
            )
            raise PeerFault(sentence, code, detail=_code(said), again=again)
        if len(found) > _MOST_ANSWERS:
            line.cut()
            raise Refused("The archive answers the query without end, so it was stopped.")
    return found


def _study_query(person: Person) -> dict[str, str]:
    wanted = ("StudyInstanceUID", "StudyDate", "StudyTime", "StudyDescription", "PatientName", "PatientBirthDate")
    return {"PatientID": person.id, "IssuerOfPatientID": "", **dict.fromkeys(wanted, "")}


def _study(person: Person, uid: str, found: "Dataset", series: tuple[PriorSeries, ...]) -> PriorStudy:
    born = _text(found, "PatientBirthDate")
    date, time, description, name = (
        _text(found, word) for word in ("StudyDate", "StudyTime", "StudyDescription", "PatientName")
    )
    return PriorStudy(uid, date, time, description, name, born, doubt_about(person, born), series)


def _series(line: Line, study_uid: str) -> Iterator[PriorSeries]:
    wanted = ("SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription", "NumberOfSeriesRelatedInstances")
    for found in _ask(line, "SERIES", {"StudyInstanceUID": study_uid, **dict.fromkeys(wanted, "")}):
        uid, modality, number, description, count = (_text(found, word) for word in wanted)
        yield PriorSeries(uid, modality, number, description, int(count) if count.isdigit() else None)


def _text(found: "Dataset", keyword: str) -> str:
    value: Any = found.get(keyword)
    return "" if value is None else str(value).strip()


def _silence(line: Line) -> PeerFault:
    if line.timed_out:
        return faults.timed_out(line.node.label, line.node.timeout_s)
    return faults.broken(line.node.label, line.node.tls is not None)


def _code(said: "Dataset") -> str:
    return f"0x{int(said.Status):04X}"
