"""A radiograph without pixel spacing that the reader has calibrated: corners, scale bar, list and life size follow."""

import pytest
from hands import CTRL, drag, key
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.corner_text import corners, scale_bar, true_px_per_mm
from mo_viewer.ui.life_size import px_per_mm_of
from mo_viewer.ui.marks.entry import Entry

LINE_PX, TRUE_MM = 150, 25


@pytest.fixture
def window(qtbot, tmp_path):
    (path,) = write_series(
        tmp_path / "film", slices=1, side=200, modality="DX", SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1"
    )
    from pydicom import dcmread

    data = dcmread(path)
    for name in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleType"):
        delattr(data, name)
    data.save_as(path, enforce_file_format=True)
    made = opened_window(qtbot, tmp_path / "film", tmp_path / "f.sqlite")
    yield made
    made.close()


def calibrate(window):
    view = window.pane.view
    window.act("tool.mark.calibration")
    drag(view, QPoint(200, 200), QPoint(200, 200 + LINE_PX))
    entry = view.findChild(Entry)
    QTest.keyClicks(entry, str(TRUE_MM))
    QTest.keyClick(entry, Qt.Key.Key_Return)


def words(window):
    view = window.pane.view
    look = view.look(view.shown)
    said = corners(look.picture, look.stack, look.window, look.framing, scale=look.scale)
    return " | ".join(line.text for line in (*said.top_right, *said.bottom_right))


def bar(window):
    look = window.pane.view.look(window.pane.view.shown)
    return scale_bar(look.picture.volume, look.framing, look.scale)


def badges(window):
    model = window.study_list.series.rows
    return [badge.text for row in model.rows for badge in row.badges]


def assert_without_mm(window):
    assert "no lengths in mm" in words(window)
    assert "not calibrated: no mm" in words(window)
    assert bar(window) is None
    assert badges(window) == ["no mm"]
    assert not window.actions_table.qaction("life_size").isEnabled()


def test_a_calibration_line_speaks_for_the_whole_picture_until_it_is_undone(window):
    assert_without_mm(window)
    calibrate(window)
    assert "no mm" not in words(window)
    assert "lengths in mm" not in words(window)
    assert "mm calibrated by your line" in words(window)
    assert badges(window) == ["mm by your line"]
    key(window.pane.view, Qt.Key.Key_Z, CTRL)
    assert_without_mm(window)


def drawn(window):
    view = window.pane.view
    return [mark.kind for mark in window.extras.marks.board.drawn(view, view.shown)]


def test_the_line_stays_in_sight_until_its_length_is_said(window):
    view = window.pane.view
    window.act("tool.mark.calibration")
    drag(view, QPoint(200, 200), QPoint(200, 200 + LINE_PX))
    assert drawn(window) == ["calibration"]
    entry = view.findChild(Entry)
    QTest.keyClicks(entry, "ten")
    QTest.keyClick(entry, Qt.Key.Key_Return)
    assert drawn(window) == ["calibration"]
    assert "not calibrated: no mm" in words(window)
    (entry,) = (one for one in view.findChildren(Entry) if one.isVisible())
    QTest.keyClicks(entry, str(TRUE_MM))
    QTest.keyClick(entry, Qt.Key.Key_Return)
    assert drawn(window) == ["calibration"]
    assert badges(window) == ["mm by your line"]


def test_a_line_whose_length_is_not_said_goes(window):
    view = window.pane.view
    window.act("tool.mark.calibration")
    drag(view, QPoint(200, 200), QPoint(200, 200 + LINE_PX))
    QTest.keyClick(view.findChild(Entry), Qt.Key.Key_Escape)
    assert drawn(window) == []
    assert_without_mm(window)


def test_the_scale_bar_and_life_size_are_in_the_readers_millimetres(window):
    calibrate(window)
    view = window.pane.view
    look = view.look(view.shown)
    assert true_px_per_mm(look.framing, look.scale) == pytest.approx(LINE_PX / TRUE_MM, rel=0.02)
    drawn_px = bar(window).length_mm * true_px_per_mm(look.framing, look.scale)
    assert drawn_px == pytest.approx(30, rel=0.02)
    assert bar(window).text == "5 mm"
    window.act("life_size")
    look = view.look(view.shown)
    expected = px_per_mm_of(window.screen(), window.extras.settings)
    assert true_px_per_mm(look.framing, look.scale) == pytest.approx(expected)


def test_the_painted_picture_says_so(window):
    from mo_viewer.ui.picture_acts import picture_of

    view = window.pane.view
    view.overlays_on = False
    before = picture_of(view, 1.0)
    calibrate(window)
    view.point_mouse_at(None)
    assert picture_of(view, 1.0) != before
    key(view, Qt.Key.Key_Z, CTRL)
    assert picture_of(view, 1.0) == before
