"""Findings that lie in an opened folder: restored, or offered where the store says otherwise; and signatures."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace

import numpy as np
import pydicom
import pytest
from phantoms import grid
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QPushButton
from shown_window import opened_window
from written_ct import blob, document, lesion, write_ct

from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.event import Fate, LesionEvent
from mo_viewer.findings.lesion import Laterality
from mo_viewer.findings.registration import Registration, Verdict, rows_of
from mo_viewer.report.export import export
from mo_viewer.report.history import history_in
from mo_viewer.report.read_in import Conflict, Starting, conflicts_with
from mo_viewer.report.signature import Reader, State
from mo_viewer.session.store import Store
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.findings_in import waiting_words, with_new
from mo_viewer.ui.take_findings import Differing, Drawn, TakeFindings

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85))


@pytest.fixture
def findings(tmp_path: Path) -> Document:
    """A folder of images with our own report and segmentation beside them."""
    write_ct(tmp_path / "folder" / "ct", GEOMETRY)
    (series,) = scan([tmp_path / "folder"]).series
    made = document(series.source, lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5))))
    export(made, {series.source.series_uid: series.source}, tmp_path / "folder" / "out", ("sr", "seg"))
    return made


def opened(qtbot, tmp_path: Path):
    window = opened_window(qtbot, tmp_path / "folder", tmp_path / "findings.sqlite")
    assert wait_until(lambda: window.jobs.is_idle, 60)
    return window


def test_a_folder_with_our_report_brings_the_findings_back_as_one_step(qtbot, tmp_path: Path, findings) -> None:
    window = opened(qtbot, tmp_path)
    assert wait_until(lambda: window.session.document.timepoints, 60)
    assert window.session.document == findings
    assert window.session.undo_title == "Findings from files"
    assert window.extras.findings_in.offers == ()
    window.close()


def test_what_a_reader_said_became_of_a_lesion_comes_back_with_the_reports(qtbot, tmp_path: Path) -> None:
    images, made, found = {}, None, lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)))
    for date in ("20240105", "20240506"):
        write_ct(tmp_path / "folder" / date, GEOMETRY, changes={"StudyDate": date, "AcquisitionDate": date})
    for series in scan([tmp_path / "folder"]).series:
        images[series.source.series_uid] = series.source
        made = Document(series.source.patient) if made is None else made
        made = made.with_lesion(Timepoint.of(series.source), found)
    last = made.timepoints[-1]
    assert len(made.timepoints) == 2
    way = Registration(made.timepoints[0].study_uid, last.study_uid, Verdict.GOOD, "", rows_of(np.eye(4)))
    made = replace(made, registrations=(way,))
    made = made.with_judged(LesionEvent(last.lesions[0].tracking_uid, Fate.GROWN, last.study_uid, last.date))
    export(made, images, tmp_path / "folder" / "out", ("sr", "seg"), history=history_in(made))
    window = opened(qtbot, tmp_path)
    assert wait_until(lambda: window.session.document.timepoints, 60)
    assert window.session.document.judged == made.judged
    course = history_in(window.session.document).course(last.lesions[0].tracking_uid)
    assert [(event.kind, event.certain) for event in course.events] == [(Fate.GROWN, True)]
    window.close()


def test_judgements_of_new_studies_are_taken_and_those_that_are_kept_stay(findings: Document) -> None:
    own = findings.timepoints[0]
    uid = own.lesions[0].tracking_uid
    new = replace(own, study_uid="1.9", date="2030-01-01")
    said = LesionEvent(uid, Fate.GROWN, "1.9", new.date), LesionEvent(uid, Fate.STABLE, own.study_uid, own.date)
    read = SimpleNamespace(document=replace(findings.with_timepoint(new), judged=said))
    kept = findings.with_judged(LesionEvent(uid, Fate.SHRUNK, own.study_uid, own.date))
    merged = with_new(kept, read)
    assert [(e.study_uid, e.kind) for e in merged.judged] == [(own.study_uid, Fate.SHRUNK), ("1.9", Fate.GROWN)]


def test_what_differs_from_the_store_waits_for_a_choice(qtbot, tmp_path: Path, findings) -> None:
    timepoint = findings.timepoints[0]
    renamed = replace(timepoint.lesions[0], label="Renamed")
    store = Store(tmp_path / "findings.sqlite")
    store.append("kept", findings.with_lesion(timepoint, renamed), None)
    store.close()
    window = opened(qtbot, tmp_path)
    assert wait_until(lambda: window.extras.findings_in.offers, 60)
    assert window.session.document.timepoints[0].lesions == (renamed,)
    asked = TakeFindings(window, window.extras.findings_in.offers)
    qtbot.addWidget(asked)
    assert asked.ticked == ()
    assert "about name" in asked.list.item(0).text()
    asked.list.item(0).setCheckState(asked.list.item(0).checkState().Checked)
    window.extras.findings_in.take(asked.ticked)
    assert window.session.document == findings
    window.session.undo()
    assert window.session.document.timepoints[0].lesions == (renamed,)
    window.close()


def test_what_was_said_of_a_patients_files_is_not_said_again_once_closed(qtbot, tmp_path: Path, findings) -> None:
    timepoint = findings.timepoints[0]
    store = Store(tmp_path / "findings.sqlite")
    store.append("kept", findings.with_lesion(timepoint, replace(timepoint.lesions[0], label="Renamed")), None)
    store.close()
    window = opened(qtbot, tmp_path)
    assert wait_until(lambda: window.pane.messages.messages, 60)
    for close in window.centre.notices.findChildren(QPushButton):
        if close.text() == "Close":
            qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert window.pane.messages.messages == ()
    heard = []
    window.library.scan_finished.connect(heard.append)
    copytree(tmp_path / "folder", tmp_path / "copy")
    window.open_paths([tmp_path / "copy"])
    assert wait_until(lambda: heard and window.jobs.is_idle and not window.extras.findings_in._read, 60)
    assert window.extras.findings_in.offers
    assert window.pane.messages.messages == ()
    window.close()


def test_what_another_program_drew_is_measured_when_it_is_taken(qtbot, tmp_path: Path, findings) -> None:
    out = tmp_path / "folder" / "out"
    next(out.glob("*_sr.dcm")).unlink()
    path = next(out.glob("*_seg.dcm"))
    seg = pydicom.dcmread(path)
    seg.SeriesDescription, seg.Manufacturer = "Mass", "Elsewhere"
    seg.save_as(path)
    drawn = findings.timepoints[0].lesions[0].mask
    window = opened(qtbot, tmp_path)
    assert wait_until(lambda: window.volume is not None and window.extras.findings_in.offers, 60)
    asked = TakeFindings(window, window.extras.findings_in.offers)
    qtbot.addWidget(asked)
    asked.open()
    assert wait_until(asked.isActiveWindow, 10)
    asked.list.setCurrentRow(0)
    qtbot.keyClick(asked.list, Qt.Key.Key_Space)
    assert len(asked.ticked) == 1
    window.extras.findings_in.take(asked.ticked)
    assert wait_until(lambda: window.session.document.timepoints, 60)
    (taken,) = window.session.document.timepoints[0].lesions
    assert (taken.mask.full() == drawn.full()).all()
    assert taken.measured("volume").value == pytest.approx(drawn.volume_mm3)
    values = window.volume.rescaled((0, 0, 0), GEOMETRY.shape)[drawn.full()]
    assert taken.measured("mean_hu").value == pytest.approx(values.mean())
    assert window.extras.findings_in.offers == ()
    window.session.undo()
    assert window.session.document.timepoints == ()
    window.close()


def test_the_line_that_says_what_waits_stays_until_the_choice_that_its_button_opens_is_made(
    qtbot, tmp_path: Path, findings
) -> None:
    timepoint = findings.timepoints[0]
    store = Store(tmp_path / "findings.sqlite")
    store.append("kept", findings.with_lesion(timepoint, replace(timepoint.lesions[0], label="Renamed")), None)
    store.close()
    window = opened(qtbot, tmp_path)
    assert wait_until(lambda: window.pane.messages.messages, 60)
    (message,) = window.pane.messages.messages
    assert message.sentence == "1 lesion differs between the findings saved here and a report in the opened folder."
    assert "Choose which to keep" in message.hint
    assert message.hint.endswith(" Later: Ctrl+K, Findings in files …")
    assert len(message.hint) < 100
    press_in_choice(qtbot, window, "Cancel")
    assert window.pane.messages.messages == (message,)
    assert window.extras.findings_in.offers
    press_in_choice(qtbot, window, "Take over ticked")
    assert window.pane.messages.messages == ()
    window.close()


def press_in_choice(qtbot, window, words: str) -> None:
    """Open the choice by the button of its message, and press one of its own."""

    def press() -> None:
        asked = QApplication.activeModalWidget()
        if not isinstance(asked, TakeFindings):
            QTimer.singleShot(20, press)
            return
        assert asked.list.count() == 1
        button = next(one for one in asked.findChildren(QPushButton) if one.text().replace("&", "") == words)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(20, press)
    choose = next(one for one in window.centre.notices.findChildren(QPushButton) if one.text() == "Choose …")
    qtbot.mouseClick(choose, Qt.MouseButton.LeftButton)


def test_what_differs_from_what_is_said_in_grammar(findings: Document) -> None:
    own = findings.timepoints[0].lesions[0]
    differing = Differing(Conflict("1.2", own.tracking_uid, "L1: the report says otherwise about name.", own, own))
    drawn = Drawn(Starting(own, None, "Elsewhere"))
    assert waiting_words([differing] * 3)[0].startswith("3 lesions differ between the findings saved here and a report")
    words, hint = waiting_words([drawn])
    assert words == "A contour drawn with another program came with this study and is not among its lesions yet."
    assert "Take over" in hint
    both = waiting_words([differing, drawn, drawn])[0]
    assert "1 lesion differs" in both
    assert "2 contours drawn with another program" in both


def test_the_choice_names_what_differs_as_radiologists_do(findings: Document) -> None:
    timepoint = findings.timepoints[0]
    own = timepoint.lesions[0]
    read = findings.with_lesion(timepoint, replace(own, label="Renamed", laterality=Laterality.RIGHT, mask=None))
    (conflict,) = conflicts_with(findings, read)
    assert conflict.what == "Renamed: the report says otherwise about name, contour, side."
    assert Differing(conflict).words.endswith("Ticked: the saved lesion is replaced by that of the report.")


def test_an_offer_says_its_volume(findings: Document) -> None:
    own = findings.timepoints[0].lesions[0]
    words = Drawn(Starting(own, None, "Elsewhere")).words
    assert f"{own.mask.volume_mm3 / 1000:.2f} cm³" in words


def test_taking_a_conflict_removes_adds_or_replaces(findings: Document) -> None:
    study, own = findings.timepoints[0].study_uid, findings.timepoints[0].lesions[0]
    other = replace(own, tracking_uid="2.25.7")
    gone = Differing(Conflict(study, own.tracking_uid, "", own, None)).taken(findings)
    assert gone.timepoints[0].lesions == ()
    added = Differing(Conflict(study, other.tracking_uid, "", None, other)).taken(findings)
    assert added.timepoints[0].lesions == (own, other)


def test_signed_findings_are_final_until_they_are_changed_and_amended_when_signed_again(
    qtbot, tmp_path: Path, findings
) -> None:
    window = opened(qtbot, tmp_path)
    assert wait_until(lambda: window.session.document.timepoints, 60)
    reader = Reader("Ada Weiß", "Klinik")
    assert window.session.standing(reader).state is State.PRELIMINARY
    window.extras.signing.sign(reader)
    assert window.session.standing().state is State.FINAL
    timepoint = window.session.document.timepoints[0]
    changed = window.session.document.with_lesion(timepoint, replace(timepoint.lesions[0], label="Other"))
    window.session.change("Rename", changed)
    assert window.session.standing().state is State.PRELIMINARY
    assert window.session.standing().changed_since
    window.extras.signing.sign(reader)
    assert window.session.standing().state is State.AMENDED
    patient = window.session.document.patient
    window.close()

    from mo_viewer.session.session import Session

    session = Session(Store(tmp_path / "findings.sqlite"))
    session.open_patient(patient)
    assert session.standing().state is State.AMENDED
    session.close()


def test_the_reader_is_set_in_the_preferences(qtbot, tmp_path: Path, findings) -> None:
    window = opened(qtbot, tmp_path)
    page = window.extras.preferences.reader
    page.name.setText(" Ada Weiß ")
    page.name.editingFinished.emit()
    assert window.extras.settings.get("reader", "") == "Ada Weiß"
    window.close()
