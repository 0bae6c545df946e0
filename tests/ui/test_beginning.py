"""The window is shown before it is ready; nobody sees the difference, and what is done at once is done all the same."""

import json
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QCursor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QToolButton
from small_studies import write_series

from mo_viewer.base.faults import Fault
from mo_viewer.paths import bundled, user_settings
from mo_viewer.ui import app, furnishing
from mo_viewer.ui.app import begin, open_window, wait_until
from mo_viewer.ui.beginning import Beginning
from mo_viewer.ui.palette import Palette

CTRL = Qt.KeyboardModifier.ControlModifier
PLUGINS = [("bundled", bundled("plugins"))]


@pytest.fixture
def begun(qtbot, tmp_path, monkeypatch):
    """Shows a window and lets it be painted, no more: the thread that reads the rest waits until it is let go."""
    go = threading.Event()
    read = furnishing.read_engine
    monkeypatch.setattr(app, "read_engine", lambda: (go.wait(20), read()))
    began = []

    def begin_one(paths=(), places=PLUGINS):
        go.clear()
        QCursor.setPos(QPoint(700, 600))
        window = begin(paths, tmp_path / "findings.sqlite", places)
        began.append(window)
        qtbot.addWidget(window)
        QApplication.processEvents()
        QApplication.processEvents()
        assert window.isVisible()
        assert not window.is_ready
        return window

    begin_one.go = go
    monkeypatch.setattr(Beginning, "finish", lambda self, finish=Beginning.finish: (go.set(), finish(self)))
    yield begin_one
    go.set()
    for window in began:
        window.close()


def without_panels(window) -> QImage:
    picture = window.grab().toImage()
    box = window.panels.rect().translated(window.panels.mapTo(window, QPoint(0, 0)))
    for y in range(box.top(), box.bottom() + 1):
        for x in range(box.left(), box.right() + 1):
            picture.setPixel(x, y, 0)
    return picture


def button(window, text) -> QPoint:
    found = next(b for b in window.tool_row.findChildren(QToolButton) if b.text() == text and b.isVisible())
    return found.mapTo(window, found.rect().center())


@pytest.mark.parametrize("settings", [{}, {"theme": "light", "names_hidden": True}], ids=["dark", "light, no names"])
@pytest.mark.parametrize("is_first_start", [True, False], ids=["the first start", "a later one"])
def test_the_first_picture_is_that_of_the_ready_window(begun, tmp_path, settings, is_first_start):
    user_settings().mkdir(parents=True)
    (user_settings() / "settings.json").write_text(json.dumps(settings))
    if not is_first_start:
        open_window((), tmp_path / "findings.sqlite", PLUGINS).close()
    window = begun()
    first = without_panels(window)
    words = [b.text() for b in window.tool_row.findChildren(QToolButton)]
    begun.go.set()
    assert wait_until(lambda: window.is_ready)
    assert wait_until(lambda: without_panels(window) == first, 3)
    assert [b.text() for b in window.tool_row.findChildren(QToolButton)] == words
    assert "Mark calcification  K" in words


def test_it_becomes_ready_by_itself_and_opens_what_it_was_given(begun, tmp_path):
    write_series(tmp_path / "images")
    window = begun([tmp_path / "images"])
    begun.go.set()
    assert wait_until(lambda: window.is_ready and window.volume is not None, 60)


def test_a_key_pressed_at_once_does_what_it_says(begun):
    window = begun()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_K, CTRL)
    assert window.is_ready
    assert window.findChild(Palette).isVisible()


def test_a_click_at_once_does_what_the_button_says(begun, monkeypatch):
    window = begun()
    asked = []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: asked.append("folder") or "")
    folder = window.first_page.folder
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=folder.mapTo(window, folder.rect().center()))
    assert asked == ["folder"]


def test_a_menu_of_the_row_opens_at_once_with_all_that_it_offers(begun):
    window = begun()
    offered = []

    def look() -> None:
        menu = QApplication.activePopupWidget()
        offered.extend(action.text() for action in menu.actions())
        menu.close()

    QTimer.singleShot(0, lambda: QTimer.singleShot(300, look))
    QTest.mousePress(window.windowHandle(), Qt.MouseButton.LeftButton, pos=button(window, "Presets ▾"))
    assert {"Soft tissue 400 / 40", "Bone 2000 / 350", "Lung 1500 / \N{MINUS SIGN}600"} <= set(offered)


def test_a_layout_chosen_in_the_row_at_once_is_chosen(begun):
    window = begun()
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=button(window, "MPR"))
    assert window.workspace.layout_now.name == "mpr"


def test_a_press_on_a_word_that_gives_way_to_another_does_nothing(begun):
    user_settings().mkdir(parents=True)
    (user_settings() / "settings.json").write_text(json.dumps({"plugin_tools": [["tool.gone", "Gone" * 9, "mark"]]}))
    window = begun(places=())
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=button(window, "Gone" * 9))
    assert window.is_ready
    assert window.tools.name == "window"
    assert window.workspace.layout_now.name == "1x1"


def test_an_action_of_the_first_row_runs_without_mouse_or_key(begun):
    window = begun(places=())
    pan = next(b for b in window.tool_row.findChildren(QToolButton) if b.text() == "Pan")
    pan.defaultAction().trigger()
    assert window.tools.name == "pan"


def test_a_folder_dropped_at_once_is_opened(begun, tmp_path):
    write_series(tmp_path / "images")
    window = begun()
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(tmp_path / "images"))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(500, 400), copy, carried, left, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(500, 400), copy, carried, left, none))
    assert wait_until(lambda: window.volume is not None, 60)


def test_it_can_be_closed_at_once(begun):
    window = begun()
    window.close()
    assert not window.isVisible()
    assert not [thread for thread in threading.enumerate() if thread.name == "beginning"]
    assert "window" in json.loads((user_settings() / "settings.json").read_text())


def test_what_cannot_be_made_is_an_error_and_the_window_closes_still(begun, monkeypatch):
    def broken(*_: object) -> None:
        raise Fault("Broken on purpose.")

    monkeypatch.setattr(furnishing, "_open_findings", broken)
    window = begun()
    with pytest.raises(Fault, match="on purpose"):
        window.findChild(Beginning).finish()
    assert not window.is_ready
    window.close()
    assert not window.isVisible()


def test_a_damaged_store_is_said_on_the_first_page(begun, tmp_path):
    Path(tmp_path / "findings.sqlite").write_bytes(b"rubbish" * 1000)
    window = begun()
    begun.go.set()
    assert wait_until(lambda: window.is_ready)
    assert any("damaged" in message.sentence for message in window.centre.page_messages.messages)
