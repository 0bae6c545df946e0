"""Stored pixels of one frame, whatever the transfer syntax; lengths are checked before anything is allocated."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import codecs, tags
from mo_viewer.dicom.arrange import fingerprint
from mo_viewer.dicom.files import SEPARATOR, Stream, opened, read_whole
from mo_viewer.dicom.fragments import Fragment, by_frame, fragments, joined
from mo_viewer.dicom.frame import Frame, frame_offset
from mo_viewer.dicom.header import inflated
from mo_viewer.dicom.palette import paletted
from mo_viewer.volume.arrays import AnyArray

_VR_BEFORE_VALUE = 8


class Pixels:
    """The pixel data of one open file; knows where each of its frames lies.

    Parameters
    ----------
    stream, size
        The file, or the inflated data set of a deflated one, and its length in bytes.
    """

    def __init__(self, stream: Stream, size: int) -> None:
        self.stream = stream
        self.size = size
        self._frames: tuple[tuple[Fragment, ...], ...] | None = None

    def read_into(self, frame: Frame, out: AnyArray) -> None:
        """Write the stored pixels of a frame to `out`, (rows, columns) of the stored type or a wider one.

        Raises
        ------
        Unreadable
            ``truncated``, ``damaged`` or ``unsupported_syntax``.
        """
        traits = frame.traits
        if is_plain(frame) and out.dtype == traits.dtype and out.flags.c_contiguous:
            self._copy(frame, out.data.cast("B"))
            if traits.big:
                out.byteswap(inplace=True)
            tidy(out, frame)
        else:
            out[...] = self.read(frame)

    def read(self, frame: Frame) -> AnyArray:
        """Return the stored pixels of a frame, (rows, columns), or (rows, columns, 3) in red, green, blue."""
        traits = frame.traits
        plain = traits.syntax in tags.NATIVE
        found = self._native(frame) if plain else codecs.decode(self._compressed(frame), traits)
        if traits.photometric == "PALETTE COLOR":
            return paletted(found, frame)
        if traits.samples == 1:
            found = found if found.flags.writeable else found.copy()
            tidy(found, frame)
        return found

    def _native(self, frame: Frame) -> AnyArray:
        traits = frame.traits
        if traits.allocated == 1:
            return self._bits(frame)
        data = bytearray(traits.frame_bytes)
        self._copy(frame, memoryview(data))
        flat = np.frombuffer(data, traits.dtype.newbyteorder(">" if traits.big else "<")).astype(
            traits.dtype, copy=False
        )
        if traits.samples == 1:
            return flat.reshape(traits.rows, traits.columns)
        if traits.shares_chroma:
            coloured = codecs.spread_chroma(flat).reshape(traits.rows, traits.columns, 3)
        elif traits.planar:
            coloured = flat.reshape(traits.samples, traits.rows, traits.columns).transpose(1, 2, 0)
        else:
            coloured = flat.reshape(traits.rows, traits.columns, traits.samples)
        return codecs.from_ybr(coloured, traits)

    def _bits(self, frame: Frame) -> AnyArray:
        traits = frame.traits
        count = traits.rows * traits.columns
        first = frame_offset(frame) * count
        assert frame.pixels is not None
        self.stream.seek(frame.pixels[1] + first // 8)
        data = self.stream.read((first % 8 + count + 7) // 8)
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[first % 8 :][:count]
        if bits.size != count:
            raise Unreadable("The image ends early.", code="truncated")
        return bits.reshape(traits.rows, traits.columns)

    def _copy(self, frame: Frame, out: memoryview) -> None:
        assert frame.pixels is not None
        at = frame.pixels[1] + frame_offset(frame) * frame.traits.frame_bytes
        if at + len(out) > self.size:
            raise Unreadable("The image ends early.", code="truncated")
        self.stream.seek(at)
        done = 0
        while done < len(out):
            got = self.stream.readinto(out[done:])
            if not got:
                raise Unreadable("The image ends early.", code="truncated")
            done += got
        if frame.traits.big and frame.traits.allocated == 8 and self._are_words(frame.pixels[1]):
            np.frombuffer(out[: done - done % 2], np.uint16).byteswap(inplace=True)

    def _are_words(self, at: int) -> bool:
        """Whether 8-bit pixels stand in 16-bit words (VR OW), which big endian turns round (PS3.5 8.1.2)."""
        self.stream.seek(at - _VR_BEFORE_VALUE)
        return self.stream.read(2) == b"OW"

    def _compressed(self, frame: Frame) -> bytes:
        assert frame.pixels is not None
        if self._frames is None:
            table, found = fragments(self.stream, frame.pixels[1], self.size)
            self._frames = by_frame(self.stream, table, found, frame.traits.frames)
        return joined(self.stream, self._frames[frame_offset(frame)])


def is_plain(frame: Frame) -> bool:
    """Whether a frame's pixels stand in the file just as they are stored in memory, but for byte order."""
    traits = frame.traits
    return (
        traits.syntax in tags.NATIVE
        and traits.samples == 1
        and traits.allocated in (8, 16, 32)
        and traits.photometric != "PALETTE COLOR"
    )


def tidy(values: AnyArray, frame: Frame) -> None:
    """Set right, in place, what stands in unused bits.

    Bits above `stored` may hold overlays or nothing (PS3.5 8.1.1). A padding value may lie beyond the stored range, so
    values are touched only where that range is broken and no padding explains it.
    """
    traits = frame.traits
    if traits.stored >= traits.allocated or not values.size:
        return
    if traits.high_bit >= traits.stored:
        values >>= traits.high_bit - traits.stored + 1
    low, high = int(values.min()), int(values.max())
    if traits.signed:
        limit = 1 << (traits.stored - 1)
        if low >= 0 and limit <= high < 2 * limit:
            values[...] = codecs.sign_extended(values, traits.stored)
    elif high >= 1 << traits.stored and traits.padding is None:
        values &= (1 << traits.stored) - 1


@contextmanager
def pixels_of(frame: Frame) -> Iterator[Pixels]:
    """Open the file that holds a frame.

    Raises
    ------
    Unreadable
        When it is gone, damaged or encrypted.
    """
    if frame.traits.syntax == tags.DEFLATED:
        data = inflated(frame.file)
        yield Pixels(io.BytesIO(data), len(data))
    elif SEPARATOR in frame.file:
        whole = read_whole(frame.file)
        yield Pixels(whole, _unchanged(frame, len(whole.getbuffer())))
    else:
        with opened(frame.file) as stream:
            yield Pixels(stream, _unchanged(frame, stream.seek(0, io.SEEK_END)))


def _unchanged(frame: Frame, size: int) -> int:
    """A file that has another size than when it was indexed is not read: its pixels may stand elsewhere."""
    if frame.size and size != frame.size:
        hint = "Open the folder again."
        raise Unreadable("The file has changed since it was indexed.", hint, code="damaged")
    return size


def read_frame(frame: Frame) -> AnyArray:
    """Return the stored pixels of one frame; see `Pixels.read`."""
    with pixels_of(frame) as pixels:
        return pixels.read(frame)


def digest(frame: Frame) -> bytes:
    """Return a fingerprint of a frame's pixels, or of its address when they cannot be read."""
    try:
        return fingerprint(np.ascontiguousarray(read_frame(frame)).tobytes())
    except Unreadable:
        return fingerprint(f"{frame.file}#{frame.number}".encode())
