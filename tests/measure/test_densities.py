import numpy as np
import pytest
import SimpleITK as sitk
from phantoms import OBLIQUE, as_volume, ellipsoid, grid, sphere

from mo_viewer.measure import content, density
from mo_viewer.measure.surroundings import around
from mo_viewer.volume.mask import Mask


def noisy(options: dict):
    geometry = grid((20, 30, 26), **options)
    rng = np.random.default_rng(5)
    volume = as_volume(rng.normal(200, 150, geometry.shape), geometry)
    inside = rng.random((8, 11, 9)) < 0.6
    return volume, Mask.trimmed(inside, (5, 7, 6), geometry)


@pytest.mark.parametrize("options", [{}, {"direction": OBLIQUE}, {"steps_mm": (1.0, 2.0, 0.7)}])
def test_statistics_agree_with_simpleitk(options: dict) -> None:
    volume, mask = noisy(options)
    image = sitk.GetImageFromArray(volume.rescaled((0, 0, 0), volume.geometry.shape).astype(np.float64))
    labels = sitk.GetImageFromArray(mask.full().astype(np.uint8))
    known = sitk.LabelIntensityStatisticsImageFilter()
    known.SetNumberOfBins(200_000)
    known.Execute(labels, image)
    found = density.statistics(density.values_in(volume, mask))
    assert found.voxels == known.GetNumberOfPixels(1)
    assert found.mean == pytest.approx(known.GetMean(1))
    assert found.sd == pytest.approx(known.GetStandardDeviation(1))
    assert found.highest == known.GetMaximum(1)
    assert found.median == pytest.approx(known.GetMedian(1), abs=0.51)


def test_the_95th_percentile_is_above_19_of_20_voxels() -> None:
    volume, mask = noisy({})
    values = density.values_in(volume, mask)
    assert np.mean(values <= density.statistics(values).p95) == pytest.approx(0.95, abs=0.005)


def test_voxel_volumes_follow_uneven_slices() -> None:
    _, mask = noisy({"steps_mm": (1.0, 2.0, 0.7)})
    assert density.voxel_volumes(mask).sum() == pytest.approx(mask.volume_mm3)


def test_density_classes_share_out_everything_above_their_lowest_bound() -> None:
    volume, mask = noisy({})
    values, volumes = density.values_in(volume, mask), density.voxel_volumes(mask)
    found = density.classes(values, volumes)
    assert sum(c.volume_mm3 for c in found) == pytest.approx(volumes[values >= 100].sum())
    assert [c.name for c in found] == ["hazy", "calcified", "trabecular-like", "cortical-like"]
    assert density.above(values, volumes, 200.0) == pytest.approx(volumes[values > 200].sum())


def test_normalised_density_is_one_at_the_cortex_and_zero_in_muscle() -> None:
    assert density.normalised(1300.0, 55.0, 1300.0) == 1.0
    assert density.normalised(55.0, 55.0, 1300.0) == 0.0


@pytest.mark.parametrize("slice_mm", [1.0, 3.0, 5.0])
@pytest.mark.parametrize("rim_mm", [0.0, 2.5])
def test_mineral_content_does_not_depend_on_slice_thickness(slice_mm: float, rim_mm: float) -> None:
    shape = (max(14, round(50 / slice_mm)), 80, 76)
    phantom = ellipsoid(
        (10.0, 9.0, 8.0),
        rim_mm=rim_mm,
        rim_hu=600.0,
        shape=shape,
        spacing_mm=(slice_mm, 0.7, 0.85),
        psf_mm=1.2,
        noise_hu=8.0,
    )
    margin = content.margin_for(slice_mm)
    near = around(
        phantom.volume, phantom.mask, Mask.trimmed(np.zeros((1, 1, 1), bool), (0, 0, 0), phantom.volume.geometry), 8
    )
    found = content.mineral_content(near, margin, phantom.background_hu, 8.0)
    assert found.excess == pytest.approx(phantom.excess_hu_mm3, rel=0.06 if slice_mm < 4 else 0.12)


@pytest.mark.parametrize("slice_mm", [1.25, 1.5, 1.8])
def test_mineral_content_is_whole_in_slices_between_thin_and_thick(slice_mm: float) -> None:
    shape = (max(14, round(50 / slice_mm)), 64, 60)
    phantom = ellipsoid(
        (10.0, 9.0, 8.0), core_hu=600.0, shape=shape, spacing_mm=(slice_mm, 1.1, 1.05), psf_mm=1.4, noise_hu=8.0
    )
    no_bone = Mask.trimmed(np.zeros((1, 1, 1), bool), (0, 0, 0), phantom.volume.geometry)
    found = content.mineral_content(
        around(phantom.volume, phantom.mask, no_bone, 8), content.margin_for(slice_mm), phantom.background_hu, 8.0
    )
    assert found.excess == pytest.approx(phantom.excess_hu_mm3, rel=0.015)


def test_a_box_of_a_mask_is_cut_from_anywhere() -> None:
    phantom = sphere(10.0)
    mask = phantom.mask
    full = mask.full()
    assert np.array_equal(mask.on_box((3, 5, 7), (30, 40, 35)), full[3:33, 5:45, 7:42])
    assert not mask.on_box((0, 0, 0), (2, 2, 2)).any()
