"""Text that comes from files, made safe and readable before anything shows it."""

import unicodedata
from functools import lru_cache

LONGEST = 300
_REMEMBERED = 512
_DIRECTION_MARKS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_FIRST_STRONG_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "\n": "<br>"})
"""As the standard library's `html` does it, whose table of entities takes 5 ms to read when the window begins."""
_NO_TEXT = {"Cc", "Cs", "Co", "Cn"}


@lru_cache(_REMEMBERED)
def plain(text: str) -> str:
    """Return one line without control characters, direction overrides and repeated spaces, at most `LONGEST` long."""
    kept = "".join(_kept(character) for character in text[: 4 * LONGEST])
    line = " ".join(kept.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


@lru_cache(_REMEMBERED)
def person(name: str) -> str:
    """Return a DICOM person name (PS3.5 6.2.1) as people write it: ``Family, Given Middle``.

    Ideographic spelling follows the alphabetic one in brackets.
    """
    spellings = [shown for group in name.split("=")[:2] if (shown := _spelling(group))]
    if len(spellings) == 2 and spellings[0] != spellings[1]:
        return f"{spellings[0]} ({spellings[1]})"
    return spellings[0] if spellings else ""


def isolated(text: str) -> str:
    """Wrap text so that a right-to-left name does not reorder what stands beside it in the same line.

    Other text stays as it is: the bundled fonts lack the marks, and a line with them is as high as some other font.
    """
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_END_OF_ISOLATE}"


def tooltip(text: str) -> str:
    """Return plain text for a tooltip, which Qt would otherwise take for rich text where it looks like it."""
    return f"<qt>{text.translate(_ESCAPED)}</qt>" if text else ""


def _kept(character: str) -> str:
    if character in _DIRECTION_MARKS:
        return ""
    if unicodedata.category(character) in _NO_TEXT:
        return " " if character.isspace() else ""
    return character


def _spelling(group: str) -> str:
    parts = [plain(part) for part in group.split("^")]
    family, given = parts[0], " ".join(part for part in parts[1:3] if part)
    return ", ".join(part for part in (family, given) if part)
