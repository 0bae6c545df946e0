"""One frame as its header describes it: the small record that arranging and loading need."""

from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from mo_viewer.dicom import tags, values
from mo_viewer.dicom.header import Header
from mo_viewer.dicom.traits import Traits, traits_of

FIELDS = (*tags.SLICE, *tags.PHASE, *tags.WINDOW)
FARTHEST_MM = 1e6
"""No slice lies a kilometre away; a position beyond is a damaged one."""
_WINDOW_AT = len(tags.SLICE) + len(tags.PHASE)
Three = tuple[float, float, float]


class Frame(NamedTuple):
    """One image plane.

    `number` counts frames of a multi-frame file from 1. `spacing_mm` is rows, columns. `phase` holds the raw
    values of `tags.PHASE`, `window` those of `tags.WINDOW`. `pixels` is tag, offset and length, see `Header`.
    """

    file: str
    size: int
    traits: Traits
    sop_uid: str
    number: int | None
    instance: int | None
    position: Three | None
    orientation: tuple[float, ...] | None
    spacing_mm: tuple[float, float]
    slope: float | None
    intercept: float | None
    phase: tuple[bytes | None, ...]
    window: tuple[bytes | None, ...]
    pixels: tuple[int, int, int] | None


class Reader:
    """Makes frames of headers; equal shared parts become one `Traits`."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Traits] = {}

    def traits(self, header: Header) -> Traits:
        """Return the shared part of a header."""
        get = header.elements.get
        key = (header.syntax, header.big, *map(get, tags.TRAITS))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = traits_of(header.elements, header.syntax, header.big)
        return found

    def frames(self, header: Header, traits: Traits) -> tuple[Frame, ...]:
        """Return the frames of a file: one, or several where it is a multi-frame file."""
        single = self.plain(header, traits)
        if traits.grouped and header.pixels is not None:
            from mo_viewer.dicom.groups import grouped_frames

            return grouped_frames(single)
        if traits.frames == 1:
            return (single,)
        return tuple(single._replace(number=k + 1, position=None, orientation=None) for k in range(traits.frames))

    def plain(self, header: Header, traits: Traits) -> Frame:
        """Return the one frame that the plain elements of a header describe."""
        return frame_of(header.file, header.size, traits, tuple(map(header.elements.get, FIELDS)), header.pixels)


def frame_of(
    file: str, size: int, traits: Traits, raw: tuple[bytes | None, ...], pixels: tuple[int, int, int] | None
) -> Frame:
    """Return a frame from the raw values of `FIELDS`."""
    uid, instance, position, orientation, slope, intercept = raw[:6]
    return tuple.__new__(
        Frame,
        (
            file, size, traits, values.text(uid), None, values.whole(instance), three(position),
            directions(orientation), traits.spacing_mm, *_rescaling(slope, intercept),
            raw[6:_WINDOW_AT], raw[_WINDOW_AT:], pixels,
        ),
    )  # fmt: skip


def three(raw: bytes | None) -> Three | None:
    """Return a position, LPS mm, or None."""
    if not raw:
        return None
    try:
        x, y, z = map(float, raw.rstrip(b" \0").split(b"\\"))
    except ValueError:
        return None
    return (x, y, z) if abs(x) + abs(y) + abs(z) < FARTHEST_MM else None


def rescaling(slope: float | None, intercept: float | None) -> tuple[float, float] | tuple[None, None]:
    """Return slope and intercept; neither where one is absent (PS3.3 C.11.1 demands both), no number, or flat."""
    if slope is None or intercept is None or not slope or not isfinite(slope) or not isfinite(intercept):
        return None, None
    return slope, intercept


@lru_cache(maxsize=256)
def directions(raw: bytes | None) -> tuple[float, ...] | None:
    """Return row and column direction (six numbers), or None where they are absent or do not stand upright."""
    return upright(values.numbers(raw))


def upright(found: tuple[float, ...]) -> tuple[float, ...] | None:
    """Return six direction cosines when they are two unit vectors at a right angle (to 1 %), else None."""
    if len(found) != 6:
        return None
    row, column = found[:3], found[3:]
    lengths = sum(a * a for a in row), sum(a * a for a in column)
    square = sum(a * b for a, b in zip(row, column, strict=True))
    return found if all(0.98 < length < 1.02 for length in lengths) and abs(square) < 0.01 else None


@lru_cache(maxsize=1024)
def _rescaling(slope: bytes | None, intercept: bytes | None) -> tuple[float, float] | tuple[None, None]:
    return rescaling(values.number(slope), values.number(intercept))


def frame_offset(frame: Frame) -> int:
    """Return which frame of its file this is, counted from 0."""
    return (frame.number or 1) - 1


def as_bytes(value: Any) -> bytes | None:
    """Return a value of a functional group as raw bytes, as an ordinary header would hold it."""
    if value is None:
        return None
    several = value if hasattr(value, "__iter__") and not isinstance(value, (str, bytes)) else [value]
    return "\\".join(str(part) for part in several).encode()
