import sqlite3
import threading
from contextlib import closing

import numpy as np
import pytest
from hands import click, drag
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QToolButton
from shown_window import opened_window, write_plugin
from small_studies import write_series

from mo_viewer.base.faults import Fault
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.picture_painter import Texts
from mo_viewer.ui.rows import SERIES_MIME
from mo_viewer.ui.status_line import DISCLAIMER

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
GOOD = """
import numpy as np
from dataclasses import replace
from PySide6.QtWidgets import QLabel
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Label, Line, Marker, Tool

class Spot(Tool):
    def __init__(self, desk):
        self.desk = desk
    def press(self, pointer):
        source, document = pointer.volume.source, self.desk.document
        lesion = Lesion("2.25.7", "L1", (pointer.at_mm,))
        self.desk.change("Mark L1", document.with_lesion(Timepoint(source.study_uid, source.series_uid), lesion))

def draw(scene):
    return [Marker(np.array([0.0, 0.0, 0.0]), "#e69f00")]

class Panel(QLabel):
    def __init__(self, desk):
        super().__init__()
        self.desk, self.told = desk, []
        desk.listen(self.hear)
    def hear(self, change):
        self.told.append(change.what)
        self.setText(f"{self.desk.selected} {self.desk.volume is not None}")

def register(registry):
    registry.add_tool("spot", "Spot", Spot, key="K", tip="Mark a spot")
    registry.add_overlay("cross", draw)
    registry.add_panel("Spots", Panel)
    registry.add_command("fall", "Fall", lambda desk: 1 / 0, key="Ctrl+J")
    registry.add_command("speak", "Speak", lambda desk: desk.say("Spoken.", "good"), key="Ctrl+L")
"""
RAISES_AT_IMPORT = "raise RuntimeError('broken')"
RAISES_AT_DRAW = "def register(registry):\n    registry.add_overlay('bad', lambda scene: 1 / 0)\n"
BAD_PANEL_AND_TOOL = """
from mo_viewer.plugin_host.api import Tool
class Bad(Tool):
    def __init__(self, desk): pass
    def press(self, pointer): raise ValueError("slipped")
def register(registry):
    registry.add_panel("Broken", lambda desk: 1 / 0)
    registry.add_tool("bad", "Bad", Bad, key="B")
"""


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    write_series(folder, slices=12, side=32)
    return folder


@pytest.fixture
def window(qtbot, tmp_path, images):
    places = [("test", write_plugin(tmp_path / "plugins", "mo_good", GOOD))]
    made = opened_window(qtbot, images, tmp_path / "findings.sqlite", places)
    yield made
    made.close()


def key(window, which, keys=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.pane.view, which, keys)


def place(window):
    return window.pane.view.stack.place_of(window.pane.view.shown.index)


def test_opening_a_folder_shows_its_series_with_its_first_window(window):
    view = window.pane.view
    assert view.shown is not None
    assert view.window_level.name == "Soft tissue"
    assert window.session.document.patient.name == "Doe^Jane"
    assert window.pane.view.hasFocus() or window.focusWidget() is view
    assert window.status.volume.text().endswith(" MB · full resolution")


def test_the_title_never_names_the_patient(window):
    assert window.windowTitle() == "MO Viewer"


def test_the_disclaimer_stands_in_the_window(window):
    assert DISCLAIMER in [label.text() for label in window.status.findChildren(QLabel)]


def test_keys_scroll_by_one_by_ten_and_to_the_ends(window):
    key(window, Qt.Key.Key_Home)
    assert place(window) == 0
    key(window, Qt.Key.Key_Down)
    key(window, Qt.Key.Key_Right)
    assert place(window) == 2
    key(window, Qt.Key.Key_PageDown)
    assert place(window) == 11
    key(window, Qt.Key.Key_Up)
    assert place(window) == 10
    key(window, Qt.Key.Key_PageUp)
    assert place(window) == 0
    key(window, Qt.Key.Key_End)
    assert place(window) == 11


def test_number_keys_are_presets_and_r_goes_back(window):
    view = window.pane.view
    key(window, Qt.Key.Key_2)
    assert (view.window_level.name, view.window_level.width, view.window_level.centre) == ("Bone", 2000, 350)
    key(window, Qt.Key.Key_7)
    assert (view.window_level.width, view.window_level.centre) == (1500, 300)
    key(window, Qt.Key.Key_0)
    assert view.window_level.name == "Auto"
    key(window, Qt.Key.Key_I)
    assert view.is_inverted
    view.set_framing(view.framing.zoomed(3, (10, 10)))
    fitted = view.framing.px_per_mm / 3
    key(window, Qt.Key.Key_R)
    assert view.window_level.name == "Soft tissue"
    assert not view.is_inverted
    assert view.framing.px_per_mm == pytest.approx(fitted)


def test_names_are_hidden_everywhere_with_one_key(window):
    shown = " ".join(label.text() for label in window.findChildren(QLabel))
    assert "Doe, Jane" in shown
    key(window, Qt.Key.Key_N)
    assert window.names_hidden
    hidden = " ".join(label.text() for label in window.findChildren(QLabel))
    assert "Doe" not in hidden
    assert window.pane.view.look(window.pane.view.shown).names_hidden
    key(window, Qt.Key.Key_N)
    assert not window.pane.view.names_hidden


def test_space_goes_through_three_states_of_words(window):
    for state in (Texts.LETTERS, Texts.NONE, Texts.ALL):
        key(window, Qt.Key.Key_Space)
        assert window.pane.view.texts is state


def test_a_still_right_click_opens_the_menu_at_the_cursor(window):
    at = QPoint(120, 140)
    QTest.mouseClick(window.pane.view, RIGHT, Qt.KeyboardModifier.NoModifier, at)
    menu = next(m for m in QApplication.topLevelWidgets() if isinstance(m, QMenu) and m.isVisible())
    assert menu.pos() == window.pane.view.mapToGlobal(at)
    assert {"Spot", "Reset", "DICOM tags …"} <= {action.text() for action in menu.actions()}
    menu.close()


def test_a_plugin_tool_marks_by_a_click_and_undo_and_redo_follow(window, qtbot):
    key(window, Qt.Key.Key_K)
    assert window.tools.name == "mo_good.tool.spot"
    view = window.pane.view
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(200, 200))
    (lesion,) = window.session.document.timepoints[0].lesions
    assert lesion.clicks_mm[0] == pytest.approx(view.point_at(QPointF(200, 200)))
    assert window.actions_table.qaction("undo").toolTip().startswith("Undo: Mark L1")
    key(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.session.document.timepoints == ()
    assert window.room.selected == ""
    key(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert window.session.document.timepoints[0].lesions == (lesion,)
    assert window.room.selected == "2.25.7"
    window.session.flush()
    assert wait_until(lambda: window.status.saved.text().startswith("Saved "), 5)


def word(window, text):
    return next(one for one in window.tool_row.findChildren(QToolButton) if one.text().startswith(text))


def test_a_tool_that_is_chosen_again_stays_in_hand_by_button_and_key_until_windowing_or_another(window):
    for _ in range(2):
        click(word(window, "Spot"), word(window, "Spot").rect().center())
        assert window.tools.name == "mo_good.tool.spot"
        assert word(window, "Spot").isChecked()
    key(window, Qt.Key.Key_K)
    assert window.tools.name == "mo_good.tool.spot"
    level = window.pane.view.window_level
    drag(window.pane.view, QPoint(200, 200), QPoint(230, 220))
    assert window.pane.view.window_level == level
    click(word(window, "Windowing"), word(window, "Windowing").rect().center())
    assert window.tools.name == "window"
    assert not word(window, "Spot").isChecked()
    key(window, Qt.Key.Key_T)
    assert window.tools.name == "pan"
    assert window.actions_table.qaction("tool.pan").isChecked()


def test_esc_puts_away_whatever_tool_is_in_hand(window):
    for begun in (Qt.Key.Key_K, Qt.Key.Key_M, Qt.Key.Key_T, Qt.Key.Key_J):
        key(window, begun)
        assert window.tools.name != "window"
        key(window, Qt.Key.Key_Escape)
        assert window.tools.name == "window"
        assert window.actions_table.qaction("tool.window").isChecked()


def test_the_magnifier_is_on_or_off(window):
    key(window, Qt.Key.Key_J)
    assert window.tools.name == "lens"
    key(window, Qt.Key.Key_J)
    assert window.tools.name == "window"


def test_panels_hear_of_findings_image_and_selection(window):
    panel = next(label for label in window.panels.findChildren(QLabel) if hasattr(label, "told"))
    assert "image" in panel.told
    window.room.select("2.25.9")
    assert panel.told[-1] == "selection"
    assert panel.text() == "2.25.9 True"


def test_the_picture_has_the_keys_again_after_a_plugin_has_started_an_action(window):
    window.study_list.setFocus()
    window.room.shell.act("tool.mo_good.tool.spot")
    assert window.focusWidget() is window.pane.view
    window.study_list.setFocus()
    window.room.shell.show_point((0.0, 0.0, 0.0))
    assert window.focusWidget() is window.pane.view


def test_a_command_that_fails_is_shown_and_the_viewer_lives(window):
    key(window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    assert any("ZeroDivisionError" in label.text() for label in window.panels.findChildren(QLabel))
    key(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert window.status.said.text() == "Spoken."


def test_broken_plugins_are_shown_with_their_reason_and_the_viewer_lives(qtbot, tmp_path, images):
    place = tmp_path / "plugins"
    write_plugin(place, "mo_a", GOOD)
    write_plugin(place, "mo_import", RAISES_AT_IMPORT)
    write_plugin(place, "mo_later", GOOD, api="2.0")
    write_plugin(place, "mo_draw", RAISES_AT_DRAW)
    window = opened_window(qtbot, images, tmp_path / "f.sqlite", [("test", place)])
    words = " ".join(label.text() for label in window.panels.findChildren(QLabel))
    assert "mo_import" in words
    assert "broken" in words
    assert "mo_later" in words
    assert "2.0" in words
    assert wait_until(lambda: window.pane.messages.messages, 5)
    (message,) = window.pane.messages.messages
    assert "mo_draw" in message.sentence
    assert "Traceback" in message.detail
    key(window, Qt.Key.Key_Home)
    assert place_is_drawn(window)
    window.close()


def place_is_drawn(window):
    return window.pane.view.grab().toImage().pixelColor(window.pane.view.rect().center()).red() > 0


def test_a_panel_and_a_tool_that_fail_give_way(qtbot, tmp_path, images):
    places = [("test", write_plugin(tmp_path / "plugins", "mo_bad", BAD_PANEL_AND_TOOL))]
    window = opened_window(qtbot, images, tmp_path / "f.sqlite", places)
    QApplication.processEvents()
    assert any("panel Broken" in label.text() for label in window.panels.findChildren(QLabel))
    key(window, Qt.Key.Key_B)
    QTest.mouseClick(window.pane.view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(200, 200))
    QApplication.processEvents()
    assert "slipped" in window.pane.messages.messages[0].sentence
    assert window.tools.name == "window"
    window.close()


def test_a_fault_can_be_copied_and_closed(window):
    window.show_fault(Fault("A thing went wrong.", "Do another.", "line 7"))
    buttons = window.centre.notices.line.findChildren(type(window.first_page.folder))
    copy, close = (next(one for one in buttons if one.text() == text) for text in ("Copy details", "Close"))
    QTest.mouseClick(copy, LEFT)
    assert QApplication.clipboard().text() == "A thing went wrong.\nDo another.\nline 7"
    QTest.mouseClick(close, LEFT)
    assert window.pane.messages.messages == ()
    assert wait_until(window.centre.notices.isHidden, 3)


def test_files_dropped_anywhere_are_opened(qtbot, tmp_path, images):
    window = open_window((), tmp_path / "f.sqlite", places=())
    qtbot.addWidget(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(images))])
    drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    window.drops.eventFilter(window, drop)
    assert wait_until(lambda: window.volume is not None, 20)
    window.close()


def test_a_series_dragged_from_the_study_list_into_the_picture_is_shown(qtbot, tmp_path, images):
    write_series(images, uid="1.2.3.2.1", study="1.2.3.2", date="2024-05-06", slices=4, side=24)
    window = opened_window(qtbot, images, tmp_path / "f.sqlite")
    shown = window.pane.series.source.series_uid
    model = window.study_list.studies.model()
    rows = [model.index(row) for row in range(model.rowCount())]
    other = next(row for row in rows if shown not in model.mimeData([row]).data(SERIES_MIME).data().decode())
    data = model.mimeData([other])
    drop = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    window.pane.dropEvent(drop)
    assert wait_until(lambda: window.volume is not None and window.volume.source.series_uid != shown, 20)
    window.close()


def test_findings_are_there_again_in_the_next_window(qtbot, tmp_path, images):
    places = [("test", write_plugin(tmp_path / "plugins", "mo_good", GOOD))]
    first = opened_window(qtbot, images, tmp_path / "findings.sqlite", places)
    key(first, Qt.Key.Key_K)
    QTest.mouseClick(first.pane.view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(200, 200))
    marked = first.session.document.timepoints[0].lesions
    first.close()
    second = opened_window(qtbot, images, tmp_path / "findings.sqlite", places)
    assert second.session.document.timepoints[0].lesions == marked
    assert second.room.selected == "2.25.7"
    assert "1 lesion" in [badge.text for badge in second.study_list.studies.rows.rows[0].badges]
    second.close()


def test_a_store_that_cannot_be_opened_is_said_and_the_images_can_still_be_read(qtbot, tmp_path, images):
    with closing(sqlite3.connect(tmp_path / "findings.sqlite")) as newer:
        newer.execute("PRAGMA user_version = 99")
    window = open_window([images], tmp_path / "findings.sqlite", places=())
    qtbot.addWidget(window)
    assert wait_until(lambda: window.volume is not None, 20)
    assert "not be kept" in window.pane.messages.messages[0].hint
    window.close()


def test_closing_leaves_no_thread(qtbot, tmp_path, images):
    before = set(threading.enumerate())
    window = open_window([images], tmp_path / "f.sqlite", places=())
    qtbot.addWidget(window)
    QApplication.processEvents()
    window.close()
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert left == []


def test_every_action_has_a_title_and_a_tip_and_no_two_share_a_key(window):
    keys = [key for action in window.actions_table.all for key in action.keys]
    assert len(keys) == len(set(keys))
    for action in window.actions_table.all:
        assert action.title
        assert window.actions_table.qaction(action.name).toolTip()


def test_the_palette_finds_and_does(window):
    key(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = next(w for w in QApplication.topLevelWidgets() if w.objectName() == "palette" and w.isVisible())
    QTest.keyClicks(palette.search, "inver")
    assert palette.list.topLevelItem(0).text(0) == "Invert"
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.pane.view.is_inverted


def test_a_picture_can_be_copied_with_and_without_names(window):
    window.act("copy_named")
    image = QApplication.clipboard().image()
    assert image.size() == window.pane.view.size() * 2
    named = np.frombuffer(image.constBits(), np.uint8).copy()
    window.act("copy_picture")
    nameless = np.frombuffer(QApplication.clipboard().image().constBits(), np.uint8)
    assert (named != nameless).any()
