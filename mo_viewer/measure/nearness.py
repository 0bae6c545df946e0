"""How far the lesion is from native bone, and how much of its surface lies on it."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.measure.profiles import normals
from mo_viewer.measure.surroundings import on_box
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

CONTACT_MM = 1.0
GROWN = 2
NEAREST_MM = 8.0
SOME = 8
LOCAL_PEAK_MM = 5.0
FINE_MM, MOST_ROUNDS = 0.8, 3


@dataclass(frozen=True)
class Nearness:
    """Least distance from the surface to native bone (mm) and the area within `CONTACT_MM` of it (mm2)."""

    gap_mm: float
    contact_mm2: float


def to_bone(volume: Volume, surface: Surface, mask: Mask, bone: Mask, background_hu: float) -> Nearness | None:
    """Return gap and contact, or None when no native bone is near the lesion."""
    from scipy.spatial import cKDTree

    corners = bone_surface(volume, mask, bone, background_hu)
    if corners is None:
        return None
    lesion = cKDTree(surface.vertices_mm)
    some = float(np.min(lesion.query(corners[::SOME, 0])[0]))
    rough = np.asarray(lesion.query(corners[:, 0], distance_upper_bound=some + NEAREST_MM)[0])
    points = spread_out(corners[rough <= rough.min() + NEAREST_MM])
    most = max(CONTACT_MM, float(rough.min())) + 0.01
    away = np.asarray(cKDTree(points).query(surface.vertices_mm, distance_upper_bound=most)[0])
    _, areas = normals(surface)
    return Nearness(float(away.min()), float(areas[away <= CONTACT_MM].sum()))


def bone_surface(volume: Volume, mask: Mask, bone: Mask, background_hu: float) -> FloatArray | None:
    """Return the (n, 3, 3) LPS triangles of native bone's half-maximum surface, or None without bone.

    The level is half-way between muscle and the brightest bone within 5 mm, so that thin cortex is not missed.
    """
    from scipy import ndimage
    from skimage import measure

    if not bone.voxels:
        return None
    spacing = volume.geometry.spacing_mm
    low = [max(0, c - GROWN - 1) for c in bone.corner]
    ends = zip(volume.geometry.shape, bone.corner, bone.inside.shape, strict=True)
    high = [min(n, c + s + GROWN + 1) for n, c, s in ends]
    corner, shape = (low[0], low[1], low[2]), (high[0] - low[0], high[1] - low[1], high[2] - low[2])
    values, inside = volume.rescaled(corner, shape), on_box(bone, corner, shape)
    grown = ndimage.binary_dilation(inside, iterations=GROWN) & ~on_box(mask, corner, shape)
    peak = ndimage.maximum_filter(
        np.where(inside, values, background_hu),
        size=[2 * int(np.ceil(LOCAL_PEAK_MM / s / 2)) + 1 for s in spacing],
    )
    above = np.where(grown, values - 0.5 * (background_hu + peak), -1.0)
    above = np.pad(above, 1, constant_values=-1.0)
    if above.max() <= 0:
        return None
    vertices, triangles, _, _ = measure.marching_cubes(above, 0.0)
    points = volume.geometry.points_mm(vertices.astype(np.float64) - 1.0 + np.array(corner))
    corners: FloatArray = points[triangles]
    return corners


def spread_out(corners: FloatArray) -> FloatArray:
    """Return points on triangles (n, 3, 3) so close together that a distance to them is one to the triangles."""
    rounds = int(np.ceil(np.log2(max(1.0, float(np.ptp(corners, axis=1).max()) / FINE_MM))))
    for _ in range(min(rounds, MOST_ROUNDS)):
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        corners = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    spread: FloatArray = np.concatenate([corners.reshape(-1, 3), corners.mean(axis=1)])
    return spread
