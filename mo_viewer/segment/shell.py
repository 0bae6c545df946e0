"""The smooth closed shell that a broken one belongs to.

Closure cuts across a wide gap of an eggshell; the shell itself went on in a curve. Seen from its middle such a
lesion is one smooth sheet, so its distance from the middle is continued over the gap with the least bending
(ALGORITHMS 10.1: a convex shell with gaps gets a better volume from a star surface).
"""

from functools import lru_cache

import numpy as np

from mo_viewer.segment.enclosure import Enclosed
from mo_viewer.segment.mesh import Mesh, built, solution
from mo_viewer.volume.arrays import AnyArray, FloatArray

STIFFNESS = 8.0
ROUGH_FROM, ROUGH_TO = 0.07, 0.14
SEEN_FROM, SEEN_TO = 0.30, 0.55
SPARSE_ENCLOSED, SOLID_ENCLOSED = (0.38, 0.75), (0.56, 0.70)


def rounded(signed_mm: AnyArray, grid_mm: AnyArray, points_mm: FloatArray, enclosed: Enclosed) -> AnyArray:
    """Return a closed region (signed distance, mm) widened to the smooth shell through its fragments.

    Parameters
    ----------
    signed_mm
        The closure of the fragments.
    grid_mm
        (3, ...) positions of its samples.
    points_mm
        (n, 3) fragments.
    enclosed
        How much of what closure added lies between fragments.

    Nothing is widened where the fragments are no smooth sheet round a middle; in between, weights are continuous.
    """
    share = enclosed.between(SPARSE_ENCLOSED, SOLID_ENCLOSED)
    if share == 0.0 or len(points_mm) < 60:
        return signed_mm
    centre = middle(points_mm)
    radius, sight, roughness = _sheet(points_mm - centre)
    share *= ramp(sight, SEEN_FROM, SEEN_TO) * (1.0 - ramp(roughness, ROUGH_FROM, ROUGH_TO))
    if share == 0.0:
        return signed_mm
    offset = np.moveaxis(grid_mm, 0, -1) - centre
    model = np.linalg.norm(offset, axis=-1) - interpolated(offset.reshape(-1, 3), radius).reshape(signed_mm.shape)
    widened: AnyArray = (1.0 - share) * signed_mm + share * np.minimum(signed_mm, model)
    return widened


def ramp(value: float, low: float, high: float) -> float:
    """Return 0 up to `low`, 1 from `high` on, and the share of the way in between."""
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def middle(points: FloatArray) -> FloatArray:
    """Return the centre of the sphere nearest to the points (algebraic), kept within their box."""
    system = np.column_stack([2.0 * points, np.ones(len(points))])
    solved = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    low, high = points.min(axis=0), points.max(axis=0)
    inset = 0.3 * (high - low)
    centre: FloatArray = np.clip(solved[:3], low + inset, high - inset)
    return centre


def _sheet(points: FloatArray) -> tuple[FloatArray, float, float]:
    """Radius in every direction of a fine sphere, the share of directions seen, and the roughness of what is seen.

    Roughness is the root mean square of (seen - smooth) / radius.
    """
    from scipy import sparse
    from scipy.spatial import cKDTree

    sphere = directions()
    length = np.linalg.norm(points, axis=1)
    far = length > 1e-6
    which = np.asarray(cKDTree(sphere.vertices).query(points[far] / length[far, None])[1])
    outer = np.zeros(len(sphere.vertices))
    np.maximum.at(outer, which, length[far])
    seen = outer > 0
    inner = seen & (outer < 0.5 * np.median(outer[seen]))
    weight = np.where(seen & ~inner, 1.0, 0.0)
    bending = STIFFNESS * (sphere.laplacian.T @ sphere.laplacian)
    for _ in range(2):
        system = sparse.diags(weight + 1e-6) + bending
        radius = solution(system, (weight + 1e-6) * np.where(seen, outer, np.median(outer[seen])))
        weight = np.where(seen & ~inner, np.where(outer < radius - 1.5, 0.2, 1.0), 0.0)
    error = ((outer - radius) / radius)[seen & ~inner]
    return radius, float(np.mean(weight > 0)), float(np.sqrt(np.mean(error**2)))


def interpolated(offsets: FloatArray, radius: FloatArray) -> FloatArray:
    """Return the radius in the direction of each (n, 3) offset: the three nearest directions, weighted by nearness."""
    from scipy.spatial import cKDTree

    unit = offsets / np.maximum(np.linalg.norm(offsets, axis=1, keepdims=True), 1e-6)
    away, near = cKDTree(directions().vertices).query(unit, k=3)
    weight = 1.0 / (np.asarray(away) + 1e-3)
    mean: FloatArray = (radius[np.asarray(near)] * weight).sum(axis=1) / weight.sum(axis=1)
    return mean


@lru_cache(maxsize=1)
def directions() -> Mesh:
    """Return 642 even directions: an icosahedron divided three times."""
    golden = (1 + 5**0.5) / 2
    corners = [[s, t * golden, 0] for s in (-1, 1) for t in (-1, 1)]
    vertices = np.array([np.roll(corner, k) for k in range(3) for corner in corners], dtype=np.float64)
    vertices /= np.linalg.norm(vertices, axis=1, keepdims=True)
    from scipy.spatial import ConvexHull

    for _ in range(3):
        triangles = ConvexHull(vertices).simplices
        edges = np.unique(np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
        middles = vertices[edges].sum(axis=1)
        vertices = np.concatenate([vertices, middles / np.linalg.norm(middles, axis=1, keepdims=True)])
    return built(vertices, _outwards(vertices, ConvexHull(vertices).simplices))


def _outwards(vertices: FloatArray, triangles: AnyArray) -> AnyArray:
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    inwards = np.einsum("ij,ij->i", a, np.cross(b - a, c - a)) < 0
    return np.where(inwards[:, None], triangles[:, ::-1], triangles)
