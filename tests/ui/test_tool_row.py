"""The row of words: a word that opened a menu looks untouched once the menu has gone."""

import pytest
from hands import LEFT, NONE
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from shown_window import opened_window
from small_studies import write_series

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
