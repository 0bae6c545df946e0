"""The fast reader of header prefixes: plain data sets only, and it declines whatever looks odd.

A data set is walked element by element (DICOM PS3.5 7.1). Values that indexing does not need are stepped over;
nothing is interpreted. Anything unusual (unknown VR, elements out of order, a UN of undefined length) raises
`Odd`, and the caller asks pydicom instead.
"""

import struct
from dataclasses import dataclass, field

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.layouts import KEY_BYTES, Layouts, Learnt, Run
from mo_viewer.dicom.tags import FLOAT_PIXELS, PIXELS, SEQUENCES, SHORTS, WANTED

UNDEFINED = 0xFFFFFFFF
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST = 40
MOST_ITEMS = 2_000_000
"""More items and elements inside sequences than any object has."""
_LITTLE, _BIG = (
    tuple(struct.Struct(order + form).unpack_from for form in ("HH2sH", "HHI", "I")) for order in ("<", ">")
)


def is_vr(code: bytes) -> bool:
    """Whether two bytes are a value representation."""
    return code in _SHORT or code in _LONG


class Odd(Exception):
    """The fast reader does not vouch for this data set."""


class More(Exception):
    """The data end inside an element; they would have to reach to position `end`."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


@dataclass
class Walk:
    """One walk through a data set: what was found, and where it stands.

    Parameters
    ----------
    implicit, big
        Encoding of the data set.
    elements
        Raw values of `tags.WANTED`, little endian; a sequence is present with an empty value.
    last, position
        The tag read last (tags must rise), and where in the data the element after it begins.
    layouts
        What was learnt from earlier files of the same encoding; grows.
    pixels
        Tag, absolute offset of the value and length (`UNDEFINED` when in fragments) of the pixel data.
    """

    implicit: bool
    big: bool = False
    elements: dict[int, bytes] = field(default_factory=dict)
    last: int = 0
    position: int = 0
    pixels: tuple[int, int, int] | None = None
    layouts: Layouts = field(default_factory=Layouts)

    def __post_init__(self) -> None:
        self._learning: list[Learnt] = []
        self._items = 0
        self._head, self._bare, self._long = _BIG if self.big else _LITTLE

    def through(self, data: bytes, base: int) -> bool:
        """Walk `data`, whose first byte is at absolute offset `base`, until the pixel data or the end.

        Returns whether the pixel data, or what stands behind them, were met. `position` is left behind the last whole
        element, also when `More` is raised because an element goes beyond the end of `data`.
        """
        end = len(data)
        runs, elements = self.layouts.runs, self.elements
        self.position = position = 0
        self._learning = []
        try:
            while position + 8 <= end:
                run = runs.get(data[position : position + KEY_BYTES])
                if run is None or position + run.size > end or run.first <= self.last:
                    if self._step(data, base, end):
                        return True
                elif run.agrees(data, position):
                    if run.tags:
                        elements.update(zip(run.tags, run.read_values(data, position), strict=True))
                    self.position, self.last = position + run.size, run.last
                    self._learn()
                else:
                    self._partly(run, data, end)
                position = self.position
        finally:
            self._learn()
        if position < end:
            raise More(position + 8)
        return False

    def _learn(self) -> None:
        if self._learning:
            self.layouts.learn(self._learning)
            self._learning = []

    def _partly(self, run: Run, data: bytes, end: int) -> None:
        """Take the part of a stretch that is there as it was learnt, and learn how it goes on."""
        self._learn()
        count = run.agrees_until(data, self.position)
        if not count:
            del self.layouts.runs[data[self.position : self.position + KEY_BYTES]]
            return
        for tag, header, length, wanted in run.elements[:count]:
            start = self.position + len(header)
            self.position = start + length
            if wanted:
                self.elements[tag] = data[start : self.position]
        self.last = run.elements[count - 1].tag
        self.layouts.cut(run, count)
        tag, start, length = self.element(data, self.position, end)
        tail = run.elements[count + 1 :]
        if tag == run.elements[count].tag and tail and start + length <= end:
            header = data[self.position : start]
            self.layouts.learn([run.elements[count]._replace(header=header, length=length), *tail])

    def _step(self, data: bytes, base: int, end: int) -> bool:
        """Take one element; True when it is the pixel data or behind them."""
        position = self.position
        tag, start, length = self.element(data, position, end)
        if tag <= self.last:
            raise Odd
        if tag >= FLOAT_PIXELS:
            if tag <= PIXELS:
                self.pixels = (tag, base + start, length)
            return True
        wanted = tag in WANTED
        if length == UNDEFINED:
            stop = self._after_items(data, start, end, 0)
            if wanted:
                self.elements[tag] = b""
            self._learn()
        else:
            stop = start + length
            if stop > end:
                raise More(stop)
            self._take(tag, data, position, start, stop, wanted)
        self.last = tag
        self.position = stop
        return False

    def _take(self, tag: int, data: bytes, position: int, start: int, stop: int, wanted: bool) -> None:
        if wanted:
            value = b"" if tag in SEQUENCES else data[start:stop]
            self.elements[tag] = value[1::-1] if self.big and tag in SHORTS else value
        plain = wanted and not self.big and tag not in SEQUENCES
        if wanted and not plain:
            self._learn()
        else:
            self._learning.append(Learnt(tag, data[position:start], stop - start, plain))

    def element(self, data: bytes, position: int, end: int) -> tuple[int, int, int]:
        """Return tag, position of the value and its length for the element that begins at `position`."""
        if self.implicit:
            group, element, length = self._bare(data, position)
            return group << 16 | element, position + 8, length
        group, element, vr, short = self._head(data, position)
        tag = group << 16 | element
        if vr in _SHORT:
            return tag, position + 8, short
        if vr not in _LONG or short:
            raise Odd
        if position + 12 > end:
            raise More(position + 12)
        length = self._long(data, position + 8)[0]
        if length == UNDEFINED and vr not in (b"SQ", b"OB", b"OW"):
            raise Odd
        return tag, position + 12, length

    def _after_items(self, data: bytes, position: int, end: int, depth: int) -> int:
        if depth > _DEEPEST:
            raise Odd
        while True:
            tag, length, position = self.item(data, position, end)
            if tag == SEQUENCE_END:
                return position
            if tag != ITEM:
                raise Odd
            position = self._after_item(data, position, end, depth) if length == UNDEFINED else position + length

    def _after_item(self, data: bytes, position: int, end: int, depth: int) -> int:
        while True:
            tag, _, after = self.item(data, position, end)
            if tag == ITEM_END:
                return after
            _, start, length = self.element(data, position, end)
            position = self._after_items(data, start, end, depth + 1) if length == UNDEFINED else start + length

    def item(self, data: bytes, position: int, end: int) -> tuple[int, int, int]:
        """Return tag, length, and position behind the head of an item or an end mark."""
        if position + 8 > end:
            raise More(position + 8)
        self._items += 1
        if self._items > MOST_ITEMS:
            raise Unreadable("The data set is damaged: there is no end to its sequences.", code="damaged")
        group, element, length = self._bare(data, position)
        return group << 16 | element, length, position + 8
