"""How far each voxel of a grid is from a region."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Box = tuple[slice, slice, slice]


def away_from(inside: BoolArray, spacing_mm: Iterable[float], most_mm: float = np.inf) -> AnyArray:
    """Return the distance (mm, float32) of voxel centres from the nearest centre inside; infinite where none is.

    What is farther than `most_mm` is given as that, which costs the less the nearer it is. Exact; several times
    faster than scipy's transform, which the tests hold it against.
    """
    steps = tuple(spacing_mm)
    box = box_round(inside, steps, most_mm)
    away: AnyArray = np.full(inside.shape, most_mm, dtype=np.float32)
    if box is not None:
        away[box] = _everywhere(inside[box], steps) if np.isinf(most_mm) else _near(inside[box], steps, most_mm)
        away[inside] = 0.0
    return away


def depth_in(inside: BoolArray, spacing_mm: Iterable[float], most_mm: float = np.inf) -> AnyArray:
    """Return the distance (mm, float32) of voxel centres from the nearest centre outside, at most `most_mm`.

    The grid's border is no outside: a region that fills the grid is infinitely deep.
    """
    if inside.all():
        return np.full(inside.shape, most_mm, dtype=np.float32)
    depth = np.zeros(inside.shape, dtype=np.float32)
    box = box_round(inside)
    if box is not None:
        depth[box] = away_from(~inside[box], spacing_mm, most_mm)
    return depth


def within(inside: BoolArray, spacing_mm: Iterable[float], by_mm: float) -> BoolArray:
    """Return the voxels whose centres are at most `by_mm` from the nearest centre inside.

    The same as ``away_from(...) <= by_mm``, by shifted logical ors; much faster while `by_mm` is a few voxels.
    """
    near = np.zeros(inside.shape, dtype=bool)
    steps = np.array(tuple(spacing_mm))
    box = box_round(inside, steps, by_mm)
    if box is None:
        return near
    slices, rows, columns = (int(n) for n in np.floor(by_mm / steps + 1e-6))
    lines = _widened(inside[box], columns)
    half = _half_widths(steps, by_mm, (slices, rows, columns))
    grown = np.zeros_like(lines[0])
    for z in range(slices + 1):
        layer = np.zeros_like(grown)
        for r in range(rows + 1):
            if half[z, r] >= 0:
                _take_in(layer, lines[half[z, r]], r, 1)
        _take_in(grown, layer, z, 0)
    near[box] = grown
    return near


def deeper_than(inside: BoolArray, spacing_mm: Iterable[float], by_mm: float) -> BoolArray:
    """Return the voxels inside whose centres are more than `by_mm` from the nearest centre outside (`depth_in`)."""
    deep = np.zeros(inside.shape, dtype=bool)
    box = box_round(inside)
    if box is not None:
        deep[box] = ~within(~inside[box], spacing_mm, by_mm)
    return deep


def box_round(inside: BoolArray, spacing_mm: Iterable[float] = (1.0, 1.0, 1.0), by_mm: float = 1.0) -> Box | None:
    """Return the part of a grid that holds a region and `by_mm` round it; None when the region is empty."""
    flat = np.asarray(inside.any(axis=0))
    rows, columns = np.flatnonzero(flat.any(axis=1)), np.flatnonzero(flat.any(axis=0))
    if not rows.size:
        return None
    lines = (np.flatnonzero(inside[:, rows[0] : rows[-1] + 1].any(axis=(1, 2))), rows, columns)
    more = [n if np.isinf(by_mm) else int(np.ceil(by_mm / s)) for n, s in zip(inside.shape, spacing_mm, strict=True)]
    z, r, c = (slice(max(0, int(line[0]) - m), int(line[-1]) + 1 + m) for line, m in zip(lines, more, strict=True))
    return z, r, c


def tree_of(points_mm: FloatArray) -> "cKDTree":
    """Return a search tree of (n, 3) points of a surface: plain halves are two to three times faster there."""
    from scipy.spatial import cKDTree

    return cKDTree(points_mm, leafsize=32, compact_nodes=False, balanced_tree=False)


def _everywhere(inside: BoolArray, steps: tuple[float, ...]) -> AnyArray:
    """All distances (Maurer 2003)."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(inside.astype(np.uint8))
    image.SetSpacing([float(s) for s in steps[::-1]])
    signed = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True)
    away: AnyArray = np.maximum(sitk.GetArrayFromImage(signed), 0.0)
    return away


def _near(inside: BoolArray, steps: tuple[float, ...], most_mm: float) -> AnyArray:
    """Distances up to a limit: along the first axis by counting, then squares, axis by axis the least over all steps
    that are no longer than the limit.
    """
    most = np.float32(most_mm) ** 2
    along = np.where(inside, np.float32(0), np.float32(np.inf))
    for known, nearer in ((along[1:], along[:-1]), (along[-2::-1], along[:0:-1])):
        for here, before in zip(known, nearer, strict=True):
            np.minimum(here, before + np.float32(steps[0]), out=here)
    squared = np.minimum(along * along, most)
    for axis, step in enumerate(steps[1:], start=1):
        known, least, farther = (np.moveaxis(a, axis, 0) for a in (squared, squared.copy(), np.empty_like(squared)))
        for n in range(1, min(int(most_mm / step), len(known) - 1) + 1):
            np.add(known, np.float32((n * step) ** 2), out=farther)
            np.minimum(least[n:], farther[:-n], out=least[n:])
            np.minimum(least[:-n], farther[n:], out=least[:-n])
        squared = np.moveaxis(least, 0, axis)
    away: AnyArray = np.sqrt(squared)
    return away


def _widened(inside: BoolArray, most: int) -> list[BoolArray]:
    """The region widened by 0, 1 ... `most` voxels both ways along the last axis."""
    lines = [inside]
    for n in range(1, most + 1):
        wider = lines[-1].copy()
        _take_in(wider, inside, n, 2)
        lines.append(wider)
    return lines


def _half_widths(steps: AnyArray, by_mm: float, most: tuple[int, int, int]) -> AnyArray:
    """How far a ball reaches along the last axis, in voxels, at each step along the others; -1 where it does not."""
    z, r, c = np.ogrid[: most[0] + 1, : most[1] + 1, : most[2] + 1]
    length = np.sqrt((z * steps[0]) ** 2 + (r * steps[1]) ** 2 + (c * steps[2]) ** 2)
    reached: AnyArray = np.count_nonzero(length.astype(np.float32) <= np.float32(by_mm), axis=2)
    return reached - 1


def _take_in(out: BoolArray, inside: BoolArray, by: int, axis: int) -> None:
    """Add a region, shifted both ways along an axis, to another."""
    if by == 0:
        out |= inside
        return
    to, source = np.moveaxis(out, axis, 0), np.moveaxis(inside, axis, 0)
    to[by:] |= source[:-by]
    to[:-by] |= source[by:]
