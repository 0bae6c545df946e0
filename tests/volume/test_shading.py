"""Lit pictures of surfaces, against what a ball must look like."""

import numpy as np
import pytest
from skimage import measure

from mo_viewer.volume.shading import Camera, Solid, fitting, render
from mo_viewer.volume.surface import Surface

FRONT = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, -1.0, 0]])
SIZE = (220, 180)


def ball(radius=10.0, centre=(0.0, 0.0, 0.0), name="ball", colour=(1.0, 0.5, 0.0), opacity=1.0):
    step = radius / 20
    axis = np.arange(-24, 25) * step
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    vertices, triangles, _, _ = measure.marching_cubes(np.sqrt(x * x + y * y + z * z), radius)
    points = (vertices[:, ::-1] - 24) * step + np.array(centre)
    surface = Surface(points, triangles)
    if surface.volume_mm3 < 0:
        surface = Surface(points, triangles[:, ::-1])
    return Solid(name, surface, colour, opacity)


def seen(picture):
    return picture.max(axis=2) > 0


@pytest.mark.parametrize("px_per_mm", [1.0, 4.0, 8.0])
def test_a_ball_is_a_disc_of_its_size_without_holes(px_per_mm):
    camera = Camera(FRONT, np.zeros(3), px_per_mm)
    disc = seen(render([ball()], camera, SIZE))
    x, y = np.meshgrid(np.arange(SIZE[0]) - SIZE[0] / 2 + 0.5, np.arange(SIZE[1]) - SIZE[1] / 2 + 0.5)
    away = np.hypot(x, y) / px_per_mm
    assert disc[away < 10 - 0.8 / px_per_mm].all()
    assert not disc[away > 10 + 1.2 / px_per_mm].any()


def test_light_comes_from_the_upper_left_and_the_edge_is_dark():
    picture = render([ball()], Camera(FRONT, np.zeros(3), 8.0), SIZE).astype(int).sum(axis=2)
    middle = picture[90, 110]
    assert picture[90 - 40, 110 - 30] > middle * 0.9
    assert picture[90 + 60, 110 + 40] < middle * 0.7


def test_the_nearer_of_two_hides_the_farther_and_from_behind_it_is_the_other_way():
    front, back = ball(6, (0, -20, 0), "front", (1, 0, 0)), ball(6, (0, 20, 0), "back", (0, 0, 1))
    camera = Camera(FRONT, np.zeros(3), 6.0)
    for order in ([front, back], [back, front]):
        pixel = render(order, camera, SIZE)[90, 110].astype(int)
        assert pixel[0] > 2 * pixel[2]
    pixel = render([front, back], camera.turned(np.pi, 0.0), SIZE)[90, 110].astype(int)
    assert pixel[2] > 2 * pixel[0]


def test_what_lets_light_through_shows_what_lies_behind_it():
    front, back = ball(9, (0, -20, 0), "front", (1, 0, 0), 0.4), ball(6, (0, 20, 0), "back", (0, 0, 1))
    pixel = render([front, back], Camera(FRONT, np.zeros(3), 6.0), SIZE)[90, 110].astype(int)
    assert pixel[0] > 60
    assert pixel[2] > 90


def test_the_patients_left_is_right_on_the_screen_from_the_front_and_left_from_the_back():
    solid = ball(4, (15, 0, 0))
    camera = Camera(FRONT, np.zeros(3), 4.0)
    from_front = np.argwhere(seen(render([solid], camera, SIZE)))[:, 1].mean()
    from_back = np.argwhere(seen(render([solid], camera.turned(np.pi, 0.0), SIZE)))[:, 1].mean()
    assert from_front == pytest.approx(110 - 0.5 + 60, abs=0.6)
    assert from_back == pytest.approx(110 - 0.5 - 60, abs=0.6)


def test_turning_never_mirrors_and_a_fitting_camera_shows_everything():
    camera = Camera(FRONT, np.zeros(3), 4.0)
    for yaw, pitch in ((0.3, 0.2), (2.0, -1.0), (0.0, 3.0)):
        camera = camera.turned(yaw, pitch)
        assert np.linalg.det(camera.turn) == pytest.approx(-1.0)
        assert camera.turn @ camera.turn.T == pytest.approx(np.eye(3), abs=1e-12)
    solids = [ball(6, (30, 0, 0)), ball(4, (-20, 5, 40), "other")]
    shown = seen(render(solids, fitting(solids, camera.turn, SIZE), SIZE))
    assert shown.any()
    border = np.concatenate([shown[0], shown[-1], shown[:, 0], shown[:, -1]])
    assert not border.any()
