"""Marking, brush, eraser, push, regions, native bone: by mouse, wheel and keys in a real window."""

import numpy as np
import pytest
from hands import ALT, CTRL, SHIFT, click, drag, hover, key
from phantoms import ellipsoid
from pydicom import dcmread
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from shown_window import opened_window
from small_studies import write_series
from written_ct import INTERCEPT, export_core, write_ct

from mo_viewer.findings.lesion import BY_HAND
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.report.verify import verify
from mo_viewer.ui.app import wait_until

PATIENCE_S = 120
SEMI_MM = (11.0, 9.0, 8.0)


@pytest.fixture(scope="module")
def phantom():
    return ellipsoid(SEMI_MM, rim_mm=3.0, rim_hu=600.0, bone_gap_mm=4.0, shape=(48, 110, 120), noise_hu=8.0, psf_mm=1.0)


@pytest.fixture(scope="module")
def images(phantom, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ct")
    volume = phantom.volume
    hu = volume.rescaled((0, 0, 0), volume.geometry.shape)
    write_ct(folder, volume.geometry, np.round(hu - INTERCEPT).astype(np.int16))
    return folder


@pytest.fixture
def window(qtbot, tmp_path, images, phantom):
    made = opened_window(qtbot, images, tmp_path / "findings.sqlite", plugin_places(), (1366, 768))
    assert wait_until(lambda: made.jobs.is_idle, PATIENCE_S)
    made.pane.view.bring(phantom.centre_mm)
    plain_say, made.heard = made.say, []

    def say(text, tone="info"):
        made.heard.append(text)
        plain_say(text, tone)

    made.say = say
    yield made
    assert made.host.faults == []
    made.close()


def at(window, point) -> QPoint:
    return window.pane.view.position_of(point).toPoint()


def beside(phantom, x=0.0, y=0.0):
    cx, cy, cz = phantom.centre_mm
    return (cx + x, cy + y, cz)


def settle(window):
    assert wait_until(lambda: window.jobs.is_idle, PATIENCE_S)


def lesions(window):
    document = window.session.document
    return document.timepoints[0].lesions if document.timepoints else ()


def marked(window, phantom):
    window.act("tool.mo_ossification.tool.mark")
    click(window.pane.view, at(window, phantom.centre_mm))
    settle(window)
    [lesion] = lesions(window)
    return lesion


def turn(view, where, steps, keys):
    phase = Qt.ScrollPhase.NoScrollPhase
    place = QPointF(where)
    QApplication.sendEvent(
        view,
        QWheelEvent(place, view.mapToGlobal(place), QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton, keys,
                    phase, False),
    )  # fmt: skip


def test_the_same_calcification_clicked_twice_is_one_lesion(window, phantom) -> None:
    first = marked(window, phantom)
    view = window.pane.view
    click(view, at(window, beside(phantom, x=3.0)))
    settle(window)
    assert [one.tracking_uid for one in lesions(window)] == [first.tracking_uid]
    assert "That is Lesion 1 already" in window.heard[-1]
    click(view, at(window, beside(phantom, x=SEMI_MM[0] + 0.8)))
    settle(window)
    [again] = lesions(window)
    assert (again.tracking_uid, again.label) == (first.tracking_uid, "Lesion 1")
    assert again.measured("volume").value == pytest.approx(first.measured("volume").value, rel=0.05)
    assert "one lesion, not two" in window.heard[-1]


def test_alt_and_the_wheel_move_the_threshold_and_undo_takes_it_back(window, phantom) -> None:
    before = marked(window, phantom)
    view = window.pane.view
    turn(view, at(window, phantom.centre_mm), 3, ALT)
    assert " HU" in window.heard[-1]
    settle(window)
    [after] = lesions(window)
    assert after.threshold_hu is not None
    assert f"threshold {after.threshold_hu:.0f} HU" in after.measured("volume").method
    key(view, Qt.Key.Key_Down, CTRL)
    settle(window)
    assert lesions(window)[0].threshold_hu == after.threshold_hu - 10
    key(view, Qt.Key.Key_Z, CTRL)
    key(view, Qt.Key.Key_Z, CTRL)
    assert lesions(window)[0] == before


def test_a_stroke_of_the_brush_is_one_step_and_the_eraser_takes_it_off(window, phantom) -> None:
    before = marked(window, phantom)
    view = window.pane.view
    key(view, Qt.Key.Key_B)
    hover(view, at(window, beside(phantom, y=-SEMI_MM[1])))
    key(view, Qt.Key.Key_B, CTRL | SHIFT)
    way = [at(window, beside(phantom, x=x, y=-SEMI_MM[1])) for x in (-4.0, -2.0, 0.0, 2.0, 4.0)]
    drag(view, *way)
    settle(window)
    [after] = lesions(window)
    assert after.mask.voxels > before.mask.voxels
    assert window.session.undo_title == "Brush Lesion 1"
    assert after.measured("volume").method.startswith(BY_HAND)
    added = after.mask.volume_mm3 - before.mask.volume_mm3
    assert after.measured("volume").value - before.measured("volume").value == pytest.approx(added, rel=0.25)
    key(view, Qt.Key.Key_B, SHIFT)
    drag(view, *way)
    settle(window)
    assert window.session.undo_title == "Rub out Lesion 1"
    assert lesions(window)[0].mask.voxels < before.mask.voxels
    key(view, Qt.Key.Key_Z, CTRL)
    key(view, Qt.Key.Key_Z, CTRL)
    assert lesions(window)[0] == before


def test_two_quick_strokes_are_two_steps_and_neither_is_lost(window, phantom) -> None:
    before = marked(window, phantom)
    view = window.pane.view
    key(view, Qt.Key.Key_B)
    for x in (-SEMI_MM[0], SEMI_MM[0]):
        click(view, at(window, beside(phantom, x=x)))
    settle(window)
    [after] = lesions(window)
    inside = after.mask.points_mm()
    for x in (-SEMI_MM[0], SEMI_MM[0]):
        assert np.linalg.norm(inside - beside(phantom, x=x + np.sign(x) * 2.0), axis=1).min() < 1.0
    key(view, Qt.Key.Key_Z, CTRL)
    assert before.mask.voxels < lesions(window)[0].mask.voxels < after.mask.voxels


def test_the_size_of_the_brush_is_turned_by_wheel_and_keys_and_shown(window, phantom) -> None:
    view = window.pane.view
    key(view, Qt.Key.Key_B)
    turn(view, at(window, phantom.centre_mm), 2, ALT)
    assert "radius 5.3 mm" in window.heard[-1]
    key(view, Qt.Key.Key_BracketLeft)
    assert "radius 4.6 mm" in window.heard[-1]
    key(view, Qt.Key.Key_J, SHIFT)
    assert "only 100 to 3000 HU" in window.heard[-1]


def test_a_lesion_cannot_be_rubbed_out_of_existence(window, phantom) -> None:
    before = marked(window, phantom)
    view = window.pane.view
    key(view, Qt.Key.Key_B, SHIFT)
    key(view, Qt.Key.Key_B, CTRL | SHIFT)
    turn(view, at(window, phantom.centre_mm), 14, ALT)
    click(view, at(window, phantom.centre_mm))
    settle(window)
    assert lesions(window) == (before,)
    assert ["Nothing would be left" in said.sentence for said in window.pane.messages.messages] == [True]
    click(view, at(window, phantom.centre_mm))
    assert window.pane.messages.messages == ()


def test_the_contour_is_pulled_by_its_line(window, phantom) -> None:
    before = marked(window, phantom)
    view = window.pane.view
    key(view, Qt.Key.Key_U, CTRL)
    left = [beside(phantom, x=-SEMI_MM[0] - out) for out in (0.0, 1.0, 2.0, 3.0)]
    drag(view, *(at(window, place) for place in left))
    settle(window)
    [after] = lesions(window)
    assert window.session.undo_title == "Reshape Lesion 1"
    assert after.surface.vertices_mm[:, 0].min() == pytest.approx(before.surface.vertices_mm[:, 0].min() - 3.0, abs=0.6)
    assert after.measured("volume").method.startswith(BY_HAND)
    drag(view, at(window, beside(phantom, y=-25.0)), at(window, beside(phantom, y=-20.0)))
    settle(window)
    assert lesions(window)[0] == after
    assert "Take hold of the contour" in window.heard[-1]


def test_a_region_without_calcification_is_a_lesion_on_as_many_slices_as_are_drawn(window, phantom) -> None:
    view = window.pane.view
    middle = beside(phantom, x=-24.0)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)

    def ring():
        return [at(window, (middle[0] + 6 * np.cos(a), middle[1] + 6 * np.sin(a), view.shown.plane.origin_mm[2]))
                for a in angles]  # fmt: skip

    key(view, Qt.Key.Key_R, SHIFT)
    drag(view, *ring())
    settle(window)
    [flat] = lesions(window)
    assert flat.measured("area_mm2").value == pytest.approx(np.pi * 36, rel=0.08)
    assert flat.measured("volume") is None
    for _ in range(4):
        key(view, Qt.Key.Key_Down)
    drag(view, *ring(), keys=SHIFT)
    settle(window)
    key(view, Qt.Key.Key_F, CTRL | SHIFT)
    settle(window)
    [solid] = lesions(window)
    assert solid.mask.inside.shape[0] == 5
    step = window.volume.geometry.spacing_mm[0]
    assert solid.measured("volume").value == pytest.approx(np.pi * 36 * 5 * step, rel=0.1)
    assert solid.measured("mean_hu").value == pytest.approx(55.0, abs=4)


def test_native_bone_is_shown_and_corrected_by_a_click(window, phantom) -> None:
    view = window.pane.view
    key(view, Qt.Key.Key_B, CTRL)
    settle(window)
    drawn = window.tools.flat(window.room.scene(view.shown))
    assert drawn
    bone = window.room.skeletons.known(window.volume, ())
    points = bone.mask.points_mm()
    spot = points[np.argmin(np.abs(points[:, 2] - phantom.centre_mm[2]))]
    view.bring(tuple(spot))
    click(view, at(window, spot))
    settle(window)
    [word] = window.session.document.timepoints[0].bone_clicks
    assert word.is_bone is False
    told = window.room.skeletons.known(window.volume, (word,))
    assert told.mask.voxels < 0.5 * bone.mask.voxels
    assert window.session.undo_title == "This is no bone"
    key(view, Qt.Key.Key_Z, CTRL)
    assert not window.session.document.timepoints


def test_an_edited_lesion_is_exported_with_its_method_and_verifies(window, phantom, images, tmp_path) -> None:
    marked(window, phantom)
    view = window.pane.view
    key(view, Qt.Key.Key_B)
    click(view, at(window, beside(phantom, x=-SEMI_MM[0])))
    settle(window)
    document = window.session.document
    source = window.volume.source
    export_core(document, {source.study_uid: source}, tmp_path / "out")
    found = verify(tmp_path / "out", [images])
    assert found.differences == ()
    assert BY_HAND in (next((tmp_path / "out").rglob("*.json"))).read_text()


def panel(window, kind):
    """A part of the panel, which is made in steps."""

    def found():
        return [one for one in window.panels.findChildren(kind) if one.isVisibleTo(window)]

    assert wait_until(found, PATIENCE_S)
    return found()[0]


def test_name_site_and_side_are_written_in_the_panel_and_undone_one_by_one(window, phantom) -> None:
    from mo_ossification.details import Details

    marked(window, phantom)
    window.show()
    window.activateWindow()
    QTest.qWait(50)
    details = panel(window, Details)
    details.name.setFocus()
    details.name.selectAll()
    QTest.keyClicks(details.name, "medial mass")
    QTest.keyClick(details.name, Qt.Key.Key_Return)
    assert lesions(window)[0].label == "medial mass"
    line = details.site.lineEdit()
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "rider")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert lesions(window)[0].site.meaning.lower().startswith(("medial", "muscle", "thigh", "adductor", "structure"))
    details.side.setFocus()
    QTest.keyClick(details.side, Qt.Key.Key_Down)
    assert lesions(window)[0].laterality == "left"
    for title in ("Side of medial mass", "Site of medial mass", "Rename Lesion 1"):
        assert window.session.undo_title == title
        key(window.pane.view, Qt.Key.Key_Z, CTRL)
    assert lesions(window)[0].label == "Lesion 1"


def test_a_lesion_is_a_proposal_until_it_is_confirmed_by_key_or_button(window, phantom, tmp_path) -> None:
    from mo_viewer.session.audit import RECORD

    assert marked(window, phantom).accepted is False
    key(window.pane.view, Qt.Key.Key_Return, CTRL)
    assert lesions(window)[0].accepted
    assert window.session.undo_title == "Confirm Lesion 1"
    window.session.flush()
    assert (RECORD, "Confirm Lesion 1") in [(entry.event, entry.detail) for entry in window.session.audit.entries()]
    key(window.pane.view, Qt.Key.Key_Z, CTRL)
    assert not lesions(window)[0].accepted
    assert wait_until(lambda: shown_buttons(window, "Confirm"), 10)
    QTest.mouseClick(shown_buttons(window, "Confirm")[0], Qt.MouseButton.LeftButton)
    assert lesions(window)[0].accepted
    assert wait_until(lambda: any("· confirmed" in one.text() for one in window.panels.findChildren(QPushButton)), 10)
    source = window.volume.source
    export_core(window.session.document, {source.series_uid: source}, tmp_path / "out")
    (path,) = (tmp_path / "out").glob("*_sr.dcm")
    assert b"contour confirmed by the reader" in path.read_bytes()
    turn(window.pane.view, at(window, phantom.centre_mm), 3, ALT)
    settle(window)
    assert not lesions(window)[0].accepted, "another contour is another proposal"


def shown_buttons(window, words):
    return [one for one in window.panels.findChildren(QPushButton) if one.text() == words and one.isVisible()]


def test_limits_of_density_classes_are_kept_with_the_result_and_drawn(window, phantom) -> None:
    from mo_ossification.small_pictures import ClassBars, DepthCurve

    marked(window, phantom)
    window.show()
    window.activateWindow()
    QTest.qWait(50)
    settle(window)
    QTest.qWait(50)
    assert panel(window, ClassBars)
    assert panel(window, DepthCurve)
    [limits] = [one for one in window.panels.findChildren(QLineEdit) if one.text().startswith("100, 200")]
    limits.setFocus()
    limits.selectAll()
    QTest.keyClicks(limits, "150, 300, 500, 800")
    QTest.keyClick(limits, Qt.Key.Key_Return)
    settle(window)
    assert [one.from_hu for one in lesions(window)[0].class_volumes] == [150, 300, 500, 800]
    assert window.session.undo_title == "Density classes 150, 300, 500, 800 HU"
    view = window.pane.view
    turn(view, at(window, phantom.centre_mm), 3, ALT)
    settle(window)
    assert window.session.undo_title.startswith("Threshold")
    assert [one.from_hu for one in lesions(window)[0].class_volumes] == [150, 300, 500, 800]
    window.act("tool.mo_ossification.tool.brush")
    drag(view, at(window, beside(phantom, x=SEMI_MM[0])), at(window, beside(phantom, x=SEMI_MM[0] + 2.0)))
    settle(window)
    [edited] = lesions(window)
    assert edited.is_by_hand
    assert [one.from_hu for one in edited.class_volumes] == [150, 300, 500, 800]


@pytest.mark.parametrize("pixel_mm", [0.5, 0.1])
def test_a_contour_on_a_radiograph_has_area_and_axes_and_goes_out_as_a_planar_group(qtbot, tmp_path, pixel_mm) -> None:
    folder = tmp_path / "dx"
    write_series(folder, modality="DX", slices=1, side=200, ImagerPixelSpacing=[pixel_mm, pixel_mm])
    for path in folder.iterdir():
        data = dcmread(path)
        for name in ("ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID", "PixelSpacing"):
            if name in data:
                delattr(data, name)
        data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
        data.save_as(path, enforce_file_format=True)
    made = opened_window(qtbot, folder, tmp_path / "findings.sqlite", plugin_places(), (1366, 768))
    view = made.pane.view
    assert not made.volume.geometry.in_patient
    key(view, Qt.Key.Key_K)
    assert "use Outline a lesion" in made.pane.messages.messages[-1].sentence
    key(view, Qt.Key.Key_R, SHIFT)
    middle = view.rect().center()
    px = view.framing.px_per_mm
    wide, high = 80 * pixel_mm, 60 * pixel_mm
    drag(view, *(middle + QPoint(round(wide * px * np.cos(a)), round(high * px * np.sin(a)))
                 for a in np.linspace(0, 2 * np.pi, 60, endpoint=False)))  # fmt: skip
    settle(made)
    [lesion] = lesions(made)
    assert lesion.measured("area_mm2").value == pytest.approx(np.pi * wide * high, rel=0.03)
    assert lesion.measured("long_axis_mm").value == pytest.approx(2 * wide, abs=2 * pixel_mm)
    assert lesion.measured("short_axis_mm").value == pytest.approx(2 * high, abs=2 * pixel_mm)
    assert lesion.measured("area_mm2").notes == ("millimetres: detector",)
    assert lesion.measured("volume") is None
    source = made.volume.source
    export_core(made.session.document, {source.study_uid: source}, tmp_path / "out")
    assert verify(tmp_path / "out", [folder]).differences == ()
    assert made.host.faults == []
    made.close()
