"""The bar above the pictures: read whole in any width, in room of its own, and quiet about coming and going."""

import pytest
from hands import CTRL, LEFT, NONE, click, press, release, wheel
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.ui import framed_view, theme
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.faults import Message, Messages
from mo_viewer.ui.framing import Framing
from mo_viewer.ui.notice_bar import LINGER_MS, NoticeBar

LONG = "No calcification was found near the marked place, and nothing was changed in the findings of this study."
TEXTS = ("The picture could not be saved.", "No calcification was found.", LONG)


def visible(bar, words):
    return next(one for one in bar.findChildren(QPushButton) if one.text().startswith(words) and one.isVisible())


def touch(button):
    QTest.mouseClick(button.window().windowHandle(), LEFT, NONE, button.mapTo(button.window(), button.rect().center()))


@pytest.mark.parametrize("width", [740, 300])
def test_each_of_several_messages_is_read_whole_in_one_bar_that_does_not_change_its_height(qtbot, width):
    theme.dress(QApplication.instance())
    over, places = QWidget(), [Messages(), Messages()]
    qtbot.addWidget(over)
    over.resize(width, 500)
    bar = NoticeBar(lambda: places, lambda: False, over)
    for place in places:
        place.changed.connect(bar.refresh)
    over.show()
    for place, text in zip([*places, places[0]], TEXTS, strict=True):
        place.say(Message(text, "Click on or inside the calcification.", "details"))
        bar.resize(width, bar.height())
        QApplication.processEvents()
    seen, heights = [], set()
    for _ in TEXTS:
        line = bar.line
        seen.append(line.message.sentence)
        heights.add(bar.height())
        for part in (one for kind in (QLabel, QPushButton) for one in line.findChildren(kind) if one.isVisible()):
            wanted = part.heightForWidth(part.width()) if part.hasHeightForWidth() else part.sizeHint().height()
            assert part.height() >= wanted, (part.text(), part.size(), wanted)
            assert line.rect().contains(part.geometry())
        touch(visible(bar, f"{len(seen)} of 3"))
        QApplication.processEvents()
    assert seen == [LONG, TEXTS[1], TEXTS[0]]
    assert len(heights) == 1
    assert bar.line.message.sentence == LONG


def test_what_is_said_of_two_panes_is_said_once(qtbot):
    over, places = QWidget(), [Messages(), Messages()]
    qtbot.addWidget(over)
    over.resize(500, 300)
    bar = NoticeBar(lambda: places, lambda: False, over)
    for place in places:
        place.changed.connect(bar.refresh)
        place.say(Message("This series can only be seen as it was acquired."))
    over.show()
    bar.resize(500, bar.height())
    QApplication.processEvents()
    touch(visible(bar, "Close"))
    assert [place.messages for place in places] == [(), ()]


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "ct", slices=6, side=64)
    made = opened_window(qtbot, tmp_path / "ct", tmp_path / "f.sqlite")
    yield made
    made.close()


class Resizes(QObject):
    """Counts how often a picture takes another size."""

    def __init__(self, view):
        super().__init__(view)
        self.count = 0
        view.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.Resize
        return False


def place_of(view):
    """The rectangle of a picture in its window."""
    return view.rect().translated(view.mapTo(view.window(), QPoint()))


def bar_of(window):
    bar = window.centre.notices
    return bar.rect().translated(bar.mapTo(window, QPoint()))


def test_a_message_takes_room_from_a_fitted_picture_which_is_fitted_again_and_gives_it_back(window, monkeypatch):
    monkeypatch.setattr(framed_view, "SETTLES_S", 0.0)
    view = window.pane.view
    before = place_of(view)
    window.show_fault(Fault("A thing went wrong.", "Do another."))
    QApplication.processEvents()
    assert place_of(view).top() == bar_of(window).bottom() + 1
    assert before.height() - view.height() == bar_of(window).height() < 60
    assert view.is_fitted
    assert view.framing == Framing.fit(view.stack.bounds, (view.width(), view.height()))
    touch(visible(window.centre.notices, "Close"))
    assert wait_until(lambda: place_of(view) == before, 3)
    assert view.framing == Framing.fit(view.stack.bounds, (view.width(), view.height()))


def test_a_picture_that_was_just_opened_keeps_its_zoom_when_a_message_comes_and_goes(window, monkeypatch):
    monkeypatch.setattr(framed_view, "SETTLES_S", 600.0)
    view = window.pane.view
    before = view.framing
    window.show_fault(Fault("A thing went wrong.", "Do another."))
    QApplication.processEvents()
    assert before.size_px[1] - view.height() == bar_of(window).height() < 60
    assert (view.framing.px_per_mm, view.framing.centre_mm) == (before.px_per_mm, before.centre_mm)
    assert view.framing.size_px == (view.width(), view.height())
    touch(visible(window.centre.notices, "Close"))
    assert wait_until(lambda: view.framing == before, 3)
    assert view.is_fitted


def test_a_picture_that_was_just_opened_is_fitted_to_a_window_that_changes_its_size(window, monkeypatch):
    monkeypatch.setattr(framed_view, "SETTLES_S", 600.0)
    view = window.pane.view
    window.show_fault(Fault("A thing went wrong.", "Do another."))
    QApplication.processEvents()
    window.resize(window.width(), window.height() - 90)
    assert wait_until(lambda: view.framing.size_px == (view.width(), view.height()), 3)
    assert view.framing == Framing.fit(view.stack.bounds, (view.width(), view.height()))


def test_a_picture_that_the_reader_zoomed_keeps_its_scale_and_the_point_in_its_middle(window):
    view = window.pane.view
    for _ in range(4):
        wheel(view, -1, CTRL)
    before = view.framing
    window.show_fault(Fault("A thing went wrong.", "Do another."))
    QApplication.processEvents()
    assert view.height() < before.size_px[1]
    assert (view.framing.px_per_mm, view.framing.centre_mm) == (before.px_per_mm, before.centre_mm)
    touch(visible(window.centre.notices, "Close"))
    assert wait_until(lambda: view.framing == before, 3)


def test_one_message_after_another_changes_the_pictures_size_twice_in_all(window):
    view, resizes = window.pane.view, Resizes(window.pane.view)
    for text in TEXTS[:2]:
        window.show_fault(Fault(text, "Do another."))
        QApplication.processEvents()
    for _ in range(2):
        touch(visible(window.centre.notices, "Close"))
        QApplication.processEvents()
        window.say("Meanwhile.", "caution")
        QApplication.processEvents()
    while window.pane.messages.messages:
        touch(visible(window.centre.notices, "Close"))
    assert resizes.count == 1
    assert wait_until(window.centre.notices.isHidden, 3)
    assert wait_until(lambda: resizes.count == 2, 3)
    assert view.height() == window.middle.height()


def test_nothing_moves_under_a_button_that_is_held(window, qtbot):
    view, at = window.pane.view, window.pane.view.rect().center()
    before = place_of(view)
    press(view, at)
    window.show_fault(Fault("A thing went wrong."))
    qtbot.wait(250)
    assert place_of(view) == before
    release(view, at)
    assert wait_until(lambda: view.height() < before.height(), 2)
    small = place_of(view)
    press(view, at)
    window.pane.messages.clear_passing()
    qtbot.wait(LINGER_MS + 250)
    assert place_of(view) == small
    release(view, at)
    assert wait_until(lambda: place_of(view) == before, 2)


def test_a_click_on_the_picture_stays_on_its_place_when_it_takes_a_refusal_away(window):
    window.refuse(Fault("Nothing was found."))
    QApplication.processEvents()
    view = window.pane.view
    at = view.rect().center()
    under = view.place_at(at)
    click(view, at)
    QApplication.processEvents()
    assert window.pane.messages.messages == ()
    assert view.place_at(at) == under


def test_a_message_in_a_narrow_window_leaves_the_picture_most_of_the_room(window):
    window.set_size(880, 512)
    window.say(LONG, "caution")
    QApplication.processEvents()
    assert window.height() == 512
    assert window.centre.width() < 300
    assert window.centre.notices.height() < 110
    assert window.pane.view.height() > 300


def test_a_hint_that_would_make_the_bar_high_is_a_tooltip_and_a_refusal_has_no_details(window):
    window.refuse(Refused("Nothing was found.", "Click on it.", "where it was raised"))
    QApplication.processEvents()
    low = window.centre.notices.height()
    buttons = window.centre.notices.findChildren(QPushButton)
    assert [one.text() for one in buttons if one.isVisible()] == ["Close"]
    hint = f"{LONG} {LONG} {LONG}"
    window.show_fault(Fault(LONG, hint))
    QApplication.processEvents()
    assert window.centre.notices.height() < low + 30
    seen = [label for label in window.centre.notices.line.findChildren(QLabel) if label.isVisible()]
    assert [label.text() for label in seen] == [LONG]
    assert LONG in seen[0].toolTip()
