"""What counts for a warning and for the spread of a size: thin walls, calcification beside the contour."""

from dataclasses import replace

import numpy as np
import pytest
from phantoms import sphere

from mo_viewer.measure import doubts
from mo_viewer.measure.lesion import measure
from mo_viewer.segment.left_out import LeftOut
from mo_viewer.segment.mark import mark


@pytest.mark.parametrize(("slice_mm", "warned"), [(1.0, True), (5.0, False)])
def test_what_a_thin_wall_may_hide_counts_against_what_slices_let_hope_for(slice_mm: float, warned: bool) -> None:
    shape = (60, 70, 70) if slice_mm == 1.0 else (12, 70, 70)
    phantom = sphere(14.0, shape=shape, spacing_mm=(slice_mm, 0.8, 0.8))
    marked = mark(phantom.volume, [phantom.centre_mm])
    hidden = 0.03 * marked.surface.volume_mm3 / marked.surface.area_mm2
    size = next(m for m in measure(phantom.volume, replace(marked, hidden_mm=hidden)).measurements)
    assert any("too thin" in w for w in size.warnings) == warned


@pytest.mark.parametrize(
    ("volume_mm3", "away_mm", "counted"),
    [(900.0, 9.0, 1.0), (900.0, 20.0, 0.0), (200.0, 20.0, 1.0), (900.0, 13.0, 0.5)],
)
def test_what_lies_far_off_and_is_as_large_is_another_lesion(volume_mm3: float, away_mm: float, counted: float) -> None:
    other = LeftOut((0.0, 0.0, 0.0), volume_mm3, away_mm)
    assert doubts.beside([other], 1000.0, 400.0) == pytest.approx(counted * volume_mm3)
    assert bool(doubts.left_out([other], 1000.0, 400.0)) == (counted > 0)


@pytest.mark.parametrize(
    ("own_mm3", "away_mm", "counted"), [(4000.0, 13.0, 0.0), (4000.0, 7.0, 0.0), (1000.0, 7.0, 0.5), (400.0, 9.0, 1.0)]
)
def test_two_bodies_that_are_both_large_are_two_lesions_sooner(own_mm3: float, away_mm: float, counted: float) -> None:
    other = LeftOut((0.0, 0.0, 0.0), 3000.0, away_mm)
    assert doubts.beside([other], 400.0, own_mm3) == pytest.approx(counted * 3000.0)


def test_a_warning_gives_the_whole_volume_of_what_may_belong_to_the_lesion_in_part() -> None:
    others = [LeftOut((0.0, 0.0, 0.0), 740.0, 13.0), LeftOut((0.0, 0.0, 0.0), 2500.0, 23.0)]
    assert 0.0 < doubts.beside(others, 1000.0, 400.0) < 740.0
    (warning,) = doubts.left_out(others, 1000.0, 400.0)
    assert warning.startswith("0.74 cm3 of calcification 13 mm away")


@pytest.mark.parametrize(("own_mm3", "piece"), [(30.0, True), (300.0, False)])
def test_a_piece_may_be_of_a_body_as_large_as_what_lies_beside_it_spans(own_mm3: float, piece: bool) -> None:
    phantom = sphere(4.0)
    surface = mark(phantom.volume, [phantom.centre_mm]).surface
    corners = np.array(np.meshgrid(*[[0.0, 20.0]] * 3)).reshape(3, -1).T[1:] + phantom.centre_mm
    more = doubts.spanned(surface, [LeftOut((x, y, z), 30.0, 8.0) for x, y, z in corners], own_mm3, border_mm=3.0)
    least, most = (edge**3 + 3.0 * 6 * edge**2 - surface.volume_mm3 for edge in (20.0, 24.0))
    assert (least < more < most) if piece else more == 0.0
    assert doubts.spanned(surface, [], own_mm3, border_mm=3.0) == 0.0
