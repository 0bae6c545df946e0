"""Two images of one study that nothing places beside each other: a contour lies on the one that it was drawn on."""

import csv
import io
import json

import numpy as np
import pytest
from hands import SHIFT, click, drag, key
from pydicom import dcmread
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.findings.colours import LESION_COLOURS
from mo_viewer.findings.mark import ImageRef
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import wait_until

FIRST, OTHER = "1.2.3.1.1", "1.2.3.1.2"
FILM = "1.2.840.10008.5.1.4.1.1.1.1"
UNPLACED = ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleType")


def write_films(folder, frame):
    for uid in (FIRST, OTHER):
        (path,) = write_series(folder, uid=uid, slices=1, side=400, modality="DX", SOPClassUID=FILM)
        data = dcmread(path)
        for name in (*UNPLACED, *(() if frame else ("FrameOfReferenceUID",))):
            delattr(data, name)
        data.ImagerPixelSpacing = [0.2, 0.2]
        data.save_as(path, enforce_file_format=True)


def write_slices(folder, modality):
    for uid in (FIRST, OTHER):
        for path in write_series(folder, uid=uid, slices=3, side=200, modality=modality):
            data = dcmread(path)
            del data.FrameOfReferenceUID
            if modality == "MR":
                del data.RescaleType
            data.save_as(path, enforce_file_format=True)


WRITTEN = {
    "films": lambda folder: write_films(folder, False),
    "films that name a frame": lambda folder: write_films(folder, True),
    "MR": lambda folder: write_slices(folder, "MR"),
    "CT": lambda folder: write_slices(folder, "CT"),
}
ALL = pytest.mark.parametrize("window", WRITTEN, indirect=True)


@pytest.fixture
def window(request, qtbot, tmp_path):
    WRITTEN[getattr(request, "param", "films")](tmp_path / "in")
    made = opened_window(qtbot, tmp_path / "in", tmp_path / "f.sqlite", plugin_places(), (1366, 768))
    show(made, FIRST)
    yield made
    assert made.host.faults == []
    made.close()


def show(window, uid):
    window.show_series(next(one for one in window.library.series if one.source.series_uid == uid))
    assert wait_until(lambda: shown(window) == uid and window.jobs.is_idle, 20)
    QApplication.processEvents()


def shown(window):
    return "" if window.volume is None else window.volume.source.series_uid


def outline(window, right=0, radius=60, keys=Qt.KeyboardModifier.NoModifier):
    view = window.pane.view
    middle = view.rect().center() + QPoint(right, 0)
    key(view, Qt.Key.Key_R, SHIFT)
    turns = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    drag(view, *(middle + QPoint(round(radius * np.cos(a)), round(radius * np.sin(a))) for a in turns), keys=keys)
    assert wait_until(lambda: window.jobs.is_idle, 60)
    key(view, Qt.Key.Key_Escape)
    view.point_mouse_at(None)
    QApplication.processEvents()


def lesions(window):
    return [lesion for one in window.session.document.timepoints for lesion in one.lesions]


def has_contour(view, n=0):
    """Whether the picture bears the colour of the nth lesion."""
    image = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_RGB32)
    seen = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1]
    colour = [int(LESION_COLOURS[n][at : at + 2], 16) for at in (1, 3, 5)]
    return int((np.abs(seen.astype(int) - colour).max(axis=2) < 12).sum()) > 40


def line_of(window, label):
    def found():
        buttons = window.panels.findChildren(QPushButton, "lesionLine")
        return [one for one in buttons if one.isVisible() and label in one.text()]

    assert wait_until(lambda: bool(found()), 20)
    return found()[0]


def said(window):
    return [label.text() for label in window.panels.findChildren(QLabel) if label.isVisible()]


@ALL
def test_a_contour_is_drawn_on_the_image_that_it_was_drawn_on_and_on_no_other(window):
    outline(window)
    assert has_contour(window.pane.view)
    show(window, OTHER)
    assert not has_contour(window.pane.view)
    show(window, FIRST)
    assert has_contour(window.pane.view)


def test_side_by_side_only_one_of_two_films_bears_it(window):
    outline(window)
    window.act("layout.1x2")
    first, other = window.workspace.panes
    window.workspace.activate(other)
    show(window, OTHER)
    assert has_contour(first.view)
    assert not has_contour(other.view)


@ALL
def test_a_click_on_its_name_shows_the_image_that_it_lies_on(window):
    outline(window)
    show(window, OTHER)
    assert wait_until(lambda: any("Drawn on another image" in text for text in said(window)), 20)
    line = line_of(window, "Lesion 1")
    click(line, line.rect().center())
    assert wait_until(lambda: shown(window) == FIRST and window.jobs.is_idle, 20)
    assert has_contour(window.pane.view)


@ALL
def test_what_is_drawn_on_the_other_image_is_another_lesion(window):
    outline(window)
    (before,) = lesions(window)
    show(window, OTHER)
    outline(window, 20, keys=SHIFT)
    first, second = lesions(window)
    assert first == before
    assert (first.image.series_uid, second.image.series_uid) == (FIRST, OTHER)
    assert not has_contour(window.pane.view)
    assert has_contour(window.pane.view, 1)
    show(window, FIRST)
    assert has_contour(window.pane.view)
    assert not has_contour(window.pane.view, 1)


@pytest.mark.parametrize("act", ["mo_ossification.command.smooth", "mo_ossification.command.again"])
def test_an_edit_while_the_other_image_is_shown_leaves_it_as_it_is(window, act):
    outline(window)
    before = lesions(window)
    show(window, OTHER)
    window.act(act)
    assert wait_until(lambda: window.jobs.is_idle, 20)
    assert lesions(window) == before


def test_confirming_it_while_the_other_image_is_shown_moves_it_to_no_other_series(window):
    outline(window)
    show(window, OTHER)
    window.act("mo_ossification.command.accept_lesion")
    (lesion,), (timepoint,) = lesions(window), window.session.document.timepoints
    assert lesion.accepted
    assert (timepoint.series_uid, lesion.image.series_uid) == (FIRST, FIRST)


@ALL
def test_exports_say_of_each_lesion_on_which_series_it_lies(window, tmp_path):
    outline(window)
    show(window, OTHER)
    outline(window, 20)
    folder = tmp_path / "out"
    window.files.export(folder)
    assert wait_until(lambda: window.jobs.is_idle and (folder / "measurements.csv").is_file(), 120)
    (timepoint,) = json.loads((folder / "findings.json").read_text("utf-8"))["timepoints"]
    assert timepoint["series_uid"] == OTHER
    assert [one["series_uid"] for one in timepoint["lesions"]] == [FIRST, OTHER]
    rows = csv.DictReader(io.StringIO((folder / "measurements.csv").read_text("utf-8"), newline=""))
    assert {(row["label"], row["series_uid"]) for row in rows} == {("Lesion 1", FIRST), ("Lesion 2", OTHER)}
    reports = [dcmread(path) for path in folder.glob("*_sr.dcm")]
    assert len(reports) == 1
    assert "Lesion 1" not in str(reports[0])
    assert f"{FIRST}.1" not in str(reports[0])


def test_it_is_known_after_the_program_was_closed(window, qtbot, tmp_path):
    outline(window)
    window.session.flush()
    window.close()
    again = opened_window(qtbot, tmp_path / "in", tmp_path / "f.sqlite", plugin_places(), (1366, 768))
    show(again, OTHER)
    assert lesions(again)[0].image == ImageRef(FIRST, f"{FIRST}.1")
    assert not has_contour(again.pane.view)
    again.close()
