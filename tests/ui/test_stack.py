import numpy as np
import pytest
from phantoms import AXIAL, OBLIQUE, SAGITTAL, grid, sphere_volume

from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.reading_order import image_number

CORONAL = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


@pytest.mark.parametrize(
    ("direction", "axis", "sign"),
    [(AXIAL, 2, -1), (AXIAL * [-1, 1, 1], 2, -1), (SAGITTAL, 0, 1), (SAGITTAL * [-1, 1, 1], 0, 1), (CORONAL, 1, 1)],
)
def test_scrolling_on_goes_to_the_feet_to_the_left_and_to_the_back(direction, axis, sign):
    stack = Stack(grid((9, 10, 12), direction=direction))
    way = stack.geometry.origins_mm[stack.index_at(1)] - stack.geometry.origins_mm[stack.index_at(0)]
    assert way[axis] * sign > 0


@pytest.mark.parametrize("direction", [AXIAL, SAGITTAL, OBLIQUE])
def test_places_and_indices_are_inverse(direction):
    stack = Stack(grid((7, 10, 12), direction=direction))
    assert [stack.place_of(stack.index_at(place)) for place in range(7)] == list(range(7))
    assert stack.index_at(-3) == stack.index_at(0)
    assert stack.index_at(99) == stack.index_at(6)


@pytest.mark.parametrize("direction", [AXIAL, AXIAL * [-1, 1, 1], SAGITTAL, OBLIQUE])
def test_the_number_of_an_image_is_that_in_its_corner(direction):
    geometry = grid((7, 10, 12), direction=direction)
    stack = Stack(geometry)
    assert [image_number(geometry, k) for k in range(7)] == [stack.place_of(k) + 1 for k in range(7)]


def test_the_nearest_slice_is_found_in_an_uneven_oblique_stack():
    geometry = grid((8, 10, 12), direction=OBLIQUE, steps_mm=(1.0, 2.5, 1.0))
    for k in range(8):
        x, y, z = geometry.points_mm(np.array([[k, 4.0, 7.0]]))[0] + 0.2 * geometry.normal
        assert Stack(geometry).nearest((x, y, z)) == k


def test_a_slice_stands_for_half_the_way_to_its_neighbours():
    volume = sphere_volume()
    assert Picture(volume, 5, 5).half_thickness_mm == pytest.approx(volume.geometry.spacing_mm[0] / 2)
