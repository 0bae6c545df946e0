"""Candidates at a joint: a knee of ellipsoids with its kneecap, vessels, and a shaft too short to be known as one."""

from dataclasses import replace

import numpy as np
import pytest
from phantoms import as_volume, grid
from scipy import ndimage

from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.candidates import Candidate, find_candidates
from mo_viewer.segment.clusters import Cluster
from mo_viewer.segment.patch import Frame, Patch
from mo_viewer.segment.shafts import shafts
from mo_viewer.segment.strands import side_by_side

SPACING_MM = (1.5, 1.05, 1.1)
STACK = grid((58, 112, 106), SPACING_MM)
Z, Y, X = np.moveaxis(
    STACK.points_mm(np.indices(STACK.shape).reshape(3, -1).T.astype(float)).reshape(*STACK.shape, 3)[..., ::-1], -1, 0
)
CORTEX_HU, SPONGE_HU = 1300.0, 230.0
LATERAL_MM = (22.0, 0.0, 24.0)
KNEECAP_MM = (2.0, -38.0, -10.0)
Place = tuple[float, float, float]


def depth_in_bone() -> np.ndarray:
    """Depth (mm) below the surface of a femur that widens to its end, ending within the stack."""
    widening = 1 / (1 + np.exp((Z - 8.0) / 4.0))
    wide, deep = 16.0 + 20.0 * widening, 16.0 + 10.0 * widening
    across = (1 - np.hypot(X / wide, Y / deep)) * np.sqrt(wide * deep)
    return np.minimum(across, Z + 34.0)


def oval(at: Place, axes_mm: Place) -> np.ndarray:
    """Depth (mm, first order) below the surface of an ellipsoid."""
    off = [(c - m) / a for c, m, a in zip((X, Y, Z), at, axes_mm, strict=True)]
    return (1 - np.sqrt(sum(o**2 for o in off))) * min(axes_mm)


def knee(*bodies: tuple[np.ndarray, float, float, float], vessels_mm: tuple[float, ...] = ()) -> np.ndarray:
    """HU of a knee; a body is its depth, and the thickness and HU of its rim and the HU of its core.

    Calcified vessels run behind the bone, each `vessels_mm` to the left.
    """
    rng = np.random.default_rng(5)
    hu = np.where(np.hypot(X, Y) < 54.0, 55.0, -1000.0)
    for depth, rim_mm, rim_hu, core_hu in bodies:
        hu[depth > 0] = rim_hu
        hu[depth > rim_mm] = core_hu
    bone = depth_in_bone()
    cortex_mm = np.clip(2.0 + 0.15 * (Z - 5.0), 2.0, 5.0)
    hu[bone > 0] = CORTEX_HU
    hu[bone > cortex_mm] = np.where(Z > 15.0, -40.0, SPONGE_HU)[bone > cortex_mm]
    patches = ndimage.gaussian_filter(rng.normal(size=STACK.shape), 2.0)
    for left in vessels_mm:
        wall = np.abs(np.hypot(X - left - 0.04 * Z, Y - 40.0) - 3.2) < 0.5
        hu[wall & (np.abs(Z) < 33.0) & (patches > np.quantile(patches, 0.4))] = 420.0
    return hu


def found_in(hu: np.ndarray, body_part: str = "") -> tuple[Candidate, ...]:
    blurred = ndimage.gaussian_filter(hu, [0.8 / s for s in SPACING_MM])
    volume = as_volume(blurred + np.random.default_rng(6).normal(0.0, 10.0, hu.shape), STACK)
    return find_candidates(replace(volume, source=replace(volume.source, body_part=body_part)))


def accepted(found: tuple[Candidate, ...]) -> list[Candidate]:
    return [one for one in found if one.kind == "calcification"]


def near(one: Candidate, place: Place, within_mm: float) -> bool:
    return float(np.linalg.norm(np.array(one.at_mm) - place)) < within_mm


def test_a_knee_of_its_own_has_no_candidates() -> None:
    assert accepted(found_in(knee())) == []


def test_a_kneecap_is_a_bone_of_its_own() -> None:
    found = found_in(knee((oval(KNEECAP_MM, (20.0, 9.0, 20.0)), 2.2, 1250.0, 260.0)))
    assert accepted(found) == []
    assert any(one.kind == "native_bone" and "kneecap" in one.why and near(one, KNEECAP_MM, 25.0) for one in found)


def test_in_front_of_a_hip_nothing_is_a_kneecap_and_nothing_small_is_one_anywhere() -> None:
    dense = (oval(KNEECAP_MM, (20.0, 9.0, 20.0)), 2.2, 1250.0, 260.0)
    small = (oval(KNEECAP_MM, (13.0, 9.0, 14.0)), 2.2, 1250.0, 260.0)
    for found in (found_in(knee(dense), "HIP"), found_in(knee(small))):
        [one] = accepted(found)
        assert near(one, KNEECAP_MM, 20.0)


def test_a_small_dense_bone_close_behind_the_knee_is_a_fabella() -> None:
    at = (17.0, 36.0, -12.0)
    found = found_in(knee((oval(at, (6.0, 5.0, 6.0)), 1.6, 1250.0, 500.0)))
    assert accepted(found) == []
    assert any("fabella" in one.why for one in found)


@pytest.mark.parametrize(
    ("at", "axes_mm", "rim_hu", "core_hu"),
    [
        pytest.param((-45.0, -8.0, -10.0), (5.0, 14.0, 16.0), 1250.0, 260.0, id="beside the knee"),
        pytest.param(KNEECAP_MM, (20.0, 9.0, 20.0), 620.0, 150.0, id="in front, less dense than the bone's ends"),
        pytest.param((2.0, -32.0, 26.0), (12.0, 9.0, 13.0), 1250.0, 260.0, id="in front of the shaft"),
        pytest.param((17.0, 36.0, -12.0), (6.0, 5.0, 6.0), 500.0, 160.0, id="behind, less dense than the bone's ends"),
    ],
)
def test_a_mature_lesion_stays_a_candidate(at: Place, axes_mm: Place, rim_hu: float, core_hu: float) -> None:
    [one] = accepted(found_in(knee((oval(at, axes_mm), 2.2, rim_hu, core_hu))))
    assert near(one, at, max(axes_mm))


@pytest.mark.parametrize(
    ("rim_mm", "rim_hu", "core_hu"),
    [pytest.param(99.0, 640.0, 640.0, id="dense"), pytest.param(2.0, 560.0, 80.0, id="eggshell")],
)
def test_a_lesion_on_the_cortex_near_the_joint_is_found_in_a_short_stack(
    rim_mm: float, rim_hu: float, core_hu: float
) -> None:
    [one] = accepted(found_in(knee((oval(LATERAL_MM, (12.0, 10.0, 12.0)), rim_mm, rim_hu, core_hu))))
    assert near(one, LATERAL_MM, 14.0)


def test_a_process_that_goes_on_to_the_joint_is_bone() -> None:
    assert accepted(found_in(knee((oval((26.0, 0.0, -5.0), (14.0, 12.0, 34.0)), 2.0, 420.0, 300.0)))) == []


@pytest.mark.parametrize("vessels_mm", [(-5.0,), (-5.0, 5.0)])
def test_calcified_vessels_are_vessels_alone_and_side_by_side(vessels_mm: tuple[float, ...]) -> None:
    found = found_in(knee(vessels_mm=vessels_mm))
    assert accepted(found) == []
    assert any(one.kind == "vessel" for one in found)


def test_a_shaft_ends_where_the_bone_widens_though_a_condyle_below_is_as_slender() -> None:
    z, y, x = np.indices((90, 60, 80)) * 1.5 - np.array([0.0, 45.0, 60.0])[:, None, None, None]
    round_ = np.hypot(x, y)
    condyles = np.minimum(np.hypot(x - 18.0, y), np.hypot(x + 18.0, y))
    full = np.where(z > 60.0, round_ < 15.0, np.where(z > 21.0, round_ < 33.0, (condyles < 10.0 + 0.4 * z) & (z > 6.0)))
    patch = Patch(
        np.where(full, 1300.0, 55.0).astype(np.float32),
        (1.5, 1.5, 1.5),
        np.zeros(3),
        Frame(np.eye(3)),
        np.zeros((3, 2), bool),
    )
    [shaft] = shafts(patch, full, Ticket())
    assert shaft.slices[0] * 1.5 >= 60.0
    assert shaft.slices[-1] == 89
    assert np.ptp(shaft.axis, axis=0).max() < 0.5


def strands(*middles_mm: float, wide_mm: float, hollow: bool, narrower_mm: float = 0.0) -> Cluster:
    """Upright strands of 60 mm, each at its place across the body; the last one may be narrower."""
    points = np.indices((60, 12, 40)).reshape(3, -1).T.astype(float)
    inside = np.zeros(len(points), dtype=bool)
    for middle in middles_mm:
        away = np.hypot(points[:, 1] - 6.0, points[:, 2] - middle)
        reach = (wide_mm - narrower_mm * (middle == middles_mm[-1])) / 2
        inside |= (away <= reach) & (away >= (reach - 1.2 if hollow else 0.0))
    return Cluster(points[inside].astype(int), points[inside], 2, False)


def test_two_strands_are_told_from_one_flat_body() -> None:
    assert side_by_side(strands(14.0, 24.0, wide_mm=8.0, hollow=True))
    assert side_by_side(strands(14.0, 24.0, wide_mm=7.0, hollow=False))
    for hollow in (False, True):
        assert side_by_side(strands(14.0, 23.0, wide_mm=9.0, narrower_mm=4.0, hollow=hollow))
    assert not side_by_side(strands(14.0, wide_mm=8.0, hollow=True))
    assert not side_by_side(strands(12.0, 16.0, 20.0, 24.0, wide_mm=8.0, hollow=False))
    plate = np.indices((60, 9, 18)).reshape(3, -1).T
    shell = plate[(plate % [100, 8, 17] == 0)[:, 1:].any(axis=1)]
    for body in (plate, shell):
        assert not side_by_side(Cluster(body, body.astype(float), 3, False))
