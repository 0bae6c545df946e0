import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantoms import grid

from mo_viewer.base.faults import Refused
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.plane import Plane, direction_letters

TILT = np.deg2rad(18.5)


def rotation(rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def stack(seed: int, uneven: bool, tilted: bool) -> Geometry:
    rng = np.random.default_rng(seed)
    axes = rotation(rng)
    steps = rng.uniform(0.6, 4.0, size=6) if uneven else np.full(6, 1.7)
    heights = np.concatenate([[0], np.cumsum(steps)])
    along = axes[:, 2] + (np.tan(TILT) * axes[:, 1] if tilted else 0)
    origins = rng.uniform(-200, 200, 3) + heights[:, None] * along
    return Geometry((7, 11, 13), origins, 0.9 * axes[:, 1], 0.6 * axes[:, 0], "1.2.3")


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_index_and_millimetres_are_each_others_inverse(seed: int, uneven: bool, tilted: bool) -> None:
    geometry = stack(seed, uneven, tilted)
    index = np.random.default_rng(seed + 1).uniform(-1, 14, size=(40, 3))
    assert np.allclose(geometry.index_of(geometry.points_mm(index)), index, atol=1e-8)


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_every_voxel_centre_is_where_its_slice_says(seed: int, uneven: bool, tilted: bool) -> None:
    geometry = stack(seed, uneven, tilted)
    k, r, c = 4, 9, 2
    truth = geometry.origins_mm[k] + r * geometry.row_step_mm + c * geometry.column_step_mm
    assert np.allclose(geometry.points_mm(np.array([[k, r, c]])), truth, atol=1e-12)


def test_tilt_keeps_its_shear_and_the_slice_distance_is_along_the_normal() -> None:
    geometry = stack(3, uneven=False, tilted=True)
    assert geometry.is_sheared
    assert geometry.is_even
    assert geometry.spacing_mm == pytest.approx((1.7, 0.9, 0.6))
    step = np.linalg.norm(geometry.to_patient[:3, 0])
    assert step == pytest.approx(1.7 / np.cos(TILT))
    assert geometry.voxel_volumes_mm3 == pytest.approx(np.full(7, 1.7 * 0.9 * 0.6))


def test_uneven_slices_have_no_matrix_and_each_its_own_extent() -> None:
    origins = np.array([[0.0, 0, z] for z in (0, 2, 4, 9, 14)])
    geometry = Geometry((5, 3, 3), origins, np.array([0, 1.0, 0]), np.array([1.0, 0, 0]))
    assert not geometry.is_even
    assert geometry.slice_extents_mm == pytest.approx([2, 2, 3.5, 5, 5])
    with pytest.raises(Refused, match="not evenly spaced"):
        _ = geometry.to_patient


def test_runs_are_the_straight_and_even_pieces_of_a_stack() -> None:
    assert grid((7, 4, 4)).straight_runs == (range(7),)
    assert grid((1, 4, 4)).straight_runs == (range(1),)
    assert grid((4, 4, 4), tilt_deg=9.0).straight_runs == tuple(range(k, k + 1) for k in range(4))
    uneven = grid((8, 4, 4), steps_mm=(1.0, 1.0, 1.6))
    assert uneven.straight_runs == (range(3), range(3, 6), range(6, 8))
    missing = grid((6, 4, 4), steps_mm=(2.0, 2.0, 6.0, 2.0, 2.0))
    assert missing.straight_runs == (range(3), range(3, 6))


def test_an_even_grid_gives_back_the_matrix_it_was_made_of() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[0, 0, 0.7], [0, 0.8, 0], [-2.5, 0.3, 0]])
    matrix[:3, 3] = [10, -20, 30]
    assert np.allclose(Geometry.even((6, 4, 5), matrix).to_patient, matrix)


def test_rows_without_area_are_refused() -> None:
    with pytest.raises(Refused, match="no area"):
        Geometry((1, 2, 2), np.zeros((1, 3)), np.zeros(3), np.array([1.0, 0, 0]))


@given(st.integers(0, 10_000), st.booleans())
def test_a_crop_leaves_every_voxel_where_it_was(seed: int, uneven: bool) -> None:
    geometry = stack(seed, uneven, tilted=True)
    cropped = geometry.crop((2, 3, 4), (3, 5, 6))
    assert np.allclose(
        cropped.points_mm(np.array([[1, 2, 3.0]])), geometry.points_mm(np.array([[3, 5, 7.0]])), atol=1e-9
    )


def test_letters_name_the_strongest_direction_first() -> None:
    assert direction_letters(np.array([1.0, 0, 0])) == "L"
    assert direction_letters(np.array([0, -1.0, 0])) == "A"
    assert direction_letters(np.array([0.3, 0.9, -0.1])) == "PL"
    assert direction_letters(np.array([-0.5, 0.4, 0.8])) == "SRP"


def test_an_axial_slice_has_the_patients_left_on_the_readers_right() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[0, 0, 0.7], [0, 0.8, 0], [2.5, 0, 0]])
    plane = Plane.of_slice(Geometry.even((2, 3, 3), matrix), 0)
    assert direction_letters(plane.right) == "L"
    assert direction_letters(plane.down) == "P"


@given(st.integers(0, 10_000))
def test_a_point_on_a_plane_comes_back(seed: int) -> None:
    plane = Plane.of_slice(stack(seed, False, True), 2)
    flat = np.random.default_rng(seed).uniform(-50, 50, (5, 2))
    points = plane.to_patient(flat)
    assert np.allclose(plane.on_plane(points), flat)
    assert np.allclose(plane.distance_mm(points), 0)


def test_a_mask_counts_each_voxel_with_its_own_slices_extent() -> None:
    origins = np.array([[0.0, 0, z] for z in (0, 2, 4, 9, 14)])
    geometry = Geometry((5, 3, 3), origins, np.array([0, 1.0, 0]), np.array([2.0, 0, 0]))
    inside = np.zeros((5, 3, 3), dtype=bool)
    inside[0, 1, 1] = inside[3, 1, 1] = True
    mask = Mask.trimmed(inside, (0, 0, 0), geometry)
    assert mask.corner == (0, 1, 1)
    assert mask.voxels == 2
    assert mask.volume_mm3 == pytest.approx((2 + 5) * 2.0)
    assert np.array_equal(mask.full(), inside)
    assert np.allclose(mask.points_mm(), [[2, 1, 0], [2, 1, 9]])


def test_an_empty_mask_is_empty_and_measures_nothing() -> None:
    geometry = stack(1, False, False)
    mask = Mask.trimmed(np.zeros((2, 2, 2), dtype=bool), (1, 1, 1), geometry)
    assert mask.voxels == 0
    assert mask.volume_mm3 == 0
    assert mask.slice_inside(1) is None
