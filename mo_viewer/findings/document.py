"""All findings of one patient: immutable, the only undoable thing."""

from dataclasses import dataclass, field, replace
from itertools import count

from mo_viewer.findings.lesion import Lesion
from mo_viewer.volume.source import Acquisition, Patient, Source


@dataclass(frozen=True)
class Timepoint:
    """What was found in one study, measured in one of its series."""

    study_uid: str
    series_uid: str
    date: str = ""
    time: str = ""
    modality: str = ""
    acquisition: Acquisition = field(default_factory=Acquisition)
    lesions: tuple[Lesion, ...] = ()

    @classmethod
    def of(cls, source: Source) -> "Timepoint":
        """The study and series of an image as a timepoint without lesions."""
        return cls(
            study_uid=source.study_uid,
            series_uid=source.series_uid,
            date=source.date,
            time=source.time,
            modality=source.modality,
            acquisition=source.acquisition,
        )

    def lesion(self, tracking_uid: str) -> Lesion | None:
        """Return the lesion with that tracking UID, or None."""
        return next((found for found in self.lesions if found.tracking_uid == tracking_uid), None)


@dataclass(frozen=True)
class Document:
    """Findings of one patient over time; timepoints in order of date, time, study UID."""

    patient: Patient
    timepoints: tuple[Timepoint, ...] = ()
    injury_date: str = ""
    """ISO; empty when not known."""

    def timepoint(self, study_uid: str) -> Timepoint | None:
        """Return the timepoint of a study, or None."""
        return next((t for t in self.timepoints if t.study_uid == study_uid), None)

    def next_label(self) -> str:
        """The first of L1, L2 ... that no lesion of the patient bears."""
        taken = {lesion.label for timepoint in self.timepoints for lesion in timepoint.lesions}
        return next(label for label in (f"L{n}" for n in count(1)) if label not in taken)

    def with_timepoint(self, timepoint: Timepoint) -> "Document":
        """Return a document in which this timepoint stands in place of the study's old one."""
        others = [t for t in self.timepoints if t.study_uid != timepoint.study_uid]
        ordered = sorted([*others, timepoint], key=lambda t: (t.date, t.time, t.study_uid))
        return replace(self, timepoints=tuple(ordered))

    def with_lesion(self, timepoint: Timepoint, lesion: Lesion) -> "Document":
        """Return a document with the lesion put (or replaced) in the timepoint's study.

        `timepoint` says which study and series it is; lesions already known in that study are kept.
        """
        known = self.timepoint(timepoint.study_uid)
        lesions = [] if known is None else list(known.lesions)
        at = next((i for i, old in enumerate(lesions) if old.tracking_uid == lesion.tracking_uid), len(lesions))
        lesions[at : at + 1] = [lesion]
        return self.with_timepoint(replace(timepoint, lesions=tuple(lesions)))

    def without_lesion(self, study_uid: str, tracking_uid: str) -> "Document":
        """Return a document in which that lesion is gone from that study."""
        known = self.timepoint(study_uid)
        if known is None:
            return self
        kept = tuple(lesion for lesion in known.lesions if lesion.tracking_uid != tracking_uid)
        return self.with_timepoint(replace(known, lesions=kept))
