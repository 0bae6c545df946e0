"""Lesions of other programs: what their voxels say, against spheres and boxes of known size."""

from dataclasses import replace

import numpy as np
import pytest
from phantoms import OBLIQUE, as_volume, grid

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import Lesion
from mo_viewer.measure.given import NOT_OURS, measured_as_given
from mo_viewer.report.codes import concepts
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask

RADIUS_MM = 12.0
GRIDS = {
    "axial": grid((60, 70, 80), (0.7, 0.6, 0.5)),
    "oblique": grid((60, 70, 80), (0.7, 0.6, 0.5), direction=OBLIQUE),
    "tilted": grid((60, 90, 80), (0.7, 0.6, 0.5), tilt_deg=15.0),
}


def ball(geometry: Geometry) -> Mask:
    index = np.argwhere(np.ones(geometry.shape, dtype=bool)).astype(float)
    inside = np.linalg.norm(geometry.points_mm(index), axis=1).reshape(geometry.shape) <= RADIUS_MM
    return Mask.trimmed(inside, (0, 0, 0), geometry)


def measured(mask: Mask, values: np.ndarray, unit: str = "HU") -> Lesion:
    volume = replace(as_volume(values, mask.geometry), unit=unit)
    return measured_as_given(Lesion("2.25.1", "Mass", (), mask), volume, Ticket())


@pytest.mark.parametrize("name", GRIDS)
def test_a_ball_has_its_size_within_its_spread(name: str) -> None:
    mask = ball(GRIDS[name])
    found = measured(mask, np.where(mask.full(), 350.0, 40.0))
    for concept, truth, share in (
        ("volume", 4 / 3 * np.pi * RADIUS_MM**3, 0.01),
        ("long_axis_mm", 2 * RADIUS_MM, 0.04),
        ("short_axis_mm", 2 * RADIUS_MM, 0.04),
        ("max_diameter_mm", 2 * RADIUS_MM, 0.04),
    ):
        one = found.measured(concept)
        assert one is not None
        assert one.value == pytest.approx(truth, rel=share)
        assert one.spread is not None
        assert abs(one.value - truth) <= one.spread
    assert found.surface is not None
    assert found.surface.volume_mm3 == pytest.approx(mask.volume_mm3, rel=0.01)


def test_a_box_has_the_extents_of_its_voxels() -> None:
    geometry = grid((20, 40, 40), (2.0, 0.5, 0.5))
    inside = np.zeros(geometry.shape, dtype=bool)
    inside[5:11, 10:26, 8:20] = True
    found = measured(Mask.trimmed(inside, (0, 0, 0), geometry), np.full(geometry.shape, 200.0))
    assert found.measured("volume").value == pytest.approx(6 * 2.0 * 16 * 0.5 * 12 * 0.5)
    vertices = found.surface.vertices_mm
    assert np.ptp(vertices, axis=0) == pytest.approx([12 * 0.5, 16 * 0.5, 6 * 2.0])


def test_densities_are_those_of_the_stored_voxels() -> None:
    mask = ball(GRIDS["axial"])
    values = np.random.default_rng(4).integers(-100, 900, mask.geometry.shape).astype(float)
    found, own = measured(mask, values), values[mask.full()]
    for concept, truth in (
        ("mean_hu", own.mean()),
        ("voxel_mean_hu", own.mean()),
        ("median_hu", np.median(own)),
        ("p95_hu", np.percentile(own, 95)),
        ("max_hu", own.max()),
        ("sd_hu", own.std(ddof=1)),
        ("threshold_volume", (own > 200).sum() * 0.7 * 0.6 * 0.5),
    ):
        assert found.measured(concept).value == pytest.approx(truth)


OF_A_REGION = "area_mm2"
"""What a region in one plane has and a body has not."""


@pytest.mark.parametrize("unit", ["HU", ""])
def test_everything_is_measured_or_refused_with_a_reason(unit: str) -> None:
    mask = ball(GRIDS["axial"])
    found = measured(mask, np.where(mask.full(), 350.0, 40.0), unit)
    names = [m.concept for m in found.measurements] + [r.concept for r in found.refused]
    assert sorted([*names, OF_A_REGION]) == sorted(concepts())
    assert all(r.reason for r in found.refused)
    assert {r.concept for r in found.refused if r.reason == NOT_OURS} >= {"cortex_hu", "zonal_index", "gap_to_bone_mm"}
    assert (found.measured("mean_hu") is None) == (unit == "")


def test_voxels_of_another_grid_or_none_are_refused() -> None:
    mask = ball(GRIDS["axial"])
    volume = as_volume(np.zeros(GRIDS["oblique"].shape), GRIDS["oblique"])
    with pytest.raises(Refused, match="not those of this series"):
        measured_as_given(Lesion("2.25.1", "Mass", (), mask), volume, Ticket())
    with pytest.raises(Refused, match="no voxels"):
        measured_as_given(Lesion("2.25.1", "Mass", ()), volume, Ticket())
