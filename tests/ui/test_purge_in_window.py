"""A patient is removed for good from the window: asked first, written down, nothing left in memory or on disk."""

from contextlib import closing

import pytest
from hands import CTRL, LEFT, NONE
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.base.faults import Unwritable
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.session.audit import RECORD
from mo_viewer.session.store import Store
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.study_rows import study_key


@pytest.fixture
def window(qtbot, tmp_path):
    images = tmp_path / "images"
    write_series(images)
    write_series(images, uid="1.2.4.1.1", study="1.2.4.1", patient="Roe^Richard", patient_id="P2", date="2023-01-01")
    window = opened_window(qtbot, images, tmp_path / "store" / "f.sqlite")
    for series in window.library.series:
        window.show_series(series)
        mark(window, "L1")
        mark(window, "L2")
    window.show_series(next(s for s in window.library.series if s.source.patient.id == "P1"))
    yield window
    window.close()


def mark(window, label):
    document, source = window.session.document, window.pane.series.source
    lesion = Lesion(f"2.25.{label[1:]}", label, ((1.0, 2.0, 3.0),))
    window.session.change("Mark", document.with_lesion(Timepoint(source.study_uid, source.series_uid), lesion))


def labels(window):
    return [lesion.label for timepoint in window.session.document.timepoints for lesion in timepoint.lesions]


def stored(window):
    with closing(Store(window.session.audit.path.with_name("f.sqlite"))) as store:
        return [store.head(key).document.patient.id for key in store.patients()]


def answers(verb):
    """Press a button of the next question by mouse; returns what the question said."""
    said = []

    def press():
        asked = QApplication.activeModalWidget()
        if not isinstance(asked, QMessageBox):
            QTimer.singleShot(20, press)
            return
        said.append((asked.text(), asked.informativeText()))
        button = next(one for one in asked.buttons() if one.text() == verb)
        QTest.mouseClick(button, LEFT, NONE, button.rect().center())

    QTimer.singleShot(20, press)
    return said


def choose_in_study_list(window, patient_id):
    """Right click on a patient's study, then click on the entry."""
    listed = window.study_list.studies
    key = next(study_key(study) for study in window.library.studies if study.patient.id == patient_id)
    row = next(row for row, one in enumerate(listed.rows.rows) if one.key == key)
    at = listed.visualRect(listed.model().index(row, 0)).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.RightButton, NONE, at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, listed.viewport().mapToGlobal(at))
    QApplication.sendEvent(listed.viewport(), event)
    menu = next(top for top in QApplication.topLevelWidgets() if isinstance(top, QMenu) and top.isVisible())
    entry = next(action for action in menu.actions() if action.text().startswith("Remove this patient"))
    QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(entry).center())


def test_a_right_click_in_the_study_list_removes_that_patient_and_no_other(window, tmp_path):
    said = answers("Remove for good")
    choose_in_study_list(window, "P1")
    assert wait_until(lambda: said and window.jobs.is_idle and labels(window) == [], 10)
    question, more = said[0]
    assert "Doe, Jane" in question
    assert "2 lesions in 1 study, with masks and 3 states of history" in more
    assert "cannot be undone" in more
    assert window.session.undo_title == ""
    window.session.undo()
    assert labels(window) == []
    assert stored(window) == ["P2"]
    for file in (tmp_path / "store").iterdir():
        assert b"Doe^Jane" not in file.read_bytes(), file.name
    last = [entry for entry in window.session.audit.entries() if entry.action == "D"]
    assert [(entry.event, entry.patient, entry.detail) for entry in last] == [(RECORD, "", "removed for good")]
    assert window.session.audit.broken_at() is None


def test_a_removed_patient_can_be_marked_anew(window):
    said = answers("Remove for good")
    window.extras.purging.ask()
    assert wait_until(lambda: said and window.jobs.is_idle and labels(window) == [], 10)
    mark(window, "L3")
    window.session.flush()
    assert not window.session.is_overtaken
    assert sorted(stored(window)) == ["P1", "P2"]


def test_the_palette_reaches_it_and_keep_keeps(window):
    said = answers("Keep")
    QTest.keyClick(window.pane.view, Qt.Key.Key_K, CTRL)
    palette = next(top for top in QApplication.topLevelWidgets() if top.objectName() == "palette" and top.isVisible())
    QTest.keyClicks(palette.focusWidget() or palette, "remove this patient")
    QTest.keyClick(palette.focusWidget() or palette, Qt.Key.Key_Return)
    assert wait_until(lambda: said and window.jobs.is_idle, 10)
    assert labels(window) == ["L1", "L2"]
    assert sorted(stored(window)) == ["P1", "P2"]


def test_names_that_are_hidden_stay_hidden_in_the_question(window):
    window.toggle_names()
    said = answers("Keep")
    window.act("purge")
    assert wait_until(lambda: said and window.jobs.is_idle, 10)
    assert "Doe" not in str(said)


def test_the_other_patient_can_be_removed_while_one_is_shown(window):
    said = answers("Remove for good")
    choose_in_study_list(window, "P2")
    assert wait_until(lambda: said and window.jobs.is_idle and stored(window) == ["P1"], 10)
    assert "Roe, Richard" in said[0][0]
    assert labels(window) == ["L1", "L2"]
    window.show_series(next(s for s in window.library.series if s.source.patient.id == "P2"))
    assert labels(window) == []


def test_where_nothing_is_kept_nothing_is_asked(qtbot, tmp_path):
    write_series(tmp_path / "images")
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    window.act("purge")
    assert wait_until(lambda: window.jobs.is_idle, 10)
    assert QApplication.activeModalWidget() is None
    window.close()


def test_a_removal_that_fails_is_said_and_the_findings_are_back(window, monkeypatch):
    def fails(*_):
        raise Unwritable("A backup or the cache could not be removed; the findings are still there.", "Try again.")

    monkeypatch.setattr("mo_viewer.session.session.purge", fails)
    said = answers("Remove for good")
    window.act("purge")
    assert wait_until(lambda: said and window.jobs.is_idle and window.pane.messages.messages, 10)
    assert "still there" in window.pane.messages.messages[0].sentence
    assert labels(window) == ["L1", "L2"]
    assert sorted(stored(window)) == ["P1", "P2"]


def test_the_picture_has_no_entry_for_it(window):
    from mo_viewer.ui.context_menu import context_menu

    menu = context_menu(window, QPoint())
    entries = [action for home in (menu, *menu.findChildren(QMenu)) for action in home.actions()]
    assert len(entries) > 30
    assert not [action.text() for action in entries if "for good" in action.text()]
    assert "purge" in window.actions_table
