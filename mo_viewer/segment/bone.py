"""Native bone near a click, cut away from a lesion that touches it (ALGORITHMS 11)."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.segment.patch import Patch, mask_on
from mo_viewer.segment.skeleton import BONE_HU, FALLBACK_CORTEX_HU, NativeBone
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

VALLEYS_HU = (250.0, 350.0, 450.0, 550.0, 650.0, 750.0, 900.0, 1050.0)
CORE_SHARES = (0.4, 0.5, 0.6, 0.7)
PART_REACH_MM, CORE_REACH_MM = 22.0, 26.0
LEAST_PART_MM3, LEAST_REST_MM3 = 30.0, 150.0
BASIN_SHARE, MOST_RESIDUE = 0.4, 0.06
NEAR_CLICK_MM = 2.5
CORE_RIM_MM = 0.6


@dataclass(frozen=True, eq=False)
class BoneCut:
    """Native bone on a patch, and how it was told from the lesion: far, free, valley, core, or lost."""

    inside: BoolArray
    route: str


def near_bone(patch: Patch, smooth: AnyArray, bone: NativeBone, seeds: FloatArray, low_hu: float) -> BoneCut:
    """Return native bone on a patch.

    Parameters
    ----------
    smooth
        Lightly smoothed HU on the patch.
    seeds
        (n, 3) patch indices that belong to the lesion.
    low_hu
        What counts as calcified at the least.
    """
    from scipy import ndimage

    known = mask_on(patch, bone.mask) if bone.mask.voxels else np.zeros(patch.shape, dtype=bool)
    if not known.any():
        return BoneCut(known, "far")
    own = [_own_voxel(patch, smooth, seed, low_hu) for seed in seeds]
    own = [voxel for voxel in own if voxel is not None]
    mineral = smooth > BONE_HU
    for level in VALLEYS_HU:
        labels, count = ndimage.label(smooth > level)
        anchored = _anchored(labels, count, known, patch, seeds, level == BONE_HU)
        bright = [voxel for voxel in own if smooth[voxel] > level]
        if level > BONE_HU and not bright:
            break
        if any(anchored[labels[voxel]] for voxel in bright):
            continue
        cut = _valley(patch, smooth, mineral, labels, anchored, seeds)
        if cut is not None:
            return BoneCut(cut, "free" if level == BONE_HU else "valley")
    labels, count = ndimage.label(mineral)
    anchored = _anchored(labels, count, known, patch, seeds, True)
    core = _core(patch, smooth, anchored[labels], seeds, bone.cortex_hu or FALLBACK_CORTEX_HU)
    return BoneCut(core, "core") if core is not None else BoneCut(anchored[labels], "lost")


def distance_to(patch: Patch, inside: BoolArray) -> AnyArray:
    """Return the signed distance to a region of the patch, mm, negative inside (float32)."""
    from scipy import ndimage

    if not inside.any():
        return np.full(patch.shape, 1e3, dtype=np.float32)
    half = 0.5 * min(patch.spacing_mm)
    outer = ndimage.distance_transform_edt(~inside, sampling=patch.spacing_mm)
    inner = ndimage.distance_transform_edt(inside, sampling=patch.spacing_mm)
    return np.where(inside, half - inner, outer - half).astype(np.float32)


def _own_voxel(patch: Patch, smooth: AnyArray, seed: FloatArray, low_hu: float) -> tuple[int, int, int] | None:
    """The brightest voxel close to a seed, or the nearest calcified one when the seed lies in an empty core."""
    points = np.argwhere(smooth > low_hu)
    if not len(points):
        return None
    away = np.linalg.norm((points - seed) * patch.spacing_mm, axis=1)
    close = points[away <= max(NEAR_CLICK_MM, float(away.min()) + 1.0)]
    best = close[np.argmax(smooth[tuple(close.T)])]
    return int(best[0]), int(best[1]), int(best[2])


def _anchored(
    labels: AnyArray, count: int, known: BoolArray, patch: Patch, seeds: FloatArray, whole: bool
) -> BoolArray:
    """Which parts are surely bone: of the skeleton and leaving the patch, or (`whole`) separate and off the clicks."""
    overlap = np.bincount(labels[known], minlength=count + 1) * patch.voxel_mm3
    leaving = np.zeros(count + 1, dtype=bool)
    faces = [labels[0], labels[-1], labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]]
    leaving[np.unique(np.concatenate([face.ravel() for face in faces]))] = True
    bone = (overlap > LEAST_PART_MM3) & leaving
    if whole:
        size = np.bincount(labels.ravel(), minlength=count + 1) * patch.voxel_mm3
        bone |= (overlap > 0.4 * size) & (size > 500.0) & (_reach(labels, count, patch, seeds) > 4.0)
    bone[0] = False
    return bone


def _reach(labels: AnyArray, count: int, patch: Patch, seeds: FloatArray) -> FloatArray:
    """(count + 1,) distance of each part from the nearest seed, mm."""
    points = np.argwhere(labels)
    away = np.full(len(points), np.inf)
    for seed in seeds:
        away = np.minimum(away, np.linalg.norm((points - seed) * patch.spacing_mm, axis=1))
    nearest = np.full(count + 1, np.inf)
    np.minimum.at(nearest, labels[tuple(points.T)], away)
    return nearest


def _valley(
    patch: Patch, smooth: AnyArray, mineral: BoolArray, labels: AnyArray, anchored: BoolArray, seeds: FloatArray
) -> BoolArray | None:
    """Split the mineral along its darkest lines between bone and the parts around the click."""
    from skimage.segmentation import watershed

    bone = anchored[labels]
    size = np.bincount(labels.ravel(), minlength=anchored.size) * patch.voxel_mm3
    part = ~anchored & (size >= LEAST_PART_MM3) & (_reach(labels, anchored.size - 1, patch, seeds) <= PART_REACH_MM)
    part[0] = False
    marrow = _filled(bone)
    enclosed = np.bincount(labels[marrow], minlength=anchored.size) * patch.voxel_mm3
    part &= enclosed < 0.5 * size
    lesion = part[labels]
    markers = np.where(bone, 1, np.where(lesion, 2, 0)).astype(np.int32)
    if not lesion.any() or not bone.any():
        return bone | (marrow & mineral)
    basins = watershed(-smooth, markers, mask=mineral)
    if lesion.sum() < BASIN_SHARE * np.count_nonzero(basins == 2):
        return None
    cut: BoolArray = (basins == 1) | (marrow & mineral & (basins != 2))
    return cut


def _filled(bone: BoolArray) -> BoolArray:
    """Bone with its marrow: holes of slices in at least two of the three directions, faces it leaves by capped."""
    from scipy import ndimage

    votes = np.zeros(bone.shape, dtype=np.int8)
    for axis in range(3):
        turned = np.moveaxis(bone, axis, 0)
        out = np.moveaxis(votes, axis, 0)
        for k in range(turned.shape[0]):
            if turned[k].any():
                out[k] += ndimage.binary_fill_holes(_capped(turned[k]))[1:-1, 1:-1]
    full: BoolArray = (votes >= 2) | bone
    return full


def _capped(flat: BoolArray) -> BoolArray:
    """A slice with a border in which the gap between the outermost bone pixels of each side is closed."""
    padded = np.pad(flat, 1)
    for edge, line in ((padded[0], flat[0]), (padded[-1], flat[-1]), (padded[:, 0], flat[:, 0]), (padded[:, -1], flat[:, -1])):
        at = np.flatnonzero(line)
        if at.size:
            edge[at[0] + 1 : at[-1] + 2] = True
    return padded


def _core(
    patch: Patch, smooth: AnyArray, bone: BoolArray, seeds: FloatArray, cortex_hu: float
) -> BoolArray | None:
    """Bone denser than the lesion that sits on it: the first threshold whose filled bone is smooth (opening)."""
    from scipy import ndimage

    box = tuple(slice(max(0, s.start - 3), s.stop + 3) for s in ndimage.find_objects(bone.astype(np.int8))[0])
    near = _near(patch, seeds, CORE_REACH_MM)[box]
    offset = np.array([s.start for s in box])
    mineral, values = bone[box], smooth[box]
    for share in CORE_SHARES:
        dense = _leaving(mineral & (values > share * cortex_hu))
        full = _filled(_grown(dense, 1.0, patch) & ~_rind(dense, 1.0, patch))
        opened = _opened(full, 3.5, patch)
        if np.count_nonzero(full & ~opened & near) > MOST_RESIDUE * max(1, np.count_nonzero(full & near)):
            continue
        core = _grown(opened, CORE_RIM_MM, patch)
        at = np.rint(seeds - offset).astype(int)
        if any(core[tuple(np.clip(p, 0, np.array(core.shape) - 1))] for p in at):
            continue
        rest = _largest_near(mineral & ~core, near, patch)
        if np.count_nonzero(rest) * patch.voxel_mm3 < LEAST_REST_MM3:
            continue
        whole = bone.copy()
        whole[box] = (mineral & ~rest) | core
        return whole
    return None


def _near(patch: Patch, seeds: FloatArray, reach_mm: float) -> BoolArray:
    z, r, c = patch.coordinates()
    near = np.zeros(patch.shape, dtype=bool)
    for seed in seeds * np.array(patch.spacing_mm):
        near |= (z - seed[0]) ** 2 + (r - seed[1]) ** 2 + (c - seed[2]) ** 2 <= reach_mm**2
    return near


def _leaving(inside: BoolArray) -> BoolArray:
    """Parts of bone of at least a tenth of the largest."""
    from scipy import ndimage

    labels, count = ndimage.label(inside)
    if not count:
        return inside
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep: BoolArray = (sizes >= 0.1 * sizes.max())[labels] & inside
    return keep


def _grown(inside: BoolArray, by_mm: float, patch: Patch) -> BoolArray:
    from scipy import ndimage

    if not inside.any():
        return inside
    grown: BoolArray = ndimage.distance_transform_edt(~inside, sampling=patch.spacing_mm) <= by_mm
    return grown


def _rind(inside: BoolArray, by_mm: float, patch: Patch) -> BoolArray:
    """What growing adds and shrinking takes away again (closing = grown without its rind)."""
    from scipy import ndimage

    grown = _grown(inside, by_mm, patch)
    rind: BoolArray = grown & ~inside & (ndimage.distance_transform_edt(grown, sampling=patch.spacing_mm) <= by_mm)
    return rind


def _opened(inside: BoolArray, by_mm: float, patch: Patch) -> BoolArray:
    """Opening; beyond the faces the region goes on as it is there."""
    from scipy import ndimage

    pad = int(np.ceil(by_mm / min(patch.spacing_mm))) + 1
    padded = np.pad(inside, pad, mode="edge")
    shrunk = ndimage.distance_transform_edt(padded, sampling=patch.spacing_mm) > by_mm
    opened = _grown(shrunk, by_mm, patch)
    kept: BoolArray = opened[pad:-pad, pad:-pad, pad:-pad] & inside
    return kept


def _largest_near(inside: BoolArray, near: BoolArray, patch: Patch) -> BoolArray:
    """Parts that lie mostly near the seeds and are large enough to be a lesion's."""
    from scipy import ndimage

    labels, count = ndimage.label(inside)
    if not count:
        return inside
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    close = np.bincount(labels[near], minlength=count + 1)
    keep = (close > 0.5 * sizes) & (sizes * patch.voxel_mm3 >= LEAST_REST_MM3)
    keep[0] = False
    kept: BoolArray = keep[labels]
    return kept
