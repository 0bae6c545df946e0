"""Studies under two patient IDs: asked about once, by mouse and keys; one list and one comparison after a yes."""

from contextlib import closing

import pytest
from hands import CTRL, LEFT, NONE, SHIFT, click, drag, key
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMenu, QPushButton
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.session.audit import RECORD
from mo_viewer.session.store import Store
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.same_dialog import SameDialog
from mo_viewer.ui.study_rows import study_key

TOWN, UNIVERSITY = "1.2.3.1", "1.2.4.1"


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    write_series(folder, uid=f"{TOWN}.1", study=TOWN, slices=4, side=32)
    write_series(
        folder, uid=f"{UNIVERSITY}.1", study=UNIVERSITY, patient="Doe-Roe^Jane", patient_id="U-7", date="2023-01-01",
        slices=4, side=32,
    )  # fmt: skip
    return folder


@pytest.fixture
def window(qtbot, tmp_path, images):
    made = opened_window(qtbot, images, tmp_path / "f.sqlite")
    show(made, TOWN)
    yield made
    made.close()


def show(window, study):
    window.show_series(next(one for one in window.library.series if one.source.study_uid == study))
    assert wait_until(lambda: window.volume is not None and window.volume.source.study_uid == study, 20)


def sentences(window):
    return [message.sentence for message in window.pane.messages.messages]


def press(holder, words):
    button = next(one for one in holder.findChildren(QPushButton) if one.text() == words and one.isVisible())
    QTest.mouseClick(button, LEFT, NONE, button.rect().center())


def answers(words, choose=None):
    """Press a button of the next question by mouse; returns what the question said."""
    said = []

    def act():
        asked = QApplication.activeModalWidget()
        if not isinstance(asked, SameDialog):
            QTimer.singleShot(20, act)
            return
        if choose is not None:
            combo = asked.findChild(QComboBox)
            combo.setFocus()
            QTest.keyClicks(combo, choose)
        QApplication.processEvents()
        said.extend(label.text().strip("\u2068\u2069") for label in asked.findChildren(QLabel))
        press(asked, words)

    QTimer.singleShot(20, act)
    return said


def say_same(window, words="Same patient"):
    said = answers(words)
    press(window.centre.notices, "Same patient …")
    assert wait_until(lambda: said and window.jobs.is_idle, 10)
    take_keys(window)
    return said


def take_keys(window):
    """Be the active window again after a question, as a window manager would have it."""
    window.activateWindow()
    assert wait_until(window.isActiveWindow, 10)


def is_one(window):
    return len({study.patient.key for study in window.library.studies}) == 1


def headings(window):
    return [row.strong for row in window.study_list.studies.rows.rows if row.heading]


def test_it_is_asked_at_the_top_of_the_picture_without_a_name_and_nothing_is_joined(window):
    (sentence,) = sentences(window)
    assert sentence == (
        "Studies of two patient IDs may be of one person: birth date and sex agree; name and patient ID differ."
    )
    assert not is_one(window)
    assert len(headings(window)) == 2
    assert window.panes.has_prior() is False


def test_the_question_shows_both_and_a_yes_makes_one_list_and_one_comparison(window):
    said = say_same(window)
    for words in ("Doe, Jane", "Doe-Roe, Jane", "1980-01-02", "P1", "U-7", "agrees", "differs"):
        assert words in said
    assert wait_until(lambda: is_one(window), 10)
    assert headings(window) == []
    badges = {row.strong: [badge.text for badge in row.badges] for row in window.study_list.studies.rows.rows}
    assert {date: "other ID" in texts for date, texts in badges.items()} == {"2024-03-04": False, "2023-01-01": True}
    assert window.session.document.patient.id == "P1"
    assert window.panes.has_prior()
    key(window.pane.view, Qt.Key.Key_P, SHIFT)
    assert wait_until(lambda: [p.series is not None for p in window.workspace.panes] == [True, True], 10)
    assert [p.series.source.study_uid for p in window.workspace.panes] == [UNIVERSITY, TOWN]
    assert window.jobs.is_idle or wait_until(lambda: window.jobs.is_idle, 30)
    assert {r.from_study for r in window.session.document.registrations} == {UNIVERSITY}


def test_the_answer_is_audited_and_kept_and_nobody_is_asked_again(qtbot, window, images, tmp_path):
    say_same(window)
    window.session.flush()
    details = [(entry.event, entry.detail) for entry in window.session.audit.entries()]
    theirs = window.session.document.joined[0].key
    assert (RECORD, f"Same patient as {theirs}") in details
    window.close()
    with closing(opened_window(qtbot, images, tmp_path / "f.sqlite")) as again:
        assert is_one(again)
        assert sentences(again) == []
        show(again, UNIVERSITY)
        assert again.session.document.patient.id == "P1"


def test_undo_by_key_parts_them_and_the_shown_picture_is_its_own_patients(window):
    say_same(window)
    show(window, UNIVERSITY)
    assert window.session.document.patient.id == "P1"
    key(window.pane.view, Qt.Key.Key_Z, CTRL)
    assert wait_until(lambda: not is_one(window) and window.session.document.patient.id == "U-7", 10)
    assert len(headings(window)) == 2
    assert window.volume.source.patient.key == window.session.document.patient.key
    assert "Doe-Roe" in window.study_list.patient.name.whole


def test_a_mark_on_the_other_ids_picture_belongs_to_the_person_and_goes_back_when_they_are_parted(window):
    say_same(window)
    show(window, UNIVERSITY)
    key(window.pane.view, Qt.Key.Key_M)
    drag(window.pane.view, QPoint(100, 200), QPoint(180, 240))
    (timepoint,) = window.session.document.timepoints
    assert window.session.document.patient.id == "P1"
    assert timepoint.identity == window.session.document.joined[0].key
    window.act("patient.part")
    assert wait_until(lambda: not is_one(window) and window.session.document.patient.id == "U-7", 10)
    assert [t.study_uid for t in window.session.document.timepoints] == [UNIVERSITY]
    show(window, TOWN)
    assert window.session.document.timepoints == ()


def test_different_people_are_not_asked_about_again(qtbot, window, images, tmp_path):
    say_same(window, "Different people")
    assert not is_one(window)
    window.close()
    with closing(opened_window(qtbot, images, tmp_path / "f.sqlite")) as again:
        assert sentences(again) == []
    with closing(Store(tmp_path / "f.sqlite")) as store:
        (head,) = [store.head(one).document for one in store.patients()]
    assert [one.patient.name for one in head.identities] == [""]


def test_deciding_later_or_enter_joins_nobody(window):
    say_same(window, "Decide later")
    assert not is_one(window)
    assert window.session.document.identities == ()
    answered = []

    def enter():
        asked = QApplication.activeModalWidget()
        if not isinstance(asked, SameDialog) or not asked.isActiveWindow():
            QTimer.singleShot(20, enter)
            return
        key(QApplication.focusWidget() or asked, Qt.Key.Key_Return)
        answered.append((asked.answer, asked.isVisible()))
        asked.close()

    QTimer.singleShot(20, enter)
    key(window.pane.view, Qt.Key.Key_P, CTRL | SHIFT)
    assert wait_until(lambda: answered == [(None, False)], 10)
    assert not is_one(window)


def test_with_names_hidden_the_question_shows_no_name(window):
    window.toggle_names()
    said = " ".join(say_same(window, "Decide later"))
    assert "hidden" in said
    for words in ("Doe", "1980", "U-7", "P1"):
        assert words not in said


def test_a_right_click_on_a_study_of_anybody_asks_and_parts_again(qtbot, tmp_path):
    folder = tmp_path / "images"
    write_series(folder, uid=f"{TOWN}.1", study=TOWN)
    write_series(folder, uid=f"{UNIVERSITY}.1", study=UNIVERSITY, patient="Anon", patient_id="A1", date="2023-01-01")
    window = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    show(window, TOWN)
    assert sentences(window) == []
    said = answers("Same patient")
    choose(window, UNIVERSITY, "Same patient …")
    assert wait_until(lambda: said and is_one(window), 10)
    choose(window, UNIVERSITY, "Not the same patient")
    assert wait_until(lambda: not is_one(window), 10)
    assert window.session.document.patient.id == "P1"
    window.close()


def choose(window, study_uid, words):
    """Right click on a study, then click on an entry of its menu."""
    listed = window.study_list.studies
    wanted = next(study_key(study) for study in window.library.studies if study.study_uid == study_uid)
    row = next(row for row, one in enumerate(listed.rows.rows) if one.key == wanted)
    at = listed.visualRect(listed.model().index(row, 0)).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.RightButton, NONE, at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, listed.viewport().mapToGlobal(at))
    QApplication.sendEvent(listed.viewport(), event)
    menu = next(top for top in QApplication.topLevelWidgets() if isinstance(top, QMenu) and top.isVisible())
    entry = next(action for action in menu.actions() if action.text() == words)
    QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(entry).center())


def test_two_panes_with_both_ids_share_the_findings_after_a_yes(window):
    window.act("layout.1x2")
    left, right = window.workspace.panes
    window.workspace.activate(right)
    show(window, UNIVERSITY)
    assert window.session.document.patient.id == "U-7"
    window.workspace.activate(left)
    show(window, TOWN)
    said = answers("Same patient")
    key(left.view, Qt.Key.Key_P, CTRL | SHIFT)
    assert wait_until(lambda: said and is_one(window), 10)
    assert sentences(window) == []
    assert left.volume.source.patient.key == right.volume.source.patient.key
    click(right.view, QPoint(100, 100))
    assert window.session.document.patient.id == "P1"
    assert right.volume.source.patient.id == "U-7"
