"""Calcified fragments of a whole stack, gathered into clusters: one for each lesion, not one for each fragment."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.segment.distance import within
from mo_viewer.segment.fragments import CLUSTER_GAP_MM
from mo_viewer.segment.patch import Patch
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

SOLID_MM3, SOLID_SHARE = 350.0, 0.33
SOLID_PART = 0.85
THIN_MM, LONG = 3.2, 3.6
PIPE_MM, PIPE_RATIO = 45.0, 5.0
NEAR_MM = 3.0
MARROW_SHARE = 0.8
MOST_FRAGMENTS = 20_000


@dataclass(frozen=True, eq=False)
class Cluster:
    """Voxels of one cluster (n, 3), their positions (n, 3) mm from the patch's first voxel, and its fragments.

    `solid`: it is one rounded body and not a heap of fragments.
    """

    index: AnyArray
    points_mm: FloatArray
    fragments: int
    solid: bool


def clusters(calcified: BoolArray, patch: Patch, enclosed: BoolArray | None = None) -> list[Cluster]:
    """Return fragments gathered over gaps of up to 6 mm; two rounded bodies side by side stay two.

    What lies nearly altogether in `enclosed` (a bone's spongy inside) is gathered apart from what does not.
    """
    from scipy import ndimage

    parts, count = ndimage.label(calcified, structure=np.ones((3, 3, 3)))
    if not count:
        return []
    inner = np.zeros(count + 1, dtype=bool)
    if enclosed is not None:
        inner = np.bincount(parts[enclosed], minlength=count + 1) > MARROW_SHARE * np.bincount(parts.ravel())
    inner[0] = False
    if not inner.any():
        return _gathered(parts, patch)
    marrow = inner[parts]
    return _gathered(np.where(marrow, 0, parts), patch) + _gathered(np.where(marrow, parts, 0), patch)


def _gathered(parts: AnyArray, patch: Patch) -> list[Cluster]:
    if not parts.any():
        return []
    groups = _within_gap(parts > 0, patch)
    index = np.argwhere(parts)
    of_part, of_group = parts[tuple(index.T)], groups[tuple(index.T)]
    order = np.lexsort((of_part, of_group))
    index, of_part, of_group = index[order], of_part[order], of_group[order]
    found = []
    for members in np.split(np.arange(len(index)), np.flatnonzero(np.diff(of_group)) + 1):
        found.extend(_told_apart(index[members], of_part[members], patch))
    return found


def joined(one: Cluster, other: Cluster) -> Cluster:
    """Return two clusters as one."""
    return Cluster(
        np.concatenate([one.index, other.index]),
        np.concatenate([one.points_mm, other.points_mm]),
        one.fragments + other.fragments,
        False,
    )


def gap_mm(one: Cluster, other: Cluster) -> float:
    """Return the distance of the nearest voxels of two clusters."""
    from scipy.spatial import cKDTree

    away, _ = cKDTree(one.points_mm).query(other.points_mm)
    return float(np.min(away))


def _within_gap(calcified: BoolArray, patch: Patch) -> AnyArray:
    """Labels of what is joined when every fragment is inflated by half the gap."""
    from scipy import ndimage

    box = ndimage.find_objects(calcified.astype(np.int8))[0]
    more = [int(np.ceil(CLUSTER_GAP_MM / s)) + 1 for s in patch.spacing_mm]
    box = tuple(slice(max(0, s.start - m), s.stop + m) for s, m in zip(box, more, strict=True))
    groups = np.zeros(calcified.shape, dtype=np.int32)
    near = within(calcified[box], patch.spacing_mm, CLUSTER_GAP_MM / 2)
    groups[box] = ndimage.label(near, structure=np.ones((3, 3, 3)))[0]
    return groups


def _told_apart(index: AnyArray, part: AnyArray, patch: Patch) -> list[Cluster]:
    """One cluster, or one for each rounded body and each pipe, with the fragments that lie nearest to it."""
    from scipy.spatial import cKDTree

    points = index * np.array(patch.spacing_mm)
    numbers, counts = np.unique(part, return_counts=True)
    pipes = [
        n for n in numbers[counts * patch.voxel_mm3 >= SOLID_MM3] if len(numbers) > 1 and _is_pipe(points[part == n])
    ]
    if pipes:
        rest = ~np.isin(part, pipes)
        own = [Cluster(index[part == n], points[part == n], 1, False) for n in pipes]
        return own + (_told_apart(index[rest], part[rest], patch) if rest.any() else [])
    large = numbers[counts * patch.voxel_mm3 >= SOLID_MM3]
    bodies = [n for n in large if _is_solid(index[part == n], patch)]
    if len(bodies) < 2 or len(bodies) < len(large):
        solid = len(bodies) == 1 and bool(counts[numbers == bodies[0]] >= SOLID_PART * len(index))
        return [Cluster(index, points, len(numbers), solid)]
    away = np.column_stack([cKDTree(points[part == n]).query(points)[0] for n in bodies])
    nearest = np.argmin(away, axis=1)
    return [
        Cluster(index[nearest == i], points[nearest == i], int(np.unique(part[nearest == i]).size), True)
        for i in range(len(bodies))
    ]


def _is_pipe(points: FloatArray) -> bool:
    """Whether a fragment is long and slender all along: a vessel, not a lesion's wall."""
    centred = points - points.mean(axis=0)
    spread = np.linalg.eigvalsh(centred.T @ centred / len(centred))
    return bool(np.sqrt(12 * spread[2]) > PIPE_MM and spread[2] > PIPE_RATIO**2 * spread[1])


def _is_solid(index: AnyArray, patch: Patch) -> bool:
    """Whether a fragment, its hollow filled, is neither thin nor long and fills a good part of its box."""
    from scipy import ndimage

    low = index.min(axis=0)
    inside = np.zeros(index.max(axis=0) - low + 3, dtype=bool)
    inside[tuple((index - low + 1).T)] = True
    full = np.argwhere(ndimage.binary_fill_holes(inside)) * np.array(patch.spacing_mm)
    centred = full - full.mean(axis=0)
    spread, turned = np.linalg.eigh(centred.T @ centred / len(centred))
    axes = np.sqrt(5 * np.maximum(spread, 0.1))
    box = float(np.prod(np.ptp(centred @ turned, axis=0) + float(np.mean(patch.spacing_mm))))
    round_enough = axes[0] >= THIN_MM and axes[2] <= LONG * axes[0]
    return bool(round_enough and len(full) * patch.voxel_mm3 >= SOLID_SHARE * box)
