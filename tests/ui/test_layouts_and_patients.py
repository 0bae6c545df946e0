"""A layout is another way to look at what is open: the patient stays, and so does nothing that was said before."""

import pytest
from hands import CTRL, key
from PySide6.QtCore import Qt
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until

PATIENCE_S = 30
JANE, JANE_LATER, RICHARD = "1.2.3.1.1", "1.2.3.2.1", "1.2.4.1.1"


@pytest.fixture
def window(qtbot, tmp_path):
    folder = tmp_path / "images"
    write_series(folder, uid=JANE, slices=6, side=32)
    write_series(folder, uid=JANE_LATER, study="1.2.3.2", date="2024-05-06", slices=6, side=32)
    write_series(folder, uid=RICHARD, study="1.2.4.1", patient="Roe^Richard", patient_id="P2", slices=6, side=32)
    made = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    made.panes.act()
    choose(made, JANE)
    yield made
    made.close()


def choose(window, uid):
    window.show_series(next(one for one in window.library.series if one.source.series_uid == uid))
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
    window.workspace.activate(window.workspace.panes[1])
    choose(window, JANE_LATER)
    press(window, 5)
    choose(window, RICHARD)
    press(window, 2)
    assert shown(window) == [RICHARD, None]
    assert window.workspace.panes[1].view.shown is None
    assert window.session.document.patient.id == "P2"


def test_panes_of_the_same_patient_come_back(window):
    press(window, 2)
    window.workspace.activate(window.workspace.panes[1])
    choose(window, JANE_LATER)
    press(window, 5)
    press(window, 2)
    assert shown(window) == [JANE, JANE_LATER]
    assert window.pane is window.workspace.panes[1]


def test_the_active_one_of_two_patients_stays(window):
    press(window, 2)
    window.workspace.activate(window.workspace.panes[1])
    choose(window, RICHARD)
    press(window, 1)
    assert shown(window) == [RICHARD]
    assert window.session.document.patient.id == "P2"
