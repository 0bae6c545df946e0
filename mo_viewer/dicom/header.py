"""Read the header of one file: by the fast walk where that vouches for it, else by pydicom."""

import io
import os
import zlib
from functools import lru_cache
from typing import Any, NamedTuple

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import library, tags
from mo_viewer.dicom.files import SEPARATOR, Stream, open_descriptor, opened, read_whole, split_address
from mo_viewer.dicom.fragments import SEQUENCE_END, fragments
from mo_viewer.dicom.layouts import Layouts
from mo_viewer.dicom.values import text
from mo_viewer.dicom.walk import UNDEFINED, More, Odd, Walk, is_vr
from mo_viewer.volume.source import Instance

FIRST_BYTES = 8192
MORE_BYTES = 256 * 1024
LARGEST_HEADER = 256 * 1024 * 1024
LARGEST_INFLATED = 2 * 1024 * 1024 * 1024
DEAR_BYTES = 128 * 1024 * 1024
HIGHEST_RATIO = 100
"""A deflated data set of more than `DEAR_BYTES` that packs better than this is none."""
_LEAST_ELEMENT = 8
PLAIN = frozenset({tags.IMPLICIT, tags.EXPLICIT})
_PREAMBLE = 132
_GROUP_LENGTH = b"\x02\x00\x00\x00UL\x04\x00"
_SYNTAX = b"\x02\x00\x10\x00UI"


class Header(NamedTuple):
    """What indexing knows of a file.

    `pixels` is tag, offset and length of the pixel data; the offset counts in the inflated data set where
    `syntax` is deflated.
    """

    file: str
    size: int
    syntax: str
    elements: dict[int, bytes]
    pixels: tuple[int, int, int] | None
    big: bool = False
    whole: bool = True
    """False when compressed pixel data end before their end mark."""


class Memory:
    """What reading one header teaches for the next; one for each scan."""

    def __init__(self) -> None:
        self.explicit, self.implicit = Layouts(), Layouts()


def read_header(file: str, memory: Memory | None = None) -> Header:
    """Read the header of a file on disk or in a zip.

    Raises
    ------
    Unreadable
        With the code ``not_dicom``, ``damaged``, ``truncated``, ``encrypted`` or ``missing_file``.
    """
    if SEPARATOR in file and split_address(file)[1]:
        with opened(file) as stream:
            return header_of(stream, file, int(getattr(stream, "_left", 0)), memory)
    descriptor = open_descriptor(file)
    try:
        size = os.fstat(descriptor).st_size
        data = os.read(descriptor, FIRST_BYTES)
        plain = plain_header(data, file, size, memory or Memory())
        if plain is not None:
            return plain
        os.lseek(descriptor, 0, os.SEEK_SET)
        with io.FileIO(descriptor, closefd=False) as stream:
            return header_of(stream, file, size, memory)
    except OSError as fault:
        raise Unreadable("The file cannot be read.", detail=str(fault), code="damaged") from fault
    finally:
        os.close(descriptor)


def plain_header(data: bytes, file: str, size: int, memory: Memory) -> Header | None:
    """The common case: an uncompressed image whose header lies wholly in the first bytes; None for all others."""
    begin = beginning_of(data)
    if begin is None or begin.syntax not in PLAIN or begin.is_directory:
        return None
    walk = _walk(begin.syntax, memory)
    try:
        done = walk.through(data[begin.at :], begin.at)
    except (Odd, More):
        return None
    return Header(file, size, begin.syntax, walk.elements, walk.pixels) if done and walk.pixels else None


def header_of(stream: Stream, file: str, size: int, memory: Memory | None = None) -> Header:
    """Read the header of an open file of `size` bytes; see `read_header`."""
    data = stream.read(FIRST_BYTES)
    fast = fast_header(stream, data, file, size, memory or Memory())
    if fast is not None:
        return fast
    if not looks_like_dicom(data):
        raise Unreadable("This is not a DICOM file.", code="not_dicom")
    if _ends_in_meta(data, size):
        raise Unreadable("The file ends inside its header.", code="truncated")
    stream.seek(0)
    elements, pixels, syntax, big = library.raw_elements(stream.read(LARGEST_HEADER))
    if not elements and data[128:132] != b"DICM":
        raise Unreadable("This is not a DICOM file.", code="not_dicom")
    if pixels is not None and syntax == tags.DEFLATED:
        raise Unreadable("The compressed data set is damaged.", code="damaged")
    return Header(file, size, syntax, elements, pixels, big)


def _ends_in_meta(data: bytes, size: int) -> bool:
    """Whether a file with the marker ends before its file meta information does."""
    if data[128:132] != b"DICM" or not size:
        return False
    if data[132:140] != _GROUP_LENGTH[: len(data[132:140])]:
        return False
    return size <= 144 or size < 144 + int.from_bytes(data[140:144], "little")


def fast_header(stream: Stream, data: bytes, file: str, size: int, memory: Memory) -> Header | None:
    """Read the header by the fast walk; None when it does not vouch for the file.

    Raises
    ------
    Unreadable
        ``truncated`` when an element of the header goes beyond the end of the file.
    """
    begin = beginning_of(data)
    if begin is None:
        return None
    if begin.syntax == tags.DEFLATED:
        stream.seek(begin.at)
        return _inflated_header(inflate(stream.read()), file, size)
    walk = _walk(begin.syntax, memory)
    try:
        _walk_on(walk, stream, data, begin.at, size)
    except Odd:
        return None
    if begin.is_directory:
        walk.elements.setdefault(tags.SOP_CLASS, tags.DIRECTORY_CLASS.encode())
    whole = walk.pixels is None or walk.pixels[2] != UNDEFINED or not size or _is_closed(stream, walk.pixels[1], size)
    return Header(file, size, begin.syntax, walk.elements, walk.pixels, walk.big, whole)


def _is_closed(stream: Stream, at: int, size: int) -> bool:
    """Whether fragments end with their mark: at the end of the file as a rule, else they are followed.

    What is encrypted is believed until it is loaded, because decrypting it to the end takes too long here.
    """
    if getattr(stream, "_decrypter", None) is not None:
        return True
    stream.seek(max(at, size - 8))
    if stream.read(8) == SEQUENCE_END:
        return True
    try:
        fragments(stream, at, size)
    except Unreadable:
        return False
    return True


def _walk(syntax: str, memory: Memory) -> Walk:
    if syntax == tags.BIG_ENDIAN:
        return Walk(implicit=False, big=True)
    implicit = syntax == tags.IMPLICIT
    return Walk(implicit, layouts=memory.implicit if implicit else memory.explicit)


_named = lru_cache(maxsize=128)(text)


class Begin(NamedTuple):
    """Where a data set begins, how it is encoded, and whether it is a DICOMDIR."""

    at: int
    syntax: str
    is_directory: bool = False


def beginning_of(data: bytes) -> Begin | None:
    """Return where the data set begins and how it is encoded; None where only pydicom should say."""
    if data[128:132] != b"DICM":
        return _bare(data, 0)
    if data[132:140] != _GROUP_LENGTH:
        return None if data[132:134] == b"\x02\x00" else _bare(data, _PREAMBLE)
    start = 144 + int.from_bytes(data[140:144], "little")
    found = data.find(_SYNTAX, 144, start)
    if found < 0 or start + 8 > len(data) or data[start : start + 2] == b"\x02\x00":
        return None
    length = int.from_bytes(data[found + 6 : found + 8], "little")
    syntax = _named(data[found + 8 : found + 8 + length])
    return Begin(start, syntax, tags.DIRECTORY_CLASS.encode() in data[144:start])


def _bare(data: bytes, at: int) -> Begin | None:
    """A data set without file meta information begins with group 8; its first element tells the encoding."""
    if data[at : at + 2] != b"\x08\x00":
        return None
    return Begin(at, tags.EXPLICIT if is_vr(data[at + 4 : at + 6]) else tags.IMPLICIT)


def _walk_on(walk: Walk, stream: Stream, data: bytes, start: int, size: int) -> None:
    base = start
    data = data[start:]
    while True:
        try:
            if walk.through(data, base):
                return
        except More as more:
            left = size - base - walk.position
            if left < _LEAST_ELEMENT and not any(data[len(data) - left :]):
                return
            if base + more.end > size:
                raise Unreadable("The file ends inside its header.", code="truncated") from None
            needed = more.end - walk.position
            if needed > LARGEST_HEADER:
                text = f"The header has an element of {needed} bytes, more than is read."
                raise Unreadable(text, code="too_large") from None
            base += walk.position
            stream.seek(base)
            data = stream.read(max(MORE_BYTES, needed))
            continue
        base += walk.position
        stream.seek(base)
        data = stream.read(MORE_BYTES)
        if not data:
            return


def _inflated_header(data: bytes, file: str, size: int) -> Header | None:
    walk = Walk(implicit=False)
    try:
        walk.through(data, 0)
    except Odd:
        return None
    except More:
        raise Unreadable("The file ends inside its header.", code="truncated") from None
    return Header(file, size, tags.DEFLATED, walk.elements, walk.pixels)


def inflate(packed: bytes) -> bytes:
    """Return a deflated data set as it was before (DICOM PS3.5 A.5).

    Raises
    ------
    Unreadable
        When the stream is damaged, or would grow beyond `LARGEST_INFLATED` or out of proportion.
    """
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    largest = min(LARGEST_INFLATED, max(DEAR_BYTES, HIGHEST_RATIO * len(packed)))
    try:
        data = unpacker.decompress(packed, largest)
    except zlib.error as fault:
        raise Unreadable("The compressed data set is damaged.", detail=str(fault), code="damaged") from fault
    if unpacker.unconsumed_tail:
        raise Unreadable("The compressed data set is too large.", code="too_large")
    if not unpacker.eof:
        raise Unreadable("The compressed data set ends early.", code="truncated")
    return data


def inflated(file: str) -> bytes:
    """Return the inflated data set of a whole file in the deflated transfer syntax."""
    whole = read_whole(file).getvalue()
    return inflate(whole[144 + int.from_bytes(whole[140:144], "little") :])


def looks_like_dicom(data: bytes) -> bool:
    """Whether a file begins like DICOM: with its marker, or with the first groups of a bare data set."""
    if data[128:132] == b"DICM":
        return True
    little = data[:2] in (b"\x02\x00", b"\x08\x00") and data[2:4] < b"\xff\xff"
    big = data[:2] in (b"\x00\x02", b"\x00\x08")
    if not (little or big) or len(data) < 8:
        return False
    vr = data[4:6]
    if vr.isalpha() and vr.isupper():
        return True
    length = int.from_bytes(data[4:8], "little" if little else "big")
    return length <= 1024


def read_dataset(instance: Instance, pixels: bool = False) -> Any:
    """Read an instance's data set with pydicom, also out of a zip.

    Returns
    -------
    pydicom.Dataset, with its text decoded by the character sets it names.

    Raises
    ------
    Unreadable
        When the file is gone or damaged.
    """
    return library.read(read_whole(instance.path) if pixels else _beginning(instance.path), pixels)


def _beginning(file: str) -> io.BytesIO:
    """Header bytes only, as far as the fast walk can tell where they end."""
    header = read_header(file)
    if header.pixels is None or header.syntax == tags.DEFLATED or not header.pixels[1]:
        return read_whole(file)
    with opened(file) as stream:
        return io.BytesIO(stream.read(header.pixels[1] + 8))
