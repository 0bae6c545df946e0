"""What a lesion with a given surface would look like in these slices, and how high its face then lies.

Half-way between peak and background is where the face of a flat, thick wall lies. Blur makes every other face lie
higher: that of a thin wall, of a pole, of a branch, and more so along thick slices. How much higher is read from a
picture of the lesion as it is thought to be (a rim of one thickness round a core), blurred as the stack is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np

from mo_viewer.segment.blur import Blur
from mo_viewer.segment.distance import away_from, tree_of
from mo_viewer.segment.mesh import Mesh
from mo_viewer.segment.shell import ramp
from mo_viewer.segment.voxels import filled
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.linear import between_voxels

STEP_MM, MOST_VOXELS = 0.65, 400_000
BEYOND_MM = 4.0
FLAT_MM, NEAR_STEPS, MOVED_STEPS, NEARLY_ALL = 1.5, 1.9, 0.5, 99.0
"""Faces are flat so far off; distances between voxels are wrong by 0.9 steps at most, only those within half a step
of a face need be exact, and the face (that of nearly all vertices, %) may move by another half."""
MOST_LINES = 1500
"""The densities of layers are fitted on so many lines at least, if there are as many."""
OUTSIDE_MM, OFF_BONE_MM = 1.0, 2.0
CORE_SEEN_MM = 2.0
LIKE_THE_NEXT, LIKE_A_WALL = 1.0, 0.006
"""So many samples hold that a layer is as dense as the next, where the picture hardly tells; this share of all, that
both halves of the wall are, and both layers below it (own choice: with less shells err, with more falling rims)."""
OPEN_FROM, OPEN_TO, UNEVEN_FROM, UNEVEN_TO = 0.01, 0.06, 0.25, 0.5
"""That share is needed where so much of a surface is held by nothing, or the wall is so uneven (between quartiles of
what is brightest below its vertices, against their median): one set of layers does not hold for all of it then."""
LEAST_LAYER_MM = 1.0
LEAST_SHARE, MOST_SHARE = 0.3, 0.95
PLATEAU, FOOT, BG_WEIGHT = 0.9, 0.2, 0.25
"""A profile is fitted where the picture is so near its top inside, and so low outside; the background of muscle counts
as a quarter of a sample there (own choice, from phantoms)."""


class Seen(Protocol):
    """The image, and how far bone is, at points in mm from the patch's voxel (0, 0, 0)."""

    @property
    def background_hu(self) -> float:
        """What muscle reads."""

    def along(self, start: FloatArray, directions: FloatArray, along_mm: FloatArray) -> FloatArray:
        """(n, steps) HU at distances from (n, 3) points along their directions."""

    def bone_at(self, points: FloatArray) -> FloatArray:
        """(n,) distance to native bone, mm."""


@dataclass(frozen=True, eq=False)
class Slices:
    """Heights of a stack's slices (mm from the patch's voxel 0), their thickness, and whether they are interpolated by
    a cubic spline between their heights.
    """

    heights_mm: FloatArray
    thick_mm: float
    splined: bool

    def seen_at(self, z_mm: FloatArray) -> FloatArray:
        """(n, n) what is read at heights of an even grid, from what lies at these heights."""
        step = float(z_mm[1] - z_mm[0])
        half = 0.5 * self.thick_mm
        near = (self.heights_mm > z_mm[0] - half) & (self.heights_mm < z_mm[-1] + half)
        heights = self.heights_mm[near]
        top = np.minimum(z_mm[None] + 0.5 * step, heights[:, None] + half)
        low = np.maximum(z_mm[None] - 0.5 * step, heights[:, None] - half)
        box = np.clip(top - low, 0.0, None) / self.thick_mm
        seen: FloatArray = _between(heights, z_mm, self.splined) @ box
        return seen


def _between(heights: FloatArray, z: FloatArray, splined: bool) -> FloatArray:
    if splined:
        from scipy.interpolate import CubicSpline

        inside = np.clip(z, heights[0], heights[-1])
        curved: FloatArray = CubicSpline(heights, np.eye(heights.size), bc_type="natural")(inside)
        return curved
    which = np.clip(np.searchsorted(heights, z, side="right") - 1, 0, heights.size - 2)
    share = np.clip((z - heights[which]) / (heights[which + 1] - heights[which]), 0.0, 1.0)
    weights = np.zeros((z.size, heights.size))
    weights[np.arange(z.size), which] = 1.0 - share
    weights[np.arange(z.size), which + 1] = share
    return weights


@dataclass(frozen=True, eq=False)
class Expected:
    """A picture of a lesion, of no unit, on an even grid whose voxel (0, 0, 0) lies at `first_mm`."""

    values: AnyArray
    first_mm: FloatArray
    step_mm: float

    def along(self, start: FloatArray, directions: FloatArray, along_mm: FloatArray) -> FloatArray:
        """(n, steps) values at distances from (n, 3) points along their directions."""
        first = ((start - self.first_mm) / self.step_mm).T[:, :, None]
        return between_voxels(self.values, first + along_mm * (directions / self.step_mm).T[:, :, None])


def told_by(
    lines: FloatArray, profile: FloatArray, free: BoolArray, lowest_at: AnyArray, bg_hu: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """What lines through a picture, whose middle is the surface, tell of (n, steps) profiles on the same lines.

    A profile is taken to be what is beyond the lesion plus the picture times its height, and both are fitted by least
    squares to where the picture is nearly as high as it gets inside and nearly as low as it gets outside.

    Returned are how high the face lies as a share of the way from beyond to the peak, the peak and what is beyond it
    (HU), and how high the picture is (HU) where it rises again behind its valley.
    """
    index, here = np.arange(lines.shape[1])[None, :], lines.shape[1] // 2
    top = np.where(index <= here, lines, 0.0).max(axis=1)
    drawn = lines / np.maximum(top, 1e-3)[:, None]
    inside = (index <= here) & (drawn >= PLATEAU) & free
    foot = (drawn <= FOOT) | (index == lowest_at[:, None])
    outside = (index > here) & foot & free & (index <= lowest_at[:, None] + 1)
    used = (inside | outside).astype(np.float64)
    n, m = used.sum(axis=1) + BG_WEIGHT, (used * drawn).sum(axis=1)
    mm, p = (used * drawn**2).sum(axis=1), (used * (profile - bg_hu)).sum(axis=1)
    mp = (used * drawn * (profile - bg_hu)).sum(axis=1)
    det = np.maximum(n * mm - m * m, 1e-6)
    beyond = bg_hu + (mm * p - m * mp) / det
    high = (n * mp - m * p) / det
    face = np.clip(drawn[:, here], LEAST_SHARE, MOST_SHARE)
    again = np.where(index >= lowest_at[:, None], drawn, 0.0).max(axis=1) * high
    return face, beyond + high, beyond, again


class Painter:
    """Draws a lesion anew each time that its surface has moved: a rim `wall_mm` thick (infinite for a solid body)
    round a core; `walled_share` tells how much of the surface has one.

    How dense its layers are against the outermost one follows from the image that is there, by least squares below
    the vertices that are held by edges. The grid is kept while the surface settles.
    """

    def __init__(self, field: Seen, blur: Blur, slices: Slices | None, wall_mm: float, walled_share: float) -> None:
        self._field, self._blur, self._slices = field, blur, slices
        self._borders, self._walled_share = _borders(wall_mm), walled_share
        self._canvas: _Canvas | None = None

    def picture(self, mesh: Mesh, held: BoolArray | None = None) -> Expected:
        """Return the picture of a lesion with this surface; `held` vertices stand on edges (all, when it is None)."""
        if self._canvas is None or not self._canvas.holds_for(mesh):
            self._canvas = _Canvas(mesh, self._blur, self._slices, self._borders)
        parts = [self._canvas.seen(part) for part in self._canvas.layers(mesh)]
        picture = parts[0].values
        if len(parts) > 1:
            everywhere = np.ones(len(mesh.vertices), dtype=bool)
            shares = _layered(parts, mesh, self._field, self._borders[-1], everywhere if held is None else held)
            for part, share in zip(parts[1:], shares, strict=True):
                picture = picture + np.float32(1.0 + self._walled_share * (share - 1.0)) * part.values
        return replace(parts[0], values=picture)


def _borders(wall_mm: float) -> list[float]:
    """Depths (mm) at which the layers of a lesion begin."""
    if not np.isfinite(wall_mm):
        return [0.0]
    return [0.0, 0.5 * wall_mm, wall_mm, 1.5 * wall_mm] if 0.5 * wall_mm >= LEAST_LAYER_MM else [0.0, wall_mm]


class _Canvas:
    """An even grid round a lesion, how the stack shows what is drawn on it, and which of its points are so near to the
    borders of layers that their distance from the surface is worked out exactly, each from the vertex nearest to it.
    """

    def __init__(self, mesh: Mesh, blur: Blur, slices: Slices | None, borders: Sequence[float]) -> None:
        from scipy import ndimage

        margin = np.array([BEYOND_MM + (1.5 * slices.thick_mm if slices else 0.0), BEYOND_MM, BEYOND_MM])
        low, high = mesh.vertices.min(axis=0) - margin, mesh.vertices.max(axis=0) + margin
        step = max(STEP_MM, float((np.prod(high - low) / MOST_VOXELS) ** (1 / 3)))
        z, r, c = (int(n) for n in np.ceil((high - low) / step) + 1)
        self._first_mm, self._step_mm, self._borders, self._made_for = low, step, borders, mesh.vertices
        inside, near = filled((mesh.vertices - low) / step, mesh.triangles, (z, r, c)), NEAR_STEPS * step
        inner, outer = (
            away_from(of, (step,) * 3, near + step + by) for of, by in ((~inside, borders[-1]), (inside, 0.0))
        )
        self._rough = np.where(inside, inner, -outer)
        self._exact = np.any([np.abs(self._rough - border) <= near for border in borders], axis=0)
        self._points = np.argwhere(self._exact) * step + low
        self._nearest = tree_of(mesh.vertices).query(self._points)[1]
        self._sign = np.where(inside[self._exact], 1.0, -1.0)
        variance, self._slices = blur.variance_mm2.copy(), None
        if slices is not None:
            variance[0] = blur.own_mm2
        self._sd = np.sqrt(np.maximum(variance - step**2 / 12.0 - step**2 / 6.0, 0.0)) / step
        if slices is not None:
            seen = slices.seen_at(low[0] + np.arange(z) * step)
            self._slices = ndimage.gaussian_filter(seen, (self._sd[0], 0.0)).astype(np.float32)
            self._sd[0] = 0.0

    def holds_for(self, mesh: Mesh) -> bool:
        """Whether a surface has moved so little that the points near it are still those that are known exactly."""
        moved = np.linalg.norm(mesh.vertices - self._made_for, axis=1)
        return bool(np.percentile(moved, NEARLY_ALL) <= MOVED_STEPS * self._step_mm)

    def layers(self, mesh: Mesh) -> list[AnyArray]:
        """How much of every voxel lies in each layer of the lesion, from the outermost to its core."""
        off = self._points - mesh.vertices[self._nearest]
        flat = -(off * mesh.normals()[self._nearest]).sum(axis=1)
        away = np.sqrt((off * off).sum(axis=1))
        depth = self._rough.copy()
        depth[self._exact] = np.where(away < FLAT_MM, flat, self._sign * away)
        filled_to = [np.clip(0.5 + (depth - d) / self._step_mm, 0.0, 1.0).astype(np.float32) for d in self._borders]
        return [outer - inner for outer, inner in pairwise(filled_to)] + [filled_to[-1]]

    def seen(self, part: AnyArray) -> Expected:
        """A part of the picture as the stack shows it; what the grid itself blurs is left out."""
        from scipy import ndimage

        if self._slices is not None:
            part = np.tensordot(self._slices, part, axes=1)
        return Expected(ndimage.gaussian_filter(part, self._sd), self._first_mm, self._step_mm)


def _layered(parts: Sequence[Expected], mesh: Mesh, field: Seen, innermost_mm: float, held: BoolArray) -> FloatArray:
    """How dense the inner layers are as shares of the outermost, so that all together are most like the image."""
    along = np.arange(-innermost_mm - CORE_SEEN_MM, OUTSIDE_MM + 1e-9, STEP_MM)
    some = np.flatnonzero(held)[:: max(1, int(held.sum()) // MOST_LINES)]
    start, directions = mesh.vertices[some], mesh.normals()[some]
    points = start[:, None] + along[:, None] * directions[:, None]
    free = field.bone_at(points.reshape(-1, 3)) > OFF_BONE_MM
    lines = field.along(start, directions, along) - field.background_hu
    seen = lines.ravel()[free]
    drawn = np.stack([part.along(start, directions, along).ravel()[free] for part in parts], axis=1)
    apart = np.diff(np.eye(len(parts)), axis=0)
    like_a_wall = LIKE_A_WALL * _differs(lines[:, along <= 0].max(axis=1), float(held.mean()))
    pulled = LIKE_THE_NEXT + like_a_wall * len(seen) * (np.arange(len(apart)) % 2 == 0) * (len(parts) > 2)
    alike = (apart.T * pulled) @ apart
    dense = np.linalg.solve(drawn.T @ drawn + alike + 1e-6 * np.eye(len(parts)), drawn.T @ seen)
    return np.clip(dense[1:] / dense[0], 0.0, 1.0) if dense[0] > 0.0 else np.ones(len(parts) - 1)


def _differs(brightest: FloatArray, held: float) -> float:
    """How far (0 to 1) a wall is not the same all round: it has gaps, or is denser here than there."""
    if not brightest.size:
        return 1.0
    low, middle, high = np.percentile(brightest, (25, 50, 75))
    uneven = (high - low) / max(float(middle), 1.0)
    return max(ramp(1.0 - held, OPEN_FROM, OPEN_TO), ramp(uneven, UNEVEN_FROM, UNEVEN_TO))
