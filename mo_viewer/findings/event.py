"""What happened to a patient, and to a lesion between two studies."""

from dataclasses import dataclass, field
from enum import StrEnum


class Occasion(StrEnum):
    """Kinds of `PatientEvent` (the contract's ``--event`` kinds)."""

    INJURY = "injury"
    SURGERY = "surgery"
    EXCISION = "excision"
    RADIATION = "radiation"
    NSAID = "nsaid"
    ACTIVITY = "activity"
    OTHER = "other"


@dataclass(frozen=True)
class PatientEvent:
    """Something that happened to the patient on a day (ISO date).

    `made_by` names the plugin through which it was entered (``"mo_x 0.3.0"``); the same event by another is the same.
    """

    date: str
    kind: Occasion
    text: str = ""
    made_by: str = field(default="", compare=False)


class Fate(StrEnum):
    """What became of a lesion from one study to the next."""

    NEW = "new"
    STABLE = "stable"
    GROWN = "grown"
    SHRUNK = "shrunk"
    DENSER = "denser"
    RESORBED = "resorbed"
    MERGED = "merged"
    SPLIT = "split"
    EXCISED = "excised"
    RECURRED = "recurred"


@dataclass(frozen=True)
class LesionEvent:
    """The fate of one lesion, dated with the later study.

    `with_uids` are the tracking UIDs of the lesions that it merged with or split into, or that was excised in its bed.
    `evidence` says in short sentences what speaks for it; `certain` is False when a person should look first.
    """

    tracking_uid: str
    kind: Fate
    study_uid: str
    date: str = ""
    with_uids: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    certain: bool = True


@dataclass(frozen=True)
class Link:
    """Two contours in two studies that belong together.

    `overlap` is the shared volume over the smaller volume, `gap_mm` the distance of the surfaces, both after
    registration.
    """

    from_study: str
    from_uid: str
    to_study: str
    to_uid: str
    overlap: float
    gap_mm: float
