"""How what can be done is found: lists end with a whole row, what was typed comes first, the tool in hand is said."""

import numpy as np
import pytest
from hands import CTRL, click, drag, hover, key, press, release
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QTreeWidget
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.paths import bundled
from mo_viewer.ui import theme
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.palette import Palette
from mo_viewer.ui.picture_acts import picture_of
from mo_viewer.ui.preferences.keys import KeysPage
from mo_viewer.ui.search_words import SEARCH_WORDS
from mo_viewer.ui.shortcut_sheet import ShortcutSheet
from mo_viewer.ui.tag_browser import TagBrowser
from tests.pictures.pictures_compare import pixels


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("name", "kind"), [("preferences", KeysPage), ("tags", TagBrowser), ("palette", Palette), ("sheet", ShortcutSheet)]
)
@pytest.mark.parametrize("height", [500, 511, 523])
def test_the_last_row_that_is_seen_is_whole(qtbot, window, name, kind, height):
    window.act(name)
    qtbot.waitUntil(lambda: window.findChild(kind) is not None and window.findChild(kind).isVisible())
    top = window.findChild(kind).window()
    top.resize(top.width(), height)
    tree = window.findChild(kind).findChild(QTreeWidget)
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    QTest.qWait(30)
    rows = [tree.visualItemRect(tree.topLevelItem(n)) for n in range(tree.topLevelItemCount())]
    seen = [row for row in rows if row.top() < tree.viewport().height()]
    assert len(seen) < len(rows) or tree.topLevelItem(0).childCount()
    assert all(row.bottom() < tree.viewport().height() for row in seen)
    top.close()


def titles(window, typed):
    window.act("palette")
    palette = window.findChildren(Palette)[-1]
    QTest.keyClicks(palette.search, typed)
    listed = [palette.list.topLevelItem(n).text(0) for n in range(palette.list.topLevelItemCount())]
    palette.close()
    return listed


def test_what_begins_with_the_words_typed_comes_first(window):
    assert titles(window, "save")[0].startswith("Save")
    assert titles(window, "length")[0] == "Length"
    assert titles(window, "picture")[0] != titles(window, "save pic")[0] == "Save picture"
    assert titles(window, "undo")[0] == "Undo"
    assert not window.session.undo_title


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("distance", "Length"),
        ("ruler", "Length"),
        ("caliper", "Length"),
        ("roi", "Ellipse"),
        ("region", "Polygon"),
        ("area", "Ellipse"),
        ("lasso", "Freehand region"),
        ("outline", "Freehand region"),
        ("header", "DICOM tags"),
        ("metadata", "DICOM tags"),
        ("print", "Export"),
        ("pdf", "Export"),
        ("w/l", "Windowing"),
        ("contrast", "Windowing"),
        ("brightness", "Windowing"),
        ("prior", "Compare with prior"),
        ("rotate", "Turn right"),
        ("3d", "Surfaces in space"),
        ("annotate", "Arrow with text"),
        ("screenshot", "Save picture"),
        ("anonymise", "Hide names"),
        ("pacs", "Archives"),
        ("settings", "Preferences"),
        ("help", "Keys and mouse"),
        ("recist", "Long and short axis"),
        ("take back", "Undo"),
    ],
)
def test_an_action_is_found_by_what_radiologists_call_it(window, typed, wanted):
    assert wanted in titles(window, typed)[:6]


def test_what_makes_a_lesion_and_what_only_measures_say_so_in_name_and_tip(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", [("bundled", bundled("plugins"))])
    lesion = window.actions_table.action("tool.mo_ossification.tool.region")
    region = window.actions_table.action("tool.mark.freehand")
    assert (lesion.title, lesion.group) == ("Outline a lesion", "Contour")
    assert lesion.tip.startswith("Makes a lesion")
    assert (region.title, region.group) == ("Freehand region", "Measure")
    assert "makes no lesion" in region.tip
    assert titles(window, "outline")[0] == "Outline a lesion"
    assert "Freehand region" in titles(window, "outline")
    window.close()


def test_every_search_word_belongs_to_an_action(window):
    assert set(SEARCH_WORDS) <= {action.name for action in window.actions_table.all}


def test_the_sheet_of_keys_finds_them_by_those_words_too(window):
    window.act("sheet")
    window.extras.sheet.search.setText("ruler")
    tree = window.extras.sheet.tree
    assert tree.topLevelItem(0).child(0).text(0) == "Length"
    window.extras.sheet.close()


def test_a_search_that_finds_nothing_says_so(window):
    window.act("palette")
    palette = window.findChildren(Palette)[-1]
    assert not palette.nothing.isVisible()
    QTest.keyClicks(palette.search, "xylophone")
    assert palette.nothing.isVisible()
    assert "xylophone" in palette.nothing.text()
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    palette.search.clear()
    assert not palette.nothing.isVisible()
    palette.close()


def test_what_cannot_be_done_now_comes_last_where_nothing_is_typed(window):
    table = window.actions_table
    able = {a.title.removesuffix(" …"): a.enabled is None or a.enabled() for a in table.all}
    found = [able[title] for title in titles(window, "")]
    assert found == sorted(found, reverse=True)
    assert not all(found)


def said_on_the_screen(window):
    """How many caution-coloured pixels the picture has on the screen, and as it is saved."""
    view = window.pane.view
    shown, saved = pixels(view.grab().toImage()), pixels(picture_of(view, 1.0, words=True))
    yellow = [QColor(theme.CAUTION).red(), QColor(theme.CAUTION).green(), QColor(theme.CAUTION).blue()]
    return tuple(int((np.abs(image.astype(int) - yellow).max(axis=-1) < 8).sum()) for image in (shown, saved))


def test_the_picture_says_which_tool_is_in_hand_until_esc_and_does_not_save_it(window):
    before = said_on_the_screen(window)
    key(window.pane.view, Qt.Key.Key_L)
    assert window.tools.grip.title == "Length"
    shown, saved = said_on_the_screen(window)
    assert shown > before[0] + 20
    assert saved == before[1]
    key(window.pane.view, Qt.Key.Key_Escape)
    assert window.tools.grip.title == ""
    assert said_on_the_screen(window) == before


def test_the_name_of_the_tool_in_hand_is_away_while_something_is_drawn_and_where_the_mouse_is(window):
    view = window.pane.view
    far, near = QPoint(view.width() // 2, view.height() // 4), QPoint(view.width() // 2, view.height() - 70)
    hover(view, far)
    without = said_on_the_screen(window)[0]
    window.act("tool.mark.polygon")
    hover(view, far)
    said = said_on_the_screen(window)[0]
    assert said > without + 20
    hover(view, near)
    assert said_on_the_screen(window)[0] == without
    hover(view, far)
    assert said_on_the_screen(window)[0] == said
    click(view, far)
    hover(view, far + QPoint(20, 10))
    assert window.tools.grip.is_busy
    assert said_on_the_screen(window)[0] == without
    key(view, Qt.Key.Key_Escape)
    window.act("tool.mark.freehand")
    press(view, far)
    assert said_on_the_screen(window)[0] == without
    release(view, far)
    assert said_on_the_screen(window)[0] > without + 20


def test_no_line_crosses_the_name_of_the_tool_in_hand(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=8, side=64)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(1366, 768))
    window.act("layout.mpr")
    view = window.pane.view
    assert wait_until(lambda: window.jobs.is_idle and view.shown is not None, 20)
    without = pixels(view.grab().toImage())
    key(view, Qt.Key.Key_L)
    named = pixels(view.grab().toImage())
    apart = np.abs(named.astype(int) - without).max(axis=-1) > 60
    middle = apart[view.height() // 2 + 60 :, view.width() // 2 - 100 : view.width() // 2 + 100]
    rows = np.flatnonzero((middle & is_like(named, theme.CAUTION)[-middle.shape[0] :, _columns(view)]).any(axis=1))
    band = named[-middle.shape[0] :, _columns(view)][rows[0] : rows[-1] + 1]
    assert rows[-1] - rows[0] < 20
    assert not (band[:, :, 2].astype(int) > band[:, :, 0] + 20).any()  # blue, as the lines are
    window.close()


def _columns(view):
    return slice(view.width() // 2 - 100, view.width() // 2 + 100)


def is_like(image, colour):
    wanted = [QColor(colour).red(), QColor(colour).green(), QColor(colour).blue()]
    return np.abs(image.astype(int) - wanted).max(axis=-1) < 30


def test_a_picture_is_saved_from_the_row_of_words(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(1920, 1080))
    words = [one for one in window.tool_row.findChildren(QToolButton) if one.text().startswith("Save picture")]
    assert len(words) == 1
    assert words[0].isVisible()
    titles = [one.text() for one in window.tool_row.findChildren(QToolButton)]
    assert "Presets ▾" in titles
    assert not any(title.startswith("Windows") for title in titles)
    window.close()


def test_undo_and_redo_say_what_they_did(window):
    view = window.pane.view
    key(view, Qt.Key.Key_L)
    drag(view, QPoint(200, 200), QPoint(300, 260))
    title = window.session.undo_title
    assert title
    key(view, Qt.Key.Key_Z, CTRL)
    assert f"Undone: {title}." in said_below(window)
    key(view, Qt.Key.Key_Y, CTRL)
    assert f"Done again: {title}." in said_below(window)


def said_below(window):
    return [label.text() for label in window.status.findChildren(QLabel)]


def test_a_saved_picture_says_nothing_of_the_pointer(window):
    view = window.pane.view
    view.point_mouse_at(None)
    before = picture_of(view, 1.0)
    hover(view, QPoint(200, 200))
    assert view.under_cursor is not None
    assert picture_of(view, 1.0) == before
