"""Calcification beside a lesion that one click does not take: said, counted in the spread, and where to click."""

import numpy as np
import pytest
from phantoms import as_volume, grid

from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure.lesion import measure
from mo_viewer.segment.mark import Marked, mark
from mo_viewer.volume.volume import Volume

MIDDLE, BESIDE = (0.0, 0.0, 0.0), (0.0, 20.0, 0.0)


def two_balls(beside_mm: float, at=BESIDE, middle_mm: float = 6.0) -> Volume:
    """A ball of `middle_mm`, and one of `beside_mm` whose middle is 20 mm away, both 500 HU in muscle."""
    stack = grid((70, 110, 80), (1.1, 0.8, 0.9))
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    hu = np.full(len(points), 55.0)
    for centre, radius in ((MIDDLE, middle_mm), (at, beside_mm)):
        hu[np.linalg.norm(points - centre, axis=1) < radius] = 500.0
    noisy = hu + np.random.default_rng(5).normal(0, 8, len(hu))
    return as_volume(noisy.reshape(stack.shape), stack)


def size(volume: Volume, marked: Marked) -> Measurement:
    return next(m for m in measure(volume, marked).measurements if m.concept == "volume")


def test_a_large_fragment_beside_the_contour_is_warned_of_with_its_place_and_held_by_the_spread() -> None:
    volume = two_balls(4.0)
    marked = mark(volume, [MIDDLE])
    (other,) = marked.left_out
    assert other.volume_mm3 == pytest.approx(4 / 3 * np.pi * 4.0**3, rel=0.25)
    assert np.linalg.norm(np.array(other.at_mm) - BESIDE) < 4.0
    assert other.away_mm == pytest.approx(10.0, abs=1.5)
    assert not other.cut
    found = size(volume, marked)
    assert any("of calcification 11 mm away is not in the contour" in w for w in found.warnings)
    assert any(note.startswith("not in the contour: 0.") for note in found.notes)
    both = size(volume, mark(volume, [MIDDLE, other.at_mm]))
    assert found.value < both.value < found.value + found.spread
    assert not any("not in the contour" in w for w in both.warnings)


def test_a_small_one_is_noted_and_not_warned_of() -> None:
    volume = two_balls(2.0)
    found = size(volume, mark(volume, [MIDDLE]))
    assert not any("not in the contour" in w for w in found.warnings)
    assert any("not in the contour" in note for note in found.notes)


def test_one_that_goes_on_beyond_what_was_looked_at_is_at_least_as_large() -> None:
    volume = two_balls(9.0, (0.0, 28.0, 0.0))
    marked = mark(volume, [MIDDLE])
    assert [one.cut for one in marked.left_out] == [True]
    assert any(w.startswith("at least") for w in size(volume, marked).warnings)


def test_what_another_lesion_was_clicked_for_is_not_left_out() -> None:
    assert mark(two_balls(4.0), [MIDDLE], rivals_mm=[BESIDE]).left_out == ()


@pytest.mark.parametrize("rivals", [[(0.0, 28.0, 0.0)], []], ids=["clicked in its core", "not clicked"])
def test_a_whole_lesion_beside_a_whole_lesion_is_not_what_is_missing_of_it(rivals) -> None:
    volume = two_balls(9.5, (0.0, 28.0, 0.0), 7.5)
    points = volume.geometry.points_mm(np.indices(volume.geometry.shape).reshape(3, -1).T.astype(float))
    core = (np.linalg.norm(points - (0.0, 28.0, 0.0), axis=1) < 7.0).reshape(volume.geometry.shape)
    shell = as_volume(np.where(core, 150.0, volume.rescaled((0, 0, 0), volume.geometry.shape)), volume.geometry)
    marked = mark(shell, [MIDDLE], rivals_mm=rivals)
    assert len(marked.left_out) == (0 if rivals else 1)
    found = size(shell, marked)
    assert found.value == pytest.approx(4 / 3 * np.pi * 7.5**3, rel=0.05)
    assert found.spread < 0.12 * found.value
    assert not found.warnings


@pytest.mark.parametrize(("above_mm", "listed"), [(3.5, 0), (9.0, 1)])
def test_what_lies_just_below_padding_is_taken_for_overshoot_between_slices(above_mm: float, listed: int) -> None:
    volume = two_balls(3.0)
    points = volume.geometry.points_mm(np.indices(volume.geometry.shape).reshape(3, -1).T.astype(float))
    padded = (points[:, 2] > above_mm) & (points[:, 1] > 12.0)
    hu = volume.rescaled((0, 0, 0), volume.geometry.shape)
    hu = np.where(padded.reshape(hu.shape), -1000.0, hu)
    assert len(mark(as_volume(hu, volume.geometry), [MIDDLE]).left_out) == listed
