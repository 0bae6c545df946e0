"""What a lesion is called until a reader names it: never a letter with a number, which reads as a vertebra."""

import re
from collections.abc import Collection
from itertools import count

_MADE = re.compile(r"(?:Lesion |L)(\d+)")
"""``L1`` is what earlier versions wrote."""


def free_name(taken: Collection[str]) -> str:
    """The first of Lesion 1, Lesion 2 ... whose number no lesion bears."""
    return next(f"Lesion {n}" for n in count(1) if f"Lesion {n}" not in taken and f"L{n}" not in taken)


def is_made(name: str) -> bool:
    """Whether it is such a name, not one that a reader gave."""
    return _MADE.fullmatch(name) is not None


def number_of(name: str) -> str:
    """The number in such a name; empty for a name that a reader gave."""
    made = _MADE.fullmatch(name)
    return made[1] if made else ""
