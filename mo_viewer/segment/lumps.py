"""Lesions fused to a bone's wide end, where no outline and no ring of cortex tells them from it (`shafts`, `walls`).

An end is a thin shell of cortex round spongy bone. Nothing there is both dense and thick, but for the cortex of shafts,
which is harder than lesions are; and nothing there is hollow and bulges into soft tissue (ALGORITHMS 11, 12).
"""

from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.segment.distance import Box, box_round, deeper_than, within
from mo_viewer.segment.marrow import filled
from mo_viewer.segment.patch import Patch
from mo_viewer.volume.arrays import AnyArray, BoolArray

BONE_HU, CORTEX_PERCENTILE, HARD_SHARE, HARD_RIDGES, HARD_HU = 250.0, 95.0, 0.6, 1.6, 850.0
"""Shafts' cortex: above a share of the densest bone; where a stack has ends only, above so many times their cortex."""
INSIDE_MM, SKIN_MM, EVERY, LEAST_INSIDE_MM3 = 4.5, 2.0, 7, 2000.0
RISE, LOW_RISE = 0.75, 0.45
"""Shares of the way from spongy bone to cortex: what lies above is dense, and how far a dense body goes on."""
THICK_MM, ABOUT_MM, FLARE_MM, UNDER_MM = 3.7, 2.0, 2.0, 3.0
"""A dense body holds a ball of radius `THICK_MM`; hardly any part of a bare end does (sclerosis, blurred joints)."""
RIM_HU, HOLLOW_REACH_MM = 140.0, 20.0
LEAST_SPONGE_HU, SOFT_SHARE, HOLLOW_SHARE, FAT_HU, LEAST_HOLLOW_MM3 = 130.0, 0.8, 0.6, 20.0, 60.0
CORE_MM, RIM_MM, SPONGE_MM, WALL_MM = 1.8, 4.0, 2.4, 2.0
SOLID_RING_MM, SOLID_BULGES = (2.0, 5.0), 0.5
HOLLOW_RING_MM, HOLLOW_BULGES = (4.0, 8.0), 0.5
"""How much of a ring about a body is no bone: sclerosis below a joint reached 0.47, a joint's gap 0.36."""


@dataclass(frozen=True, eq=False)
class Lumps:
    """What is dense and thick, or hollow, on the ends of bones, and the bone just under it."""

    bumps: BoolArray
    under: BoolArray


@dataclass(frozen=True)
class _Levels:
    """HU of spongy bone and of cortex at the ends, and above which only a shaft's cortex lies."""

    sponge: float
    cortex: float
    hard: float

    def between(self, share: float) -> float:
        return self.sponge + share * (self.cortex - self.sponge)


def lumps(patch: Patch, smooth: AnyArray, full: BoolArray, known: BoolArray) -> Lumps:
    """Return lumps; `smooth` is the smoothed patch (HU), `full` the skeleton with its marrow.

    What is `known` (shafts and what grows on them) is left out.
    """
    bumps, under = np.zeros(patch.shape, dtype=bool), np.zeros(patch.shape, dtype=bool)
    box = box_round(full & ~known, patch.spacing_mm, HOLLOW_REACH_MM)
    if box is not None:
        near = replace(patch, hu=patch.hu[box])
        bumps[box], under[box] = _in_box(near, smooth[box], full[box], known[box])
    return Lumps(bumps, under)


def _in_box(patch: Patch, smooth: AnyArray, full: BoolArray, known: BoolArray) -> tuple[BoolArray, BoolArray]:
    none = np.zeros(full.shape, dtype=bool)
    at = _levels(patch, smooth, full, known)
    if at is None:
        return none, none
    bumps = (_solid(patch, smooth, full, known, at) | _hollow(patch, smooth, full, at)) & ~known
    if not bumps.any():
        return none, none
    return bumps, full & ~bumps & within(bumps, patch.spacing_mm, UNDER_MM)


def _levels(patch: Patch, smooth: AnyArray, full: BoolArray, known: BoolArray) -> _Levels | None:
    ends = full & ~known
    inside = deeper_than(full, patch.spacing_mm, INSIDE_MM) & ends
    if np.count_nonzero(inside) * patch.voxel_mm3 < LEAST_INSIDE_MM3:
        return None
    skin = np.argwhere(ends & ~deeper_than(full, patch.spacing_mm, SKIN_MM))[::EVERY]
    last = np.array(full.shape) - 1
    beside = (np.clip(skin + step, 0, last) for step in np.argwhere(np.ones((3, 3, 3))) - 1)
    cortex = float(np.median(np.max([patch.hu[tuple(at.T)] for at in beside], axis=0)))
    hardest = float(np.percentile(smooth[full & (smooth > BONE_HU)], CORTEX_PERCENTILE))
    hard = max(HARD_SHARE * hardest, min(HARD_RIDGES * cortex, HARD_HU))
    return _Levels(float(np.median(patch.hu[inside])), cortex, hard)


def _solid(patch: Patch, smooth: AnyArray, full: BoolArray, known: BoolArray, at: _Levels) -> BoolArray:
    """What is dense and thick, softer than a shaft's cortex, with what is less dense about it, and bulges from bone."""
    from scipy import ndimage

    found = np.zeros(full.shape, dtype=bool)
    soft = (smooth < at.hard) & ~known
    core = deeper_than(soft & (smooth > at.between(RISE)), patch.spacing_mm, THICK_MM)
    if not core.any():
        return found
    near = within(core, patch.spacing_mm, THICK_MM + ABOUT_MM)
    labels, _ = ndimage.label(soft & (smooth > at.between(LOW_RISE)) & near)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        wider = _wider(box, patch)
        own = labels[wider] == number
        if _bulges(own, full[wider], patch, SOLID_RING_MM, SOLID_BULGES):
            found[wider] |= full[wider] & soft[wider] & within(own, patch.spacing_mm, FLARE_MM)
    return found


def _hollow(patch: Patch, smooth: AnyArray, full: BoolArray, at: _Levels) -> BoolArray:
    """What has a core softer than spongy bone and no fat, closed by a rim, and bulges from bone."""
    from scipy import ndimage

    found = np.zeros(full.shape, dtype=bool)
    if at.sponge < LEAST_SPONGE_HU:
        return found
    whole = filled(full | (smooth > RIM_HU))
    soft_hu = SOFT_SHARE * at.sponge
    labels, count = ndimage.label(deeper_than(whole & (smooth < soft_hu), patch.spacing_mm, CORE_MM))
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * patch.voxel_mm3
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if sizes[number] < LEAST_HOLLOW_MM3:
            continue
        core_hu = float(np.median(patch.hu[box][labels[box] == number]))
        if FAT_HU < core_hu < HOLLOW_SHARE * at.sponge:
            wider = _wider(box, patch)
            own = labels[wider] == number
            if _bulges(own, whole[wider], patch, HOLLOW_RING_MM, HOLLOW_BULGES):
                found[wider] |= within(own, patch.spacing_mm, CORE_MM + RIM_MM) & whole[wider]
    if found.any():
        sponge = full & (smooth > soft_hu) & (smooth < at.between(LOW_RISE))
        found &= ~within(deeper_than(sponge, patch.spacing_mm, SPONGE_MM), patch.spacing_mm, SPONGE_MM + WALL_MM)
    return found


def _bulges(own: BoolArray, bone: BoolArray, patch: Patch, ring_mm: tuple[float, float], least: float) -> bool:
    """Whether enough of what lies about something is no bone."""
    inner, outer = (within(own, patch.spacing_mm, by) for by in ring_mm)
    ring = outer & ~inner
    return bool(np.count_nonzero(ring & ~bone) >= least * np.count_nonzero(ring))


def _wider(box: tuple[slice, ...], patch: Patch) -> Box:
    more = [int(np.ceil(HOLLOW_RING_MM[1] / s)) for s in patch.spacing_mm]
    z, r, c = (slice(max(0, side.start - m), side.stop + m) for side, m in zip(box, more, strict=True))
    return z, r, c
