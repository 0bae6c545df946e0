"""Planes through a field that is linear in the patient: linear sampling must give it back exactly, on every plane."""

from dataclasses import replace

import numpy as np
import pytest
from phantoms import OBLIQUE, SAGITTAL, UNEVEN_STEPS_MM, as_volume, grid, sphere

from mo_viewer.volume.cuts import Cuts, Orientation, acquired_as, can_be_cut, sides
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.reslice import Grid, Interpolation, reslice, value_at

SLOPES = np.array([7.0, -5.0, 9.0])
STACKS = {
    "axial": grid(),
    "sagittal": grid(direction=SAGITTAL),
    "oblique": grid(direction=OBLIQUE),
    "tilted": grid(tilt_deg=18.0),
    "uneven": grid(steps_mm=UNEVEN_STEPS_MM),
    "tilted and uneven": grid(tilt_deg=12.0, steps_mm=UNEVEN_STEPS_MM),
}
TURNED = ((1.0, 0.3, 0.2), (-0.3, 1.0, 0.15))


def field(points_mm):
    return points_mm @ SLOPES + 200.0


def linear_volume(geometry, **changes):
    index = np.indices(geometry.shape).reshape(3, -1).T.astype(float)
    return replace(as_volume(field(geometry.points_mm(index)).reshape(geometry.shape), geometry), **changes)


def points_of(cut):
    rows, columns = cut.shape
    flat = np.stack(np.meshgrid(np.arange(columns) * cut.column_mm, np.arange(rows) * cut.row_mm), -1).reshape(-1, 2)
    return cut.plane.to_patient(flat)


def inner(geometry, points):
    index = geometry.index_of(points)
    return np.all((index >= 0) & (index <= np.array(geometry.shape) - 1), axis=1)


def rescaled(volume, section):
    values = section.values.astype(float).ravel()
    return values + volume.intercept[0] if section.is_stored else values


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("looks", [Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL])
def test_standard_planes_give_a_linear_field_back_on_every_stack(name, looks):
    volume = linear_volume(STACKS[name])
    cuts = Cuts(volume.geometry, looks)
    for k in (0, cuts.count // 3, cuts.count // 2, cuts.count - 1):
        cut = cuts.grid(k)
        section = reslice(volume, cut)
        inside = inner(volume.geometry, points_of(cut))
        error = np.abs(rescaled(volume, section) - field(points_of(cut)))[inside]
        assert error.size == 0 or error.max() <= 1.5, (k, error.max())
    assert inside.size


@pytest.mark.parametrize("name", STACKS)
def test_a_plane_in_any_direction_gives_a_linear_field_back(name):
    volume = linear_volume(STACKS[name])
    plane = Plane(np.array([-14.0, -15.0, -6.0]), np.array(TURNED[0]), np.array(TURNED[1]))
    plane = Plane(plane.origin_mm, plane.right, np.cross(np.cross(plane.right, plane.down), plane.right))
    cut = Grid(plane, (40, 44), 0.7, 0.6)
    section = reslice(volume, cut)
    inside = inner(volume.geometry, points_of(cut))
    assert inside.mean() > 0.6
    assert np.abs(rescaled(volume, section) - field(points_of(cut)))[inside].max() <= 1.0


@pytest.mark.parametrize("name", STACKS)
def test_the_value_at_a_point_is_that_of_the_field(name):
    volume = linear_volume(STACKS[name])
    index = np.random.default_rng(3).uniform(0, 1, (60, 3)) * (np.array(volume.geometry.shape) - 1)
    for point in volume.geometry.points_mm(index):
        assert value_at(volume, point) == pytest.approx(field(point), abs=0.5)
    assert value_at(volume, volume.geometry.points_mm(np.array([[-3.0, 0.0, 0.0]]))[0]) is None


def test_a_coronal_plane_through_voxel_centres_is_the_stored_row_to_the_bit():
    volume = linear_volume(STACKS["axial"])
    cuts = Cuts(volume.geometry, Orientation.CORONAL)
    section = reslice(volume, cuts.grid(10))
    assert section.values.dtype == volume.values.dtype
    assert np.array_equal(section.values, volume.values[::-1, 10, :])
    assert section.outside is None


def test_a_sphere_is_round_in_every_plane_of_a_tilted_uneven_stack():
    ball = sphere(20.0, geometry=grid((40, 64, 64), (1.25, 0.6, 0.6), tilt_deg=15.0, steps_mm=(1.0, 1.5)))
    middle = (ball.rim_hu + ball.background_hu) / 2
    for looks in (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL):
        cuts = Cuts(ball.volume.geometry, looks)
        section = reslice(ball.volume, cuts.grid(cuts.nearest((0.0, 0.0, 0.0))))
        inside = rescaled(ball.volume, section).reshape(section.grid.shape) > middle
        flat = np.argwhere(inside) * (section.grid.row_mm, section.grid.column_mm)
        area = inside.sum() * section.grid.row_mm * section.grid.column_mm
        assert area == pytest.approx(np.pi * 100, rel=0.04), looks
        assert np.ptp(flat, axis=0) == pytest.approx([20, 20], abs=1.3), looks


def test_planes_of_a_tilted_stack_keep_to_its_slices_and_are_square_to_each_other():
    geometry = STACKS["tilted"]
    assert acquired_as(geometry) is Orientation.AXIAL
    right, down = sides(geometry, Orientation.CORONAL)
    assert right @ down == pytest.approx(0, abs=1e-12)
    assert abs(down @ geometry.normal) == pytest.approx(1)


def test_a_plane_that_leaves_the_stack_says_where_there_is_no_voxel():
    volume = linear_volume(STACKS["axial"])
    cut = Cuts(volume.geometry, Orientation.AXIAL, turn_about_x(30.0)).grid(0)
    section = reslice(volume, cut)
    expected = ~inner_half(volume.geometry, points_of(cut)).reshape(cut.shape)
    assert np.array_equal(section.outside, expected)


def inner_half(geometry, points):
    index = geometry.index_of(points)
    return np.all((index >= -0.5 - 1e-6) & (index <= np.array(geometry.shape) - 0.5 + 1e-6), axis=1)


def turn_about_x(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]])


def test_a_turned_family_has_a_plane_through_its_pivot():
    geometry = STACKS["uneven"]
    cuts = Cuts(geometry, Orientation.AXIAL, turn_about_x(21.0), (1.0, 2.0, 3.3))
    away = cuts.plane_at(cuts.nearest((1.0, 2.0, 3.3))).distance_mm(np.array([1.0, 2.0, 3.3]))[0]
    assert away == pytest.approx(0, abs=1e-9)


def test_slopes_that_differ_by_slice_are_applied_before_interpolation():
    geometry = STACKS["axial"]
    slope = np.linspace(0.5, 2.0, geometry.shape[0])
    stored = np.full(geometry.shape, 1000, np.int16)
    volume = replace(linear_volume(geometry), values=stored, slope=slope, intercept=np.zeros(geometry.shape[0]))
    section = reslice(volume, Cuts(geometry, Orientation.SAGITTAL).grid(7).moved(0.2))
    assert not section.is_stored
    assert section.values[:, 3] == pytest.approx(1000 * slope[::-1], rel=1e-6)


def test_padding_does_not_bleed_into_its_neighbours():
    geometry = STACKS["axial"]
    stored = np.full(geometry.shape, 1100, np.int16)
    stored[:, :, :20] = -2000
    volume = replace(linear_volume(geometry), values=stored, padding=(-2000, -2000))
    section = reslice(volume, Cuts(geometry, Orientation.CORONAL).grid(7).moved(0.2))
    plane = Plane(geometry.points_mm(np.array([[5.0, 5, 5]]))[0], [1.0, 0.2, 0.1], [-0.2, 1.0, 0])
    other = reslice(volume, Grid(plane, (30, 30), 0.5, 0.5))
    for made in (section, other):
        assert set(np.unique(made.values)) <= {-2000, 1100}


@pytest.mark.parametrize("how", list(Interpolation))
def test_every_interpolation_agrees_with_the_voxels_at_their_centres(how):
    ball = sphere(16.0, noise_hu=30.0).volume
    cuts = Cuts(ball.geometry, Orientation.SAGITTAL)
    assert cuts.count == ball.geometry.shape[2]
    section = reslice(ball, cuts.grid(cuts.count - 1 - 20), how)
    truth = ball.rescaled((0, 0, 20), (*ball.geometry.shape[:2], 1))[::-1, :, 0]
    assert np.abs(rescaled(ball, section).reshape(truth.shape) - truth).max() <= 0.05


def test_what_has_no_place_in_the_patient_cannot_be_cut():
    assert not can_be_cut(replace(STACKS["axial"], in_patient=False))
    assert not can_be_cut(grid((2, 8, 8)))
    assert can_be_cut(STACKS["tilted and uneven"])
