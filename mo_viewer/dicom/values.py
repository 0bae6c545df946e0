"""Raw element values as numbers, dates and text."""

import math
import re
from datetime import date
from functools import lru_cache

from mo_viewer.base.faults import Unreadable

_TIME = re.compile(r"(\d{2}):?(\d{2})?:?(\d{2})?")


def text(raw: bytes | None) -> str:
    """Return the value of a UI, CS, DA, TM, IS or DS element, without padding."""
    return raw.decode("ascii", "replace").strip(" \0") if raw else ""


def texts(raw: bytes | None) -> tuple[str, ...]:
    """Return the values of a CS element with several values."""
    return tuple(part.strip(" \0") for part in text(raw).split("\\")) if raw else ()


def numbers(raw: bytes | None) -> tuple[float, ...]:
    """Return the values of a DS element; none when one of them is no finite number."""
    if not raw:
        return ()
    try:
        found = tuple(map(float, raw.rstrip(b" \0").split(b"\\")))
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def number(raw: bytes | None) -> float | None:
    """Return the first value of a DS element, or None."""
    found = numbers(raw)
    return found[0] if found else None


def whole(raw: bytes | None) -> int | None:
    """Return the value of an IS element, or None."""
    try:
        return int(raw.strip(b" \0")) if raw else None
    except ValueError:
        return None


def short(raw: bytes | None, signed: bool = False) -> int | None:
    """Return the first value of a US or SS element, or None."""
    return int.from_bytes(raw[:2], "little", signed=signed) if raw and len(raw) >= 2 else None


def iso_date(raw: bytes | None) -> str:
    """Return a DA value as ``2024-01-08``; empty when it is no date."""
    digits = text(raw).replace(".", "").replace("-", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).isoformat() if len(digits) == 8 else ""
    except ValueError:
        return ""


def iso_time(raw: bytes | None) -> str:
    """Return a TM value as ``14:29:56``; empty when it is no time."""
    found = _TIME.match(text(raw))
    return ":".join(part or "00" for part in found.groups()) if found else ""


@lru_cache(maxsize=4096)
def words(raw: bytes, charset: bytes) -> str:
    """Return the value of a text element (LO, SH, PN, ST ...) in the character sets that the file names."""
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii").strip(" \0")
    from mo_viewer.dicom.library import decoded_text

    try:
        return decoded_text(raw, texts(charset))
    except Unreadable:
        return raw.decode("utf-8", "replace").strip(" \0")
