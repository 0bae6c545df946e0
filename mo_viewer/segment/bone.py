"""Native bone near a click, cut away from a lesion that touches it (ALGORITHMS 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mo_viewer.segment.bare_shaft import BareShaft, beyond, without_base
from mo_viewer.segment.core import LEAST_REST_MM3, dense_core
from mo_viewer.segment.distance import Box, away_from, box_round, deeper_than, depth_in, within
from mo_viewer.segment.marrow import enclosed_by, face_values, filled, leaving
from mo_viewer.segment.patch import Patch, mask_on
from mo_viewer.segment.pieces import pieces
from mo_viewer.segment.skeleton import BONE_HU, FALLBACK_CORTEX_HU, NativeBone
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

VALLEYS_HU = (250.0, 350.0, 450.0, 550.0, 650.0, 750.0, 900.0, 1050.0)
PART_REACH_MM = 22.0
LEAST_PART_MM3 = 30.0
BASIN_SHARE = 0.4
NEAR_CLICK_MM = 2.5
NOWHERE_MM = 1e3
HAZE_HU, HAZE_DEPTH_MM = 140.0, 2.0
"""The blurred border of bone is thinner than twice that (own choice)."""
STANDS_OUT_MM, LEAST_BASE_MM3 = 2.0, 50.0


@dataclass(frozen=True, eq=False)
class BoneCut:
    """Native bone on a patch, what it encloses, and how it was told from the lesion.

    `route` is far, free, valley, core, shaft or lost.
    """

    inside: BoolArray
    marrow: BoolArray
    route: str
    level: float = 0.0
    """HU of the valley, or the share of cortex HU, that told lesion and bone apart."""

    def holds_all(self, seeds: FloatArray) -> bool:
        """Whether all seeds ((n, 3) patch indices) lie in native bone."""
        last = np.array(self.inside.shape) - 1
        return bool(self.inside[tuple(np.clip(np.rint(seeds).astype(int), 0, last).T)].all())


def near_bone(
    patch: Patch, smooth: AnyArray, bone: NativeBone, seeds: FloatArray, like: BoneCut | None = None
) -> BoneCut:
    """Return native bone on a patch.

    `smooth` is the lightly smoothed patch (HU); `seeds` are (n, 3) patch indices that belong to the lesion; `like`
    is how they were told apart before, to be tried first.
    """
    known = mask_on(patch, bone.mask) if bone.mask.voxels else np.zeros(patch.shape, dtype=bool)
    mineral = smooth > BONE_HU
    box = box_round(mineral)
    if box is None or not known.any():
        return BoneCut(np.zeros_like(known), np.zeros_like(known), "far")
    near = _Mineral(patch, smooth[box], mineral[box], known[box], seeds - [side.start for side in box])
    inside, route, level = _told_apart(near, smooth, box, bone.cortex_hu or FALLBACK_CORTEX_HU, seeds, like)
    return BoneCut(inside, enclosed_by(inside, patch) & ~inside, route, level)


def on_shafts(patch: Patch, smooth: AnyArray, cut: BoneCut, shafts: Sequence[BareShaft], seeds: FloatArray) -> BoneCut:
    """Return native bone whose border under a lesion is where bare shafts go on.

    Where nothing else told a lesion from bone (`lost`), this does if what stands out at the seeds is large enough.
    """
    lost = cut.route == "lost"
    inside = without_base(patch, cut.inside, smooth > BONE_HU, shafts, seeds if lost else None)
    if lost and np.count_nonzero(cut.inside & ~inside) * patch.voxel_mm3 < LEAST_REST_MM3:
        return cut
    return BoneCut(inside, enclosed_by(inside, patch) & ~inside, "shaft" if lost else cut.route, cut.level)


def softer_mm3(patch: Patch, smooth: AnyArray, cut: BoneCut, half_hu: float) -> float:
    """Return how much of native bone lies below `half_hu` and off all that is denser: no blurred border (mm3)."""
    soft = cut.inside & (smooth < half_hu)
    off = soft & ~within(cut.inside & ~soft, patch.spacing_mm, STANDS_OUT_MM)
    return float(np.count_nonzero(off) * patch.voxel_mm3)


def with_its_base(patch: Patch, smooth: AnyArray, cut: BoneCut, shafts: Sequence[BareShaft]) -> BoneCut | None:
    """Return native bone without a lesion's base, where a valley ran through the lesion and not along the shaft.

    None where it ran along the shaft: hardly anything of the bone stands out from that under the lesion.
    """
    inside = without_base(patch, cut.inside, smooth > BONE_HU, shafts)
    base = cut.inside & ~inside & (beyond(patch, shafts) > STANDS_OUT_MM)
    if np.count_nonzero(base) * patch.voxel_mm3 < LEAST_BASE_MM3:
        return None
    return BoneCut(inside, enclosed_by(inside, patch) & ~inside, cut.route, cut.level)


@dataclass(frozen=True, eq=False)
class _Mineral:
    """The box that holds all that is as dense as bone, and a voxel round it where the patch goes on.

    `known` is the skeleton in it; `seeds` are indices in the box.
    """

    patch: Patch
    smooth: AnyArray
    inside: BoolArray
    known: BoolArray
    seeds: FloatArray

    @cached_property
    def from_seeds(self) -> list[FloatArray]:
        """Distance (mm) of each voxel, one after another, from each seed."""
        z, r, c = (np.arange(n) * s for n, s in zip(self.smooth.shape, self.patch.spacing_mm, strict=True))
        places = self.seeds * np.array(self.patch.spacing_mm)
        return [
            np.sqrt((z - at[0])[:, None, None] ** 2 + ((r - at[1])[:, None] ** 2 + (c - at[2]) ** 2)).ravel()
            for at in places
        ]


def _told_apart(
    near: _Mineral, smooth: AnyArray, box: Box, cortex_hu: float, seeds: FloatArray, like: BoneCut | None
) -> tuple[BoolArray, str, float]:
    def in_patch(found: BoolArray) -> BoolArray:
        out = np.zeros(smooth.shape, dtype=bool)
        out[box] = found
        return out

    parts = _parts(near, BONE_HU)
    native = parts.anchored[parts.labels]
    whole = in_patch(native)
    if not native.any():
        return whole, "far", 0.0
    if like is not None and like.route == "shaft":
        return whole, "lost", 0.0
    if like is not None and like.route == "core":
        again = dense_core(near.patch, smooth, whole, seeds, cortex_hu, (like.level,))
        if again is not None:
            return again[0], "core", again[1]
    marrow = filled(native) & ~native
    cavity = leaving(marrow)
    before = () if like is None or like.route != "valley" else (like.level,)
    for level in (*before, *VALLEYS_HU):
        apart = parts if level == BONE_HU else _parts(near, level)
        cut = None if apart.meant_is_bone() else _valley(near, native, marrow, cavity, apart, level)
        if cut is not None:
            return in_patch(cut), "free" if level == BONE_HU else "valley", level
    core = dense_core(near.patch, smooth, whole, seeds, cortex_hu)
    if core is not None:
        return core[0], "core", core[1]
    return whole, "lost" if _on_bone(near, native) and not _in_haze(near, smooth, seeds) else "free", 0.0


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


def _parts(near: _Mineral, level: float) -> _Parts:
    labels, count = pieces(near.smooth > level)
    size: FloatArray = np.bincount(labels.ravel(), minlength=count + 1) * np.float64(near.patch.voxel_mm3)
    reach = _reach(labels, count, near)
    return _Parts(labels, size, _anchored(labels, size, near, reach, level == BONE_HU), reach)


def _on_bone(near: _Mineral, bone: BoolArray) -> bool:
    """Whether the brightest voxel close to a seed is native bone."""
    points = np.argwhere(near.inside)
    for seed in near.seeds:
        close = points[np.linalg.norm((points - seed) * near.patch.spacing_mm, axis=1) <= NEAR_CLICK_MM]
        if len(close) and bone[tuple(close[np.argmax(near.smooth[tuple(close.T)])])]:
            return True
    return False


def _in_haze(near: _Mineral, smooth: AnyArray, seeds: FloatArray) -> bool:
    """Whether every seed ((n, 3) patch indices) lies amid what is calcified and not as dense as bone."""
    hazy = deeper_than((smooth > HAZE_HU) & (smooth <= BONE_HU), near.patch.spacing_mm, HAZE_DEPTH_MM)
    points = np.argwhere(hazy)
    away = [np.linalg.norm((points - seed) * near.patch.spacing_mm, axis=1).min(initial=np.inf) for seed in seeds]
    return bool(max(away) <= NEAR_CLICK_MM)


def distance_to(patch: Patch, inside: BoolArray, most_mm: float = np.inf) -> AnyArray:
    """Return the signed distance to a region of the patch, mm, negative inside (float32), to about `most_mm`."""
    if not inside.any():
        return np.full(patch.shape, min(most_mm, NOWHERE_MM), dtype=np.float32)
    half = 0.5 * min(patch.spacing_mm)
    outer, inner = away_from(inside, patch.spacing_mm, most_mm), depth_in(inside, patch.spacing_mm, most_mm)
    return np.where(inside, half - inner, outer - half).astype(np.float32)


def near_to(patch: Patch, inside: BoolArray, by_mm: float) -> BoolArray:
    """Return where the signed distance to a region of the patch is at most `by_mm`."""
    return within(inside, patch.spacing_mm, by_mm + 0.5 * min(patch.spacing_mm))


def _anchored(labels: AnyArray, size: FloatArray, near: _Mineral, reach: FloatArray, whole: bool) -> BoolArray:
    """Which parts are surely bone: of the skeleton and leaving the patch, or (`whole`) separate and off the clicks."""
    overlap = np.bincount(labels[near.known], minlength=size.size) * near.patch.voxel_mm3
    leaving = np.zeros(size.size, dtype=bool)
    leaving[face_values(labels)] = True
    bone = (overlap > LEAST_PART_MM3) & leaving
    if whole:
        bone |= (overlap > 0.4 * size) & (size > 500.0) & (reach.min(axis=0) > 4.0)
    bone[0] = False
    return bone


def _reach(labels: AnyArray, count: int, near: _Mineral) -> FloatArray:
    """(seeds, count + 1) distance of each part from each seed, mm."""
    at = np.flatnonzero(labels)
    which = labels.ravel()[at]
    nearest = np.full((len(near.seeds), count + 1), np.inf)
    for row, away in zip(nearest, near.from_seeds, strict=True):
        np.minimum.at(row, which, away[at])
    return nearest


def _valley(
    near: _Mineral, whole: BoolArray, marrow: BoolArray, cavity: BoolArray, parts: _Parts, level: float
) -> BoolArray | None:
    """Split the mineral along its darkest lines between bone and the parts around the click; None when that fails.

    A part whose basin borders on the marrow that leaves the patch (`cavity`) is a piece of cortex, not a lesion.
    """
    from skimage.segmentation import watershed

    bone = parts.anchored[parts.labels]
    part = ~parts.anchored & (parts.size_mm3 >= LEAST_PART_MM3) & (parts.reach_mm.min(axis=0) <= PART_REACH_MM)
    part[0] = False
    enclosed = np.bincount(parts.labels[marrow], minlength=part.size) * near.patch.voxel_mm3
    part &= enclosed < 0.5 * parts.size_mm3
    lesion = part[parts.labels]
    if not lesion.any() or not bone.any():
        return None
    markers = np.where(bone, 1, np.where(lesion, 2, 0)).astype(np.int32)
    basins = markers if level == BONE_HU else watershed(-near.smooth, markers, mask=near.inside)
    basin = basins == 2
    if lesion.sum() < BASIN_SHARE * basin.sum() or _borders(basin, cavity, near.patch):
        return None
    cut: BoolArray = (basins == 1) | (whole & ~basin)
    return cut


def _borders(basin: BoolArray, cavity: BoolArray, patch: Patch) -> bool:
    contact = within(basin, (1.0, 1.0, 1.0), 1.0) & cavity
    return bool(np.count_nonzero(contact) * patch.voxel_mm3 > 10.0)
