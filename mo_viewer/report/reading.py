"""The report that a person reads, in one wording, before it becomes text, HTML or PDF."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mo_viewer.report.contract import Json
from mo_viewer.report.reader_marks import marks_table
from mo_viewer.report.reading_lesion import Keys, LesionPart, Table, lesion_part
from mo_viewer.report.signature import Standing, State
from mo_viewer.report.wording import Wording
from mo_viewer.volume.source import Patient


@dataclass(frozen=True)
class Section:
    """What a plugin adds: a title, paragraphs and tables in their order, and whose it is."""

    title: str
    blocks: tuple[str | Table, ...]
    made_by: str


@dataclass(frozen=True, eq=False)
class Reading:
    """A report in its parts; `standing` says at the top whether a reader answers for it."""

    title: str
    standing: str
    is_signed: bool
    person: tuple[tuple[str, str], ...]
    studies: Table
    lesions: tuple[LesionPart, ...]
    not_claimed_title: str
    not_claimed: tuple[str, ...]
    made_by: str
    words: Wording
    sections: tuple[Section, ...] = ()
    marks: Table | None = None


def read_report(
    findings: Json,
    patient: Patient,
    standing: Standing,
    words: Wording,
    keys: Keys,
    sections: tuple[Section, ...] = (),
) -> Reading:
    """Return the report of a patient's findings.

    Parameters
    ----------
    findings
        Of `contract.findings_json`: every number of the report is taken from it.
    patient, standing
        Who was examined; who answers for the findings.
    words
        Of `wording.wording`.
    keys
        Key pictures by study UID and tracking UID; may be empty.
    sections
        What plugins add.
    """
    return Reading(
        title=words.say("title"),
        standing=_standing(standing, words),
        is_signed=standing.is_signed,
        person=tuple(_person(findings, patient, words)),
        studies=_studies(findings, words),
        lesions=tuple(lesion_part(uid, findings, words, keys) for uid in lesions_of(findings)),
        not_claimed_title=words.not_claimed_title,
        not_claimed=words.not_claimed,
        made_by=words.say("made_by", software=", ".join(filter(None, (findings["software"], findings["plugin"])))),
        words=words,
        sections=sections,
        marks=marks_table(findings, words),
    )


def lesions_of(findings: Json) -> list[str]:
    """Return the tracking UIDs of all lesions in the order in which they first appear."""
    return list(dict.fromkeys(x["tracking_uid"] for t in findings["timepoints"] for x in t["lesions"]))


def _standing(standing: Standing, words: Wording) -> str:
    reader = standing.reader
    who = "" if reader is None else ", ".join(filter(None, (reader.name, reader.organisation)))
    if standing.state is not State.PRELIMINARY:
        return words.say(standing.state.value, reader=who, at=_when(standing.signed_at))
    if standing.changed_since:
        return words.say("changed_since", at=_when(standing.changed_since))
    return words.say("preliminary_reader", reader=who) if who else words.say("preliminary")


def _when(at: str) -> str:
    return at[:16].replace("T", " ")


def _person(findings: Json, patient: Patient, words: Wording) -> Iterator[tuple[str, str]]:
    name = " ".join(part for part in reversed(patient.name.partition("=")[0].split("^")[:2]) if part)
    given = [
        (words.say("patient"), name),
        (words.say("patient_id"), patient.id),
        (words.say("birth_date"), patient.birth_date),
        (words.say("sex"), patient.sex),
        (words.say("injury"), findings["injury_date"] or ""),
    ]
    yield from ((label, value) for label, value in given if value)
    for event in findings.get("events", ()):
        yield words.event(event["kind"]), " ".join(filter(None, (event["date"], event["text"])))


def _studies(findings: Json, words: Wording) -> Table:
    compared = _comparisons(findings)
    rows = []
    for n, timepoint in enumerate(findings["timepoints"]):
        days = timepoint["days_since_injury"]
        rows.append(
            (
                timepoint["date"] or words.say("no_date"),
                "" if days is None else str(days),
                _images(timepoint),
                _technique(timepoint, words),
                words.say("first_study") if n == 0 else _comparable(compared.get(timepoint["study_uid"]), words),
            )
        )
    keys = ("study_date", "study_day", "study_kind", "study_technique", "study_compared")
    return Table(words.say("studies"), tuple(words.say(key) for key in keys), tuple(rows))


def _comparisons(findings: Json) -> Mapping[str, Json]:
    return {change["to_study"]: change for course in findings["courses"] for change in course["changes"]}


def _comparable(change: Json | None, words: Wording) -> str:
    if change is None:
        return words.say("not_compared")
    reasons = "; ".join(change["reasons"])
    return words.say(
        change["comparability"], **({} if change["comparability"] == "comparable" else {"reasons": reasons})
    )


def _images(timepoint: Json) -> str:
    acquisition = timepoint["acquisition"]
    maker = " ".join(filter(None, (acquisition["manufacturer"], acquisition["model"])))
    return ", ".join(filter(None, (timepoint["modality"], maker)))


def _technique(timepoint: Json, words: Wording) -> str:
    acquisition = timepoint["acquisition"]
    said = []
    if acquisition["kvp"] is not None:
        said.append(words.say("voltage", kv=f"{acquisition['kvp']:g}"))
    if acquisition["kernel"]:
        said.append(words.say("kernel", kernel=acquisition["kernel"]))
    if acquisition["slice_mm"] is not None:
        said.append(words.say("slice", mm=f"{acquisition['slice_mm']:.3g}"))
    if acquisition["contrast"] is not None:
        said.append(words.say("contrast" if acquisition["contrast"] else "no_contrast"))
    if timepoint.get("length_calibration", "patient") != "patient":
        said.append(words.say("calibration", state=timepoint["length_calibration"]))
    return ", ".join(said)
