"""A closed surface of triangles in patient space."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.volume.arrays import FloatArray, IndexArray, frozen
from mo_viewer.volume.plane import Plane


@dataclass(frozen=True, eq=False)
class Surface:
    """Vertices (n, 3) in LPS mm and triangles (m, 3), wound so that normals point outwards."""

    vertices_mm: FloatArray
    triangles: IndexArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices_mm", frozen(np.array(self.vertices_mm, dtype=np.float64)))
        object.__setattr__(self, "triangles", frozen(np.array(self.triangles, dtype=np.int32)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Surface):
            return NotImplemented
        return np.array_equal(self.vertices_mm, other.vertices_mm) and np.array_equal(self.triangles, other.triangles)

    @property
    def volume_mm3(self) -> float:
        """Enclosed volume by the divergence theorem (sum of signed tetrahedra)."""
        a, b, c = (self._centred()[self.triangles[:, i]] for i in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)

    @property
    def area_mm2(self) -> float:
        """Sum of the triangles' areas."""
        a, b, c = (self.vertices_mm[self.triangles[:, i]] for i in range(3))
        return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2.0)

    def cut(self, plane: Plane) -> tuple[FloatArray, ...]:
        """Return the closed lines, each (n, 3) LPS mm, in which the surface meets a plane.

        The first point is not repeated at the end.
        """
        heights = self._heights(plane)
        above = heights[self.triangles] > 0
        crossed = np.flatnonzero(above.any(axis=1) & ~above.all(axis=1))
        begin, sides = self.triangles[crossed].astype(np.int64), above[crossed]
        end, beyond = np.roll(begin, -1, axis=1), np.roll(sides, -1, axis=1)
        edges = np.minimum(begin, end) * len(heights) + np.maximum(begin, end)
        row = np.arange(len(crossed))
        leave, enter = (edges[row, np.argmax(at, axis=1)] for at in (sides & ~beyond, beyond & ~sides))
        follows = dict(zip(leave.tolist(), enter.tolist(), strict=True))
        return tuple(self._on_edges(loop, heights) for loop in _loops(follows))

    def crossings(self, plane: Plane) -> FloatArray:
        """Return the (n, 3) points, LPS mm, of the lines of `cut`, in no order."""
        heights = self._heights(plane)
        above = heights > 0
        begin, end = self.triangles, np.roll(self.triangles, -1, axis=1)
        crossed = (begin < end) & (above[begin] != above[end])
        return self._between(begin[crossed], end[crossed], heights)

    def _heights(self, plane: Plane) -> FloatArray:
        heights = (self.vertices_mm - plane.origin_mm) @ plane.normal
        return np.where(heights == 0, 1e-9, heights)

    def _on_edges(self, edges: list[int], heights: FloatArray) -> FloatArray:
        return self._between(*np.divmod(np.array(edges), len(heights)), heights)

    def _between(self, first: IndexArray, second: IndexArray, heights: FloatArray) -> FloatArray:
        share = (heights[first] / (heights[first] - heights[second]))[:, None]
        line: FloatArray = self.vertices_mm[first] * (1 - share) + self.vertices_mm[second] * share
        return line

    def _centred(self) -> FloatArray:
        centred: FloatArray = self.vertices_mm - self.vertices_mm.mean(axis=0)
        return centred


def _loops(follows: dict[int, int]) -> list[list[int]]:
    loops = []
    while follows:
        start, here = follows.popitem()
        loop = [start]
        while here != start and here in follows:
            loop.append(here)
            here = follows.pop(here)
        if len(loop) > 2:
            loops.append(loop)
    return loops
