"""Whole headers as they were met before: the shortest way from the first bytes of a file to its frame.

The slices of a series come in few layouts: the same elements with the same lengths, the same shared values, and a
handful of values of their own. A layout is learnt once, from a file that went a longer way. A further file is held
against it in one comparison of all that must be equal, and only its own values are decoded. A layout whose shared
values differ, as in another series of the same scanner, still tells where all values stand.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from mo_viewer.dicom import tags
from mo_viewer.dicom.frame import FIELDS, Frame, frame_of
from mo_viewer.dicom.header import Begin, Header
from mo_viewer.dicom.traits import Traits
from mo_viewer.dicom.walk import ITEM_END, SEQUENCE_END, UNDEFINED, More, Odd, Walk

MOST_ALIKE = 8
"""Layouts that are kept for one file size, or for one length of the file meta information."""
FREE_LESSONS = 64
"""Layouts that are learnt before learning has to have paid."""
_PREAMBLE = 132
_META_LENGTH = 12
_META_SHARED = frozenset({0x00020002, 0x00020010})
_HEAD, _OTHER = -1, 0
Stretch = tuple[int, int, int]
"""Start, stop, and what it is: `_HEAD` (must be equal in one layout), `_OTHER` (not wanted), or a value's tag."""
Read = Callable[[bytes, int], tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Template:
    """One layout: readers of the bytes that must be equal, of all wanted values, and of a file's own values.

    All read from position `start` on. `expected` is what `shared` must read, `form` what `heads` must; `pick` puts
    what `own` reads, and a None, into the order of `frame.FIELDS`. `sequences` are those that are noted as present.
    """

    start: int
    shared: Read
    expected: tuple[bytes, ...]
    heads: Read
    form: tuple[bytes, ...]
    wanted: Read
    tags: tuple[int, ...]
    sequences: tuple[int, ...]
    own: Read
    pick: Callable[[tuple[bytes | None, ...]], tuple[Any, ...]]
    traits: Traits
    pixels: tuple[int, int, int]

    def header(self, file: str, size: int, data: bytes) -> Header | None:
        """Return the header of a file of this layout whose shared values are others; None where the layout is."""
        if self.pixels[2] == UNDEFINED or self.heads(data, self.start) != self.form:
            return None
        elements = dict(zip(self.tags, self.wanted(data, self.start), strict=True)) | dict.fromkeys(self.sequences, b"")
        return Header(file, size, self.traits.syntax, elements, self.pixels)


def template(data: bytes, stretches: list[Stretch], sequences: list[int], frame: Frame) -> Template:
    """Return the layout that the stretches of a file make up."""
    assert frame.pixels is not None
    start = stretches[0][0]
    heads = _reader(stretches, lambda what: what == _HEAD)
    shared = _reader(stretches, lambda what: what == _HEAD or (what > 0 and what not in tags.VARYING))
    found = [what for _, _, what in stretches if what > 0]
    order = [tag for tag in found if tag in tags.VARYING]
    return Template(
        start,
        shared,
        shared(data, start),
        heads,
        heads(data, start),
        _reader(stretches, lambda what: what > 0),
        tuple(found),
        tuple(sequences),
        _reader(stretches, tags.VARYING.__contains__),
        itemgetter(*(order.index(tag) if tag in order else -1 for tag in FIELDS)),
        frame.traits,
        frame.pixels,
    )


class Templates:
    """The layouts met so far, by the size of the file: equal layouts of plain images have equal sizes.

    Compressed images have not; theirs stand under the length of the file meta information.
    """

    def __init__(self) -> None:
        self._known: dict[int | bytes, list[Template]] = {}
        self._lessons, self._hits = 0, 0
        self.end = 0
        """How many bytes the longest layout reaches over."""

    def frame(self, file: str, size: int, data: bytes) -> Frame | None:
        """Return the frame of a file whose layout is known; None for others."""
        alike = self._known.get(size) or self._known.get(data[140:144])
        if alike is None or len(data) < self.end:
            return None
        for k, one in enumerate(alike):
            if one.shared(data, one.start) == one.expected:
                if k:
                    alike.insert(0, alike.pop(k))
                self._hits += 1
                return frame_of(file, size, one.traits, one.pick((*one.own(data, one.start), None)), one.pixels)
        return None

    def header(self, file: str, size: int, data: bytes) -> Header | None:
        """Return the header of a file in a known layout with other shared values; None for others."""
        if len(data) < self.end:
            return None
        alike = self._known.get(size) or self._known.get(data[140:144]) or ()
        return next((header for one in alike if (header := one.header(file, size, data))), None)

    def learn(self, data: bytes, begin: Begin, frame: Frame) -> None:
        """Remember the layout of a file whose first bytes are `data`, unless learning has not paid so far."""
        if self._lessons > FREE_LESSONS + self._hits or frame.pixels is None:
            return
        self._lessons += 1
        key = data[140:144] if frame.pixels[2] == UNDEFINED else frame.size
        alike = self._known.setdefault(key, [])
        known = next((one for one in alike if one.heads(data, one.start) == one.form), None)
        if known is not None:
            made = replace(known, expected=known.shared(data, known.start), traits=frame.traits)
        else:
            try:
                made = _learnt(data, begin, frame)
            except (Odd, More, struct.error):
                return
        alike.insert(0, made)
        del alike[MOST_ALIKE:]
        self.end = max(self.end, frame.pixels[1])


def _learnt(data: bytes, begin: Begin, frame: Frame) -> Template:
    assert frame.pixels is not None
    sequences: list[int] = []
    stretches = list(_stretches(data, begin, frame.pixels[1], sequences))
    if stretches[-1][1] != frame.pixels[1]:
        raise Odd
    return template(data, stretches, sequences, frame)


def _reader(stretches: list[Stretch], wanted: Callable[[int], bool]) -> Read:
    """Return what reads the wanted stretches; those that touch one another are read as one."""
    form = []
    for is_wanted, group in groupby(stretches, lambda one: wanted(one[2])):
        touching = list(group)
        form.append(f"{touching[-1][1] - touching[0][0]}{'s' if is_wanted else 'x'}")
    return struct.Struct("<" + "".join(form)).unpack_from


def _stretches(data: bytes, begin: Begin, pixels_at: int, sequences: list[int]) -> Iterator[Stretch]:
    """Yield the stretches from marker or first element to the value of the pixel data, without holes."""
    if begin.at >= _PREAMBLE:
        yield 128, min(begin.at, _PREAMBLE + _META_LENGTH), _HEAD
        explicit = Walk(implicit=False)
        position = _PREAMBLE + _META_LENGTH
        while position < begin.at:
            tag, start, length = explicit.element(data, position, begin.at)
            yield position, start, _HEAD
            yield start, start + length, _HEAD if tag in _META_SHARED else _OTHER
            position = start + length
    yield from _elements(Walk(begin.syntax == tags.IMPLICIT), data, begin.at, pixels_at, sequences)


def _elements(walk: Walk, data: bytes, position: int, pixels_at: int, sequences: list[int]) -> Iterator[Stretch]:
    while position < pixels_at:
        tag, start, length = walk.element(data, position, pixels_at)
        yield position, start, _HEAD
        if tag == tags.PIXELS:
            return
        if tag in tags.SEQUENCES:
            sequences.append(tag)
        if length == UNDEFINED:
            parts = list(_nested(walk, data, start, pixels_at))
            yield from parts
            position = parts[-1][1]
            continue
        position = start + length
        if position > pixels_at:
            raise Odd
        yield start, position, tag if tag in tags.WANTED and tag not in tags.SEQUENCES else _OTHER


def _nested(walk: Walk, data: bytes, position: int, end: int) -> Iterator[Stretch]:
    """Yield what stands in a sequence of undefined length, end mark included: its values do not matter, its form does.

    Items of undefined length are followed element by element, all others are stepped over.
    """
    depth = 1
    while depth:
        tag, length, start = walk.item(data, position, end)
        if tag >> 16 == 0xFFFE:
            yield position, start, _HEAD
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
            yield position, start, _HEAD
            position = start
            if length == UNDEFINED:
                depth += 1
            else:
                yield start, start + length, _OTHER
                position = start + length
