"""Marks drawn, moved, deleted, named and kept by mouse and keys, in a real window."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from shown_window import opened_window, write_plugin
from small_studies import write_series

from mo_viewer.findings.mark import MarkKind
from mo_viewer.ui.marks.entry import Entry
from mo_viewer.volume.volume import Length

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
KILLER = """
def register(registry):
    registry.add_command("delete", "Delete lesion", lambda desk: desk.say("Plugin deletes."), key="Del")
"""


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    write_series(folder, slices=8, side=64)
    return folder


@pytest.fixture
def window(qtbot, tmp_path, images):
    places = [("test", write_plugin(tmp_path / "plugins", "mo_killer", KILLER))]
    made = opened_window(qtbot, images, tmp_path / "findings.sqlite", places)
    yield made
    made.close()


def key(window, which, keys=NONE):
    QTest.keyClick(window.pane.view, which, keys)


def send(view, kind, at, button, buttons):
    at = QPointF(at)
    event = QMouseEvent(kind, at, view.mapToGlobal(at), button, buttons, NONE)
    QApplication.sendEvent(view, event)


def drag(window, *way, button=LEFT):
    view, kinds = window.pane.view, QMouseEvent.Type
    send(view, kinds.MouseButtonPress, way[0], button, button)
    for at in way[1:]:
        send(view, kinds.MouseMove, at, Qt.MouseButton.NoButton, button)
    send(view, kinds.MouseButtonRelease, way[-1], button, Qt.MouseButton.NoButton)


def click(window, at, button=LEFT):
    drag(window, at, button=button)


def hover(window, at):
    send(window.pane.view, QMouseEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton)


def marks(window):
    return [mark for timepoint in window.session.document.timepoints for mark in timepoint.marks]


def reading(window, mark):
    return window.extras.marks.board.reading(mark, window.pane.volume)


def px(window, mm):
    return mm * window.pane.view.framing.px_per_mm


A, B = QPoint(200, 200), QPoint(320, 290)


def draw(window, which, *way):
    key(window, which)
    drag(window, *way)
    (mark,) = marks(window)
    return mark


def test_m_and_a_drag_measure_a_length_in_patient_mm(window):
    mark = draw(window, Qt.Key.Key_M, A, B)
    assert mark.kind is MarkKind.LENGTH
    pixel_mm = 0.7
    assert reading(window, mark).length == pytest.approx(150 / window.pane.view.framing.px_per_mm, abs=pixel_mm / 2)
    assert window.pane.view.marks(window.pane.view.shown)[0].lines[0].endswith(" mm")


def test_two_clicks_measure_as_a_drag_does(window):
    dragged = draw(window, Qt.Key.Key_L, A, B)
    key(window, Qt.Key.Key_Delete)
    click(window, A)
    hover(window, QPoint(260, 260))
    assert window.pane.view.marks(window.pane.view.shown)[-1].draft
    click(window, B)
    (clicked,) = marks(window)
    assert np.allclose(clicked.points, dragged.points)


def test_an_angle_takes_a_drag_and_a_click(window):
    key(window, Qt.Key.Key_A)
    drag(window, QPoint(200, 200), QPoint(300, 200))
    hover(window, QPoint(300, 250))
    click(window, QPoint(300, 290))
    (mark,) = marks(window)
    assert reading(window, mark).angle_deg == pytest.approx(90.0, abs=1e-6)


def test_a_cobb_angle_takes_two_drags(window):
    window.act("tool.mark.cobb")
    drag(window, QPoint(200, 200), QPoint(300, 200))
    drag(window, QPoint(200, 300), QPoint(300, 400))
    (mark,) = marks(window)
    assert reading(window, mark).angle_deg == pytest.approx(45.0, abs=1e-6)


def test_e_draws_an_ellipse_with_its_statistics(window):
    view = window.pane.view
    corner = view.position_of((0.7 * 18, 0.8 * 18, 3.0 * 4)).toPoint()
    other = view.position_of((0.7 * 28, 0.8 * 28, 3.0 * 4)).toPoint()
    mark = draw(window, Qt.Key.Key_E, corner, other)
    read = reading(window, mark)
    wide, high = (abs(other.x() - corner.x()), abs(other.y() - corner.y()))
    assert read.area == pytest.approx(math.pi / 4 * wide * high / view.framing.px_per_mm**2, rel=0.02)
    assert read.inside.mean == pytest.approx(400.0 + view.shown.index, abs=1.0)
    assert read.inside.unit == "HU"
    lines = view.marks(view.shown)[0].lines
    assert "mean 404 ± 0 HU" in lines


def test_p_pins_the_stored_value(window):
    at = window.pane.view.position_of((0.7 * 20, 0.8 * 20, 12.0)).toPoint()
    key(window, Qt.Key.Key_P)
    click(window, at)
    (mark,) = marks(window)
    assert reading(window, mark).values == (404.0,)


def test_a_polygon_ends_with_enter_and_with_a_double_click(window):
    window.act("tool.mark.polygon")
    for at in (QPoint(200, 200), QPoint(300, 200), QPoint(300, 300)):
        click(window, at)
    key(window, Qt.Key.Key_Return)
    for at in (QPoint(200, 400), QPoint(300, 400), QPoint(300, 500)):
        click(window, at)
    kinds = QMouseEvent.Type
    send(window.pane.view, kinds.MouseButtonDblClick, QPoint(300, 500), LEFT, LEFT)
    send(window.pane.view, kinds.MouseButtonRelease, QPoint(300, 500), LEFT, Qt.MouseButton.NoButton)
    assert window.workspace.enlarged is None
    drawn = marks(window)
    assert [mark.kind for mark in drawn] == [MarkKind.POLYGON] * 2
    assert [len(mark.points) for mark in drawn] == [3, 3]
    assert reading(window, drawn[0]).area == pytest.approx(5000 / window.pane.view.framing.px_per_mm**2, rel=0.02)


def test_freehand_rectangle_and_both_axes(window):
    window.act("tool.mark.freehand")
    drag(window, *(QPoint(200 + int(60 * math.cos(t)), 250 + int(60 * math.sin(t))) for t in np.linspace(0, 6.2, 60)))
    window.act("tool.mark.rectangle")
    drag(window, QPoint(300, 200), QPoint(400, 260))
    window.act("tool.mark.bidirectional")
    drag(window, QPoint(300, 400), QPoint(400, 400))
    free, box, axes = marks(window)
    scale = window.pane.view.framing.px_per_mm
    assert reading(window, free).area == pytest.approx(math.pi * 3600 / scale**2, rel=0.03)
    assert reading(window, box).area == pytest.approx(6000 / scale**2, rel=1e-6)
    assert reading(window, axes).short == pytest.approx(reading(window, axes).length / 2)


def test_an_arrow_asks_for_its_text(window):
    window.act("tool.mark.arrow")
    drag(window, A, B)
    entry = window.pane.view.findChild(Entry)
    QTest.keyClicks(entry, "rim is open")
    QTest.keyClick(entry, Qt.Key.Key_Return)
    assert [mark.label for mark in marks(window)] == ["rim is open"]
    assert window.pane.view.marks(window.pane.view.shown)[0].lines == ("rim is open",)


def test_a_handle_and_a_whole_mark_move_and_undo_goes_back(window):
    first = draw(window, Qt.Key.Key_M, A, B)
    key(window, Qt.Key.Key_Escape)
    assert window.tools.name == "window"
    level = window.pane.view.window_level
    drag(window, B, QPoint(340, 290), QPoint(360, 290))
    (pulled,) = marks(window)
    assert pulled.points[0] == pytest.approx(first.points[0])
    assert pulled.points[1][0] > first.points[1][0]
    middle = QPoint(280, 245)
    drag(window, middle, middle + QPoint(10, 10), middle + QPoint(30, 40))
    (moved,) = marks(window)
    way = np.subtract(moved.points, pulled.points)
    assert way[0] == pytest.approx(way[1])
    assert way[0][0] == pytest.approx(30 / window.pane.view.framing.px_per_mm)
    assert window.pane.view.window_level == level
    for expected in (pulled, first):
        key(window, Qt.Key.Key_Z, CTRL)
        assert marks(window) == [expected]
    key(window, Qt.Key.Key_Z, CTRL)
    assert window.session.document.timepoints == ()
    key(window, Qt.Key.Key_Y, CTRL)
    assert marks(window) == [first]


def test_del_deletes_the_chosen_mark_and_is_the_plugins_key_else(window):
    draw(window, Qt.Key.Key_M, A, B)
    key(window, Qt.Key.Key_Delete)
    assert marks(window) == []
    assert window.status.said.text() != "Plugin deletes."
    key(window, Qt.Key.Key_Delete)
    assert window.status.said.text() == "Plugin deletes."


def test_a_locked_mark_neither_moves_nor_goes(window):
    first = draw(window, Qt.Key.Key_M, A, B)
    window.act("mark.lock")
    key(window, Qt.Key.Key_Escape)
    drag(window, B, QPoint(360, 290))
    key(window, Qt.Key.Key_Delete)
    (mark,) = marks(window)
    assert mark.locked
    assert mark.points == first.points
    assert "locked" in window.pane.messages.messages[0].sentence
    window.act("mark.lock")
    key(window, Qt.Key.Key_Delete)
    assert marks(window) == []


def test_asking_for_another_name_puts_the_first_field_away(window):
    draw(window, Qt.Key.Key_M, A, B)
    for _ in range(3):
        window.extras.marks.ask_name()
    assert len([one for one in window.pane.view.findChildren(Entry) if one.isVisible()]) == 1


def test_colour_and_name_are_given_and_undone(window):
    draw(window, Qt.Key.Key_M, A, B)
    window.act("mark.colour.rose")
    key(window, Qt.Key.Key_F2)
    entry = window.pane.view.findChild(Entry)
    QTest.keyClicks(entry, "to the femur")
    QTest.keyClick(entry, Qt.Key.Key_Return)
    (mark,) = marks(window)
    assert (mark.colour, mark.label) == ("#f0a6ca", "to the femur")
    rows = window.extras.marks.list.rows
    assert rows.topLevelItem(0).text(0) == "to the femur"
    key(window, Qt.Key.Key_Z, CTRL)
    assert marks(window)[0].label == ""


def test_a_click_in_the_list_goes_to_the_mark(window):
    draw(window, Qt.Key.Key_M, A, B)
    there = window.pane.view.shown.index
    key(window, Qt.Key.Key_Home)
    assert window.pane.view.shown.index != there
    assert window.pane.view.marks(window.pane.view.shown) == ()
    listed = window.extras.marks.list
    assert listed.isVisible()
    box = listed.rows.visualItemRect(listed.rows.topLevelItem(0))
    QTest.mouseClick(listed.rows.viewport(), LEFT, NONE, box.center())
    assert window.pane.view.shown.index == there
    assert "mm" in listed.rows.topLevelItem(0).text(1)


def test_a_right_click_on_a_mark_brings_its_own_menu_entries(window):
    draw(window, Qt.Key.Key_M, A, B)
    key(window, Qt.Key.Key_Escape)
    click(window, QPoint(500, 100))
    assert not window.extras.marks.has_chosen()
    click(window, A, button=RIGHT)
    assert window.extras.marks.has_chosen()
    menu = next(w for w in QApplication.topLevelWidgets() if w.inherits("QMenu") and w.isVisible())
    assert "Delete measurement" in [action.text() for action in menu.actions()]
    menu.close()


def test_a_right_click_in_the_list_brings_the_same_entries_with_lock_and_colours(window):
    draw(window, Qt.Key.Key_M, A, B)
    window.extras.marks.list.menu_wanted.emit(window.mapToGlobal(QPoint(300, 300)))
    menu = next(w for w in QApplication.topLevelWidgets() if w.inherits("QMenu") and w.isVisible())
    homes = [menu, *menu.findChildren(QMenu)]
    titles = [action.text() for home in homes for action in home.actions()]
    assert {"Name measurement …", "Delete measurement", "Lock measurement", "Sky"} <= set(titles)
    menu.close()


def test_esc_forgets_what_was_begun_then_puts_the_tool_away(window):
    key(window, Qt.Key.Key_A)
    drag(window, A, B)
    key(window, Qt.Key.Key_Escape)
    assert window.tools.name == "mark.angle"
    key(window, Qt.Key.Key_Escape)
    assert window.tools.name == "window"
    assert marks(window) == []


def test_a_tool_whose_key_is_pressed_again_goes_on_with_what_was_begun(window):
    key(window, Qt.Key.Key_A)
    drag(window, A, B)
    key(window, Qt.Key.Key_A)
    assert window.tools.name == "mark.angle"
    click(window, QPoint(200, 290))
    assert [mark.kind for mark in marks(window)] == ["angle"]


def test_marks_are_there_again_in_the_next_window(qtbot, tmp_path, images):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite")
    mark = draw(first, Qt.Key.Key_M, A, B)
    first.close()
    second = opened_window(qtbot, images, tmp_path / "f.sqlite")
    assert marks(second) == [mark]
    assert second.extras.marks.list.rows.topLevelItemCount() == 1
    assert len(second.pane.view.marks(second.pane.view.shown)) == 1
    second.close()


def test_a_calibration_line_on_a_radiograph_is_kept_and_counts(qtbot, tmp_path):
    folder = tmp_path / "film"
    write_series(
        folder,
        slices=1,
        side=200,
        modality="DX",
        ImagerPixelSpacing=[0.2, 0.2],
        SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1",
    )
    from pydicom import dcmread

    for path in folder.iterdir():
        data = dcmread(path)
        for name in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleType"):
            delattr(data, name)
        data.save_as(path, enforce_file_format=True)
    window = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    assert window.volume.length is Length.DETECTOR
    length = draw(window, Qt.Key.Key_M, A, B)
    assert window.pane.view.marks(window.pane.view.shown)[0].lines[0].endswith("mm at detector")
    before = reading(window, length).length
    window.act("tool.mark.calibration")
    drag(window, QPoint(200, 350), QPoint(200, 500))
    entry = window.pane.view.findChild(Entry)
    QTest.keyClicks(entry, "25")
    QTest.keyClick(entry, Qt.Key.Key_Return)
    after = reading(window, length)
    assert after.length == pytest.approx(25.0, rel=1e-6)
    assert after.scale.by_reader
    assert before != pytest.approx(25.0, abs=0.1)
    assert window.pane.view.marks(window.pane.view.shown)[0].lines[0].endswith("mm by your line")
    window.close()
    again = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    assert reading(again, marks(again)[0]).length == pytest.approx(25.0, rel=1e-6)
    again.close()


def test_a_calibration_line_is_refused_where_millimetres_are_true(window):
    window.act("tool.mark.calibration")
    drag(window, A, B)
    assert "true millimetres" in window.pane.messages.messages[0].sentence
    assert marks(window) == []


def test_marks_stand_in_saved_pictures(window):
    from mo_viewer.ui.picture_acts import picture_of

    before = picture_of(window.pane.view)
    draw(window, Qt.Key.Key_M, A, B)
    assert picture_of(window.pane.view) != before


def test_contours_off_takes_marks_off_the_picture_too(window):
    draw(window, Qt.Key.Key_M, A, B)
    key(window, Qt.Key.Key_O)
    assert window.pane.view.look(window.pane.view.shown).marks == ()
