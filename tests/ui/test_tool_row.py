"""The row of words: a word that opened a menu looks untouched once the menu has gone."""

import pytest
from hands import LEFT, NONE
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.context_menu import MENU_GROUPS


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


def test_the_menu_of_a_picture_is_lower_than_a_small_screen_with_a_chosen_mark_too(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    window = open_window([tmp_path / "images"], tmp_path / "f.sqlite", size=(1366, 768))
    qtbot.addWidget(window)
    assert wait_until(lambda: window.volume is not None and window.jobs.is_idle, 20)
    groups = [group.lstrip("?") for group in MENU_GROUPS]
    menu = window.actions_table.menu(window, groups)
    assert [action.text() for action in menu.actions() if action.text() in ("Delete mark", "Compare", "Findings")]
    assert menu.sizeHint().height() < 730
    window.close()
