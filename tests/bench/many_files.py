"""Input for the benches: CT slices with ordinary headers, written once a run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

STUDY = "2.25.77001"


def write_slices(
    folder: Path,
    series: int,
    slices: int,
    rows: int = 512,
    columns: int = 512,
    syntax: str = ExplicitVRLittleEndian,
    encode: Callable[[np.ndarray], bytes] | None = None,
) -> Path:
    """Write one series of noise on a smooth body (so that codecs have something like an image to do).

    `encode` makes the compressed frame of a syntax that pydicom cannot write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(series)
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    body = np.where(x**2 + y**2 < 0.8, 40 + 200 * np.exp(-8 * ((x - 0.2) ** 2 + y**2)), -1000)
    noise = rng.normal(0, 12, (4, rows, columns))
    for k in range(slices):
        values = (body + noise[k % 4] + k % 7).astype(np.int16)
        dataset = header(series, k, rows, columns)
        dataset.PixelData = values.tobytes()
        if encode is not None:
            dataset.file_meta.TransferSyntaxUID = syntax
            dataset.PixelData = encapsulate([encode(values)])
            dataset["PixelData"].is_undefined_length = True
        elif syntax != ExplicitVRLittleEndian:
            dataset.compress(syntax, values, generate_instance_uid=False)
        dataset.save_as(folder / f"{series:02d}_{k:04d}.dcm", enforce_file_format=True)
    return folder


def header(series: int, k: int, rows: int, columns: int) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"{STUDY}.{series}.{k}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", pydicom.Dataset(), file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, f"{STUDY}.{series}.{k}"
    dataset.StudyDate, dataset.StudyTime, dataset.Modality = "20240101", "101010", "CT"
    dataset.Manufacturer, dataset.SeriesDescription = "Bench", f"series {series}"
    dataset.PatientName, dataset.PatientID = "Bench^Mark", "bench"
    dataset.PatientBirthDate, dataset.PatientSex = "19700101", "O"
    dataset.SliceThickness, dataset.KVP, dataset.ConvolutionKernel = "1", "120", "B30"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, f"{STUDY}.{series}"
    dataset.SeriesNumber, dataset.InstanceNumber = str(series), str(k + 1)
    dataset.ImagePositionPatient = [-180, -180, float(k)]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.FrameOfReferenceUID = f"{STUDY}.9"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns, dataset.PixelSpacing = rows, columns, [0.7, 0.7]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "HU"
    return dataset
