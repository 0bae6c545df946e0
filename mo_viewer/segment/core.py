"""Native bone by its density and smoothness, where a lesion sits broadly on it."""

import numpy as np

from mo_viewer.segment.marrow import filled
from mo_viewer.segment.patch import Patch
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

CORE_SHARES = (0.4, 0.5, 0.6, 0.7, 0.78, 0.86)
CORE_REACH_MM = 26.0
LEAST_REST_MM3, LEAST_HEIGHT_MM = 150.0, 2.5
MOST_RESIDUE = 0.06
CORE_RIM_MM, HALO_MM, MEANT_MM = 0.6, 1.6, 3.0


def dense_core(
    patch: Patch, smooth: AnyArray, bone: BoolArray, seeds: FloatArray, cortex_hu: float
) -> BoolArray | None:
    """Return native bone that is denser than the lesion on it, or None when no threshold tells them apart.

    The first threshold is taken at which the filled bone is smooth (opening removes little of it) and something
    large stands out from it (ALGORITHMS 11, "dense core").
    """
    from scipy import ndimage

    box = tuple(slice(max(0, s.start - 3), s.stop + 3) for s in ndimage.find_objects(bone.astype(np.int8))[0])
    near = _near(patch, seeds, CORE_REACH_MM)[box]
    offset = np.array([s.start for s in box])
    mineral, values = bone[box], smooth[box]
    for share in CORE_SHARES:
        dense = _main_parts(mineral & (values > share * cortex_hu))
        full = filled(_closed(dense, 1.0, patch))
        opened = _opened(full, 3.5, patch)
        if np.count_nonzero(full & ~opened & near) > MOST_RESIDUE * max(1, int(np.count_nonzero(full & near))):
            continue
        away = _away(opened, patch)
        core = away <= CORE_RIM_MM
        rest = _standing_out(mineral, near, away, patch)
        if not rest.any() or not all(_meant(seed - offset, core, rest, patch) for seed in seeds):
            continue
        whole = bone.copy()
        whole[box] = (mineral & ~rest) | core
        return whole
    return None


def _meant(seed: FloatArray, core: BoolArray, rest: BoolArray, patch: Patch) -> bool:
    """Whether a seed lies off the bone, or so close to what stands out from it that this was meant."""
    at = np.clip(np.rint(seed).astype(int), 0, np.array(core.shape) - 1)
    if not core[tuple(at)]:
        return True
    away = np.linalg.norm((np.argwhere(rest) - seed) * patch.spacing_mm, axis=1)
    return bool(away.min() <= MEANT_MM)


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


def _away(inside: BoolArray, patch: Patch) -> AnyArray:
    from scipy import ndimage

    if not inside.any():
        return np.full(inside.shape, np.inf)
    away: AnyArray = ndimage.distance_transform_edt(~inside, sampling=patch.spacing_mm)
    return away


def _grown(inside: BoolArray, by_mm: float, patch: Patch) -> BoolArray:
    grown: BoolArray = _away(inside, patch) <= by_mm
    return grown


def _closed(inside: BoolArray, by_mm: float, patch: Patch) -> BoolArray:
    from scipy import ndimage

    grown = _grown(inside, by_mm, patch)
    closed: BoolArray = inside | (ndimage.distance_transform_edt(grown, sampling=patch.spacing_mm) > by_mm)
    return closed


def _opened(inside: BoolArray, by_mm: float, patch: Patch) -> BoolArray:
    """Opening; beyond the faces the region goes on as it is there."""
    from scipy import ndimage

    pad = int(np.ceil(by_mm / min(patch.spacing_mm))) + 1
    padded = np.pad(inside, pad, mode="edge")
    shrunk = ndimage.distance_transform_edt(padded, sampling=patch.spacing_mm) > by_mm
    opened = _grown(shrunk, by_mm, patch)
    kept: BoolArray = opened[pad:-pad, pad:-pad, pad:-pad] & inside
    return kept


def _standing_out(mineral: BoolArray, near: BoolArray, away: AnyArray, patch: Patch) -> BoolArray:
    """What stands out from the core near the seeds and is large enough for a lesion; blurred cortex does not."""
    from scipy import ndimage

    labels, count = ndimage.label(mineral & (away > HALO_MM))
    if not count:
        return np.zeros(mineral.shape, dtype=bool)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    close = np.bincount(labels[near], minlength=count + 1)
    height = ndimage.maximum(away, labels, np.arange(count + 1))
    keep = (close > 0.5 * sizes) & (sizes * patch.voxel_mm3 >= LEAST_REST_MM3) & (height >= LEAST_HEIGHT_MM)
    keep[0] = False
    foot = _grown(keep[labels], HALO_MM, patch)
    rest: BoolArray = mineral & foot & (away > CORE_RIM_MM)
    return rest
