"""HU statistics over the stored voxels of a mask, and volumes by HU."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import ClassVolume
from mo_viewer.volume.arrays import AnyArray, FloatArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

BANDS: tuple[tuple[str, float, float | None], ...] = (
    ("hazy", 100.0, 200.0),
    ("calcified", 200.0, 400.0),
    ("trabecular-like", 400.0, 700.0),
    ("cortical-like", 700.0, None),
)
"""Default density classes; our own choice, unvalidated (DOMAIN 8)."""


@dataclass(frozen=True)
class Statistics:
    """Mean, median, 95th percentile (linear), maximum and sample SD, HU, over `voxels` voxels."""

    mean: float
    median: float
    p95: float
    highest: float
    sd: float
    voxels: int


def values_in(volume: Volume, mask: Mask) -> AnyArray:
    """Return the rescaled values of the mask's voxels, float64, in slice, row, column order."""
    shape = (mask.inside.shape[0], mask.inside.shape[1], mask.inside.shape[2])
    return volume.rescaled(mask.corner, shape)[mask.inside].astype(np.float64)


def voxel_volumes(mask: Mask) -> FloatArray:
    """Return the volume of each voxel of a mask, mm3, in the order of `values_in`."""
    per_slice = mask.geometry.voxel_volumes_mm3[mask.corner[0] : mask.corner[0] + mask.inside.shape[0]]
    volumes: FloatArray = np.broadcast_to(per_slice[:, None, None], mask.inside.shape)[mask.inside]
    return volumes


def statistics(values: AnyArray) -> Statistics:
    """Summarise the values of a mask that is not empty."""
    return Statistics(
        float(values.mean()),
        float(np.median(values)),
        float(np.percentile(values, 95)),
        float(values.max()),
        float(values.std(ddof=1)) if values.size > 1 else 0.0,
        int(values.size),
    )


def above(values: AnyArray, volumes: FloatArray, threshold_hu: float) -> float:
    """Return the volume (mm3) of the voxels above a threshold."""
    return float(volumes[values > threshold_hu].sum())


def classes(
    values: AnyArray, volumes: FloatArray, bands: tuple[tuple[str, float, float | None], ...] = BANDS
) -> tuple[ClassVolume, ...]:
    """Return the volume in each density class, lower end included, upper end not."""
    found = []
    for name, low, high in bands:
        inside = values >= low if high is None else (values >= low) & (values < high)
        found.append(ClassVolume(name, low, high, float(volumes[inside].sum())))
    return tuple(found)


def banded(lesion: Lesion, volume: Volume, bands: Sequence[tuple[str, float, float | None]]) -> Lesion:
    """Return a lesion whose classes have these names and limits (HU); as it is where it has no voxels of the volume."""
    if lesion.mask is None or lesion.mask.geometry != volume.geometry or not lesion.mask.voxels:
        return lesion
    counted = classes(values_in(volume, lesion.mask), voxel_volumes(lesion.mask), tuple(bands))
    return replace(lesion, class_volumes=counted)


def normalised(p95_hu: float, background_hu: float, cortex_hu: float) -> float:
    """Return (P95 - background) / (cortex - background) (DOMAIN 7, M5)."""
    return (p95_hu - background_hu) / (cortex_hu - background_hu)
