"""Keys, mouse and window presets as the reader wants them: changed in the preferences, used at once, kept."""

import pytest
from hands import CTRL, NONE, RIGHT, SHIFT, key, pull
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from shown_window import opened_window
from small_studies import write_series

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def images(tmp_path):
    write_series(tmp_path / "images", slices=5, side=24)
    return tmp_path / "images"


@pytest.fixture
def window(qtbot, tmp_path, images):
    made = opened_window(qtbot, images, tmp_path / "f.sqlite")
    yield made
    made.close()


def bind(window, name, sequence):
    key(window.pane.view, Qt.Key.Key_Comma, CTRL)
    page = window.extras.preferences.keys
    page.search.setText("")
    page.choose(name)
    page.entry.setKeySequence(QKeySequence(sequence))
    QTest.mouseClick(page.use, LEFT)
    window.extras.preferences.close()


def test_a_key_is_given_to_another_action_and_kept(qtbot, tmp_path, images):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite")
    bind(first, "invert", "U")
    key(first.pane.view, Qt.Key.Key_U)
    assert first.pane.view.is_inverted
    key(first.pane.view, Qt.Key.Key_I)
    assert first.pane.view.is_inverted
    first.close()
    second = opened_window(qtbot, images, tmp_path / "f.sqlite")
    key(second.pane.view, Qt.Key.Key_U)
    assert second.pane.view.is_inverted
    second.close()


def test_a_key_that_is_taken_changes_hands_and_all_can_be_as_delivered(window):
    bind(window, "invert", "R")
    assert "Reset" in window.extras.preferences.keys.said.text()
    key(window.pane.view, Qt.Key.Key_R)
    assert window.pane.view.is_inverted
    QTest.mouseClick(window.extras.preferences.keys.all_back, LEFT)
    key(window.pane.view, Qt.Key.Key_I)
    assert not window.pane.view.is_inverted


def test_a_button_of_the_mouse_does_something_else_and_it_is_kept(qtbot, tmp_path, images):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite")
    first.extras.preferences.open_page(1)
    choice = first.extras.preferences.mouse.choices["right"]
    choice.setCurrentIndex(choice.findData("pan"))
    choice.activated.emit(choice.currentIndex())
    first.close()
    second = opened_window(qtbot, images, tmp_path / "f.sqlite")
    zoom = second.pane.view.framing.px_per_mm
    pull(second.pane.view, 30, 30, RIGHT)
    assert second.pane.view.framing.px_per_mm == zoom
    assert second.pane.view.framing.centre_mm != second.pane.view.stack.bounds.centre
    second.close()


def test_a_preset_is_changed_in_the_table_and_its_number_key_uses_it(qtbot, tmp_path, images):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite")
    first.extras.preferences.open_page(2)
    page = first.extras.preferences.windows
    page.table.item(1, 1).setText("2500")
    page.table.item(1, 2).setText("480")
    key(first.pane.view, Qt.Key.Key_2)
    assert (first.pane.view.window_level.width, first.pane.view.window_level.centre) == (2500, 480)
    page.table.item(1, 1).setText("wide")
    assert "must be numbers" in page.said.text()
    first.close()
    second = opened_window(qtbot, images, tmp_path / "f.sqlite")
    key(second.pane.view, Qt.Key.Key_2)
    assert second.pane.view.window_level.width == 2500
    second.close()


def test_what_would_do_nothing_is_greyed_until_a_line_and_a_key_are_there(window):
    key(window.pane.view, Qt.Key.Key_Comma, CTRL)
    page = window.extras.preferences.keys
    assert not any(button.isEnabled() for button in (page.use, page.none, page.back))
    line = page.tree.visualItemRect(page.tree.topLevelItem(1)).center()
    QTest.mouseClick(page.tree.viewport(), LEFT, pos=line)
    assert [button.isEnabled() for button in (page.use, page.none, page.back)] == [False, True, True]
    QTest.keyClick(page.entry, Qt.Key.Key_U)
    assert page.use.isEnabled()
    window.extras.preferences.close()


def test_of_no_chosen_preset_nothing_is_removed_or_moved(window):
    window.extras.preferences.open_page(2)
    page = window.extras.preferences.windows
    assert not page.away.isEnabled()
    assert not page.up.isEnabled()
    for row, can_rise in ((0, False), (1, True)):
        middle = page.table.visualItemRect(page.table.item(row, 0)).center()
        QTest.mouseClick(page.table.viewport(), LEFT, pos=middle)
        assert page.away.isEnabled()
        assert page.up.isEnabled() is can_rise
    window.extras.preferences.close()


def test_the_sheet_of_keys_is_searched_by_what_is_wanted(window):
    key(window.pane.view, Qt.Key.Key_F1)
    sheet = window.extras.sheet
    QTest.keyClicks(sheet.search, "invert")
    (group,) = [sheet.tree.topLevelItem(n) for n in range(sheet.tree.topLevelItemCount())]
    rows = {group.child(n).text(0): group.child(n).text(1) for n in range(group.childCount())}
    assert rows["Invert"] == "I"
    sheet.close()


def test_shift_is_coarse_and_ctrl_is_fine(window):
    view = window.pane.view
    by = []
    for keys in (CTRL, NONE, SHIFT):
        before = view.window_level.centre
        pull(view, 0, 20, LEFT, keys)
        by.append(view.window_level.centre - before)
    assert by[0] < by[1] < by[2]
