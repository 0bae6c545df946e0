"""Ways to break a file: bits, lengths, pieces, and values that a DICOM reader trusts."""

import io
import struct
from collections.abc import Callable, Sequence
from random import Random

_TEXTS = ("CS", "LO", "PN", "SH", "DA", "US")
Change = Callable[[bytearray, Random], None]
_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_MARKS = (
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\x0d\xe0",
    b"\xfe\xff\xdd\xe0",
    b"\x28\x00\x10\x00",
    b"\xe0\x7f\x10\x00",
    b"SQ\x00\x00\xff\xff\xff\xff",
    b"UN\x00\x00\xff\xff\xff\xff",
    b"PK\x03\x04",
    b"\xff\xd8\xff",
    b"{[",
    b'"\\u0000"',
    b"= [[[[",
    b"1e999",
    b"-1",
    b"NaN",
)
_NUMBERS = ("0", "-1", "1", "1e308", "-1e308", "NaN", "inf", "", "999999999999", "0.0000001", "a\\b", "1\\" * 400)
_TAGS: dict[str, tuple[object, ...]] = {
    "Rows": (0, 1, 65535),
    "Columns": (0, 1, 65535),
    "BitsAllocated": (0, 1, 7, 8, 12, 16, 24, 32, 64, 65535),
    "BitsStored": (0, 1, 12, 17, 65535),
    "HighBit": (0, 11, 31, 65535),
    "SamplesPerPixel": (0, 1, 2, 3, 4, 65535),
    "PixelRepresentation": (0, 1, 2),
    "PlanarConfiguration": (0, 1, 7),
    "PhotometricInterpretation": ("", "RGB", "PALETTE COLOR", "YBR_FULL_422", "MONOCHROME1", "X" * 3000),
    "NumberOfFrames": _NUMBERS,
    "PixelSpacing": _NUMBERS,
    "ImagePositionPatient": _NUMBERS,
    "ImageOrientationPatient": (*_NUMBERS, "0\\0\\0\\0\\0\\0", "1\\0\\0\\1\\0\\0"),
    "SliceThickness": _NUMBERS,
    "RescaleSlope": _NUMBERS,
    "RescaleIntercept": _NUMBERS,
    "WindowWidth": _NUMBERS,
    "StudyDate": ("", "99999999", "2024-01-01", "x" * 500),
    "PatientName": ("", "=" * 200, "\0", "<b>^" * 100),
    "SpecificCharacterSet": ("", "ISO 2022 IR 87", "ISO_IR 192", "nonsense", "\\" * 60),
    "SmallestImagePixelValue": (0, 65535),
}


def mutated(data: bytes, chance: Random, others: Sequence[bytes] = (), is_dicom: bool = True) -> bytes:
    """Return the bytes with one to six changes; some changes need another file of the same kind."""
    if is_dicom and chance.random() < 0.25:
        changed = with_odd_values(data, chance)
        if changed is not None:
            data = changed
            if chance.random() < 0.6:
                return data
    whole = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if not whole:
            break
        chance.choice(_CHANGES)(whole, chance)
    if others and chance.random() < 0.1:
        other = chance.choice(others)
        at, there = chance.randrange(len(whole) + 1), chance.randrange(len(other) + 1)
        whole[at:] = other[there : there + 200_000]
    return bytes(whole)


def with_odd_values(data: bytes, chance: Random) -> bytes | None:
    """Return a DICOM file with some elements set to values at the edge; None for what pydicom does not take."""
    import pydicom
    from pydicom.tag import Tag

    try:
        read = pydicom.dcmread(io.BytesIO(data), force=True)
        for name in chance.sample(sorted(_TAGS), chance.choice((1, 1, 2, 4))):
            value = chance.choice(_TAGS[name])
            element = read.get(name)
            kind = element.VR if element is not None else "LO" if isinstance(value, str) else "US"
            if isinstance(value, str) and kind not in _TEXTS:
                read.add(pydicom.DataElement(Tag(name), "UN", value.encode()))
            else:
                read.add(pydicom.DataElement(Tag(name), kind, value))
        out = io.BytesIO()
        read.save_as(out)
        return out.getvalue()
    except Exception:  # noqa: BLE001 - what cannot be written is changed byte by byte instead
        return None


def _flip(data: bytearray, chance: Random) -> None:
    data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _byte(data: bytearray, chance: Random) -> None:
    data[_place(data, chance)] = chance.randrange(256)


def _edge(data: bytearray, chance: Random) -> None:
    at, form = _place(data, chance), chance.choice(("<H", "<I", ">H", ">I"))
    value = chance.choice(_EDGES) & (0xFFFF if form[1] == "H" else 0xFFFFFFFF)
    data[at : at + struct.calcsize(form)] = struct.pack(form, value)


def _cut(data: bytearray, chance: Random) -> None:
    del data[_place(data, chance) :]


def _remove(data: bytearray, chance: Random) -> None:
    at = _place(data, chance)
    del data[at : at + chance.choice((1, 2, 4, 8, 100))]


def _repeat(data: bytearray, chance: Random) -> None:
    at = _place(data, chance)
    piece = data[at : at + chance.choice((1, 4, 12, 100, 1000))]
    data[at:at] = piece * chance.choice((1, 2, 50))


def _mark(data: bytearray, chance: Random) -> None:
    at, mark = _place(data, chance), chance.choice(_MARKS)
    data[at : at + chance.choice((0, len(mark)))] = mark * chance.choice((1, 1, 1, 300))


def _noise(data: bytearray, chance: Random) -> None:
    at = _place(data, chance)
    size = min(len(data) - at, chance.choice((4, 64, 1024)))
    data[at : at + size] = chance.randbytes(size)


def _place(data: bytearray, chance: Random) -> int:
    """Mostly in the header, where readers decide."""
    return chance.randrange(min(len(data), chance.choice((200, 800, 3000, len(data)))))


_CHANGES: tuple[Change, ...] = (_flip, _byte, _edge, _edge, _cut, _remove, _repeat, _mark, _noise)
