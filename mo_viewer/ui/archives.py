"""Earlier studies out of the archive, and exports into it; nothing of it is there until an archive is set up."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from mo_viewer.base.faults import Fault
from mo_viewer.base.ticket import Ticket
from mo_viewer.pacs.settings import nodes_file, read_nodes
from mo_viewer.session.audit import TRANSFERRED
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.file_dialogs import asked_target
from mo_viewer.ui.tick_list import TickList

if TYPE_CHECKING:
    from mo_viewer.pacs.fetch import Fetched
    from mo_viewer.pacs.node import Node
    from mo_viewer.pacs.prior import PriorStudy
    from mo_viewer.pacs.send import Sent
    from mo_viewer.ui.window import Window

ARCHIVES_PAGE = 6
NOTE = "Images are written into a folder that you choose next, and opened from there."


class Archives:
    """What a window asks of the configured archives."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._is_set_up = nodes_file().is_file()
        if self._is_set_up:
            self._go_on_sending()

    def actions(self) -> list[Action]:
        """Fetch and send."""
        return [
            Action("archive.fetch", "Fetch prior studies …", self.ask_priors, "Report",
                   tip="Look for other studies of this patient in the archive",
                   enabled=Need(self._has_patient, "Needs an archive (see Preferences) and a patient ID.")),
            Action("archive.set", "Archives …", self._set_up, "Report",
                   tip="Which archives are asked for prior studies and take exports"),
            Action("archive.send", "Send export …", self.ask_send, "Report",
                   tip="Send a folder of an export to the archive",
                   enabled=Need(lambda: self._is_set_up, "No archive is set up yet: Preferences, Archives.")),
        ]  # fmt: skip

    def configured(self) -> None:
        """Look again whether there is an archive."""
        self._is_set_up = bool(read_nodes())
        self._window.actions_table.refresh()

    def ask_priors(self) -> None:
        """Look for the current patient's other studies."""
        node = self._node()
        if node is not None:
            self.look(node, self._choose)

    def look(self, node: "Node", found: "Callable[[Node, tuple[PriorStudy, ...]], None]") -> None:
        """Ask an archive; `found` is called with the studies that are not open."""
        document = self._window.session.document
        if document is None:
            return
        patients = (document.patient, *(one for one in document.joined if one.id))
        known = {study.study_uid for study in self._window.library.studies}

        def work(ticket: Ticket) -> "tuple[PriorStudy, ...]":
            from mo_viewer.pacs.archive import find_studies
            from mo_viewer.pacs.prior import Person, in_order

            persons = [Person(one.id, one.issuer, one.birth_date.replace("-", "")) for one in patients]
            found = {study.uid: study for person in persons for study in find_studies(node, person, ticket)}
            return in_order([study for study in found.values() if study.uid not in known], "")

        self._run("Looking for prior studies", work, lambda studies: found(node, studies))

    def fetch(self, node: "Node", studies: "Sequence[PriorStudy]", folder: Path) -> None:
        """Fetch studies into a folder, one below it for each, and open them."""

        def work(ticket: Ticket) -> "list[Fetched]":
            from mo_viewer.pacs.archive import fetch_study

            return [fetch_study(node, study.uid, folder / _name(study), ticket) for study in studies]

        def came(fetched: "list[Fetched]") -> None:
            self._window.session.note(TRANSFERRED, "C", f"{len(fetched)} studies")
            for remark in (remark for one in fetched for remark in one.remarks):
                self._window.say(remark, "caution")
            self._window.open_paths([folder / _name(study) for study in studies])

        self._run("Fetching studies", work, came)

    def ask_send(self) -> None:
        """Ask for the folder of an export, and send it."""
        node = self._node()
        folder = None if node is None else asked_target(self._window, "Export to send")
        if node is not None and folder is not None:
            self.send(node, folder)

    def send(self, node: "Node", folder: Path) -> None:
        """Send an export; what the archive has not confirmed is said, and waits in the queue."""

        def work(ticket: Ticket) -> "Sent":
            from mo_viewer.pacs.send import send

            return send(folder, node.name or node.address, ticket)

        def done(sent: "Sent") -> None:
            self._window.session.note(TRANSFERRED, "E", sent.summary)
            self._window.say(sent.summary, "good" if sent.complete else "caution")

        self._run("Sending", work, done)

    def _go_on_sending(self) -> None:
        """Send what waits in the queue since the last time, where there is one."""

        def work(ticket: Ticket) -> int:
            from mo_viewer.pacs.courier import send_due
            from mo_viewer.pacs.queue import Queue, queue_file

            if not queue_file().is_file():
                return 0
            with Queue() as queue:
                return sum(job.state == "sent" for job in send_due(queue, ticket))

        def done(count: int) -> None:
            if count:
                self._window.session.note(TRANSFERRED, "E", f"{count} files")
                self._window.say(f"{count} files that had waited were sent.", "good")

        self._run("Sending what waits", work, done)

    def _choose(self, node: "Node", studies: "tuple[PriorStudy, ...]") -> None:
        if not studies:
            self._window.say("The archive holds no other study of this patient.")
            return
        asked = TickList(self._window, "Prior studies", [_words(study) for study in studies], NOTE, "Fetch ticked")
        rows = asked.ticked_rows if asked.exec() else ()
        asked.deleteLater()
        if not rows:
            return
        folder = asked_target(self._window, "Fetch into folder")
        if folder is not None:
            self.fetch(node, [studies[row] for row in rows], folder)

    def _node(self) -> "Node | None":
        """The one that is configured, or the one of several that the reader names."""
        try:
            nodes = {node.name or node.address: node for node in read_nodes()}
        except Fault as fault:
            self._window.show_fault(fault)
            return None
        if len(nodes) < 2:
            return next(iter(nodes.values()), None)
        chosen, ok = QInputDialog.getItem(self._window, "Archive", "Archive", list(nodes), 0, False)
        return nodes[chosen] if ok else None

    def _set_up(self) -> None:
        self._window.extras.preferences.open_page(ARCHIVES_PAGE)

    def _has_patient(self) -> bool:
        document = self._window.session.document
        return self._is_set_up and document is not None and bool(document.patient.id)

    def _run(self, title: str, work: Callable[[Ticket], object], done: Callable[..., None]) -> None:
        self._window.jobs.run(title, work, done, self._window.show_fault, slot="archive")


def _name(study: "PriorStudy") -> str:
    """A folder's name without patient text."""
    return f"{study.date or 'undated'}_{hashlib.sha256(study.uid.encode()).hexdigest()[:8]}"


def _words(study: "PriorStudy") -> str:
    kinds = sorted({series.modality for series in study.series if series.modality})
    said = (study.date or "undated", ", ".join(kinds), study.description, study.doubt)
    return " · ".join(filter(None, said))
