"""The demo patient in the window, by mouse and keys: compare with priors, mark once, follow, read the course."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mo_viewer.findings.event import Fate
from mo_viewer.findings.registration import Verdict
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.demo_pictures import mark_by_click, show_study

PATIENCE_S = 240


@pytest.fixture(scope="module")
def read(qapp, demo_patient, tmp_path_factory):
    """The window after: open, Shift+P, a click with the marking tool, Shift+K."""
    folder = tmp_path_factory.mktemp("follow")
    images = [study.folder for study in demo_patient.studies]
    window = open_window(images, folder / "findings.sqlite", plugin_places(), (1500, 900))
    assert wait_until(lambda: not window.library.is_reading and window.volume is not None, PATIENCE_S)
    latest = demo_patient.studies[-1]
    show_study(window, latest.study_uid)
    QTest.keyClick(window.pane.view, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    assert wait_until(lambda: len(window.session.document.registrations) == 2, PATIENCE_S)
    mark_by_click(window, latest.click_mm)
    QTest.keyClick(window.pane.view, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    assert wait_until(
        lambda: all(window.session.document.timepoint(s.study_uid) for s in demo_patient.studies), PATIENCE_S
    )
    window.panels.open_panel("Course")
    assert wait_until(lambda: window.jobs.is_idle, PATIENCE_S)
    yield window, demo_patient
    window.close()


def test_the_priors_stand_beside_it_oldest_first_registered(read):
    window, patient = read
    assert [pane.series.source.study_uid for pane in window.workspace.panes] == [s.study_uid for s in patient.studies]
    assert {r.verdict for r in window.session.document.registrations} == {Verdict.GOOD}
    assert window.workspace.linking.linked.scroll
    assert [pane.view.linked() for pane in window.workspace.panes] == ["registered"] * 3


def test_one_mark_fills_all_three_timepoints(read):
    window, patient = read
    document = window.session.document
    lesions = [lesion for t in document.timepoints for lesion in t.lesions]
    assert len(lesions) == 3
    assert len({lesion.tracking_uid for lesion in lesions}) == 1
    assert {lesion.label for lesion in lesions} == {"Lesion 1"}
    for lesion, study in zip(lesions, patient.studies, strict=True):
        assert lesion.measured("volume").value == pytest.approx(study.truth.volume_mm3, rel=0.05)


def test_scrolling_one_pane_brings_the_others_to_the_same_anatomy(read):
    window, patient = read
    latest = window.workspace.panes[-1]
    window.workspace.activate(latest)
    latest.view.bring(patient.studies[-1].click_mm)
    first = window.workspace.panes[0].view
    other = np.array(patient.studies[0].truth.centroid_mm)

    def at_the_lesion() -> bool:
        return first.shown is not None and abs(float(first.shown.plane.distance_mm(other)[0])) < 4.0

    assert wait_until(at_the_lesion, PATIENCE_S)


def test_the_course_panel_says_denser_not_larger_and_takes_the_injury_date(read):
    from mo_ossification.course_panel import CoursePanel

    window, _ = read
    panel = window.findChild(CoursePanel)
    said = " ".join(sentence.text for sentence in panel._sentences)
    assert "denser, not larger" in said
    assert "Could not be assessed" in said
    assert all(s.numbers for s in panel._sentences if "%" in s.text)
    assert len(panel.chart._plots) == 4
    panel.events.injury.setFocus()
    QTest.keyClicks(panel.events.injury, "2024-01-08")
    QTest.keyClick(panel.events.injury, Qt.Key.Key_Return)
    assert window.session.document.injury_date == "2024-01-08"
    panel.events.day.setText("2024-03-01")
    QTest.mouseClick(panel.events.add, Qt.MouseButton.LeftButton)
    assert [(e.date, e.kind.value) for e in window.session.document.events][-1] == ("2024-03-01", "surgery")
    window.session.undo()
    window.session.undo()
    assert window.session.document.injury_date == ""


def test_a_proposed_event_is_accepted_or_corrected_with_one_key(read):
    from mo_viewer.report.history import history_in

    window, _ = read
    latest = window.workspace.panes[-1]
    window.workspace.activate(latest)
    uid = window.session.document.timepoints[-1].lesions[0].tracking_uid
    window.room.select(uid)

    def told():
        return history_in(window.session.document).course(uid).events[-1]

    proposal = told()
    QTest.keyClick(latest.view, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert (told().kind, told().certain) == (proposal.kind, True)
    assert told().evidence == (*proposal.evidence, "confirmed by the reader")
    assert window.session.undo_title == f"Confirm event of Lesion 1: {proposal.kind.value}"
    window.session.undo()
    assert told() == proposal
    QTest.keyClick(latest.view, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    menu = QApplication.activePopupWidget()
    QTest.keyClick(menu, Qt.Key.Key_G)
    assert told().kind is Fate.GROWN
    assert told().evidence[-1] == f"corrected by the reader; computed was {proposal.kind.value}"
    window.session.undo()
    assert told() == proposal


def test_a_sentence_unfolds_its_numbers_and_a_date_leads_to_its_study(read):
    from mo_ossification.course_panel import CoursePanel
    from mo_ossification.sentence_line import SentenceLine

    window, patient = read
    line = next(
        one for one in window.findChild(CoursePanel).words.findChildren(SentenceLine) if "147 days" in one.text.text()
    )
    QTest.mouseClick(line.text, Qt.MouseButton.LeftButton)
    assert not line.numbers.isHidden()
    assert "limit ±" in line.numbers.text()
    assert patient.studies[1].study_uid in line.numbers.text()
    line.numbers.linkActivated.emit(patient.studies[1].study_uid)
    assert wait_until(
        lambda: window.volume is not None and window.volume.source.study_uid == patient.studies[1].study_uid, PATIENCE_S
    )
    QTest.keyClick(line.arrow, Qt.Key.Key_Space)
    assert line.numbers.isHidden()


def test_slices_through_time_show_the_same_place_and_open_their_study(read):
    from mo_ossification.course_panel import CoursePanel

    window, patient = read
    box = window.findChild(CoursePanel).maturation
    QTest.mouseClick(box.show_slices, Qt.MouseButton.LeftButton)
    assert wait_until(lambda: len(box.made) == 3, PATIENCE_S)
    assert [tile.date for tile in box.made] == [str(study.date) for study in patient.studies]
    latest = np.array(box.made[-1].at_mm) - patient.studies[-1].truth.centroid_mm
    for tile, study in zip(box.made, patient.studies, strict=True):
        away = np.linalg.norm(np.array(tile.at_mm) - study.truth.centroid_mm)
        assert away < np.linalg.norm(latest) + 1.0
        assert not tile.remark
        (line,) = tile.outline
        assert np.abs(line.mean(axis=0) - 88).max() < 12
    shares = [float((tile.rim > 0.35).mean()) for tile in box.made]
    assert shares[0] < 0.05 < shares[1] < 0.95 < shares[2]
    box.copy.click()
    lines = QApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == [str(study.date) for study in patient.studies]
    assert not QApplication.clipboard().image().isNull()
    QTest.mouseClick(box.buttons[0], Qt.MouseButton.LeftButton)
    first = patient.studies[0]
    assert wait_until(
        lambda: window.volume is not None and window.volume.source.study_uid == first.study_uid, PATIENCE_S
    )
    shown = window.pane.view.shown
    assert abs(float(shown.plane.distance_mm(np.array(box.made[0].at_mm))[0])) <= shown.half_thickness_mm + 0.01


def test_a_point_of_a_curve_opens_its_study(read):
    window, patient = read
    window.act(f"study.{patient.studies[1].study_uid}")
    assert wait_until(
        lambda: window.volume is not None and window.volume.source.study_uid == patient.studies[1].study_uid, PATIENCE_S
    )
