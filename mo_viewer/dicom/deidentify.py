"""Images without their patient: only what reading and measuring need is kept, everything else is left out.

DICOM PS3.15 Annex E, Basic Application Level Confidentiality Profile, with the option of modified dates: no element of
its table E.1-1 is taken over but those that it lets one replace. Kept is what stands in ``resources/codes``'s list
`KEPT`; names of elements that this program does not know, private ones and overlays included, never pass.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Fault, Misuse, Unreadable, Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.series import Series
from mo_viewer.paths import bundled

METHOD = "MO Viewer: only elements needed for reading and measuring kept; UIDs and dates replaced"
_CODES = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
)
_SHIFT_DAYS = 3650
_SEG = "1.2.840.10008.5.1.4.1.1.66.4"
_DUMMY = {"ContrastBolusAgent": "CONTRAST", "TrackingID": "TRACKED"}
_EMPTY = ("PatientBirthDate", "PatientSex", "StudyID", "AccessionNumber", "ReferringPhysicianName")
_CLEAN_KINDS = frozenset({"CT", "MR", "PT", "NM", "SEG"})


@dataclass(frozen=True)
class Removed:
    """How many files were written, and what a person must still look at."""

    files: int
    remarks: tuple[str, ...]


class Alias:
    """What stands for one patient: the same for all their studies, and different for every user's secret.

    Parameters
    ----------
    secret
        Known to one user only; without it nothing leads back.
    patient_key
        Whom it stands for.
    """

    def __init__(self, secret: bytes, patient_key: str) -> None:
        self._secret = secret
        self.name = f"ANON-{self._number(f'patient {patient_key}') % 16**10:010X}"
        self._shift = timedelta(days=1 + self._number(f"days {patient_key}") % _SHIFT_DAYS)

    def uid(self, uid: str) -> str:
        """Return the UID that stands for another one."""
        return f"2.25.{self._number(f'uid {uid}') % 2**122}"

    def day(self, text: str) -> str:
        """Return a date or a date and time, moved into the past by a number of days that is the patient's own."""
        found = re.match(r"(\d{4})(\d{2})(\d{2})", text)
        if found is None:
            return ""
        try:
            moved = date(*map(int, found.groups())) - self._shift
        except (ValueError, OverflowError):
            return ""
        return f"{moved:%Y%m%d}{text[8:]}"

    def _number(self, what: str) -> int:
        return int.from_bytes(hmac.new(self._secret, what.encode("utf-8", "surrogatepass"), hashlib.sha256).digest())


def deidentify(series: Sequence[Series], folder: Path, secret: bytes, ticket: Ticket | None = None) -> Removed:
    """Write images and segmentations without their patient into a new folder; other objects are left out and named.

    Parameters
    ----------
    series
        As `scan` finds them; several studies of one patient stay serial.
    folder
        New or empty. Files are called by numbers.
    secret
        Keeps aliases, UIDs and dates the same from one call to the next.
    ticket
        Progress and cancellation.

    Raises
    ------
    Misuse
        When the folder holds something.
    Unwritable
        When the disk does not take it.
    Cancelled
        When the ticket was cancelled; what was written so far stays.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Misuse("The folder for the images is not empty.", "Give a new one.")
    ticket = ticket or Ticket()
    remarks: list[str] = []
    studies = {uid: n for n, uid in enumerate(dict.fromkeys(one.source.study_uid for one in series), 1)}
    total, done = sum(len(one.source.instances) for one in series), 0
    for number, one in enumerate(series, 1):
        alias = Alias(secret, one.source.patient.key)
        place = folder / f"study{studies[one.source.study_uid]}" / f"series{number}"
        where = f"Series {number} of study {studies[one.source.study_uid]}"
        files = dict.fromkeys(instance.path for instance in one.source.instances)
        for k, path in enumerate(files, 1):
            ticket.progress(done, total, "Removing what names the patient")
            instance = next(instance for instance in one.source.instances if instance.path == path)
            if not one.is_image and instance.sop_class != _SEG:
                remarks.append(f"{where} is no image and was left out: its text may name anybody.")
                break
            try:
                cleaned = _cleaned_file(instance, alias)
            except Unreadable as fault:
                remarks.append(f"{where}: a file cannot be read. {fault.sentence}")
                continue
            remarks += [f"{where} {text}" for text in _risks(cleaned) if f"{where} {text}" not in remarks]
            _save(cleaned, place / f"{k:05d}.dcm")
            done += 1
    return Removed(done, tuple(remarks))


def cleaned(dataset: Any, alias: Alias) -> Any:
    """Return a new data set with what may be kept of another one."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence as Items

    found = Dataset()
    for element in _readable(dataset):
        keyword = element.keyword
        if keyword not in kept():
            continue
        if element.VR == "SQ":
            setattr(found, keyword, Items([cleaned(item, alias) for item in element.value or ()]))
        elif element.VR == "UI" and keyword not in _CLASSES:
            values = [element.value] if isinstance(element.value, str) else list(element.value or ())
            mapped = [alias.uid(str(value)) for value in values if str(value)]
            setattr(found, keyword, mapped[0] if len(mapped) == 1 else mapped)
        elif element.VR in ("DA", "DT"):
            setattr(found, keyword, alias.day(str(element.value or "")))
        elif keyword in _DUMMY:
            setattr(found, keyword, _DUMMY[keyword] if element.value else "")
        elif keyword == "SegmentLabel":
            found.SegmentLabel = f"Segment {dataset.get('SegmentNumber', '')}".strip()
        else:
            found[element.tag] = element
    return found


@cache
def kept() -> frozenset[str]:
    """Return the keywords of the elements that are taken over."""
    listed = json.loads((bundled("resources") / "codes" / "deidentify.json").read_text("utf-8"))
    return frozenset(keyword for group in listed["kept"].values() for keyword in group)


_CLASSES = frozenset({"SOPClassUID", "ReferencedSOPClassUID", "MediaStorageSOPClassUID", "TransferSyntaxUID"})


def _cleaned_file(instance: Any, alias: Alias) -> Any:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    from mo_viewer.dicom.header import read_dataset

    original = read_dataset(instance, pixels=True)
    try:
        made = cleaned(original, alias)
        made.PatientName = made.PatientID = alias.name
        for keyword in _EMPTY:
            setattr(made, keyword, "")
        made.PatientIdentityRemoved, made.DeidentificationMethod = "YES", METHOD
        made.LongitudinalTemporalInformationModified = "MODIFIED"
        made.DeidentificationMethodCodeSequence = [_code(*code) for code in _CODES]
        made.file_meta = FileMetaDataset()
        made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
        made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
        syntax = getattr(original.file_meta, "TransferSyntaxUID", ExplicitVRLittleEndian)
        made.file_meta.TransferSyntaxUID = syntax
    except (AttributeError, KeyError, ValueError, TypeError, NotImplementedError) as error:
        raise Unreadable("It lacks what every image must have.", detail=type(error).__name__) from error
    return made


def _code(value: str, meaning: str) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _readable(dataset: Any) -> Iterator[Any]:
    """Elements that can be read; one that cannot is left out like one that is not known."""
    for tag in sorted(dataset.keys()):
        try:
            yield dataset[tag]
        except Exception:  # noqa: BLE001 - pydicom raises what it likes, and what is not read is not kept
            continue


def _risks(data: Any) -> Iterator[str]:
    said, kind = str(data.get("BurnedInAnnotation", "")), str(data.get("Modality", ""))
    types = {str(one) for one in data.get("ImageType", ()) or ()}
    if said == "YES" or (said != "NO" and (kind not in _CLEAN_KINDS or "SECONDARY" in types)):
        yield "may hold text in its pixels, for example a name: look at it."


def _save(data: Any, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        data.save_as(part, enforce_file_format=True)
        part.replace(path)
    except OSError as error:
        raise Unwritable("An image could not be written.", "See that the disk has room.", repr(error)) from error
    except (ValueError, TypeError, AttributeError, KeyError, NotImplementedError) as error:
        part.unlink(missing_ok=True)
        raise Fault("An image could not be written in DICOM.", detail=type(error).__name__) from error
