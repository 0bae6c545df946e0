"""The inside of a half-open shell that is left out is warned of and held by the spread; a C in muscle is not."""

import numpy as np
import pytest
from phantoms import as_volume, grid

from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure.lesion import measure
from mo_viewer.segment.mark import mark

RADIUS_MM, WALL_MM = 12.0, 2.5


def size_of(core_hu: float, open_share: float, slice_mm: float, beside_hu: float = 55.0) -> Measurement:
    """What is measured of a shell of 600 HU in muscle (55 HU) that lacks `open_share` of its wall on one side."""
    stack = grid((round(60 / slice_mm), 80, 80), (slice_mm, 0.8, 0.8))
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    away, side = np.linalg.norm(points, axis=1), points[:, 0]
    ball = np.clip(0.5 + (RADIUS_MM - away) / 1.5, 0.0, 1.0)
    core = np.clip(0.5 + (RADIUS_MM - WALL_MM - away) / 1.5, 0.0, 1.0)
    wall = (ball - core) * np.clip(0.5 - (side - RADIUS_MM * (1 - 2 * open_share)) / 1.5, 0.0, 1.0)
    outside = np.where(points[:, 1] > RADIUS_MM + 3.0, beside_hu, 55.0)
    hu = outside + ball * (core_hu - outside) + wall * (600.0 - core_hu)
    noisy = hu + np.random.default_rng(6).normal(0, 9.0, hu.size)
    volume = as_volume(noisy.reshape(stack.shape), stack)
    measured = measure(volume, mark(volume, [(1.0 - RADIUS_MM, 0.0, 0.0)])).measurements
    return next(one for one in measured if one.concept == "volume")


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_the_inside_of_a_half_open_shell_is_warned_of_and_held_by_the_spread(slice_mm: float) -> None:
    size, true = size_of(78.0, 0.5, slice_mm), 4 / 3 * np.pi * RADIUS_MM**3
    assert size.value < 0.8 * true
    assert any("fainter tissue" in said for said in size.warnings)
    assert abs(size.value - true) <= size.spread


@pytest.mark.parametrize("beside_hu", [55.0, -90.0])
def test_an_opening_that_reads_like_muscle_is_no_such_bay(beside_hu: float) -> None:
    assert not any("fainter tissue" in said for said in size_of(55.0, 0.5, 1.0, beside_hu).warnings)
