"""DICOMweb as a caller: QIDO-RS (find), WADO-RS (fetch), STOW-RS (store)."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.answer import NO_ROOM, STORED, Answer, answer_of
from mo_viewer.pacs.faults import PeerFault
from mo_viewer.pacs.fetch import Fetched, outcome
from mo_viewer.pacs.files import discard, full
from mo_viewer.pacs.http import JSON, Conversation, refusal
from mo_viewer.pacs.inbox import Inbox
from mo_viewer.pacs.multipart import FileBody, boundary_of, write_only_part
from mo_viewer.pacs.node import WebNode
from mo_viewer.pacs.parcel import Parcel, class_name
from mo_viewer.pacs.prior import Held, Person, PriorSeries, PriorStudy, doubt_about, in_order, is_same

_PAGE = 500
_MOST_ANSWERS = 20_000
_KNOCK: tuple[tuple[str, ...], dict[str, str]] = (("studies",), {"limit": "1", "StudyInstanceUID": "2.25.0"})
_AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_UNCONFIRMED = "The archive answered without confirming that it stored the object; its disk may be full."
_SOP_CLASS, _SOP_UID = "00080016", "00080018"
_STUDY_UID, _SERIES_UID = "0020000D", "0020000E"
_REFERENCED, _STORED, _FAILED, _REASON, _WARNING = "00081155", "00081199", "00081198", "00081197", "00081196"


def echo(node: WebNode, ticket: Ticket) -> None:
    """Ask whether a DICOMweb service is there and lets us in.

    Raises
    ------
    PeerFault
        With the reason when it does not.
    """
    with Conversation(node, ticket) as web:
        web.json(*_KNOCK)


def find_studies(node: WebNode, person: Person, ticket: Ticket, without: str = "") -> tuple[PriorStudy, ...]:
    """Find the studies of one person and their series (QIDO-RS), newest first; see `dimse.find_studies`.

    Raises
    ------
    PeerFault
        When the archive cannot be asked.
    """
    studies: list[PriorStudy] = []
    with Conversation(node, ticket) as web:
        for found in _all(web, ("studies",), _STUDY_UID, PatientID=person.id, includefield="00081030"):
            if not is_same(person, _text(found, "00100020"), _text(found, "00100021")):
                continue
            ticket.progress(len(studies), 0, "Looking for earlier studies")
            studies.append(_study(person, found, tuple(_series(web, _text(found, _STUDY_UID)))))
    return in_order(studies, without)


def instances_of(node: WebNode, study_uid: str, ticket: Ticket, series_uids: Sequence[str] = ()) -> tuple[Held, ...]:
    """List what the archive holds of a study, all series or these.

    Raises
    ------
    PeerFault
        When the archive cannot be asked.
    """
    with Conversation(node, ticket) as web:
        return _held(web, study_uid, series_uids)


def fetch_study(
    node: WebNode, study_uid: str, folder: Path, ticket: Ticket, series_uids: Sequence[str] = ()
) -> Fetched:
    """Fetch a study, or some of its series, into a folder, in the encoding it is kept in (WADO-RS).

    Raises
    ------
    PeerFault
        When the archive cannot be asked or breaks off.
    Unwritable
        When our disk does not take the files.
    Cancelled
        When the ticket was cancelled; what had come whole stays.
    """
    with Conversation(node, ticket) as web:
        listed = _held(web, study_uid, series_uids)
        if not listed:
            raise Refused("The archive holds nothing of the study that was asked for.")
        inbox = Inbox(folder, study_uid)
        for done, held in enumerate(listed):
            ticket.progress(done, len(listed), "Fetching")
            _fetch(web, study_uid, held, inbox)
            if inbox.full is not None:
                break
    return outcome(listed, inbox)


class WebCourier:
    """Hands over instances by STOW-RS, one request each, so that each has its own answer.

    Parameters
    ----------
    node
        The archive.
    ticket
        Cancelling it ends the request that is under way.
    """

    def __init__(self, node: WebNode, ticket: Ticket) -> None:
        self._web = Conversation(node, ticket)
        self._let_in = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._web.close()

    def prepare(self, parcel: Parcel) -> None:
        """Knock before the first instance: nothing is handed to an archive that does not let us in.

        Raises
        ------
        PeerFault
            When nobody is there, or refuses us.
        """
        if self._let_in:
            return
        try:
            self._web.json(*_KNOCK)
        except PeerFault as fault:
            if fault.code not in ("address", "answer", "not_allowed"):  # an archive may take what it does not list
                raise
        self._let_in = True

    def deliver(self, parcel: Parcel) -> Answer:
        """Hand over one instance and return what the archive said.

        Raises
        ------
        PeerFault
            When the archive as a whole did not take the request.
        Cancelled
            When the ticket was cancelled; whether the archive has the instance is then not known.
        """
        body = FileBody(parcel.path, self._web.ticket)
        headers = {"Content-Type": body.content_type}
        try:
            with self._web.ask("POST", ("studies",), JSON, body, headers=headers) as answer:
                return self._answer(parcel, answer)
        except PeerFault as fault:
            if fault.code in ("broken", "timeout", "answer"):
                return Answer("unknown", fault.sentence)
            raise
        finally:
            body.close()

    def holds(self, parcel: Parcel) -> bool | None:
        """Whether the archive already holds an instance; None when it cannot be asked."""
        if not (parcel.study_uid and parcel.series_uid):
            return None
        try:
            series = ("studies", parcel.study_uid, "series", parcel.series_uid, "instances")
            found = self._web.json(series, {"SOPInstanceUID": parcel.sop_uid})
            return any(_text(item, _SOP_UID) == parcel.sop_uid for item in found)
        except PeerFault as fault:
            return False if fault.detail == "404" else None

    def _answer(self, parcel: Parcel, answer: Any) -> Answer:
        status = answer.status_code
        if status in (413, 507):
            return Answer("later" if status == 507 else "refused", NO_ROOM, str(status))
        if status in (400, 409, 415, 422, 200, 202):
            for item in self._said(answer):
                own = _own_answer(parcel, item)
                if own is not None:
                    return own
        if status in (200, 202):
            return self._unconfirmed(parcel)
        if status in (403, 404, 405, 406):
            raise refusal(self._web.node, status if status != 405 else 404)
        if status >= 500:
            return Answer("later", "The archive failed while it worked on the object.", str(status))
        name = class_name(parcel.sop_class)
        return Answer("refused", f"The archive does not take objects of the kind {name}, or not this one.", str(status))

    def _unconfirmed(self, parcel: Parcel) -> Answer:
        """Look after a yes that names no instance; Orthanc 1.10 says just that when its disk is full."""
        held = self.holds(parcel)
        if held:
            return STORED
        return Answer("unknown" if held is None else "later", _UNCONFIRMED)

    def _said(self, answer: Any) -> list[dict[str, Any]]:
        """What an answer says of instances; nothing where it is not in JSON."""
        try:
            return self._web.parsed(answer)
        except PeerFault as fault:
            if fault.code == "address":
                return []
            raise


def _own_answer(parcel: Parcel, said: dict[str, Any]) -> Answer | None:
    """What an archive says about one instance: failed counts more than stored; None when it says nothing."""
    for item in _items(said, _FAILED):
        if _text(item, _REFERENCED) in (parcel.sop_uid, ""):
            answer = answer_of(_number(item, _REASON, 0x0110))
            return Answer("refused", answer.sentence, answer.code) if answer.outcome == "stored" else answer
    for item in _items(said, _STORED):
        if _text(item, _REFERENCED) == parcel.sop_uid:
            warning = answer_of(_number(item, _WARNING, 0))
            return warning if warning.outcome == "stored" else STORED
    return None


def _fetch(web: Conversation, study_uid: str, held: Held, inbox: Inbox) -> None:
    path = ("studies", study_uid, "series", held.series_uid, "instances", held.sop_uid)
    part = inbox.part(held.sop_uid)
    with web.ask("GET", path, _AS_STORED) as answer:
        if answer.status_code in (404, 410):
            return
        if answer.status_code not in (200, 206):
            raise refusal(web.node, answer.status_code)
        try:
            whole = write_only_part(web.blocks(answer), boundary_of(answer.headers.get("Content-Type", "")), part)
        except OSError as error:
            discard(part)
            inbox.full = full(error)
            return
        except BaseException:
            discard(part)
            raise
    if whole:
        inbox.keep(part, held.sop_uid)
    else:
        discard(part)


def _held(web: Conversation, study_uid: str, series_uids: Sequence[str]) -> tuple[Held, ...]:
    held = []
    for series in list(series_uids) or [series.uid for series in _series(web, study_uid)]:
        path = ("studies", study_uid, "series", series, "instances")
        held += [Held(_text(i, _SOP_UID), _text(i, _SOP_CLASS), series) for i in _all(web, path, _SOP_UID)]
    return tuple(held)


def _series(web: Conversation, study_uid: str) -> Iterator[PriorSeries]:
    for found in _all(web, ("studies", study_uid, "series"), _SERIES_UID, includefield="0008103E"):
        number, description = _text(found, "00200011"), _text(found, "0008103E")
        count = _number(found, "00201209", -1)
        uid, modality = _text(found, _SERIES_UID), _text(found, "00080060")
        yield PriorSeries(uid, modality, number, description, count if count >= 0 else None)


def _study(person: Person, found: dict[str, Any], series: tuple[PriorSeries, ...]) -> PriorStudy:
    words = (_text(found, tag) for tag in (_STUDY_UID, "00080020", "00080030", "00081030", "00100010", "00100030"))
    uid, date, time, description, name, born = words
    return PriorStudy(uid, date, time, description, name, born, doubt_about(person, born), series)


def _all(web: Conversation, path: tuple[str, ...], key: str, **asked: str) -> Iterable[dict[str, Any]]:
    """Ask page after page until one brings nothing new; archives limit their pages as they like."""
    found: dict[str, dict[str, Any]] = {}
    while True:
        page = web.json(path, {**asked, "limit": str(_PAGE), "offset": str(len(found))})
        new = {uid: item for item in page if (uid := _text(item, key)) and uid not in found}
        found |= new
        if not new:
            return found.values()
        if len(found) > _MOST_ANSWERS:
            raise Refused("The archive answers the query without end, so it was stopped.")


def _values(item: dict[str, Any], tag: str) -> list[Any]:
    element = item.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values if isinstance(values, list) else []


def _items(item: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    return [value for value in _values(item, tag) if isinstance(value, dict)]


def _text(item: dict[str, Any], tag: str) -> str:
    first = next(iter(_values(item, tag)), None)
    if isinstance(first, dict):
        first = first.get("Alphabetic")
    return "" if first is None else str(first).strip()


def _number(item: dict[str, Any], tag: str, otherwise: int) -> int:
    first = next(iter(_values(item, tag)), None)
    try:
        return int(first) if first is not None else otherwise
    except (TypeError, ValueError):
        return otherwise
