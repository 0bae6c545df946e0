"""Values of the stored image along lines through a surface."""

import numpy as np

from mo_viewer.volume.arrays import AnyArray, FloatArray
from mo_viewer.volume.linear import between_voxels
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

SAMPLE_MM = 0.25


def normals(surface: Surface) -> tuple[FloatArray, FloatArray]:
    """Return (n, 3) outward unit normals of the vertices, and (n,) area that each stands for."""
    corners = surface.vertices_mm[surface.triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    count = len(surface.vertices_mm)
    at = surface.triangles.ravel()
    summed = np.stack([np.bincount(at, np.repeat(faces[:, i], 3), minlength=count) for i in range(3)], axis=1)
    areas: AnyArray = np.bincount(at, np.repeat(np.linalg.norm(faces, axis=1) / 6.0, 3), minlength=count)
    unit: FloatArray = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
    return unit, areas


def sampled(volume: Volume, points_mm: FloatArray) -> FloatArray:
    """Return linear samples (HU) of a volume at (..., 3) LPS points; the border's value outside it."""
    flat = points_mm.reshape(-1, 3)
    index = volume.geometry.index_of(flat)
    top = np.array(volume.geometry.shape) - 1
    low = np.clip(np.floor(index.min(axis=0)).astype(int), 0, top)
    high = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, low + 1, top + 1)
    corner, size = (int(low[0]), int(low[1]), int(low[2])), high - low
    box = volume.rescaled(corner, (int(size[0]), int(size[1]), int(size[2])))
    values = between_voxels(box, np.ascontiguousarray((index - low).T))
    return values.reshape(points_mm.shape[:-1]).astype(np.float64)


def along_normals(volume: Volume, surface: Surface, along_mm: FloatArray) -> FloatArray:
    """Return (vertices, steps) values at signed distances along every vertex' normal, outwards positive."""
    direction, _ = normals(surface)
    points = surface.vertices_mm[:, None, :] + along_mm[None, :, None] * direction[:, None, :]
    return sampled(volume, points)


def margin_width(profile: AnyArray, along_mm: FloatArray) -> float | None:
    """Return the median distance (mm) in which profiles fall from 90 to 10 % between peak and valley.

    The peak is the highest value up to 3 mm inside, the valley the lowest up to 3 mm outside; profiles that
    do not fall by 30 HU are left out. None when fewer than 20 remain.
    """
    inner, outer = along_mm <= 0.5, along_mm >= -0.5
    peak_at = np.argmax(np.where(inner, profile, -np.inf), axis=1)
    peak = profile[np.arange(len(profile)), peak_at]
    valley = np.where(outer, profile, np.inf).min(axis=1)
    fall = peak - valley
    used = fall > 30.0
    if np.count_nonzero(used) < 20:
        return None
    beyond = np.arange(along_mm.size)[None, :] > peak_at[:, None]
    widths = _first_below(profile, along_mm, valley + 0.1 * fall, beyond) - _first_below(
        profile, along_mm, valley + 0.9 * fall, beyond
    )
    found = widths[used & np.isfinite(widths)]
    return float(np.median(found)) if found.size >= 20 else None


def _first_below(profile: AnyArray, along_mm: FloatArray, level: AnyArray, beyond: AnyArray) -> AnyArray:
    below = (profile <= level[:, None]) & beyond
    at = np.argmax(below, axis=1)
    row = np.arange(len(level))
    here, before = profile[row, at], profile[row, np.maximum(at - 1, 0)]
    share = (level - here) / np.where(before > here, before - here, 1.0)
    return np.where(below.any(axis=1), along_mm[at] - np.clip(share, 0, 1) * SAMPLE_MM, np.nan)
