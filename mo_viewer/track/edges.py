"""The surface of a bone in a stack, to a fraction of a voxel, in true patient positions."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mo_viewer.track.bones import Bones
from mo_viewer.track.cloud import Cloud
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, IndexArray, Triple
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.volume import Volume

SOFT_TISSUE_HU = 50.0
LEAST_LEVEL_HU = 200.0
FINEST_MM = 0.6
GROWN = 2
PROFILE_MM = (2.0, 5.0)
PROFILE_STEP_MM = 0.4
MOST_SHIFT_MM = 2.0
SMOOTHED_MM = 1.0
"""SD of the Gaussian that stacks are smoothed by before their edges are placed: pixels as wide as the kernel is sharp
place an edge by up to 0.1 mm according to where it falls between them, in long stretches along a shaft."""
SMOOTHED_REACH = 3.0


def edges(volume: Volume, bones: Bones, region: BoolArray, level_hu: float) -> Cloud:
    """Find the surface inside a region of the thinned grid (grown by two samples).

    Parameters
    ----------
    volume, bones
        A stack and its bones.
    region
        Samples of `bones` that belong to the bone and the stretch that are wanted.
    level_hu
        Where the surface lies: half-way between cortex and soft tissue in this study.
    """
    from scipy import ndimage

    box = ndimage.find_objects(region.astype(np.int8))
    if not box or box[0] is None:
        return Cloud.empty()
    low = [max(0, s.start - GROWN - 1) for s in box[0]]
    high = [min(n, s.stop + GROWN + 1) for s, n in zip(box[0], region.shape, strict=True)]
    cut = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    allowed = ndimage.binary_dilation(region[cut], iterations=GROWN)
    values, corner, strides = _values(volume, bones, low, high)
    for axis, (factor, stride) in enumerate(zip(bones.factors, strides, strict=True)):
        inside = np.minimum((np.arange(values.shape[axis]) * stride) // factor, allowed.shape[axis] - 1)
        allowed = np.take(allowed, inside, axis=axis)
    middle = (np.array(strides) - 1) / 2
    return _surface(values, allowed, level_hu, np.array(corner) + middle, np.array(strides), volume.geometry)


def level_of(cortex_hu: float) -> float:
    """HU half-way between cortex and soft tissue."""
    return max(LEAST_LEVEL_HU, 0.5 * (cortex_hu + SOFT_TISSUE_HU))


def _values(volume: Volume, bones: Bones, low: list[int], high: list[int]) -> tuple[AnyArray, Triple, Triple]:
    """HU of the box (in-plane means where pixels are finer than needed), its corner, and voxels per sample."""
    first, rows, columns = (
        (a * f, min(b * f, n)) for a, b, f, n in zip(low, high, bones.factors, volume.geometry.shape, strict=True)
    )
    values = volume.rescaled(
        (first[0], rows[0], columns[0]), (first[1] - first[0], rows[1] - rows[0], columns[1] - columns[0])
    )
    _, row_mm, column_mm = volume.geometry.spacing_mm
    down, across = max(1, int(FINEST_MM / row_mm + 0.1)), max(1, int(FINEST_MM / column_mm + 0.1))
    if down * across > 1:
        n, m = values.shape[1] // down, values.shape[2] // across
        values = values[:, : n * down, : m * across].reshape(-1, n, down, m, across).mean(axis=(2, 4))
    return values, (first[0], rows[0], columns[0]), (1, down, across)


def _surface(
    values: AnyArray, allowed: BoolArray, level_hu: float, corner: AnyArray, strides: AnyArray, geometry: Geometry
) -> Cloud:
    from skimage.measure import marching_cubes

    if not ((values > level_hu) & allowed).any() or min(values.shape) < 2:
        return Cloud.empty()
    try:
        vertices, triangles, _, _ = marching_cubes(values, level_hu, mask=allowed)
    except (RuntimeError, ValueError):
        return Cloud.empty()
    points = geometry.points_mm(vertices * strides + corner)
    normals, areas = _normals(points, triangles)
    usable = np.linalg.norm(normals, axis=1) > 0.5
    cloud = Cloud(points[usable], normals[usable], areas[usable])
    grid = Grid(values, corner, strides, geometry)
    return cloud if grid.falls_along(cloud) else Cloud(cloud.points_mm, -cloud.normals, cloud.areas_mm2)


def half_way(volume: Volume, cloud: Cloud) -> Cloud:
    """Move each point along its normal to half-way between the peak inside and the floor outside it.

    One level for a whole bone would lie too far out beside air or fat and too far in where the cortex is thin; and
    that error changes with the kernel. Points without such an edge within 2 mm are left out.
    """
    if not len(cloud):
        return cloud
    reach = float(np.clip(1.5 + 0.8 * max(volume.geometry.spacing_mm), *PROFILE_MM))
    grid = grid_round(volume, cloud.points_mm, reach + SMOOTHED_REACH * SMOOTHED_MM).smoothed(SMOOTHED_MM)
    along = np.arange(-reach, reach + 1e-6, PROFILE_STEP_MM)
    middle = len(along) // 2
    places = cloud.points_mm[:, None] + along[:, None] * cloud.normals[:, None]
    profile = grid.at(places.reshape(-1, 3)).reshape(len(cloud), -1)
    half = 0.5 * (profile[:, : middle + 1].max(axis=1) + profile[:, middle:].min(axis=1))[:, None]
    falls = (profile[:, :-1] >= half) & (profile[:, 1:] < half)
    away = np.where(falls, np.abs(along[:-1] + 0.5 * PROFILE_STEP_MM), np.inf)
    which = away.argmin(axis=1)
    row = np.arange(len(cloud))
    high, low = profile[row, which], profile[row, which + 1]
    shift = along[which] + PROFILE_STEP_MM * (high - half[:, 0]) / np.maximum(high - low, 1e-3)
    found = np.isfinite(away[row, which]) & (np.abs(shift) < MOST_SHIFT_MM)
    return Cloud(
        (cloud.points_mm + shift[:, None] * cloud.normals)[found], cloud.normals[found], cloud.areas_mm2[found]
    )


@dataclass(frozen=True, eq=False)
class Grid:
    """HU of a box of a stack, to be asked at any patient position."""

    values: AnyArray
    corner: AnyArray
    strides: AnyArray
    geometry: Geometry
    order: Literal[1, 3] = 1
    """1: trilinear between `values`; 3: cubic, and `values` are the coefficients of its splines."""

    def at(self, points_mm: FloatArray) -> AnyArray:
        """HU between the samples."""
        from scipy import ndimage

        index = (self.geometry.index_of(points_mm) - self.corner) / self.strides
        found: AnyArray = ndimage.map_coordinates(
            self.values, index.T, order=self.order, prefilter=False, mode="nearest"
        )
        return found

    def smoothed(self, sd_mm: float) -> "Grid":
        """The same smoothed by a Gaussian, and cubic between the samples."""
        from scipy import ndimage

        sd = sd_mm / np.maximum(self.geometry.spacing_mm, 1e-6) / self.strides
        values = ndimage.gaussian_filter(self.values, sd, truncate=SMOOTHED_REACH, mode="nearest")
        return Grid(ndimage.spline_filter(values, 3, output=np.float32), self.corner, self.strides, self.geometry, 3)

    def falls_along(self, cloud: Cloud) -> bool:
        """Whether HU fall along the normals, by most of a sample of the points."""
        some = cloud.thinned(400)
        ahead, behind = (self.at(some.points_mm + side * some.normals) for side in (0.7, -0.7))
        return bool(np.mean(ahead < behind) > 0.5)


def grid_round(volume: Volume, points_mm: FloatArray, margin_mm: float) -> Grid:
    """HU of the box of a stack that holds points with a margin."""
    index = volume.geometry.index_of(points_mm)
    margin = margin_mm / np.maximum(volume.geometry.spacing_mm, 1e-6) + 1
    shape = np.array(volume.geometry.shape)
    low = np.clip(np.floor(index.min(axis=0) - margin), 0, shape - 1).astype(int)
    high = np.clip(np.ceil(index.max(axis=0) + margin) + 1, low + 1, shape).astype(int)
    size = high - low
    values = volume.rescaled((int(low[0]), int(low[1]), int(low[2])), (int(size[0]), int(size[1]), int(size[2])))
    return Grid(values, low.astype(np.float64), np.ones(3), volume.geometry)


def _normals(points: FloatArray, triangles: IndexArray) -> tuple[FloatArray, FloatArray]:
    """Vertex normals (the sum of the triangles' area vectors over each vertex and its neighbours), and areas."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    area = np.cross(b - a, c - a)
    own = _gathered(area, triangles, len(points))
    around = _gathered(own[triangles].sum(axis=1), triangles, len(points))
    length = np.linalg.norm(around, axis=1, keepdims=True)
    normals: FloatArray = np.divide(around, length, out=np.zeros_like(around), where=length > 1e-12)
    return normals, _gathered(np.linalg.norm(area, axis=1, keepdims=True) / 6.0, triangles, len(points))[:, 0]


def _gathered(of_triangles: FloatArray, triangles: IndexArray, count: int) -> FloatArray:
    """(count, k) sums over the triangles that each vertex belongs to."""
    flat = triangles.ravel()
    columns = [np.bincount(flat, weights=np.repeat(column, 3), minlength=count) for column in of_triangles.T]
    return np.column_stack(columns)
