"""Errors that carry a sentence for the person in front of the screen."""

import traceback


class Fault(Exception):
    """Something went wrong that a person must be told.

    Parameters
    ----------
    sentence
        One sentence, without patient text, that says what happened.
    hint
        What to do about it; may be empty.
    detail
        For a bug report; may be empty. Never shown unasked.
    code
        A word of CONTRACT's lists (``truncated``, ``no_pixels`` ...) where one applies.
    """

    def __init__(self, sentence: str, hint: str = "", detail: str = "", code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.detail = detail
        self.code = code

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class Unreadable(Fault):
    """An input cannot be read (exit code 3)."""


class Unwritable(Fault):
    """An output cannot be written (exit code 4)."""


class Misuse(Fault):
    """The caller asked for something that does not exist (exit code 2)."""


class Refused(Fault):
    """The work was understood and is not done, for a reason that is said (exit code 1)."""


class Cancelled(Exception):
    """The user stopped a job; raised from `Ticket.progress` and caught by whoever runs the job."""


def course_of(error: BaseException) -> str:
    """Return where an error came from and what kind it is, for a bug report.

    What it says is left out: messages of libraries quote the values that they stumble over, and these may be a
    patient's.
    """
    lines: list[str] = []
    while True:
        lines[:0] = [*traceback.format_tb(error.__traceback__), f"{type(error).__module__}.{type(error).__name__}\n"]
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is None:
            break
        error = before
    return "".join(lines)
