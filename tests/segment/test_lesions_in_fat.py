"""Lesions that lie in fat are half-way to fat at their face; beside a sheet of it muscle is the background."""

import numpy as np
import pytest
from phantoms import as_volume, grid
from scipy import ndimage

from mo_viewer.measure.lesion import measure
from mo_viewer.segment.fat import IN_FAT
from mo_viewer.segment.mark import mark
from mo_viewer.volume.volume import Volume

RADIUS_MM, SPACING_MM = 7.0, (1.1, 0.8, 0.9)
MIDDLE = (0.0, 0.0, 0.0)


def ball(fat_from_mm: float, whole: bool) -> Volume:
    """A ball of 300 HU; fat begins so far from it, on all sides or beyond a plane; muscle fills the rest."""
    stack = grid((56, 76, 70), SPACING_MM)
    x, y, z = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float)).T
    away = np.sqrt(x * x + y * y + z * z) - RADIUS_MM
    fat = (away > fat_from_mm) & (away < 16.0) if whole else x > RADIUS_MM + fat_from_mm
    hu = np.where(fat, -100.0, 55.0)
    inside = np.clip(0.5 - away / 0.9, 0.0, 1.0)
    hu = (hu * (1.0 - inside) + 300.0 * inside).reshape(stack.shape)
    blurred = ndimage.gaussian_filter(hu, [0.9 / s for s in SPACING_MM])
    return as_volume(blurred + np.random.default_rng(6).normal(0, 6, hu.shape), stack)


def test_what_lies_in_fat_is_as_large_and_as_dense_as_it_is() -> None:
    volume = ball(0.0, whole=True)
    found = mark(volume, [MIDDLE])
    assert found.surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3, rel=0.05)
    assert found.warnings == (IN_FAT,)
    mean = next(m for m in measure(volume, found).measurements if m.concept == "mean_hu")
    assert mean.value == pytest.approx(300.0, rel=0.12)


@pytest.mark.parametrize(("fat_from_mm", "whole"), [(0.0, False), (3.5, True)], ids=["on one side", "behind muscle"])
def test_what_lies_beside_fat_is_measured_against_muscle(fat_from_mm: float, whole: bool) -> None:
    found = mark(ball(fat_from_mm, whole), [MIDDLE])
    assert found.fat_hu is None
    assert found.surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3, rel=0.05)
