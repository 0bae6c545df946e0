"""From clicks to the cluster of calcified fragments that they mean, in a patch that fits it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.bare_shaft import BareShaft, bare_shafts
from mo_viewer.segment.bone import (
    LEAST_BASE_MM3,
    BoneCut,
    distance_to,
    near_bone,
    near_to,
    on_shafts,
    softer_mm3,
    with_its_base,
)
from mo_viewer.segment.distance import away_from, box_round, within
from mo_viewer.segment.fragments import (
    SKIRT_MM,
    Levels,
    brightness,
    cluster,
    fragments,
    levels,
    own_share,
    without_skirts,
)
from mo_viewer.segment.haze import haze_beside, haze_level
from mo_viewer.segment.patch import Frame, Patch, cut_patch, smoothed
from mo_viewer.segment.pieces import CORNERS, pieces
from mo_viewer.segment.skeleton import FALLBACK_CORTEX_HU, NativeBone
from mo_viewer.segment.tissue import Tissue, muscle
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.volume import Volume

FIRST_HALF_MM, GROW_MM, MOST_GROWN_MM = 35.0, 20.0, 60.0
FACE_MM = 4.0
MARGIN_MM, HAZE_MARGIN_MM = 18.0, 36.0
BONE_RIM_MM = 1.2
REACH_MM = 20.0
LEVEL_NEAR_MM = 3.0
CLEAR_MM = 4.0
MEANT_SHARE = 0.15
"""So much of what was found must a part be, or it does not tell bone from the lesion (own choice)."""
MOST_MM = 8.0
RAN_AWAY = 2.0
"""What is so many times as much as before went over into the spongy inside of a bone that a smaller patch cuts (own
choice)."""
ROUNDS = 3
GUESSES_MM = np.array([[16.0, 5.0, 5.0], [24.0, 5.0, 5.0], [32.0, 5.0, 5.0]])
ALONGSIDE = "Click in the middle of the calcification, or mark it with the brush."
NO_RIVALS: FloatArray = np.zeros((0, 3))


@dataclass(frozen=True, eq=False)
class Found:
    """A patch, its smoothed values, the muscle level, thresholds, native bone, and the fragments of the lesion.

    `others` are fragments that were not taken and are no other lesion's; `shafts` those that told bone from the lesion.
    `goes_on`: something fainter begins at the lesion and goes on too far to be its haze. `parted`: it is cut
    from what else a rival was marked in.
    """

    patch: Patch
    smooth: AnyArray
    tissue: Tissue
    levels: Levels
    bone: BoneCut
    calcified: BoolArray
    others: BoolArray
    shafts: tuple[BareShaft, ...] = ()
    goes_on: bool = False
    parted: bool = False

    @cached_property
    def bone_mm(self) -> AnyArray:
        """Signed distance to native bone, mm, negative inside; `MOST_MM` and more are one."""
        return distance_to(self.patch, self.bone.inside, MOST_MM)

    @property
    def calcified_mm3(self) -> float:
        """How much the fragments are."""
        return float(np.count_nonzero(self.calcified) * self.patch.voxel_mm3)

    def box_mm(self) -> tuple[FloatArray, FloatArray]:
        """Return the corners of the fragments' bounding box in frame coordinates."""
        box = box_round(self.calcified, by_mm=0.0)
        assert box is not None
        ends = np.array([[side.start, side.stop - 1] for side in box]).T
        low, high = ends * np.array(self.patch.spacing_mm) + self.patch.first_mm
        return low, high


def search(
    volume: Volume,
    clicks_mm: FloatArray,
    bone: NativeBone,
    threshold_hu: float | None,
    ticket: Ticket,
    rivals_mm: FloatArray = NO_RIVALS,
) -> Found:
    """Find the fragments around the clicks; `settled` makes them independent of where exactly these are.

    What lies nearer to `rivals_mm`, the clicks of other lesions, is theirs.

    Raises
    ------
    Refused
        When there is no calcification near the clicks, or it cannot be told from native bone.
    """
    frame = Frame.of(volume.geometry)
    seeds = frame.framed(clicks_mm)
    low, high = seeds.min(axis=0) - FIRST_HALF_MM, seeds.max(axis=0) + FIRST_HALF_MM
    return _first(volume, bone, low, high, clicks_mm, threshold_hu, ticket, rivals_mm)


def settled(
    volume: Volume,
    clicks_mm: FloatArray,
    bone: NativeBone,
    found: Found,
    threshold_hu: float | None,
    ticket: Ticket,
    rivals_mm: FloatArray = NO_RIVALS,
    thick_mm: float | None = None,
) -> Found:
    """Repeat a search from what it found until that no longer depends on the clicks.

    With the thickness of the slices the haze beside what was found is taken into it.
    """
    shafts: tuple[BareShaft, ...] = ()
    if found.bone.route in ("core", "shaft") or _may_hold_a_base(found, bone):
        shafts = bare_shafts(volume, bone, *found.box_mm(), found.tissue.level_hu)
    wide = found
    for _ in range(ROUNDS):
        ticket.check()
        before = found.box_mm()
        again = _settled(volume, bone, found, clicks_mm, threshold_hu, rivals_mm, shafts, thick_mm)
        if again is not None and again.calcified_mm3 > RAN_AWAY * found.calcified_mm3:
            again = _settled(volume, bone, found, clicks_mm, threshold_hu, rivals_mm, shafts, thick_mm, wide)
        if again is None:
            return found
        found = again
        if shafts and _outgrown(shafts, found):
            shafts = bare_shafts(volume, bone, *found.box_mm(), found.tissue.level_hu) or shafts
            continue
        if np.abs(np.concatenate(before) - np.concatenate(found.box_mm())).max() < 1.0:
            break
    return found


def _outgrown(shafts: tuple[BareShaft, ...], found: Found) -> bool:
    """Whether a lesion is higher than what the outlines of shafts hold for."""
    low, high = found.box_mm()
    return any(one.low_mm > low[0] or one.high_mm < high[0] for one in shafts)


def _first(
    volume: Volume,
    bone: NativeBone,
    low: FloatArray,
    high: FloatArray,
    clicks_mm: FloatArray,
    threshold_hu: float | None,
    ticket: Ticket,
    rivals_mm: FloatArray,
) -> Found:
    grown = np.zeros((3, 2))
    while True:
        ticket.check()
        patch = cut_patch(volume, low, high)
        smooth = smoothed(patch)
        tissue = muscle(smooth)
        seeds = patch.index_of(clicks_mm)
        cut = near_bone(patch, smooth, bone, seeds)
        if cut.route == "lost" or cut.holds_all(seeds):
            cut = _as_dense_as_bone(volume, bone, patch, smooth, cut, clicks_mm, tissue.level_hu)
        if cut.route == "lost":
            raise Refused("Only native bone was found at the marked point, or what cannot be told from it.", ALONGSIDE)
        allowed = ~near_to(patch, cut.inside, BONE_RIM_MM) & ~cut.marrow
        rim = brightness(smooth, allowed & _within(patch, seeds, 18.0), tissue)
        at = _levels(tissue, rim, threshold_hu)
        parts = _fragments(patch, smooth, allowed, at, cut)
        joined = cluster(parts, patch, seeds, REACH_MM)
        calcified = own_share(joined, patch, seeds, _indices(patch, rivals_mm))
        if joined.any() and not calcified.any():
            raise Refused(
                "All calcification near the marked point is nearer to another marked one.",
                "Give the clicks of one lesion together.",
            )
        if not calcified.any():
            raise Refused("No calcification was found near the marked point.", "Click on or inside the calcification.")
        found = Found(patch, smooth, tissue, at, cut, calcified, parts & ~joined)
        more = np.where(_touched_faces(found) & (grown < MOST_GROWN_MM), GROW_MM, 0.0)
        if not more.any():
            return found
        grown, low, high = grown + more, low - more[:, 0], high + more[:, 1]


def _may_hold_a_base(found: Found, bone: NativeBone) -> bool:
    """Whether a valley left to bone what is no cortex: a lesion's base, or spongy bone."""
    half_hu = 0.5 * ((bone.cortex_hu or FALLBACK_CORTEX_HU) + found.tissue.level_hu)
    return found.bone.route == "valley" and softer_mm3(found.patch, found.smooth, found.bone, half_hu) >= LEAST_BASE_MM3


def _settled(
    volume: Volume,
    bone: NativeBone,
    before: Found,
    clicks_mm: FloatArray,
    threshold_hu: float | None,
    rivals_mm: FloatArray,
    shafts: tuple[BareShaft, ...],
    thick_mm: float | None,
    wide: Found | None = None,
) -> Found | None:
    """Search again in a patch around what was found, with thresholds from it; None when it falls apart.

    What a `wide` patch showed to be enclosed by bone stays marrow.
    """
    low, high = before.box_mm()
    margin_mm = MARGIN_MM if thick_mm is None else HAZE_MARGIN_MM
    patch = cut_patch(volume, low - margin_mm, high + margin_mm)
    smooth = smoothed(patch)
    known = _carried(before.calcified, before.patch, patch)
    seeds = _seeds(patch, smooth, _meant(known, patch, clicks_mm), before)
    tissue = muscle(smooth)
    cut = near_bone(patch, smooth, bone, seeds, before.bone)
    if shafts and cut.route == "valley":
        whole = with_its_base(patch, smooth, cut, shafts)
        cut, shafts = (cut, ()) if whole is None else (whole, shafts)
    elif shafts and cut.route in ("core", "lost"):
        cut = on_shafts(patch, smooth, cut, shafts, seeds)
    if cut.route == "lost":
        return None
    if wide is not None:
        cut = replace(cut, marrow=cut.marrow | (_carried(wide.bone.marrow, wide.patch, patch) & ~known))
    allowed = ~near_to(patch, cut.inside, BONE_RIM_MM) & ~cut.marrow
    rim = brightness(smooth, allowed & near_to(patch, known, LEVEL_NEAR_MM), tissue)
    at = _levels(tissue, rim, threshold_hu)
    parts = _fragments(patch, smooth, allowed, at, cut)
    if not (parts & known).any():
        return None
    joined = _joined(parts, known, patch)
    goes_on = False
    if thick_mm is not None:
        hazy = haze_level(tissue)
        haze, goes_on = haze_beside(joined, smooth, off_bone(patch, cut), patch, tissue, thick_mm)
        if haze.any():
            joined |= haze
            at = replace(at, low_hu=min(at.low_hu, hazy))
    calcified = own_share(joined, patch, patch.index_of(clicks_mm), _indices(patch, rivals_mm))
    if not calcified.any():
        return None
    parted = bool((within(calcified, (1.0, 1.0, 1.0), 1.0) & joined & ~calcified).any())
    return Found(patch, smooth, tissue, at, cut, calcified, parts & ~joined, shafts, goes_on, parted)


def _as_dense_as_bone(
    volume: Volume,
    bone: NativeBone,
    patch: Patch,
    smooth: AnyArray,
    cut: BoneCut,
    clicks_mm: FloatArray,
    level_hu: float,
) -> BoneCut:
    """Tell a lesion from the shaft that it sits on by where the shaft goes on, however far from the clicks it does."""
    framed, seeds = patch.frame.framed(clicks_mm), patch.index_of(clicks_mm)
    for guess_mm in GUESSES_MM:
        low, high = framed.min(axis=0) - guess_mm, framed.max(axis=0) + guess_mm
        shafts = bare_shafts(volume, bone, low, high, level_hu)
        told = on_shafts(patch, smooth, replace(cut, route="lost"), shafts, seeds)
        if told.route != "lost":
            return told
    return cut


def off_bone(patch: Patch, cut: BoneCut) -> BoolArray:
    """Return where the blurred border of native bone does not reach."""
    return ~near_to(patch, cut.inside, SKIRT_MM) & ~cut.marrow


def _indices(patch: Patch, points_mm: FloatArray) -> FloatArray:
    return patch.index_of(points_mm) if len(points_mm) else points_mm


def _fragments(patch: Patch, smooth: AnyArray, allowed: BoolArray, at: Levels, cut: BoneCut) -> BoolArray:
    parts = fragments(smooth, allowed, at, patch.voxel_mm3)
    return without_skirts(parts, near_to(patch, cut.inside, SKIRT_MM), patch.spacing_mm)


def _joined(parts: BoolArray, known: BoolArray, patch: Patch) -> BoolArray:
    near = within(parts, patch.spacing_mm, 3.0)
    labels, count = pieces(near, CORNERS)
    chosen = np.zeros(count + 1, dtype=bool)
    chosen[np.unique(labels[parts & known])] = True
    chosen[0] = False
    joined: BoolArray = parts & chosen[labels]
    return joined


def _levels(tissue: Tissue, rim_hu: float | None, threshold_hu: float | None) -> Levels:
    rim = tissue.level_hu + max(60.0, 5.0 * tissue.noise_hu) if rim_hu is None else rim_hu
    return levels(tissue, rim) if threshold_hu is None else Levels(threshold_hu, threshold_hu, rim)


def _within(patch: Patch, seeds: FloatArray, reach_mm: float) -> BoolArray:
    z, r, c = patch.coordinates()
    near = np.zeros(patch.shape, dtype=bool)
    for seed in seeds * np.array(patch.spacing_mm):
        near |= (z - seed[0]) ** 2 + (r - seed[1]) ** 2 + (c - seed[2]) ** 2 <= reach_mm**2
    return near


def _touched_faces(found: Found) -> BoolArray:
    """(3, 2) faces beyond which the stack goes on and which the fragments come close to."""
    box = box_round(found.calcified, by_mm=0.0)
    assert box is not None
    margin = np.ceil(FACE_MM / np.array(found.patch.spacing_mm))
    ends = np.array([[side.start, n - side.stop] for side, n in zip(box, found.patch.shape, strict=True)])
    return (ends < margin[:, None]) & found.patch.open_faces


def _carried(region: BoolArray, its: Patch, patch: Patch) -> BoolArray:
    """A region of a patch on another patch of the same grid."""
    points = np.argwhere(region) * np.array(its.spacing_mm) + its.first_mm
    index = np.rint((points - patch.first_mm) / patch.spacing_mm).astype(int)
    inside = ((index >= 0) & (index < np.array(patch.shape))).all(axis=1)
    known = np.zeros(patch.shape, dtype=bool)
    known[tuple(index[inside].T)] = True
    return known


def _meant(known: BoolArray, patch: Patch, clicks_mm: FloatArray) -> BoolArray:
    """The parts of what was found that clicks are nearest to, where they are no crumbs of it; else all."""
    labels, _ = pieces(known, CORNERS)
    points = np.argwhere(known)
    which = labels[tuple(points.T)]
    nearest = [
        int(which[np.argmin((((points - at) * patch.spacing_mm) ** 2).sum(axis=1))]) for at in patch.index_of(clicks_mm)
    ]
    meant = np.isin(labels, nearest)
    return meant if np.count_nonzero(meant) >= MEANT_SHARE * len(points) else known


def _seeds(patch: Patch, smooth: AnyArray, known: BoolArray, before: Found) -> FloatArray:
    """(1, 3) index of the brightest voxel of what was found, away from bone where possible."""
    index = np.argwhere(known)
    old = before.patch
    points = index * np.array(patch.spacing_mm) + patch.first_mm
    away = _from_bone(before, np.rint((points - old.first_mm) / old.spacing_mm).astype(int))
    values = smooth[tuple(index.T)] * np.where(away > min(CLEAR_MM, float(np.percentile(away, 70))), 1.0, 0.5)
    return index[[int(np.argmax(values))]].astype(np.float64)


def _from_bone(found: Found, index: AnyArray) -> AnyArray:
    """Signed distance (mm) to native bone at voxels outside it; what is clear of it may be given as more."""
    steps = found.patch.spacing_mm
    box = box_round(found.calcified, steps, CLEAR_MM + max(steps))
    assert box is not None
    outer = away_from(found.bone.inside[box], steps, 2 * CLEAR_MM)
    away: AnyArray = outer[tuple((index - [side.start for side in box]).T)] - 0.5 * min(steps)
    return away
