"""A half of a lesion that is hardly denser than muscle is warned of; an even lesion, muscle and noise are not."""

import numpy as np
import pytest
from phantoms import as_volume, grid

from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure.lesion import measure
from mo_viewer.segment.mark import mark

RADIUS_MM = 11.0


def found_of(half_hu: float, slice_mm: float, noise_hu: float, beside_hu: float = 55.0) -> dict[str, Measurement]:
    """What is measured of a ball of 400 HU and, on one side, `half_hu`; muscle is of 55 HU, farther off `beside_hu`."""
    stack = grid((round(80 / slice_mm), 90, 90), (slice_mm, 0.8, 0.8))
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    inside = np.clip(0.5 + (RADIUS_MM - np.linalg.norm(points, axis=1)) / 1.2, 0.0, 1.0)
    left = np.clip(0.5 - points[:, 0] / 1.2, 0.0, 1.0)
    muscle = np.where(points[:, 0] > RADIUS_MM + 4.0, beside_hu, 55.0)
    hu = muscle + inside * (left * 400.0 + (1.0 - left) * half_hu - muscle)
    noisy = hu + np.random.default_rng(6).normal(0, noise_hu, hu.size)
    volume = as_volume(noisy.reshape(stack.shape), stack)
    return {one.concept: one for one in measure(volume, mark(volume, [(-5.0, 0.0, 0.0)])).measurements}


@pytest.mark.parametrize("slice_mm", [1.0, 3.0, 5.0])
def test_a_faint_half_is_warned_of_and_held_by_the_spread(slice_mm: float) -> None:
    found, true = found_of(88.0, slice_mm, 8.0), 4 / 3 * np.pi * RADIUS_MM**3
    size, mean = found["volume"], found["mean_hu"]
    assert size.value < 0.7 * true
    assert any("fainter tissue" in said for said in size.warnings)
    assert abs(size.value - true) <= size.spread
    assert abs(mean.value - 244.0) <= mean.spread <= mean.value - 55.0


@pytest.mark.parametrize(("half_hu", "noise_hu", "beside_hu"), [(400.0, 8.0, 55.0), (400.0, 30.0, 70.0)])
def test_of_an_even_lesion_nothing_is_said(half_hu: float, noise_hu: float, beside_hu: float) -> None:
    assert not any("fainter tissue" in said for said in found_of(half_hu, 1.0, noise_hu, beside_hu)["volume"].warnings)
