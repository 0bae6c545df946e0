"""One file to be sent, as it is: what it holds is read from its header, what it is by its hash."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import tags
from mo_viewer.dicom.header import Header, read_header
from mo_viewer.dicom.library import pydicom
from mo_viewer.dicom.values import text
from mo_viewer.dicom.walk import UNDEFINED

DIRECTORY = "1.2.840.10008.1.3.10"
_UID = re.compile(r"\d+(?:\.\d+)+", re.ASCII)
_META_CLASS, _META_UID = b"\x02\x00\x02\x00UI", b"\x02\x00\x03\x00UI"


@dataclass(frozen=True)
class Parcel:
    """A DICOM file that can be sent; study and series are empty where it names none."""

    path: Path
    sha256: str
    size_bytes: int
    sop_class: str
    sop_uid: str
    syntax: str
    study_uid: str
    series_uid: str

    @property
    def kind(self) -> tuple[str, str]:
        """What has to be agreed on with the peer: SOP class and transfer syntax."""
        return self.sop_class, self.syntax


def inspect(path: Path) -> Parcel:
    """Read what must be known before a file is sent; it is only read.

    Raises
    ------
    Unreadable
        When it is no DICOM file, or says two things about what it is.
    """
    header = read_header(str(path))
    if is_cut_short(header):
        raise Unreadable("The file ends before its pixel data do, so it is not sent.", code="truncated")
    sop_class, sop_uid = _agreed(path, header.elements)
    found = [text(header.elements.get(tag)) for tag in (tags.STUDY_UID, tags.SERIES_UID)]
    if sop_class == DIRECTORY:
        raise Unreadable("A DICOMDIR is the index of a medium and is not sent.")
    if not all(map(is_uid, (sop_class, sop_uid))):
        raise Unreadable("The file lacks one of the UIDs that it needs for being sent.", code="damaged")
    return Parcel(path, sha256_of(path), path.stat().st_size, sop_class, sop_uid, header.syntax, *found)


def is_cut_short(header: Header) -> bool:
    """Whether a file ends before its pixel data do."""
    if header.pixels is None:
        return False
    _, offset, length = header.pixels
    counts = length != UNDEFINED and header.syntax != tags.DEFLATED
    return not header.whole or (counts and offset + length > header.size)


def is_uid(uid: str) -> bool:
    """Whether this is a UID as they occur: PS3.5 section 9.1, but for leading zeros, which archives take."""
    return len(uid) <= 64 and _UID.fullmatch(uid) is not None


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes, in hexadecimal.

    Raises
    ------
    Unreadable
        When it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unreadable("A file to be sent is no longer there.", detail=repr(error), code="missing_file") from error


def class_name(sop_class: str) -> str:
    """Return the standard's name of a SOP class without its last word; the UID where it has none."""
    return str(pydicom().uid.UID(sop_class).name).removesuffix(" Storage")


def _agreed(path: Path, elements: dict[int, bytes]) -> tuple[str, str]:
    """SOP class and instance, in which file meta information and data set must agree."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[128:132] != b"DICM":
        raise Unreadable("The file has no file meta information, so it cannot be sent as it is.")
    inside = [text(elements.get(tag)) for tag in (tags.SOP_CLASS, tags.SOP_UID)]
    if inside != [_meta(head, _META_CLASS), _meta(head, _META_UID)]:
        raise Unreadable("The file names itself differently in its header and its data set, so it is not sent.")
    return inside[0], inside[1]


def _meta(head: bytes, element: bytes) -> str:
    at = head.find(element, 132) + len(element)
    if at < len(element):
        return ""
    length = int.from_bytes(head[at : at + 2], "little")
    return text(head[at + 2 : at + 2 + length])
