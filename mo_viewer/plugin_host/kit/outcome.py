"""What a check found."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """One check: whether it passed, and where and why it did not."""

    name: str
    passed: bool
    text: str = ""


class Outcomes:
    """Takes outcomes as they come.

    Parameters
    ----------
    told
        Called with each.
    """

    def __init__(self, told: Callable[[Outcome], None] | None = None) -> None:
        self.all: list[Outcome] = []
        self._told = told

    def add(self, name: str, wrong: list[str], note: str = "") -> bool:
        """Add a check that failed for the reasons `wrong`, or passed when there are none; returns whether it passed."""
        outcome = Outcome(name, not wrong, "; ".join(dict.fromkeys(wrong)) if wrong else note)
        self.all.append(outcome)
        if self._told is not None:
            self._told(outcome)
        return outcome.passed
