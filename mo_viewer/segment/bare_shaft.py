"""The shaft of a long bone as it goes on under a lesion that sits broadly on it.

Above and below the lesion the shaft is bare. Its axis and its outline there, as smooth functions of the height, say
where its surface runs in between; what a lesion as dense as cortex would otherwise hide (ALGORITHMS 11, 18).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.polynomial import polyfit, polyval

from mo_viewer.segment.distance import within
from mo_viewer.segment.marrow import face_values, filled
from mo_viewer.segment.patch import Patch, cut_patch, mask_on, smoothed
from mo_viewer.segment.pieces import pieces
from mo_viewer.segment.shafts import ANGLES, Track, radii, tracks
from mo_viewer.segment.skeleton import FALLBACK_CORTEX_HU, NativeBone
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, Triple
from mo_viewer.volume.volume import Volume

AROUND_MM = np.array([36.0, 40.0, 40.0])
"""How far beyond a lesion's box the shaft is looked for, along the stack and within slices."""
FLANK_MM, LEAST_FLANK_MM = 4.0, 10.0
SLICE_MM = 2.4
"""Slices about so far apart are enough for what changes slowly along the limb."""
LEAST_PART_MM3 = 50.0
LEAST_AREA_MM2, MOST_AREA_MM2 = 50.0, 1500.0
DEGREE = 2
BUMP_MM, GOES_ON_MM, MOST_MISFIT_MM = 1.0, 3.0, 0.6
FOOT_MM, MEANT_MM, REACH_MM = 1.5, 3.0, 40.0
HALO_MM = np.arange(0.0, 3.0 + 1e-9, 0.25)
ONE_VOXEL = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class BareShaft:
    """A shaft without what sits on it: polynomials in the height (mm from `middle_mm`) along the stack's normal.

    `axis` (DEGREE + 1, 2) gives rows and columns in frame coordinates (mm), `radius` (DEGREE + 1, ANGLES) the outline
    (mm); they hold from `low_mm` to `high_mm` (frame coordinates). `halo_hu` is how far its blurred border lies above
    the muscle at `HALO_MM` outside it, where it is bare.
    """

    middle_mm: float
    low_mm: float
    high_mm: float
    axis: FloatArray
    radius: FloatArray
    halo_hu: FloatArray


def bare_shafts(
    volume: Volume, bone: NativeBone, low_mm: FloatArray, high_mm: FloatArray, level_hu: float
) -> tuple[BareShaft, ...]:
    """Return the shafts beside a lesion's box (corners in frame coordinates) that are bare and smooth there.

    The outline lies half-way between muscle (`level_hu`) and cortex.
    """
    patch = _thinned(cut_patch(volume, low_mm - AROUND_MM, high_mm + AROUND_MM))
    known = mask_on(patch, bone.mask)
    smooth = smoothed(patch)
    labels, count = pieces(smooth > 0.5 * ((bone.cortex_hu or FALLBACK_CORTEX_HU) + level_hu))
    held = np.bincount(labels[known], minlength=count + 1) * patch.voxel_mm3 > LEAST_PART_MM3
    held[0] = False
    full = filled(held[labels])
    heights = patch.first_mm[0] + np.arange(patch.shape[0]) * patch.spacing_mm[0]
    fits = [
        _fitted(patch, smooth - level_hu, track, heights, float(low_mm[0]), float(high_mm[0]))
        for track in tracks(full, patch)
    ]
    return tuple(fit for fit in fits if fit is not None)


def _thinned(patch: Patch) -> Patch:
    by = max(1, round(SLICE_MM / patch.spacing_mm[0]))
    spacing = (patch.spacing_mm[0] * by, *patch.spacing_mm[1:])
    return Patch(patch.hu[::by], spacing, patch.first_mm, patch.frame, patch.open_faces)


def _fitted(
    patch: Patch, above_hu: AnyArray, track: Track, heights: FloatArray, low_mm: float, high_mm: float
) -> BareShaft | None:
    slices = np.array(track.slices)
    z, areas = heights[slices], np.array(track.areas)
    below, above = z < low_mm - FLANK_MM, z > high_mm + FLANK_MM
    use = below | above
    step = patch.spacing_mm[0]
    if min(below.sum(), above.sum()) * step < LEAST_FLANK_MM or slices.size != slices[-1] - slices[0] + 1:
        return None
    if not LEAST_AREA_MM2 <= float(np.median(areas[use])) <= MOST_AREA_MM2:
        return None
    middle = 0.5 * (low_mm + high_mm)
    centres = np.array(track.centres)
    axis = polyfit(z[use] - middle, centres[use], DEGREE)
    at = polyval(z - middle, axis).T
    seen = radii(patch, track.masks, at)
    radius = polyfit(z[use] - middle, seen[use], DEGREE)
    standing = seen - polyval(z - middle, radius).T
    flanks, between = standing[use], standing[~use]
    between = between[between <= BUMP_MM]
    if max(_rms(flanks), _rms(between)) > MOST_MISFIT_MM:
        return None
    border = _halo(patch, above_hu, slices[use], at[use], (seen - standing)[use])
    axis = axis * np.array(patch.spacing_mm[1:])
    axis[0] += patch.first_mm[1:]
    return BareShaft(middle, low_mm - FLANK_MM, high_mm + FLANK_MM, axis, radius, border)


def _halo(patch: Patch, above_hu: AnyArray, slices: AnyArray, axis: FloatArray, radius: FloatArray) -> FloatArray:
    """Median of values (above muscle) at `HALO_MM` outside the outline of bare slices."""
    from scipy import ndimage

    turns = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    away = radius[:, :, None] + HALO_MM
    rows = axis[:, 0, None, None] + np.sin(turns)[:, None] * away / patch.spacing_mm[1]
    columns = axis[:, 1, None, None] + np.cos(turns)[:, None] * away / patch.spacing_mm[2]
    levels = np.broadcast_to(slices[:, None, None], rows.shape)
    values = ndimage.map_coordinates(above_hu, [levels, rows, columns], order=1, mode="nearest")
    median: FloatArray = np.maximum(np.median(values, axis=(0, 1)), 0.0).astype(np.float64)
    return median


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else 0.0


def beyond(patch: Patch, shafts: Sequence[BareShaft]) -> AnyArray:
    """Return how far voxels lie outside shafts (mm, negative inside); infinite where that is not known."""
    out = np.full(patch.shape, np.inf, dtype=np.float32)
    for shaft in shafts:
        _draw(out, patch, shaft)
    return out


def halo(patch: Patch, shafts: Sequence[BareShaft]) -> AnyArray:
    """Return what the blurred borders of shafts add to the values outside them (HU); 0 where that is not known."""
    added = np.zeros(patch.shape, dtype=np.float32)
    for shaft in shafts:
        away = beyond(patch, (shaft,))
        border = (away > 0) & (away <= HALO_MM[-1])
        added[border] = np.maximum(added[border], np.interp(away[border], HALO_MM, shaft.halo_hu))
    return added


def _draw(out: AnyArray, patch: Patch, shaft: BareShaft) -> None:
    heights = patch.first_mm[0] + np.arange(patch.shape[0]) * patch.spacing_mm[0]
    for k in np.flatnonzero((heights >= shaft.low_mm) & (heights <= shaft.high_mm)):
        axis = polyval(heights[k] - shaft.middle_mm, shaft.axis)
        ends = ((axis + side * REACH_MM - patch.first_mm[1:]) / patch.spacing_mm[1:] for side in (-1, 1))
        (top, left), (bottom, right) = (np.maximum(np.ceil(end), 0).astype(int) for end in ends)
        window = out[k, top:bottom, left:right]
        rows, columns = (first + np.arange(n) for first, n in zip((top, left), window.shape, strict=True))
        places = (
            np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1) * patch.spacing_mm[1:] + patch.first_mm[1:]
        )
        np.minimum(window, _outside(shaft, np.full(window.shape, heights[k]), places), out=window)


def outside(shafts: Sequence[BareShaft], framed_mm: FloatArray) -> FloatArray:
    """Return how far (n, 3) points (frame coordinates) lie outside shafts, as `beyond`."""
    away = np.full(len(framed_mm), np.inf)
    for shaft in shafts:
        own = _outside(shaft, framed_mm[:, 0], framed_mm[:, 1:])
        held = (framed_mm[:, 0] >= shaft.low_mm) & (framed_mm[:, 0] <= shaft.high_mm)
        away = np.minimum(away, np.where(held, own, np.inf))
    return away


def _outside(shaft: BareShaft, heights: FloatArray, places: FloatArray) -> FloatArray:
    """Distance from the outline of points at heights (...) and places (..., 2), by linear steps between directions."""
    above = heights - shaft.middle_mm
    off = places - np.moveaxis(polyval(above, shaft.axis), 0, -1)
    turn = np.arctan2(off[..., 0], off[..., 1]) % (2 * np.pi) * (ANGLES / (2 * np.pi))
    first = turn.astype(int) % ANGLES
    share = turn - np.floor(turn)
    near, next_ = (polyval(above, shaft.radius[:, at % ANGLES], tensor=False) for at in (first, first + 1))
    away: FloatArray = np.hypot(off[..., 0], off[..., 1]) - (1.0 - share) * near - share * next_
    return away


def without_base(
    patch: Patch, inside: BoolArray, mineral: BoolArray, shafts: Sequence[BareShaft], seeds: FloatArray | None = None
) -> BoolArray:
    """Return native bone with the lesion's base given back to it and what is cortex taken from it.

    Only what lies on the shaft and under calcification that is not bone, or within 3 mm of `seeds` ((n, 3) patch
    indices), is given back: other bones, which go on along the limb, stay, and so does the blurred border of the
    shaft where it is bare.
    """
    away = beyond(patch, shafts)
    known = np.isfinite(away)
    rest = mineral & ~inside & known & (away > 0)
    labels, count = pieces(inside & known & (away > BUMP_MM))
    slab = np.bincount(labels[within(rest, ONE_VOXEL, 1.0)], minlength=count + 1) > 0
    if seeds is not None:
        slab[labels[within(_at(seeds, patch.shape), patch.spacing_mm, MEANT_MM)]] = True
    slab[labels[within(inside & ~known, ONE_VOXEL, 1.0) & (away > GOES_ON_MM)]] = False
    slab[face_values(labels)] = False
    slab[0] = False
    base = known & (away > 0) & within(rest | slab[labels], patch.spacing_mm, FOOT_MM)
    kept: BoolArray = (inside & ~base) | (away <= 0)
    return kept


def _at(seeds: FloatArray, shape: Triple) -> BoolArray:
    out = np.zeros(shape, dtype=bool)
    out[tuple(np.clip(np.rint(seeds).astype(int), 0, np.array(shape) - 1).T)] = True
    return out
