import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import ndimage

from mo_viewer.segment.distance import away_from, deeper_than, depth_in, within
from mo_viewer.segment.marrow import filled

SPACING = (1.3, 0.7, 0.8)


@pytest.fixture
def region() -> np.ndarray:
    rough = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=(22, 30, 26)), 2.0)
    return rough > np.quantile(rough, 0.8)


def test_distances_outside_are_those_of_the_plain_transform(region) -> None:
    expected = ndimage.distance_transform_edt(~region, sampling=SPACING)
    np.testing.assert_allclose(away_from(region, SPACING), expected, atol=1e-4)


def test_depths_inside_are_those_of_the_plain_transform(region) -> None:
    expected = ndimage.distance_transform_edt(region, sampling=SPACING)
    np.testing.assert_allclose(depth_in(region, SPACING), expected, atol=1e-4)


@pytest.mark.parametrize("by_mm", [0.5, 1.0, 2.3, 4.1])
def test_what_is_near_or_deep_is_told_as_by_the_plain_transform(region, by_mm) -> None:
    away = ndimage.distance_transform_edt(~region, sampling=SPACING)
    depth = ndimage.distance_transform_edt(region, sampling=SPACING)
    np.testing.assert_array_equal(within(region, SPACING, by_mm), away <= by_mm)
    np.testing.assert_array_equal(deeper_than(region, SPACING, by_mm), depth > by_mm)
    np.testing.assert_allclose(away_from(region, SPACING, by_mm), np.minimum(away, by_mm), atol=1e-4)


@given(
    st.lists(st.tuples(*(st.integers(0, n - 1) for n in (6, 9, 8))), max_size=6),
    st.tuples(*[st.floats(0.3, 3.0)] * 3),
    st.floats(0.1, 6.0),
)
def test_within_a_distance_lies_what_a_ball_round_each_voxel_covers(voxels, spacing, by_mm) -> None:
    inside = np.zeros((6, 9, 8), dtype=bool)
    index = np.indices(inside.shape).reshape(3, -1).T
    expected = np.zeros(inside.size, dtype=bool)
    for voxel in voxels:
        inside[voxel] = True
        away = np.linalg.norm((index - voxel) * spacing, axis=1)
        assume(np.abs(away - by_mm).min() > 1e-4)
        expected |= away <= by_mm
    np.testing.assert_array_equal(within(inside, spacing, by_mm).ravel(), expected)


def test_nothing_is_infinitely_far_and_everything_infinitely_deep() -> None:
    nothing = np.zeros((4, 5, 6), dtype=bool)
    assert np.isinf(away_from(nothing, SPACING)).all()
    assert np.isinf(depth_in(~nothing, SPACING)).all()
    assert not depth_in(nothing, SPACING).any()
    assert not within(nothing, SPACING, 9.0).any()
    assert deeper_than(~nothing, SPACING, 9.0).all()


def test_a_tube_is_filled_where_two_directions_see_a_hole_and_capped_where_it_leaves() -> None:
    y, x = np.indices((20, 24, 24))[1:]
    from_axis = np.hypot(y - 11.5, x - 11.5)
    tube = (from_axis < 8) & (from_axis > 5)
    assert filled(tube)[:, 11, 11].all()
    assert not filled(tube)[:, 0, 0].any()
    assert not filled(tube & (x < 12))[:, 11, 11].any()
