"""Findings that lie among what was opened: taken where nothing is stored, shown where they differ, never merged."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.scan import Index
from mo_viewer.findings.document import Document
from mo_viewer.session.audit import IMPORT
from mo_viewer.session.session import Change
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.faults import Message

if TYPE_CHECKING:
    from mo_viewer.report.read_in import ReadIn
    from mo_viewer.ui.take_findings import Offer
    from mo_viewer.ui.window import Window

TITLE = "Findings in files …"
KINDS = frozenset({"SR", "SEG", "RTSTRUCT"})


class FindingsIn:
    """Reads reports, segmentations and contours in the background once a folder was read."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._read: dict[str, ReadIn] = {}
        self._offers: dict[str, tuple[Offer, ...]] = {}
        self._said: set[tuple[str, str]] = set()
        self._waiting: dict[str, Message] = {}
        """By patient, the message that a choice waits: until it is made or the message closed."""
        window.library.scan_finished.connect(self._look)
        window.session.listen(self._session_changed)

    def actions(self) -> list[Action]:
        """What the reader can do with it."""
        return [
            Action("findings.take", TITLE, self.ask, "Report",
                   tip="Reports among the opened files that differ from the saved findings; contours of other programs",
                   enabled=Need(lambda: bool(self.offers), "The opened files hold no other findings."))
        ]  # fmt: skip

    @property
    def offers(self) -> "tuple[Offer, ...]":
        """What waits for the reader's choice about the current patient."""
        document = self._window.session.document
        return () if document is None else self._offers.get(document.patient.key, ())

    def ask(self) -> None:
        """Show what waits, and take what the reader ticks."""
        from mo_viewer.ui.take_findings import TakeFindings

        asked = TakeFindings(self._window, self.offers)
        if asked.exec():
            self._answered()
            self.take(asked.ticked)
        asked.deleteLater()

    def take(self, chosen: "Sequence[Offer]") -> None:
        """Put the chosen findings into the current patient's, as one step; what others drew is measured before."""
        from mo_viewer.ui.take_findings import Drawn, measured

        document, library = self._window.session.document, self._window.library
        if document is None or not chosen:
            return
        series = {one.starting.source.series_uid for one in chosen if isinstance(one, Drawn)}
        volumes = {uid: volume for uid in series if (volume := library.volume(uid)) is not None}
        if not volumes:
            self._put(document.patient.key, chosen, chosen)
            return

        def done(found: "tuple[list[Offer], tuple[str, ...]]") -> None:
            self._put(document.patient.key, chosen, found[0])
            for remark in found[1]:
                self._window.say(remark, "caution")

        self._window.jobs.run(
            "Measuring findings of files",
            lambda ticket: measured(chosen, volumes, ticket),
            done,
            self._window.show_fault,
            slot="take findings",
        )

    def _put(self, key: str, chosen: "Sequence[Offer]", offers: "Sequence[Offer]") -> None:
        """Take `offers`, which were `chosen`; nothing happens when another patient was opened meanwhile."""
        document = self._window.session.document
        if document is None or document.patient.key != key:
            return
        for offer in offers:
            document = offer.taken(document)
        self._offers[key] = tuple(one for one in self.offers if one not in chosen)
        self._window.session.change("Take findings from files", document)

    def _look(self, index: Index) -> None:
        if not any(not one.is_image and one.source.modality in KINDS for one in index.series):
            return
        known = self._window.library.series

        def read(_: Ticket) -> "tuple[ReadIn, ...]":
            from mo_viewer.report.read_in import read_in

            return read_in(known)

        self._window.jobs.run("Reading findings", read, self._take, self._window.show_fault, slot="findings in")

    def _take(self, found: "tuple[ReadIn, ...]") -> None:
        self._read |= {one.document.patient.key: one for one in found}
        self._bring_in()

    def _answered(self) -> None:
        document = self._window.session.document
        waiting = None if document is None else self._waiting.pop(document.patient.key, None)
        if waiting is not None:
            self._window.workspace.unsay(waiting)

    def _session_changed(self, change: Change) -> None:
        """A message that a choice waits is that of one patient, and comes back with the patient."""
        if change.old is not None and change.old.patient.key == change.new.patient.key:
            return
        key = "" if change.old is None else change.old.patient.key
        if key in self._waiting and not self._window.workspace.unsay(self._waiting[key]):
            del self._waiting[key]
        QTimer.singleShot(0, self._window, self._come_back)

    def _come_back(self) -> None:
        document = self._window.session.document
        if document is not None and document.patient.key in self._waiting:
            self._window.pane.messages.say(self._waiting[document.patient.key])
        self._bring_in()

    def _bring_in(self) -> None:
        """Take what is new for the current patient; what differs or is another program's waits for a choice."""
        session = self._window.session
        document = session.document
        found = None if document is None else self._read.pop(document.patient.key, None)
        if document is None or found is None:
            return
        self._offers[document.patient.key] = offers_of(document, found)
        merged = with_new(document, found)
        if merged != document:
            count = len(merged.timepoints) - len(document.timepoints)
            session.note(IMPORT, "C", f"{count} studies")
            session.change("Findings from files", merged)
            self._window.say(f"Findings of {count} studies were read from structured reports.", "good")
        for remark in found.remarks:
            self._say_once(Message(remark, tone="caution"))
        if self.offers:
            words, hint = waiting_words(self.offers)
            search = self._window.actions_table.action("palette")
            hint = f"{hint} Later: {search.key_text() or search.title}, {TITLE}"
            waiting = Message(words, hint, tone="caution", lasting=True, verb="Choose …", act=self.ask)
            if self._say_once(waiting):
                self._waiting[document.patient.key] = waiting
        self._window.actions_table.refresh()

    def _say_once(self, message: Message) -> bool:
        """Files are read again with each folder that is opened; what was said of a patient is not said again."""
        document = self._window.session.document
        key = "" if document is None else document.patient.key
        if (key, message.sentence) in self._said:
            return False
        self._said.add((key, message.sentence))
        self._window.pane.messages.say(message)
        return True


def waiting_words(offers: "Sequence[Offer]") -> tuple[str, str]:
    """Return what differs from what, or is new, and what can be done about it."""
    from mo_viewer.ui.take_findings import Drawn

    drawn = sum(isinstance(one, Drawn) for one in offers)
    sentences, hints = [], []
    if differing := len(offers) - drawn:
        what = "1 lesion differs" if differing == 1 else f"{differing} lesions differ"
        sentences.append(f"{what} between the findings saved here and a report in the opened folder.")
        hints.append("Choose which to keep; until then the saved findings count.")
    if drawn:
        what = "A contour" if drawn == 1 else f"{drawn} contours"
        verb = "is not among its lesions" if drawn == 1 else "are not among its lesions"
        sentences.append(f"{what} drawn with another program came with this study and {verb} yet.")
        hints.append("Take over what you want to follow.")
    return " ".join(sentences), " ".join(hints)


def with_new(document: Document, found: "ReadIn") -> Document:
    """Return a document with the studies that were read and of which nothing was known, and what was said of them."""
    new = [one for one in found.document.timepoints if document.timepoint(one.study_uid) is None]
    if new and not document.timepoints:
        return replace(found.document, patient=document.patient, identities=document.identities)
    for timepoint in new:
        document = document.with_timepoint(timepoint)
    uids, said = {one.study_uid for one in new}, {(e.tracking_uid, e.study_uid) for e in document.judged}
    for event in found.document.judged:
        if event.study_uid in uids and (event.tracking_uid, event.study_uid) not in said:
            document = document.with_judged(event)
    return document


def offers_of(document: Document, found: "ReadIn") -> "tuple[Offer, ...]":
    """Return what differs from the stored findings, what the files say in two ways, and what others drew."""
    from mo_viewer.report.read_in import conflicts_with
    from mo_viewer.ui.take_findings import Differing, Drawn

    known = [*conflicts_with(document, found.document), *found.conflicts]
    drawn = [one for one in found.starting if not _is_taken(document, one.study_uid, one.lesion.tracking_uid)]
    return (*(Differing(one) for one in known), *(Drawn(one) for one in drawn))


def _is_taken(document: Document, study_uid: str, tracking_uid: str) -> bool:
    timepoint = document.timepoint(study_uid)
    return timepoint is not None and timepoint.lesion(tracking_uid) is not None
