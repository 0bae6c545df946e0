import numpy as np
import pytest
from scipy import ndimage

from mo_viewer.segment.distance import away_from, depth_in
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


def test_nothing_is_infinitely_far_and_everything_infinitely_deep() -> None:
    nothing = np.zeros((4, 5, 6), dtype=bool)
    assert np.isinf(away_from(nothing, SPACING)).all()
    assert np.isinf(depth_in(~nothing, SPACING)).all()
    assert not depth_in(nothing, SPACING).any()


def test_a_tube_is_filled_where_two_directions_see_a_hole_and_capped_where_it_leaves() -> None:
    y, x = np.indices((20, 24, 24))[1:]
    from_axis = np.hypot(y - 11.5, x - 11.5)
    tube = (from_axis < 8) & (from_axis > 5)
    assert filled(tube)[:, 11, 11].all()
    assert not filled(tube)[:, 0, 0].any()
    assert not filled(tube & (x < 12))[:, 11, 11].any()
