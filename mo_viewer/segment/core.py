"""Native bone by its density and smoothness, where a lesion sits broadly on it."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.segment.distance import away_from, deeper_than, depth_in, within
from mo_viewer.segment.marrow import filled
from mo_viewer.segment.patch import Patch
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

CORE_SHARES = (0.4, 0.5, 0.6, 0.7, 0.78, 0.86)
CORE_REACH_MM = 26.0
LEAST_REST_MM3, LEAST_HEIGHT_MM = 150.0, 2.5
MOST_RESIDUE, NEARLY = 0.06, 0.93
COARSE_MM, BESIDE_MM = 1.3, 2.0
FAINT_HU, LEAST_FAINT_MM3 = 140.0, 30.0
CORE_RIM_MM, HALO_MM, MEANT_MM, MOST_MM = 0.45, 1.6, 3.0, 6.0


def dense_core(
    patch: Patch,
    smooth: AnyArray,
    bone: BoolArray,
    seeds: FloatArray,
    cortex_hu: float,
    shares: Sequence[float] = CORE_SHARES,
) -> tuple[BoolArray, float] | None:
    """Return native bone that is denser than the lesion on it, and the share of cortex HU that told them apart.

    At each threshold the bone is filled and opened; it must be smooth (opening removes little near the seeds) and
    something large must stand out from it. The first threshold is taken that frees nearly as much as any does: a
    lower one leaves most of the lesion in the bone, a higher one leaves cortex in the lesion (ALGORITHMS 11).
    None when no threshold does. The search runs on a grid of about 1.3 mm; what is as near to what stands out, and off
    the core, goes with it, so that of a thin shell no crumbs are left as bone.
    """
    from scipy import ndimage

    box = tuple(slice(max(0, s.start - 3), s.stop + 3) for s in ndimage.find_objects(bone.astype(np.int8))[0])
    offset = np.array([s.start for s in box])
    steps = np.array([max(1, round(COARSE_MM / s)) for s in patch.spacing_mm])
    thin = tuple(slice(None, None, int(s)) for s in steps)
    sampling = np.array(patch.spacing_mm) * steps
    mineral, values = bone[box][thin], smooth[box][thin]
    near = _near(patch, seeds, CORE_REACH_MM)[box][thin]
    places = (seeds - offset) / steps
    faint = _sizeable(smooth[thin] > FAINT_HU, float(np.prod(sampling)))
    reaches = [_from(seed / steps, faint, sampling) + MEANT_MM for seed in seeds]
    found = []
    for share in shares:
        away = _core_away(mineral & (values > share * cortex_hu), near, sampling)
        if away is None:
            continue
        rest = _standing_out(mineral, near, away, sampling)
        meant = _joined(rest, (values > FAINT_HU) & (away > CORE_RIM_MM))
        if rest.any() and all(_from(at, meant, sampling) <= reach for at, reach in zip(places, reaches, strict=True)):
            found.append((share, away, rest))
    if not found:
        return None
    most = max(np.count_nonzero(rest) for _, _, rest in found)
    share, away, rest = next(f for f in found if np.count_nonzero(f[2]) >= NEARLY * most)
    beside = within(rest, sampling, BESIDE_MM) & (away > HALO_MM)
    fine_away, fine_rest = (_spread(a.astype(np.float32), bone[box].shape, steps) for a in (away, rest | beside))
    whole = bone.copy()
    whole[box] = (bone[box] & (fine_rest < 0.5)) | (fine_away <= CORE_RIM_MM)
    return whole, share


def _core_away(dense: BoolArray, near: BoolArray, sampling: FloatArray) -> AnyArray | None:
    """Distance (mm, to `MOST_MM`) from the filled, opened bone above a threshold; None when opening takes too much."""
    full = filled(_closed(_main_parts(dense), 1.0, sampling))
    opened = _opened(full, 3.5, sampling)
    removed = int(np.count_nonzero(full & ~opened & near))
    if removed > MOST_RESIDUE * max(1, int(np.count_nonzero(full & near))) or not opened.any():
        return None
    inside = depth_in(opened, sampling, MOST_MM)
    return np.where(opened, -inside, away_from(opened, sampling, MOST_MM)) + 0.5 * float(sampling.min()) * np.where(
        opened, 1.0, -1.0
    )


def _spread(coarse: AnyArray, shape: tuple[int, ...], steps: AnyArray) -> AnyArray:
    """Linear samples of a thinned array on the full grid."""
    line = [np.arange(n) / s for n, s in zip(shape, steps, strict=True)]
    out = coarse
    for axis, at in enumerate(line):
        low = np.minimum(np.floor(at).astype(int), out.shape[axis] - 1)
        high = np.minimum(low + 1, out.shape[axis] - 1)
        shaped = (at - low).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(3)])
        out = np.take(out, low, axis) * (1 - shaped) + np.take(out, high, axis) * shaped
    return out


def _sizeable(inside: BoolArray, voxel_mm3: float) -> BoolArray:
    """Parts of some size: no grains of noise."""
    from scipy import ndimage

    labels, _ = ndimage.label(inside)
    sizes = np.bincount(labels.ravel()) * voxel_mm3
    kept: BoolArray = inside & (sizes >= LEAST_FAINT_MM3)[labels]
    return kept


def _joined(rest: BoolArray, faint: BoolArray) -> BoolArray:
    """What stands out from the bone with the faint core that belongs to it."""
    from scipy import ndimage

    labels, count = ndimage.label(faint | rest)
    chosen = np.zeros(count + 1, dtype=bool)
    chosen[labels[rest]] = True
    joined: BoolArray = chosen[labels]
    return joined


def _from(seed: FloatArray, inside: BoolArray, sampling: FloatArray) -> float:
    """Distance (mm) of a seed from the nearest voxel of a region; 0 where the region is empty."""
    points = np.argwhere(inside)
    return float(np.linalg.norm((points - seed) * sampling, axis=1).min()) if len(points) else 0.0


def _near(patch: Patch, seeds: FloatArray, reach_mm: float) -> BoolArray:
    z, r, c = patch.coordinates()
    near = np.zeros(patch.shape, dtype=bool)
    for seed in seeds * np.array(patch.spacing_mm):
        near |= (z - seed[0]) ** 2 + (r - seed[1]) ** 2 + (c - seed[2]) ** 2 <= reach_mm**2
    return near


def _main_parts(inside: BoolArray) -> BoolArray:
    """Parts of bone of at least a tenth of the largest."""
    from scipy import ndimage

    labels, count = ndimage.label(inside)
    if not count:
        return inside
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep: BoolArray = (sizes >= 0.1 * sizes.max())[labels] & inside
    return keep


def _closed(inside: BoolArray, by_mm: float, sampling: FloatArray) -> BoolArray:
    return inside | deeper_than(within(inside, sampling, by_mm), sampling, by_mm)


def _opened(inside: BoolArray, by_mm: float, sampling: FloatArray) -> BoolArray:
    """Opening; beyond the faces the region goes on as it is there."""
    pad = int(np.ceil(by_mm / float(sampling.min()))) + 1
    padded = np.pad(inside, pad, mode="edge")
    opened = within(deeper_than(padded, sampling, by_mm), sampling, by_mm)
    kept: BoolArray = opened[pad:-pad, pad:-pad, pad:-pad] & inside
    return kept


def _standing_out(mineral: BoolArray, near: BoolArray, away: AnyArray, sampling: FloatArray) -> BoolArray:
    """What stands out from the core near the seeds and is large enough for a lesion; blurred cortex does not, and what
    goes through from end to end is a bone beside it.
    """
    from scipy import ndimage

    labels, count = ndimage.label(mineral & (away > HALO_MM))
    if not count:
        return np.zeros(mineral.shape, dtype=bool)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    close = np.bincount(labels[near], minlength=count + 1)
    height = ndimage.maximum(away, labels, np.arange(count + 1))
    keep = (close > 0.5 * sizes) & (sizes * float(np.prod(sampling)) >= LEAST_REST_MM3) & (height >= LEAST_HEIGHT_MM)
    keep[_through(labels)] = False
    keep[0] = False
    foot = within(keep[labels], sampling, HALO_MM)
    rest: BoolArray = mineral & foot & (away > CORE_RIM_MM)
    return rest


def _through(labels: AnyArray) -> AnyArray:
    """Labels that reach both ends of the array along an axis."""
    both = [np.intersect1d(np.take(labels, 0, axis), np.take(labels, -1, axis)) for axis in range(labels.ndim)]
    return np.unique(np.concatenate(both))
