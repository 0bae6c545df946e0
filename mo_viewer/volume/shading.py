"""Surfaces as a lit picture from any side, worked out on the processor: no graphics card and no OpenGL is needed.

Every triangle is sampled about once a pixel, the nearest sample of each pixel counts, and surfaces that let light
through are mixed from back to front. The projection is parallel, so that a millimetre is as long everywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from mo_viewer.volume.arrays import ByteArray, FloatArray, IndexArray, frozen
from mo_viewer.volume.surface import Surface

_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Into so many parts the sides of a triangle are divided, as its size on the screen needs."""
_LIGHT = np.array([-0.35, -0.45, 0.82])
"""Where light comes from: left, above, behind the reader (right, down, towards the reader)."""
_AMBIENT, _SHINE, _SHININESS = 0.22, 0.28, 24
_SAMPLES_AT_ONCE = 400_000


@dataclass(frozen=True, eq=False)
class Solid:
    """One surface with a name, a colour (red, green, blue 0 to 1) and how much it hides, 0 to 1."""

    name: str
    surface: Surface
    colour: tuple[float, float, float]
    opacity: float = 1.0

    @cached_property
    def normals(self) -> FloatArray:
        """(n, 3) unit normals at the vertices, triangles weighted by their areas."""
        return vertex_normals(self.surface)


@dataclass(frozen=True, eq=False)
class Camera:
    """From where solids are seen: `turn` rows are the LPS directions right, down and towards the reader."""

    turn: FloatArray
    centre_mm: FloatArray
    px_per_mm: float

    def turned(self, yaw: float, pitch: float) -> "Camera":
        """Return the camera after the solids were turned to the right and down, radians."""
        c, s = np.cos(yaw), np.sin(yaw)
        about_down = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        c, s = np.cos(pitch), np.sin(pitch)
        about_right = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
        return Camera(about_right @ about_down @ self.turn, self.centre_mm, self.px_per_mm)

    def moved(self, right_px: float, down_px: float) -> "Camera":
        """Return the camera after the solids were moved by so many pixels."""
        way = (right_px * self.turn[0] + down_px * self.turn[1]) / self.px_per_mm
        return Camera(self.turn, self.centre_mm - way, self.px_per_mm)

    def zoomed(self, factor: float) -> "Camera":
        """Return the camera nearer or farther."""
        return Camera(self.turn, self.centre_mm, self.px_per_mm * factor)


def vertex_normals(surface: Surface) -> FloatArray:
    """Return (n, 3) unit normals."""
    a, b, c = (surface.vertices_mm[surface.triangles[:, i]] for i in range(3))
    faces = np.repeat(np.cross(b - a, c - a), 3, axis=0)
    at, count = surface.triangles.ravel(), len(surface.vertices_mm)
    summed = np.stack([np.bincount(at, faces[:, axis], minlength=count) for axis in range(3)], axis=1)
    unit: FloatArray = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
    return frozen(unit)


def render(solids: Sequence[Solid], camera: Camera, size_px: tuple[int, int]) -> ByteArray:
    """Return (height, width, 3) bytes of red, green, blue on black; `size_px` is width and height."""
    width, height = size_px
    colours = np.zeros((len(solids), height * width, 3), dtype=np.float32)
    depths = np.full((len(solids), height * width), -np.inf, dtype=np.float32)
    for n, solid in enumerate(solids):
        _draw(solid, camera, size_px, depths[n], colours[n])
    order = np.argsort(depths, axis=0)
    picture = np.zeros((height * width, 3), dtype=np.float32)
    pixels = np.arange(height * width)
    opacity = np.array([solid.opacity for solid in solids], dtype=np.float32)
    for which in order:
        share = np.where(np.isfinite(depths[which, pixels]), opacity[which], 0)[:, None]
        picture = picture * (1 - share) + colours[which, pixels] * share
    rounded: ByteArray = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8).reshape(height, width, 3)
    return rounded


def fitting(solids: Sequence[Solid], turn: FloatArray, size_px: tuple[int, int]) -> Camera:
    """Return the camera that shows all of the solids from a side."""
    points = np.concatenate([solid.surface.vertices_mm for solid in solids])
    flat = points @ turn.T
    low, high = flat.min(axis=0), flat.max(axis=0)
    reach = np.maximum(np.linalg.norm(points - points.mean(axis=0), axis=1).max(), 1e-6)
    return Camera(turn, ((low + high) / 2) @ turn, 0.92 * min(size_px) / (2 * float(reach)))


def _draw(solid: Solid, camera: Camera, size_px: tuple[int, int], depths: FloatArray, colours: FloatArray) -> None:
    width, height = size_px
    placed = (solid.surface.vertices_mm - camera.centre_mm) @ camera.turn.T * camera.px_per_mm
    placed[:, :2] += np.array([width, height]) / 2 - 0.5
    lit = _lit(solid.normals @ camera.turn.T, solid.colour).astype(np.float32)
    for triangles, weights, samples in _samples(placed.astype(np.float32), solid.surface.triangles):
        column, row = (np.rint(samples[..., axis]).astype(np.int32).ravel() for axis in (0, 1))
        inside = np.flatnonzero((column >= 0) & (column < width) & (row >= 0) & (row < height))
        at, depth = (row * width + column)[inside], samples[..., 2].ravel()[inside]
        np.maximum.at(depths, at, depth)
        nearest = depth >= depths[at]
        which, triangle = np.divmod(inside[nearest], len(triangles))
        colours[at[nearest]] = np.einsum("nc,nck->nk", weights[which], lit[triangles[triangle]])


def _lit(normals: FloatArray, colour: tuple[float, float, float]) -> FloatArray:
    """Colours of points with these normals: right, down, towards the reader."""
    light = _LIGHT / np.linalg.norm(_LIGHT)
    diffuse = np.clip(normals @ light, 0, 1)[:, None]
    half = light + np.array([0, 0, 1.0])
    shine = np.clip(normals @ (half / np.linalg.norm(half)), 0, 1)[:, None] ** _SHININESS
    lit: FloatArray = np.array(colour) * (_AMBIENT + (1 - _AMBIENT) * diffuse) + _SHINE * shine
    return lit


def _samples(placed: FloatArray, triangles: IndexArray) -> Iterator[tuple[IndexArray, FloatArray, FloatArray]]:
    """Yield some triangles that face the reader, weights, and their points (weights, triangles, column row depth)."""
    corners = placed[triangles]
    first, second = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    faces = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0
    corners, triangles = corners[faces], triangles[faces]
    if not len(corners):
        return
    sides = np.linalg.norm(corners[:, :, :2] - np.roll(corners[:, :, :2], -1, axis=1), axis=2).max(axis=1)
    sizes = np.minimum(np.searchsorted(_STEPS, np.ceil(sides)), len(_STEPS) - 1)
    for size in np.unique(sizes):
        weights = _lattice(_STEPS[size])
        some = np.flatnonzero(sizes == size)
        step = max(1, _SAMPLES_AT_ONCE // len(weights))
        for begin in range(0, len(some), step):
            part = some[begin : begin + step]
            points = weights @ corners[part].transpose(1, 0, 2).reshape(3, -1)
            yield triangles[part], weights, points.reshape(len(weights), len(part), 3)


@lru_cache(len(_STEPS))
def _lattice(steps: int) -> FloatArray:
    """(points, 3) weights of the corners, evenly over a triangle."""
    listed = [(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]
    return frozen(np.array(listed, dtype=np.float32) / steps)
