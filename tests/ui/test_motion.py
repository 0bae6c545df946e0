"""In motion a picture is drawn without interpolation, and only then."""

import gc
import weakref

import numpy as np
import pytest
from phantoms import sphere_volume
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mo_viewer.ui import motion
from mo_viewer.ui.picture_painter import Texts
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Stack
from mo_viewer.volume.window import Window
from tests.pictures.pictures_compare import pixels
from tests.ui.hands import pull, wheel

VOLUME = sphere_volume(noise_hu=60.0)


class Clock:
    """Time as a test says it passes."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(motion, "monotonic", clock)
    return clock


def view_of(qtbot, smooth: bool = True) -> SliceView:
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.texts, view.smooth = Texts.NONE, smooth
    view.show()
    view.begin(Stack(VOLUME.geometry), None, Window(40, 400))
    view.show_volume(VOLUME)
    QApplication.processEvents()
    return view


def seen(view: SliceView) -> np.ndarray:
    return pixels(view.grab().toImage())


def drawn(qtbot, clock: Clock, like: SliceView, smooth: bool) -> np.ndarray:
    """What another view shows, which was never in motion."""
    other = view_of(qtbot, smooth)
    other.set_window(like.window_level)
    other.set_framing(like.framing)
    other.ask(like.asked)
    clock.now_s += 1
    return pixels(other.grab().toImage())


def scroll(view: SliceView, clock: Clock, apart_s: float, steps: int = 6) -> None:
    for _ in range(steps):
        clock.now_s += apart_s
        wheel(view, 1)
        view.repaint()


def test_a_stack_that_is_scrolled_fast_is_sharp_edged_and_smooth_as_soon_as_it_rests(qtbot, clock):
    view = view_of(qtbot)
    scroll(view, clock, 0.02)
    assert np.array_equal(seen(view), drawn(qtbot, clock, view, smooth=False))
    assert not np.array_equal(seen(view), drawn(qtbot, clock, view, smooth=True))
    QTest.qWait(2 * motion.REST_MS)
    assert np.array_equal(seen(view), drawn(qtbot, clock, view, smooth=True))


def test_a_window_that_is_dragged_is_in_motion_too(qtbot, clock):
    view = view_of(qtbot)
    clock.now_s += 1
    for right in (9, 19, 33, 21, 44, 31):
        clock.now_s += 0.02
        pull(view, right, 0)
        view.repaint()
    assert np.array_equal(seen(view), drawn(qtbot, clock, view, smooth=False))


def test_a_second_window_right_after_another_is_a_drag_already(qtbot, clock):
    view = view_of(qtbot)
    clock.now_s += 1
    pull(view, 9, 0)
    first, before = seen(view), view.window_level
    clock.now_s += 0.02
    pull(view, 19, 0)
    second = seen(view)
    assert np.array_equal(second, drawn(qtbot, clock, view, smooth=False))
    view.set_window(before)
    assert np.array_equal(first, drawn(qtbot, clock, view, smooth=True))


def test_slow_steps_are_smooth_at_once(qtbot, clock):
    view = view_of(qtbot)
    scroll(view, clock, 0.06)
    assert np.array_equal(seen(view), drawn(qtbot, clock, view, smooth=True))


def test_no_pixel_is_left_out_of_an_image_that_is_made_smaller(qtbot, clock):
    view = view_of(qtbot)
    for size in (40, 300):
        view.resize(400, size)
        view.zoom_to(0.9 / view.stack.pixel_mm[1])
        scroll(view, clock, 0.01)
        assert view.look(view.shown).framing.px_per_mm * min(view.stack.pixel_mm) < 1
        shown = seen(view)
        QTest.qWait(2 * motion.REST_MS)
        assert np.array_equal(shown, seen(view))


def test_what_is_played_is_smooth_and_what_is_saved_too(qtbot, clock):
    view = view_of(qtbot)
    scroll(view, clock, 0.02)
    assert not view.look(view.shown).in_motion
    view.is_played = True
    scroll(view, clock, 0.02)
    assert np.array_equal(seen(view), drawn(qtbot, clock, view, smooth=True))


def test_a_turned_image_is_smooth_again_after_its_motion(qtbot, clock):
    view = view_of(qtbot)
    view.turn(((0, -1), (1, 0)))
    view.repaint()
    scroll(view, clock, 0.02)
    moved = seen(view)
    QTest.qWait(2 * motion.REST_MS)
    rested = seen(view)
    assert not np.array_equal(moved, rested)
    scroll(view, clock, 0.2, steps=1)
    wheel(view, -1)
    clock.now_s += 1
    view.repaint()
    assert np.array_equal(seen(view), rested)


def test_a_few_changes_are_no_motion_yet(qtbot, clock):
    view = view_of(qtbot)
    clock.now_s += 1
    scroll(view, clock, 0.001, steps=3)
    assert np.array_equal(seen(view), drawn(qtbot, clock, view, smooth=True))


def test_a_moved_mouse_alone_is_no_motion(qtbot, clock):
    view = view_of(qtbot)
    clock.now_s += 1
    still = seen(view)
    for x in range(100, 140, 10):
        QTest.mouseMove(view, QPoint(x, 120))
        view.repaint()
    assert np.array_equal(seen(view), still)


def test_a_view_that_shows_nothing_keeps_no_volume(qtbot) -> None:
    view = view_of(qtbot)
    volume = sphere_volume()
    known = weakref.ref(volume)
    view.begin(Stack(volume.geometry))
    view.show_volume(volume)
    seen(view)
    del volume
    view.show_nothing()
    view.develop = lambda volume, k: None
    gc.collect()
    assert known() is None
