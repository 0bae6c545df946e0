"""The choice among findings in files that are not the stored ones; nothing is taken that is not ticked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from PySide6.QtWidgets import QWidget

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.report.read_in import Conflict, Starting
from mo_viewer.ui.tick_list import TickList


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
        does = "removes the stored lesion" if other is None else "adds it" if kept is None else "replaces it"
        return f"{self.conflict.what} Taking it {does}."

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
        voxels = 0 if mask is None else mask.voxels
        return f"{self.starting.lesion.label}, drawn by {self.starting.made_by}: {voxels} voxels, not measured."

    def taken(self, document: Document) -> Document:
        """Return the findings with a lesion of this shape under a label that is free."""
        known = document.timepoint(self.starting.study_uid)
        timepoint = known or Timepoint.of(self.starting.source)
        labels = {lesion.label for one in document.timepoints for lesion in one.lesions}
        lesion = self.starting.lesion
        free = document.next_label() if lesion.label in labels or not lesion.label.strip() else lesion.label
        return document.with_lesion(timepoint, replace(lesion, label=free))


class TakeFindings(TickList):
    """A list with ticks."""

    def __init__(self, parent: QWidget, offers: Sequence[Offer]) -> None:
        note = "The stored findings stay as they are where nothing is ticked. Undo takes it back."
        super().__init__(parent, "Findings in files", [offer.words for offer in offers], note, "Take ticked")
        self._offers = tuple(offers)

    @property
    def ticked(self) -> tuple[Offer, ...]:
        """What the reader wants."""
        return tuple(self._offers[row] for row in self.ticked_rows)
