"""All that is native bone in a whole stack: shafts without what grows on them, and ends with their spongy inside."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.distance import away_from, within
from mo_viewer.segment.lumps import lumps
from mo_viewer.segment.marrow import enclosed_by, filled
from mo_viewer.segment.patch import Patch
from mo_viewer.segment.shafts import Shaft, polar, shafts
from mo_viewer.segment.walls import on_walls
from mo_viewer.volume.arrays import AnyArray, BoolArray

SPONGE_HU, CLOSING_MM = 110.0, 6.0
FAR_MM = 14.0
BUMP_RIM_MM = 0.8
BESIDE_MM, LEAST_BESIDE = 34.0, 0.97
LEAST_BUMP_MM3 = 15.0


@dataclass(frozen=True, eq=False)
class Native:
    """Native bone on a patch.

    `away_mm` is the distance from it (mm, 0 inside, at most 14); `shaft` marks the shafts' part of it; `enclosed`
    is what it encloses (marrow, joints, spongy ends).
    """

    inside: BoolArray
    away_mm: AnyArray
    shaft: BoolArray
    enclosed: BoolArray
    shafts: tuple[Shaft, ...]


def native(patch: Patch, smooth: AnyArray, skeleton: BoolArray, ticket: Ticket) -> Native:
    """Return native bone; `skeleton` is dense bone with whatever is fused to it, `smooth` the smoothed patch (HU)."""
    if not skeleton.any():
        empty = np.zeros(patch.shape, dtype=bool)
        return Native(skeleton, np.full(patch.shape, FAR_MM, dtype=np.float32), empty, empty, ())
    full = _full(patch, skeleton)
    known = shafts(patch, full, ticket)
    shaft, beside = np.zeros(patch.shape, dtype=bool), np.zeros(patch.shape, dtype=bool)
    rim = np.zeros(patch.shape, dtype=bool)
    for one in known:
        _paint(patch, one, shaft, rim, beside)
    ticket.check()
    bumps = _grown_on(full & ~shaft & ~rim, beside, patch)
    walled = on_walls(patch, smooth, full, shaft | rim | bumps)
    bumps |= walled.bumps
    shaft |= walled.under
    lumped = lumps(patch, smooth, full, shaft | rim | bumps)
    bumps |= lumped.bumps
    shaft |= lumped.under
    inside = (full & ~bumps) | shaft
    ticket.check()
    inside |= _sponge(patch, smooth, inside & ~shaft, bumps)
    ticket.check()
    enclosed = enclosed_by(inside, patch)
    return Native(inside, away_from(inside, patch.spacing_mm, FAR_MM), shaft, enclosed, (*known, *walled.pieces))


def _full(patch: Patch, skeleton: BoolArray) -> BoolArray:
    full = skeleton.copy()
    box = _box(skeleton, patch, 0.0)
    if box is not None:
        full[box] = filled(skeleton[box])
    return full


def _box(inside: BoolArray, patch: Patch, margin_mm: float) -> tuple[slice, ...] | None:
    sides = []
    for axis in range(3):
        line = np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis)))
        if not line.size:
            return None
        more = int(np.ceil(margin_mm / patch.spacing_mm[axis])) + 1
        sides.append(slice(max(0, int(line[0]) - more), int(line[-1]) + 1 + more))
    return tuple(sides)


def _paint(patch: Patch, shaft: Shaft, inside: BoolArray, rim: BoolArray, beside: BoolArray) -> None:
    """Mark a shaft, the rim of its blur, and what lies so near beside it that it may grow on it."""
    for at, k in enumerate(shaft.slices):
        window, away, angle = polar(patch, shaft.axis[at], float(shaft.radius_mm[at].max()) + BESIDE_MM)
        beyond = away - shaft.radius_mm[at][angle]
        inside[k][window] |= beyond <= 0
        rim[k][window] |= beyond <= BUMP_RIM_MM
        beside[k][window] |= beyond <= BESIDE_MM


def _grown_on(rest: BoolArray, beside: BoolArray, patch: Patch) -> BoolArray:
    """Parts of the rest of the skeleton that lie beside a shaft altogether; what goes on elsewhere is bone."""
    from scipy import ndimage

    labels, count = ndimage.label(rest)
    if not count:
        return rest
    sizes = np.bincount(labels.ravel(), minlength=count + 1).astype(np.float64)
    near = np.bincount(labels[beside], minlength=count + 1)
    own = (near >= LEAST_BESIDE * sizes) & (sizes * patch.voxel_mm3 >= LEAST_BUMP_MM3)
    own[0] = False
    kept: BoolArray = own[labels]
    return kept


def _sponge(patch: Patch, smooth: AnyArray, bone: BoolArray, bumps: BoolArray) -> BoolArray:
    """What is a little dense within the closing of bone that is no shaft: ends, joints, thin plates."""
    out = np.zeros(patch.shape, dtype=bool)
    box = _box(bone, patch, CLOSING_MM)
    if box is None:
        return out
    padded = np.pad(bone[box], 1)
    grown = within(padded, patch.spacing_mm, CLOSING_MM)
    closed = ~within(~grown, patch.spacing_mm, CLOSING_MM)[1:-1, 1:-1, 1:-1]
    out[box] = closed & (smooth[box] > SPONGE_HU) & ~bumps[box]
    return out
