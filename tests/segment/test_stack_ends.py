"""Lesions at the first or last slice: nothing beyond the images is taken for theirs."""

import numpy as np
import pytest
from phantoms import as_volume, grid

from mo_viewer.measure.extent import max_diameter
from mo_viewer.measure.lesion import measure
from mo_viewer.segment.mark import mark
from mo_viewer.segment.trust import CUT_OFF
from mo_viewer.volume.volume import Volume

RADIUS_MM, FINER = 9.0, 6


def ball_near_an_end(slice_mm: float, free_mm: float, end: int) -> tuple[Volume, tuple[float, float, float]]:
    """A ball of 500 HU beside a shaft, in muscle, its pole `free_mm` before the end of the imaged slab; its middle."""
    stack = grid((round(90 / slice_mm), 60, 110), (slice_mm, 0.8, 0.9))
    middle = np.array([0.0, 0.0, end * (0.5 * stack.shape[0] * slice_mm - free_mm - RADIUS_MM)])
    index = np.indices(stack.shape).reshape(3, -1).T.astype(float)
    hu = np.zeros(len(index))
    for part in (np.arange(FINER) + 0.5) / FINER - 0.5:
        away = np.linalg.norm(stack.points_mm(index + np.array([part, 0.0, 0.0])) - middle, axis=1)
        hu += np.clip(0.5 + (RADIUS_MM - away) / 1.2, 0.0, 1.0) / FINER
    x, y, _ = stack.points_mm(index).T
    cortex = np.clip(0.5 + (4.0 - np.abs(np.hypot(x - 30.0, y) - 9.0)) / 1.2, 0.0, 1.0)
    noisy = 55.0 + 445.0 * hu + 1100.0 * cortex + np.random.default_rng(4).normal(0, 8, hu.size)
    return as_volume(noisy.reshape(stack.shape), stack), (middle[0], middle[1], middle[2])


@pytest.mark.parametrize("end", [-1, 1], ids=["first", "last"])
@pytest.mark.parametrize("free_slices", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("slice_mm", [1.0, 3.0, 5.0])
def test_a_lesion_that_ends_before_the_images_do_is_no_larger_there(
    slice_mm: float, free_slices: float, end: int
) -> None:
    volume, middle = ball_near_an_end(slice_mm, free_slices * slice_mm, end)
    found = mark(volume, [middle])
    assert found.surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3, rel=0.05 if slice_mm < 5.0 else 0.08)
    assert max_diameter(found.surface) == pytest.approx(2 * RADIUS_MM, abs=1.5)
    assert free_slices < 2.0 or not any("reaches the end of the images" in w for w in found.warnings)


@pytest.mark.parametrize("end", [-1, 1], ids=["first", "last"])
@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_one_that_ends_with_the_images_is_at_most_half_a_slice_longer_and_that_is_told(
    slice_mm: float, end: int
) -> None:
    volume, middle = ball_near_an_end(slice_mm, 0.05, end)
    found = mark(volume, [middle])
    assert found.surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3, rel=0.05)
    assert max_diameter(found.surface) == pytest.approx(2 * RADIUS_MM, abs=0.5 + 0.5 * slice_mm)
    assert any("reaches the end of the images" in w for w in found.warnings)


def test_of_a_lesion_that_goes_on_beyond_the_images_only_what_was_imaged_is_taken() -> None:
    volume, middle = ball_near_an_end(3.0, -6.0, 1)
    found = mark(volume, [middle])
    end = volume.geometry.heights_mm[-1] + 1.5
    assert (found.surface.vertices_mm @ volume.geometry.normal).max() <= end + 1e-6
    assert any("reaches the end of the images" in w for w in found.warnings)


def test_the_size_of_a_lesion_that_is_cut_off_bears_a_warning_and_that_of_one_beside_the_end_does_not() -> None:
    said = []
    for free_mm in (-4.0, 3.0):
        volume, middle = ball_near_an_end(1.5, free_mm, 1)
        size = next(one for one in measure(volume, mark(volume, [middle])).measurements if one.concept == "volume")
        said.append(CUT_OFF in size.warnings)
    assert said == [True, False]
