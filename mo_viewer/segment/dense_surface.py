"""The surface of all that is dense about a point, for a picture in space; nothing is measured from it."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.volume.arrays import AnyArray, FloatArray, Triple
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

MOST_VOXELS = 6_000_000
"""A larger box is thinned out: the surface is coarser then, and says so."""
LEAST_PART_MM3 = 300.0
"""Smaller parts are left out: calcium in vessels, noise."""
_SMOOTHING_VOXELS, _AROUND_VOXELS = 0.6, 2
_BELOW_HU = 400.0


def dense_surface(
    volume: Volume,
    centre_mm: FloatArray,
    half_mm: float,
    level: float,
    leave_out: Sequence[Mask] = (),
    ticket: Ticket | None = None,
) -> tuple[Surface | None, str]:
    """Return the surface where values pass `level` within a box about a point, and what is coarser about it.

    The sides of the box are twice `half_mm`. Lesions, `leave_out`, and two voxels about them have no surface here.

    Raises
    ------
    Cancelled
        Once the ticket was cancelled.
    """
    from skimage import measure

    ticket = ticket or Ticket()
    corner, shape = _box(volume, centre_mm, half_mm)
    times = max(1, int(np.ceil((float(np.prod(shape)) / MOST_VOXELS) ** (1 / 3))))
    remark = f"dense tissue {times} times coarser than the voxels" if times > 1 else ""
    if min(shape) < 2 * times:
        return None, remark
    values = volume.rescaled(corner, shape)
    for mask in leave_out:
        _clear(values, corner, mask, level)
    ticket.check()
    field = _cleaned(values[::times, ::times, ::times], level, times**3 * _voxel_mm3(volume, corner))
    ticket.check()
    if field.max() <= level:
        return None, remark
    padded = np.pad(field, 1, mode="constant", constant_values=level - _BELOW_HU)
    vertices, triangles, _, _ = measure.marching_cubes(padded, level)
    points = volume.geometry.points_mm((vertices.astype(np.float64) - 1) * times + np.array(corner))
    made = Surface(points, triangles)
    return (made if made.volume_mm3 >= 0 else Surface(points, triangles[:, ::-1])), remark


def _box(volume: Volume, centre_mm: FloatArray, half_mm: float) -> tuple[Triple, Triple]:
    signs = np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T
    index = volume.geometry.index_of(np.asarray(centre_mm) + signs * half_mm)
    last = np.array(volume.geometry.shape)
    low = np.clip(np.floor(index.min(axis=0)).astype(int), 0, last - 1)
    high = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, low + 1, last)
    first, count = low.tolist(), (high - low).tolist()
    return (first[0], first[1], first[2]), (count[0], count[1], count[2])


def _clear(values: AnyArray, corner: Triple, mask: Mask, level: float) -> None:
    """Set a mask, and a little about it, below the level."""
    from scipy import ndimage

    if not mask.voxels:
        return
    grown = ndimage.binary_dilation(np.pad(mask.inside, _AROUND_VOXELS), iterations=_AROUND_VOXELS)
    begin = np.array(mask.corner) - _AROUND_VOXELS - np.array(corner)
    low = np.maximum(begin, 0)
    high = np.minimum(begin + np.array(grown.shape), np.array(values.shape))
    if (high <= low).any():
        return
    there = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    here = tuple(slice(a, b) for a, b in zip(low - begin, high - begin, strict=True))
    values[there][grown[here]] = level - _BELOW_HU


def _cleaned(values: AnyArray, level: float, voxel_mm3: float) -> AnyArray:
    """Smooth a little, and set what is too small to be bone below the level."""
    from scipy import ndimage

    field = ndimage.gaussian_filter(np.ascontiguousarray(values), _SMOOTHING_VOXELS)
    labels, count = ndimage.label(field > level)
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * voxel_mm3
    small = sizes < LEAST_PART_MM3
    small[0] = False
    field[small[labels]] = level - _BELOW_HU
    return field


def _voxel_mm3(volume: Volume, corner: Triple) -> float:
    return float(volume.geometry.voxel_volumes_mm3[corner[0]])
