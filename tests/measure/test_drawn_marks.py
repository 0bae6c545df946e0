"""Lengths, areas and statistics of marks, against analytic truth and against a second, slow implementation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantoms import AXIAL, OBLIQUE, SAGITTAL, UNEVEN_STEPS_MM, grid, sphere

from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.measure.marks import area_of, inside_outline, positions_mm, read_mark
from mo_viewer.volume.arrays import frozen
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Length, Volume

IMAGE = ImageRef("series", "sop")
GRIDS = {
    "axial": grid(),
    "oblique stack": grid(direction=OBLIQUE),
    "sagittal": grid(direction=SAGITTAL),
    "tilted": grid(tilt_deg=20.0),
    "uneven": grid(steps_mm=UNEVEN_STEPS_MM),
    "4.0 x 6.4 mm pixels": grid(shape=(40, 28, 20), spacing_mm=(3.0, 4.0, 6.4)),
}
PLANES = {
    "own": None,
    "axial": ((1.0, 0, 0), (0, 1.0, 0)),
    "coronal": ((1.0, 0, 0), (0, 0, -1.0)),
    "oblique": ((0.8, 0.6, 0), (-0.48, 0.64, 0.6)),
}


def volume_of(geometry, values, unit="HU", **options):
    source = Source(Patient("k"), "study", "series", "CT")
    return Volume(frozen(values), geometry, source, unit, np.ones(1), np.full(1, -1024.0), **options)


def a_ramp(geometry):
    """HU that rise linearly through the patient: 2 HU a mm to the left, 3 to posterior, -1.5 upwards."""
    index = np.indices(geometry.shape).reshape(3, -1).T.astype(float)
    hu = geometry.points_mm(index) @ np.array([2.0, 3.0, -1.5])
    return volume_of(geometry, (np.round(hu) + 1024).astype(np.int16).reshape(geometry.shape))


def directions(geometry, plane):
    if PLANES[plane] is not None:
        return (np.array(way) for way in PLANES[plane])
    return (step / np.linalg.norm(step) for step in (geometry.column_step_mm, geometry.row_step_mm))


def centre_of(geometry, plane):
    """A point near the middle, on an acquired slice where the plane is the stack's own."""
    middle = (np.array(geometry.shape) - 1) / 2
    return geometry.points_mm(np.floor(middle) if plane == "own" else middle)[0]


def drawn(kind, points, normal=(0.0, 0.0, 0.0), **options):
    return Mark("1", kind, tuple(tuple(map(float, p)) for p in points), IMAGE, normal=tuple(normal), **options)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("stack", GRIDS)
def test_a_length_is_the_length_in_the_patient_on_any_plane(stack, plane):
    geometry = GRIDS[stack]
    right, down = directions(geometry, plane)
    a = centre_of(geometry, plane)
    mark = drawn(MarkKind.LENGTH, [a, a + 9 * right + 12 * down])
    assert read_mark(mark, a_ramp(geometry), 0).length == pytest.approx(15.0, abs=1e-9)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("stack", GRIDS)
def test_an_ellipse_on_a_ramp_has_its_area_and_the_value_of_its_centre(stack, plane):
    geometry = GRIDS[stack]
    right, down = directions(geometry, plane)
    centre = centre_of(geometry, plane)
    a, b = (30.0, 26.0) if "4.0" in stack else (9.0, 7.0)
    mark = drawn(
        MarkKind.ELLIPSE,
        [centre - a * right, centre + a * right, centre - b * down, centre + b * down],
        np.cross(right, down),
    )
    read = read_mark(mark, a_ramp(geometry), 0)
    assert read.area == pytest.approx(math.pi * a * b, rel=0.02)
    assert read.inside is not None
    assert read.inside.mean == pytest.approx(float(centre @ [2.0, 3.0, -1.5]), abs=1.0)
    assert read.inside.interpolated is (plane != "own")


def slow_statistics(volume, k, kind, at):
    """Every pixel of a slice, one by one, by winding angle."""
    values = []
    for row in range(volume.geometry.shape[1]):
        for column in range(volume.geometry.shape[2]):
            if kind is MarkKind.ELLIPSE:
                centre = at.mean(axis=0)
                u, v = (at[1] - at[0]) / 2, (at[3] - at[2]) / 2
                d = np.array([row, column]) - centre
                det = u[0] * v[1] - u[1] * v[0]
                s, t = (d[0] * v[1] - d[1] * v[0]) / det, (u[0] * d[1] - u[1] * d[0]) / det
                inside = math.hypot(s, t) <= 1
            else:
                turn = 0.0
                for p, q in zip(at, np.roll(at, -1, axis=0), strict=True):
                    first = math.atan2(p[1] - column, p[0] - row)
                    second = math.atan2(q[1] - column, q[0] - row)
                    turn += (second - first + math.pi) % (2 * math.pi) - math.pi
                inside = abs(turn) > 1
            if inside:
                values.append(int(volume.values[k, row, column]) * float(volume.slope[k]) + float(volume.intercept[k]))
    n = len(values)
    mean = sum(values) / n
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1)) if n > 1 else 0.0
    ordered = sorted(values)
    median = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return mean, sd, ordered[0], ordered[-1], median, n


@pytest.mark.parametrize("kind", [MarkKind.ELLIPSE, MarkKind.RECTANGLE, MarkKind.POLYGON])
@pytest.mark.parametrize("stack", ["axial", "tilted", "uneven", "oblique stack"])
def test_statistics_equal_those_of_a_second_implementation(stack, kind):
    geometry, k = GRIDS[stack], 11
    noise = np.random.default_rng(4).integers(0, 3000, geometry.shape).astype(np.int16)
    volume = volume_of(geometry, noise)
    at = {
        MarkKind.ELLIPSE: [(20.3, 8.2), (20.3, 30.1), (9.7, 19.15), (30.9, 19.15)],
        MarkKind.RECTANGLE: [(10.4, 12.3), (10.4, 33.8), (29.1, 33.8), (29.1, 12.3)],
        MarkKind.POLYGON: [(10.2, 12.3), (25.3, 40.1), (44.7, 20.2), (24.1, 25.6)],
    }[kind]
    points = geometry.points_mm(np.array([(k, row, column) for row, column in at]))
    inside = read_mark(drawn(kind, points), volume, k).inside
    truth = slow_statistics(volume, k, kind, np.array(at))
    assert inside.count == truth[-1]
    assert (inside.mean, inside.sd, inside.lowest, inside.highest, inside.median) == pytest.approx(truth[:-1], abs=1e-3)
    assert not inside.interpolated


def test_a_sphere_has_its_density_on_every_plane():
    ball = sphere(24.0, rim_hu=400.0)
    for right, down in (((1, 0, 0), (0, 1, 0)), ((1, 0, 0), (0, 0, -1)), ((0.8, 0.6, 0), (-0.48, 0.64, 0.6))):
        right, down = np.array(right, float), np.array(down, float)
        centre = np.array(ball.centre_mm)
        points = [centre - 8 * right, centre + 8 * right, centre - 8 * down, centre + 8 * down]
        inside = read_mark(drawn(MarkKind.ELLIPSE, points, np.cross(right, down)), ball.volume, 0).inside
        assert inside.mean == pytest.approx(400.0, abs=1.0)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=9))
def test_the_area_of_any_outline_does_not_depend_on_where_it_begins_or_lies(flat):
    at = np.column_stack([np.array(flat), np.zeros(len(flat))])
    area = area_of(MarkKind.POLYGON, at)
    assert area_of(MarkKind.POLYGON, np.roll(at, 1, axis=0)) == pytest.approx(area, abs=1e-6)
    assert area_of(MarkKind.POLYGON, at[::-1] + np.array([3.0, -7.0, 11.0])) == pytest.approx(area, abs=1e-6)


def test_the_even_odd_rule_leaves_out_what_is_crossed_twice():
    square = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)])
    assert inside_outline(square, np.array([(2.0, 2.0), (5.0, 2.0), (-1.0, 2.0), (2.0, 5.0)])).tolist() == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("turn", [0.0, 1.0, 37.0, 90.0, 135.0, 179.0, 180.0])
def test_angles_are_exact_from_nought_to_straight(turn):
    way = math.radians(turn)
    corner = np.array([5.0, -3.0, 7.0])
    end = corner + np.array([10.0, 0, 0])
    other = corner + np.array([8 * math.cos(way), 8 * math.sin(way), 0])
    volume = a_ramp(GRIDS["axial"])
    assert read_mark(drawn(MarkKind.ANGLE, [end, corner, other]), volume, 0).angle_deg == pytest.approx(turn, abs=1e-6)
    cobb = read_mark(drawn(MarkKind.COBB, [corner, end, corner + 20, other + 20]), volume, 0).angle_deg
    assert cobb == pytest.approx(min(turn, 180 - turn), abs=1e-6)


def test_the_longer_line_of_a_bidirectional_mark_comes_first():
    points = [(0, 0, 0), (3, 0, 0), (0, 0, 0), (0, 7, 0)]
    read = read_mark(drawn(MarkKind.BIDIRECTIONAL, points), a_ramp(GRIDS["axial"]), 0)
    assert (read.length, read.short) == (7.0, 3.0)


def test_padding_is_left_out_and_counted():
    geometry = grid(shape=(3, 20, 20), spacing_mm=(1.0, 1.0, 1.0))
    values = np.full(geometry.shape, 1074, np.int16)
    values[:, :, :10] = -2000
    volume = volume_of(geometry, values, padding=(-2000, -2000))
    corners = geometry.points_mm(np.array([(1, 4.5, 4.5), (1, 4.5, 14.5), (1, 9.5, 14.5), (1, 9.5, 4.5)]))
    inside = read_mark(drawn(MarkKind.RECTANGLE, corners), volume, 1).inside
    assert (inside.mean, inside.count, inside.left_out) == (50.0, 25, 25)


def test_an_outline_between_pixel_centres_is_refused_with_a_reason():
    geometry = grid(shape=(3, 20, 20), spacing_mm=(1.0, 1.0, 1.0))
    corners = geometry.points_mm(np.array([(1, 4.2, 4.2), (1, 4.2, 4.6), (1, 4.6, 4.6), (1, 4.6, 4.2)]))
    read = read_mark(drawn(MarkKind.RECTANGLE, corners), a_ramp(geometry), 1)
    assert read.inside is None
    assert read.refused
    assert read.area == pytest.approx(0.16)


def a_radiograph(row_mm, column_mm, length):
    geometry = Geometry((1, 300, 200), np.zeros((1, 3)), [0, row_mm, 0], [column_mm, 0, 0], in_patient=False)
    return volume_of(geometry, np.zeros(geometry.shape, np.int16), "", length=length)


def on_film(kind, points, **options):
    return Mark("2", kind, tuple((0.0, float(r), float(c)) for r, c in points), IMAGE, in_patient=False, **options)


@pytest.mark.parametrize("state", [Length.DETECTOR, Length.CALIBRATED, Length.FILM, Length.UNKNOWN, Length.NONE])
def test_a_length_on_a_radiograph_says_what_its_millimetres_are(state):
    film = a_radiograph(4.0, 6.4, state)
    read = read_mark(on_film(MarkKind.LENGTH, [(10, 10), (40, 35)]), film, 0)
    assert read.length == pytest.approx(math.hypot(30 * 4.0, 25 * 6.4), abs=1e-9)
    assert read.scale.length is state
    assert not read.scale.by_reader


def test_the_readers_calibration_line_scales_lengths_and_areas_of_its_image_only():
    film = a_radiograph(0.2, 0.2, Length.DETECTOR)
    line = on_film(MarkKind.CALIBRATION, [(0, 0), (0, 125)], known_mm=20.0)
    length = on_film(MarkKind.LENGTH, [(10, 10), (10, 135)])
    read = read_mark(length, film, 0, [line])
    assert read.length == pytest.approx(20.0)
    assert read.scale.by_reader
    square = on_film(MarkKind.RECTANGLE, [(0, 0), (0, 125), (125, 125), (125, 0)])
    assert read_mark(square, film, 0, [line]).area == pytest.approx(400.0)
    elsewhere = Mark("3", MarkKind.LENGTH, length.points, ImageRef("series", "another"), in_patient=False)
    assert read_mark(elsewhere, film, 0, [line]).length == pytest.approx(25.0)


def test_a_calibration_line_never_touches_millimetres_of_the_patient():
    volume = a_ramp(GRIDS["axial"])
    line = drawn(MarkKind.CALIBRATION, [(0, 0, 0), (1, 0, 0)], known_mm=50.0)
    assert read_mark(drawn(MarkKind.LENGTH, [(0, 0, 0), (0, 2, 0)]), volume, 0, [line]).length == 2.0


def test_a_probe_reads_the_stored_value_and_nothing_outside():
    geometry = GRIDS["tilted"]
    volume = a_ramp(geometry)
    at = geometry.points_mm(np.array([(7, 20, 31)]))[0]
    stored = float(volume.values[7, 20, 31]) - 1024
    assert read_mark(drawn(MarkKind.PROBE, [at]), volume, 0).values == (stored,)
    assert read_mark(drawn(MarkKind.PROBE, [at + 500]), volume, 0).values == ()
    assert positions_mm(drawn(MarkKind.PROBE, [at]), geometry) == pytest.approx(at[None])


def test_the_directions_of_the_axial_phantom_are_the_patients():
    assert AXIAL[:, 2].tolist() == [1.0, 0.0, 0.0]


def test_an_outline_that_leaves_the_image_counts_what_lies_outside():
    geometry = grid(shape=(3, 20, 20), spacing_mm=(1.0, 1.0, 1.0))
    corners = geometry.points_mm(np.array([(1, -5.5, 4.5), (1, -5.5, 14.5), (1, 4.5, 14.5), (1, 4.5, 4.5)]))
    volume = volume_of(geometry, np.full(geometry.shape, 1074, np.int16))
    inside = read_mark(drawn(MarkKind.RECTANGLE, corners), volume, 1).inside
    assert (inside.mean, inside.count, inside.left_out) == (50.0, 50, 50)
