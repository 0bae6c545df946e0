import numpy as np
import pytest
from phantoms import AXIAL, INTERCEPT, OBLIQUE, SAGITTAL, UNEVEN_STEPS_MM, ellipsoid, grid, sphere

STACKS = {
    "axial": {},
    "oblique": {"direction": OBLIQUE},
    "sagittal": {"direction": SAGITTAL},
    "tilted": {"tilt_deg": 18.0},
    "uneven": {"steps_mm": UNEVEN_STEPS_MM},
}


@pytest.mark.parametrize("options", STACKS.values(), ids=STACKS.keys())
def test_a_small_phantom_holds_its_volume_its_excess_and_its_place(options):
    body = ellipsoid(
        (11.0, 8.0, 9.0), rim_mm=2.5, rim_hu=500.0, core_hu=150.0, centre_mm=(12.0, -7.0, 900.0), **options
    )
    geometry = body.volume.geometry
    excess = body.volume.rescaled((0, 0, 0), geometry.shape).astype(float) - body.background_hu
    weighted = excess * geometry.voxel_volumes_mm3[:, None, None]
    assert weighted.sum() == pytest.approx(body.excess_hu_mm3, rel=0.01)
    assert body.mask.volume_mm3 == pytest.approx(body.volume_mm3, rel=0.015)
    points = geometry.points_mm(np.indices(geometry.shape).reshape(3, -1).T.astype(float))
    centroid = (points * weighted.reshape(-1, 1)).sum(axis=0) / weighted.sum()
    assert np.linalg.norm(centroid - body.centre_mm) < 0.05


@pytest.mark.parametrize("direction", [AXIAL, OBLIQUE, SAGITTAL], ids=["axial", "oblique", "sagittal"])
def test_stack_directions_are_perpendicular_units(direction):
    assert np.allclose(direction.T @ direction, np.eye(3), atol=1e-12)


def test_a_tilted_grid_is_sheared_and_keeps_the_distance_of_its_planes():
    tilted = grid(tilt_deg=18.0)
    assert tilted.is_sheared
    assert tilted.spacing_mm == pytest.approx((1.25, 0.7, 0.85))
    assert not grid().is_sheared


def test_the_bone_stands_at_the_gap_that_was_asked_for():
    body = sphere(12.0, bone_gap_mm=3.0, shape=(8, 64, 90), spacing_mm=(1.0, 0.5, 0.5), centre_mm=(5.0, 0.0, 0.0))
    row = body.volume.rescaled_slice(4)[32]
    cortex = np.flatnonzero(row > 600)
    at = body.volume.geometry.points_mm(np.array([[3.5, 31.5, float(cortex[0])]]))[0]
    assert at[0] == pytest.approx(5.0 + 6.0 + 3.0, abs=0.5)


def test_stored_values_need_their_intercept():
    body = sphere()
    assert body.volume.values.dtype == np.int16
    assert int(body.volume.values[0, 0, 0]) == 55 - INTERCEPT
