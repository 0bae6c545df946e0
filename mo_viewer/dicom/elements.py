"""All elements of one image as plain text, for people who want to see what the file says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mo_viewer.base.faults import Cancelled
from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.source import Instance

LONGEST = 400
"""So many characters of a value are kept."""
_MOST_ITEMS = 200
_WHO = frozenset({"PN"})
_WHO_TAGS = frozenset({0x00100020, 0x00100021, 0x00100030, 0x00100032, 0x00101000, 0x00101040, 0x00102154, 0x00100050})
_BYTES = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN"})


@dataclass(frozen=True)
class Element:
    """One line: `depth` in sequences, ``(gggg,eeee)``, the name, the value representation, and the value as text.

    `names_patient`: it says who was examined. `cut` is how many characters of the value are not shown.
    """

    depth: int
    tag: str
    name: str
    vr: str
    value: str
    is_private: bool = False
    names_patient: bool = False
    cut: int = 0


def read_elements(instance: Instance, ticket: Ticket | None = None) -> tuple[Element, ...]:
    """Return the elements of a file in their order, those of the file meta information first, pixels left out.

    Raises
    ------
    Unreadable
        When the file cannot be read.
    """
    from mo_viewer.dicom.header import read_dataset

    data = read_dataset(instance)
    meta = getattr(data, "file_meta", None)
    lines = [] if meta is None else list(_lines(meta, 0, ticket or Ticket()))
    return (*lines, *_lines(data, 0, ticket or Ticket()))


def _lines(data: Any, depth: int, ticket: Ticket) -> Iterator[Element]:
    for tag in sorted(data.keys()):
        ticket.check()
        try:
            element = data[tag]
            yield from _line(element, depth, ticket)
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - pydicom has faults of its own for values that it cannot convert
            yield Element(depth, _tag_text(tag), "not readable", "", type(error).__name__)


def _line(element: Any, depth: int, ticket: Ticket) -> Iterator[Element]:
    tag, vr = int(element.tag), str(element.VR)
    name = str(element.name).strip("[]")
    private = bool(element.tag.is_private)
    if vr == "SQ":
        items = list(element.value or ())
        yield Element(depth, _tag_text(tag), name, vr, f"{len(items)} item{'' if len(items) == 1 else 's'}", private)
        for number, item in enumerate(items[:_MOST_ITEMS], 1):
            yield Element(depth + 1, "", f"Item {number}", "", "")
            yield from _lines(item, depth + 2, ticket)
        if len(items) > _MOST_ITEMS:
            yield Element(depth + 1, "", f"and {len(items) - _MOST_ITEMS} more items", "", "")
        return
    text = _value_text(element.value, vr)
    who = vr in _WHO or tag in _WHO_TAGS
    yield Element(depth, _tag_text(tag), name, vr, text[:LONGEST], private, who, max(0, len(text) - LONGEST))


def _value_text(value: Any, vr: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray) or vr in _BYTES:
        size = len(value) if isinstance(value, bytes | bytearray) else 0
        printable = bytes(value[:64]) if isinstance(value, bytes | bytearray) else b""
        if vr == "UN" and printable and all(32 <= code < 127 for code in printable.rstrip(b"\0 ")) and size <= 64:
            return printable.rstrip(b"\0 ").decode("ascii")
        return f"{size:,} bytes"
    if isinstance(value, str | int | float):
        return str(value)
    try:
        return " \\ ".join(str(one) for one in value)
    except TypeError:
        return str(value)


def _tag_text(tag: int) -> str:
    number = int(tag)
    return f"({number >> 16:04X},{number & 0xFFFF:04X})"
