"""Lesions on bone whose wall is whole, where there is too little of a shaft to know its outline from (`shafts`).

Near a joint, and in short stacks, the ring of cortex still goes on under a lesion, and a lesion is softer than cortex:
what stands on the ring and ends within the slices where the ring is closed grows on it (ALGORITHMS 11, 12).
"""

from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.segment.distance import box_round, within
from mo_viewer.segment.marrow import WITHIN_SLICE, without_holes
from mo_viewer.segment.patch import Patch
from mo_viewer.segment.shafts import HARD_HU, LEAST_AREA_MM2, Shaft, Track, polar, radii, tracks, wall_seen
from mo_viewer.volume.arrays import AnyArray, BoolArray

BONE_HU, CORTEX_PERCENTILE, HARD_SHARE = 250.0, 95.0, 0.6
MOST_AREA_MM2, LEAST_HOLLOW = 1600.0, 0.1
LEAST_LENGTH_MM, SMOOTH_MM = 15.0, 4.0
BESIDE_MM, FLARE_MM, BLUR_MM, UNDER_MM = 34.0, 2.0, 1.0, 5.0
LEAST_BUMP_MM3, ENDS = 400.0, 0.5


@dataclass(frozen=True, eq=False)
class OnWalls:
    """What grows on whole walls, the pieces of bone that have such walls, and their part under what grows on them."""

    bumps: BoolArray
    pieces: tuple[Shaft, ...]
    under: BoolArray


def on_walls(patch: Patch, smooth: AnyArray, full: BoolArray, known: BoolArray) -> OnWalls:
    """Return what grows on walls; `smooth` is the smoothed patch (HU), `full` the skeleton with its marrow.

    What is `known` (shafts and what grows on them) is left out.
    """
    bumps, under = np.zeros(patch.shape, dtype=bool), np.zeros(patch.shape, dtype=bool)
    box = box_round(full, patch.spacing_mm, UNDER_MM)
    if box is None:
        return OnWalls(bumps, (), under)
    near = replace(patch, hu=patch.hu[box])
    pieces, bumps[box], under[box] = _in_box(near, smooth[box], full[box], known[box])
    corner = np.array([side.start for side in box])
    shifted = (replace(one, slices=one.slices + corner[0], axis=one.axis + corner[1:]) for one in pieces)
    return OnWalls(bumps, tuple(shifted), under)


def _in_box(
    patch: Patch, smooth: AnyArray, full: BoolArray, known: BoolArray
) -> tuple[list[Shaft], BoolArray, BoolArray]:
    none = np.zeros(full.shape, dtype=bool)
    dense = full & (smooth > BONE_HU)
    left = full & ~known
    if not dense.any() or np.count_nonzero(left) * patch.voxel_mm3 < LEAST_BUMP_MM3:
        return [], none, none
    hard_hu = HARD_SHARE * float(np.percentile(smooth[dense], CORTEX_PERCENTILE))
    ringed, beside = none.copy(), none.copy()
    pieces = []
    for track in tracks(_rings(dense & (smooth > hard_hu), patch), patch, LEAST_LENGTH_MM):
        piece = _piece(patch, track)
        if piece is not None:
            pieces.append(piece)
            _paint(patch, track, piece, ringed, beside)
    rest = left & ~within(ringed, patch.spacing_mm, FLARE_MM)
    bumps = _ending(rest, beside, smooth, hard_hu, patch)
    if not bumps.any():
        return [], none, none
    under = ringed & within(bumps, patch.spacing_mm, UNDER_MM)
    skirt = left & ~within(ringed, patch.spacing_mm, BLUR_MM)
    return pieces, bumps | (skirt & within(bumps, patch.spacing_mm, FLARE_MM)), under


def _ending(rest: BoolArray, beside: BoolArray, smooth: AnyArray, hard_hu: float, patch: Patch) -> BoolArray:
    """Parts of the rest that are softer than cortex and end beside the walls."""
    from scipy import ndimage

    bumps = np.zeros(rest.shape, dtype=bool)
    labels, _ = ndimage.label(rest & beside)
    sizes = np.bincount(labels.ravel()) * patch.voxel_mm3
    onward = rest & ~beside
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if sizes[number] < LEAST_BUMP_MM3:
            continue
        wider = tuple(slice(max(0, side.start - 1), side.stop + 1) for side in box)
        own = labels[wider] == number
        ends = _flat_box(own & ndimage.binary_dilation(onward[wider])) <= ENDS * _flat_box(own)
        if ends and np.percentile(smooth[wider][own], 90) < hard_hu:
            bumps[wider] |= own
    return bumps


def _flat_box(inside: BoolArray) -> int:
    """Pixels of the box within slices round what is inside."""
    flat = np.argwhere(inside.any(axis=0))
    return int(np.prod(np.ptp(flat, axis=0) + 1)) if len(flat) else 0


def _rings(hard: BoolArray, patch: Patch) -> BoolArray:
    """Closed rings of hard bone, filled, slice by slice."""
    from scipy import ndimage

    pixel = patch.spacing_mm[1] * patch.spacing_mm[2]
    labels, count = ndimage.label(without_holes(hard), structure=WITHIN_SLICE)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    hollow = 1.0 - np.bincount(labels[hard], minlength=count + 1) / np.maximum(areas, 1)
    kept = (areas * pixel >= LEAST_AREA_MM2) & (areas * pixel <= MOST_AREA_MM2) & (hollow >= LEAST_HOLLOW)
    kept[0] = False
    rings: BoolArray = kept[labels]
    return rings


def _piece(patch: Patch, track: Track) -> Shaft | None:
    from scipy import ndimage

    axis = ndimage.gaussian_filter1d(np.array(track.centres), SMOOTH_MM / patch.spacing_mm[0], axis=0, mode="nearest")
    slices = np.array(track.slices)
    seen = radii(patch, track.masks, axis)
    wall = wall_seen(patch, slices, axis, seen)
    return Shaft(slices, axis, seen, seen, wall) if float(np.median(wall)) >= HARD_HU else None


def _paint(patch: Patch, track: Track, piece: Shaft, ringed: BoolArray, beside: BoolArray) -> None:
    for at, (k, (box, mask)) in enumerate(zip(track.slices, track.masks, strict=True)):
        ringed[k][box] |= mask
        window, away, angle = polar(patch, piece.axis[at], float(piece.radius_mm[at].max()) + BESIDE_MM)
        beside[k][window] |= away <= piece.radius_mm[at][angle] + BESIDE_MM
