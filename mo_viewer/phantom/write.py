"""A rendered limb as CT Image Storage files (DICOM PS3.3 A.3), the same bytes every time."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mo_viewer.base.faults import Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.phantom.scanner import Protocol
from mo_viewer.volume.arrays import AnyArray, FloatArray
from mo_viewer.volume.geometry import Geometry

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
INTERCEPT = -1024
MANUFACTURER = "MO Viewer phantom"


@dataclass(frozen=True)
class Identity:
    """Who was imaged, when, and what the series is called. `key` alone decides all UIDs."""

    key: str
    patient_id: str = "MOV-PHANTOM"
    patient_name: str = "Phantom^Limb"
    birth_date: str = "19960514"
    sex: str = "M"
    study_date: str = "20240205"
    study_time: str = "093000"
    study_description: str = "CT thigh left"
    series_description: str = "Thigh axial"
    series_number: int = 2
    accession: str = ""
    body_part: str = "THIGH"
    laterality: str = "L"
    patient_position: str = "HFS"
    contrast_agent: str = ""
    manufacturer: str = MANUFACTURER
    model: str = "Analytic limb"
    station: str = "PHANTOM1"

    @property
    def study_uid(self) -> str:
        """Study Instance UID."""
        return uid(self.key, "study")

    @property
    def series_uid(self) -> str:
        """Series Instance UID."""
        return uid(self.key, "series", str(self.series_number))

    @property
    def frame_uid(self) -> str:
        """Frame of Reference UID."""
        return uid(self.key, "frame")


def uid(*words: str) -> str:
    """A UID under 2.25 that is the same whenever the words are (DICOM PS3.5 B.2 form)."""
    digest = hashlib.sha256("\x1f".join(("mo-viewer phantom", *words)).encode()).digest()[:16]
    return f"2.25.{int.from_bytes(digest, 'big')}"


def stored(hu: AnyArray) -> AnyArray:
    """HU as they are stored: int16, intercept -1024, slope 1."""
    whole: AnyArray = (np.round(hu).astype(np.int32) - INTERCEPT).astype("<i2")
    return whole


def write_ct(
    folder: Path,
    hu: AnyArray,
    geometry: Geometry,
    protocol: Protocol,
    identity: Identity,
    ticket: Ticket | None = None,
) -> tuple[Path, ...]:
    """Write one file a slice into `folder` (made if absent).

    Raises
    ------
    Unwritable
        When a file cannot be written.
    """
    ticket = ticket or Ticket()
    pixels = stored(hu)
    images = _Series(geometry, protocol, identity)
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for k in range(geometry.shape[0]):
            ticket.progress(k, geometry.shape[0], "writing")
            path = folder / f"IM{k + 1:04d}.dcm"
            path.write_bytes(images.encoded(k, pixels[k]))
            paths.append(path)
    except OSError as error:
        raise Unwritable("The phantom's images could not be written.", detail=str(error)) from error
    return tuple(paths)


class _Series:
    """The header that all slices share, encoded once; only what differs is encoded slice by slice."""

    def __init__(self, geometry: Geometry, protocol: Protocol, identity: Identity) -> None:
        self._geometry, self._identity = geometry, identity
        self._shared = _elements(_header(geometry, protocol, identity))

    def encoded(self, k: int, pixels: AnyArray) -> bytes:
        """The whole file of slice k."""
        sop_uid = uid(self._identity.key, str(self._identity.series_number), str(k))
        own = {
            "SOPInstanceUID": sop_uid,
            "InstanceNumber": k + 1,
            "ImagePositionPatient": _decimals(self._geometry.origins_mm[k]),
            "SliceLocation": _decimals(self._geometry.heights_mm[k : k + 1])[0],
            "SmallestImagePixelValue": int(pixels.min()),
            "LargestImagePixelValue": int(pixels.max()),
            "PixelData": pixels.tobytes(),
        }
        elements = self._shared | _elements(_dataset(own))
        return _opening(sop_uid) + b"".join(elements[tag] for tag in sorted(elements))


def _elements(dataset: "Dataset") -> dict[int, bytes]:
    """Each data element by tag, encoded in explicit little endian."""
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import correct_ambiguous_vr, write_data_element

    encoded = {}
    for element in correct_ambiguous_vr(dataset, True):
        stream = DicomBytesIO()
        stream.is_little_endian, stream.is_implicit_VR = True, False
        write_data_element(stream, element, ["utf-8"])
        encoded[int(element.tag)] = stream.getvalue()
    return encoded


def _opening(sop_uid: str) -> bytes:
    """Preamble and file meta information (DICOM PS3.10 7.1)."""
    from io import BytesIO

    from pydicom.dataset import FileMetaDataset
    from pydicom.filewriter import write_file_meta_info

    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = CT_IMAGE_STORAGE
    meta.MediaStorageSOPInstanceUID = sop_uid
    meta.TransferSyntaxUID = EXPLICIT_LITTLE_ENDIAN
    meta.ImplementationClassUID = uid("implementation")
    meta.ImplementationVersionName = "MOV_PHANTOM_1"
    stream = BytesIO()
    write_file_meta_info(stream, meta)
    return b"\0" * 128 + b"DICM" + stream.getvalue()


def _dataset(values: dict[str, Any]) -> "Dataset":
    from pydicom.dataset import Dataset

    dataset = Dataset()
    # pydicom needs these two beside every value whose VR depends on the pixels
    dataset.BitsAllocated, dataset.PixelRepresentation = 16, 1
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def _header(geometry: Geometry, protocol: Protocol, identity: Identity) -> "Dataset":
    header = _dataset(_who(identity) | _what(protocol, identity) | _where(geometry, protocol))
    if identity.contrast_agent:
        header.ContrastBolusAgent = identity.contrast_agent
    return header


def _who(identity: Identity) -> dict[str, Any]:
    years = int(identity.study_date[:4]) - int(identity.birth_date[:4])
    had_birthday = identity.study_date[4:] >= identity.birth_date[4:]
    return {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientName": identity.patient_name,
        "PatientID": identity.patient_id,
        "PatientBirthDate": identity.birth_date,
        "PatientSex": identity.sex,
        "PatientAge": f"{years if had_birthday else years - 1:03d}Y",
        "StudyInstanceUID": identity.study_uid,
        "StudyDate": identity.study_date,
        "StudyTime": identity.study_time,
        "ReferringPhysicianName": "",
        "StudyID": "1",
        "AccessionNumber": identity.accession,
        "StudyDescription": identity.study_description,
    }


def _what(protocol: Protocol, identity: Identity) -> dict[str, Any]:
    return {
        "SOPClassUID": CT_IMAGE_STORAGE,
        "Modality": "CT",
        "SeriesInstanceUID": identity.series_uid,
        "SeriesNumber": identity.series_number,
        "SeriesDescription": identity.series_description,
        "SeriesDate": identity.study_date,
        "SeriesTime": identity.study_time,
        "AcquisitionDate": identity.study_date,
        "AcquisitionTime": identity.study_time,
        "ContentDate": identity.study_date,
        "ContentTime": identity.study_time,
        "BodyPartExamined": identity.body_part,
        "Laterality": identity.laterality,
        "PatientPosition": identity.patient_position,
        "FrameOfReferenceUID": identity.frame_uid,
        "PositionReferenceIndicator": "",
        "Manufacturer": identity.manufacturer,
        "ManufacturerModelName": identity.model,
        "StationName": identity.station,
        "InstitutionName": "",
        "SoftwareVersions": "1",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "AcquisitionNumber": 1,
        "KVP": _decimals([protocol.kvp])[0],
        "ConvolutionKernel": protocol.kernel.name,
        "XRayTubeCurrent": 150,
        "ExposureTime": 500,
        "GantryDetectorTilt": _decimals([protocol.tilt_deg])[0],
        "RotationDirection": "CW",
        "BurnedInAnnotation": "NO",
    }


def _where(geometry: Geometry, protocol: Protocol) -> dict[str, Any]:
    steps, rows, columns = geometry.shape[0], geometry.shape[1], geometry.shape[2]
    column, row = (s / np.linalg.norm(s) for s in (geometry.column_step_mm, geometry.row_step_mm))
    field_mm = max(rows * geometry.spacing_mm[1], columns * geometry.spacing_mm[2])
    where: dict[str, Any] = {
        "SliceThickness": _decimals([protocol.slice_mm])[0],
        "ImageOrientationPatient": _decimals([*column, *row]),
        "PixelSpacing": _decimals(geometry.spacing_mm[1:]),
        "ReconstructionDiameter": _decimals([field_mm])[0],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "RescaleIntercept": str(INTERCEPT),
        "RescaleSlope": "1",
        "RescaleType": "HU",
        "WindowCenter": ["40", "400"],
        "WindowWidth": ["400", "1800"],
        "WindowCenterWidthExplanation": ["SOFT TISSUE", "BONE"],
    }
    if steps > 1 and geometry.is_even:
        where["SpacingBetweenSlices"] = _decimals(geometry.spacing_mm[:1])[0]
    return where


def _decimals(values: Any) -> list[str]:
    """Decimal strings of at most 16 characters, as exact as they can be."""
    from pydicom.valuerep import format_number_as_ds

    numbers: FloatArray = np.asarray(values, dtype=np.float64)
    return [format_number_as_ds(float(n) + 0.0) for n in numbers]
