from dataclasses import replace

import numpy as np
import pytest
from phantoms import OBLIQUE, grid, sphere_volume
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mo_viewer.ui.grips import COARSE, FINE, WINDOW_STEPS, PanGrip, ScrollGrip
from mo_viewer.ui.overlays import FlatSpot
from mo_viewer.ui.picture_painter import PicturePainter, Texts
from mo_viewer.ui.slice_image import reference_grey
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Stack
from mo_viewer.volume.window import Table, Window

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
SIZE = (500, 400)


SOFT = Window(40, 512, "Soft")


def view_of(qtbot, volume):
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.show()
    view.begin(Stack(volume.geometry), None, SOFT)
    view.show_volume(volume)
    QApplication.processEvents()
    return view


@pytest.fixture
def view(qtbot):
    return view_of(qtbot, sphere_volume(noise_hu=20.0))


def drag(view, button, *points, keys=NONE):
    QTest.mousePress(view, button, keys, QPoint(*points[0]))
    for point in points[1:]:
        moved = QPointF(*point)
        event = mouse_move(moved, button, keys, view)
        QApplication.sendEvent(view, event)
    QTest.mouseRelease(view, button, keys, QPoint(*points[-1]))


def mouse_move(at, button, keys, view):
    return QMouseEvent(QEvent.Type.MouseMove, at, view.mapToGlobal(at), button, button, keys)


def wheel(view, at, notches, keys=NONE, delta=120):
    for _ in range(abs(notches)):
        turn = QPoint(0, delta if notches > 0 else -delta)
        where = QPointF(*at)
        event = QWheelEvent(
            where,
            view.mapToGlobal(where),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)


def place(view):
    return view.stack.place_of(view.shown.index)


def test_a_series_begins_in_its_middle_and_fits_the_pane(view):
    assert view.shown.index == view.asked == view.stack.count // 2
    corners = view.framing.to_screen(np.array([[-0.425, -0.35], [56 * 0.85 - 0.425, 64 * 0.7 - 0.35]]))
    assert corners.min() >= -1e-6
    assert corners[1, 1] - corners[0, 1] == pytest.approx(400)


def test_dragging_right_widens_and_down_raises_the_level_by_the_dragged_amount(view):
    drag(view, LEFT, (100, 100), (150, 130))
    step = 512 / WINDOW_STEPS
    assert view.window_level.width == pytest.approx(512 + 50 * step)
    assert view.window_level.centre == pytest.approx(40 + 30 * step)
    assert view.window_level.name == ""


def test_dragging_turns_a_look_up_table_into_a_window_over_its_values(view):
    view.set_window(Window(250.0, 700.0, "", table=Table(-100, 8, bytes(1400))))
    drag(view, LEFT, (100, 100), (120, 100))
    assert view.window_level.table is None
    assert view.window_level.width == pytest.approx(700 + 20 * 700 / WINDOW_STEPS)


@pytest.mark.parametrize(("keys", "pace"), [(CTRL, FINE), (SHIFT, COARSE)])
def test_ctrl_is_fine_and_shift_is_coarse(view, keys, pace):
    drag(view, LEFT, (100, 100), (110, 100), keys=keys)
    assert view.window_level.width == pytest.approx(512 + 10 * 2 * pace)


def test_a_window_never_gets_narrower_than_one(view):
    drag(view, LEFT, (450, 100), (10, 100), (-3000, 100))
    assert view.window_level.width == 1


def test_the_wheel_goes_through_the_slices_towards_the_feet(view):
    before, z = place(view), view.shown.plane.origin_mm[2]
    wheel(view, (200, 200), -3)
    assert place(view) == before + 3
    assert view.shown.plane.origin_mm[2] < z
    wheel(view, (200, 200), 2)
    assert place(view) == before + 1
    wheel(view, (200, 200), -1, SHIFT)
    assert place(view) == before + 11


def test_small_wheel_steps_add_up(view):
    before = place(view)
    wheel(view, (200, 200), -7, delta=40)
    assert place(view) == before + 2


def test_scrolling_stops_at_the_ends(view):
    wheel(view, (200, 200), 200)
    assert place(view) == 0
    wheel(view, (200, 200), -200)
    assert place(view) == view.stack.count - 1


def test_the_middle_button_moves_the_picture(view):
    point = view.point_at(QPointF(200, 200))
    drag(view, MIDDLE, (200, 200), (230, 180))
    at = view.position_of(point)
    assert (at.x(), at.y()) == pytest.approx((230, 180))


def test_right_drag_zooms_about_the_point_where_it_began(view):
    point, before = view.point_at(QPointF(130, 90)), view.framing.px_per_mm
    drag(view, RIGHT, (130, 90), (130, 140), (131, 190))
    assert view.framing.px_per_mm > before * 1.5
    at = view.position_of(point)
    assert (at.x(), at.y()) == pytest.approx((130, 90), abs=1e-6)


def test_ctrl_and_wheel_zoom_about_the_cursor(view):
    point, before = view.point_at(QPointF(321, 77)), view.framing.px_per_mm
    wheel(view, (321, 77), 3, CTRL)
    assert view.framing.px_per_mm == pytest.approx(before * 1.15**3)
    at = view.position_of(point)
    assert (at.x(), at.y()) == pytest.approx((321, 77), abs=1e-6)


def test_a_still_right_click_asks_for_the_menu_and_a_drag_does_not(qtbot, view):
    asked = []
    view.menu_wanted.connect(asked.append)
    drag(view, RIGHT, (130, 90), (130, 160))
    assert asked == []
    QTest.mouseClick(view, RIGHT, NONE, QPoint(60, 70))
    assert asked == [view.mapToGlobal(QPoint(60, 70))]


@pytest.mark.parametrize("direction", [None, OBLIQUE], ids=["axial", "oblique"])
def test_value_and_place_under_the_cursor_are_the_volumes(qtbot, direction):
    options = {} if direction is None else {"direction": direction}
    volume = sphere_volume(noise_hu=40.0, **options)
    view = view_of(qtbot, volume)
    for x, y in ((123, 101), (251, 203), (340, 333)):
        QTest.mouseMove(view, QPoint(x, y))
        found = view.under_cursor
        point = view.point_at(QPointF(x, y))
        k, row, column = np.rint(volume.geometry.index_of(np.array(point))[0]).astype(int)
        assert found.at_mm == pytest.approx(point)
        assert found.values == (volume.rescaled_slice(k)[row, column],)
        assert k == view.shown.index
        assert found.unit == "HU"


def test_what_lies_under_a_still_cursor_is_read_again_when_the_slice_changes(view):
    QTest.mouseMove(view, QPoint(250, 200))
    first = view.under_cursor
    wheel(view, (250, 200), -1)
    assert view.under_cursor.at_mm[2] == pytest.approx(first.at_mm[2] - view.stack.geometry.spacing_mm[0])


def test_a_pane_that_grows_keeps_fitting_until_the_reader_has_zoomed(view):
    before = view.framing.px_per_mm
    view.resize(1000, 800)
    assert view.framing.px_per_mm == pytest.approx(2 * before)
    wheel(view, (300, 300), 1, CTRL)
    zoomed, middle = view.framing.px_per_mm, view.framing.centre_mm
    view.resize(600, 600)
    assert view.framing.px_per_mm == zoomed
    assert view.framing.centre_mm == middle


def test_a_slice_that_is_not_in_memory_is_asked_for_and_shown_only_if_still_wanted(qtbot):
    volume = sphere_volume()
    view = SliceView()
    qtbot.addWidget(view)
    wanted = []
    view.slice_wanted.connect(wanted.append)
    view.begin(Stack(volume.geometry))
    view.scroll_by(1)
    first, second = wanted
    assert view.shown is None
    assert view.asked == second
    view.show_early(first, one_slice(volume, first))
    assert view.shown is None
    view.show_early(second, one_slice(volume, second))
    assert view.shown.index == second
    assert view.shown.is_early
    view.show_volume(volume)
    assert view.shown.index == second
    assert not view.shown.is_early


def one_slice(volume, k):
    return replace(
        volume,
        values=volume.values[k : k + 1].copy(),
        geometry=volume.geometry.crop((k, 0, 0), (1, *volume.geometry.shape[1:])),
        slope=volume.slope[k : k + 1],
        intercept=volume.intercept[k : k + 1],
    )


def test_a_series_that_grew_stays_where_the_reader_scrolled_to(view):
    whole = sphere_volume(geometry=grid((90, 64, 56)))
    wheel(view, (200, 200), -4)
    z = view.shown.plane.origin_mm[2]
    view.show_volume(whole)
    assert abs(view.shown.plane.origin_mm[2] - z) <= whole.geometry.spacing_mm[0] / 2


def test_bringing_a_point_shows_its_slice_and_brings_it_into_sight(view):
    wheel(view, (10, 10), 12, CTRL)
    far = view.stack.geometry.points_mm(np.array([[5.0, 60.0, 50.0]]))[0]
    view.bring(tuple(far))
    assert view.shown.index == 5
    assert view.rect().contains(view.position_of(tuple(far)).toPoint())


def test_the_left_button_can_be_another_grip(view):
    view.left_grip = ScrollGrip()
    before = place(view)
    drag(view, LEFT, (200, 100), (200, 130))
    assert place(view) == before + 5
    view.left_grip = PanGrip()
    point = view.point_at(QPointF(200, 200))
    drag(view, LEFT, (200, 200), (240, 200))
    assert view.position_of(point).x() == pytest.approx(240)


def test_a_second_button_does_not_take_over_while_the_first_is_held(view):
    QTest.mousePress(view, LEFT, NONE, QPoint(100, 100))
    QTest.mousePress(view, RIGHT, NONE, QPoint(100, 100))
    QTest.mouseRelease(view, RIGHT, NONE, QPoint(100, 100))
    QApplication.sendEvent(view, mouse_move(QPointF(120, 100), LEFT, NONE, view))
    QTest.mouseRelease(view, LEFT, NONE, QPoint(120, 100))
    assert view.window_level.width == pytest.approx(512 + 20 * 2)


def test_the_picture_on_the_screen_is_the_reference_grey(qtbot):
    """At one screen pixel an image pixel nothing is interpolated, so the widget shows the reference itself."""
    volume = sphere_volume(geometry=grid((5, 120, 150), (2.0, 0.5, 0.5)), noise_hu=60.0)
    view = view_of(qtbot, volume)
    view.texts = Texts.NONE
    view.resize(150, 120)
    view.true_pixels()
    image = view.grab().toImage()
    shown = np.array([[image.pixelColor(x, y).red() for x in range(150)] for y in range(120)])
    assert np.array_equal(shown, reference_grey(volume, view.shown.index, view.window_level))


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_no_pixel_is_left_as_it_was_wherever_the_image_lies(view, ratio):
    view.texts = Texts.NONE
    whole, choose = view.framing, np.random.default_rng(3)
    for _ in range(40):
        zoomed = whole.zoomed(choose.uniform(0.3, 3.0), (100.0, 90.0))
        view.set_framing(zoomed.panned(*choose.uniform(-150.0, 150.0, 2)))
        width, height = view.framing.size_px
        image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(255, 0, 255))
        painter = QPainter(image)
        PicturePainter().draw(painter, view.look(view.shown))
        painter.end()
        bits = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
        assert (bits[..., 0] == bits[..., 1]).all()


def test_a_lesions_label_is_among_the_words_that_lines_leave_out(view):
    height, width = view.shown.shape
    middle = np.array([width * view.shown.pixel_mm[1], height * view.shown.pixel_mm[0]]) / 2
    at = QPointF(*view.framing.to_screen(middle)[0]).toPoint() + QPoint(20, 0)
    view.grab()
    assert view.clear_of_words().contains(at)
    view.overlays = lambda picture: (FlatSpot(middle, QColor("white"), "Lesion 1"),)
    view.grab()
    assert not view.clear_of_words().contains(at)
