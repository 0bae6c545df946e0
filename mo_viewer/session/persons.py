"""Which patient IDs are one person: never found out by the program, only what readers said."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mo_viewer.findings.document import Document
from mo_viewer.volume.source import Patient


class Persons:
    """What the findings say about patient IDs.

    Parameters
    ----------
    said
        Patient, key of another ID, and whether that is the same person; see `Store.identities`.
    """

    def __init__(self, said: Iterable[tuple[str, str, bool]] = ()) -> None:
        self._said: dict[str, dict[str, bool]] = {}
        for patient, other, is_same in said:
            self._said.setdefault(patient, {})[other] = is_same
        self.same: dict[str, str] = {}
        """The patient that each joined ID belongs to."""
        self._sort()

    def take(self, document: Document) -> None:
        """Learn what a patient's findings say now, in place of what they said before."""
        self._said[document.patient.key] = {one.patient.key: one.is_same for one in document.identities}
        self._sort()

    def key_of(self, identity: str) -> str:
        """Return the key of the patient that an ID belongs to: its own unless a reader said otherwise."""
        seen = {identity}
        while identity in self.same and self.same[identity] not in seen:
            identity = self.same[identity]
            seen.add(identity)
        return identity

    def of(self, patient: Patient) -> Patient:
        """Return the patient of some images, with the key of the person; ID and name stay those of the images."""
        own = patient.identity
        key = self.key_of(own)
        return replace(patient, key=key, own_key="" if key == own else own)

    def are_apart(self, one: str, other: str) -> bool:
        """Whether a reader said that two IDs are different people."""
        return self._said.get(one, {}).get(other) is False or self._said.get(other, {}).get(one) is False

    def _sort(self) -> None:
        self.same = {other: key for key, said in self._said.items() for other, is_same in said.items() if is_same}


@dataclass(frozen=True)
class Fact:
    """One thing that two patients' images say of them; `agrees` is None where one of them does not say it."""

    name: str
    ours: str
    theirs: str
    agrees: bool | None


def compared(ours: Patient, theirs: Patient) -> tuple[Fact, ...]:
    """Return name, birth date, sex and patient ID of two patients, and whether they agree."""
    names = _parts(ours.name) == _parts(theirs.name)
    return (
        Fact("name", ours.name, theirs.name, _both(ours.name, theirs.name, names)),
        _fact("birth date", ours.birth_date, theirs.birth_date),
        _fact("sex", ours.sex, theirs.sex),
        _fact("patient ID", ours.id, theirs.id),
    )


def may_be_one(ours: Patient, theirs: Patient) -> bool:
    """Whether two patient IDs look so much like one person that the reader should be asked.

    The birth date agrees, and the name at least in one part (marriage, a second given name); or the name agrees and
    the birth date differs in its year, month or day only (a slip of the pen). Nothing follows from it but a question.
    """
    name, birth, *_ = compared(ours, theirs)
    if birth.agrees:
        return bool(_parts(ours.name) & _parts(theirs.name))
    one, other = ours.birth_date.split("-"), theirs.birth_date.split("-")
    slips = sum(a != b for a, b in zip(one, other, strict=False))
    return bool(name.agrees) and birth.agrees is False and len(one) == len(other) == 3 and slips == 1


def _fact(name: str, ours: str, theirs: str) -> Fact:
    return Fact(name, ours, theirs, _both(ours, theirs, ours.strip() == theirs.strip()))


def _both(ours: str, theirs: str, agrees: bool) -> bool | None:
    return agrees if ours.strip() and theirs.strip() else None


def _parts(name: str) -> frozenset[str]:
    """The parts of a DICOM person name (PS3.5 6.2.1), without accents, case and order, prefixes and suffixes."""
    plain = unicodedata.normalize("NFKD", name.partition("=")[0])
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    words = " ".join(letters.split("^")[:3]).replace("-", " ").replace(",", " ").split()
    return frozenset(word for word in words if len(word) > 1)
