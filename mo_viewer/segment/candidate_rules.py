"""What a cluster of dense voxels most likely is, and the reason in words (ALGORITHMS 3 and 12).

The rules are tried in order; the first that fits decides. What none of them explains is a candidate.
"""

from collections.abc import Callable

from mo_viewer.segment.traits import Traits

CALCIFICATION = "calcification"
VESSEL, PHLEBOLITH, IMPLANT = "vessel", "phlebolith", "implant"
OUTSIDE, NATIVE, STREAK = "outside_body", "native_bone", "streak"

Verdict = tuple[str, str]
"""Kind (as the contract names it) and why."""

METAL_HU, STREAK_REACH_MM, STREAK_HU = 2200.0, 70.0, 300.0
SKIN_MM, MARKER_MM3, MARKER_HU = 6.0, 250.0, 700.0
LEAST_MM3, LEAST_ON_SHAFT_MM3 = 60.0, 120.0
PLAQUE_MM3, PLAQUE_WIDTH_MM, SPRINKLE_MM3 = 150.0, 6.5, 200.0
LEAST_HEIGHT_MM = 4.2
STONE_MM, STRING_MM, PIPE_MM, SLENDER_MM = 7.0, 11.0, 16.0, 7.5
ORGAN_MM3, ORGAN_HU = 25_000.0, 330.0
SPONGE_HU, TOUCHING_MM = 300.0, 2.6
SPONGE_MM, SPONGE_HEIGHT_MM = 4.6, 9.0
WHOLE_WALL, WIDEST_MM, SPARSE = 0.6, 110.0, 0.08


def judged(traits: Traits) -> Verdict:
    """Return what a cluster is by its own traits; `vessel lines` are told from several clusters together."""
    for rule in RULES:
        verdict = rule(traits)
        if verdict is not None:
            return verdict
    return CALCIFICATION, _praise(traits)


def _outside(t: Traits) -> Verdict | None:
    if t.outside > 0.5:
        return OUTSIDE, "lies outside the body"
    if t.depth_mm < SKIN_MM and t.volume_mm3 < MARKER_MM3 and t.peak_hu > MARKER_HU:
        return (
            OUTSIDE,
            f"a small, very dense spot on the skin (depth {t.depth_mm:.0f} mm, {t.peak_hu:.0f} HU): a marker",
        )
    return None


def _implant(t: Traits) -> Verdict | None:
    if t.peak_hu > METAL_HU:
        return IMPLANT, f"denser than calcification can be ({t.peak_hu:.0f} HU): metal"
    return None


def _streak(t: Traits) -> Verdict | None:
    if t.metal_mm < STREAK_REACH_MM and t.p90_hu < STREAK_HU:
        return STREAK, f"faint ({t.p90_hu:.0f} HU) in slices with metal, {t.metal_mm:.0f} mm from it"
    return None


def _cut(t: Traits) -> Verdict | None:
    if t.cut > 0.25 or (t.cut > 0.04 and (t.bone_mm[0] < TOUCHING_MM or t.p90_hu > 400)):
        return NATIVE, "bone that the border of the images cuts off"
    return None


def _organ(t: Traits) -> Verdict | None:
    if t.volume_mm3 > ORGAN_MM3 and t.p90_hu < ORGAN_HU:
        return VESSEL, f"large and evenly dense ({t.volume_mm3 / 1000:.0f} mL, {t.p90_hu:.0f} HU): contrast medium"
    return None


def _enclosed(t: Traits) -> Verdict | None:
    if t.enclosed > 0.45:
        return NATIVE, f"enclosed by bone ({100 * t.enclosed:.0f} % of it): marrow, a joint or a spongy end"
    return None


def _spongy(t: Traits) -> Verdict | None:
    if t.on_shaft or t.bone_mm[0] > TOUCHING_MM:
        return None
    if t.p90_hu < SPONGE_HU and (t.bone_mm[1] < SPONGE_MM or t.height_mm < SPONGE_HEIGHT_MM):
        return NATIVE, f"goes over into the end of a bone and is no denser than spongy bone ({t.p90_hu:.0f} HU)"
    if t.bone_mm[1] < 3.6:
        return NATIVE, "a layer on native bone"
    if t.lengths_mm[0] > WIDEST_MM:
        return NATIVE, f"goes on along bone for {t.lengths_mm[0]:.0f} mm"
    return None


def _process(t: Traits) -> Verdict | None:
    if t.on_shaft and t.wall < WHOLE_WALL:
        return NATIVE, f"the cortex under it is open ({100 * t.wall:.0f} % of its hardness): the bone's own process"
    return None


def _layer(t: Traits) -> Verdict | None:
    if not t.on_shaft:
        return None
    if t.volume_mm3 < LEAST_ON_SHAFT_MM3 or t.height_mm < LEAST_HEIGHT_MM:
        return NATIVE, f"a layer or ridge of the shaft (it rises {t.height_mm:.1f} mm, {t.volume_mm3:.0f} mm3)"
    return None


def _rod(t: Traits) -> Verdict | None:
    long, wide, _ = t.lengths_mm
    if long > 50 and long > 3.4 * wide and t.p90_hu > 260:
        return NATIVE, f"a rod of bone ({long:.0f} x {wide:.0f} mm): rib or another slender bone"
    if long > 100 and t.filling < SPARSE and t.p90_hu > 250:
        return NATIVE, f"spread thinly over {long:.0f} mm: ribs or flat bones that thick slices tear apart"
    return None


def _tube(t: Traits) -> Verdict | None:
    long, wide, _ = t.lengths_mm
    if (wide < STRING_MM and long > max(24.0, 2.6 * wide)) or (wide < PIPE_MM and long > 4.5 * wide):
        return VESSEL, f"a tube or a string of plaques ({long:.0f} x {wide:.0f} mm)"
    if wide < SLENDER_MM and long > 2.0 * wide:
        return VESSEL, f"a slender plaque ({long:.0f} x {wide:.0f} mm)"
    return None


def _small(t: Traits) -> Verdict | None:
    long, wide, _ = t.lengths_mm
    if t.size_mm < STONE_MM and long < 12.0:
        return PHLEBOLITH, f"a stone of {t.size_mm:.0f} mm"
    if t.volume_mm3 < LEAST_MM3 or (t.volume_mm3 < PLAQUE_MM3 and wide < PLAQUE_WIDTH_MM):
        return VESSEL, f"a small plaque ({t.volume_mm3:.0f} mm3)"
    if t.fragments > 1 and t.volume_mm3 < SPRINKLE_MM3:
        return VESSEL, f"a few specks ({t.fragments} of {t.volume_mm3:.0f} mm3 together)"
    return None


RULES: tuple[Callable[[Traits], Verdict | None], ...] = (
    _outside,
    _implant,
    _cut,
    _enclosed,
    _spongy,
    _layer,
    _process,
    _organ,
    _streak,
    _rod,
    _tube,
    _small,
)


def _praise(t: Traits) -> str:
    where = "on the cortex of a shaft" if t.on_shaft else f"{t.bone_mm[0]:.0f} mm or more from bone"
    parts = "one body" if t.fragments == 1 else f"{t.fragments} fragments"
    long, wide, thick = t.lengths_mm
    return f"{parts}, {long:.0f} x {wide:.0f} x {thick:.0f} mm, {where}"
