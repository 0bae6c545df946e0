from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from phantoms import AXIAL, OBLIQUE, grid, sphere
from pictures_compare import check, difference
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mo_viewer.base.remarks import Remark
from mo_viewer.plugin_host.api import Label, Line, Marker, Scene
from mo_viewer.plugin_host.host import Contribution, Host, Plugin
from mo_viewer.ui.overlays import Overlays
from mo_viewer.ui.picture_acts import picture_of, picture_of_look
from mo_viewer.ui.picture_painter import Texts
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Stack
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Patient
from mo_viewer.volume.volume import Length
from mo_viewer.volume.window import Shape, Table, Window

SIZE = (480, 400)
PATIENT = Patient("9f3c2a77", "12345", "Muster^Erika", "F", "1980-02-01")


@cache
def pixels_of(oblique):
    """A hollow sphere beside a bone."""
    geometry = grid((12, 96, 112), (3.0, 0.7, 0.85), OBLIQUE if oblique else AXIAL)
    return sphere(22.0, geometry=geometry, rim_mm=3.0, bone_gap_mm=6.0, noise_hu=8.0).volume


def thigh(oblique=False, **changes):
    """The same with words for all corners."""
    made = pixels_of(oblique)
    acquisition = replace(made.source.acquisition, slice_mm=3.0, kernel="B30", kvp=120.0)
    source = replace(
        made.source,
        patient=PATIENT,
        number=2,
        description="Thigh axial",
        study_description="CT thigh left",
        time="10:14:00",
        acquisition=acquisition,
    )
    return replace(made, source=source, **changes)


def view_of(qtbot, volume, window):
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.show()
    view.begin(Stack(volume.geometry), None, window)
    view.show_volume(volume)
    QApplication.processEvents()
    return view


def radiograph(length, **changes):
    made = thigh()
    old = made.geometry
    geometry = Geometry((1, *old.shape[1:]), old.origins_mm[:1], old.row_step_mm, old.column_step_mm, "", False)
    values = made.values[6:7].copy()
    source = replace(made.source, modality="DX", study_description="Femur AP", description="")
    return replace(
        made,
        values=values,
        geometry=geometry,
        source=source,
        unit="",
        length=length,
        slope=np.ones(1),
        intercept=np.zeros(1),
        **changes,
    )


def test_axial_with_words_and_what_lies_under_the_cursor(qtbot, tmp_path):
    view = view_of(qtbot, thigh(), Window(40, 400, "Soft tissue"))
    QTest.mouseMove(view, QPoint(201, 187))
    check(picture_of_look(view.look(view.shown), 1.0), "axial", tmp_path)


def test_axial_at_twice_the_pixels(qtbot, tmp_path):
    check(picture_of(view_of(qtbot, thigh(), Window(40, 400, "Soft tissue")), 2.0, named=True), "axial_2x", tmp_path)


def test_names_hidden_and_inverted(qtbot, tmp_path):
    view = view_of(qtbot, thigh(), Window(300, 1500, "Calcification, wide"))
    view.names_hidden = True
    view.set_inverted(True)
    check(picture_of(view, 1.0, named=True), "hidden_inverted", tmp_path)


def test_oblique_with_a_contour_its_label_and_a_marker(qtbot, tmp_path):
    volume = thigh(oblique=True)
    view = view_of(qtbot, volume, Window(300, 1500, "Calcification, wide"))
    view.overlays = overlay_of(tmp_path)
    check(picture_of(view, 1.0, named=True), "oblique_contour", tmp_path)


def overlay_of(folder):
    """Circles of 11 mm round the phantom's centre on the shown plane, as a plugin would give them."""

    def draw(scene):
        centre = scene.plane.on_plane(np.zeros(3))[0]
        turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        circle = scene.plane.to_patient(centre + 11 * np.column_stack([np.cos(turn), np.sin(turn)]))
        axis = scene.plane.to_patient(centre + np.array([[-11.0, 0.0], [11.0, 0.0]]))
        middle = scene.plane.to_patient(centre[None])[0]
        return [
            Line(circle, "#e69f00", width=2.0),
            Line(axis, "#ffffff", width=1.2, closed=False, dashed=True),
            Marker(middle, "#e69f00"),
            Label(circle[0], "L1 · 22 mm", "#e69f00"),
        ]

    host = Host()
    plugin = Plugin("mo_x", folder, "test", state="running")
    plugin.contributions = [Contribution("mo_x", "overlay", "o", "o", draw)]
    host.plugins.append(plugin)
    asked = Overlays(host, lambda fault: None)
    return lambda p: asked.flat(Scene(p.volume, p.plane, p.half_thickness_mm, None, ""))


@pytest.mark.parametrize("length", [Length.DETECTOR, Length.NONE, Length.CALIBRATED])
def test_a_radiograph_says_what_its_lengths_are_worth(qtbot, tmp_path, length):
    remarks = (Remark("lossy", "Compressed."), Remark("no_spacing", "The pixel spacing is absent, so there are no mm."))
    volume = radiograph(length, remarks=remarks if length is Length.NONE else ())
    check(picture_of(view_of(qtbot, volume, Window(1064, 400)), 1.0, named=True), f"radiograph_{length}", tmp_path)


def test_monochrome1_looks_like_monochrome2_with_bones_bright(qtbot):
    plain, turned = radiograph(Length.DETECTOR), radiograph(Length.DETECTOR, inverted=True)
    turned = replace(turned, values=4095 - turned.values)
    pictures = []
    for volume, window in ((plain, Window(1064, 400)), (turned, Window(4095 - 1064 + 1, 400))):
        view = view_of(qtbot, volume, window)
        view.texts = Texts.NONE
        pictures.append(picture_of(view, 1.0, named=True))
    assert difference(*pictures)[0] < 1.5


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("sigmoid", Window(200, 500, "Sigmoid", Shape.SIGMOID)),
        ("table", Window(0, 0, "Table", table=Table(-100, 8, np.linspace(0, 255, 900).astype("<u2").tobytes()))),
    ],
)
def test_windows_that_are_not_linear(qtbot, tmp_path, name, window):
    view = view_of(qtbot, thigh(), window)
    view.texts = Texts.LETTERS
    check(picture_of(view, 1.0, named=True), name, tmp_path)


def test_a_picture_that_is_off_by_a_pixel_or_a_word_is_noticed(qtbot):
    view = view_of(qtbot, thigh(), Window(40, 400, "Soft tissue"))
    right = picture_of(view, 1.0, named=True)
    view.names_hidden = True
    other = picture_of(view, 1.0, named=True)
    assert difference(right, other)[1] > 0.002
    view.names_hidden = False
    view.set_framing(view.framing.panned(1, 0))
    assert difference(right, picture_of(view, 1.0, named=True))[1] > 0.002
    assert difference(right, QImage(right)) == (0, 0)
