import numpy as np
import pytest
from serial_limbs import (
    FAR,
    FINE,
    FIRST,
    OTHERS,
    SECOND,
    carried,
    limb_with_lesion,
    moved_body,
    registered_pair,
    study,
    target_error,
    truth,
    untilted,
)

from mo_viewer.base.faults import Cancelled, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.registration import Verdict, inverse_of
from mo_viewer.phantom.arm import arm
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.extras import nail
from mo_viewer.phantom.fills import Zoned
from mo_viewer.phantom.hip import hip
from mo_viewer.phantom.limb import Solid
from mo_viewer.phantom.pose import turn
from mo_viewer.phantom.scanner import SHARP, SOFT, Protocol
from mo_viewer.phantom.shapes import Ellipsoid, Placed
from mo_viewer.phantom.thigh import build_of, femur, thigh
from mo_viewer.track.register import register
from mo_viewer.track.side import side_of


@pytest.fixture(scope="module")
def first():
    return study(limb_with_lesion(3), FINE, FIRST, 1)


@pytest.fixture(scope="module")
def second():
    return study(limb_with_lesion(3), FINE, SECOND, 7)


LATER = ("the same protocol", "soft kernel", "uneven steps")


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.long) if n in LATER else n for n in OTHERS])
def test_a_thigh_is_found_again_whatever_the_pose_and_protocol(first, name):
    again = study(limb_with_lesion(3), OTHERS[name], SECOND, 7)
    found = registered_pair(first, again)
    assert found.verdict is Verdict.GOOD, found.reason
    mean, most = target_error(found.matrix, truth(FIRST, SECOND), first.lesion_mm())
    assert mean <= 0.35
    assert most <= 0.5
    assert found.residual_mm < 0.12
    assert found.overlap > 0.97
    assert found.error_mm < 1.0


def test_a_thigh_turned_by_half_a_right_angle_is_found_though_the_lesion_is_not_marked_there(first):
    again = study(limb_with_lesion(3), OTHERS["2 mm soft"], FAR, 7)
    found = registered_pair(first, again, known_lesions=False)
    assert found.verdict is Verdict.GOOD, found.reason
    mean, most = target_error(found.matrix, truth(FIRST, FAR), first.lesion_mm())
    assert max(mean, most) <= 0.8


def test_the_way_back_is_found_as_well(first, second):
    found = register(second.volume, first.volume, [tuple(second.lesion_mm())], second.masks, first.masks)
    assert found.verdict is Verdict.GOOD
    back = inverse_of(found)
    assert (back.from_study, back.to_study) == (found.to_study, found.from_study)
    assert max(target_error(back.matrix, truth(FIRST, SECOND), first.lesion_mm())) <= 0.5


def test_without_a_lesion_the_studies_are_registered_in_the_middle(first, second):
    found = register(first.volume, second.volume)
    assert found.verdict is Verdict.GOOD
    assert max(target_error(found.matrix, truth(FIRST, SECOND), first.lesion_mm())) <= 0.5


@pytest.mark.parametrize("kernel", [pytest.param(SHARP, marks=pytest.mark.long), SOFT], ids=["sharp 1 mm", "soft 3 mm"])
def test_an_arm_is_found_again(kernel):
    body = Solid("L1", Placed(Ellipsoid((8, 7, 12)), (2.0, -26.0, 5.0)), Zoned(2.0, 700, 120, (2.0, -26.0, 5.0), 3))
    limb = arm(2, (body,))
    fine = Protocol((100, 110, 110), (1.0, 0.9), 1.0, kernel=SHARP)
    other = fine if kernel is SHARP else Protocol((34, 110, 110), (1.0, 0.9), 3.0, kernel=SOFT)
    one, two = study(limb, fine, FIRST, 1, (0, 0, 0)), study(limb, other, SECOND, 7, (0, 0, 0))
    found = registered_pair(one, two)
    assert found.verdict is Verdict.GOOD, found.reason
    assert max(target_error(found.matrix, truth(FIRST, SECOND), one.lesion_mm())) <= 0.5


def test_a_nail_is_left_out_and_the_bone_round_it_registers():
    limb = situation("mature", 5, extras=(nail(femur(build_of(5))[0].bow_per_mm),))
    one = study(limb, FINE, FIRST, 5)
    plain = side_of(study(situation("mature", 5), FINE, FIRST, 5).volume, one.masks, Ticket())
    side = side_of(one.volume, one.masks, Ticket())
    assert side.bones.cortex_hu[1] == pytest.approx(plain.bones.cortex_hu[1], abs=60)
    assert not side.sees(side.bones.metal_mm).any()
    assert not len(plain.bones.metal_mm)
    found = registered_pair(one, study(limb, FINE, SECOND, 55))
    assert found.verdict is Verdict.GOOD, found.reason
    mean, _ = target_error(found.matrix, truth(FIRST, SECOND), one.lesion_mm())
    assert mean <= 0.5


def test_a_hip_is_registered_on_the_femur_though_the_joint_was_turned():
    place = (70.0, 24.0, -10.0)
    body = Solid("L1", Placed(Ellipsoid((10, 9, 13)), place), Zoned(2.5, 850, 150, place, 3))
    bent = (18.0, 5.0, 12.0)
    protocol = Protocol((80, 90, 90), (2.0, 1.9), 2.0, kernel=SHARP)
    one = study(hip(1, (body,)), protocol, FIRST, 1, (10, 0, -40))
    moved = hip(1, (moved_body(body, turn(*bent)),), femur_turn_deg=bent)
    two = study(moved, protocol, SECOND, 7, (10, 0, -40))
    found = registered_pair(one, two)
    assert found.verdict is Verdict.GOOD, found.reason
    true = truth(FIRST, SECOND, turn(*bent))
    assert max(target_error(found.matrix, true, one.lesion_mm())) <= 0.5
    assert max(target_error(found.matrix, truth(FIRST, SECOND), one.lesion_mm())) > 10


def misread(second, name):
    turns = {
        "turned over": np.diag([1.0, -1.0, -1.0]),
        "front and back exchanged by a half turn": np.diag([-1.0, -1.0, 1.0]),
        "left and right exchanged": np.diag([-1.0, 1.0, 1.0]),
        "pixels 4 % too large": np.diag([1.04, 1.04, 1.0]),
    }
    return carried(second.volume, turns[name])


@pytest.mark.parametrize(
    "name",
    [
        "turned over",
        "front and back exchanged by a half turn",
        "left and right exchanged",
        "pixels 4 % too large",
    ],
)
def test_a_stack_that_is_read_wrongly_is_never_shown_as_good(first, second, name):
    found = register(first.volume, misread(second, name), [tuple(first.lesion_mm())], first.masks)
    assert found.verdict is Verdict.FAILED
    assert found.matrix_lps is None
    assert found.reason


@pytest.mark.parametrize("tilt", [8.0, pytest.param(15.0, marks=pytest.mark.long), 22.0])
def test_a_tilt_that_was_lost_is_noticed(first, tilt):
    from dataclasses import replace

    tilted = study(limb_with_lesion(3), replace(FINE, tilt_deg=tilt), SECOND, 7)
    found = register(first.volume, untilted(tilted.volume), [tuple(first.lesion_mm())], first.masks)
    assert found.verdict is Verdict.FAILED, found.reason


@pytest.mark.parametrize("seed", [4, 5, *(pytest.param(s, marks=pytest.mark.long) for s in (1, 2, 6, 7, 8, 9, 10))])
def test_another_patient_is_never_shown_as_good(first, seed):
    other = study(thigh(seed, build=build_of(seed)), OTHERS["3 mm soft"], SECOND, 7)
    found = register(first.volume, other.volume, [tuple(first.lesion_mm())], first.masks)
    assert found.verdict is not Verdict.GOOD


def test_the_other_leg_of_the_same_patient_is_never_shown_as_good(first):
    right = thigh(3, laterality="R", build=build_of(3))
    other = study(right, FINE, SECOND, 7, (11, 8, 0))
    found = register(first.volume, other.volume, [tuple(first.lesion_mm())], first.masks)
    assert found.verdict is Verdict.FAILED
    assert "mirror" in found.reason


def test_studies_without_a_common_stretch_of_bone_fail(first):
    above = study(limb_with_lesion(3), FINE, SECOND, 7, (-11, 8, 150))
    found = register(first.volume, above.volume, [tuple(first.lesion_mm())], first.masks)
    assert found.verdict is Verdict.FAILED


def test_studies_without_bone_fail_and_say_so(first):
    from phantoms import sphere_volume

    found = register(first.volume, sphere_volume())
    assert (found.verdict, found.reason) == (Verdict.FAILED, "a study shows no bone")


def test_too_few_slices_are_not_called_a_study_without_bone(first):
    from phantoms import sphere_volume

    found = register(first.volume, sphere_volume(shape=(3, 40, 40)))
    assert (found.verdict, found.reason) == (Verdict.FAILED, "a study has too few slices for its bone")


def test_images_that_are_not_hounsfield_are_refused(first):
    from dataclasses import replace

    with pytest.raises(Refused, match="Only CT"):
        register(first.volume, replace(first.volume, unit=""))


def test_registration_can_be_stopped(first, second):
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Cancelled):
        register(first.volume, second.volume, ticket=ticket)


def test_the_same_question_has_the_same_answer_to_the_last_bit(first, second):
    near = [tuple(first.lesion_mm())]
    one, two = (register(first.volume, second.volume, near, first.masks, second.masks) for _ in range(2))
    assert one == two
