"""CT series on disk for export tests: a geometry and integers in, files and their `Source` out."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from mo_viewer.findings.codes import Code
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Grade, Laterality, Lesion, Quality, Rule
from mo_viewer.findings.measurement import ClassVolume, Measurement, Refusal
from mo_viewer.measure.extent import in_slice_axes
from mo_viewer.report.codes import concepts
from mo_viewer.report.export import export
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Acquisition, Instance, Patient, Source
from mo_viewer.volume.surface import Surface

CT = "1.2.840.10008.5.1.4.1.1.2"
INTERCEPT = -1024


PATIENT = Patient("9f3a5c21", "P-17", "Müller^Zoë", "F", "1981-03-04")
CORE = ("sr", "seg", "csv", "json")
export_core = partial(export, formats=CORE)
"""Only numbers and voxels: what most tests look at."""


def write_ct(
    folder: Path,
    geometry: Geometry,
    stored: np.ndarray | None = None,
    absent: tuple[str, ...] = (),
    charset: str = "ISO_IR 100",
    changes: Mapping[str, Any] | None = None,
) -> Source:
    """Write one file a slice; `absent` attributes are left out, `changes` set last."""
    folder.mkdir(parents=True, exist_ok=True)
    if stored is None:
        stored = np.random.default_rng(7).integers(900, 2300, geometry.shape).astype(np.int16)
    study, series = generate_uid(), generate_uid()
    instances = []
    for k in range(geometry.shape[0]):
        ds = header(geometry, k, study, series, charset)
        ds.PixelData = stored[k].astype("<i2").tobytes()
        for key in absent:
            delattr(ds, key)
        for key, value in (changes or {}).items():
            setattr(ds, key, value)
        path = folder / f"{k:04d}.dcm"
        ds.save_as(path, enforce_file_format=True)
        instances.append(Instance(str(path), str(ds.SOPInstanceUID), CT))
    return Source(PATIENT, str(study), str(series), "CT", date="2024-02-26", instances=tuple(instances))


def header(geometry: Geometry, k: int, study: str, series: str, charset: str) -> Dataset:
    step, row, column = geometry.spacing_mm
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = charset
    ds.SOPClassUID, ds.SOPInstanceUID = CT, generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study, series
    ds.FrameOfReferenceUID = geometry.frame_uid
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Müller^Zoë", "P-17", "19810304", "F"
    ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "77", "A1", "Größe^Dr"
    ds.StudyDate, ds.StudyTime = "20240226", "101500"
    ds.Modality, ds.Manufacturer, ds.SeriesNumber, ds.InstanceNumber = "CT", "Maker", 3, k + 1
    ds.ImageType, ds.PositionReferenceIndicator, ds.AcquisitionNumber, ds.KVP = (
        ["ORIGINAL", "PRIMARY", "AXIAL"],
        "",
        1,
        120,
    )
    ds.ImagePositionPatient = [f"{c:.9g}" for c in geometry.origins_mm[k]]
    cosines = [*(geometry.column_step_mm / column), *(geometry.row_step_mm / row)]
    ds.ImageOrientationPatient = [f"{c:.9g}" for c in cosines]
    ds.PixelSpacing, ds.SliceThickness = [f"{row:.9g}", f"{column:.9g}"], f"{step or 2.5:.9g}"
    ds.Rows, ds.Columns = geometry.shape[1:]
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation, ds.SamplesPerPixel = 15, 1, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, INTERCEPT, "HU"
    return ds


def blob(geometry: Geometry, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Mask:
    """An ellipsoid in index space."""
    axes = np.ogrid[tuple(slice(0, n) for n in geometry.shape)]
    inside = sum(((axis - c) / r) ** 2 for axis, c, r in zip(axes, centre, radii, strict=True)) <= 1
    return Mask.trimmed(inside, (0, 0, 0), geometry)


def lesion(mask: Mask | None, stored: np.ndarray | None = None, label: str = "L1", **fields: Any) -> Lesion:
    """A lesion with a measurement of every name of the contract; HU are those of the voxels."""
    values: dict[str, float] = {}
    if mask is not None and mask.voxels and stored is not None:
        hu = stored[tuple(mask.indices().astype(int).T)].astype(np.float64) + INTERCEPT
        values = {
            "mean_hu": hu.mean(),
            "voxel_mean_hu": hu.mean(),
            "median_hu": np.median(hu),
            "p95_hu": np.percentile(hu, 95),
            "max_hu": hu.max(),
            "sd_hu": hu.std(ddof=1) if hu.size > 1 else 0.0,
        }
    measured = tuple(
        Measurement(
            name,
            float(values.get(name, 12.345678901 + 7 * n)),
            concept.unit,
            spread=0.37 + n if n % 3 else None,
            method=f"method of {name}",
            warnings=("small",) if n == 4 else (),
            notes=("a fact",) if n == 5 else (),
        )
        for n, (name, concept) in enumerate(concepts().items())
    )
    plain = Lesion(
        tracking_uid=str(generate_uid(prefix=None)),
        label=label,
        clicks_mm=((1.5, -2.25, 3.125), (2.0, -2.0, 3.0)),
        mask=mask,
        site=Code("68367000", "SCT", "Thigh"),
        laterality=Laterality.LEFT,
        measurements=measured,
        class_volumes=(ClassVolume("hazy", 100.0, 200.0, 81.5), ClassVolume("dense", 200.0, None, 22.25)),
        quality=Quality(confidence=0.93, noise_hu=15.2),
        grade=Grade("3-4", "maturity 1-4", (Rule("R4", 0.52, "0.35-0.70", True, "analogy"),)),
        pattern="outside_in",
    )
    return replace(plain, **fields)


def without(whole: Lesion, name: str, reason: str = "slices of 5.0 mm are thicker than 1.5 mm") -> Lesion:
    """The lesion with one measurement refused."""
    kept = tuple(m for m in whole.measurements if m.concept != name)
    return replace(whole, measurements=kept, refused=(*whole.refused, Refusal(name, reason)))


def document(source: Source, *lesions: Lesion, injury_date: str = "2024-01-08") -> Document:
    """One study with these lesions."""
    acquisition = Acquisition(kvp=120.0, kernel="B70s", slice_mm=2.5, contrast=False, manufacturer="Maker", model="M1")
    timepoint = Timepoint(source.study_uid, source.series_uid, source.date, "101500", "CT", acquisition, lesions)
    return Document(source.patient, (timepoint,), injury_date)


def with_surface(plain: Lesion) -> Lesion:
    """The lesion with the surface of its voxels, and axes measured on it."""
    from skimage.measure import marching_cubes

    assert plain.mask is not None
    full = np.pad(plain.mask.full().astype(float), 1)
    vertices, faces, _, _ = marching_cubes(full, 0.5)
    surface = Surface(plain.mask.geometry.points_mm(vertices - 1.0), faces)
    axes = in_slice_axes(surface, plain.mask.geometry)
    assert axes is not None
    new = {"long_axis_mm": axes.long_mm, "short_axis_mm": axes.short_mm}
    measured = tuple(replace(m, value=new.get(m.concept, m.value)) for m in plain.measurements)
    return replace(plain, surface=surface, measurements=measured)
