"""Compressed frames in a file: where their fragments lie (DICOM PS3.5 A.4)."""

import struct
from typing import NamedTuple

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.files import Stream

_ITEM, _END = 0xFFFEE000, 0xFFFEE0DD
SEQUENCE_END = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
_head = struct.Struct("<HHI")
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")


class Fragment(NamedTuple):
    """Offset and length of one fragment's value; `item` is the offset of its item from the first one."""

    at: int
    length: int
    item: int


def fragments(stream: Stream, at: int, size: int) -> tuple[tuple[int, ...], tuple[Fragment, ...]]:
    """Return the basic offset table and the fragments of pixel data that begin at `at`.

    No fragment may go beyond `size`, the bytes in the file.

    Raises
    ------
    Unreadable
        ``truncated`` or ``damaged``.
    """
    found: list[Fragment] = []
    table: tuple[int, ...] = ()
    first = 0
    here = at
    while True:
        if here + 8 > size:
            raise Unreadable("The compressed image ends early.", code="truncated")
        stream.seek(here)
        group, element, length = _head.unpack(_exactly(stream, 8))
        tag = group << 16 | element
        if tag == _END:
            return table, tuple(found)
        if tag != _ITEM or length == 0xFFFFFFFF:
            raise Unreadable("The fragments of the compressed image are damaged.", code="damaged")
        if here + 8 + length > size:
            raise Unreadable("The compressed image ends early.", code="truncated")
        if here == at:
            whole = _exactly(stream, length - length % 4)
            table = struct.unpack(f"<{len(whole) // 4}I", whole)
            first = here + 8 + length
        else:
            found.append(Fragment(here + 8, length, here - first))
        here += 8 + length


def by_frame(
    stream: Stream, table: tuple[int, ...], found: tuple[Fragment, ...], frames: int
) -> tuple[tuple[Fragment, ...], ...]:
    """Deal fragments out to frames: by their number, by the offset table, or by the marks that images begin with.

    Raises
    ------
    Unreadable
        When no way yields as many frames as the file counts.
    """
    if frames == 1:
        return (found,)
    if len(found) == frames:
        return tuple((one,) for one in found)
    for starts in (set(table), _marked(stream, found)):
        dealt = _dealt(found, starts)
        if len(dealt) == frames:
            return dealt
    raise Unreadable(f"The file counts {frames} frames and holds {len(found)} pieces of them.", code="truncated")


def _dealt(found: tuple[Fragment, ...], starts: set[int]) -> tuple[tuple[Fragment, ...], ...]:
    frames: list[list[Fragment]] = []
    for one in found:
        if one.item in starts or not frames:
            frames.append([])
        frames[-1].append(one)
    return tuple(map(tuple, frames))


def _marked(stream: Stream, found: tuple[Fragment, ...]) -> set[int]:
    starts = set()
    for one in found:
        stream.seek(one.at)
        if stream.read(min(12, one.length)).startswith(_STARTS):
            starts.add(one.item)
    return starts


def joined(stream: Stream, frame: tuple[Fragment, ...]) -> bytes:
    """Return the compressed bytes of one frame."""
    parts = []
    for one in frame:
        stream.seek(one.at)
        parts.append(_exactly(stream, one.length))
    return b"".join(parts)


def _exactly(stream: Stream, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise Unreadable("The compressed image ends early.", code="truncated")
    return data
