"""Compressed bytes of one frame become an array: imagecodecs, after a look at what the bytes themselves claim."""

import struct

import numpy as np

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import tags
from mo_viewer.dicom.apart import WORKERS, is_odd
from mo_viewer.dicom.suspects import SUSPECTS, mark_of
from mo_viewer.dicom.traits import Traits
from mo_viewer.dicom.unraised import heard
from mo_viewer.volume.arrays import AnyArray

RLE_GROWTH = 128
"""A run of RLE takes two bytes and stands for at most 128."""
_MOST_TILES = 65535
_JFIF = b"JFIF\0"
"""A JPEG stream with this mark is YCbCr, whatever the header says of it."""
_FRAME_MARKS = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7})


def decode(data: bytes, traits: Traits) -> AnyArray:
    """Return the pixels of one compressed frame, (rows, columns) or (rows, columns, 3) in red, green, blue.

    Raises
    ------
    Unreadable
        When the bytes are no such image, or one of another size than the header says.
    """
    claimed = claimed_size(data, traits.syntax)
    if claimed is not None and claimed != (traits.rows, traits.columns):
        raise Unreadable("The compressed image has another size than its header says.", code="damaged")
    try:
        found = _guarded(data, traits)
    except Unreadable:
        raise
    except Exception as fault:
        raise Unreadable("The compressed image is damaged.", detail=repr(fault), code="damaged") from fault
    shape = (traits.rows, traits.columns, 3)[: 2 if traits.samples == 1 else 3]
    if found.shape != shape:
        raise Unreadable("The compressed image has another shape than its header says.", code="damaged")
    return found


def _guarded(data: bytes, traits: Traits) -> AnyArray:
    """Decode here; in another process what is odd, or was under way when a program ended."""
    mark = mark_of(data)
    if not is_odd(data, traits.syntax) and not SUSPECTS.has(mark):
        with SUSPECTS.under_way(mark):
            return _decoded(data, traits)
    found = WORKERS.decode(data, traits)
    SUSPECTS.acquit(mark)
    return found


def _decoded(data: bytes, traits: Traits) -> AnyArray:
    import imagecodecs

    syntax = traits.syntax
    if syntax == tags.RLE:
        return _run_lengths(data, traits)
    if syntax in tags.JPEG_2000:
        return _as_stored(np.asarray(imagecodecs.jpeg2k_decode(data)), traits)
    if syntax in tags.HTJ2K:
        with heard() as faults:
            found = np.asarray(imagecodecs.htj2k_decode(data))
        if faults:
            raise Unreadable("The compressed image is damaged.", detail=repr(faults[0]), code="damaged")
        return _as_stored(found, traits)
    if syntax in tags.JPEG_LS:
        return _as_stored(np.asarray(imagecodecs.jpegls_decode(data)), traits)
    if syntax in tags.JPEG_XL:
        return _as_stored(np.asarray(imagecodecs.jpegxl_decode(data)), traits)
    if syntax in tags.BASELINE:
        return _as_stored(_jpeg(data, traits), traits)
    if syntax in tags.RETIRED:
        return _checked(_jpeg(data, traits), traits)
    raise Unreadable(f"The transfer syntax {syntax} cannot be decoded.", code="unsupported_syntax")


def _jpeg(data: bytes, traits: Traits) -> AnyArray:
    import imagecodecs

    if traits.samples == 1:
        return np.asarray(imagecodecs.jpeg_decode(data))
    inside = "RGB" if traits.photometric == "RGB" and _JFIF not in data[:32] else "YCBCR"
    return np.asarray(imagecodecs.jpeg_decode(data, colorspace=inside, outcolorspace="RGB"))


def _checked(found: AnyArray, traits: Traits) -> AnyArray:
    """A retired process is read as the sequential JPEG that it turned out to be; its range must fit the header."""
    if found.max() >= 1 << traits.stored:
        raise Unreadable("The decoded values do not fit the bits that the header declares.", code="damaged")
    return _as_stored(found, traits)


def _run_lengths(data: bytes, traits: Traits) -> AnyArray:
    import imagecodecs

    if len(data) * RLE_GROWTH < traits.frame_bytes:
        raise Unreadable("The compressed image ends early.", code="truncated")
    flat = np.frombuffer(imagecodecs.dicomrle_decode(data, traits.dtype), traits.dtype)
    if flat.size != traits.rows * traits.columns * traits.samples:
        raise Unreadable("The compressed image ends early.", code="truncated")
    if traits.samples == 1:
        return flat.reshape(traits.rows, traits.columns)
    return from_ybr(flat.reshape(traits.samples, traits.rows, traits.columns).transpose(1, 2, 0), traits)


def _as_stored(found: AnyArray, traits: Traits) -> AnyArray:
    """Give decoded samples the stored type; a codec that ignores the sign returns the same bits unsigned."""
    if found.dtype == traits.dtype:
        return found
    if traits.signed and found.dtype.kind == "u":
        wide: AnyArray = sign_extended(found.astype(traits.dtype), traits.stored)
        return wide
    return found.astype(traits.dtype)


def sign_extended(values: AnyArray, stored: int) -> AnyArray:
    """Return values whose sign stands in bit `stored` - 1 with that bit carried to the top."""
    shift = values.dtype.itemsize * 8 - stored
    return (values << shift) >> shift if shift else values


def from_ybr(values: AnyArray, traits: Traits) -> AnyArray:
    """Return red, green, blue for YBR_FULL samples of 8 bits (DICOM PS3.3 C.7.6.3.1.2); others as they are."""
    if not traits.photometric.startswith("YBR_FULL") or values.dtype != np.uint8:
        return np.ascontiguousarray(values)
    y, blue, red = (values[..., k].astype(np.float32) for k in range(3))
    blue -= 128
    red -= 128
    mixed = np.stack([y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue], axis=-1)
    return np.clip(np.round(mixed), 0, 255).astype(np.uint8)


def spread_chroma(values: AnyArray) -> AnyArray:
    """Return Y, blue, red for each pixel of YBR_FULL_422 samples (Y1, Y2, blue, red for two neighbours)."""
    pairs = values.reshape(-1, 4)
    return np.stack([pairs[:, :2], pairs[:, 2:3].repeat(2, 1), pairs[:, 3:].repeat(2, 1)], axis=-1)


def claimed_size(data: bytes, syntax: str) -> tuple[int, int] | None:
    """Return rows and columns that a JPEG, JPEG-LS or JPEG 2000 stream claims, None when it is not told.

    Raises
    ------
    Unreadable
        When the stream does not begin like one.
    """
    if syntax in tags.JPEG_2000 | tags.HTJ2K:
        return _claimed_by_2000(data)
    if syntax in tags.BASELINE | tags.JPEG_LS | tags.RETIRED:
        return _claimed_by_jpeg(data)
    return None


def _claimed_by_2000(data: bytes) -> tuple[int, int]:
    at = data.find(b"\xff\x4f\xff\x51", 0, 4096)
    if at < 0 or len(data) < at + 40:
        raise Unreadable("The compressed image is damaged.", code="damaged")
    across, down = (struct.unpack_from(">IxxxxIxxxxIxxxxI", data, at + 8 + first) for first in (0, 4))
    if not (_is_tiled(*across) and _is_tiled(*down)):
        raise Unreadable("The compressed image is damaged.", code="damaged")
    return down[0] - down[1], across[0] - across[1]


def _is_tiled(end: int, begin: int, tile: int, first_tile: int) -> bool:
    """Whether tiles can cover one direction of an image (ITU-T T.800, B-3 and B-4); a codec was seen to hang if not."""
    return first_tile <= begin < min(end, first_tile + tile) and (end - first_tile) / tile <= _MOST_TILES


def _claimed_by_jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 <= len(data):
        if data[at] != 0xFF:
            break
        mark = data[at + 1]
        if mark == 0xFF:
            at += 1
            continue
        if mark in _FRAME_MARKS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return height, width
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise Unreadable("The compressed image is damaged.", code="damaged")
