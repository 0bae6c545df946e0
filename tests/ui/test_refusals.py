"""A key whose action cannot be done now says why, in the pane, until the reader goes on."""

import pytest
from hands import CTRL, LEFT, NONE, SHIFT, click, drag, key
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QPushButton, QToolButton
from shown_window import opened_window, write_plugin
from small_studies import write_series

from mo_viewer.base.faults import Refused
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.context_menu import context_menu

FOLDED = "▸  CONTOUR BY HAND"


def write_film(folder):
    from pydicom import dcmread

    (path,) = write_series(folder, modality="DX", slices=1, side=64)
    data = dcmread(path)
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID", "RescaleType"):
        delattr(data, name)
    data.RescaleIntercept = 0
    data.save_as(path, enforce_file_format=True)


@pytest.fixture
def film(qtbot, tmp_path):
    write_film(tmp_path / "film")
    made = opened_window(qtbot, tmp_path / "film", tmp_path / "f.sqlite")
    yield made
    made.close()


@pytest.fixture
def marked_film(qtbot, tmp_path):
    write_film(tmp_path / "film")
    made = opened_window(qtbot, tmp_path / "film", tmp_path / "f.sqlite", plugin_places())
    yield made
    made.close()


def test_marking_by_click_is_refused_on_a_radiograph_by_its_key_and_stands_in_no_menu(marked_film):
    key(marked_film.pane.view, Qt.Key.Key_K)
    assert ["needs a CT in HU" in sentence for sentence in said(marked_film)] == [True]
    assert marked_film.tools.name == "window"
    titles = [action.text() for action in context_menu(marked_film, QPoint()).actions()]
    assert "Mark calcification" not in titles
    assert "Contour" in titles


def word(window):
    return next(one for one in window.tool_row.findChildren(QToolButton) if one.text().startswith("Mark calc"))


def test_the_greyed_word_looks_so_says_why_at_a_click_and_puts_the_tool_in_hand_away(marked_film):
    button = word(marked_film)
    assert not button.isEnabled()
    row = marked_film.tool_row.grab().toImage()
    assert row.pixelColor(button.pos() + QPoint(5, 5)) == row.pixelColor(1, 1)
    marked_film.actions_table.run("tool.mark.length")
    QTest.mouseClick(button.window().windowHandle(), LEFT, NONE, button.mapTo(button.window(), button.rect().center()))
    assert ["needs a CT in HU" in sentence for sentence in said(marked_film)] == [True]
    assert marked_film.tools.name == "window"


def test_the_key_of_a_tool_that_cannot_be_used_leaves_no_other_tool_in_hand(marked_film):
    marked_film.actions_table.run("tool.mark.length")
    key(marked_film.pane.view, Qt.Key.Key_K)
    assert marked_film.tools.name == "window"


@pytest.fixture
def both(qtbot, tmp_path):
    write_film(tmp_path / "film")
    write_series(tmp_path / "ct", uid="1.2.3.7.1", study="1.2.3.7", date="2024-09-02", side=64)
    made = opened_window(qtbot, tmp_path, tmp_path / "f.sqlite", plugin_places(), size=(1366, 768))
    yield made
    made.close()


def of_kind(window, modality):
    return next(s for study in window.library.studies for s in study.series if s.source.modality == modality)


def test_the_tool_in_hand_is_put_away_when_a_radiograph_comes(both):
    key(both.pane.view, Qt.Key.Key_K)
    assert both.tools.name != "window"
    both.show_series(of_kind(both, "DX"))
    assert wait_until(lambda: both.volume is not None and both.tools.name == "window", 5)
    assert not word(both).isEnabled()


def test_the_tool_in_hand_is_put_away_by_the_click_that_goes_to_a_radiograph_beside(both):
    both.workspace.show_layout("1x2")
    film, ct = both.workspace.panes
    both.workspace.activate(film)
    both.show_series(of_kind(both, "DX"))
    both.workspace.activate(ct)
    both.show_series(of_kind(both, "CT"))
    assert wait_until(lambda: film.volume is not None and ct.volume is not None and both.jobs.is_idle, 5)
    key(ct.view, Qt.Key.Key_K)
    assert both.tools.name != "window"
    click(film.view, film.view.rect().center())
    assert both.tools.name == "window"
    assert wait_until(lambda: not word(both).isEnabled(), 2)
    click(ct.view, ct.view.rect().center())
    assert wait_until(word(both).isEnabled, 2)


def said(window):
    return [message.sentence for message in window.pane.messages.messages]


def test_a_preset_key_on_a_radiograph_says_why_it_does_nothing(film):
    before = film.pane.view.window_level
    key(film.pane.view, Qt.Key.Key_1)
    assert film.pane.view.window_level == before
    (sentence,) = said(film)
    assert "radiograph has no HU values" in sentence


@pytest.mark.parametrize(
    ("which", "keys", "word"),
    [
        (Qt.Key.Key_Down, 0, "one image only"),
        (Qt.Key.Key_Z, CTRL, "nothing to undo"),
        (Qt.Key.Key_V, 0, "no earlier study"),
        (Qt.Key.Key_S, SHIFT, "No image has a star"),
        (Qt.Key.Key_E, CTRL, "No lesion"),
    ],
)
def test_any_other_key_that_cannot_work_here_says_why(film, which, keys, word):
    key(film.pane.view, which, keys or Qt.KeyboardModifier.NoModifier)
    assert [word in sentence for sentence in said(film)] == [True]


def test_one_refusal_is_said_at_a_time_until_the_reader_goes_on(film):
    view = film.pane.view
    key(view, Qt.Key.Key_1)
    key(view, Qt.Key.Key_Z, CTRL)
    assert len(said(film)) == 1
    key(view, Qt.Key.Key_0)
    assert said(film) == []
    key(view, Qt.Key.Key_1)
    click(view, QPoint(200, 200))
    assert said(film) == []


def test_what_is_chosen_from_the_list_of_actions_says_why_not_too(film):
    film.act("preset.Bone")
    assert "HU" in said(film)[0]
    assert "HU" in film.actions_table.qaction("preset.Bone").toolTip()


def test_whatever_can_be_greyed_says_why_in_one_sentence(film):
    greyed = [action for action in film.actions_table.all if action.enabled is not None and not action.enabled()]
    assert len(greyed) > 20
    for action in greyed:
        assert action.refusal.endswith((".", ")")), action.name
        assert len(action.refusal) < 150, action.refusal


PICKY = """
from mo_viewer.base.faults import Refused
from mo_viewer.plugin_host.api import Tool

class Picky(Tool):
    clicks = 0

    def __init__(self, desk):
        self.desk = desk

    def press(self, pointer):
        self.clicks += 1
        number = self.clicks

        def work(ticket):
            raise Refused(f"Nothing was found at click {number}.", "Click elsewhere.")

        self.desk.run("Searching", work, lambda _: None, slot="picky")

def register(registry):
    registry.add_tool("pick", "Pick", Picky)
"""


def test_a_refused_click_is_said_until_the_next_one_and_never_twice(qtbot, tmp_path):
    write_series(tmp_path / "ct", slices=6, side=64)
    places = [("test", write_plugin(tmp_path / "plugins", "mo_picky", PICKY))]
    window = opened_window(qtbot, tmp_path / "ct", tmp_path / "f.sqlite", places)
    view = window.pane.view
    window.tools.choose_plugin(window.host.contributions("tool")[0])
    for number in (1, 2):
        click(view, QPoint(200, 200))
        assert said(window) == []
        qtbot.waitUntil(lambda: window.jobs.is_idle)
        assert said(window) == [f"Nothing was found at click {number}."]
        view.scroll_by(1)
    document, source = window.session.document, window.pane.series.source
    at = Timepoint(source.study_uid, source.series_uid)
    window.session.change("Mark", document.with_lesion(at, Lesion("2.25.1", "L1", ((1.0, 2.0, 3.0),))))
    assert said(window) == []
    window.close()


ASKING = """
from PySide6.QtWidgets import QPushButton
from mo_viewer.base.faults import Refused

class Asking(QPushButton):
    asked = 0

    def __init__(self, desk):
        super().__init__("Ask")
        self.desk = desk
        self.clicked.connect(self.ask)

    def ask(self):
        self.asked += 1
        number = self.asked

        def work(ticket):
            if number == 1:
                raise Refused("There is no study to ask.", "Open one.")

        self.desk.run("Asking", work, lambda _: None, slot="asking")

def register(registry):
    registry.add_panel("Asking", Asking)
"""


def point_at(button):
    at = QPointF(button.rect().center())
    QApplication.sendEvent(button, QEnterEvent(at, at, button.mapToGlobal(at)))


def push(button):
    window = button.window()
    QTest.mouseClick(window.windowHandle(), LEFT, NONE, button.mapTo(window, button.rect().center()))


def test_what_a_panel_refused_is_said_until_it_is_done(qtbot, tmp_path):
    write_series(tmp_path / "ct", slices=6, side=64)
    places = [("test", write_plugin(tmp_path / "plugins", "mo_asking", ASKING))]
    window = opened_window(qtbot, tmp_path / "ct", tmp_path / "f.sqlite", places)
    button = next(one for one in window.panels.findChildren(QPushButton) if one.text() == "Ask")
    push(button)
    assert wait_until(lambda: said(window) == ["There is no study to ask."], 5)
    push(button)
    assert wait_until(lambda: said(window) == [], 5)
    window.close()


@pytest.fixture
def two(qtbot, tmp_path):
    """A patient of whom one study is open, and one in another folder."""
    write_series(tmp_path / "new", uid="1.2.3.7.1", study="1.2.3.7", date="2024-09-02", side=64)
    write_series(tmp_path / "old", uid="1.2.3.6.1", study="1.2.3.6", date="2024-03-02", side=64)
    made = opened_window(qtbot, tmp_path / "new", tmp_path / "f.sqlite", plugin_places(), size=(1366, 768))
    yield made
    made.close()


def test_a_refusal_goes_once_its_reason_is_gone(two, tmp_path):
    key(two.pane.view, Qt.Key.Key_V)
    assert ["no earlier study" in sentence for sentence in said(two)] == [True]
    two.open_paths([tmp_path / "old"])
    assert wait_until(lambda: len(two.library.studies) == 2 and said(two) == [], 10)


def test_a_day_that_is_no_day_is_refused_until_one_is_given_or_another_study_is_shown(two, tmp_path):
    two.open_paths([tmp_path / "old"])
    assert wait_until(lambda: len(two.library.studies) == 2 and two.jobs.is_idle, 10)
    two.panels.open_panel("Course")
    QApplication.processEvents()
    day = next(one for one in two.panels.findChildren(QLineEdit) if one.accessibleName() == "Date of the event")
    add = next(one for one in two.panels.findChildren(QPushButton) if one.text() == "Add")
    for wrong in ("soon", "later"):
        day.clear()
        QTest.keyClicks(day, wrong)
        push(add)
        assert said(two) == ["A day must read YYYY-MM-DD."]
        if wrong == "soon":
            two.show_series(next(s for s in two.library.series if s.source.study_uid == "1.2.3.6"))
            assert wait_until(lambda: two.volume is not None and said(two) == [], 5)
    day.clear()
    QTest.keyClicks(day, "2024-05-02")
    push(add)
    assert said(two) == []
    assert [event.date for event in two.session.document.events] == ["2024-05-02"]


def test_a_refusal_goes_with_the_lesion_it_was_about(two):
    source = two.pane.series.source
    at = Timepoint(source.study_uid, source.series_uid)
    document = two.session.document
    for n in (1, 2):
        document = document.with_lesion(at, Lesion(f"2.25.{n}", f"Lesion {n}", ((1.0, 2.0, 3.0),)))
        at = document.timepoint(source.study_uid)
    two.session.change("Mark", document)
    two.room.select("2.25.1")
    two.refuse(Refused("The limits must rise."))
    assert said(two) == ["The limits must rise."]
    two.panels.open_panel("Lesions")
    assert wait_until(lambda: lesion_lines(two, "Lesion 2") != [], 5)
    push(lesion_lines(two, "Lesion 2")[0])
    assert two.room.selected == "2.25.2"
    assert said(two) == []


def lesion_lines(window, label):
    return [one for one in window.panels.findChildren(QPushButton) if label in one.text() and one.isVisible()]


def panel_gate(window):
    return next(one for one in window.panels.findChildren(QCheckBox) if one.text() == "HU from")


def panel_buttons(window, text):
    return [one for one in window.panels.findChildren(QPushButton) if one.text() == text and one.isVisible()]


def panel_button(window, text):
    return next(iter(panel_buttons(window, text)), None)


def test_marking_is_greyed_in_the_panel_as_in_the_toolbar_and_the_way_that_works_stands_beside(marked_film):
    assert wait_until(lambda: panel_button(marked_film, "Outline a lesion") is not None, 20)
    mark = panel_button(marked_film, "Mark")
    assert not mark.isEnabled()
    point_at(mark)
    assert "needs a CT in HU" in mark.toolTip()
    QApplication.processEvents()
    push(panel_button(marked_film, "Outline a lesion"))
    assert marked_film.tools.name == "mo_ossification.tool.region"


def test_the_panel_has_room_for_all_buttons_of_a_lesion_on_a_film(marked_film):
    view = marked_film.pane.view
    assert wait_until(lambda: panel_button(marked_film, "Outline a lesion") is not None and view.shown is not None, 20)
    assert wait_until(lambda: panel_button(marked_film, "Outline a lesion").isEnabled(), 20)
    QApplication.processEvents()
    push(panel_button(marked_film, "Outline a lesion"))
    assert wait_until(lambda: marked_film.tools.name == "mo_ossification.tool.region", 20)
    middle = view.rect().center()
    drag(view, *(middle + QPoint(x, y) for x, y in ((-60, -60), (60, -60), (60, 60), (-60, 60))))
    assert wait_until(lambda: panel_button(marked_film, "Delete") is not None, 20)
    QApplication.processEvents()
    for text in ("Mark", "Outline a lesion", "Confirm", "Export", "Copy", "Delete"):
        button = panel_button(marked_film, text)
        assert button.mapTo(marked_film, button.rect().topRight()).x() < marked_film.width(), text
    assert not panel_button(marked_film, "Mark").isEnabled()


def test_the_panel_greys_marking_with_the_picture_in_the_active_pane(both):
    both.show_series(of_kind(both, "CT"))
    assert wait_until(lambda: panel_button(both, "Mark") is not None and panel_button(both, "Mark").isEnabled(), 20)
    assert wait_until(lambda: panel_button(both, FOLDED) is not None, 20)
    assert panel_button(both, "Fill holes") is None
    push(panel_button(both, FOLDED))
    assert wait_until(lambda: panel_button(both, "Fill holes") is not None, 20)
    assert panel_button(both, "Native bone").isEnabled()
    assert panel_gate(both).isEnabled()
    assert len(panel_buttons(both, "Outline a lesion")) == 1
    assert not panel_button(both, "Fill holes").isEnabled()
    assert "No lesion of this study is selected" in panel_button(both, "Fill holes").toolTip()
    QApplication.processEvents()
    push(panel_button(both, "Mark"))
    assert both.tools.name == "mo_ossification.tool.mark"
    both.show_series(of_kind(both, "DX"))
    assert wait_until(lambda: len(panel_buttons(both, "Outline a lesion")) == 2, 20)
    assert not panel_button(both, "Mark").isEnabled()
    assert not panel_button(both, "Native bone").isEnabled()
    assert "needs a CT in HU" in panel_button(both, "Native bone").toolTip()
    assert not panel_gate(both).isEnabled()
    assert "needs a CT in HU" in panel_gate(both).toolTip()


def test_tools_for_lesions_are_greyed_with_the_reason_while_nothing_is_open(qtbot, tmp_path):
    window = open_window((), tmp_path / "f.sqlite", plugin_places())
    qtbot.addWidget(window)
    for name in ("mark", "brush", "region", "bone"):
        made = window.actions_table.qaction(f"tool.mo_ossification.tool.{name}")
        assert not made.isEnabled(), name
        assert "There is no picture in this pane yet." in made.toolTip(), name
    window.close()
