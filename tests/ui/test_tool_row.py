"""The row of words: a word that opened a menu looks untouched once the menu has gone."""

import pytest
from hands import LEFT, NONE
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QToolButton
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import wait_until


@pytest.mark.parametrize("title", ["Open", "Compare"])
def test_a_word_rests_after_its_menu(qtbot, tmp_path, title):
    write_series(tmp_path / "images", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(1500, 700))
    button = next(one for one in window.tool_row.findChildren(QToolButton) if one.text() == f"{title} ▾")
    QCursor.setPos(button.mapToGlobal(button.rect().center()))
    QTest.mouseMove(button, button.rect().center())
    assert wait_until(button.underMouse, 5)
    seen = []

    def leave():
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            QTimer.singleShot(20, leave)
            return
        seen.append(menu)
        button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)  # what some window systems leave behind
        QCursor.setPos(window.mapToGlobal(QPoint(700, 400)))
        menu.close()

    QTimer.singleShot(20, leave)
    QTest.mouseClick(button, LEFT, NONE, button.rect().center())
    assert seen
    assert wait_until(lambda: not button.underMouse(), 2)
    assert not button.isDown()
    window.close()


def words_of(row):
    return [one.text() for one in row.findChildren(QToolButton) if one.isVisible()]


@pytest.mark.parametrize("width", [1256, 1366, 1920])
def test_undo_and_redo_stay_in_the_row_and_more_leads_to_the_tags(qtbot, tmp_path, width):
    write_series(tmp_path / "images", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", plugin_places(), size=(width, 706))
    words = words_of(window.tool_row)
    assert {"Undo", "Redo", "Length", "More ▾"} <= set(words)
    at = words.index("Windowing")
    assert words[at + 1] == "Presets ▾"
    (more,) = (one for one in window.tool_row.findChildren(QToolButton) if one.text() == "More ▾")
    assert "DICOM tags …" in [action.text() for action in more.menu().actions()]
    assert more.geometry().right() < width
    window.close()


def test_a_menu_that_has_no_room_in_the_row_is_one_of_more(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", plugin_places(), size=(1000, 700))
    assert "Contour ▾" not in words_of(window.tool_row)
    (more,) = (one for one in window.tool_row.findChildren(QToolButton) if one.text() == "More ▾")
    (contour,) = (action for action in more.menu().actions() if action.text() == "Contour")
    assert "Brush" in [action.text() for action in contour.menu().actions()]
    window.close()


@pytest.mark.parametrize("width", [900, 1256, 1366, 1920])
def test_a_line_in_the_row_stands_between_two_words(qtbot, tmp_path, width):
    write_series(tmp_path / "images", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(width, 706))
    parts = sorted((one for one in window.tool_row.findChildren(QFrame) if one.isVisible()), key=lambda one: one.x())
    words = [one for one in window.tool_row.findChildren(QToolButton) if one.isVisible()]
    assert parts
    for line in parts:
        right = min(word.x() for word in words if word.x() > line.x())
        assert right - line.x() < 30
    window.close()


def test_no_menu_of_the_row_is_higher_than_the_smallest_screen(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(1366, 768))
    for button in window.tool_row.findChildren(QToolButton):
        menu = button.menu()
        if menu is not None:
            assert sum(not action.isSeparator() for action in menu.actions()) <= 20, button.text()
    window.close()


def test_the_menu_of_comparisons_begins_with_both_ways_to_begin_one(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(1366, 706))
    (compare,) = (one for one in window.tool_row.findChildren(QToolButton) if one.text() == "Compare ▾")
    titles = [action.text() for action in compare.menu().actions()]
    assert titles[:4] == ["Compare with prior", "Compare registered", "", "Blink"]
    assert "Save arrangement …" not in titles
    (planes,) = (one for one in window.tool_row.findChildren(QToolButton) if one.text() == "Planes ▾")
    within = [action.menu() for action in planes.menu().actions() if action.menu() is not None]
    assert "Save arrangement …" in [action.text() for menu in within for action in menu.actions()]
    window.close()


def lit(row):
    return {
        one.text().removesuffix(" ▾") for one in row.findChildren(QToolButton) if one.isVisible() and one.isChecked()
    }


def test_words_of_menus_are_lit_while_something_in_them_is_on(qtbot, tmp_path):
    write_series(tmp_path / "images" / "now", slices=4, side=24)
    write_series(tmp_path / "images" / "then", "1.2.3.7.1", "1.2.3.7", date="2023-01-02", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", plugin_places(), size=(1366, 706))
    view = window.pane.view
    assert lit(window.tool_row) == {"Windowing"}
    QTest.keyClick(view, Qt.Key.Key_E)
    assert lit(window.tool_row) == {"Measure"}
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert lit(window.tool_row) == {"Windowing"}
    QTest.keyClick(view, Qt.Key.Key_V)
    assert wait_until(lambda: window.jobs.is_idle and "Compare" in lit(window.tool_row), 20)
    window.act("compare.off")
    assert wait_until(lambda: window.jobs.is_idle and "Compare" not in lit(window.tool_row), 20)
    window.close()


def test_two_patients_side_by_side_are_no_comparison(qtbot, tmp_path):
    write_series(tmp_path / "images" / "one", slices=4, side=24)
    write_series(
        tmp_path / "images" / "other", "1.2.9.1.1", "1.2.9.1", patient="Roe^Ann", patient_id="P2", slices=4, side=24
    )
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", plugin_places(), size=(1366, 706))
    window.act("layout.1x2")
    first, second = (one for one in window.library.series if one.is_image)
    for pane, series in zip(window.workspace.panes, (first, second), strict=True):
        window.workspace.activate(pane)
        window.show_series(series)
        assert wait_until(lambda: window.jobs.is_idle and window.pane.volume is not None, 20)
    assert {pane.series.source.patient.id for pane in window.workspace.panes} == {"P1", "P2"}
    window.actions_table.refresh()
    assert "Compare" not in lit(window.tool_row)
    window.close()
