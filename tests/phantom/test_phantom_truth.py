import math

import numpy as np
import pytest

from mo_viewer.phantom.block import muscle_block
from mo_viewer.phantom.compounds import Bulged, United, Without
from mo_viewer.phantom.fills import Plain, Zoned
from mo_viewer.phantom.limb import Solid
from mo_viewer.phantom.placing import beside, surface_points
from mo_viewer.phantom.pose import Pose, turn
from mo_viewer.phantom.shapes import Arc, Ellipsoid, Placed, Plate, SuperEllipsoid, Tube
from mo_viewer.phantom.thigh import femur, thigh
from mo_viewer.phantom.truth import LesionTruth, distance_mm, true_surface, truth_of

POSE = Pose((11.0, -8.0, 20.0), (70.0, -15.0, 880.0))
_CAP = 4 / 3 * math.pi
VOLUMES = {
    "sphere": (Ellipsoid((8.0, 8.0, 8.0)), _CAP * 512),
    "ellipsoid": (Ellipsoid((6.0, 9.0, 21.0)), _CAP * 6 * 9 * 21),
    "cube-like": (SuperEllipsoid((7.0, 8.0, 9.0), 4.0), 8 * 7 * 8 * 9 * math.gamma(1.25) ** 3 / math.gamma(1.75)),
    "capsule": (Tube(((0.0, 0.0, -10.0), (0.0, 0.0, 10.0)), 5.0), math.pi * 25 * 20 + _CAP * 125),
    "ring": (Arc(15.0, 6.0, 3.0, opening_deg=1e-6), 2 * math.pi**2 * 15 * 9),
    "two far spheres": (
        United(
            (Placed(Ellipsoid((5.0, 5.0, 5.0)), (-9.0, 0.0, 0.0)), Placed(Ellipsoid((6.0, 6.0, 6.0)), (9.0, 0.0, 0.0)))
        ),
        _CAP * (125 + 216),
    ),
    "half a sphere": (
        Without(Ellipsoid((9.0, 9.0, 9.0)), Placed(Ellipsoid((4e4,) * 3), (4e4, 0.0, 0.0))),
        _CAP * 729 / 2,
    ),
}


@pytest.mark.parametrize(("shape", "volume"), VOLUMES.values(), ids=VOLUMES.keys())
def test_the_integral_agrees_with_the_formula(shape, volume):
    lesion = Solid("L", Placed(shape, (3.0, 2.0, 1.0), turn(30.0, 20.0, 10.0)), Plain(400.0))
    truth = truth_of(muscle_block((lesion,)), lesion, POSE)
    assert truth.volume_mm3 == pytest.approx(volume, rel=0.003)
    assert true_surface(lesion, POSE).volume_mm3 == pytest.approx(volume, rel=0.006)
    assert truth.mean_hu == pytest.approx(400.0)
    assert truth.excess_hu_mm3 == pytest.approx(345.0 * volume, rel=0.003)


def test_a_thin_plate_has_its_thickness():
    truth = _truth(Plate(4.0, (15.0, 12.0)))
    flat = 2 * 13 * 2 * 10 * 4
    round_edges = math.pi * 4 / 2 * 2 * (2 * 13 + 2 * 10) + _CAP * 8
    assert truth.volume_mm3 == pytest.approx(flat + round_edges, rel=0.06)
    assert truth.greatest_depth_mm == pytest.approx(2.0, abs=0.2)


def test_diameters_and_axes_are_those_of_an_ellipsoid():
    lesion = Solid("L", Placed(Ellipsoid((7.0, 11.0, 19.0))), Plain(300.0))
    truth = truth_of(muscle_block((lesion,)), lesion)
    assert truth.max_diameter_mm == pytest.approx(38.0, abs=0.1)
    assert truth.long_axis_mm == pytest.approx(22.0, abs=0.1)
    assert truth.short_axis_mm == pytest.approx(14.0, abs=0.1)
    knud = 4 * math.pi * ((77**1.6075 + 133**1.6075 + 209**1.6075) / 3) ** (1 / 1.6075)
    assert truth.surface_mm2 == pytest.approx(knud, rel=0.012)


def test_rim_and_core_are_told_apart_and_points_lie_in_them():
    lesion = Solid("L", Ellipsoid((12.0, 12.0, 12.0)), Zoned(3.5, 700.0, 150.0, (0.0, 0.0, 0.0), 1, blend_mm=0.2))
    truth = truth_of(muscle_block((lesion,)), lesion)
    assert truth.rim_hu == pytest.approx(700.0, abs=1)
    assert truth.core_hu == pytest.approx(150.0, abs=1)
    assert truth.zonal_index == pytest.approx((645 - 95) / (645 + 95), abs=0.01)
    assert np.linalg.norm(truth.core_points_mm, axis=1).max() < 0.45 * 12
    radii = np.linalg.norm(truth.rim_points_mm, axis=1)
    assert radii.min() > 9.5
    assert radii.max() < 12


@pytest.mark.parametrize("coverage", [0.9, 0.7, 0.4])
def test_a_rim_with_gaps_covers_the_asked_share_of_directions(coverage):
    fill = Zoned(2.0, 600.0, 60.0, (0.0, 0.0, 0.0), 8, coverage=coverage)
    from mo_viewer.phantom.ripples import sphere_directions

    assert fill.rim_strength(sphere_directions(5000) * 9.0).mean() == pytest.approx(coverage, abs=0.02)


@pytest.mark.parametrize("gap_mm", [0.0, 1.0, 4.5])
@pytest.mark.parametrize("towards", [(-1.0, 0.3), (0.4, 1.0)])
def test_a_body_beside_the_femur_keeps_its_cleft(gap_mm, towards):
    outer, _ = femur()
    shape = Bulged(Ellipsoid((9.0, 8.0, 14.0)), 0.8, 5)
    lesion = Solid("L", beside(outer, shape, (0.0, 0.0, 12.0), towards, gap_mm, turn(8.0, 5.0, 0.0)), Plain(300.0))
    truth = truth_of(thigh(1, (lesion,)), lesion, POSE)
    assert truth.gap_to_bone_mm == pytest.approx(gap_mm, abs=0.12)
    bone = surface_points(outer.__class__(bow_per_mm=outer.bow_per_mm, ridge_at=outer.ridge_at, reach_mm=45.0), 220)
    from scipy.spatial import cKDTree

    nearest = cKDTree(bone).query(POSE.to_limb(true_surface(lesion, POSE).vertices_mm))[0].min()
    assert truth.gap_to_bone_mm == pytest.approx(nearest, abs=0.25)


def test_a_broad_base_touches_the_bone_over_an_area():
    outer, _ = femur()
    ball = beside(outer, Ellipsoid((11.0, 11.0, 16.0)), (0.0, 0.0, 0.0), (-1.0, 0.2), -4.0)
    lesion = Solid("L", Without(ball, outer), Plain(500.0))
    truth = truth_of(thigh(1, (lesion,)), lesion)
    assert truth.gap_to_bone_mm == pytest.approx(0.0, abs=0.05)
    assert truth.bone_contact_mm2 > 100
    assert truth.volume_mm3 < _CAP * 11 * 11 * 16 * 0.97


def test_distance_is_exact_outside_a_sphere():
    points = np.array([[12.0, 0.0, 0.0], [0.0, 9.0, 9.0]])
    assert distance_mm(Ellipsoid((8.0, 8.0, 8.0)), points) == pytest.approx(
        np.linalg.norm(points, axis=1) - 8, abs=0.01
    )


def test_truth_survives_a_trip_through_json():
    import json

    truth = _truth(Ellipsoid((5.0, 6.0, 7.0)))
    assert LesionTruth.from_json(json.loads(json.dumps(truth.as_json()))) == truth


def _truth(shape):
    lesion = Solid("L", shape, Plain(300.0))
    return truth_of(muscle_block((lesion,)), lesion)
