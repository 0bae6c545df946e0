"""What an archive says it holds of a patient."""

from dataclasses import dataclass, field

from mo_viewer.base.faults import Refused


@dataclass(frozen=True)
class Person:
    """Whose studies are looked for. Only for queries and the window: never for logs or file names."""

    id: str = field(repr=False)
    issuer: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    """``20240108`` as DICOM writes it, or empty."""

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise Refused(
                "The study has no patient ID, so no earlier studies can be looked for.",
                "An empty ID would match every patient of the archive.",
            )
        if any(sign in self.id for sign in "*?\\"):
            raise Refused("The patient ID holds a sign that archives take for a wildcard, so nothing is looked for.")


@dataclass(frozen=True)
class PriorSeries:
    """One series an archive holds; `instances` is None where it does not say."""

    uid: str
    modality: str = ""
    number: str = ""
    description: str = ""
    instances: int | None = None


@dataclass(frozen=True)
class PriorStudy:
    """One study an archive holds.

    `doubt` is a sentence where the archive's record of the person differs from ours; empty otherwise.
    """

    uid: str
    date: str = ""
    time: str = ""
    description: str = ""
    patient_name: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    doubt: str = ""
    series: tuple[PriorSeries, ...] = ()


@dataclass(frozen=True)
class Held:
    """One instance an archive holds."""

    sop_uid: str
    sop_class: str
    series_uid: str


def is_same(person: Person, found_id: str, found_issuer: str) -> bool:
    """Whether an archive's record bears our patient's ID; archives match loosely, so it is compared again here."""
    return found_id.strip() == person.id.strip() and not (
        person.issuer and found_issuer and found_issuer.strip() != person.issuer.strip()
    )


def doubt_about(person: Person, found_birth_date: str) -> str:
    """Return why this may be somebody else, or an empty text."""
    if person.birth_date and found_birth_date and person.birth_date != found_birth_date:
        return "The archive gives another date of birth for this patient ID."
    return ""


def in_order(studies: list[PriorStudy], without: str) -> tuple[PriorStudy, ...]:
    """Sort by date, time and UID, newest first, and leave one study out."""
    kept = [study for study in studies if study.uid != without]
    return tuple(sorted(kept, key=lambda study: (study.date, study.time, study.uid), reverse=True))
