"""What a peer said about one instance, in the words of the standard turned into one sentence."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["stored", "refused", "later", "unknown"]

DUPLICATE = "0x0111"
NO_ROOM = "The archive has no room left for the object."
_BY_STATUS: dict[int, tuple[Outcome, str]] = {
    0x0000: ("stored", ""),
    0xB000: ("stored", "The archive stored the object and changed some of its attributes."),
    0xB006: ("stored", "The archive stored the object and left out some of its attributes."),
    0xB007: ("stored", "The archive stored the object, though it does not fit its kind in the archive's eyes."),
    0x0110: ("later", "The archive failed while it worked on the object."),
    0x0111: ("refused", "The archive already holds an object of the same identity."),
    0x0112: ("refused", "The archive does not hold the object."),
    0x0117: ("refused", "The archive finds the identity of the object invalid."),
    0x0119: ("refused", "The archive holds the object as one of another kind."),
    0x0122: ("refused", "The archive does not take objects of this kind."),
    0x0124: ("refused", "The archive does not allow us to store objects."),
    0x0213: ("later", NO_ROOM),
}
_BY_RANGE: tuple[tuple[int, int, Outcome, str], ...] = (
    (0xA700, 0xA7FF, "later", NO_ROOM),
    (0xA900, 0xA9FF, "refused", "The archive refuses the object: it does not fit its kind in the archive's eyes."),
    (0xC000, 0xCFFF, "refused", "The archive cannot understand the object."),
)


@dataclass(frozen=True)
class Answer:
    """What became of one instance.

    Parameters
    ----------
    outcome
        ``stored``: the peer said so. ``refused``: it said no, and will again. ``later``: it said no for now.
        ``unknown``: the instance went out and no answer came back.
    sentence
        For a person; empty when all is well.
    code
        The status number, for a bug report.
    """

    outcome: Outcome
    sentence: str = ""
    code: str = ""


STORED = Answer("stored")
LOST = Answer("unknown", "The connection broke before the archive answered for this object.")


def answer_of(status: int) -> Answer:
    """Return what a C-STORE status or a failure reason means (PS3.4 table B.2-1, PS3.7 annex C)."""
    code = f"0x{status:04X}"
    if status in _BY_STATUS:
        return Answer(*_BY_STATUS[status], code)
    for first, last, outcome, sentence in _BY_RANGE:
        if first <= status <= last:
            return Answer(outcome, sentence, code)
    return Answer("refused", f"The archive refused the object with the status {code}.", code)
