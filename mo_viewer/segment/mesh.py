"""Triangle meshes as plain arrays: making, neighbourhoods, normals, bending-energy smoothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mo_viewer.volume.arrays import AnyArray, FloatArray, IndexArray

STIFFNESS = 0.6
TOLERANCE, MOST_STEPS, TINY, TINY_PULL = 1e-10, 60, 1e-300, 1e-3
LOOSE, MOST_LOOSE = 0.02, 0.05
"""Weights below this leave a vertex free to bend; where more than that share are free, a factorisation is faster."""
HULL_VERTICES = 1000


@dataclass(frozen=True, eq=False)
class Mesh:
    """Vertices (n, 3) mm in some right frame, triangles (m, 3) wound outwards, and the umbrella Laplacian (sparse)."""

    vertices: FloatArray
    triangles: IndexArray
    laplacian: Any

    def moved(self, vertices: FloatArray) -> "Mesh":
        """Return the same triangles on other vertices."""
        return replace(self, vertices=vertices)

    def normals(self) -> FloatArray:
        """(n, 3) unit normals, triangles weighted by area."""
        return self._normals

    @cached_property
    def _normals(self) -> FloatArray:
        a, b, c = (self.vertices[self.triangles[:, i]] for i in range(3))
        faces = np.cross(b - a, c - a)
        summed = np.stack(
            [
                np.bincount(self.triangles.ravel(), np.repeat(faces[:, axis], 3), minlength=len(self.vertices))
                for axis in range(3)
            ],
            axis=1,
        )
        unit: FloatArray = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
        return unit

    def volume(self) -> float:
        """Volume inside, mm3."""
        a, b, c = (self.vertices[self.triangles[:, i]] for i in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6.0

    def hull_share(self) -> float:
        """Volume of the convex hull as a share of the volume inside: 1 where nothing goes in.

        Not all vertices are looked at, so that of a ball is 0.4 % too small.
        """
        from scipy.spatial import ConvexHull

        some = self.vertices[:: -(-len(self.vertices) // HULL_VERTICES)]
        return float(ConvexHull(some).volume) / max(self.volume(), 1e-6)

    def through_faces(self) -> "Mesh":
        """Return the mesh whose flat triangles lie on average where the smooth surface through its vertices does.

        A quadratic surface lies above a triangle by a 24th of the sum of (change of normal) x (change of place) over
        its sides (interpolation error of a quadratic, averaged); h^2 / 8r for an even triangle of side h on a sphere.
        """
        normals = self.normals()
        at, turned = self.vertices[self.triangles], normals[self.triangles]
        above = ((np.roll(turned, 1, axis=1) - turned) * (np.roll(at, 1, axis=1) - at)).sum(axis=(1, 2)) / 24.0
        area = np.linalg.norm(np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]), axis=1)
        weighed, around = (
            np.bincount(self.triangles.ravel(), np.repeat(w, 3), minlength=len(normals)) for w in (area * above, area)
        )
        return self.moved(self.vertices + (weighed / np.maximum(around, 1e-12))[:, None] * normals)

    def averaged(self, values: FloatArray, rounds: int = 1) -> FloatArray:
        """Return per-vertex values averaged over each vertex's neighbours (itself left out), repeatedly."""
        for _ in range(rounds):
            values = values - self.laplacian @ values
        return values

    def widened(self, which: AnyArray, rounds: int) -> AnyArray:
        """Return marked vertices and those that are so many neighbours away from one."""
        links = self.laplacian
        for _ in range(rounds):
            which = np.logical_or.reduceat(which[links.indices], links.indptr[:-1])
        return which

    def closed(self, values: FloatArray, rounds: int) -> FloatArray:
        """Return values with valleys narrower than twice so many neighbours filled to their banks (grey closing)."""
        links = self.laplacian
        for extreme in (np.maximum, np.minimum):
            for _ in range(rounds):
                values = extreme.reduceat(values[links.indices], links.indptr[:-1])
        return values


def of_level(field: AnyArray, level: float, step_mm: float) -> Mesh | None:
    """Return the mesh of the surface where a field that is low inside passes `level`, mm from voxel (0, 0, 0)."""
    from skimage import measure

    padded = np.pad(field, 1, mode="constant", constant_values=float(field.max()) + 1.0)
    if padded.min() >= level:
        return None
    vertices, triangles, _, _ = measure.marching_cubes(padded, level, gradient_direction="ascent")
    return built((vertices.astype(np.float64) - 1.0) * step_mm, triangles)


def built(vertices: FloatArray, triangles: AnyArray) -> Mesh:
    """Return a mesh whose triangles are wound so that the enclosed volume is positive."""
    from scipy import sparse

    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    if np.einsum("ij,ij->", a - vertices.mean(axis=0), np.cross(b - a, c - a)) < 0:
        triangles = triangles[:, ::-1]
    n = len(vertices)
    first = triangles[:, [0, 1, 2, 1, 2, 0]].ravel()
    second = triangles[:, [1, 2, 0, 0, 1, 2]].ravel()
    links = sparse.coo_matrix((np.ones(first.size), (first, second)), shape=(n, n)).tocsr()
    links.data[:] = 1.0
    degree = np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1.0)
    laplacian = sparse.identity(n, format="csr") - sparse.diags(1.0 / degree) @ links
    return Mesh(vertices, np.ascontiguousarray(triangles, dtype=np.int32), laplacian)


def bent(mesh: Mesh, targets: FloatArray, weights: FloatArray, stiffness: FloatArray | float = STIFFNESS) -> Mesh:
    """Return the mesh that is near its targets where weights are high and bends least elsewhere.

    Minimises sum w |x - p|^2 + sum stiffness |L x|^2; unlike Laplace smoothing this does not shrink a closed shape
    (ALGORITHMS 10 step 6, T19).
    """
    laplacian, transposed = mesh.laplacian, mesh.laplacian.T.tocsr()
    weight = weights[:, None]
    stiff = np.broadcast_to(np.asarray(stiffness, dtype=np.float64), weights.shape)[:, None]
    found = None
    if (weights < LOOSE).mean() <= MOST_LOOSE:
        found = _iterated(
            lambda x: weight * x + transposed @ (stiff * (laplacian @ x)),
            weight + transposed.multiply(transposed) @ stiff,
            weight * targets,
            targets,
        )
    if found is None:
        from scipy import sparse

        system = sparse.diags(weights) + transposed @ sparse.diags(stiff[:, 0]) @ laplacian
        found = solution(system, weight * targets)
    return mesh.moved(found)


def spanning(mesh: Mesh, places: FloatArray, free: AnyArray) -> FloatArray:
    """Return where the `free` vertices lie when the surface through all others, at their `places`, bends least."""
    from scipy import sparse

    rows = mesh.laplacian[mesh.widened(free, 1)]
    own = rows[:, np.flatnonzero(free)].tocsc()
    held = rows @ np.where(free[:, None], 0.0, places)
    system = (own.T @ own + TINY_PULL * sparse.identity(own.shape[1])).tocsc()
    return solution(system, TINY_PULL * places[free] - own.T @ held)


def _iterated(
    times: Callable[[FloatArray], FloatArray], diagonal: FloatArray, right: FloatArray, start: FloatArray
) -> FloatArray | None:
    """Solve a symmetric positive definite system for (n, k) right sides by conjugate gradients (Shewchuk 1994, B3).

    `times` multiplies by the system. Where nearly all of a mesh is held by its targets this takes a third of the time
    of a factorisation and gives the same to a nanometre; None where it does not end soon, as with wide gaps.
    """
    found = start.copy()
    rest = right - times(found)
    near = rest / diagonal
    way, slope = near.copy(), (rest * near).sum(axis=0)
    enough = TOLERANCE**2 * (right * right).sum(axis=0)
    for _ in range(MOST_STEPS):
        if ((rest * rest).sum(axis=0) <= enough).all():
            return found
        along = times(way)
        step = slope / np.maximum((way * along).sum(axis=0), TINY)
        found += step * way
        rest -= step * along
        near = rest / diagonal
        before, slope = slope, (rest * near).sum(axis=0)
        way = near + (slope / np.maximum(before, TINY)) * way
    return None


def solution(system: Any, right: FloatArray) -> FloatArray:
    """Solve a symmetric positive definite sparse system, in a third of the time that a general one takes."""
    from scipy.sparse.linalg import splu

    solver = splu(system.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    found: FloatArray = solver.solve(right)
    return found
