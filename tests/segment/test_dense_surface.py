"""The surface of dense tissue for the picture in space: where it must lie, and what is left out of it."""

import numpy as np
import pytest
from phantoms import OBLIQUE, UNEVEN_STEPS_MM, grid, sphere

from mo_viewer.segment import dense_surface as module
from mo_viewer.segment.dense_surface import dense_surface


@pytest.mark.parametrize(
    "options",
    [{}, {"direction": OBLIQUE}, {"tilt_deg": 15.0}, {"steps_mm": UNEVEN_STEPS_MM}],
    ids=["axial", "oblique", "tilted", "uneven"],
)
def test_a_dense_ball_has_its_surface_where_it_lies_in_the_patient(options):
    made = sphere(18.0, core_hu=400.0, geometry=grid((44, 64, 64), **options))
    surface, remark = dense_surface(made.volume, np.zeros(3), 40.0, 227.5)
    assert remark == ""
    away = np.linalg.norm(surface.vertices_mm, axis=1)
    assert np.abs(away - 9.0).max() < 1.3
    assert surface.volume_mm3 == pytest.approx(4 / 3 * np.pi * 9.0**3, rel=0.12)


def test_a_lesion_and_its_edge_are_left_out():
    made = sphere(18.0, core_hu=400.0, geometry=grid((44, 64, 64)))
    surface, _ = dense_surface(made.volume, np.zeros(3), 40.0, 227.5, [made.mask])
    assert surface is None


def test_a_box_that_is_too_large_is_thinned_out_and_says_so(monkeypatch):
    monkeypatch.setattr(module, "MOST_VOXELS", 20_000)
    made = sphere(18.0, core_hu=400.0, geometry=grid((44, 64, 64)))
    surface, remark = dense_surface(made.volume, np.zeros(3), 40.0, 227.5)
    assert "times coarser" in remark
    assert np.abs(np.linalg.norm(surface.vertices_mm, axis=1) - 9.0).max() < 4.0
