import numpy as np
import pytest

from mo_viewer.base.faults import Misuse
from mo_viewer.phantom.arm import arm
from mo_viewer.phantom.catalogue import LESION, SITUATIONS, maturing, situation
from mo_viewer.phantom.courses import KINDS, altered, course, retest
from mo_viewer.phantom.extras import nail, phleboliths, plaque, skin_bead
from mo_viewer.phantom.fills import Plain
from mo_viewer.phantom.hip import HEAD_MM, femur_shape, hip, pelvis_shape
from mo_viewer.phantom.imaged import close_up
from mo_viewer.phantom.limb import Solid
from mo_viewer.phantom.pose import Pose
from mo_viewer.phantom.render import render
from mo_viewer.phantom.scanner import MEDIUM, Protocol
from mo_viewer.phantom.shapes import Ellipsoid, Placed
from mo_viewer.phantom.thigh import build_of, thigh
from mo_viewer.phantom.truth import true_mask, truth_of

GAPS = {
    "broad_base_dense": (0.0, 0.1),
    "broad_base_eggshell": (0.0, 0.1),
    "cleft_1mm": (0.9, 1.1),
    "cleft_1mm_eggshell": (0.9, 1.1),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_situation_is_what_its_name_says_and_differs_by_seed(name):
    first, second = (situation(name, seed) for seed in (3, 4))
    truth = truth_of(first, first.lesion(LESION))
    assert not np.allclose(first.lesion(LESION).shape.box, second.lesion(LESION).shape.box, atol=0.01)
    low, high = GAPS.get(name, (3.0, 10.0))
    assert low <= truth.gap_to_bone_mm <= high
    assert (truth.bone_contact_mm2 > 40) == name.startswith("broad_base")
    core_depth = first.lesion(LESION).shape.depth(np.array(truth.core_points_mm[:1]))
    assert core_depth[0] > 0.5
    assert np.all(first.lesion(LESION).shape.depth(np.array(truth.rim_points_mm)) > 0)


def test_the_same_seed_is_the_same_patient():
    first, second = (situation("irregular", 4) for _ in range(2))
    assert truth_of(first, first.lesion(LESION)) == truth_of(second, second.lesion(LESION))


@pytest.mark.parametrize(("name", "sign"), [("mature", 1), ("eggshell", 1), ("reverse_zoned", -1)])
def test_zoning_runs_the_way_the_name_says(name, sign):
    limb = situation(name, 4)
    assert np.sign(truth_of(limb, limb.lesion(LESION)).zonal_index) == sign


def test_an_unknown_situation_is_misuse():
    with pytest.raises(Misuse, match="no situation named 'pretzel'"):
        situation("pretzel", 1)
    with pytest.raises(Misuse, match="no course named 'pretzel'"):
        course("pretzel", 1)


def test_a_maturing_lesion_keeps_its_size_and_gains_mineral():
    truths = [truth_of(limb, limb.lesion(LESION)) for limb in maturing(3)]
    volumes = [t.volume_mm3 for t in truths]
    assert max(volumes) == pytest.approx(min(volumes), rel=1e-9)
    contents = [t.excess_hu_mm3 for t in truths]
    assert contents == sorted(contents)
    assert contents[-1] > 4 * contents[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_course_shows_the_fate_that_it_is_named_after(kind):
    visits = course(kind, 2)
    assert [v.weeks for v in visits] == sorted(v.weeks for v in visits)
    names = [[s.name for s in v.limb.lesions] for v in visits]
    expected = {
        "new": [[], ["L1"]],
        "resorbed": [["L1"], []],
        "merged": [["L1", "L2"], ["L1"]],
        "split": [["L1"], ["L1", "L2"]],
        "excised": [["L1"], []],
        "recurred": [["L1"], [], ["L1"]],
        "unlike": [["L1", "L2"], ["L1", "L2"]],
    }
    assert names == expected.get(kind, [["L1"]] * len(visits))
    assert len({v.pose for v in visits}) == len(visits)
    assert len({v.identity.study_uid for v in visits}) == len(visits)
    assert len({v.identity.patient_id for v in visits}) == 1


@pytest.mark.parametrize(("kind", "ratio"), [("grown", 1.7), ("shrunk", 0.55), ("stable", 1.0), ("denser", 1.0)])
def test_volume_changes_by_what_the_course_says_whatever_the_pose(kind, ratio):
    first, last = (
        truth_of(v.limb, v.limb.lesion("L1"), v.pose, v.protocol.kvp).volume_mm3
        for v in (course(kind, 2)[i] for i in (0, -1))
    )
    assert last / first == pytest.approx(ratio, rel=0.01)


@pytest.mark.parametrize(("size", "density"), [(1.33, 1.0), (0.67, 1.0), (1.0, 1.72), (1.0, 0.28)])
def test_an_altered_lesion_has_changed_by_as_much_in_size_and_content(size, density):
    first, last = (truth_of(v.limb, v.limb.lesion("L1"), v.pose) for v in altered("dense", 2, size, density))
    assert last.volume_mm3 / first.volume_mm3 == pytest.approx(size, rel=0.01)
    if size == 1.0:
        assert last.excess_hu_mm3 / first.excess_hu_mm3 == pytest.approx(density, rel=0.03)


def test_no_lesion_is_altered_from_an_unknown_state():
    with pytest.raises(Misuse, match="no state named 'pretzel'"):
        altered("pretzel", 1, 1.0, 1.0)


def test_a_lesion_of_a_course_stays_at_its_place_in_the_limb():
    first, last = course("stable", 2)
    centres = [
        v.pose.to_limb(np.array([truth_of(v.limb, v.limb.lesion("L1"), v.pose).centroid_mm]))[0] for v in (first, last)
    ]
    assert centres[0] == pytest.approx(centres[1], abs=0.02)


def test_a_retest_changes_the_series_and_not_the_patient():
    visit = course("stable", 2)[0]
    pose, protocol = retest(visit.limb, visit.protocol, 9)
    assert pose != visit.pose
    assert protocol.spacing_mm != visit.protocol.spacing_mm
    assert protocol.geometry().contains(pose.to_patient(np.zeros((1, 3)))[0])


def test_an_arm_has_a_humerus_and_the_lesion_that_it_is_given():
    lesion = Solid("L", Placed(Ellipsoid((8.0, 7.0, 10.0)), (2.0, -26.0, 0.0)), Plain(400.0))
    limb = arm(2, (lesion,))
    hu, geometry = render(limb, Protocol((5, 120, 120), (0.9, 0.9), 1.0, kernel=MEDIUM, noise_hu=0.0))
    assert hu.max() > 1200
    assert hu[true_mask(lesion, Pose(), geometry).full()].mean() == pytest.approx(400, rel=0.1)


def test_a_right_limb_is_the_mirror_of_a_left_one():
    protocol = Protocol((1, 100, 100), (1.8, 1.8), 1.0, kernel=MEDIUM, noise_hu=0.0)
    left, right = (render(thigh(4, laterality=side), protocol)[0][0] for side in "LR")
    away = np.abs(left - right[:, ::-1])
    assert np.median(away) < 12
    assert np.median(np.abs(left - right)) > np.median(away)


def test_the_femoral_head_turns_in_its_socket_without_touching_it():
    pelvis = pelvis_shape()
    directions = np.random.default_rng(1).normal(size=(2000, 3))
    head = HEAD_MM * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    assert pelvis.depth(head).max() < -1.5
    shaft_end = np.array([[36.0, 1.0, -150.0]])
    assert femur_shape().depth(shaft_end)[0] > 0
    assert femur_shape((40.0, 0.0, 0.0)).depth(shaft_end)[0] < 0
    assert {s.name for s in hip(1).native_bones} == {"pelvis", "femur"}


def test_distractors_lie_where_they_belong():
    build = build_of(5)
    bare = thigh(5, build=build)
    stones, hard = phleboliths(bare, "femoral vein", 5), plaque(bare, "femoral artery", 5)
    vein = next(s.shape for s in bare.solids if s.name == "femoral vein")
    for stone in stones:
        assert vein.depth(np.array([stone.shape.centre_mm]))[0] > 1.5
    limb = thigh(5, extras=(*stones, hard, skin_bead((-88.0, 0.0, 0.0)), nail(build.bow_per_mm)), build=build)
    at = stones[0].shape.centre_mm
    hu, _ = render(limb, Protocol((3, 40, 40), (0.6, 0.6), 1.0, noise_hu=0.0, centre_mm=at))
    assert hu[1, 18:22, 18:22].mean() > 200


def test_metal_saturates_and_casts_streaks_only_where_it_is():
    build = build_of(5)
    protocol = Protocol((2, 90, 90), (2.0, 2.0), 1.0, noise_hu=0.0, steps_mm=(90.0,), centre_mm=(-10.0, 8.0, 45.0))
    with_nail, bare = (render(thigh(5, extras=e, build=build), protocol)[0] for e in ((nail(build.bow_per_mm),), ()))
    assert with_nail[0].max() == 3071.0
    assert np.abs(with_nail[0] - bare[0]).mean() > 5
    assert np.array_equal(with_nail[1], bare[1])


@pytest.mark.parametrize("name", ["cleft_1mm", "fragment_cloud", "eggshell"])
def test_a_situation_in_the_arm_lies_in_its_muscle(name):
    limb = situation(name, 4, where="arm")
    near = close_up(limb, Protocol(kernel=MEDIUM, spacing_mm=(0.7, 0.6), noise_hu=0.0), margin_mm=4.0)
    assert near.truth.gap_to_bone_mm <= 2.6
    assert near.volume.rescaled((0, 0, 0), near.volume.geometry.shape)[near.mask.full()].mean() == pytest.approx(
        near.truth.mean_hu, rel=0.12
    )


def test_there_is_no_situation_in_a_tail():
    with pytest.raises(Misuse, match="no limb named 'tail'"):
        situation("mature", 1, where="tail")


def test_a_hip_shows_sponge_within_thin_cortex_and_a_lesion_beside_it():
    lesion = Solid("L", Placed(Ellipsoid((10.0, 9.0, 12.0)), (38.0, -34.0, -6.0)), Plain(500.0))
    limb = hip(1, (lesion,))
    hu, geometry = render(
        limb, Protocol((6, 110, 120), (1.5, 1.4), 3.0, kernel=MEDIUM, noise_hu=0.0, centre_mm=(0, 0, -3)), fine_mm=0.6
    )
    (head,) = (hu[tuple(np.round(i).astype(int))] for i in geometry.index_of(np.zeros((1, 3))))
    assert 80 < head < 350
    assert hu.max() > 700
    assert hu[true_mask(lesion, Pose(), geometry).full()].mean() == pytest.approx(500, rel=0.12)
    assert truth_of(limb, lesion).gap_to_bone_mm > 3
