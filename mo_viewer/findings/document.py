"""All findings of one patient: immutable, the only undoable thing."""

from dataclasses import dataclass, field, replace

from mo_viewer.findings.event import LesionEvent, PatientEvent
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.mark import ImageRef, Mark
from mo_viewer.findings.names import free_name
from mo_viewer.findings.registration import Registration
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Acquisition, Patient, Source


@dataclass(frozen=True)
class BoneClick:
    """The reader's word on one dense part of the images: native bone, or not."""

    at_mm: Point
    is_bone: bool


@dataclass(frozen=True)
class Identity:
    """Another patient ID, and the reader's word on whether it is this person's."""

    patient: Patient
    is_same: bool


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
    marks: tuple[Mark, ...] = ()
    key_images: tuple[ImageRef, ...] = ()
    bone_clicks: tuple[BoneClick, ...] = ()
    """The reader's corrections of native bone, in the order in which they were made."""
    identity: str = ""
    """Key of the patient ID that the images bear, where that is not the document's own; see `Document.identities`."""

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
            identity=source.patient.own_key,
        )

    def lesion(self, tracking_uid: str) -> Lesion | None:
        """Return the lesion with that tracking UID, or None."""
        return next((found for found in self.lesions if found.tracking_uid == tracking_uid), None)

    def drawn_on(self, lesion: Lesion) -> ImageRef | None:
        """Return the image that a lesion was drawn on; None where that is not known.

        Earlier versions kept only the series that a study was last measured in: it is that of the only lesion.
        """
        if lesion.image is None:
            return ImageRef(self.series_uid) if len(self.lesions) == 1 and self.series_uid else None
        return lesion.image if lesion.image.series_uid else None

    def is_on(self, lesion: Lesion, source: Source, geometry: Geometry) -> bool:
        """Whether a lesion's positions hold on a series of this study.

        They hold in its whole frame of reference; without one only in its own series, and those on a projection only
        in a stack of the same images. Where it is not known what it was drawn on, any of the same grid may be it.
        """
        if lesion.mask is None or source.study_uid != self.study_uid or not _may_meet(lesion.mask.geometry, geometry):
            return False
        if geometry.in_patient and geometry.frame_uid:
            return True
        image = self.drawn_on(lesion)
        if image is None:
            return lesion.mask.geometry == geometry
        if geometry.in_patient or image.series_uid != source.series_uid:
            return image.series_uid == source.series_uid
        there = ImageRef.of(source, lesion.mask.corner[0])
        return lesion.mask.geometry == geometry and image in (there, ImageRef(source.series_uid))

    def is_apart(self, lesion: Lesion) -> bool:
        """Whether it was drawn on images that nothing places beside those that the study was last measured in."""
        image = self.drawn_on(lesion)
        if lesion.mask is None or image is None or image.series_uid == self.series_uid:
            return False
        return not (lesion.mask.geometry.in_patient and lesion.mask.geometry.frame_uid)

    @property
    def has_findings(self) -> bool:
        """Whether the reader marked a lesion, measured something or made an image a key image."""
        return bool(self.lesions or self.marks or self.key_images)

    def mark(self, uid: str) -> Mark | None:
        """Return the mark with that UID, or None."""
        return next((found for found in self.marks if found.uid == uid), None)


@dataclass(frozen=True)
class Document:
    """Findings of one patient over time; timepoints in order of date, time, study UID."""

    patient: Patient
    timepoints: tuple[Timepoint, ...] = ()
    injury_date: str = ""
    """ISO; empty when not known."""
    events: tuple[PatientEvent, ...] = ()
    registrations: tuple[Registration, ...] = ()
    """Between its studies, each pair once."""
    judged: tuple[LesionEvent, ...] = ()
    """What a reader has said became of a lesion up to a study: it counts instead of what is proposed."""
    identities: tuple[Identity, ...] = ()
    """Other patient IDs of which a reader said that they are this person's, or that they are not."""

    @property
    def joined(self) -> tuple[Patient, ...]:
        """The other patient IDs of this person."""
        return tuple(one.patient for one in self.identities if one.is_same)

    def joined_identity(self, key: str) -> Patient | None:
        """Return the joined patient ID with that key, or None."""
        return next((one for one in self.joined if one.key == key), None)

    def timepoint(self, study_uid: str) -> Timepoint | None:
        """Return the timepoint of a study, or None."""
        return next((t for t in self.timepoints if t.study_uid == study_uid), None)

    def next_label(self) -> str:
        """The first of Lesion 1, Lesion 2 ... whose number no lesion of the patient bears."""
        return free_name({lesion.label for timepoint in self.timepoints for lesion in timepoint.lesions})

    def with_timepoint(self, timepoint: Timepoint) -> "Document":
        """Return a document in which this timepoint stands in place of the study's old one."""
        others = [t for t in self.timepoints if t.study_uid != timepoint.study_uid]
        ordered = sorted([*others, timepoint], key=lambda t: (t.date, t.time, t.study_uid))
        return replace(self, timepoints=tuple(ordered))

    def with_lesion(self, timepoint: Timepoint, lesion: Lesion) -> "Document":
        """Return a document with the lesion put (or replaced) in the timepoint's study.

        `timepoint` says which study and series it is; lesions and marks already known in that study are kept.
        """
        known = self.timepoint(timepoint.study_uid)
        lesions = [] if known is None else list(known.lesions)
        if known is not None and known.series_uid != timepoint.series_uid:
            lesions = [replace(one, image=known.drawn_on(one)) for one in lesions]
        drawn = timepoint if known is None else known
        at = next((i for i, old in enumerate(lesions) if old.tracking_uid == lesion.tracking_uid), len(lesions))
        lesions[at : at + 1] = [lesion]
        whole = replace(timepoint, lesions=tuple(lesions), marks=drawn.marks, key_images=drawn.key_images)
        whole = replace(whole, bone_clicks=drawn.bone_clicks)
        return self.with_timepoint(whole)

    def without_lesion(self, study_uid: str, tracking_uid: str) -> "Document":
        """Return a document in which that lesion is gone from that study."""
        known = self.timepoint(study_uid)
        if known is None:
            return self
        kept = (lesion for lesion in known.lesions if lesion.tracking_uid != tracking_uid)
        said = tuple(one if known.drawn_on(one) else replace(one, image=ImageRef("")) for one in kept)
        return self.with_timepoint(replace(known, lesions=said))

    def with_mark(self, timepoint: Timepoint, mark: Mark) -> "Document":
        """Return a document with the mark put (or replaced) in the timepoint's study; all else there is kept."""
        known = self.timepoint(timepoint.study_uid) or timepoint
        marks = list(known.marks)
        at = next((i for i, old in enumerate(marks) if old.uid == mark.uid), len(marks))
        marks[at : at + 1] = [mark]
        return self.with_timepoint(replace(known, marks=tuple(marks)))

    def without_mark(self, study_uid: str, uid: str) -> "Document":
        """Return a document in which that mark is gone from that study."""
        known = self.timepoint(study_uid)
        if known is None:
            return self
        kept = tuple(mark for mark in known.marks if mark.uid != uid)
        return self._settled(replace(known, marks=kept))

    def with_key_image(self, timepoint: Timepoint, image: ImageRef, is_key: bool = True) -> "Document":
        """Return a document in which that image of the timepoint's study is a key image, or is none any more."""
        known = self.timepoint(timepoint.study_uid) or timepoint
        others = tuple(one for one in known.key_images if one != image)
        return self._settled(replace(known, key_images=(*others, image) if is_key else others))

    def with_judged(self, event: LesionEvent) -> "Document":
        """Return a document in which a reader has said what became of a lesion up to the event's study."""
        place = event.tracking_uid, event.study_uid
        others = tuple(e for e in self.judged if (e.tracking_uid, e.study_uid) != place)
        return replace(self, judged=(*others, event))

    def with_bone_click(self, timepoint: Timepoint, click: BoneClick) -> "Document":
        """Return a document with one more correction of native bone in the timepoint's study.

        Registrations that rest on this study's bone are gone: they are found anew.
        """
        known = self.timepoint(timepoint.study_uid) or timepoint
        kept = (r for r in self.registrations if r.is_by_hand or known.study_uid not in (r.from_study, r.to_study))
        return replace(self, registrations=tuple(kept)).with_timepoint(
            replace(known, bone_clicks=(*known.bone_clicks, click))
        )

    def _settled(self, timepoint: Timepoint) -> "Document":
        """Return a document with this timepoint, or without it where nothing is left in it."""
        if timepoint.has_findings or timepoint.bone_clicks:
            return self.with_timepoint(timepoint)
        return replace(self, timepoints=tuple(t for t in self.timepoints if t.study_uid != timepoint.study_uid))


def _may_meet(one: Geometry, other: Geometry) -> bool:
    return one.frame_uid == other.frame_uid and one.in_patient == other.in_patient
