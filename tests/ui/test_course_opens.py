"""A patient with many studies is opened: the course is drawn from what is stored, no pixel is read for it."""

import shutil
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.dicom.scan import scan
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.study_rows import study_key
from tests.track.long_course import long_course

VISITS, STEPS = 12, 30


@pytest.fixture
def kept(tmp_path):
    """Folder and store of a patient with twelve studies and thirty steps of history, and of another patient."""
    document = long_course(VISITS)
    for timepoint in document.timepoints:
        uid = timepoint.study_uid
        write_series(tmp_path / "dicom" / uid, study=uid, uid=f"{uid}.1", patient_id="P12", date=timepoint.date)
    write_series(tmp_path / "dicom" / "0", study="2.25.8", uid="2.25.8.1", patient_id="P1", date="2029-01-01")
    found = scan([tmp_path / "dicom"]).series
    patient = next(one.source.patient for one in found if one.source.patient.id == "P12")
    lesions = {t.study_uid: tuple(replace(x, tracking_uid=x.label) for x in t.lesions) for t in document.timepoints}
    timepoints = tuple(replace(t, lesions=lesions[t.study_uid]) for t in document.timepoints)
    session = Session(Store(tmp_path / "f.sqlite"))
    session.open_patient(patient)
    for step in range(STEPS):
        session.change(f"Step {step}", replace(document, patient=patient, timepoints=timepoints, injury_date=day(step)))
    session.close()
    return tmp_path


def day(step):
    return f"2023-12-{step + 1:02d}"


def test_the_course_of_twelve_studies_is_there_after_a_click_although_their_images_are_gone(qtbot, kept, monkeypatch):
    read, revision = [], Store.revision
    monkeypatch.setattr(Store, "revision", lambda store, number: read.append(number) or revision(store, number))
    window = opened_window(qtbot, kept / "dicom", kept / "f.sqlite", plugin_places(), (1500, 900))
    assert window.session.document.patient.id == "P1"
    window.panels.open_panel("Course")
    from mo_ossification.course_panel import CoursePanel

    panel = window.findChild(CoursePanel)
    shutil.rmtree(kept / "dicom")
    listed = window.study_list.studies
    latest = next(study for study in window.library.studies if study.patient.id == "P12")
    at = listed.visualRect(listed.rows.find(study_key(latest))).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert wait_until(lambda: "CHANGES" in {label.text() for label in panel.words.findChildren(QLabel)}, 30)
    assert [len(curve.days) for curve in panel.chart._given[0]] == [VISITS] * 3
    assert len(panel.chart._plots) == 3
    assert window.volume is None
    assert len(read) == 1, "of thirty steps, the present one alone is read"
    assert window.session.document.injury_date == day(STEPS - 1)
    window.session.undo()
    assert window.session.document.injury_date == day(STEPS - 2)
    assert window.session.undo_title == f"Step {STEPS - 2}"
    window.close()
