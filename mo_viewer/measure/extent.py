"""How long, how wide, how round."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mo_viewer.volume.arrays import AnyArray, FloatArray, Point
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.surface import Surface

ROUNDING_MM, ON_SLICE = 1e-6, 1e-6
DIRECTIONS, LEAST_POINTS = 8, 3


@dataclass(frozen=True)
class Axes:
    """Longest in-slice diameter over all slices and the width across it in the same slice, mm, with end points."""

    long_mm: float
    short_mm: float
    slice_index: int
    long_ends_mm: tuple[Point, Point]
    short_ends_mm: tuple[Point, Point]


def height_of_parts(surface: Surface, normal: FloatArray) -> float:
    """Return how high the parts of a closed surface are along a unit direction, mm.

    It is 3/2 of the mean chord, which is the volume over the area projected along the direction (counted once for
    every part that lies behind another): the height of an ellipsoid.
    """
    corners = surface.vertices_mm[surface.triangles]
    faces = 0.5 * np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return 1.5 * surface.volume_mm3 / max(0.5 * float(np.abs(faces @ normal).sum()), 1e-9)


def hull(surface: Surface) -> tuple[float, float]:
    """Return volume (mm3) and area (mm2) of the smallest convex body round a surface."""
    from scipy.spatial import ConvexHull

    found = ConvexHull(surface.vertices_mm)
    return float(found.volume), float(found.area)


def in_slice_axes(surface: Surface, geometry: Geometry) -> Axes | None:
    """Return the axes of the slice in which the surface is longest, or None when no slice plane meets it.

    The short axis is the extent perpendicular to the long one in that slice.
    """
    best: Axes | None = None
    for most, k in sorted(_most(surface, geometry), key=lambda found: (-found[0], found[1])):
        if best is not None and most < best.long_mm:
            break
        plane = Plane.of_slice(geometry, k)
        flat = plane.on_plane(surface.crossings(plane))
        if len(flat) < LEAST_POINTS:
            continue
        a, b, length = farthest_pair(flat)
        if best is None or (length, -k) > (best.long_mm, -best.slice_index):
            best = _axes(plane, flat, a, b, length, k)
    return best


def _most(surface: Surface, geometry: Geometry) -> Iterator[tuple[float, int]]:
    """How long the surface is at most in each slice (mm), by how wide the triangles that pass through it lie in
    `DIRECTIONS`; and the slice.

    The longest chord lies within 90 degrees / `DIRECTIONS` of one of them, which sees its cosine at least.
    """
    corners = geometry.index_of(surface.vertices_mm)[:, 0][surface.triangles]
    low, high = corners.min(axis=1), corners.max(axis=1)
    turns = np.arange(DIRECTIONS) * (np.pi / DIRECTIONS)
    seen = Plane.of_slice(geometry, 0).on_plane(surface.vertices_mm) @ np.array([np.cos(turns), np.sin(turns)])
    widest = 1.0 / np.cos(0.5 * np.pi / DIRECTIONS)
    first, last = max(0, int(np.ceil(low.min()))), min(geometry.shape[0] - 1, int(np.floor(high.max())))
    for k in range(first, last + 1):
        passing = surface.triangles[(low <= k + ON_SLICE) & (high >= k - ON_SLICE)]
        if len(passing):
            yield widest * float(np.ptp(seen[passing.ravel()], axis=0).max()) + ROUNDING_MM, k


def _axes(plane: Plane, flat: FloatArray, a: int, b: int, length: float, k: int) -> Axes:
    along = (flat[b] - flat[a]) / length
    across = flat @ np.array([-along[1], along[0]])
    ends = plane.to_patient(flat[[a, b, int(np.argmin(across)), int(np.argmax(across))]])
    points = [(float(p[0]), float(p[1]), float(p[2])) for p in ends]
    return Axes(length, float(np.ptp(across)), k, (points[0], points[1]), (points[2], points[3]))


def farthest_pair(points: FloatArray) -> tuple[int, int, float]:
    """Return the indices of the two points that are farthest apart, and their distance.

    All pairs of those corners of the hull that can be an end: of two at least as far apart as a pair that is known,
    neither is nearer to its middle than its length less the farthest corner's distance from there.
    """
    from scipy.spatial import ConvexHull, QhullError
    from scipy.spatial.distance import cdist

    try:
        hull: AnyArray = ConvexHull(points).vertices
    except QhullError:
        hull = np.arange(len(points))
    first = int(np.argmax(np.linalg.norm(points[hull] - points[hull].mean(axis=0), axis=1)))
    across = np.linalg.norm(points[hull] - points[hull[first]], axis=1)
    middle = 0.5 * (points[hull[first]] + points[hull[np.argmax(across)]])
    out = np.linalg.norm(points[hull] - middle, axis=1)
    hull = hull[out >= across.max() - out.max() - ROUNDING_MM]
    away = cdist(points[hull], points[hull])
    i, j = np.unravel_index(int(np.argmax(away)), away.shape)
    return int(hull[i]), int(hull[j]), float(away[i, j])


def max_diameter(surface: Surface) -> float:
    """Return the largest distance between two points of a surface, mm."""
    return farthest_pair(surface.vertices_mm)[2]


def sphericity(volume_mm3: float, area_mm2: float) -> float:
    """Return the area of the sphere of the same volume over the area, 1 for a sphere."""
    return float(np.pi ** (1 / 3) * (6 * volume_mm3) ** (2 / 3) / area_mm2)
