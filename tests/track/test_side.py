import numpy as np

from mo_viewer.track.bones import Bones
from mo_viewer.track.cloud import Cloud
from mo_viewer.track.edges import Grid
from mo_viewer.track.icp import paired
from mo_viewer.track.side import JOINT_MM, Side
from mo_viewer.volume.geometry import Geometry

GRID = Geometry.even((40, 40, 40), np.eye(4))


def plane(x, normal):
    """Points of a plane across x, 1 mm apart."""
    y, z = np.meshgrid(np.arange(10.0, 30.0), np.arange(10.0, 30.0))
    points = np.stack([np.full(y.shape, x), y, z], axis=-1).reshape(-1, 3)
    return Cloud(points, np.tile(np.array([normal, 0.0, 0.0]), (len(points), 1)), np.ones(len(points)))


def test_what_faces_another_bone_is_at_a_joint_and_what_faces_its_own_is_not():
    bones = Bones(np.zeros(GRID.shape, dtype=np.int32), GRID, (1, 1, 1), np.array([0.0, 900.0, 900.0]))
    side = Side(volume=None, bones=bones, clouds=(plane(10.0, 1.0), plane(13.0, -1.0)))
    near = np.array([[13.0 - JOINT_MM + 0.1, 20.0, 20.0], [13.0 - JOINT_MM - 0.1, 20.0, 20.0]])
    assert side.at_joint(near, frozenset({1})).tolist() == [True, False]
    assert not side.at_joint(near, frozenset({1, 2})).any()


def test_a_partner_is_the_nearest_that_faces_the_same_way():
    here, target = plane(20.0, 1.0), Cloud.joined([plane(20.3, -1.0), plane(21.0, 1.0)])
    _, known = paired(here, target, np.eye(4), 1.5)
    assert not known.any()
    pairs, known = paired(here, target, np.eye(4), 1.5, tries=6)
    assert known.all()
    np.testing.assert_allclose(pairs.gap_mm, -1.0, atol=1e-9)


def test_a_smoothed_grid_keeps_a_slope_and_where_an_edge_lies():
    x = np.broadcast_to(np.arange(40.0), (40, 40, 40))
    at = np.array([[19.3, 20.0, 20.0], [20.0, 20.0, 20.0], [20.6, 20.0, 20.0]])
    slope = Grid(x.astype(np.float32), np.zeros(3), np.ones(3), GRID).smoothed(1.0)
    np.testing.assert_allclose(slope.at(at), GRID.index_of(at)[:, 2], atol=1e-3)
    edge = Grid(np.where(x < 20.5, 1000.0, 0.0).astype(np.float32), np.zeros(3), np.ones(3), GRID).smoothed(1.0)
    middle = GRID.points_mm(np.array([[20.0, 20.0, 20.5]]))
    np.testing.assert_allclose(edge.at(middle), 500.0, atol=1.0)
