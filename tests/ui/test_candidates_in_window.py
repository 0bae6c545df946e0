"""The panel of candidates in the window with the demo patient: found in the background, marked by Enter."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget

from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import open_window, wait_until

PATIENCE_S = 240


def test_the_lesion_of_the_demo_is_found_and_marked_by_one_key(qtbot, demo_patient, tmp_path) -> None:
    study = demo_patient.studies[0]
    window = open_window([study.folder], tmp_path / "findings.sqlite", plugin_places(), (1500, 900))
    qtbot.addWidget(window)
    assert wait_until(lambda: not window.library.is_reading and window.volume is not None, PATIENCE_S)
    window.panels.open_panel("Candidates")
    assert wait_until(lambda: window.jobs.is_idle, PATIENCE_S)
    rows = next(one for one in window.panels.findChildren(QListWidget) if one.count())
    rows.setCurrentRow(0)
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert wait_until(lambda: window.jobs.is_idle and window.session.document.timepoints, PATIENCE_S)
    [lesion] = window.session.document.timepoints[0].lesions
    truth = study.truth
    assert abs(lesion.measured("volume").value / truth.volume_mm3 - 1) < 0.1
    assert wait_until(lambda: rows.count() == 0, PATIENCE_S)
    assert window.host.faults == []
