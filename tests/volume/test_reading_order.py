import numpy as np
from phantoms import AXIAL, grid

from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.reading_order import image_number

FILM = Geometry.even((3, 20, 30), np.diag([3.0, 0.8, 0.7, 1.0]), in_patient=False)


def test_image_1_of_an_axial_stack_is_the_one_nearest_to_the_head() -> None:
    geometry = grid((7, 10, 12), direction=AXIAL)
    assert image_number(geometry, int(np.argmax(geometry.origins_mm[:, 2]))) == 1


def test_images_without_a_place_in_the_patient_are_numbered_as_their_files_are() -> None:
    assert [image_number(FILM, k) for k in range(3)] == [1, 2, 3]
