"""Source headers as highdicom needs them: complete, one per slice, in UTF-8.

highdicom stops at headers without type 2 attributes, and writes letters that the source's character set lacks as
question marks (both seen in 0.28.2). So it is given copies; the originals are never touched.
"""

from collections.abc import Iterable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from mo_viewer.base.faults import Refused
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Instance, Source

CHARACTERS = "ISO_IR 192"
PATIENT_AND_STUDY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_GIVEN_BACK = (*PATIENT_AND_STUDY, "IssuerOfPatientID")
_CHECKED_BY_HIGHDICOM = ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime")
"""It refuses values that break the standard; they are kept from it and put back by `give_back`."""
_GROUPS = (0x0008, 0x0010, 0x0012, 0x0018, 0x0020, 0x0028, 0x0032, 0x0040, 0x5200)
_OF_A_SLICE = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "Rows",
    "Columns",
)
_SINGLE_FRAME = "1.2.840.10008.5.1.4.1.1.2"
"""What a frame of a multi-frame file is given out for: highdicom tells multi-frame images by their class."""
_PER_FRAME = (
    "PixelMeasuresSequence",
    "PlanePositionSequence",
    "PlaneOrientationSequence",
    "PixelValueTransformationSequence",
)


@dataclass(frozen=True)
class Slice:
    """One slice's header copy: `header` has the frame's geometry at its top, whatever the file looks like.

    `stand_in` is the SOP Instance UID in `header`: frames of one multi-frame file each get their own, which
    `instance` turns back into file and frame once highdicom is done.
    """

    index: int
    header: Any
    instance: Instance
    stand_in: str

    @property
    def uid(self) -> str:
        """SOP Instance UID of the file."""
        return self.stand_in if self.instance.frame is None else self.instance.sop_uid

    @property
    def kind(self) -> str:
        """SOP Class UID of the file."""
        return str(self.header.SOPClassUID) if self.instance.frame is None else self.instance.sop_class


@dataclass(frozen=True)
class Headers:
    """Header copies of the slices that an export needs, and the patient and study of the series as they are.

    `thickness_mm` is the nominal slice thickness, None where the images name none.
    """

    slices: tuple[Slice, ...]
    original: dict[str, Any]
    thickness_mm: float | None

    def at(self, index: int) -> Slice:
        """Return the header of a slice of the volume."""
        return next(s for s in self.slices if s.index == index)

    def only(self, wanted: Iterable[int]) -> "Headers":
        """Return the headers of some of the slices."""
        chosen = set(wanted)
        return replace(self, slices=tuple(s for s in self.slices if s.index in chosen))

    @property
    def names(self) -> dict[str, Instance]:
        """Which instance each stand-in UID means."""
        return {s.stand_in: s.instance for s in self.slices}


def read_headers(source: Source, geometry: Geometry, wanted: Iterable[int]) -> Headers:
    """Read the headers of the slices `wanted` (indices of the volume).

    Raises
    ------
    Refused
        When the images carry no UIDs to refer to.
    Unreadable
        When a file is gone or damaged.
    """
    from mo_viewer.dicom.header import read_dataset

    files: dict[str, Any] = {}
    made: list[Slice] = []
    original: dict[str, Any] = {}
    thickness = None
    for index in sorted(set(wanted)):
        instance = source.instances[index]
        if instance.path not in files:
            dataset = read_dataset(instance)
            first = None if instance.frame is not None else next(iter(files.values()), None)
            files = {instance.path: _copied(dataset) if first is None else _alike(first, dataset)}
        whole = files[instance.path]
        header = _header(whole, instance)
        if not made:
            original = {key: deepcopy(whole[key]) for key in _GIVEN_BACK if key in whole}
            orientation = header.get("ImageOrientationPatient")
            thickness = float(header.get("SliceThickness") or 0) or None
        elif orientation:
            put(header, "ImageOrientationPatient", orientation)
        _complete(header, geometry, index)
        made.append(Slice(index, header, instance, str(header.SOPInstanceUID)))
    return Headers(tuple(made), original, thickness)


def file_headers(headers: Headers) -> dict[str, Any]:
    """Return one header a file, under the UID that the file has."""
    from pydicom.dataset import Dataset

    found: dict[str, Any] = {}
    for one in headers.slices:
        if one.uid not in found:
            copy = Dataset()
            copy.update(one.header)
            put(copy, "SOPInstanceUID", one.uid)
            put(copy, "SOPClassUID", one.kind)
            found[one.uid] = copy
    return found


def give_back(built: Any, headers: Headers) -> None:
    """Put the patient and study attributes of the source into an object that highdicom built."""
    for key in _GIVEN_BACK:
        if key in headers.original:
            built[key] = headers.original[key]


def put(dataset: Any, keyword: str, value: Any) -> None:
    """Set an attribute without touching an element that another data set shares."""
    if keyword in dataset:
        del dataset[keyword]
    setattr(dataset, keyword, value)


def decimal(number: float) -> str:
    """Return a number as DICOM's decimal string (at most 16 characters) of the greatest precision."""
    from pydicom.valuerep import format_number_as_ds

    return str(format_number_as_ds(float(number)))


def _copied(dataset: Any) -> Any:
    """Standard elements only, text decoded; an element that cannot be read is left out."""
    from pydicom.dataset import Dataset

    copy = Dataset()
    for tag in list(dataset.keys()):
        if tag.group in _GROUPS and not tag.is_private:
            with suppress(ValueError, TypeError, OverflowError, NotImplementedError, AttributeError):
                copy.add(dataset[tag])
    copy.decode()
    for element in copy.iterall():
        if element.VR == "PN":
            element.value = _names_anew(element.value)
    copy.SpecificCharacterSet = CHARACTERS
    return copy


def _alike(first: Any, dataset: Any) -> Any:
    """A slice's header: what is its own from its file, the rest from the series' first (5 ms a slice saved)."""
    from pydicom.dataset import Dataset

    copy = Dataset()
    copy.update(first)
    for key in _OF_A_SLICE:
        if key in copy:
            del copy[key]
        if key in dataset:
            copy.add(dataset[key])
    return copy


def _names_anew(value: Any) -> Any:
    """A name keeps the bytes that it was read from; a fresh one is written in the new character set."""
    from pydicom.multival import MultiValue
    from pydicom.valuerep import PersonName

    if isinstance(value, list | MultiValue):
        return [PersonName(str(name)) for name in value]
    return PersonName(str(value)) if value else value


def _header(whole: Any, instance: Instance) -> Any:
    """A shallow copy for one slice: of a multi-frame file as if the frame were a file of its own."""
    from pydicom.dataset import Dataset
    from pydicom.uid import generate_uid

    missing = [key for key in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID") if not whole.get(key)]
    if missing:
        raise Refused(
            f"The images carry no {' and no '.join(missing)}, so no DICOM object can refer to them.",
            "CSV and JSON can be exported.",
        )
    copy = Dataset()
    copy.update(whole)
    if instance.frame is None:
        return copy
    shared = (whole.get("SharedFunctionalGroupsSequence") or [{}])[0]
    own = (whole.get("PerFrameFunctionalGroupsSequence") or [{}] * instance.frame)[instance.frame - 1]
    for key in _PER_FRAME:
        for item in own.get(key) or shared.get(key) or ():
            copy.update(item)
    for key in ("NumberOfFrames", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        if key in copy:
            del copy[key]
    put(copy, "SOPInstanceUID", generate_uid(prefix=None))
    put(copy, "SOPClassUID", _SINGLE_FRAME)
    return copy


def _complete(header: Any, geometry: Geometry, index: int) -> None:
    for key in PATIENT_AND_STUDY:
        if key not in header or header[key].value is None or key in _CHECKED_BY_HIGHDICOM:
            put(header, key, "")
    step, row, column = geometry.spacing_mm
    given = {
        "ImagePositionPatient": geometry.origins_mm[index],
        "ImageOrientationPatient": [*(geometry.column_step_mm / column), *(geometry.row_step_mm / row)],
        "PixelSpacing": (row, column),
    }
    for key, numbers in given.items():
        if not header.get(key):
            put(header, key, [decimal(number) for number in numbers])
    if not header.get("SliceThickness"):
        put(header, "SliceThickness", decimal(step or 1.0))
