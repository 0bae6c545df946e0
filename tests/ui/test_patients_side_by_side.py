"""Two patients in two panes: findings always go to the one whose picture is under the hand."""

import numpy as np
import pytest
from hands import click, drag, key
from PySide6.QtCore import QPoint, Qt
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.findings.mark import MarkKind
from mo_viewer.ui.app import wait_until


@pytest.fixture
def window(qtbot, tmp_path):
    folder = tmp_path / "images"
    write_series(folder, slices=4, side=32)
    write_series(folder, uid="1.2.4.1.1", study="1.2.4.1", patient="Roe^Richard", patient_id="P2", slices=4, side=32)
    made = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    made.act("layout.1x2")
    for pane, uid in zip(made.workspace.panes, ("1.2.3.1.1", "1.2.4.1.1"), strict=True):
        made.workspace.activate(pane)
        made.show_series(next(one for one in made.library.series if one.source.series_uid == uid))
        assert wait_until(lambda pane=pane: pane.volume is not None, 20)
    yield made
    made.close()


def test_a_click_into_a_pane_makes_its_patient_current(window):
    left, right = window.workspace.panes
    assert window.session.document.patient.id == "P2"
    click(left.view, QPoint(100, 100))
    assert window.session.document.patient.id == "P1"
    assert "Doe" in window.study_list.patient.name.whole
    click(right.view, QPoint(100, 100))
    assert window.session.document.patient.id == "P2"


def test_a_mark_is_kept_with_the_patient_it_was_drawn_on(window):
    left, right = window.workspace.panes
    key(window.pane.view, Qt.Key.Key_M)
    for pane, patient in ((left, "P1"), (right, "P2"), (left, "P1")):
        drag(pane.view, QPoint(100, 200), QPoint(180, 240))
        document = window.session.document
        assert document.patient.id == patient
        assert {timepoint.study_uid for timepoint in document.timepoints} == {pane.volume.source.study_uid}


def test_a_mark_never_gets_into_another_patients_findings(window):
    left, _ = window.workspace.panes
    board = window.extras.marks.board
    told = []
    board._told = told.append
    mark = board.made(MarkKind.LENGTH, np.array([[0.0, 0.0], [5.0, 5.0]]), left.view.shown)
    board.add(mark, left.volume)
    assert window.session.document.patient.id == "P2"
    assert window.session.document.timepoints == ()
    assert "another patient" in told[0].sentence


def test_a_series_picked_in_the_list_has_no_other_patient_beside_it(window):
    picked = next(one for one in window.library.series if one.source.series_uid == "1.2.4.1.1")
    window.study_list.chosen.emit(picked)
    assert [pane.series for pane in window.workspace.panes] == [picked]


def test_what_was_said_of_one_patient_does_not_stand_under_the_next(window):
    left, _ = window.workspace.panes
    window.workspace.activate(left)
    assert window.session.document.patient.id == "P1"
    window.say("Followed through 3 studies.")
    window.study_list.chosen.emit(next(one for one in window.library.series if one.source.patient.id == "P2"))
    assert window.session.document.patient.id == "P2"
    assert window.status.said.whole == ""


def test_dropping_another_patient_beside_one_keeps_both(window):
    left, right = window.workspace.panes
    dropped = next(one for one in window.library.series if one.source.series_uid == "1.2.3.1.1")
    window.workspace.dropped.emit(dropped)
    assert wait_until(lambda: right.series is dropped, 20)
    assert left.series is not None


def test_each_picture_bears_its_patients_name_while_another_patient_is_beside_it(window):
    def in_company():
        return [pane.view.look(pane.view.shown).in_company for pane in window.workspace.panes]

    left, right = window.workspace.panes
    assert wait_until(lambda: window.jobs.is_idle and all(pane.view.shown for pane in (left, right)), 20)
    assert in_company() == [True, True]
    window.show_series(left.series)
    assert wait_until(lambda: window.jobs.is_idle and right.volume is left.volume and right.view.shown, 20)
    assert in_company() == [False, False]
