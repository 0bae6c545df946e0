import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phantoms import grid

from mo_viewer.ui.framing import Bounds, Framing

scales = st.floats(0.1, 50)
places = st.tuples(st.floats(-300, 300), st.floats(-300, 300))
pixels = st.tuples(st.floats(0, 1200), st.floats(0, 900))


@given(scales, places, pixels)
def test_screen_and_plane_are_inverse(scale, centre, at):
    framing = Framing(scale, centre, (1200, 900))
    assert framing.to_screen(framing.to_flat(np.array(at)))[0] == pytest.approx(at, abs=1e-6)


@given(scales, places, pixels, st.floats(0.5, 2))
def test_zooming_keeps_the_point_under_the_cursor(scale, centre, at, factor):
    framing = Framing(scale, centre, (1200, 900))
    zoomed = framing.zoomed(factor, at)
    assert zoomed.to_flat(np.array(at))[0] == pytest.approx(framing.to_flat(np.array(at))[0], abs=1e-6)
    assert zoomed.px_per_mm == pytest.approx(scale * factor)


def test_panning_moves_the_picture_by_so_many_pixels():
    framing = Framing(2.0, (10.0, 5.0), (100, 80))
    point = np.array([3.0, 4.0])
    moved = framing.panned(7, -3).to_screen(point) - framing.to_screen(point)
    assert moved[0] == pytest.approx((7, -3))


def test_fitting_shows_the_whole_slice_at_its_true_aspect():
    bounds = Bounds.of(grid((3, 20, 40), (1.0, 6.4, 4.0)))
    assert (bounds.width, bounds.height) == pytest.approx((160, 128))
    framing = Framing.fit(bounds, (800, 800))
    corners = framing.to_screen(np.array([[-2.0, -3.2], [158.0, 124.8]]))
    assert corners[0] == pytest.approx((0, 80))
    assert corners[1] == pytest.approx((800, 720))


def test_resizing_keeps_zoom_and_middle():
    framing = Framing(3.0, (10.0, 20.0), (300, 200)).resized((500, 400))
    assert framing.to_screen(np.array([10.0, 20.0]))[0] == pytest.approx((250, 200))
    assert framing.px_per_mm == 3.0
