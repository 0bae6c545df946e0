"""Where a shaft goes on under a lesion that sits on it, against the formula that the phantom was made from."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mo_viewer.base.faults import Refused
from mo_viewer.measure.lesion import measure
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.compounds import Without
from mo_viewer.phantom.fills import Zoned
from mo_viewer.phantom.imaged import Imaged, close_up
from mo_viewer.phantom.limb import Limb
from mo_viewer.phantom.pose import Pose
from mo_viewer.phantom.scanner import SHARP, SOFT, Protocol
from mo_viewer.segment.bare_shaft import HALO_MM, BareShaft, bare_shafts, beyond, halo, outside, without_base
from mo_viewer.segment.bone import BoneCut, softer_mm3, with_its_base
from mo_viewer.segment.mark import Marked, mark
from mo_viewer.segment.patch import Frame, Patch, cut_patch
from mo_viewer.segment.skeleton import native_bone
from mo_viewer.volume.arrays import FloatArray

UPRIGHT, LEANING = Pose(), Pose((14.0, -9.0, 25.0), (3.0, -5.0, 8.0))
PLANS = {
    "thin": (Protocol((64, 64, 64), (0.7, 0.62), 1.0, kernel=SOFT, noise_hu=10.0), UPRIGHT),
    "leaning limb": (Protocol((64, 64, 64), (0.8, 0.6), 1.5, kernel=SHARP, noise_hu=15.0), LEANING),
    "tilted gantry": (Protocol((64, 64, 64), (0.7, 0.7), 1.5, kernel=SOFT, noise_hu=10.0, tilt_deg=12.0), UPRIGHT),
    "uneven steps": (
        Protocol((64, 64, 64), (0.7, 0.7), 1.5, kernel=SOFT, noise_hu=10.0, steps_mm=(1.2, 1.5, 2.0)),
        UPRIGHT,
    ),
    "thick": (Protocol((64, 64, 64), (0.75, 0.65), 3.0, kernel=SOFT, noise_hu=10.0), UPRIGHT),
}


@cache
def on_the_cortex(seed: int, plan: str, rim_hu: float = 0.0, core_hu: float = 0.0) -> Imaged:
    """A mature lesion broadly on the femur, of other densities where they are given."""
    limb = situation("broad_base_dense", seed)
    if rim_hu:
        limb = denser(limb, rim_hu, core_hu)
    protocol, pose = PLANS[plan]
    return close_up(limb, protocol, pose, seed=seed)


def denser(limb: Limb, rim_hu: float, core_hu: float) -> Limb:
    lesion = limb.lesions[0]
    assert isinstance(lesion.fill, Zoned)
    return replace(limb, lesions=(replace(lesion, fill=replace(lesion.fill, rim_hu=rim_hu, core_hu=core_hu)),))


def corners(image: Imaged) -> tuple[FloatArray, FloatArray]:
    framed = Frame.of(image.volume.geometry).framed(image.surface.vertices_mm)
    return framed.min(axis=0), framed.max(axis=0)


def clicked(image: Imaged) -> Marked:
    middle = tuple(float(x) for x in np.mean(image.truth.core_points_mm, axis=0))
    return mark(image.volume, [middle])


def outside_bone(image: Imaged, patch: Patch, index: FloatArray) -> FloatArray:
    points = image.pose.to_limb(patch.points_mm(index))
    return -np.max([bone.shape.depth(points) for bone in image.limb.native_bones], axis=0)


@pytest.mark.parametrize("plan", PLANS)
def test_the_shaft_under_a_lesion_lies_where_the_formula_has_it(plan: str) -> None:
    image = on_the_cortex(311, plan)
    low, high = corners(image)
    shafts = bare_shafts(image.volume, native_bone(image.volume), low, high, 55.0)
    assert len(shafts) == 1
    patch = cut_patch(image.volume, low - 12.0, high + 12.0)
    away = beyond(patch, shafts)
    body = image.limb.lesions[0].shape
    assert isinstance(body, Without)
    index = np.argwhere(np.abs(away) < 1.0)
    under = body.depth(image.pose.to_limb(patch.points_mm(index))) > -1.5
    off = away[tuple(index[under].T)] - outside_bone(image, patch, index[under])
    assert under.sum() > 200
    assert abs(float(off.mean())) < 0.25
    assert float(np.percentile(np.abs(off), 95)) < 0.6


@pytest.mark.parametrize(
    ("seed", "plan"), [(312, "thin"), (313, "leaning limb"), (314, "tilted gantry"), (315, "thick")]
)
def test_a_dense_lesion_keeps_its_base(seed: int, plan: str) -> None:
    image = on_the_cortex(seed, plan)
    marked = clicked(image)
    assert marked.bone_route == "core"
    assert marked.surface.volume_mm3 == pytest.approx(image.truth.volume_mm3, rel=0.05)


@pytest.mark.parametrize(("rim_hu", "core_hu"), [(1250.0, 700.0), (1350.0, 1300.0)])
def test_a_lesion_as_dense_as_the_cortex_is_told_from_it_and_that_is_said(rim_hu: float, core_hu: float) -> None:
    image = on_the_cortex(316, "thin", rim_hu, core_hu)
    marked = clicked(image)
    found = measure(image.volume, marked)
    volume = next(one for one in found.measurements if one.concept == "volume")
    assert marked.bone_route == "shaft"
    assert volume.value == pytest.approx(image.truth.volume_mm3, rel=0.08)
    assert abs(volume.value - image.truth.volume_mm3) <= (volume.spread or 0.0)
    assert any("as dense as the bone" in said for said in found.quality.warnings)


def test_bare_cortex_beside_a_lesion_is_refused() -> None:
    image = on_the_cortex(311, "thin")
    body, femur = image.limb.lesions[0].shape, image.limb.native_bones[0].shape
    rng = np.random.default_rng(4)
    low, high = (np.array(corner) for corner in femur.box)
    low[2], high[2] = -15.0, 15.0
    tried = rng.uniform(low, high, (20_000, 3))
    wall = tried[(femur.depth(tried) > 1.0) & (femur.depth(tried) < 2.5) & (body.depth(tried) < -22.0)]
    for point in image.pose.to_patient(wall[:3]):
        with pytest.raises(Refused):
            mark(image.volume, [tuple(float(x) for x in point)])


def plain(spacing_mm: float = 1.0) -> Patch:
    shape = (60, 80, 80)
    return Patch(
        np.zeros(shape, dtype=np.float32),
        (spacing_mm,) * 3,
        np.zeros(3),
        Frame(np.eye(3)),
        np.ones((3, 2), dtype=bool),
    )


def round_shaft() -> BareShaft:
    axis, radius = np.zeros((3, 2)), np.zeros((3, 72))
    axis[0], radius[0] = 30.0, 12.0
    return BareShaft(30.0, 5.0, 55.0, axis, radius, np.zeros(13))


def test_another_bone_that_touches_the_shaft_stays_bone_and_a_slab_under_the_lesion_does_not() -> None:
    patch = plain()
    z, r, c = np.indices(patch.shape)
    shaft = np.hypot(r - 30, c - 30) <= 12
    other = np.hypot(r - 30, c - 48) <= 6.5
    lesion = (np.hypot(r - 48, c - 30) <= 8) & (np.abs(z - 30) <= 12) & ~shaft
    slab = lesion & (r <= 45)
    inside = shaft | other | slab
    kept = without_base(patch, inside, inside | lesion, (round_shaft(),))
    assert not (kept & slab & (np.hypot(r - 30, c - 30) > 12.0)).any()
    assert kept[other].all()
    assert kept[shaft].all()


def test_a_valley_through_a_lesion_leaves_its_base_to_bone_and_the_shaft_gives_it_back() -> None:
    patch = plain()
    z, r, c = np.indices(patch.shape)
    shaft = np.hypot(r - 30, c - 30) <= 12
    lesion = (np.hypot(r - 48, c - 30) <= 9) & (np.abs(z - 30) <= 12) & ~shaft
    base = lesion & (r <= 47)
    hu = np.where(shaft, 1300.0, np.where(lesion, 400.0, 55.0)).astype(np.float32)
    cut = BoneCut(shaft | base, np.zeros_like(shaft), "valley", 350.0)
    told = with_its_base(patch, hu, cut, (round_shaft(),))
    assert softer_mm3(patch, hu, cut, 700.0) > 500.0
    assert told is not None
    assert told.route == "valley"
    assert not told.inside[base].any()
    assert told.inside[shaft].all()


def test_a_valley_along_the_shaft_stays_where_it_is() -> None:
    patch = plain()
    z, r, c = np.indices(patch.shape)
    away = np.hypot(r - 30, c - 30) - 12
    lesion = (np.hypot(r - 51, c - 30) <= 9) & (np.abs(z - 30) <= 12) & (away > 0.8)
    hu = np.where(away <= 0, 1300.0, np.where(away <= 0.8, 500.0, np.where(lesion, 600.0, 55.0))).astype(np.float32)
    cut = BoneCut(away <= 0.8, np.zeros_like(lesion), "valley", 350.0)
    assert softer_mm3(patch, hu, cut, 700.0) == 0.0
    assert with_its_base(patch, hu, cut, (round_shaft(),)) is None


def test_nothing_is_given_back_where_nothing_sits_on_the_shaft() -> None:
    patch = plain()
    _, r, c = np.indices(patch.shape)
    blurred = np.hypot(r - 30, c - 30) <= 12.8
    assert (without_base(patch, blurred, blurred, (round_shaft(),)) == blurred).all()


@pytest.mark.parametrize("seed", [322, 323])
def test_a_cleft_to_a_shaft_is_as_wide_as_it_is(seed: int) -> None:
    protocol, pose = PLANS["thin"]
    image = close_up(situation("cleft_1mm", seed), protocol, pose, seed=seed)
    marked = clicked(image)
    found = measure(image.volume, marked)
    gap = next(one for one in found.measurements if one.concept == "gap_to_bone_mm")
    assert gap.value == pytest.approx(image.truth.gap_to_bone_mm, abs=0.7)


def test_what_the_border_of_bone_adds_is_known_and_taken_away() -> None:
    image = on_the_cortex(311, "thin")
    low, high = corners(image)
    (shaft,) = bare_shafts(image.volume, native_bone(image.volume), low, high, 55.0)
    assert 450.0 < shaft.halo_hu[0] < 850.0
    assert (np.diff(shaft.halo_hu) <= 0.0).all()
    assert shaft.halo_hu[-1] < 40.0
    patch = cut_patch(image.volume, low - 12.0, high + 12.0)
    added, away = halo(patch, (shaft,)), beyond(patch, (shaft,))
    assert (added[(away <= 0.0) | (away > HALO_MM[-1])] == 0.0).all()
    far = np.array([[0.5 * (low[0] + high[0]), *(shaft.axis[0] + np.array([0.0, shaft.radius[0, 0] + 5.0]))]])
    assert outside((shaft,), far)[0] == pytest.approx(5.0, abs=0.5)
    assert np.isinf(outside((shaft,), far + np.array([200.0, 0.0, 0.0]))[0])
