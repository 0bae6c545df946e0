"""Slices with known numbers, written with pydicom for the tests of this room."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

CT = "1.2.840.10008.5.1.4.1.1.2"
AXIAL = (1, 0, 0, 0, 1, 0)


def truth(slices: int = 12, rows: int = 10, columns: int = 14, seed: int = 1) -> np.ndarray:
    """Stored values that differ in every voxel's neighbourhood."""
    return np.random.default_rng(seed).integers(-1000, 2000, (slices, rows, columns)).astype(np.int16)


def slice_dataset(pixels: np.ndarray, position: Sequence[float], **more: Any) -> Dataset:
    """One CT slice; keywords replace or (None) remove elements."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = CT
    data.SOPInstanceUID = generate_uid()
    data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = "1.2.3.1", "1.2.3.1.1", "1.2.3.9"
    data.StudyDate, data.StudyTime, data.Modality = "20240108", "101112", "CT"
    data.PatientID, data.PatientName, data.PatientBirthDate = "P1", "Test^One", "19800102"
    data.Manufacturer, data.KVP, data.SliceThickness, data.ConvolutionKernel = "Maker", "120", "2", "B30"
    data.ImagePositionPatient = [f"{value:.10g}"[:16] for value in position]
    data.ImageOrientationPatient = [f"{value:.12f}"[:16] for value in AXIAL]
    data.PixelSpacing = ["0.7", "0.9"]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = pixels.shape[:2]
    bits = pixels.dtype.itemsize * 8
    data.BitsAllocated, data.BitsStored, data.HighBit = bits, bits, bits - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    data.RescaleSlope, data.RescaleIntercept, data.RescaleType = "1", "0", "HU"
    data.PixelData = pixels.tobytes()
    for name, value in more.items():
        if value is None:
            if name in data:
                delattr(data, name)
        else:
            setattr(data, name, value)
    return data


def save(data: Dataset, path: Path, implicit: bool = False) -> Path:
    """Write a data set as a file with meta information."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if implicit:
        data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    data.save_as(path, enforce_file_format=True)
    return path


def save_stack(
    folder: Path,
    values: np.ndarray,
    positions: Sequence[Sequence[float]],
    names: Sequence[str] | None = None,
    each: Sequence[dict[str, Any]] | None = None,
    **more: Any,
) -> list[Path]:
    """Write one file per slice; `each` holds keywords of single slices."""
    paths = []
    for k, (pixels, position) in enumerate(zip(values, positions, strict=True)):
        words = {"InstanceNumber": k + 1, **more, **(each[k] if each else {})}
        name = names[k] if names else f"{k:04d}.dcm"
        paths.append(save(slice_dataset(pixels, position, **words), folder / name))
    return paths


def along_z(count: int, step_mm: float = 2.5) -> list[tuple[float, float, float]]:
    """Positions of an even axial stack that begins at (-31.5, 12.25, -40)."""
    return [(-31.5, 12.25, -40 + step_mm * k) for k in range(count)]
