from dataclasses import replace

import numpy as np
import pytest
from phantoms import UNEVEN_STEPS_MM, as_volume, grid

from mo_viewer.volume.cuts import Cuts, Orientation
from mo_viewer.volume.projection import Projection, Slab, project, slab_of_slices

GEOMETRY = grid((20, 30, 32), (2.0, 0.7, 0.9))


def noise(geometry=GEOMETRY, seed=2):
    return as_volume(np.random.default_rng(seed).normal(100, 200, geometry.shape).round(), geometry)


@pytest.mark.parametrize(("how", "pick"), [(Projection.BRIGHTEST, np.max), (Projection.DARKEST, np.min)])
def test_a_slab_of_slices_is_the_extreme_of_those_within_its_thickness(how, pick):
    volume = noise()
    values, is_stored, count = slab_of_slices(volume, 9, Slab(8.0, how))
    assert (count, is_stored) == (5, True)
    assert np.array_equal(values, pick(volume.values[7:12], axis=0))


def test_the_mean_of_uneven_slices_counts_each_with_its_extent():
    geometry = grid((12, 8, 8), steps_mm=UNEVEN_STEPS_MM)
    hu = np.broadcast_to(np.arange(12.0)[:, None, None] * 100, geometry.shape)
    volume = as_volume(hu, geometry)
    values, _, count = slab_of_slices(volume, 5, Slab(3.0, Projection.MEAN))
    near = np.flatnonzero(np.abs(geometry.heights_mm - geometry.heights_mm[5]) <= 1.5)
    shares = geometry.slice_extents_mm[near]
    assert count == near.size
    assert values[0, 0] - 1024 == pytest.approx((shares @ (near * 100.0)) / shares.sum(), abs=0.51)


@pytest.mark.parametrize(("how", "pick"), [(Projection.BRIGHTEST, np.max), (Projection.DARKEST, np.min)])
def test_a_coronal_slab_is_the_extreme_of_the_rows_in_it(how, pick):
    volume = noise()
    section = project(volume, Cuts(GEOMETRY, Orientation.CORONAL).grid(12), Slab(2.8, how))
    truth = pick(volume.values[::-1, 10:15, :], axis=1)
    assert np.array_equal(section.values, truth)
    assert section.remark == ""


def test_the_mean_of_a_slab_in_a_linear_field_is_the_field_in_its_middle():
    index = np.indices(GEOMETRY.shape).reshape(3, -1).T.astype(float)
    hu = (GEOMETRY.points_mm(index) @ np.array([5.0, 20.0, -3.0])).reshape(GEOMETRY.shape)
    volume = as_volume(hu, GEOMETRY)
    cuts = Cuts(GEOMETRY, Orientation.CORONAL)
    thin, thick = (project(volume, cuts.grid(14), Slab(mm, Projection.MEAN)) for mm in (0.0, 5.6))
    assert np.abs(thin.values.astype(float) - thick.values).max() <= 1


def test_a_slab_at_the_border_takes_only_what_there_is():
    volume = replace(noise(), values=np.full(GEOMETRY.shape, 1500, np.int16))
    for how in Projection:
        section = project(volume, Cuts(GEOMETRY, Orientation.SAGITTAL).grid(0), Slab(6.0, how))
        assert section.outside is None
        assert set(np.unique(section.values)) == {1500}
