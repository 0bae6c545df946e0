"""Candidates fused to the wide end of a bone: a femur's end with two condyles, its spongy inside and thin cortex."""

import numpy as np
import pytest
from phantoms import as_volume, grid
from scipy import ndimage

from mo_viewer.segment.candidates import Candidate, find_candidates
from mo_viewer.segment.mark import mark
from mo_viewer.volume.volume import Volume

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


def imaged(
    at: Place = LATERAL_MM,
    rim_hu: float = 0.0,
    core_hu: float = 0.0,
    sclerosis_mm: float = 1.4,
    axes_mm: Place = (10.0, 10.0, 11.0),
    bone_hu: tuple[float, float] = (CORTEX_HU, SPONGE_HU),
) -> Volume:
    """A knee, with a lesion where its rim has HU; the cortex is as thick as sclerosis, `bone_hu` it and sponge read."""
    rng = np.random.default_rng(7)
    hu = np.where(np.hypot(X, Y) < 56.0, 55.0, -1000.0)
    if rim_hu:
        lesion = oval(at, axes_mm)
        hu[lesion > 0] = rim_hu
        hu[lesion > 2.0] = core_hu
    bone = end_of_femur()
    end = 1 / (1 + np.exp((Z - 24.0) / 3.0))
    cortex_mm = sclerosis_mm * end + 5.0 * (1 - end)
    texture = 30.0 * ndimage.gaussian_filter(rng.normal(size=STACK.shape), 1.0) / 0.15
    hu[bone > 0] = (bone_hu[0] * end + 1350.0 * (1 - end))[bone > 0]
    inside = bone > cortex_mm
    hu[inside] = ((bone_hu[1] + 0.5 * texture) * end - 50.0 * (1 - end))[inside]
    blurred = ndimage.gaussian_filter(hu, [0.8 / s for s in SPACING_MM])
    return as_volume(blurred + rng.normal(0.0, 10.0, hu.shape), STACK)


def found_at(
    at: Place = LATERAL_MM, rim_hu: float = 0.0, core_hu: float = 0.0, sclerosis_mm: float = 1.4
) -> list[Candidate]:
    """Candidates in such a knee."""
    return [one for one in find_candidates(imaged(at, rim_hu, core_hu, sclerosis_mm)) if one.kind == "calcification"]


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


@pytest.mark.parametrize("click", [(0.0, 0.0, 0.0), (7.0, 0.0, 0.0), (0.0, 0.0, -7.5)])
def test_of_a_lesion_beside_an_end_that_is_hardly_denser_than_haze_the_end_is_no_part(click: Place) -> None:
    at, radius = (48.5, 2.0, -14.0), 8.5
    knee = imaged(at, 800.0, 150.0, 0.8, (radius, radius, radius), (1000.0, 200.0))
    found = mark(knee, [(at[0] + click[0], at[1] + click[1], at[2] + click[2])])
    assert found.surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.05)
    assert any("Another body" in said for said in found.warnings)
