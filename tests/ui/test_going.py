"""Keys lead to the next series of a study and to the patient's study before or after."""

import pytest
from hands import CTRL, SHIFT, key
from PySide6.QtCore import Qt
from shown_window import opened_window
from small_studies import write_object, write_series

from mo_viewer.ui.app import wait_until

DOWN, UP = Qt.Key.Key_PageDown, Qt.Key.Key_PageUp
THEN, NOW = "1.2.3.7", "1.2.3.1"


@pytest.fixture
def window(qtbot, tmp_path):
    images = tmp_path / "images"
    write_series(images / "then", uid=f"{THEN}.1", study=THEN, date="2023-01-02", slices=6)
    write_series(images / "now", uid=f"{NOW}.1", study=NOW, slices=8)
    write_series(images / "more", uid=f"{NOW}.2", study=NOW, slices=4)
    write_object(images / "said", uid=f"{NOW}.9", study=NOW)
    write_series(images / "else", uid="1.2.3.8.1", study="1.2.3.8", patient="Roe^Rob", patient_id="P2", slices=4)
    made = opened_window(qtbot, images, tmp_path / "f.sqlite")
    made.show_series(next(one for one in made.library.series if one.source.series_uid == f"{NOW}.1"))
    yield made
    made.close()


def shown(window):
    assert wait_until(lambda: window.jobs.is_idle, 10)
    return window.pane.series.source.series_uid


def said(window):
    return " ".join(message.sentence for message in window.pane.messages.messages)


def test_series_follow_each_other_and_the_last_one_says_so(window):
    view = window.pane.view
    key(view, DOWN, CTRL)
    assert shown(window) == f"{NOW}.2"
    assert window.study_list.series.selected
    key(view, DOWN, CTRL)
    assert shown(window) == f"{NOW}.2"
    assert "last series of its study" in said(window)
    key(view, UP, CTRL)
    assert shown(window) == f"{NOW}.1"
    assert said(window) == ""


def test_studies_of_the_patient_follow_each_other_and_never_another_patients(window):
    view = window.pane.view
    key(view, DOWN, CTRL | SHIFT)
    assert shown(window) == f"{THEN}.1"
    key(view, DOWN, CTRL | SHIFT)
    assert shown(window) == f"{THEN}.1"
    assert "No earlier study of this patient is open" in said(window)
    key(view, UP, CTRL | SHIFT)
    assert window.pane.series.source.study_uid == NOW
    key(view, UP, CTRL | SHIFT)
    assert "No later study of this patient is open" in said(window)


def test_the_keys_stand_in_the_sheet_and_belong_to_nothing_else(window):
    table = window.actions_table
    keys = [one for action in table.all for one in action.keys]
    for name in ("series.+1", "series.-1", "study.+1", "study.-1"):
        assert all(keys.count(one) == 1 for one in table.action(name).keys)
    window.act("sheet")
    window.extras.sheet.search.setText("earlier study")
    assert window.extras.sheet.tree.topLevelItem(0).child(0).text(1) == "Ctrl+Shift+PgDown"
    window.extras.sheet.close()
