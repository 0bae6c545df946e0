import numpy as np
import pytest
from skimage.measure import marching_cubes

from mo_viewer.volume.plane import Plane
from mo_viewer.volume.surface import Surface

RADIUS = 12.0
CENTRE = np.array([100.0, -40.0, 900.0])


@pytest.fixture(scope="module")
def ball() -> Surface:
    axis = np.arange(-15, 15.5, 0.5)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    field = RADIUS - np.sqrt(x**2 + y**2 + z**2)
    vertices, triangles, _, _ = marching_cubes(field, 0.0, spacing=(0.5, 0.5, 0.5), gradient_direction="ascent")
    return Surface((vertices - 15)[:, ::-1] + CENTRE, triangles[:, ::-1])


def test_volume_and_area_are_those_of_a_ball(ball: Surface) -> None:
    assert abs(ball.volume_mm3) == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.003)
    assert ball.area_mm2 == pytest.approx(4 * np.pi * RADIUS**2, rel=0.01)


@pytest.mark.parametrize("height", [0.0, 5.0, -9.3])
def test_a_cut_is_one_closed_circle_on_the_plane(ball: Surface, height: float) -> None:
    normal = np.array([0.3, -0.5, 0.81])
    normal /= np.linalg.norm(normal)
    right = np.cross(normal, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    plane = Plane(CENTRE + height * normal, right, np.cross(normal, right))
    [circle] = ball.cut(plane)
    assert np.allclose(plane.distance_mm(circle), 0, atol=1e-6)
    expected = np.sqrt(RADIUS**2 - height**2)
    assert np.linalg.norm(circle - CENTRE - height * normal, axis=1) == pytest.approx(expected, abs=0.1)
    steps = np.linalg.norm(np.diff(np.vstack([circle, circle[:1]]), axis=0), axis=1)
    assert steps.max() < 1.5
    assert steps.sum() == pytest.approx(2 * np.pi * expected, rel=0.02)


def test_a_plane_that_misses_cuts_nothing(ball: Surface) -> None:
    assert ball.cut(Plane(CENTRE + np.array([0, 0, 30.0]), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))) == ()
