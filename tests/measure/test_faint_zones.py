"""A faint zone round a dense part is cautioned, thin ones too; muscle is none."""

import numpy as np
import pytest
from phantoms import ellipsoid

from mo_viewer.measure.faint import faint_zone
from mo_viewer.measure.lesion import Measured, measure
from mo_viewer.measure.surroundings import Surroundings
from mo_viewer.segment.mark import mark


def measured(phantom) -> Measured:
    return measure(phantom.volume, mark(phantom.volume, [phantom.centre_mm]))


def value(found: Measured, concept: str) -> float:
    return next(m.value for m in found.measurements if m.concept == concept)


def test_a_faint_zone_is_told_in_thick_slices_and_held_by_the_spread() -> None:
    phantom = ellipsoid(
        (14.0, 13.0, 20.0), rim_mm=5.0, rim_hu=80.0, core_hu=520.0, shape=(16, 96, 96), spacing_mm=(5.0, 0.8, 0.8),
        noise_hu=9.0, psf_mm=1.1,
    )  # fmt: skip
    found = measured(phantom)
    size = next(m for m in found.measurements if m.concept == "volume")
    assert any("dense part" in w for w in size.warnings)
    assert abs(size.value - phantom.volume_mm3) <= size.spread


def test_a_dense_part_in_a_faint_zone_is_cautioned_and_reads_inside_out() -> None:
    grid_options = {"shape": (60, 100, 96), "noise_hu": 14.0, "psf_mm": 1.1}
    phantom = ellipsoid((12.0, 11.0, 10.0), rim_mm=5.0, rim_hu=78.0, core_hu=520.0, **grid_options)
    found = measured(phantom)
    assert value(found, "zonal_index") < -0.5
    assert any("dense part" in w for w in found.quality.warnings)
    assert found.quality.confidence < 0.5
    ordinary = measured(ellipsoid((12.0, 11.0, 10.0), rim_mm=3.0, rim_hu=520.0, core_hu=80.0, **grid_options))
    assert not any("dense part" in w for w in ordinary.quality.warnings)


@pytest.mark.parametrize(("rim_hu", "slice_mm"), [(160.0, 1.0), (125.0, 3.0)])
def test_a_bright_zone_of_two_millimetres_round_a_dense_part_is_cautioned(rim_hu: float, slice_mm: float) -> None:
    shape = (60, 100, 96) if slice_mm == 1.0 else (24, 100, 96)
    options = {"shape": shape, "spacing_mm": (slice_mm, 0.7, 0.7), "noise_hu": 10.0, "psf_mm": 1.6}
    phantom = ellipsoid((6.5, 6.2, 6.0), rim_mm=2.5, rim_hu=rim_hu, core_hu=650.0, **options)
    found = measured(phantom)
    size = next(m for m in found.measurements if m.concept == "volume")
    assert any("dense part" in w for w in size.warnings)
    assert abs(size.value - phantom.volume_mm3) <= size.spread


def test_muscle_that_reads_a_little_higher_all_round_is_no_zone() -> None:
    inside, away = np.zeros((30, 60, 60), dtype=bool), np.linalg.norm(np.indices((30, 60, 60)) - 15.0, axis=0)
    inside[away < 6.0] = True
    ends = np.where(away < 12.0, 68.0, 50.0)
    for around_hu, told in ((np.full(inside.shape, 68.0), False), (ends, True)):
        hu = np.where(inside, 500.0, around_hu)
        near = Surroundings(
            hu, inside, np.maximum(away - 6.0, 0.0), np.full(inside.shape, 3.5), np.ones(inside.shape), (1.0, 1.0, 1.0)
        )
        assert (faint_zone(near, 50.0, 500.0, 1.0) is not None) == told


def test_noise_as_wide_as_the_range_that_is_looked_at_is_no_zone() -> None:
    options = {"shape": (56, 90, 90), "spacing_mm": (1.0, 0.7, 0.7), "psf_mm": 0.7}
    plain = ellipsoid((12.0, 12.0, 13.0), rim_mm=3.0, rim_hu=500.0, core_hu=500.0, noise_hu=85.0, **options)
    assert not any("dense part" in w for w in measured(plain).quality.warnings)
    zoned = ellipsoid((12.0, 12.0, 13.0), rim_mm=5.0, rim_hu=100.0, core_hu=600.0, noise_hu=60.0, **options)
    assert any("dense part" in w for w in measured(zoned).quality.warnings)


@pytest.mark.parametrize(
    ("core_hu", "slice_mm", "inside_out"),
    [(700.0, 3.0, True), (400.0, 3.0, True), (700.0, 5.0, True), (160.0, 3.0, False)],
)
def test_of_a_zone_in_the_contour_thick_slices_tell_by_the_faces_across_them(
    core_hu: float, slice_mm: float, inside_out: bool
) -> None:
    shape = (round(90 / slice_mm), 100, 96)
    phantom = ellipsoid(
        (15.0, 14.0, 16.0), rim_mm=5.5, rim_hu=130.0 if core_hu == 400.0 else 160.0, core_hu=core_hu, shape=shape,
        spacing_mm=(slice_mm, 0.7, 0.7), noise_hu=8.0, psf_mm=1.2,
    )  # fmt: skip
    found = measured(phantom)
    assert slice_mm > 3.0 or value(found, "volume") == pytest.approx(phantom.volume_mm3, rel=0.08)
    index = [m for m in found.measurements if m.concept == "zonal_index"]
    assert bool(index) == inside_out
    if inside_out:
        assert index[0].value < -0.3
        assert "not comparable" in index[0].warnings[0]
    else:
        assert any(r.concept == "zonal_index" and "thicker than" in r.reason for r in found.refused)


def test_the_soft_edge_of_haze_is_no_zone() -> None:
    options = {"shape": (60, 100, 96), "noise_hu": 9.0, "psf_mm": 4.2}
    found = measured(ellipsoid((11.0, 10.0, 12.0), rim_mm=3.0, rim_hu=210.0, core_hu=210.0, **options))
    assert not any("dense part" in w for w in found.quality.warnings)
