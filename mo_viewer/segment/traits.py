"""What a cluster of calcified voxels is like: the numbers that the rules judge by."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.segment.body import Body
from mo_viewer.segment.clusters import Cluster
from mo_viewer.segment.native import Native
from mo_viewer.segment.patch import Patch
from mo_viewer.segment.shafts import Shaft, wall_under
from mo_viewer.volume.arrays import AnyArray, BoolArray

EDGE_MM = 2.5
ON_SHAFT_MM = 3.0
REACH_MM = 12.0
"""What stands on bone farther than this from a shaft's outline tells nothing about that shaft's wall."""


@dataclass(frozen=True)
class Traits:
    """Numbers of one cluster; lengths mm, densities HU.

    `lengths_mm` are the extents along the principal axes, longest first; `filling` is the share of the box round
    these axes that is calcified; `bone_mm` the distance from native bone (nearest, and the median); `depth_mm` the
    greatest depth below the skin; `enclosed` the share that native bone encloses; `cut` the share at the borders
    of the stack; `metal_mm` the distance from metal in the same slices (infinite when there is none); `height_mm`
    how far it reaches from native bone; `size_mm` the diameter of a ball of its volume at half of its peak; `wall` how
    whole the cortex is under it (1: as hard as beside it), `end_mm` how far it is from the widening end of its shaft.
    """

    volume_mm3: float
    peak_hu: float
    p90_hu: float
    median_hu: float
    lengths_mm: tuple[float, float, float]
    along: float
    filling: float
    fragments: int
    solid: bool
    bone_mm: tuple[float, float]
    depth_mm: float
    outside: float
    enclosed: float
    cut: float
    metal_mm: float
    on_shaft: bool
    height_mm: float
    size_mm: float
    wall: float
    end_mm: float


@dataclass(frozen=True, eq=False)
class Scene:
    """All that is known of a stack when a cluster is judged."""

    patch: Patch
    smooth: AnyArray
    body: Body
    native: Native
    metal: BoolArray
    on_shaft_mm: AnyArray
    muscle_hu: float
    body_part: str


def traits(cluster: Cluster, scene: Scene) -> Traits:
    """Measure a cluster."""
    at = tuple(cluster.index.T)
    values = scene.smooth[at]
    centred = cluster.points_mm - cluster.points_mm.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred + 1e-6 * np.eye(3))
    along = centred @ axes[:, ::-1]
    voxel = float(np.mean(scene.patch.spacing_mm))
    spans = np.ptp(along, axis=0) + voxel
    bone = scene.native.away_mm[at]
    volume = len(values) * scene.patch.voxel_mm3
    wall, end_mm = _base(cluster, scene)
    lengths = sorted((float(s) for s in spans), reverse=True)
    return Traits(
        volume_mm3=volume,
        peak_hu=float(scene.patch.hu[at].max()),
        p90_hu=float(np.percentile(values, 90)),
        median_hu=float(np.median(values)),
        lengths_mm=(lengths[0], lengths[1], lengths[2]),
        along=float(abs(axes[0, 2])),
        filling=volume / float(np.prod(spans)),
        fragments=cluster.fragments,
        solid=cluster.solid,
        bone_mm=(float(bone.min()), float(np.median(bone))),
        depth_mm=float(scene.body.depth_mm[at].max()),
        outside=float(np.mean(~scene.body.inside[at])),
        enclosed=float(scene.native.enclosed[at].mean()),
        cut=_cut(cluster, scene.patch),
        metal_mm=_metal_mm(cluster, scene),
        on_shaft=bool(scene.on_shaft_mm[at].min() <= ON_SHAFT_MM),
        height_mm=float(bone.max()),
        size_mm=_size_mm(cluster, scene),
        wall=wall,
        end_mm=end_mm,
    )


def _size_mm(cluster: Cluster, scene: Scene) -> float:
    """Diameter (mm) of a ball of the volume above half of the peak, its hollow filled."""
    from scipy import ndimage

    low = np.maximum(cluster.index.min(axis=0) - 1, 0)
    box = tuple(slice(int(a), int(b) + 2) for a, b in zip(low, cluster.index.max(axis=0), strict=True))
    values = scene.patch.hu[box]
    half = 0.5 * (float(np.percentile(scene.patch.hu[tuple(cluster.index.T)], 97)) + scene.muscle_hu)
    inside = np.pad(values > half, 1)
    own = np.zeros(inside.shape, dtype=bool)
    own[tuple((cluster.index - low + 1).T)] = True
    full = ndimage.binary_fill_holes(inside & ndimage.binary_dilation(own))
    return float((6 / np.pi * np.count_nonzero(full) * scene.patch.voxel_mm3) ** (1 / 3))


def _base(cluster: Cluster, scene: Scene) -> tuple[float, float]:
    """How whole the cortex is under a cluster on a shaft, and how far (mm) the shaft's widening end is from it."""
    near = scene.on_shaft_mm[tuple(cluster.index.T)] <= ON_SHAFT_MM
    if not near.any():
        return 1.0, np.inf
    slices, places = cluster.index[near, 0], cluster.points_mm[near, 1:]
    steps = np.array(scene.patch.spacing_mm[1:])
    best = None
    for shaft in scene.native.shafts:
        at = np.clip(np.searchsorted(shaft.slices, slices), 0, shaft.slices.size - 1)
        off = places - shaft.axis[at] * steps
        away = float(np.median(np.linalg.norm(off, axis=1)))
        if away > float(shaft.radius_mm[at].max()) + REACH_MM:
            continue
        if (best is None or away < best[0]) and np.median(np.abs(shaft.slices[at] - slices)) <= 1:
            best = (away, wall_under(shaft, slices, off), _end_mm(shaft, float(np.median(slices)), scene.patch))
    return (1.0, np.inf) if best is None else best[1:]


def _end_mm(shaft: Shaft, at: float, patch: Patch) -> float:
    """Distance along a shaft from where it goes over into a wider end; infinite where only the stack ends."""
    ends = [float(k) for k in (shaft.slices[0], shaft.slices[-1]) if 2 < k < patch.shape[0] - 3]
    return min((abs(at - k) * patch.spacing_mm[0] for k in ends), default=np.inf)


def _cut(cluster: Cluster, patch: Patch) -> float:
    ends = (np.array(patch.shape) - 1) * patch.spacing_mm
    near = (cluster.points_mm <= EDGE_MM) | (cluster.points_mm >= ends - EDGE_MM)
    return float(near.any(axis=1).mean())


def _metal_mm(cluster: Cluster, scene: Scene) -> float:
    slices = slice(max(0, int(cluster.index[:, 0].min()) - 1), int(cluster.index[:, 0].max()) + 2)
    metal = np.argwhere(scene.metal[slices])
    if not len(metal):
        return float("inf")
    from scipy.spatial import cKDTree

    flat = metal[:, 1:] * np.array(scene.patch.spacing_mm[1:])
    away, _ = cKDTree(flat).query(cluster.points_mm[:, 1:])
    return float(np.min(away))
