"""How far each voxel of a grid is from a region."""

from collections.abc import Iterable

import numpy as np

from mo_viewer.volume.arrays import AnyArray, BoolArray


def away_from(inside: BoolArray, spacing_mm: Iterable[float]) -> AnyArray:
    """Return the distance (mm, float32) of voxel centres from the nearest centre inside; infinite where none is.

    Exact (Maurer 2003); several times faster than scipy's transform, which the tests hold it against.
    """
    import SimpleITK as sitk

    if not inside.any():
        return np.full(inside.shape, np.inf, dtype=np.float32)
    image = sitk.GetImageFromArray(inside.astype(np.uint8))
    image.SetSpacing([float(s) for s in tuple(spacing_mm)[::-1]])
    signed = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True)
    away: AnyArray = np.maximum(sitk.GetArrayFromImage(signed), 0.0)
    away[inside] = 0.0
    return away


def depth_in(inside: BoolArray, spacing_mm: Iterable[float]) -> AnyArray:
    """Return the distance (mm, float32) of voxel centres from the nearest centre outside.

    The grid's border is no outside: a region that fills the grid is infinitely deep.
    """
    if inside.all():
        return np.full(inside.shape, np.inf, dtype=np.float32)
    depth = np.zeros(inside.shape, dtype=np.float32)
    where = [np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    if not where[0].size:
        return depth
    box = tuple(slice(max(0, int(line[0]) - 1), int(line[-1]) + 2) for line in where)
    depth[box] = away_from(~inside[box], spacing_mm)
    return depth
