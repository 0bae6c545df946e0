"""Who signed the findings off, and whether what stands now is what was signed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mo_viewer.findings.document import Document
from mo_viewer.findings.plain import to_plain


class State(StrEnum):
    """Standing of the findings; FHIR's and DICOM's words."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"


@dataclass(frozen=True)
class Reader:
    """The person who reads, as set once in the settings."""

    name: str
    organisation: str = ""


@dataclass(frozen=True)
class Signing:
    """A reader signed one state of the findings at a time (ISO date and time); `digest` says which state."""

    reader: Reader
    at: str
    digest: str


@dataclass(frozen=True)
class Standing:
    """What an export says about who answers for it.

    `reader` is known before signing too; `signed_at` (ISO) only after. `changed_since` is the time of the last
    signature where the findings were changed after it and not signed again.
    """

    state: State = State.PRELIMINARY
    reader: Reader | None = None
    signed_at: str = ""
    changed_since: str = ""

    @property
    def is_signed(self) -> bool:
        """Whether a reader answers for exactly these findings."""
        return self.state is not State.PRELIMINARY


UNSIGNED = Standing()


def digest(document: Document) -> str:
    """Return what stands for exactly these findings (SHA-256 over every field, voxels included)."""
    blobs: dict[str, bytes] = {}
    text = json.dumps(to_plain(document, blobs), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def sign(document: Document, reader: Reader, at: str) -> Signing:
    """Return the reader's signature under the findings as they are now; `at` is an ISO date and time."""
    return Signing(reader, at, digest(document))


def standing(document: Document, signings: Sequence[Signing], reader: Reader | None = None) -> Standing:
    """Return how the findings stand.

    Final when the only state that was ever signed is this one; amended when this state was signed after another;
    preliminary when nothing was signed, or something was changed after the last signature.

    Parameters
    ----------
    document
        The findings as they are now.
    signings
        In order of time.
    reader
        Who is reading now, named in preliminary exports.
    """
    if not signings:
        return Standing(reader=reader)
    last = signings[-1]
    if last.digest != digest(document):
        return Standing(reader=reader, changed_since=last.at)
    state = State.FINAL if len({s.digest for s in signings}) == 1 else State.AMENDED
    return Standing(state, last.reader, last.at)
