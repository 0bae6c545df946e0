"""The native skeleton of a whole stack, at a coarse resolution; for a worker after loading."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.sharpness import in_plane_blur
from mo_viewer.volume.arrays import AnyArray, Triple
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

COARSE_MM = 1.4
BONE_HU = 250.0
LEAST_PEAK_HU = 500.0
LEAVING_ML, FREE_ML = 2.5, 25.0
CORTEX_PERCENTILE = 80.0
FALLBACK_CORTEX_HU = 1000.0


@dataclass(frozen=True, eq=False)
class NativeBone:
    """What is known of a whole stack before anything is marked in it.

    The skeleton as a mask on a coarse grid of the stack, what cortex reads (P80 of it, HU), and the SD of the
    blur within slices (mm); None where the images do not show it.
    """

    mask: Mask
    cortex_hu: float | None
    blur_mm: float | None = None


def native_bone(volume: Volume, ticket: Ticket | None = None) -> NativeBone:
    """Find the skeleton: dense parts that leave the stack, or that are too large for a lesion.

    Parts above 250 HU (means of blocks of about 1.4 mm) count when they exceed 2.5 mL and touch the border of
    the stack, or 25 mL anywhere, and reach 500 HU (ALGORITHMS 11). Lesions that are merged with bone at this
    resolution are still in it; marking cuts them off.
    """
    from scipy import ndimage

    coarse, geometry = coarse_means(volume, ticket or Ticket())
    blur_mm = in_plane_blur(volume)
    labels, count = ndimage.label(coarse > BONE_HU)
    if not count:
        return NativeBone(Mask.trimmed(np.zeros(coarse.shape, dtype=bool), (0, 0, 0), geometry), None, blur_mm)
    sizes_ml = np.bincount(labels.ravel(), minlength=count + 1) * float(np.median(geometry.voxel_volumes_mm3)) / 1000
    peaks = ndimage.maximum(coarse, labels, np.arange(count + 1))
    leaves = np.zeros(count + 1, dtype=bool)
    leaves[_border_values(labels)] = True
    keep = (sizes_ml > np.where(leaves, LEAVING_ML, FREE_ML)) & (peaks > LEAST_PEAK_HU)
    keep[0] = False
    inside = keep[labels]
    cortex = float(np.percentile(coarse[inside], CORTEX_PERCENTILE)) if inside.any() else None
    return NativeBone(Mask.trimmed(inside, (0, 0, 0), geometry), cortex, blur_mm)


def _border_values(labels: AnyArray) -> AnyArray:
    faces = [labels[0], labels[-1], labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]]
    return np.unique(np.concatenate([face.ravel() for face in faces]))


def coarse_means(volume: Volume, ticket: Ticket) -> tuple[AnyArray, Geometry]:
    """Means of blocks of whole slices, rows and columns, and the blocks' grid."""
    fine = volume.geometry
    factors = [max(1, round(COARSE_MM / s)) if s > 0 else 1 for s in fine.spacing_mm]
    counts = [max(1, n // f) for n, f in zip(fine.shape, factors, strict=True)]
    shape: Triple = (counts[0], counts[1], counts[2])
    coarse = np.empty(shape, dtype=np.float32)
    rows, columns = shape[1] * factors[1], shape[2] * factors[2]
    for k in range(shape[0]):
        ticket.progress(k, shape[0], "native bone")
        slab = volume.rescaled((k * factors[0], 0, 0), (factors[0], rows, columns))
        coarse[k] = slab.reshape(factors[0], shape[1], factors[1], shape[2], factors[2]).mean(axis=(0, 2, 4))
    return coarse, _coarse_geometry(fine, shape, factors)


def _coarse_geometry(fine: Geometry, shape: Triple, factors: list[int]) -> Geometry:
    slices = fine.origins_mm[: shape[0] * factors[0]].reshape(shape[0], factors[0], 3).mean(axis=1)
    inset = (factors[1] - 1) / 2 * fine.row_step_mm + (factors[2] - 1) / 2 * fine.column_step_mm
    rows, columns = fine.row_step_mm * factors[1], fine.column_step_mm * factors[2]
    return Geometry(shape, slices + inset, rows, columns, fine.frame_uid, fine.in_patient)
