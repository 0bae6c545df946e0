"""The menu at the cursor: short, and only what can be done there."""

import pytest
from hands import drag, key
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.context_menu import context_menu
from mo_viewer.ui.palette import Palette

MIDDLE = QPoint(250, 230)


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "images" / "then", uid="1.2.3.7.1", study="1.2.3.7", date="2023-01-02", slices=6, side=64)
    write_series(tmp_path / "images" / "now", slices=6, side=64)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", plugin_places(), size=(1366, 768))
    yield made
    made.close()


def rows(menu):
    return [action for action in menu.actions() if not action.isSeparator()]


def at(window, place=MIDDLE):
    return window.pane.view.mapToGlobal(place)


def titles(window, place=MIDDLE):
    return [action.text() for action in rows(context_menu(window, at(window, place)))]


def mark_lesion(window):
    document, source = window.session.document, window.pane.series.source
    lesion = Lesion("2.25.1", "L1", ((1.0, 2.0, 3.0),))
    window.session.change("Mark", document.with_lesion(Timepoint(source.study_uid, source.series_uid), lesion))


def assert_short_and_alive(window):
    menu = context_menu(window, at(window))
    assert 8 < len(rows(menu)) <= 14
    assert menu.sizeHint().height() < 500
    every = [action for home in (menu, *menu.findChildren(QMenu)) for action in rows(home)]
    assert [action.text() for action in every if not action.isEnabled()] == []


def test_it_is_short_and_holds_nothing_dead(window):
    assert_short_and_alive(window)
    assert "Lesion" not in titles(window)
    mark_lesion(window)
    assert_short_and_alive(window)
    assert {"Mark calcification", "Lesion", "Compare"} <= set(titles(window))


def test_the_tags_stand_in_it_and_all_else_is_reached_from_its_last_row(window):
    assert "DICOM tags …" in titles(window)
    assert titles(window)[-1] == "Find action …"


def test_over_a_chosen_measurement_it_is_about_that(window):
    view = window.pane.view
    key(view, Qt.Key.Key_L)
    drag(view, QPoint(200, 200), QPoint(300, 260))
    assert window.extras.marks.has_chosen()
    mark_lesion(window)
    assert_short_and_alive(window)
    assert titles(window)[:3] == ["Name measurement …", "Delete measurement", "Copy values"]


def test_far_from_the_chosen_measurement_it_is_not_about_that(window):
    view = window.pane.view
    key(view, Qt.Key.Key_L)
    drag(view, QPoint(200, 200), QPoint(300, 260))
    assert "Delete measurement" in titles(window, QPoint(310, 280))
    assert "Delete measurement" not in titles(window, QPoint(450, 500))
    assert window.extras.marks.has_chosen()
    key(view, Qt.Key.Key_Delete)
    assert not window.extras.marks.has_any()


def test_inside_the_chosen_outline_it_is_about_that(window):
    window.act("tool.mark.ellipse")
    drag(window.pane.view, QPoint(150, 150), QPoint(400, 400))
    assert "Delete measurement" in titles(window, QPoint(275, 275))


def test_what_a_plugin_adds_is_found_by_its_other_words(window):
    window.act("palette")
    palette = window.findChildren(Palette)[-1]
    palette.search.setText("volume")
    listed = [palette.list.topLevelItem(n).text(0) for n in range(palette.list.topLevelItemCount())]
    palette.close()
    assert "Mark calcification" in listed[:3]


def test_a_command_that_needs_a_lesion_says_so_where_there_is_none(window):
    key(window.pane.view, Qt.Key.Key_Delete)
    (said,) = window.pane.messages.messages
    assert "No lesion of this study is selected" in said.sentence
    mark_lesion(window)
    key(window.pane.view, Qt.Key.Key_Delete)
    assert not window.session.document.timepoints[0].lesions
