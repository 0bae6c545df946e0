"""A click on a study counts from the press, whatever grows above the list meanwhile."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from small_studies import write_series

from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.library import Library
from mo_viewer.ui.study_list import StudyList

LEFT = Qt.MouseButton.LeftButton
FIRST, LAST = 1, 3
"""The rows of the two studies; a heading is above each."""


@pytest.fixture
def study_list(qtbot, tmp_path):
    write_series(tmp_path, "1.2.1.1", "1.2.1", patient="Doe^Jane", patient_id="P1", date="2024-01-01")
    write_series(tmp_path, "1.2.2.1", "1.2.2", patient="Roe^Rick", patient_id="P2-" + "9" * 30, date="2023-01-01")
    jobs = Jobs()
    library = Library(jobs)
    made = StudyList(library)
    made.resize(260, 700)
    qtbot.addWidget(made)
    made.show()
    with qtbot.waitSignal(library.scan_finished):
        library.open((tmp_path,))
    yield made
    library.close()
    jobs.close()


def test_a_study_is_opened_although_the_rows_move_under_the_mouse(qtbot, study_list):
    listed, chosen = study_list.studies, []
    viewport = listed.viewport()
    study_list.chosen.connect(lambda series: chosen.append(series.source.patient.id[:2]))
    QTest.mouseClick(viewport, LEFT, pos=listed.visualRect(listed.rows.index(FIRST)).center())
    box = listed.visualRect(listed.rows.index(LAST))
    at = viewport.mapToGlobal(QPoint(box.center().x(), box.top() + 2))
    QTest.mousePress(viewport, LEFT, pos=viewport.mapFromGlobal(at))
    qtbot.waitUntil(lambda: listed.indexAt(viewport.mapFromGlobal(at)).row() != LAST)
    QTest.mouseRelease(viewport, LEFT, pos=viewport.mapFromGlobal(at))
    assert study_list.patient.name.whole == "Roe, Rick"
    assert chosen == ["P1", "P2"]


def test_a_press_that_is_taken_elsewhere_opens_nothing(study_list):
    listed, chosen = study_list.studies, []
    viewport = listed.viewport()
    study_list.chosen.connect(chosen.append)
    at = listed.visualRect(listed.rows.index(LAST)).center()
    QTest.mousePress(viewport, LEFT, pos=at)
    QTest.mouseRelease(viewport, LEFT, pos=at + QPoint(0, 200))
    assert chosen == []
