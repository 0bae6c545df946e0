"""A layout is another way to look at what is open: the patient stays, and so does nothing that was said before."""

import numpy as np
import pytest
from hands import CTRL, click, key
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from shown_window import opened_window
from small_studies import STEP_MM, write_series

from mo_viewer.base.faults import Fault
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.study_rows import study_key
from mo_viewer.ui.workspace import SHOWN_ALONE, STAYS

PATIENCE_S = 30
JANE, JANE_LATER, RADIOGRAPH, RICHARD = "1.2.3.1.1", "1.2.3.2.1", "1.2.3.3.1", "1.2.4.1.1"


@pytest.fixture
def window(qtbot, tmp_path):
    folder = tmp_path / "images"
    write_series(folder, uid=JANE, slices=6, side=32)
    write_series(folder, uid=JANE_LATER, study="1.2.3.2", date="2024-05-06", slices=6, side=32)
    write_series(folder, uid=RADIOGRAPH, study="1.2.3.3", date="2024-01-06", slices=1, side=32, modality="DX")
    write_series(folder, uid=RICHARD, study="1.2.4.1", patient="Roe^Richard", patient_id="P2", slices=6, side=32)
    made = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    made.panes.act()
    choose(made, JANE)
    yield made
    made.close()


def choose(window, uid):
    """Click on a study in the list."""
    listed = window.study_list.studies
    series = next(one for one in window.library.series if one.source.series_uid == uid)
    study = next(one for one in window.library.studies if series in one.series)
    index = listed.rows.find(study_key(study))
    listed.scrollTo(index)
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=listed.visualRect(index).center())
    assert wait_until(
        lambda: window.pane.volume is not None and window.pane.volume.source.series_uid == uid, PATIENCE_S
    )


def press(window, digit):
    key(window.pane.view, getattr(Qt.Key, f"Key_{digit}"), CTRL)


def shown(window):
    return [None if pane.series is None else pane.series.source.series_uid for pane in window.workspace.panes]


@pytest.mark.parametrize("uid", [JANE_LATER, RICHARD])
def test_what_was_opened_in_mpr_stays_open_in_one_pane(window, uid):
    press(window, 5)
    choose(window, uid)
    patient = window.session.document.patient.id
    press(window, 1)
    assert wait_until(lambda: window.volume is not None, PATIENCE_S)
    assert shown(window) == [uid]
    assert window.volume.source.series_uid == uid
    assert window.session.document.patient.id == patient
    assert ("Roe" if uid == RICHARD else "Doe") in window.study_list.patient.name.whole


def test_no_pane_brings_back_another_patient(window):
    press(window, 2)
    second = window.workspace.panes[1].view
    click(second, second.rect().center())
    choose(window, JANE_LATER)
    press(window, 5)
    choose(window, RICHARD)
    press(window, 2)
    assert shown(window) == [RICHARD, None]
    assert window.workspace.panes[1].view.shown is None
    assert window.session.document.patient.id == "P2"


def test_another_patient_is_shown_in_one_pane_after_a_comparison(window, tmp_path):
    key(window.pane.view, Qt.Key.Key_V)
    assert wait_until(lambda: window.jobs.is_idle and shown(window) == [JANE, JANE_LATER], PATIENCE_S)
    assert {pane.view.linked() for pane in window.workspace.panes} == {"linked"}
    film = "1.2.9.8.1"
    write_series(
        tmp_path / "more", uid=film, study="1.2.9.8", patient="Poe^Ann", patient_id="P9", slices=1, modality="DX"
    )
    window.open_paths([tmp_path / "more"])
    assert wait_until(lambda: shown(window) == [film] and window.volume is not None, PATIENCE_S)
    assert window.volume.source.patient.id == "P9"
    assert window.pane.view.linked() == ""
    choose(window, RICHARD)
    assert shown(window) == [RICHARD]


def test_nothing_is_called_linked_where_one_pane_shows_a_picture(window):
    key(window.pane.view, Qt.Key.Key_V)
    assert wait_until(lambda: window.jobs.is_idle and shown(window) == [JANE, JANE_LATER], PATIENCE_S)
    left, right = window.workspace.panes
    window.workspace.enlarge(right)
    assert right.view.linked() == ""
    window.workspace.enlarge(right)
    assert right.view.linked() == "linked"
    left.empty()
    assert right.view.linked() == ""


def test_a_pane_that_the_reader_keeps_empty_for_the_same_patient_stays(window):
    press(window, 2)
    choose(window, JANE_LATER)
    assert shown(window) == [JANE_LATER, None]


def test_panes_of_the_same_patient_come_back(window):
    press(window, 2)
    second = window.workspace.panes[1].view
    click(second, second.rect().center())
    choose(window, JANE_LATER)
    press(window, 5)
    press(window, 2)
    assert shown(window) == [JANE, JANE_LATER]
    assert window.pane is window.workspace.panes[1]


def test_the_active_one_of_two_patients_stays(window):
    press(window, 2)
    second = window.workspace.panes[1].view
    click(second, second.rect().center())
    choose(window, RICHARD)
    press(window, 1)
    assert shown(window) == [RICHARD]
    assert window.session.document.patient.id == "P2"


def said(window):
    return [message.sentence for pane in window.workspace._panes.values() for message in pane.messages.messages]


def test_what_was_said_goes_with_the_layout_and_does_not_come_back(window):
    window.say("About this picture.", "caution")
    press(window, 5)
    assert said(window) == []
    press(window, 1)
    assert said(window) == []
    window.say("About this picture.", "caution")
    choose(window, RICHARD)
    assert said(window) == []


def test_what_lasts_moves_on_and_is_gone_once_closed(window):
    window.show_fault(Fault("The disk is full."), lasting=True)
    for digit in (5, 1, 5):
        press(window, digit)
        assert said(window) == ["The disk is full."]
        assert len(window.pane.messages.messages) == 1
    close = next(one for one in window.centre.notices.findChildren(QPushButton) if one.text() == "Close")
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    for digit in (1, 5, 2, 1):
        press(window, digit)
        assert said(window) == []


def test_a_study_opened_in_mpr_has_its_crosshair(window):
    press(window, 5)
    choose(window, RICHARD)
    assert wait_until(lambda: window.jobs.is_idle and window.workspace.crosshair.at_mm is not None, PATIENCE_S)
    for pane in window.workspace.panes:
        plane = pane.view.shown.plane
        assert abs(plane.distance_mm(np.array(window.workspace.crosshair.at_mm))[0]) <= STEP_MM / 2
        assert window.workspace._lines(pane)


def test_a_point_that_is_shown_is_on_all_planes_of_mpr(window):
    press(window, 5)
    at = (5.6, 8.0, STEP_MM * 4)
    second = window.workspace.panes[1].view
    click(second, second.rect().center())
    window.show_point(at)
    assert window.workspace.crosshair.at_mm == at
    assert window.workspace.panes[0].view.shown.k == 4
    for pane in window.workspace.panes:
        assert abs(pane.view.shown.plane.distance_mm(np.array(at))[0]) <= 0.4


def is_alone(window):
    assert wait_until(lambda: window.jobs.is_idle, PATIENCE_S)
    assert window.workspace.layout_now.name == "1x1"
    return shown(window) == [RADIOGRAPH] and said(window) == [SHOWN_ALONE.sentence]


@pytest.mark.parametrize("mpr_first", [True, False])
def test_a_radiograph_is_shown_alone_with_one_sentence(window, mpr_first):
    if mpr_first:
        press(window, 5)
        choose(window, RADIOGRAPH)
    else:
        choose(window, RADIOGRAPH)
        press(window, 5)
    assert is_alone(window)
    choose(window, JANE)
    assert said(window) == []


def test_a_radiograph_asked_for_in_planes_leaves_no_empty_panes_beside_it(window):
    press(window, 3)
    choose(window, RADIOGRAPH)
    press(window, 5)
    assert is_alone(window)


def test_a_mark_in_one_plane_of_mpr_brings_the_others_there(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=12, side=48)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", plugin_places())
    press(window, 5)
    axial, coronal, sagittal = (pane.view for pane in window.workspace.panes)
    qtbot.waitUntil(lambda: coronal.shown is not None and window.workspace.crosshair.at_mm is not None)
    key(coronal, Qt.Key.Key_K)
    at = coronal.rect().center() + QPoint(-40, -30)
    clicked = coronal.point_at(QPointF(at))
    click(coronal, at)
    assert window.workspace.crosshair.at_mm == pytest.approx(clicked)
    assert axial.stack.nearest(clicked) == axial.asked != 6
    assert sagittal.stack.nearest(clicked) == sagittal.asked
    assert wait_until(lambda: window.jobs.is_idle, PATIENCE_S)
    window.close()


def test_mpr_comes_back_with_the_next_series_that_has_planes(window):
    press(window, 5)
    choose(window, RADIOGRAPH)
    assert is_alone(window)
    choose(window, JANE)
    assert window.workspace.layout_now.is_mpr
    assert shown(window) == [JANE] * 3
    choose(window, RADIOGRAPH)
    press(window, 2)
    choose(window, JANE)
    assert window.workspace.layout_now.name == "1x2"


def test_a_radiograph_that_is_opened_while_mpr_is_on_is_shown_alone_too(window, tmp_path):
    press(window, 5)
    film = "1.2.3.8.1"
    write_series(tmp_path / "more", uid=film, study="1.2.3.8", date="2024-08-01", slices=1, side=32, modality="DX")
    window.open_paths([tmp_path / "more"])
    assert wait_until(lambda: not window.library.is_reading and window.jobs.is_idle, PATIENCE_S)
    assert wait_until(lambda: window.workspace.layout_now.name == "1x1", 5)
    assert shown(window) == [film]
    assert said(window) == [SHOWN_ALONE.sentence]


def test_mpr_of_a_radiograph_beside_other_series_changes_nothing_and_says_why(window):
    press(window, 2)
    choose(window, JANE)
    window.workspace.activate(window.workspace.panes[1])
    choose(window, RADIOGRAPH)
    before = shown(window)
    press(window, 5)
    assert (shown(window), window.workspace.layout_now.name) == (before, "1x2")
    assert said(window) == [STAYS.sentence]
