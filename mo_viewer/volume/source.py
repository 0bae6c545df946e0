"""What is known about the images that a volume was made of, in words that need no DICOM library."""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Patient:
    """Who was examined. Only for the window, the store and exports: never for logs, titles or file names."""

    key: str
    """Stable short hash that stands for the patient wherever a name must not; one for all IDs of a person."""
    id: str = ""
    name: str = ""
    sex: str = ""
    birth_date: str = ""
    issuer: str = ""
    own_key: str = ""
    """The key that this ID has by itself, where a reader said that it is one person with the patient of `key`."""

    @property
    def identity(self) -> str:
        """The key of this ID by itself, whoever it was said to be."""
        return self.own_key or self.key


@dataclass(frozen=True)
class Acquisition:
    """What decides whether two studies may be compared; None or "" where the images do not say."""

    kvp: float | None = None
    kernel: str = ""
    slice_mm: float | None = None
    contrast: bool | None = None
    manufacturer: str = ""
    model: str = ""
    station: str = ""
    software: str = ""
    field_of_view_mm: float | None = None
    cone_beam: bool = False


class Instance(NamedTuple):
    """One slice on disk.

    `path` may lead into a zip as ``archive.zip::member``. `frame` counts from 1 in a multi-frame file and
    is None in an ordinary one.
    """

    path: str
    sop_uid: str
    sop_class: str
    frame: int | None = None


@dataclass(frozen=True)
class Source:
    """The series behind a volume: identity, date, acquisition, and one instance per slice in slice order."""

    patient: Patient
    study_uid: str
    series_uid: str
    modality: str
    date: str = ""
    """Acquisition date, ISO; empty when no date is known."""
    time: str = ""
    """Of the study, on that date; empty when none is known, or when the images were acquired on another day."""
    study_date: str = ""
    """That the study bears, ISO; the study list says this one, and everything that is measured bears `date`."""
    study_description: str = ""
    description: str = ""
    number: int | None = None
    body_part: str = ""
    accession: str = ""
    acquisition: Acquisition = field(default_factory=Acquisition)
    instances: tuple[Instance, ...] = ()
