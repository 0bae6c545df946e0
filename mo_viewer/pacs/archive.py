"""One archive, whichever protocol it speaks: what the window asks of it."""

from collections.abc import Sequence
from pathlib import Path

from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.fetch import Fetched
from mo_viewer.pacs.node import DicomNode, Node
from mo_viewer.pacs.prior import Person, PriorStudy


def echo(node: Node, ticket: Ticket) -> None:
    """Ask whether the archive is there and lets us in.

    Raises
    ------
    PeerFault
        With the reason when it does not.
    """
    from mo_viewer.pacs import dimse, web

    if isinstance(node, DicomNode):
        dimse.echo(node, ticket)
    else:
        web.echo(node, ticket)


def find_studies(node: Node, person: Person, ticket: Ticket, without: str = "") -> tuple[PriorStudy, ...]:
    """Find the studies of one person and their series, newest first, but for the study `without`.

    Raises
    ------
    PeerFault
        When the archive cannot be asked.
    Refused
        When it answers without end.
    """
    from mo_viewer.pacs import dimse, web

    if isinstance(node, DicomNode):
        return dimse.find_studies(node, person, ticket, without)
    return web.find_studies(node, person, ticket, without)


def fetch_study(node: Node, study_uid: str, folder: Path, ticket: Ticket, series_uids: Sequence[str] = ()) -> Fetched:
    """Fetch a study, or some of its series, into a folder; files are whole or not there.

    Raises
    ------
    PeerFault
        When the archive cannot be asked or hands out nothing.
    Refused
        When it does not hold the study.
    Unwritable
        When our disk does not take the files.
    Cancelled
        When the ticket was cancelled; what had come whole stays.
    """
    from mo_viewer.pacs import fetch, web

    if isinstance(node, DicomNode):
        return fetch.fetch_study(node, study_uid, folder, ticket, series_uids)
    return web.fetch_study(node, study_uid, folder, ticket, series_uids)
