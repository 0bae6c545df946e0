"""Windows beside the main one on a screen that is smaller than they are meant to be: their buttons are in reach."""

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QAbstractButton
from shown_window import opened_window
from small_studies import write_series

SCREEN = QRect(0, 0, 911, 480)
"""1366 x 768 at 150 %, less a task bar."""


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _: SCREEN)
    write_series(tmp_path / "images", slices=4, side=24)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(900, 460))
    yield made
    made.close()


@pytest.mark.parametrize("name", ["preferences", "sheet", "glossary", "tags", "solid"])
def test_all_of_it_lies_on_the_screen_with_room_for_its_title(window, qtbot, name):
    window.act(name)
    shown = getattr(window.extras, name)
    qtbot.waitUntil(shown.isVisible, timeout=5000)
    assert shown.height() < SCREEN.height() - 40
    assert shown.width() < SCREEN.width()
    inside = [one for one in shown.findChildren(QAbstractButton) if one.isVisible()]
    assert inside
    for button in inside:
        assert shown.rect().contains(QRect(button.mapTo(shown, button.rect().topLeft()), button.size())), button.text()
    shown.close()
