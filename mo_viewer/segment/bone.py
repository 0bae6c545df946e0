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
CORE_RIM_MM, LEAST_HEIGHT_MM = 0.6, 2.5


@dataclass(frozen=True, eq=False)
class BoneCut:
    """Native bone on a patch, and how it was told from the lesion: far, free, valley, core, or lost."""

    inside: BoolArray
    route: str


def near_bone(patch: Patch, smooth: AnyArray, bone: NativeBone, seeds: FloatArray) -> BoneCut:
    """Return native bone on a patch.

    `smooth` is the lightly smoothed patch (HU); `seeds` are (n, 3) patch indices that belong to the lesion.
    """
    known = mask_on(patch, bone.mask) if bone.mask.voxels else np.zeros(patch.shape, dtype=bool)
    if not known.any():
        return BoneCut(known, "far")
    mineral = smooth > BONE_HU
    for level in VALLEYS_HU:
        parts = _parts(patch, smooth, level, known, seeds)
        if level == BONE_HU:
            whole = parts.anchored[parts.labels]
            if not whole.any():
                return BoneCut(whole, "far")
            marrow = _filled(whole) & ~whole
        if parts.meant_is_bone():
            continue
        cut = _valley(patch, smooth, mineral, whole, marrow, parts)
        if cut is not None:
            return BoneCut(cut, "free" if level == BONE_HU else "valley")
    core = _core(patch, smooth, whole, seeds, bone.cortex_hu or FALLBACK_CORTEX_HU)
    if core is not None:
        return BoneCut(core, "core")
    return BoneCut(whole, "lost" if _on_bone(patch, smooth, whole, seeds) else "free")


@dataclass(frozen=True, eq=False)
class _Parts:
    """Connected parts above a level: labels, size (mm3), which are surely bone, distance from each seed (mm)."""

    labels: AnyArray
    size_mm3: FloatArray
    anchored: BoolArray
    reach_mm: FloatArray

    def meant_is_bone(self) -> bool:
        """Whether the part nearest to a seed, dust left out, is bone (or there is none)."""
        reach = np.where(self.size_mm3 >= LEAST_PART_MM3, self.reach_mm, np.inf)
        reach[:, 0] = np.inf
        nearest = np.argmin(reach, axis=1)
        far = ~np.isfinite(reach[np.arange(len(reach)), nearest])
        return bool(np.any(self.anchored[nearest] | far))


def _parts(patch: Patch, smooth: AnyArray, level: float, known: BoolArray, seeds: FloatArray) -> _Parts:
    from scipy import ndimage

    labels, count = ndimage.label(smooth > level)
    size: FloatArray = np.bincount(labels.ravel(), minlength=count + 1) * np.float64(patch.voxel_mm3)
    reach = _reach(labels, count, patch, seeds)
    return _Parts(labels, size, _anchored(labels, size, known, patch, reach, level == BONE_HU), reach)


def _on_bone(patch: Patch, smooth: AnyArray, bone: BoolArray, seeds: FloatArray) -> bool:
    """Whether the brightest voxel close to a seed is native bone."""
    points = np.argwhere(smooth > BONE_HU)
    for seed in seeds:
        close = points[np.linalg.norm((points - seed) * patch.spacing_mm, axis=1) <= NEAR_CLICK_MM]
        if len(close) and bone[tuple(close[np.argmax(smooth[tuple(close.T)])])]:
            return True
    return False


def distance_to(patch: Patch, inside: BoolArray) -> AnyArray:
    """Return the signed distance to a region of the patch, mm, negative inside (float32)."""
    from scipy import ndimage

    if not inside.any():
        return np.full(patch.shape, 1e3, dtype=np.float32)
    half = 0.5 * min(patch.spacing_mm)
    outer = ndimage.distance_transform_edt(~inside, sampling=patch.spacing_mm)
    inner = ndimage.distance_transform_edt(inside, sampling=patch.spacing_mm)
    return np.where(inside, half - inner, outer - half).astype(np.float32)


def _anchored(
    labels: AnyArray, size: FloatArray, known: BoolArray, patch: Patch, reach: FloatArray, whole: bool
) -> BoolArray:
    """Which parts are surely bone: of the skeleton and leaving the patch, or (`whole`) separate and off the clicks."""
    overlap = np.bincount(labels[known], minlength=size.size) * patch.voxel_mm3
    leaving = np.zeros(size.size, dtype=bool)
    leaving[_face_values(labels)] = True
    bone = (overlap > LEAST_PART_MM3) & leaving
    if whole:
        bone |= (overlap > 0.4 * size) & (size > 500.0) & (reach.min(axis=0) > 4.0)
    bone[0] = False
    return bone


def _face_values(labels: AnyArray) -> AnyArray:
    faces = [labels[0], labels[-1], labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]]
    return np.unique(np.concatenate([face.ravel() for face in faces]))


def _reach(labels: AnyArray, count: int, patch: Patch, seeds: FloatArray) -> FloatArray:
    """(seeds, count + 1) distance of each part from each seed, mm."""
    points = np.argwhere(labels)
    which = labels[tuple(points.T)]
    nearest = np.full((len(seeds), count + 1), np.inf)
    for row, seed in zip(nearest, seeds, strict=True):
        np.minimum.at(row, which, np.linalg.norm((points - seed) * patch.spacing_mm, axis=1))
    return nearest


def _valley(
    patch: Patch, smooth: AnyArray, mineral: BoolArray, whole: BoolArray, marrow: BoolArray, parts: _Parts
) -> BoolArray | None:
    """Split the mineral along its darkest lines between bone and the parts around the click; None when that fails.

    A part whose basin borders on the marrow is a piece of cortex, not a lesion.
    """
    from skimage.segmentation import watershed

    bone = parts.anchored[parts.labels]
    part = ~parts.anchored & (parts.size_mm3 >= LEAST_PART_MM3) & (parts.reach_mm.min(axis=0) <= PART_REACH_MM)
    part[0] = False
    enclosed = np.bincount(parts.labels[marrow], minlength=part.size) * patch.voxel_mm3
    part &= enclosed < 0.5 * parts.size_mm3
    lesion = part[parts.labels]
    if not lesion.any() or not bone.any():
        return None
    markers = np.where(bone, 1, np.where(lesion, 2, 0)).astype(np.int32)
    basins = watershed(-smooth, markers, mask=mineral)
    basin = basins == 2
    if lesion.sum() < BASIN_SHARE * basin.sum() or _borders(basin, _leaving_parts(marrow), patch):
        return None
    cut: BoolArray = (basins == 1) | (whole & ~basin)
    return cut


def _leaving_parts(marrow: BoolArray) -> BoolArray:
    """Marrow that leaves the patch inside its bone; the core of an eggshell on the cortex does not."""
    from scipy import ndimage

    labels, count = ndimage.label(marrow)
    leaves = np.zeros(count + 1, dtype=bool)
    leaves[_face_values(labels)] = True
    leaves[0] = False
    cavity: BoolArray = leaves[labels]
    return cavity


def _borders(basin: BoolArray, cavity: BoolArray, patch: Patch) -> bool:
    from scipy import ndimage

    contact = ndimage.binary_dilation(basin) & cavity
    return bool(np.count_nonzero(contact) * patch.voxel_mm3 > 10.0)


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
    for edge, line in (
        (padded[0], flat[0]),
        (padded[-1], flat[-1]),
        (padded[:, 0], flat[:, 0]),
        (padded[:, -1], flat[:, -1]),
    ):
        at = np.flatnonzero(line)
        if at.size:
            edge[at[0] + 1 : at[-1] + 2] = True
    return padded


def _core(patch: Patch, smooth: AnyArray, bone: BoolArray, seeds: FloatArray, cortex_hu: float) -> BoolArray | None:
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
        if np.count_nonzero(full & ~opened & near) > MOST_RESIDUE * max(1, int(np.count_nonzero(full & near))):
            continue
        away = _away(opened, patch)
        core = away <= CORE_RIM_MM
        at = np.rint(seeds - offset).astype(int)
        if any(core[tuple(np.clip(p, 0, np.array(core.shape) - 1))] for p in at):
            continue
        rest = _largest_near(mineral & ~core, near, away, patch)
        if not rest.any():
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


def _away(inside: BoolArray, patch: Patch) -> AnyArray:
    from scipy import ndimage

    if not inside.any():
        return np.full(inside.shape, np.inf)
    away: AnyArray = ndimage.distance_transform_edt(~inside, sampling=patch.spacing_mm)
    return away


def _grown(inside: BoolArray, by_mm: float, patch: Patch) -> BoolArray:
    grown: BoolArray = _away(inside, patch) <= by_mm
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


def _largest_near(inside: BoolArray, near: BoolArray, away: AnyArray, patch: Patch) -> BoolArray:
    """Parts that lie mostly near the seeds, are large enough to be a lesion's, and stand out from the bone."""
    from scipy import ndimage

    labels, count = ndimage.label(inside)
    if not count:
        return inside
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    close = np.bincount(labels[near], minlength=count + 1)
    height = ndimage.maximum(away, labels, np.arange(count + 1))
    keep = (close > 0.5 * sizes) & (sizes * patch.voxel_mm3 >= LEAST_REST_MM3) & (height >= LEAST_HEIGHT_MM)
    keep[0] = False
    kept: BoolArray = keep[labels]
    return kept
