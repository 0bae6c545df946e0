"""Whole headers as they were met before: the shortest way from the first bytes of a file to its frame.

The slices of a series come in few layouts: the same elements with the same lengths, the same shared values, and a
handful of values of their own. A layout is learnt once, from a file that went a longer way. A further file of the same
size is held against it in one comparison of all that must be equal, and only its own values are decoded.
"""

import struct
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from mo_viewer.dicom import tags
from mo_viewer.dicom.frame import FIELDS, Frame, frame_of
from mo_viewer.dicom.header import Begin
from mo_viewer.dicom.traits import Traits
from mo_viewer.dicom.walk import ITEM_END, SEQUENCE_END, UNDEFINED, More, Odd, Walk

MOST_ALIKE = 8
"""Layouts that are kept for one file size."""
FREE_LESSONS = 64
"""Layouts that are learnt before learning has to have paid."""
_PREAMBLE = 132
_META_LENGTH = 12
_META_SHARED = frozenset({0x00020002, 0x00020010})
_SHARED, _OTHER = -1, 0
Stretch = tuple[int, int, int]
"""Start, stop, and whose it is: `_SHARED`, `_OTHER` (not wanted), or the tag of a value that varies."""


class Template(NamedTuple):
    """One layout: readers of the bytes that must be equal and of those of a file's own values.

    `expected` is what `shared` must read from position `start` on; `pick` puts what `own` reads, and a None, into the
    order of `frame.FIELDS`.
    """

    shared: Callable[[bytes, int], tuple[bytes, ...]]
    start: int
    expected: tuple[bytes, ...]
    own: Callable[[bytes, int], tuple[bytes, ...]]
    pick: Callable[[tuple[bytes | None, ...]], tuple[Any, ...]]
    traits: Traits
    pixels: tuple[int, int, int]


def template(data: bytes, stretches: list[Stretch], traits: Traits, pixels: tuple[int, int, int]) -> Template:
    """Return the layout that the stretches of a file make up."""
    start = stretches[0][0]
    shared = _reader(stretches, lambda whose: whose == _SHARED)
    order = [whose for _, _, whose in stretches if whose > 0]
    pick = itemgetter(*(order.index(tag) if tag in order else -1 for tag in FIELDS))
    own = _reader(stretches, lambda whose: whose > 0)
    return Template(shared, start, shared(data, start), own, pick, traits, pixels)


class Templates:
    """The layouts met so far, by the size of the file: equal layouts of plain images have equal sizes."""

    def __init__(self) -> None:
        self._known: dict[int, list[Template]] = {}
        self._lessons, self._hits = 0, 0
        self.end = 0
        """How many bytes the longest layout reaches over."""

    def frame(self, file: str, size: int, data: bytes) -> Frame | None:
        """Return the frame of a file whose layout is known; None for others."""
        alike = self._known.get(size)
        if alike is None or len(data) < self.end:
            return None
        for k, (shared, start, expected, own, pick, traits, pixels) in enumerate(alike):
            if shared(data, start) == expected:
                if k:
                    alike.insert(0, alike.pop(k))
                self._hits += 1
                return frame_of(file, size, traits, pick((*own(data, start), None)), pixels)
        return None

    def learn(self, data: bytes, begin: Begin, frame: Frame) -> None:
        """Remember the layout of a file whose first bytes are `data`, unless learning has not paid so far."""
        if self._lessons > FREE_LESSONS + self._hits or frame.pixels is None:
            return
        self._lessons += 1
        try:
            stretches = list(_merged(_stretches(data, begin, frame.pixels[1])))
        except (Odd, More):
            return
        if stretches[-1][1] != frame.pixels[1]:
            return
        alike = self._known.setdefault(frame.size, [])
        alike.insert(0, template(data, stretches, frame.traits, frame.pixels))
        del alike[MOST_ALIKE:]
        self.end = max(self.end, frame.pixels[1])


def _reader(stretches: list[Stretch], wanted: Callable[[int], bool]) -> Callable[[bytes, int], tuple[bytes, ...]]:
    form = (f"{stop - start}{'s' if wanted(whose) else 'x'}" for start, stop, whose in stretches)
    return struct.Struct("<" + "".join(form)).unpack_from


def _merged(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    here = next(stretches)
    for one in stretches:
        if one[2] == here[2] and one[2] <= 0:
            here = here[0], one[1], here[2]
        else:
            yield here
            here = one
    yield here


def _stretches(data: bytes, begin: Begin, pixels_at: int) -> Iterator[Stretch]:
    """Yield the stretches from marker or first element to the value of the pixel data, without holes."""
    if begin.at >= _PREAMBLE:
        yield 128, min(begin.at, _PREAMBLE + _META_LENGTH), _SHARED
        explicit = Walk(implicit=False)
        position = _PREAMBLE + _META_LENGTH
        while position < begin.at:
            tag, start, length = explicit.element(data, position, begin.at)
            yield position, start, _SHARED
            yield start, start + length, _SHARED if tag in _META_SHARED else _OTHER
            position = start + length
    yield from _elements(Walk(begin.syntax == tags.IMPLICIT), data, begin.at, pixels_at)


def _elements(walk: Walk, data: bytes, position: int, pixels_at: int) -> Iterator[Stretch]:
    while position < pixels_at:
        tag, start, length = walk.element(data, position, pixels_at)
        yield position, start, _SHARED
        if tag == tags.PIXELS:
            return
        if length == UNDEFINED:
            parts = list(_nested(walk, data, start, pixels_at))
            yield from parts
            position = parts[-1][1]
            continue
        position = start + length
        if position > pixels_at:
            raise Odd
        if tag in tags.SEQUENCES or tag not in tags.WANTED:
            yield start, position, _OTHER
        else:
            yield start, position, tag if tag in tags.VARYING else _SHARED


def _nested(walk: Walk, data: bytes, position: int, end: int) -> Iterator[Stretch]:
    """Yield what stands in a sequence of undefined length, end mark included: its values do not matter, its form does.

    Items of undefined length are followed element by element, all others are stepped over.
    """
    depth = 1
    while depth:
        tag, length, start = walk.item(data, position, end)
        if tag >> 16 == 0xFFFE:
            yield position, start, _SHARED
            position = start
            if tag in (ITEM_END, SEQUENCE_END):
                depth -= 1
            elif length == UNDEFINED:
                depth += 1
            else:
                yield start, start + length, _OTHER
                position = start + length
        else:
            _, start, length = walk.element(data, position, end)
            yield position, start, _SHARED
            position = start
            if length == UNDEFINED:
                depth += 1
            else:
                yield start, start + length, _OTHER
                position = start + length
