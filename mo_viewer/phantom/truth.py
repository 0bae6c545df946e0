"""What is true of a lesion, from its formula and not from an image."""

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from mo_viewer.phantom.limb import Limb, Solid
from mo_viewer.phantom.pose import Pose
from mo_viewer.phantom.ripples import sphere_directions
from mo_viewer.phantom.scanner import seen_hu
from mo_viewer.phantom.shapes import Shape
from mo_viewer.volume.arrays import AnyArray, FloatArray, Point
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface

RIM_MM, CORE_MM = (0.7, 3.0), 4.5
CONTACT_MM = 0.35
EXACT_MM = 2.5
_SAMPLES_ALONG = 66


@dataclass(frozen=True)
class LesionTruth:
    """Numbers of one lesion in one pose at one tube voltage; positions LPS mm.

    HU figures are of the filled body as drawn, before kernel and noise. Rim and core are CONTRACT's depth bands;
    None where the band is empty or no bone is near. `excess_hu_mm3` is the mineral content over `background_hu`.
    """

    name: str
    volume_mm3: float
    mean_hu: float
    median_hu: float
    p95_hu: float
    sd_hu: float
    background_hu: float
    excess_hu_mm3: float
    rim_hu: float | None
    core_hu: float | None
    max_diameter_mm: float
    long_axis_mm: float
    short_axis_mm: float
    surface_mm2: float
    gap_to_bone_mm: float | None
    bone_contact_mm2: float
    greatest_depth_mm: float
    centroid_mm: Point
    core_points_mm: tuple[Point, ...]
    """Inside, far from the surface; the first is the deepest."""
    rim_points_mm: tuple[Point, ...]
    """In the outer 2 mm where HU are high; the first is the brightest."""

    @property
    def zonal_index(self) -> float | None:
        """(rim - core) / (|rim - background| + |core - background|), as CONTRACT says."""
        if self.rim_hu is None or self.core_hu is None:
            return None
        rim, core = self.rim_hu - self.background_hu, self.core_hu - self.background_hu
        return None if max(abs(rim), abs(core)) <= 40 else (rim - core) / (abs(rim) + abs(core))

    def as_json(self) -> dict[str, Any]:
        """Plain values for a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, known: dict[str, Any]) -> "LesionTruth":
        """The inverse of `as_json` after a trip through a file."""
        values = {f.name: known[f.name] for f in fields(cls)}
        for name in ("core_points_mm", "rim_points_mm"):
            values[name] = tuple(_point(p) for p in values[name])
        return cls(**(values | {"centroid_mm": _point(values["centroid_mm"])}))


def truth_of(limb: Limb, lesion: Solid, pose: Pose | None = None, kvp: float = 120.0) -> LesionTruth:
    """Integrate a lesion on a fine grid along the patient's axes (error of the volume below 0.3 %)."""
    integral = _Integral(lesion, pose or Pose(), kvp)
    return integral.truth(limb)


def true_mask(lesion: Solid, pose: Pose, geometry: Geometry) -> Mask:
    """Voxels of any grid whose centre lies inside the lesion."""
    at = geometry.index_of(pose.to_patient(_corners(lesion.shape)))
    first = np.clip(np.floor(at.min(axis=0)) - 1, 0, geometry.shape).astype(int)
    last = np.clip(np.ceil(at.max(axis=0)) + 2, 0, geometry.shape).astype(int)
    shape = tuple(int(n) for n in np.maximum(last - first, 0))
    index = np.indices(shape).reshape(3, -1).T + first
    inside = lesion.shape.depth(pose.to_limb(geometry.points_mm(index.astype(np.float64)))) > 0
    return Mask.trimmed(inside.reshape(shape), (int(first[0]), int(first[1]), int(first[2])), geometry)


def true_surface(lesion: Solid, pose: Pose | None = None) -> Surface:
    """The lesion's surface as triangles in the patient, normals outwards."""
    return _Integral(lesion, pose or Pose(), 120.0).surface()


def distance_mm(shape: Shape, points_mm: FloatArray) -> FloatArray:
    """(n,) distance of points outside a shape from its surface, to first order in its curvature."""
    step = 0.05
    slope = [
        (shape.depth(points_mm + step * axis) - shape.depth(points_mm - step * axis)) / (2 * step) for axis in np.eye(3)
    ]
    away: FloatArray = -shape.depth(points_mm) / np.maximum(np.linalg.norm(slope, axis=0), 0.2)
    return away


class _Integral:
    """A lesion sampled on a fine grid along the patient's axes (x, y, z)."""

    def __init__(self, lesion: Solid, pose: Pose, kvp: float) -> None:
        self._lesion, self._pose = lesion, pose
        corners = pose.to_patient(_corners(lesion.shape))
        low, high = self._tightened(corners.min(axis=0), corners.max(axis=0))
        self._pitch = float(np.clip((high - low).max() / _SAMPLES_ALONG, 0.1, 0.5))
        self._low = low - 3 * self._pitch
        counts = np.ceil((high - low) / self._pitch).astype(int) + 7
        self._depth = self._sampled(counts)
        self._slope = np.linalg.norm(np.gradient(self._depth, self._pitch), axis=0)
        share = np.clip(self._depth / np.maximum(self._slope, 0.3) / self._pitch + 0.5, 0, 1)
        within = np.nonzero(share)
        self._within = within
        self._weight = share[within]
        self._points = np.column_stack(within) * self._pitch + self._low
        inner = np.maximum(self._depth[within], 1e-3)
        self._hu = seen_hu(lesion.fill.hu(pose.to_limb(self._points), inner), kvp)

    def _tightened(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The part of a box that the lesion can reach, by coarse samples; turned boxes are mostly air."""
        grid = np.linspace(low, high, 28).T
        points = np.stack(np.meshgrid(*grid, indexing="ij"), axis=-1).reshape(-1, 3)
        reach = float(np.linalg.norm(high - low)) / 27
        near = points[self._lesion.shape.depth(self._pose.to_limb(points)) > -reach]
        return np.maximum(near.min(axis=0) - reach, low), np.minimum(near.max(axis=0) + reach, high)

    def _sampled(self, counts: AnyArray) -> FloatArray:
        """Depth on the grid, layer by layer, so that the arrays stay in the processor's cache."""
        layer = np.zeros((int(counts[1] * counts[2]), 3))
        layer[:, 1:] = np.indices(tuple(counts[1:])).reshape(2, -1).T * self._pitch + self._low[1:]
        depth = np.empty(tuple(counts))
        for i in range(counts[0]):
            layer[:, 0] = i * self._pitch + self._low[0]
            depth[i] = self._lesion.shape.depth(self._pose.to_limb(layer)).reshape(counts[1:])
        return depth

    def truth(self, limb: Limb) -> LesionTruth:
        depth_mm = self._euclidean()
        volume = float(self._weight.sum() * self._pitch**3)
        mean = float(self._hu @ self._weight / self._weight.sum())
        median, p95 = _quantiles(self._hu, self._weight, (0.5, 0.95))
        surface = self.surface()
        gap, contact = self._bone(surface, limb.native_bones)
        long_axis, short_axis = self._axes()
        return LesionTruth(
            name=self._lesion.name,
            volume_mm3=volume,
            mean_hu=mean,
            median_hu=median,
            p95_hu=p95,
            sd_hu=float(np.sqrt(((self._hu - mean) ** 2) @ self._weight / self._weight.sum())),
            background_hu=limb.background_hu,
            excess_hu_mm3=(mean - limb.background_hu) * volume,
            rim_hu=self._band(depth_mm, *RIM_MM),
            core_hu=self._band(depth_mm, CORE_MM, np.inf),
            max_diameter_mm=_diameter(surface.vertices_mm),
            long_axis_mm=long_axis,
            short_axis_mm=short_axis,
            surface_mm2=surface.area_mm2,
            gap_to_bone_mm=gap,
            bone_contact_mm2=contact,
            greatest_depth_mm=float(depth_mm.max()),
            centroid_mm=_point(self._weight @ self._points / self._weight.sum()),
            core_points_mm=self._spread_out(depth_mm > 0.6 * depth_mm.max(), depth_mm, 5),
            rim_points_mm=self._rim_points(depth_mm),
        )

    def surface(self) -> Surface:
        from skimage.measure import marching_cubes

        vertices, triangles, _, _ = marching_cubes(self._depth, 0.0, spacing=(self._pitch,) * 3)
        found = Surface(vertices + self._low, triangles)
        return found if found.volume_mm3 > 0 else Surface(vertices + self._low, triangles[:, ::-1])

    def _euclidean(self) -> FloatArray:
        """Depth below the surface: by the formula near it, where that is exact, else by the distance transform."""
        from scipy.ndimage import distance_transform_edt

        inside = self._depth > 0
        away = (distance_transform_edt(inside, self._pitch) - 0.5 * self._pitch)[self._within]
        near = np.maximum(self._depth / np.maximum(self._slope, 1.0), 0)[self._within]
        depth_mm: FloatArray = np.where(away < EXACT_MM, near, away)
        return depth_mm

    def _band(self, depth_mm: FloatArray, least: float, most: float) -> float | None:
        band = (depth_mm >= least) & (depth_mm < most)
        return float(self._hu[band].mean()) if np.count_nonzero(band) >= 20 else None

    def _axes(self) -> tuple[float, float]:
        """Longest line over all patient-axial sections, and the extent across it in the same section."""
        from skimage.measure import find_contours

        best = (0.0, 0.0)
        for k in range(self._depth.shape[2]):
            outlines = find_contours(self._depth[:, :, k], 0.0)
            if outlines:
                pair = _longest_and_across(np.concatenate(outlines) * self._pitch)
                best = max(best, pair)
        return best

    def _bone(self, surface: Surface, bones: tuple[Solid, ...]) -> tuple[float | None, float]:
        if not bones:
            return None, 0.0
        own = self._pose.to_limb(surface.vertices_mm)
        away = np.min([distance_mm(bone.shape, own) for bone in bones], axis=0)
        touching = (away < CONTACT_MM)[surface.triangles].all(axis=1)
        area = Surface(surface.vertices_mm, surface.triangles[touching]).area_mm2 if touching.any() else 0.0
        return max(0.0, float(away.min())), area

    def _rim_points(self, depth_mm: FloatArray) -> tuple[Point, ...]:
        near = (depth_mm > 0.5) & (depth_mm < 2.0)
        near = near if near.any() else depth_mm >= 0
        bright = near & (self._hu >= np.quantile(self._hu[near], 0.7))
        return self._spread_out(bright, self._hu, 6)

    def _spread_out(self, allowed: AnyArray, best: FloatArray, count: int) -> tuple[Point, ...]:
        """The best point, then those farthest from all chosen before."""
        points = self._points[allowed]
        chosen = [points[best[allowed].argmax()]]
        while len(chosen) < count:
            nearest = np.min([np.linalg.norm(points - c, axis=1) for c in chosen], axis=0)
            chosen.append(points[nearest.argmax()])
        return tuple(_point(c) for c in chosen)


def _corners(shape: Shape) -> FloatArray:
    low, high = shape.box
    picks = np.array([[(k >> i) & 1 for i in range(3)] for k in range(8)])
    return np.where(picks, high, low)


def _quantiles(values: FloatArray, weights: FloatArray, shares: tuple[float, float]) -> tuple[float, float]:
    order = values.argsort()
    total = np.cumsum(weights[order])
    first, second = (float(values[order[np.searchsorted(total, share * total[-1])]]) for share in shares)
    return first, second


def _hull(points: FloatArray) -> FloatArray:
    from scipy.spatial import ConvexHull

    found: FloatArray = points[ConvexHull(points).vertices]
    return found


def _longest_and_across(outline: FloatArray) -> tuple[float, float]:
    if np.linalg.matrix_rank(outline - outline[0], tol=1e-6) < 2:
        return 0.0, 0.0
    hull = _hull(outline)
    between = hull[:, None] - hull[None]
    lengths = np.linalg.norm(between, axis=2)
    along = between[np.unravel_index(lengths.argmax(), lengths.shape)] / lengths.max()
    return float(lengths.max()), float(np.ptp(hull @ np.array([-along[1], along[0]])))


def _diameter(points: FloatArray) -> float:
    from scipy.spatial.distance import pdist

    towards = sphere_directions(500)
    hull = _hull(points)
    return float(pdist(hull[np.unique((hull @ towards.T).argmax(axis=0))]).max())


def _point(values: Any) -> Point:
    x, y, z = (float(v) for v in values)
    return x, y, z
