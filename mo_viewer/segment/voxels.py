"""Which voxel centres of a stack lie inside a surface."""

import numpy as np

from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, IndexArray, Triple
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface

NUDGE = 1e-7


def inside_of(surface: Surface, geometry: Geometry) -> Mask:
    """Return the voxels of a stack whose centres lie inside a closed surface (scan-line parity)."""
    index = geometry.index_of(surface.vertices_mm)
    low = np.maximum(np.floor(index.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(index.max(axis=0)).astype(int), np.array(geometry.shape) - 1)
    if np.any(high < low):
        return Mask.trimmed(np.zeros((1, 1, 1), dtype=bool), (0, 0, 0), geometry)
    shape = (int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1, int(high[2] - low[2]) + 1)
    corner = (int(low[0]), int(low[1]), int(low[2]))
    return Mask.trimmed(filled(index - low, surface.triangles, shape), corner, geometry)


def filled(vertices: FloatArray, triangles: IndexArray, shape: Triple) -> BoolArray:
    """Return the grid points inside a closed mesh given in grid units.

    Every line of the grid along the last axis is cut with the triangles; points beyond an odd number of cuts are
    inside. Vertices are nudged off the grid lines so that no cut is counted twice.
    """
    nudged = vertices + NUDGE * np.array([1.0, np.sqrt(2.0), 0.0])
    a, b, c = (nudged[triangles[:, i]] for i in range(3))
    flips = np.zeros((shape[0], shape[1], shape[2] + 1), dtype=np.int32)
    which, rows, columns = _candidates(a[:, :2], b[:, :2], c[:, :2], shape)
    if which.size:
        hit, depth = _cuts(a[which], b[which], c[which], rows, columns)
        at = np.clip(np.ceil(depth[hit]).astype(int), 0, shape[2])
        np.add.at(flips, (rows[hit], columns[hit], at), 1)
    inside: BoolArray = (np.cumsum(flips, axis=2)[:, :, :-1] & 1).astype(bool)
    return inside


def _candidates(a: FloatArray, b: FloatArray, c: FloatArray, shape: Triple) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Pairs of a triangle and a grid line that passes through its bounding rectangle."""
    low = np.maximum(np.ceil(np.minimum(np.minimum(a, b), c)).astype(int), 0)
    high = np.minimum(np.floor(np.maximum(np.maximum(a, b), c)).astype(int), np.array(shape[:2]) - 1)
    size = np.maximum(high - low + 1, 0)
    counts = size[:, 0] * size[:, 1]
    which = np.repeat(np.arange(len(a)), counts)
    order = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    width = size[which, 1]
    return which, low[which, 0] + order // np.maximum(width, 1), low[which, 1] + order % np.maximum(width, 1)


def _cuts(
    a: FloatArray, b: FloatArray, c: FloatArray, rows: AnyArray, columns: AnyArray
) -> tuple[BoolArray, FloatArray]:
    """Whether each grid line meets its triangle, and where along the last axis."""
    line = np.column_stack([rows, columns]).astype(np.float64)
    area = _cross(b[:, :2] - a[:, :2], c[:, :2] - a[:, :2])
    safe = np.where(area == 0, 1.0, area)
    beta = _cross(line - a[:, :2], c[:, :2] - a[:, :2]) / safe
    gamma = _cross(b[:, :2] - a[:, :2], line - a[:, :2]) / safe
    hit: BoolArray = (area != 0) & (beta >= 0) & (gamma >= 0) & (beta + gamma <= 1)
    depth: FloatArray = a[:, 2] + beta * (b[:, 2] - a[:, 2]) + gamma * (c[:, 2] - a[:, 2])
    return hit, depth


def _cross(p: FloatArray, q: FloatArray) -> FloatArray:
    crossed: FloatArray = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    return crossed
