"""A lesion outlined on a film without millimetres: a button makes a region of it, which the reader's line measures."""

import csv
import io

import numpy as np
import pytest
from hands import CTRL, SHIFT, click, drag, key
from pydicom import dcmread
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.findings.mark import MarkKind
from mo_viewer.measure.marks import positions_mm
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.marks.entry import Entry
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Length

LINE_PX, TRUE_MM, RADIUS_PX = 150, 25, 90
TRUE_MM2 = np.pi * (RADIUS_PX * TRUE_MM / LINE_PX) ** 2
BUTTON = "Measure this contour as a region"


def write_film(folder, spacing):
    (path,) = write_series(folder, slices=1, side=400, modality="DX", SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1")
    data = dcmread(path)
    for name in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleType"):
        delattr(data, name)
    if spacing:
        data.ImagerPixelSpacing = [0.2, 0.2]
    data.save_as(path, enforce_file_format=True)


@pytest.fixture
def window(request, qtbot, tmp_path):
    write_film(tmp_path / "film", getattr(request, "param", False))
    made = opened_window(qtbot, tmp_path / "film", tmp_path / "f.sqlite", plugin_places(), (1366, 768))
    yield made
    assert made.host.faults == []
    made.close()


def calibrate(window, line_px=LINE_PX, column=60):
    view = window.pane.view
    window.act("tool.mark.calibration")
    drag(view, QPoint(column, 100), QPoint(column, 100 + line_px))
    (entry,) = (one for one in view.findChildren(Entry) if one.isVisible())
    QTest.keyClicks(entry, str(TRUE_MM))
    QTest.keyClick(entry, Qt.Key.Key_Return)


def circle(about, radius):
    turns = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    return [about + QPoint(round(radius * np.cos(a)), round(radius * np.sin(a))) for a in turns]


def outline(window, radius=RADIUS_PX, keys=Qt.KeyboardModifier.NoModifier):
    view = window.pane.view
    key(view, Qt.Key.Key_R, SHIFT)
    drag(view, *circle(view.rect().center(), radius), keys=keys)
    assert wait_until(lambda: window.jobs.is_idle, 60)
    QApplication.processEvents()


def button(window):
    found = [one for one in window.panels.findChildren(QPushButton) if one.text() == BUTTON and one.isVisible()]
    return found[0] if found else None


def push(window):
    assert wait_until(lambda: button(window) is not None, 20)
    click(button(window), button(window).rect().center())


def regions(window):
    return [m for t in window.session.document.timepoints for m in t.marks if m.kind is MarkKind.FREEHAND]


def reading(window):
    (region,) = regions(window)
    return window.extras.marks.board.reading(region, window.volume)


def said(window):
    return [label.text() for label in window.panels.findChildren(QLabel) if label.isVisible()]


def test_the_contour_of_a_lesion_is_measured_by_the_readers_line_at_a_click(window):
    outline(window)
    calibrate(window)
    push(window)
    found = reading(window)
    assert found.scale.by_reader
    assert found.area == pytest.approx(TRUE_MM2, rel=0.01)
    (drawn,) = [one for one in window.pane.view.marks(window.pane.view.shown) if one.kind is MarkKind.FREEHAND]
    assert drawn.lines[0].startswith("Lesion 1: ")
    assert drawn.lines[0].endswith("mm² by your line")
    (lesion,) = window.session.document.timepoints[0].lesions
    assert lesion.measurements == ()


def test_the_region_lies_on_the_contour_and_one_undo_takes_it_away(window):
    outline(window)
    calibrate(window)
    push(window)
    (region,) = regions(window)
    (lesion,) = window.session.document.timepoints[0].lesions
    (contour,) = lesion.surface.cut(Plane.of_slice(window.volume.geometry, 0))
    away = np.linalg.norm(contour[:, None] - positions_mm(region, window.volume.geometry)[None], axis=2)
    assert away.min(axis=0).max() < 1e-6
    before, view = window.session.undo_title, window.pane.view
    assert before == "Measure the contour of Lesion 1"
    key(view, Qt.Key.Key_Z, CTRL)
    assert regions(window) == []
    assert window.session.document.timepoints[0].lesions == (lesion,)
    key(view, Qt.Key.Key_Y, CTRL)
    assert regions(window) == [region]


def test_without_a_line_it_counts_pixels_until_one_is_drawn_and_follows_each_new_one(window):
    outline(window)
    push(window)
    assert reading(window).scale.length is Length.NONE
    assert reading(window).area == pytest.approx(
        np.pi * (RADIUS_PX / window.pane.view.framing.px_per_mm) ** 2, rel=0.01
    )
    calibrate(window)
    assert reading(window).area == pytest.approx(TRUE_MM2, rel=0.01)
    calibrate(window, 2 * LINE_PX, column=100)
    assert reading(window).area == pytest.approx(TRUE_MM2 / 4, rel=0.01)


def test_the_button_goes_once_the_contour_is_measured_and_comes_back_with_undo_or_another_contour(window):
    outline(window)
    push(window)
    assert wait_until(lambda: button(window) is None, 20)
    assert "This contour is measured as a region: see Measurements." in said(window)
    key(window.pane.view, Qt.Key.Key_Z, CTRL)
    push(window)
    assert wait_until(lambda: button(window) is None, 20)
    window.act("mo_ossification.command.measure_contour")
    assert len(regions(window)) == 1
    assert any("measured already" in one.sentence for one in window.pane.messages.messages)


def test_a_contour_with_a_hole_is_refused_with_what_to_do(window):
    outline(window)
    outline(window, 30, Qt.KeyboardModifier.AltModifier)
    push(window)
    assert regions(window) == []
    (refused,) = (one for one in window.pane.messages.messages if "has a hole" in one.sentence)
    assert "Fill holes" in refused.hint
    window.act("mo_ossification.command.fill")
    assert wait_until(lambda: window.jobs.is_idle, 60)
    push(window)
    calibrate(window)
    assert reading(window).area == pytest.approx(TRUE_MM2, rel=0.01)


def test_it_is_exported_as_what_the_reader_measured(window, tmp_path):
    outline(window)
    calibrate(window)
    push(window)
    folder = tmp_path / "out"
    window.files.export(folder)
    assert wait_until(lambda: window.jobs.is_idle and (folder / "measurements.csv").is_file(), 60)
    text = (folder / "measurements.csv").read_text("utf-8")
    (area,) = (row for row in csv.DictReader(io.StringIO(text, newline="")) if row["name"] == "mark_area")
    assert float(area["value"]) == reading(window).area
    assert area["unit"] == "mm2"
    assert area["notes"].endswith("length calibration: reader")


@pytest.mark.parametrize("window", [True], indirect=True)
def test_a_film_with_millimetres_of_its_own_offers_it_only_beside_a_line(window):
    outline(window)
    assert wait_until(lambda: "SIZE" in " ".join(said(window)), 20)
    assert button(window) is None
    window.act("mo_ossification.command.measure_contour")
    assert any("millimetres of its image" in one.sentence for one in window.pane.messages.messages)
    assert regions(window) == []
    calibrate(window)
    push(window)
    assert reading(window).area == pytest.approx(TRUE_MM2, rel=0.01)
