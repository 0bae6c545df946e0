"""The one door to pydicom: imported late, and never heard on stderr."""

import io
import logging
import warnings
from functools import cache
from typing import Any

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.files import Stream
from mo_viewer.dicom.tags import PIXELS, SEQUENCES, SHORTS, SOP_CLASS, WANTED
from mo_viewer.dicom.walk import UNDEFINED

DEFER = 64 * 1024
MOST_ELEMENTS = 20_000
"""More elements, sequences counted as one, has no data set; without a limit, zeros would be read for minutes."""


@cache
def pydicom() -> Any:
    """Return pydicom, with its warnings switched off: what is wrong with a file is said by us, once, as a remark.

    What imports parts of pydicom on its own (highdicom and pynetdicom do) comes after this: one thread that imports a
    part first and another that imports the whole wait for each other, and Python then gives one of them half a module.
    """
    import pydicom as library
    import pydicom.pixels

    logging.getLogger("pydicom").addHandler(logging.NullHandler())
    logging.getLogger("pydicom").propagate = False
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")
    return library


def read(source: Stream, pixels: bool = False) -> Any:
    """Read a data set with pydicom, also one without preamble or file meta information.

    Raises
    ------
    Unreadable
        Whatever pydicom makes of the file; it raises a dozen kinds of exceptions on damaged ones.
    """
    library = pydicom()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return library.dcmread(source, force=True, stop_before_pixels=not pixels)
        except Exception as fault:
            raise Unreadable("The data set is damaged.", detail=repr(fault), code="damaged") from fault


def raw_elements(source: bytes) -> tuple[dict[int, bytes], tuple[int, int, int] | None, str, bool]:
    """Read the elements that indexing needs with pydicom, as `walk.Walk` would have found them.

    Parameters
    ----------
    source
        The file from its first byte on, as far as its header may reach.

    Returns
    -------
    elements, pixels, transfer syntax (empty when the file names none), whether it is big endian.

    Raises
    ------
    Unreadable
        ``damaged``.
    """
    library = pydicom()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stream = _Patient(source)
            dataset = library.filereader.read_partial(stream, stream.is_enough, DEFER, force=True)
            little = dataset.original_encoding[1] is not False
            elements = {tag: _raw(dataset, tag, little) for tag in WANTED if tag in dataset}
            pixels = _pixels(dataset)
            meta = getattr(dataset, "file_meta", None)
            syntax = str(meta.get("TransferSyntaxUID", "") or "") if meta is not None else ""
            if SOP_CLASS not in elements and meta is not None and "MediaStorageSOPClassUID" in meta:
                elements[SOP_CLASS] = str(meta.MediaStorageSOPClassUID).encode()
        except Unreadable:
            raise
        except Exception as fault:
            raise Unreadable("The data set is damaged.", detail=repr(fault), code="damaged") from fault
    if not syntax and elements:
        syntax = _guessed(dataset)
    return elements, pixels, syntax, not little


class _Patient(io.BytesIO):
    """The bytes of a file for pydicom, which would read elements out of zeros for minutes."""

    elements = reads = 0

    def is_enough(self, tag: int, vr: str | None, length: int) -> bool:
        """Answer pydicom, which asks before each element of the data set: read on, but not for ever."""
        self.elements += 1
        return self._within(self.elements)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes; before the data set begins (`elements` 0) not for ever."""
        self.reads += not self.elements
        self._within(self.reads)
        return super().read(size)

    def _within(self, count: int) -> bool:
        if count > MOST_ELEMENTS:
            raise Unreadable("The data set is damaged: there is no end to its elements.", code="damaged")
        return False


def _guessed(dataset: Any) -> str:
    implicit, little = dataset.original_encoding
    if not little:
        return "1.2.840.10008.1.2.2"
    return "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1"


def _raw(dataset: Any, tag: int, little: bool) -> bytes:
    if tag in SEQUENCES:
        return b""
    element = dataset.get_item(tag)
    value = element.value
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value[1::-1] if tag in SHORTS and not little else value
    if tag in SHORTS:
        first = value[0] if isinstance(value, (list, tuple)) else value
        return (int(first) & 0xFFFF).to_bytes(2, "little")
    several = value if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
    return "\\".join(str(part) for part in several).encode("utf-8", "replace")


def _pixels(dataset: Any) -> tuple[int, int, int] | None:
    for tag in (PIXELS, 0x7FE00008, 0x7FE00009):
        if tag in dataset:
            element = dataset.get_item(tag)
            if hasattr(element, "value_tell"):
                return tag, int(element.value_tell), int(element.length)
            length = UNDEFINED if element.is_undefined_length else len(element.value)
            return tag, int(element.file_tell), length
    return None


def decoded_text(raw: bytes, charsets: tuple[str, ...]) -> str:
    """Decode text with the specific character sets of a file (ISO 2022 switching included)."""
    pydicom()
    from pydicom.charset import convert_encodings, decode_bytes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            encodings = convert_encodings(list(charsets) or [""])
            return str(decode_bytes(raw, encodings, set("\r\n\f\t\\^="))).strip(" \0")
        except Exception as fault:
            raise Unreadable("The text cannot be decoded.", detail=repr(fault), code="damaged") from fault
