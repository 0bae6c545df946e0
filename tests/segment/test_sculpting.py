"""Masks and surfaces edited by hand, held against volumes that are known from geometry."""

import math

import numpy as np
import pytest
from phantoms import OBLIQUE, grid

from mo_viewer.base.faults import Refused
from mo_viewer.segment.sculpt import (
    filled,
    gated,
    largest_island,
    polygon,
    pushed,
    smoothed,
    stroke,
    surface_of,
    united,
    without,
    without_small,
)
from mo_viewer.segment.voxels import inside_of
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Volume

GRIDS = [{}, {"direction": OBLIQUE}, {"tilt_deg": 15.0}, {"steps_mm": (1.0, 1.3, 0.8)}]


def ball(radius: float, at=(0.0, 0.0, 0.0), **options) -> Mask:
    return stroke(grid((48, 64, 56), **options), [at], radius)


def ball_mm3(radius: float) -> float:
    return 4 / 3 * math.pi * radius**3


@pytest.mark.parametrize("options", GRIDS)
def test_a_ball_of_the_brush_is_as_large_as_a_ball(options: dict) -> None:
    made = ball(9.0, **options)
    assert made.volume_mm3 == pytest.approx(ball_mm3(9.0), rel=0.03)
    assert np.linalg.norm(made.points_mm(), axis=1).max() <= 9.0


def test_a_stroke_is_the_capsule_of_its_way() -> None:
    made = stroke(grid((48, 64, 56)), [(-8.0, 0.0, 0.0), (8.0, 0.0, 0.0)], 5.0)
    assert made.volume_mm3 == pytest.approx(ball_mm3(5.0) + math.pi * 25 * 16, rel=0.04)


def test_a_disc_touches_one_slice_and_has_the_area_of_a_disc() -> None:
    geometry = grid((20, 64, 56))
    made = stroke(geometry, [tuple(geometry.points_mm(np.array([[7.0, 32.0, 28.0]]))[0])], 9.0, geometry.normal)
    assert (made.corner[0], made.inside.shape[0]) == (7, 1)
    assert made.voxels * geometry.pixel_area_mm2 == pytest.approx(math.pi * 81, rel=0.03)


def test_a_gate_lets_only_its_values_through() -> None:
    geometry = grid((8, 16, 16))
    values = np.arange(8 * 16 * 16, dtype=np.int16).reshape(8, 16, 16)
    volume = Volume(values, geometry, Source(Patient("k"), "1", "1.1", "CT"), "HU")
    touched = Mask(np.ones((8, 16, 16), dtype=bool), (0, 0, 0), geometry)
    kept = gated(volume, touched, 500, 700)
    inside = kept.indices().astype(int)
    assert kept.voxels == 201
    assert {int(values[tuple(index)]) for index in inside} == set(range(500, 701))
    assert gated(volume, touched, None, None) is touched


@pytest.mark.parametrize("options", GRIDS)
@pytest.mark.parametrize("radius", [5.0, 11.0])
def test_the_surface_of_voxels_encloses_their_volume(radius: float, options: dict) -> None:
    made = ball(radius, **options)
    assert surface_of(made).volume_mm3 == pytest.approx(made.volume_mm3, rel=0.01)


def test_the_surface_of_one_slice_is_a_slab_of_its_thickness() -> None:
    geometry = grid((20, 64, 56))
    made = stroke(geometry, [(0.0, 0.0, float(geometry.heights_mm[9]))], 9.0, geometry.normal)
    surface = surface_of(made)
    assert surface.volume_mm3 == pytest.approx(made.volume_mm3, rel=0.01)
    assert np.ptp(surface.vertices_mm @ geometry.normal) == pytest.approx(geometry.spacing_mm[0], abs=0.35)


def test_an_edit_leaves_the_surface_where_no_voxel_was_changed() -> None:
    before = ball(11.0)
    fine = surface_of(before)
    added = stroke(before.geometry, [(11.0, 0.0, 0.0)], 4.0)
    after = united(before, added)
    made = surface_of(after, before, fine)
    grown = after.volume_mm3 - before.volume_mm3
    assert made.volume_mm3 - fine.volume_mm3 == pytest.approx(grown, rel=0.15)
    far = made.vertices_mm[made.vertices_mm[:, 0] < 0]
    assert np.abs(np.linalg.norm(far, axis=1) - 11.0).max() < 0.6


def test_no_edit_is_no_change() -> None:
    before = ball(11.0)
    fine = surface_of(before)
    assert surface_of(before, before, fine).volume_mm3 == pytest.approx(fine.volume_mm3, rel=0.005)


def test_taking_away_what_was_added_gives_the_same_voxels() -> None:
    before = ball(8.0)
    more = stroke(before.geometry, [(14.0, 0.0, 0.0)], 4.0)
    assert without(united(before, more), more) == without(before, more)


def test_nothing_empties_a_lesion() -> None:
    made = ball(4.0)
    with pytest.raises(Refused, match="Nothing would be left"):
        without(made, ball(6.0))
    with pytest.raises(Refused, match="smaller than 9999"):
        without_small(made, 9999.0)
    assert smoothed(Mask.trimmed(np.ones((1, 1, 1), dtype=bool), (5, 5, 5), made.geometry)).voxels >= 1


def test_a_hollow_ball_is_filled() -> None:
    whole, hollow = ball(9.0), without(ball(9.0), ball(6.0))
    assert filled(hollow) == whole


def test_smoothing_keeps_the_volume_and_shortens_the_face() -> None:
    rng = np.random.default_rng(4)
    rough = ball(9.0)
    ragged = Mask.trimmed(rough.inside & (rng.random(rough.inside.shape) > 0.15), rough.corner, rough.geometry)
    made = smoothed(ragged)
    assert made.volume_mm3 == pytest.approx(ragged.volume_mm3, rel=0.02)
    assert surface_of(made).area_mm2 < 0.8 * surface_of(ragged).area_mm2


def test_islands_are_told_apart_by_volume() -> None:
    large, small = ball(7.0, (-10.0, 0.0, 0.0)), ball(2.5, (12.0, 0.0, 0.0))
    speck = ball(1.2, (12.0, 12.0, 12.0))
    all_three = united(united(large, small), speck)
    assert largest_island(all_three) == large
    assert without_small(all_three, 30.0) == united(large, small)


def test_a_pushed_surface_moves_by_the_way_at_the_hand_and_not_far_off() -> None:
    surface = surface_of(ball(10.0))
    top = surface.vertices_mm[np.argmax(surface.vertices_mm[:, 0])]
    made = pushed(surface, tuple(top), np.array([3.0, 0.0, 0.0]), 4.0)
    moved = made.vertices_mm - surface.vertices_mm
    assert moved[np.argmax(surface.vertices_mm[:, 0])] == pytest.approx([3.0, 0.0, 0.0])
    assert np.abs(moved[surface.vertices_mm[:, 0] < -6]).max() < 0.01
    assert made.volume_mm3 > surface.volume_mm3
    assert inside_of(made, ball(1.0).geometry).volume_mm3 == pytest.approx(made.volume_mm3, rel=0.03)


def test_a_long_push_does_not_fold_the_surface() -> None:
    surface = surface_of(ball(10.0))
    made = pushed(surface, (10.0, 0.0, 0.0), np.array([-12.0, 0.0, 0.0]), 3.0)
    corners = made.vertices_mm[made.triangles]
    before = surface.vertices_mm[surface.triangles]
    faces, old = (np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]) for c in (corners, before))
    assert np.mean(np.einsum("ij,ij->i", faces, old) < 0) < 0.02
    assert 0 < made.volume_mm3 < surface.volume_mm3


@pytest.mark.parametrize("sides", [3, 6, 40])
def test_a_polygon_holds_the_pixels_of_its_area(sides: int) -> None:
    geometry = grid((20, 96, 90))
    turn = np.arange(sides) * 2 * math.pi / sides
    flat = np.column_stack([np.full(sides, 7.0), 48 + 30 * np.sin(turn), 45 + 30 * np.cos(turn)])
    made = polygon(geometry, geometry.points_mm(flat), 7)
    assert (made.corner[0], made.inside.shape[0]) == (7, 1)
    assert made.voxels == pytest.approx(0.5 * sides * 30**2 * math.sin(2 * math.pi / sides), rel=0.02)


def test_a_line_that_encloses_nothing_is_refused() -> None:
    geometry = grid((20, 96, 90))
    line = geometry.points_mm(np.array([[7.0, 10.2, 10.2], [7.0, 10.3, 10.2], [7.0, 10.3, 10.3]]))
    with pytest.raises(Refused, match="no pixel"):
        polygon(geometry, line, 7)
