from dataclasses import replace

import numpy as np
import pytest
from phantoms import OBLIQUE, UNEVEN_STEPS_MM, grid, sphere_volume

from mo_viewer.ui.probe import place_text, probe
from mo_viewer.ui.stack import Picture

STACKS = {
    "axial": {},
    "oblique": {"direction": OBLIQUE},
    "tilted": {"tilt_deg": 18.0},
    "uneven": {"steps_mm": UNEVEN_STEPS_MM},
    "wide pixels": {"spacing_mm": (3.0, 4.0, 6.4), "shape": (9, 20, 24)},
}


@pytest.mark.parametrize("options", STACKS.values(), ids=STACKS)
def test_value_and_place_under_the_cursor_are_those_of_the_voxel(options):
    volume = sphere_volume(geometry=grid(**options), noise_hu=30.0)
    rng = np.random.default_rng(3)
    for _ in range(20):
        k, row, column = (int(rng.integers(n)) for n in volume.geometry.shape)
        picture = Picture(volume, k, k)
        centre = volume.geometry.points_mm(np.array([[k, row, column]]))[0]
        x, y = picture.plane.on_plane(centre)[0]
        found = probe(picture, (float(x), float(y)))
        assert (found.row, found.column) == (row, column)
        assert found.values[0] == volume.rescaled_slice(k)[row, column]
        assert found.at_mm == pytest.approx(tuple(centre), abs=1e-6)


def test_nothing_is_under_the_cursor_beside_the_image():
    picture = Picture(sphere_volume(), 3, 3)
    assert probe(picture, (-5.0, 4.0)) is None
    assert probe(picture, (4.0, 1e4)) is None


def test_a_place_is_written_with_letters_instead_of_signs():
    assert place_text((52.7, -31.04, -0.26)) == "L 52.7 A 31.0 I 0.3 mm"


def test_the_line_has_value_unit_and_place_and_says_where_there_is_no_pixel():
    volume = sphere_volume()
    assert probe(Picture(volume, 2, 2), (0.0, 0.0)).text.startswith("55 HU at R ")
    stored = int(volume.values[2, 0, 0])
    padded = replace(volume, padding=(stored, stored))
    assert probe(Picture(padded, 2, 2), (0.0, 0.0)).text.startswith("no pixel at R ")
