"""The fast reader of header prefixes: plain data sets only, and it declines whatever looks odd.

A data set is walked element by element (DICOM PS3.5 7.1). Values that indexing does not need are stepped over;
nothing is interpreted. Anything unusual (unknown VR, elements out of order, a UN of undefined length) raises
`Odd`, and the caller asks pydicom instead.
"""

import struct
from dataclasses import dataclass, field

from mo_viewer.dicom.tags import FLOAT_PIXELS, PIXELS, SEQUENCES, SHORTS, WANTED

UNDEFINED = 0xFFFFFFFF
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST = 40


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
    pixels
        Tag, absolute offset of the value and length (`UNDEFINED` when in fragments) of the pixel data.
    """

    implicit: bool
    big: bool = False
    elements: dict[int, bytes] = field(default_factory=dict)
    last: int = 0
    position: int = 0
    pixels: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        order = ">" if self.big else "<"
        self._head = struct.Struct(order + "HH2sH").unpack_from
        self._bare = struct.Struct(order + "HHI").unpack_from
        self._long = struct.Struct(order + "I").unpack_from

    def through(self, data: bytes, base: int) -> int:
        """Walk `data`, whose first byte is at absolute offset `base`, until the pixel data or the end.

        Returns the position in `data` after the last whole element; raises `More` when an element goes beyond the
        end of `data`, with `position` left for a second try.
        """
        position, end = 0, len(data)
        elements, wanted = self.elements, WANTED
        try:
            while position + 8 <= end:
                tag, start, length = self._element(data, position, end)
                if tag <= self.last:
                    raise Odd
                if tag >= FLOAT_PIXELS:
                    if tag <= PIXELS:
                        self.pixels = (tag, base + start, length)
                    return position
                if length == UNDEFINED:
                    stop = self._after_items(data, start, end, 0)
                    value = b""
                else:
                    stop = start + length
                    if stop > end:
                        raise More(stop)
                    value = b"" if tag in SEQUENCES else data[start:stop]
                if tag in wanted:
                    elements[tag] = value[1::-1] if self.big and tag in SHORTS else value
                self.last = tag
                position = stop
        finally:
            self.position = position
        if position < end:
            raise More(position + 8)
        return position

    def _element(self, data: bytes, position: int, end: int) -> tuple[int, int, int]:
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
            tag, length, position = self._item(data, position, end)
            if tag == _SEQUENCE_END:
                return position
            if tag != _ITEM:
                raise Odd
            position = self._after_item(data, position, end, depth) if length == UNDEFINED else position + length

    def _after_item(self, data: bytes, position: int, end: int, depth: int) -> int:
        while True:
            tag, _, after = self._item(data, position, end)
            if tag == _ITEM_END:
                return after
            _, start, length = self._element(data, position, end)
            position = self._after_items(data, start, end, depth + 1) if length == UNDEFINED else start + length

    def _item(self, data: bytes, position: int, end: int) -> tuple[int, int, int]:
        if position + 8 > end:
            raise More(position + 8)
        group, element, length = self._bare(data, position)
        return group << 16 | element, length, position + 8
