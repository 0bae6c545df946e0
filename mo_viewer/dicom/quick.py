"""The short way from a file to its frame, for the second and further files of a series.

Nearly all files of a folder are plain slices whose headers differ from their neighbour's in a handful of values. Where
a header is made of stretches known from earlier files, and its shared values are known too, only those few values are
read. Whatever is not so goes the long way (`header`, `traits`, `verdict`, `frame`), which also teaches this one.
"""

import os
from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import tags
from mo_viewer.dicom.files import SEPARATOR, open_descriptor
from mo_viewer.dicom.frame import FIELDS, Frame, Reader, frame_of
from mo_viewer.dicom.header import FIRST_BYTES, PLAIN, Memory, beginning_of, plain_header
from mo_viewer.dicom.layouts import PIXEL_KEY, Run, Variant
from mo_viewer.dicom.traits import Traits
from mo_viewer.dicom.verdict import is_object, refusal
from mo_viewer.dicom.walk import Walk

_IMPLICIT, _EXPLICIT = Walk(implicit=True), Walk(implicit=False)
_LONG = (b"OW\0\0", b"OB\0\0")
Pixels = tuple[int, int, int]


class _Known(NamedTuple):
    traits: Traits
    pick: Callable[[list[bytes | None]], tuple[Any, ...]]
    least_bytes: int


class Quick:
    """Reads frames the short way; grows with what it has seen."""

    def __init__(self, memory: Memory, reader: Reader) -> None:
        self.memory = memory
        self.reader = reader
        self._known: dict[tuple[str, tuple[Variant, ...]], _Known | None] = {}

    def frame(self, file: str) -> Frame | None:
        """Return the one frame of a plain slice, or None where the long way must be gone.

        Raises
        ------
        Unreadable
            When the file cannot be opened or read.
        """
        if SEPARATOR in file:
            return None
        descriptor = open_descriptor(file)
        try:
            size = os.fstat(descriptor).st_size
            data = os.read(descriptor, FIRST_BYTES)
        except OSError as fault:
            raise Unreadable("The file cannot be read.", detail=str(fault), code="damaged") from fault
        finally:
            os.close(descriptor)
        return self.frame_of(file, size, data)

    def frame_of(self, file: str, size: int, data: bytes) -> Frame | None:
        """Return the frame of a file whose first bytes are `data`; see `frame`."""
        begin = beginning_of(data)
        if begin is None or begin.syntax not in PLAIN or begin.is_directory:
            return None
        implicit = begin.syntax == tags.IMPLICIT
        layouts = self.memory.implicit if implicit else self.memory.explicit
        over = (_IMPLICIT if implicit else _EXPLICIT).over_sequence
        variants, runs, values, at = layouts.familiar(data, begin.at, over)
        pixels = _pixels_at(data, at, implicit)
        if pixels is None:
            return None
        key = begin.syntax, variants
        known = self._known.get(key)
        if known is None:
            if key not in self._known:
                self._known[key] = self._learnt(data, file, size, runs)
            return None
        if pixels[2] < known.least_bytes or pixels[1] + known.least_bytes > size:
            return None
        return frame_of(file, size, known.traits, known.pick([*values, None]), pixels)

    def _learnt(self, data: bytes, file: str, size: int, runs: list[Run]) -> _Known | None:
        header = plain_header(data, file, size, self.memory)
        if header is None:
            return None
        traits = self.reader.traits(header)
        if traits.grouped or traits.frames != 1 or is_object(header, traits) or refusal(header, traits):
            return None
        order = [tag for run in runs for tag in run.varying]
        places = [order.index(tag) if tag in order else -1 for tag in FIELDS]
        return _Known(traits, itemgetter(*places), traits.frame_bytes)


def _pixels_at(data: bytes, at: int, implicit: bool) -> Pixels | None:
    """Tag, offset and length of plain pixel data whose element begins at `at`."""
    head = data[at : at + 12]
    if len(head) < 12 or head[:4] != PIXEL_KEY:
        return None
    if implicit:
        return tags.PIXELS, at + 8, int.from_bytes(head[4:8], "little")
    return (tags.PIXELS, at + 12, int.from_bytes(head[8:], "little")) if head[4:8] in _LONG else None
