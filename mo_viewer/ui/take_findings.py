"""The choice among findings in files that are not the stored ones; nothing is taken that is not ticked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from PySide6.QtWidgets import QWidget

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.report.read_in import Conflict, Starting
from mo_viewer.ui.tick_list import TickList
from mo_viewer.volume.volume import Volume


class Offer(Protocol):
    """Something that may be taken into the findings."""

    @property
    def words(self) -> str:
        """What it is."""

    def taken(self, document: Document) -> Document:
        """Return the findings with it."""


@dataclass(frozen=True, eq=False)
class Differing:
    """A lesion that the files have otherwise than the store."""

    conflict: Conflict

    @property
    def words(self) -> str:
        """What differs, and what taking it does."""
        kept, other = self.conflict.kept, self.conflict.other
        does = "removed" if other is None else "added" if kept is None else "replaced by that of the report"
        return f"{self.conflict.what} Ticked: the saved lesion is {does}."

    def taken(self, document: Document) -> Document:
        """Return the findings with the lesion as the files have it."""
        conflict = self.conflict
        timepoint = document.timepoint(conflict.study_uid)
        if timepoint is None:
            return document
        if conflict.other is None:
            return document.without_lesion(conflict.study_uid, conflict.tracking_uid)
        return document.with_lesion(timepoint, conflict.other)


@dataclass(frozen=True, eq=False)
class Drawn:
    """What another program drew, as a lesion to start from."""

    starting: Starting

    @property
    def words(self) -> str:
        """What it is called, and by whom."""
        mask = self.starting.lesion.mask
        cm3 = 0.0 if mask is None else mask.volume_mm3 / 1000
        drawn = f"{self.starting.lesion.label}, drawn by {self.starting.made_by}: {cm3:.{1 if cm3 >= 10 else 2}f} cm³."
        return f"{drawn} Ticked: it is added, and measured if its images are open."

    def taken(self, document: Document) -> Document:
        """Return the findings with a lesion of this shape under a label that is free."""
        known = document.timepoint(self.starting.study_uid)
        timepoint = known or Timepoint.of(self.starting.source)
        labels = {lesion.label for one in document.timepoints for lesion in one.lesions}
        lesion = self.starting.lesion
        free = document.next_label() if lesion.label in labels or not lesion.label.strip() else lesion.label
        return document.with_lesion(timepoint, replace(lesion, label=free))


def measured(
    offers: Sequence[Offer], volumes: Mapping[str, Volume], ticket: Ticket
) -> tuple[list[Offer], tuple[str, ...]]:
    """Return offers with what others drew measured, as far as its volume is at hand, and why something was not.

    Parameters
    ----------
    offers
        What was chosen; the order is kept.
    volumes
        Loaded volumes by series UID.
    ticket
        Progress and cancellation.
    """
    from mo_viewer.measure.given import measured_as_given

    made, remarks = [], []
    for done, offer in enumerate(offers):
        ticket.progress(done, len(offers), "Measuring")
        volume = volumes.get(offer.starting.source.series_uid) if isinstance(offer, Drawn) else None
        if isinstance(offer, Drawn) and volume is not None:
            try:
                lesion = measured_as_given(offer.starting.lesion, volume, ticket)
                offer = Drawn(replace(offer.starting, lesion=lesion))
            except Refused as fault:
                remarks.append(f"{offer.starting.lesion.label} was not measured. {fault}")
        made.append(offer)
    return made, tuple(remarks)


class TakeFindings(TickList):
    """A list with ticks."""

    def __init__(self, parent: QWidget, offers: Sequence[Offer]) -> None:
        note = "What is not ticked stays as it is saved. Undo takes back what was taken over."
        super().__init__(
            parent, "Findings in the opened files", [offer.words for offer in offers], note, "Take over ticked"
        )
        self._offers = tuple(offers)

    @property
    def ticked(self) -> tuple[Offer, ...]:
        """What the reader wants."""
        return tuple(self._offers[row] for row in self.ticked_rows)
