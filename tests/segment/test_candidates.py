"""Candidates in whole phantom limbs, with seeds that no threshold was chosen on, and in real limbs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mo_viewer.base.faults import Cancelled, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.arm import arm
from mo_viewer.phantom.catalogue import LESION, situation
from mo_viewer.phantom.extras import nail, phleboliths, plaque
from mo_viewer.phantom.limb import Limb, Table
from mo_viewer.phantom.pose import SAGITTAL, Pose
from mo_viewer.phantom.scanner import MEDIUM, SHARP, SOFT, Protocol
from mo_viewer.phantom.thigh import femur, thigh
from mo_viewer.phantom.truth import true_mask
from mo_viewer.segment.candidates import Candidate, find_candidates
from mo_viewer.volume.volume import Volume

POSE = Pose((5.0, -4.0, 12.0), (60.0, -20.0, -400.0))
SEED = 77
COARSE = Protocol((52, 190, 196), (0.9, 0.87), 2.0, kernel=MEDIUM, noise_hu=12.0, centre_mm=POSE.shift_mm)


def imaged(limb: Limb, protocol: Protocol = COARSE) -> Volume:
    return acquire(limb, protocol, POSE, SEED)


def accepted(found: tuple[Candidate, ...]) -> list[Candidate]:
    return [one for one in found if one.kind == "calcification"]


def lies_inside(one: Candidate, limb: Limb, volume: Volume) -> bool:
    index = np.rint(volume.geometry.index_of(np.array(one.at_mm))[0]).astype(int)
    return bool(true_mask(limb.lesion(LESION), POSE, volume.geometry).full()[tuple(index)])


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("free_haze", COARSE),
        ("mature", replace(COARSE, kernel=SHARP, noise_hu=18.0)),
        ("broad_base_dense", COARSE),
        ("broad_base_eggshell", COARSE),
        ("cleft_1mm", replace(COARSE, shape=(35, 190, 196), slice_mm=3.0, kernel=SOFT, noise_hu=9.0)),
        ("cleft_1mm_eggshell", COARSE),
        ("fragment_cloud", COARSE),
    ],
)
def test_a_lesion_is_one_candidate_with_its_point_inside(name: str, protocol: Protocol) -> None:
    limb = situation(name, SEED)
    volume = imaged(limb, protocol)
    [one] = accepted(find_candidates(volume))
    assert lies_inside(one, limb, volume)
    assert one.score > 0.5


def test_a_stack_of_sagittal_slices_is_searched_along_the_bone_too() -> None:
    limb = situation("broad_base_eggshell", SEED, where="arm")
    protocol = Protocol((50, 120, 130), (1.0, 0.9), 2.0, noise_hu=12.0, directions=SAGITTAL, centre_mm=POSE.shift_mm)
    volume = imaged(limb, protocol)
    [one] = accepted(find_candidates(volume))
    assert lies_inside(one, limb, volume)


@pytest.mark.parametrize("extra", ["plaque", "stones", "nail", "table"])
def test_what_else_is_dense_in_a_limb_is_told_with_its_reason(extra: str) -> None:
    limb = arm(SEED)
    solids = {
        "plaque": lambda: (plaque(limb, "brachial artery", SEED),),
        "stones": lambda: phleboliths(limb, "brachial vein", SEED),
        "nail": lambda: (nail((0.0, 0.0), radius_mm=3.0),),
        "table": tuple,
    }[extra]()
    limb = arm(SEED, extras=solids, table=Table(55.0) if extra == "table" else None)
    found = find_candidates(imaged(limb))
    assert accepted(found) == []
    assert all(one.why and one.score < 0.3 for one in found)


def test_a_lesion_is_found_beside_plaques_and_stones_in_the_vessels() -> None:
    bare = thigh(SEED)
    extras = (plaque(bare, "femoral artery", SEED), *phleboliths(bare, "femoral vein", SEED))
    limb = situation("eggshell", SEED, extras=extras)
    volume = imaged(limb)
    found = find_candidates(volume)
    [one] = accepted(found)
    assert lies_inside(one, limb, volume)
    assert {other.kind for other in found[1:]} & {"vessel", "phlebolith"}


def test_the_ridge_and_the_bow_of_a_femur_are_no_candidates() -> None:
    outer, _ = femur()
    assert outer.ridge_mm > 2
    assert accepted(find_candidates(imaged(thigh(SEED)))) == []


def test_images_that_are_no_ct_are_refused_and_work_can_be_stopped() -> None:
    volume = imaged(arm(SEED), replace(COARSE, shape=(12, 100, 100)))
    with pytest.raises(Refused):
        find_candidates(replace(volume, unit=""))
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Cancelled):
        find_candidates(volume, ticket=ticket)


@pytest.mark.parametrize(
    ("folder", "masses"),
    [
        ("ct_thigh_calcified_mass_a", 1),
        ("ct_thigh_calcified_mass_b", 1),
        ("ct_calf_calcified_mass", 1),
        ("ct_thigh_plain_mass", 0),
        ("ct_arm_plain_mass", 0),
    ],
)
def test_each_real_mass_is_one_candidate_and_no_bone_is(shared: Path, folder: str, masses: int) -> None:
    import pydicom
    from skimage.measure import points_in_poly

    series = max(scan([shared / folder / "ct"]).series, key=lambda s: len(s.planes))
    found = accepted(find_candidates(load(series)))
    assert len(found) == masses
    outlines = pydicom.dcmread(shared / folder / "rtstruct_on_ct.dcm").ROIContourSequence[0].ContourSequence
    rings = [np.array(one.ContourData, dtype=float).reshape(-1, 3) for one in outlines]
    for one in found:
        x, y, z = one.at_mm
        near = min(abs(ring[0, 2] - z) for ring in rings)
        level = [ring for ring in rings if abs(ring[0, 2] - z) < near + 0.1]
        assert near < 3.3
        assert any(points_in_poly([(x, y)], ring[:, :2])[0] for ring in level)
