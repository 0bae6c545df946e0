"""Candidates fused to the wide end of a bone: a femur's end with two condyles, its spongy inside and thin cortex."""

import numpy as np
import pytest
from phantoms import as_volume, grid
from scipy import ndimage

from mo_viewer.segment.candidates import Candidate, find_candidates

SPACING_MM = (1.5, 1.05, 1.1)
STACK = grid((64, 112, 112), SPACING_MM)
Z, Y, X = np.moveaxis(
    STACK.points_mm(np.indices(STACK.shape).reshape(3, -1).T.astype(float)).reshape(*STACK.shape, 3)[..., ::-1], -1, 0
)
CORTEX_HU, SPONGE_HU = 750.0, 230.0
LATERAL_MM, BEHIND_MM, TUBERCLE_MM = (41.0, 2.0, -14.0), (-20.0, 35.0, -14.0), (-36.0, 0.0, -6.0)
Place = tuple[float, float, float]
SIDES = [pytest.param(LATERAL_MM, id="beside a condyle"), pytest.param(BEHIND_MM, id="behind a condyle")]


def oval(at: Place, axes_mm: Place) -> np.ndarray:
    """Depth (mm, first order) below the surface of an ellipsoid."""
    off = [(c - m) / a for c, m, a in zip((X, Y, Z), at, axes_mm, strict=True)]
    return (1 - np.sqrt(sum(o**2 for o in off))) * min(axes_mm)


def end_of_femur() -> np.ndarray:
    """Depth (mm) below the surface; a process of the bone's own stands out from the right condyle."""
    shaft = np.where(Z > 0.0, 16.0 - np.hypot(X, Y), -50.0)
    flare = oval((0.0, 0.0, 0.0), (30.0, 20.0, 26.0))
    condyles = [oval((side * 20.0, 4.0, -16.0), (17.0, 27.0, 20.0)) for side in (-1, 1)]
    return np.max([shaft, flare, *condyles, oval(TUBERCLE_MM, (9.0, 9.0, 10.0))], axis=0)


def found_at(
    at: Place = LATERAL_MM, rim_hu: float = 0.0, core_hu: float = 0.0, sclerosis_mm: float = 1.4
) -> list[Candidate]:
    """Candidates in a knee, with a lesion of 20 mm where its rim has HU; the cortex is as thick as sclerosis."""
    rng = np.random.default_rng(7)
    hu = np.where(np.hypot(X, Y) < 56.0, 55.0, -1000.0)
    if rim_hu:
        lesion = oval(at, (10.0, 10.0, 11.0))
        hu[lesion > 0] = rim_hu
        hu[lesion > 2.0] = core_hu
    bone = end_of_femur()
    end = 1 / (1 + np.exp((Z - 24.0) / 3.0))
    cortex_mm = sclerosis_mm * end + 5.0 * (1 - end)
    texture = 30.0 * ndimage.gaussian_filter(rng.normal(size=STACK.shape), 1.0) / 0.15
    hu[bone > 0] = (CORTEX_HU * end + 1350.0 * (1 - end))[bone > 0]
    inside = bone > cortex_mm
    hu[inside] = ((SPONGE_HU + 0.5 * texture) * end - 50.0 * (1 - end))[inside]
    blurred = ndimage.gaussian_filter(hu, [0.8 / s for s in SPACING_MM])
    found = find_candidates(as_volume(blurred + rng.normal(0.0, 10.0, hu.shape), STACK))
    return [one for one in found if one.kind == "calcification"]


def near(one: Candidate, place: Place) -> bool:
    return float(np.linalg.norm(np.array(one.at_mm) - place)) < 11.0


@pytest.mark.parametrize("at", SIDES)
@pytest.mark.parametrize(
    ("rim_hu", "core_hu"),
    [pytest.param(620.0, 620.0, id="dense"), pytest.param(560.0, 60.0, id="shell")],
)
def test_a_lesion_fused_to_a_condyle_is_found(at: Place, rim_hu: float, core_hu: float) -> None:
    [one] = found_at(at, rim_hu, core_hu)
    assert near(one, at)


def test_the_end_itself_and_its_own_process_are_bone() -> None:
    assert found_at() == []


def test_thick_dense_bone_all_round_the_end_is_no_lesion() -> None:
    assert found_at(sclerosis_mm=4.0) == []


def test_what_is_as_spongy_as_the_end_stays_bone() -> None:
    assert found_at(LATERAL_MM, CORTEX_HU, SPONGE_HU) == []
