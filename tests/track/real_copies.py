"""Copies of a real CT with a known change, written as a later study of the same patient: what is true of them is known.

No phantom's tissue: the patient's own pixels are moved, resampled, squeezed or made denser. Between pixels values are
those of a cubic spline: a scanner shows a patient who lies otherwise as sharply as before, while linear interpolation
half-way between slices of 3.3 mm is the mean of the two, which takes a thin wall away.
"""

from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.uid import generate_uid

from mo_viewer.track.cloud import moved
from mo_viewer.volume.arrays import AnyArray, FloatArray, Triple
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

MUSCLE_HU, LEAST_EXCESS_HU = 55.0, 45.0
EDGE_MM, FADE_MM = 4.0, 2.0


def squeezed(volume: Volume, centre_mm: FloatArray, factor: float, inner_mm: float, outer_mm: float) -> AnyArray:
    """HU of the stack with everything within `inner_mm` of a point made `factor` times as long in each direction.

    What lies between that and `outer_mm` is stretched to fill the place; beyond nothing changes.
    """
    hu, points, curve = _hu(volume), _points(volume.geometry), _spline(volume)
    away = np.linalg.norm(points - centre_mm, axis=-1)
    line = np.linspace(1e-3, outer_mm, 500)
    rest = inner_mm + (line - factor * inner_mm) * (outer_mm - inner_mm) / (outer_mm - factor * inner_mm)
    scale = np.where(line <= factor * inner_mm, 1 / factor, rest / line)
    near = away < outer_mm
    taken = centre_mm + (points[near] - centre_mm) * np.interp(away[near], line, scale)[:, None]
    out = hu.copy()
    out[near] = _sampled(curve, volume.geometry, taken)
    return out


def denser(volume: Volume, lesion: Mask, factor: float) -> AnyArray:
    """HU of the stack with the excess over muscle of what is calcified in a lesion made `factor` times as high."""
    from scipy import ndimage

    hu = _hu(volume)
    away = ndimage.distance_transform_edt(~lesion.full(), sampling=volume.geometry.spacing_mm)
    share = np.clip((EDGE_MM - away) / FADE_MM, 0, 1)
    return np.where(hu > MUSCLE_HU + LEAST_EXCESS_HU, hu + (factor - 1) * share * (hu - MUSCLE_HU), hu)


def imaged_on(volume: Volume, matrix: FloatArray, spacing_mm: tuple[float, float, float], noise_hu: float = 0.0):
    """HU and geometry of the patient moved by a rigid 4x4 matrix, on an axial grid that holds all of the stack."""
    old, curve = volume.geometry, _spline(volume)
    far = np.array(old.shape) - 1
    corners = np.array([[(k >> i & 1) * far[i] for i in range(3)] for k in range(8)], float)
    placed = moved(old.points_mm(corners), matrix)
    count = np.ceil(np.ptp(placed, axis=0)[::-1] / np.array(spacing_mm)).astype(int) + 1
    shape: Triple = (int(count[0]), int(count[1]), int(count[2]))
    axes = np.zeros((4, 4))
    axes[2, 0], axes[1, 1], axes[0, 2], axes[3, 3] = *spacing_mm, 1.0
    axes[:3, 3] = placed.min(axis=0)
    new, back = Geometry.even(shape, axes), np.linalg.inv(matrix)
    rows = np.indices(shape[1:]).reshape(2, -1).T
    out = np.empty(shape, dtype=np.float32)
    for k in range(shape[0]):
        points = new.points_mm(np.column_stack([np.full(len(rows), k), rows]).astype(float))
        out[k] = _sampled(curve, old, moved(points, back), outside=-1000.0).reshape(shape[1:])
    return out + np.random.default_rng(1).normal(0.0, noise_hu, shape), new


def write_copy(template: Path, hu: AnyArray, geometry: Geometry, folder: Path, day: str) -> str:
    """Write a stack with the headers of a real slice, but new UIDs and another date; return the study's UID."""
    folder.mkdir(parents=True)
    named = {name: generate_uid(entropy_srcs=[str(folder.name), name]) for name in ("study", "series", "frame")}
    row, column = (np.linalg.norm(step) for step in (geometry.row_step_mm, geometry.column_step_mm))
    for k in range(geometry.shape[0]):
        image = dcmread(template)
        image.StudyInstanceUID, image.SeriesInstanceUID = named["study"], named["series"]
        image.FrameOfReferenceUID = named["frame"]
        image.SOPInstanceUID = generate_uid(entropy_srcs=[str(folder.name), str(k)])
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.StudyDate = image.SeriesDate = image.AcquisitionDate = image.ContentDate = day
        image.InstanceNumber = k + 1
        image.ImagePositionPatient = [f"{x:.4f}" for x in geometry.origins_mm[k]]
        directions = (*(geometry.column_step_mm / column), *(geometry.row_step_mm / row))
        image.ImageOrientationPatient = [f"{x:.6f}" for x in directions]
        image.PixelSpacing = [f"{row:.5f}", f"{column:.5f}"]
        image.SliceThickness = f"{geometry.spacing_mm[0]:.4f}"
        image.Rows, image.Columns = geometry.shape[1:]
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit, image.PixelRepresentation = 15, 1
        stored = (np.clip(hu[k], -1024, 3071) - float(image.RescaleIntercept)) / float(image.RescaleSlope)
        image.PixelData = np.round(stored).astype("<i2").tobytes()
        image.save_as(folder / f"{k:04d}.dcm")
    return str(named["study"])


def _hu(volume: Volume) -> AnyArray:
    return volume.rescaled((0, 0, 0), volume.geometry.shape).astype(np.float32)


def _points(geometry: Geometry) -> FloatArray:
    return geometry.points_mm(np.indices(geometry.shape).reshape(3, -1).T.astype(float)).reshape(*geometry.shape, 3)


def _spline(volume: Volume) -> FloatArray:
    """The coefficients of the cubic spline through a stack's HU."""
    from scipy import ndimage

    return ndimage.spline_filter(_hu(volume), order=3, output=np.float32, mode="nearest")


def _sampled(curve: FloatArray, geometry: Geometry, points_mm: FloatArray, outside: float | None = None) -> AnyArray:
    from scipy import ndimage

    mode = {"mode": "nearest"} if outside is None else {"mode": "constant", "cval": outside}
    return ndimage.map_coordinates(curve, geometry.index_of(points_mm).T, order=3, prefilter=False, **mode)
