"""Radiographs of two dates in the window: a region drawn on one is followed to the next, by mouse and keys."""

from pathlib import Path

import numpy as np
import pytest
from drawn_films import attenuation, film, similarity
from hands import SHIFT, drag, key
from pydicom import dcmread
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from scipy import ndimage
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.findings.registration import ON_FILMS, Verdict
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.corner_text import corners
from mo_viewer.ui.marks import drawing as painting

PLACE_MM, KNOWN = (120.0, 95.0), similarity(8.0, 1.06, (6.0, -4.0), (95.0, 100.0))
THEN, NOW = "1.2.3.1", "1.2.3.2"


def write_film(folder: Path, study: str, date: str, volume, spacing=True) -> None:
    """Write one DX image; without spacing it says nothing about the size of a pixel."""
    (path,) = write_series(folder, uid=f"{study}.1", study=study, date=date, modality="DX", slices=1)
    data = dcmread(path)
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID", "PixelSpacing"):
        delattr(data, name)
    if spacing:
        data.ImagerPixelSpacing = [volume.geometry.spacing_mm[1]] * 2
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    data.Rows, data.Columns = volume.values.shape[1:]
    data.RescaleType, data.RescaleIntercept = "US", 0
    data.PixelData = volume.values[0].astype(np.int16).tobytes()
    data.save_as(path, enforce_file_format=True)


def window_of(qtbot, tmp_path, later, spacing=True):
    write_film(tmp_path / "dx", THEN, "2024-01-05", film(attenuation("hip")), spacing)
    write_film(tmp_path / "dx", NOW, "2024-05-06", later, spacing)
    made = opened_window(qtbot, tmp_path / "dx", tmp_path / "f.sqlite", plugin_places(), (1366, 768))
    made.show_series(next(one for one in made.library.series if one.source.study_uid == THEN))
    assert wait_until(lambda: made.volume is not None and made.volume.source.study_uid == THEN, 20)
    return made


def draw_region(window, about_mm, radius_mm):
    view = window.pane.view
    key(view, Qt.Key.Key_R, SHIFT)
    middle, px = view.position_of((*about_mm, 0.0)).toPoint(), view.framing.px_per_mm * radius_mm
    turns = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    drag(view, *(middle + QPoint(round(px * np.cos(a)), round(px * np.sin(a))) for a in turns))
    assert wait_until(lambda: window.jobs.is_idle, 60)


def lesion_of(window, study):
    return window.session.document.timepoint(study).lesions


def test_a_region_is_followed_to_the_next_film_and_gets_numbers_only_once_it_is_taken(qtbot, tmp_path):
    window = window_of(qtbot, tmp_path, film(attenuation("hip"), KNOWN, gamma=0.8, seed=2))
    draw_region(window, PLACE_MM, 12.0)
    (then,) = lesion_of(window, THEN)
    key(window.pane.view, Qt.Key.Key_K, SHIFT)
    assert wait_until(lambda: window.session.document.timepoint(NOW) and window.jobs.is_idle, 120)
    (now,) = lesion_of(window, NOW)
    assert (now.tracking_uid, now.label) == (then.tracking_uid, "Lesion 1")
    assert now.measurements == ()
    assert "carried over" in now.refused[0].reason
    true = KNOWN[:2, :2] @ PLACE_MM + KNOWN[:2, 3]
    assert np.linalg.norm(now.mask.points_mm().mean(axis=0)[:2] - true) < 1.0
    assert now.mask.voxels == pytest.approx(then.mask.voxels * 1.06**2, rel=0.03)
    (known,) = window.session.document.registrations
    assert (known.anchor, known.verdict) == (ON_FILMS, Verdict.GOOD)
    window.act(f"study.{NOW}")
    assert wait_until(lambda: window.volume is not None and window.volume.source.study_uid == NOW, 20)
    window.room.select(now.tracking_uid)
    key(window.pane.view, Qt.Key.Key_Y, SHIFT)
    assert wait_until(lambda: window.jobs.is_idle and lesion_of(window, NOW)[0].measurements, 60)
    area = lesion_of(window, NOW)[0].measured("area_mm2")
    assert area.value == pytest.approx(np.pi * 12**2 * 1.06**2, rel=0.04)
    assert area.notes == ("millimetres: detector",)

    def named():
        return {label.text() for label in window.panels.findChildren(QLabel) if label.objectName() == "rowName"}

    assert wait_until(lambda: {"Long axis", "Short axis"} <= named(), 20), named()
    assert not any("in slice" in name for name in named())
    assert window.host.faults == []
    window.close()


def test_words_of_a_length_stand_clear_of_a_lesions_and_both_say_what_their_millimetres_are(
    qtbot, tmp_path, monkeypatch
):
    window = window_of(qtbot, tmp_path, film(attenuation("hip"), KNOWN, seed=2))
    draw_region(window, PLACE_MM, 12.0)
    view, drawn = window.pane.view, []

    def draw_marks(*given):
        drawn.append((given[-1], painting.draw_marks(*given)))

    monkeypatch.setattr("mo_viewer.ui.picture_painter.draw_marks", draw_marks)
    middle = view.position_of((*PLACE_MM, 0.0)).toPoint()
    key(view, Qt.Key.Key_M)
    drag(view, middle + QPoint(-30, 24), middle + QPoint(45, 26))
    view.grab()
    others, words = drawn[-1]
    assert len(words) == 1
    assert len(others) > 4, "the lesion's label, corners, scale"
    assert not any(other.intersects(words[0].adjusted(-2, -2, 2, 2)) for other in others)
    (label,) = (flat.text for flat in view.look(view.shown).flat if getattr(flat, "text", ""))
    assert label.startswith("Lesion 1 · max ")
    assert label.endswith(" mm at detector")

    def headings():
        return [one.text() for one in window.panels.findChildren(QLabel) if one.objectName() == "heading"]

    assert wait_until(lambda: "SIZE · mm at detector" in headings(), 20), headings()
    window.close()


def test_two_films_stand_side_by_side_in_one_scale_and_a_wrong_one_is_not_aligned(qtbot, tmp_path):
    window = window_of(qtbot, tmp_path, film(attenuation("hip")[:, ::-1], KNOWN, seed=2))
    window.act(f"study.{NOW}")
    assert wait_until(lambda: window.volume is not None and window.volume.source.study_uid == NOW, 20)
    key(window.pane.view, Qt.Key.Key_P, SHIFT)
    assert wait_until(lambda: window.session.document.registrations and window.jobs.is_idle, 120)
    (known,) = window.session.document.registrations
    assert (known.verdict, known.matrix_lps) == (Verdict.FAILED, None)
    assert [pane.series.source.study_uid for pane in window.workspace.panes] == [THEN, NOW]
    said = " ".join(message.sentence for pane in window.workspace.panes for message in pane.messages.messages)
    assert "nothing is compared" in said
    assert {pane.view.linked() for pane in window.workspace.panes} == {"linked"}
    assert window.host.faults == []
    window.close()


def test_linked_films_of_which_one_is_to_be_checked_say_so_in_both_pictures(qtbot, tmp_path):
    wider = ndimage.affine_transform(attenuation("hip"), [[1, 0], [0, 1 / 1.025]], order=1)
    window = window_of(qtbot, tmp_path, film(wider, KNOWN, seed=2))
    window.act(f"study.{NOW}")
    assert wait_until(lambda: window.volume is not None and window.volume.source.study_uid == NOW, 20)
    key(window.pane.view, Qt.Key.Key_P, SHIFT)
    assert wait_until(lambda: window.session.document.registrations and window.jobs.is_idle, 120)
    (known,) = window.session.document.registrations
    assert known.verdict is Verdict.CHECK
    for pane in window.workspace.panes:
        look = pane.view.look(pane.view.shown)
        said = corners(look.picture, look.stack, look.window, look.framing, linked=look.linked, doubt=look.doubt)
        assert any(words.text == look.doubt and words.tone == "caution" for words in said.top_right)
        assert look.doubt == f"to be checked: {known.reason}"
        assert look.linked == "registered"
    for name in ("scroll", "zoom"):
        window.act(f"link.{name}")
    assert [pane.view.look(pane.view.shown).doubt for pane in window.workspace.panes] == ["", ""]
    window.close()


def test_films_without_calibration_are_aligned_in_pixels_and_it_is_said(qtbot, tmp_path):
    window = window_of(qtbot, tmp_path, film(attenuation("hip"), KNOWN, seed=2), spacing=False)
    heard, plain = [], window.say
    window.say = lambda text, tone="info": (heard.append(text), plain(text, tone))
    window.act(f"study.{NOW}")
    assert wait_until(lambda: window.volume is not None and window.volume.source.study_uid == NOW, 20)
    key(window.pane.view, Qt.Key.Key_P, SHIFT)
    assert wait_until(lambda: window.session.document.registrations and window.jobs.is_idle, 120)
    (known,) = window.session.document.registrations
    assert known.verdict is Verdict.GOOD
    assert known.residual_mm is None
    assert any("no sizes are compared" in text for text in heard)
    left, right = (pane.view.framing.px_per_mm for pane in window.workspace.panes)
    assert left / right == pytest.approx(1.06, rel=0.01)
    window.close()
