import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from mo_viewer.ui.first_page import FirstPage
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.recent import recent_folders, remember


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def page(qtbot, jobs):
    def show():
        made = FirstPage(jobs)
        qtbot.addWidget(made)
        made.resize(800, 600)
        made.show()
        return made

    return show


@pytest.mark.parametrize(
    ("button", "signal"), [("folder", "open_folder"), ("files", "open_files"), ("demo", "open_demo")]
)
def test_each_button_asks_for_what_it_says(page, qtbot, button, signal):
    shown = page()
    with qtbot.waitSignal(getattr(shown, signal)):
        QTest.mouseClick(getattr(shown, button), Qt.MouseButton.LeftButton)


def test_what_was_open_lately_is_one_click_away(page, qtbot):
    remember([Path("/data/older & more")])
    remember([Path("/data/" + "long" * 30)])
    shown = page()
    buttons = recent_buttons(shown)
    assert [button.property("path") for button in buttons] == [str(path) for path in recent_folders()]
    assert "…" in buttons[0].text()
    assert "&&" in buttons[1].text()
    with qtbot.waitSignal(shown.open_recent) as asked:
        QTest.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert asked.args == [Path("/data/older & more")]


def test_an_entry_can_be_taken_off_with_the_mouse(page, qtbot):
    remember([Path("/data/a")])
    shown = page()
    (button,) = recent_buttons(shown)
    button.customContextMenuRequested.emit(button.rect().center())
    menu = QApplication.activePopupWidget()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[0]).center())
    assert recent_folders() == ()
    qtbot.waitUntil(lambda: not recent_buttons(shown))


def test_the_drop_place_answers_while_something_hangs_over_it(page):
    shown = page()
    shown.set_dragging(True)
    assert shown.drop_place.words.text() == "Let go to open it"
    shown.set_dragging(False)
    assert "Drop a folder" in shown.drop_place.words.text()


def test_everything_can_be_reached_by_the_keyboard_and_has_a_tooltip(page):
    remember([Path("/data/a")])
    for button in page().findChildren(QPushButton):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert button.toolTip()


def test_first_steps_are_told_until_something_was_opened(page):
    shown = page()
    assert shown.first_steps.isVisible()
    remember([Path("/data/a")])
    shown.refresh()
    assert not shown.first_steps.isVisible()


def test_what_is_made_or_read_shows_its_progress_on_the_page_and_can_be_stopped(page, jobs, qtbot):
    shown, stopped = page(), []
    assert not shown.job.isVisible()

    def work(ticket):
        while True:
            ticket.progress(1, 3, "")
            time.sleep(0.01)

    jobs.run("Making the demo patient", work, lambda _: None, stopped=lambda: stopped.append(1))
    qtbot.waitUntil(shown.job.isVisible, timeout=10_000)
    assert shown.job.percent.text() == "33 %"
    QTest.mouseClick(shown.job.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: stopped == [1], timeout=10_000)
    assert not shown.job.isVisible()


def recent_buttons(page):
    return [button for button in page.findChildren(QPushButton) if button.property("path")]


@pytest.mark.parametrize(("width", "height"), [(283, 446), (372, 600), (465, 600), (800, 600)])
def test_nothing_on_the_page_is_cut_in_a_narrow_window(page, width, height):
    """283 x 446: what a window of 1366 x 768 leaves it with words of 150 %."""
    shown = page()
    shown.resize(width, height)
    QApplication.processEvents()
    for button in shown.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), button.text()
    for label in shown.findChildren(QLabel):
        if label.isVisible() and label.text():
            whole = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
            assert label.height() >= whole, label.text()
            assert label.wordWrap() or label.width() >= label.sizeHint().width(), label.text()
    bottom = max(part.mapTo(shown, part.rect().bottomLeft()).y() for part in shown.first_steps.findChildren(QLabel))
    assert bottom < height
