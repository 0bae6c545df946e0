"""The study list and the panels: hidden, in windows of their own, and where they were in the next window."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shown_window import opened_window
from small_studies import write_series

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def images(tmp_path):
    write_series(tmp_path / "images", slices=3)
    return tmp_path / "images"


@pytest.fixture
def window(qtbot, tmp_path, images):
    made = opened_window(qtbot, images, tmp_path / "f.sqlite")
    yield made
    made.close()


def test_f7_and_f8_hide_the_sides_and_show_them_again(window):
    for key, part in ((Qt.Key.Key_F7, window.study_list), (Qt.Key.Key_F8, window.panels)):
        QTest.keyClick(window.pane.view, key)
        assert part.isHidden()
        QTest.keyClick(window.pane.view, key)
        assert part.isVisible()


def test_a_side_gets_a_window_of_its_own_and_comes_back_when_that_is_closed(window):
    width = window.pane.width()
    QTest.keyClick(window.pane.view, Qt.Key.Key_F7, SHIFT)
    own = window.study_list.window()
    assert own is not window
    assert own.isVisible()
    assert window.pane.width() > width
    assert window.actions_table.qaction("left_apart").isChecked()
    own.close()
    assert window.study_list.window() is window
    assert window.study_list.isVisible()
    assert window.sides.widget(0) is window.study_list
    assert abs(window.pane.width() - width) <= 4


def test_keys_of_the_window_work_in_a_side_that_stands_alone(window):
    window.act("right_apart")
    own = window.panels.window()
    own.activateWindow()
    QTest.keyClick(own, Qt.Key.Key_N)
    assert window.names_hidden
    QTest.keyClick(own, Qt.Key.Key_F8, SHIFT)
    assert window.panels.window() is window


def test_the_next_window_stands_where_the_last_one_did(qtbot, tmp_path, images):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite", size=(1000, 560))
    first.act("right_side")
    first.act("left_apart")
    first.sides.setSizes([740, 260])
    first.close()
    assert not first.study_list.isVisible()
    second = opened_window(qtbot, images, tmp_path / "f.sqlite")
    assert second.memory.restore()
    assert second.height() == 560
    assert second.panels.isHidden()
    assert second.study_list.window() is not second
    second.act("left_apart")
    assert second.study_list.window() is second
    second.close()


def test_a_window_that_stood_on_a_screen_that_is_gone_is_brought_into_sight(qtbot, tmp_path, images):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite", size=(700, 500))
    first.move(6000, 4000)
    first.close()
    second = opened_window(qtbot, images, tmp_path / "f.sqlite", size=(700, 500))
    assert second.memory.restore()
    room = QGuiApplication.primaryScreen().availableGeometry()
    seen = room.intersected(QRect(second.pos(), second.size()))
    assert seen.width() * seen.height() > 0.7 * 700 * 500
    second.close()


@pytest.mark.parametrize("width", [911, 1000, 1093, 1366])
def test_the_sides_keep_their_room_in_a_narrow_window(window, width):
    window.set_size(width, 620)
    QApplication.processEvents()
    assert window.study_list.width() >= 252
    assert window.panels.width() >= 372
