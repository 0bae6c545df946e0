"""What DICOM has no place for (surfaces, every digit of every field), kept in private elements of our own reports.

Other programs pass over it. Reading takes it only where it agrees with what the report says openly.
"""

import json
from dataclasses import dataclass
from typing import Any

from mo_viewer.base.faults import Unreadable
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.plain import from_plain, to_plain
from mo_viewer.report.history import NO_HISTORY, History

CREATOR, GROUP, TEXT, BLOBS = "MO VIEWER", 0x0077, 0x01, 0x02


@dataclass(frozen=True)
class Kept:
    """One study's findings as they were, the date of injury, and the patient's history."""

    timepoint: Timepoint
    injury_date: str = ""
    history: History = NO_HISTORY


def keep(built: Any, kept: Kept) -> None:
    """Put findings into a report before it is written."""
    blobs: dict[str, bytes] = {}
    text = json.dumps(to_plain(kept, blobs), ensure_ascii=False, separators=(",", ":"))
    block = built.private_block(GROUP, CREATOR, create=True)
    block.add_new(TEXT, "UT", text)
    block.add_new(BLOBS, "OB", _packed(blobs))


def kept_in(dataset: Any) -> Kept | None:
    """Return the findings that a report keeps; None where it keeps none, or they were lost on the way.

    Raises
    ------
    Unreadable
        When they are damaged.
    """
    try:
        block = dataset.private_block(GROUP, CREATOR)
        text, blobs = block[TEXT].value, block[BLOBS].value
    except KeyError:
        return None
    try:
        return from_plain(Kept, json.loads(text), _unpacked(bytes(blobs)))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise Unreadable("The findings kept in a report are damaged.", detail=repr(error)) from error


def _packed(blobs: dict[str, bytes]) -> bytes:
    """A line of JSON with the length of each blob, then the blobs; an even number of bytes."""
    head = json.dumps({name: len(content) for name, content in blobs.items()}).encode()
    whole = head + b"\n" + b"".join(blobs.values())
    return whole + b"\0" * (len(whole) % 2)


def _unpacked(whole: bytes) -> dict[str, bytes]:
    head, _, body = whole.partition(b"\n")
    found, at = {}, 0
    for name, length in json.loads(head).items():
        found[name] = body[at : at + int(length)]
        at += int(length)
    return found
