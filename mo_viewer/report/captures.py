"""Objects that hold no measurements but what a person looks at: key pictures and the report as PDF."""

from typing import Any

from mo_viewer.findings.codes import Code
from mo_viewer.report.headers import CHARACTERS, PATIENT_AND_STUDY, Headers, Slice, give_back
from mo_viewer.report.maker import Maker
from mo_viewer.volume.arrays import ByteArray

PICTURE_SERIES_NUMBER, PDF_SERIES_NUMBER = 9906, 9907
PICTURES, REPORT = "MO Viewer: key pictures", "MO Viewer: report"
_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
_TITLE = Code("18748-4", "LN", "Diagnostic imaging report")


def build_capture(pixels: ByteArray, at: Slice, headers: Headers, series_uid: str, number: int, maker: Maker) -> Any:
    """Return a secondary capture of a key picture: colour, no names in it.

    Parameters
    ----------
    pixels
        (rows, columns, 3).
    at
        The slice that is shown.
    headers
        Patient and study.
    series_uid, number
        Series of the study's pictures, and which of them this is.
    maker
        Who made it.
    """
    built = _object(_CAPTURE, "OT", PICTURES, PICTURE_SERIES_NUMBER, series_uid, number, headers, maker)
    built.ConversionType = "WSD"
    built.ImageType = ["DERIVED", "SECONDARY"]
    built.BurnedInAnnotation = "NO"
    built.PatientOrientation = ""
    built.Laterality = at.header.get("Laterality") or ""
    built.SamplesPerPixel, built.PhotometricInterpretation, built.PlanarConfiguration = 3, "RGB", 0
    built.Rows, built.Columns = pixels.shape[:2]
    built.BitsAllocated, built.BitsStored, built.HighBit, built.PixelRepresentation = 8, 8, 7, 0
    built.SourceImageSequence = [_source(at)]
    data = pixels.tobytes()
    built.PixelData = data + b"\0" * (len(data) % 2)
    give_back(built, headers)
    return built


def build_pdf(pdf: bytes, headers: Headers, title: str, maker: Maker) -> Any:
    """Return the report as an encapsulated PDF of the study of `headers`."""
    from pydicom.uid import generate_uid

    series = str(generate_uid(prefix=None))
    built = _object(_PDF, "DOC", REPORT, PDF_SERIES_NUMBER, series, 1, headers, maker)
    built.ConversionType = "WSD"
    built.AcquisitionDateTime = ""
    built.BurnedInAnnotation = "YES"
    built.DocumentTitle = title
    built.ConceptNameCodeSequence = [_coded(_TITLE)]
    built.MIMETypeOfEncapsulatedDocument = "application/pdf"
    built.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    built.EncapsulatedDocumentLength = len(pdf)
    give_back(built, headers)
    return built


def _object(
    sop_class: str,
    modality: str,
    description: str,
    series: int,
    series_uid: str,
    number: int,
    headers: Headers,
    maker: Maker,
) -> Any:
    from datetime import datetime

    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    built, meta = Dataset(), FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    built.file_meta = meta
    built.SpecificCharacterSet = CHARACTERS
    built.SOPClassUID, built.SOPInstanceUID = sop_class, generate_uid(prefix=None)
    header = headers.slices[0].header
    built.StudyInstanceUID = header.StudyInstanceUID
    for key in PATIENT_AND_STUDY:
        setattr(built, key, "")
    built.Modality, built.SeriesInstanceUID, built.SeriesNumber = modality, series_uid, series
    built.SeriesDescription, built.InstanceNumber = description, number
    built.Manufacturer, built.ManufacturerModelName = maker.manufacturer, maker.model
    built.SoftwareVersions, built.DeviceSerialNumber = maker.version, maker.serial
    now = datetime.now().astimezone()
    built.ContentDate, built.ContentTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    return built


def _source(at: Slice) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = at.kind, at.uid
    if at.instance.frame is not None:
        item.ReferencedFrameNumber = at.instance.frame
    return item


def _coded(code: Code) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme, code.meaning
    return item
