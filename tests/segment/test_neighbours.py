"""Clicks on neighbours: each answers its own contour, also where the surfaces touch."""

import numpy as np
import pytest
from phantoms import as_volume, grid

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_among
from mo_viewer.segment.mark import mark
from mo_viewer.segment.trust import PARTED


def two_balls(apart_mm: float):
    """Two shells (radius 8 mm, 500 HU, core 100) in muscle, and their middles."""
    stack = grid((60, 70, 70), (1.1, 0.8, 0.9))
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    hu = np.full(len(points), 55.0)
    middles = [np.array([0.0, 0.0, side * apart_mm / 2]) for side in (-1, 1)]
    away = np.min([np.linalg.norm(points - m, axis=1) for m in middles], axis=0)
    hu[away < 8.5], hu[away < 8.0], hu[away < 5.5], hu[away < 5.0] = 270.0, 500.0, 300.0, 100.0
    noisy = hu + np.random.default_rng(3).normal(0, 8, len(hu))
    return as_volume(noisy.reshape(stack.shape), stack), [tuple(m) for m in middles]


@pytest.mark.parametrize("apart_mm", [20.0, 16.0], ids=["4 mm apart", "touching"])
def test_each_of_two_neighbours_is_marked_alone_when_both_are_clicked(apart_mm):
    volume, (one, two) = two_balls(apart_mm)
    true = 4 / 3 * np.pi * 8.25**3
    for own, other in ((one, two), (two, one)):
        found = mark(volume, [own], rivals_mm=[other])
        assert found.surface.volume_mm3 == pytest.approx(true, rel=0.12)
        assert np.linalg.norm(found.mask.points_mm().mean(axis=0) - own) < 1.5
        assert any("parted half-way" in w for w in found.warnings) == (apart_mm == 16.0)


def test_two_clicks_on_one_body_are_both_given_all_of_it_and_that_is_noted():
    volume, (one, two) = two_balls(20.0)
    rim = (one[0] + 7.0, one[1], one[2])
    sizes = []
    for own, others in ((one, [rim, two]), (rim, [one, two])):
        size = read_among(Host(), volume, [own], others, Ticket()).measured("volume")
        assert size is not None
        assert not size.warnings
        assert any("one body, given whole to each" in said for said in size.notes)
        sizes.append(size.value)
    assert sizes[0] == pytest.approx(4 / 3 * np.pi * 8.25**3, rel=0.05)
    assert sizes[1] == pytest.approx(sizes[0], rel=0.02)


def test_of_two_bodies_that_meet_each_click_is_given_its_own_with_a_warning_on_its_size():
    volume, (one, two) = two_balls(16.0)
    size = read_among(Host(), volume, [one], [two], Ticket()).measured("volume")
    assert size is not None
    assert size.value == pytest.approx(4 / 3 * np.pi * 8.25**3, rel=0.12)
    assert PARTED in size.warnings


def test_a_rival_far_away_changes_nothing():
    volume, (one, _) = two_balls(20.0)
    alone, with_rival = mark(volume, [one]), mark(volume, [one], rivals_mm=[(0.0, 0.0, 900.0)])
    assert alone.surface.volume_mm3 == with_rival.surface.volume_mm3


def test_one_click_takes_one_of_two_large_bodies_and_says_where_the_other_is():
    volume, middles = two_balls(20.0)
    for own in middles:
        found = mark(volume, [own])
        assert found.surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * 8.25**3, rel=0.05)
        assert np.linalg.norm(found.mask.points_mm().mean(axis=0) - own) < 0.5
        (said,) = found.warnings
        assert said.split(" mm ")[0] in ("Another body of calcification lies 3", "Another body of calcification lies 4")
    both = mark(volume, middles)
    assert both.surface.volume_mm3 > 1.9 * 4 / 3 * np.pi * 8.25**3
    assert not any("Another body" in w for w in both.warnings)


def test_small_fragments_side_by_side_are_one():
    stack = grid((50, 70, 70), (1.1, 0.8, 0.9))
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    hu = np.full(len(points), 55.0)
    for at in (-6.5, 6.5):
        hu[np.linalg.norm(points - np.array([0.0, at, 0.0]), axis=1) < 4.5] = 500.0
    volume = as_volume((hu + np.random.default_rng(3).normal(0, 8, len(hu))).reshape(stack.shape), stack)
    found = mark(volume, [(0.0, 6.5, 0.0)])
    assert found.surface.volume_mm3 > 1.8 * 4 / 3 * np.pi * 4.5**3
    assert not any("Another body" in w for w in found.warnings)


@pytest.mark.parametrize(("gap_deg", "wall_mm"), [(20.0, 2.5), (17.0, 3.0)])
def test_halves_of_a_broken_ring_in_thick_slices_are_no_two_bodies(gap_deg, wall_mm):
    stack = grid((12, 90, 90), (5.0, 0.8, 0.8))
    points = stack.points_mm(np.indices(stack.shape).reshape(3, -1).T.astype(float))
    away, turn = np.linalg.norm(points, axis=1), np.abs(np.degrees(np.arctan2(points[:, 1], points[:, 0])))
    wall = (away < 20.0) & (away > 20.0 - wall_mm) & (np.abs(points[:, 2]) < 11.0)
    hu = np.where(wall & (np.minimum(turn, 180.0 - turn) > gap_deg / 2), 450.0, 55.0)
    noisy = hu + np.random.default_rng(3).normal(0, 8, len(hu))
    with pytest.raises(Refused):
        mark(as_volume(noisy.reshape(stack.shape), stack), [(0.0, 14.0, 0.0)])
