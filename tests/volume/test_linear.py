"""Linear samples against scipy's, inside a grid, on its border and beyond."""

import numpy as np
import pytest

from mo_viewer.volume.linear import TOGETHER, between_voxels


@pytest.mark.parametrize("shape", [(5, 7, 6), (2, 2, 2), (1, 4, 3), (4, 1, 1)])
def test_samples_between_voxels_are_those_of_scipy(shape: tuple[int, int, int]) -> None:
    from scipy import ndimage

    rng = np.random.default_rng(3)
    values = rng.normal(40.0, 300.0, shape)
    index = rng.uniform(-1.5, 1.5 + np.array(shape)[:, None], (3, TOGETHER + 99))
    index[:, :50] = np.round(index[:, :50])
    index[:, 50] = np.array(shape) - 1
    known = ndimage.map_coordinates(values, index, order=1, mode="nearest")
    assert np.allclose(between_voxels(values, index), known, rtol=0, atol=1e-9)


def test_samples_keep_the_shape_of_their_places_and_the_type_of_their_grid() -> None:
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)[:, :, ::-1]
    found = between_voxels(values, np.full((3, 5, 2), 0.5))
    assert found.shape == (5, 2)
    assert found.dtype == np.float32
    assert np.allclose(found, values[:2, :2, :2].mean())
