"""Density against depth below the surface: rim, core, and how closed the rim is."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.measure.faint import FaintZone
from mo_viewer.measure.profiles import normals
from mo_viewer.segment.distance import tree_of
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.surface import Surface

RIM_MM = (0.7, 3.0)
CORE_MM = 4.5
DEEP_MM = 4.6
LEAST_VOXELS = 50
NOT_APPLICABLE_HU = 40.0
STEEP = 0.35
"""Faces whose normal is so nearly within the slices (sine) are hardly blurred by their thickness (own choice)."""
INSIDE_OUT = -0.3
"""Below this index the core is much denser than the rim (DOMAIN R11)."""
COVERAGE_SHARE, COVERAGE_DEPTH_MM = 0.35, 3.0


@dataclass(frozen=True)
class Zones:
    """Mean HU of rim and core, and how many voxels each rests on."""

    rim_hu: float
    core_hu: float
    rim_voxels: int
    core_voxels: int


def depths(surface: Surface, points_mm: FloatArray, most_mm: float = np.inf) -> FloatArray:
    """Return the distance of (n, 3) points inside a surface from it, mm; what is farther than `most_mm` is that.

    It is that from the plane of the nearest vertex, no more than from the vertex, and no less than from a point as far
    from it as the middle of an even triangle is (side / root 3). With sides of about 1 mm it is right to 0.1 mm,
    near folds to 0.6 mm.
    """
    away, at, known = _nearest(surface, points_mm, most_mm)
    depth = np.full(len(points_mm), most_mm)
    plane = ((surface.vertices_mm[at] - points_mm[known]) * normals(surface)[0][at]).sum(axis=1)
    sides = surface.vertices_mm[surface.triangles[:, 0]] - surface.vertices_mm[surface.triangles[:, 1]]
    least = np.sqrt(np.maximum(away**2 - (sides * sides).sum(axis=1).mean() / 3.0, 0.0))
    depth[known] = np.clip(plane, least, away)
    return depth


def seen_across(surface: Surface, points_mm: FloatArray, normal: FloatArray, most_mm: float) -> BoolArray:
    """Return which of (n, 3) points lie, within `most_mm`, below a face that is across slices with that (3,) normal."""
    _, at, across = _nearest(surface, points_mm, most_mm)
    across[across] = np.abs(normals(surface)[0][at] @ normal) < STEEP
    return across


def _nearest(surface: Surface, points_mm: FloatArray, most_mm: float) -> tuple[FloatArray, AnyArray, BoolArray]:
    """Distance (mm) and number of the vertex nearest to each point that has one within `most_mm`; which these are."""
    found = tree_of(surface.vertices_mm).query(points_mm, distance_upper_bound=most_mm)
    away, nearest = np.asarray(found[0], dtype=np.float64), np.asarray(found[1])
    known = np.isfinite(away)
    return away[known], nearest[known], known


def zones(values: AnyArray, depth_mm: FloatArray) -> Zones | None:
    """Return rim and core means, or None when either has fewer than `LEAST_VOXELS` voxels."""
    rim = values[(depth_mm >= RIM_MM[0]) & (depth_mm < RIM_MM[1])]
    core = values[depth_mm > CORE_MM]
    if min(rim.size, core.size) < LEAST_VOXELS:
        return None
    return Zones(float(rim.mean()), float(core.mean()), int(rim.size), int(core.size))


def inside_out(values: AnyArray, depth_mm: FloatArray, zone: FaintZone) -> Zones | None:
    """Return the faint zone outside the surface as the rim and the dense part as the core; None when that is tiny."""
    core = values[depth_mm >= RIM_MM[0]]
    if core.size < LEAST_VOXELS:
        return None
    return Zones(zone.median_hu, float(core.mean()), LEAST_VOXELS, int(core.size))


def zonal_index(rim_hu: float, core_hu: float, background_hu: float) -> float | None:
    """Return (rim - core) / (|rim - bg| + |core - bg|), or None when both lie near the background."""
    rim, core = abs(rim_hu - background_hu), abs(core_hu - background_hu)
    return None if max(rim, core) <= NOT_APPLICABLE_HU else (rim_hu - core_hu) / (rim + core)


def profile(values: AnyArray, depth_mm: FloatArray, step_mm: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Return depths (middles of steps, mm) and mean HU of each step that holds voxels."""
    which = (depth_mm // step_mm).astype(int)
    count = np.bincount(which)
    mean = np.bincount(which, values) / np.maximum(count, 1)
    held = np.flatnonzero(count)
    middles: FloatArray = (held.astype(np.float64) + 0.5) * np.float64(step_mm)
    return middles, mean[held]


def coverage(brightest_hu: FloatArray, areas_mm2: FloatArray, background_hu: float, cortex_hu: float) -> float:
    """Return the share of the surface under which something reaches 35 % of the way from muscle to cortex.

    `brightest_hu` is, per surface point, the highest value within 3 mm below it; `areas_mm2` its share of area.
    """
    limit = background_hu + COVERAGE_SHARE * (cortex_hu - background_hu)
    return float(areas_mm2[brightest_hu > limit].sum() / areas_mm2.sum())
