"""Pictures of planes that are cut through the stack, of slabs, of a second series laid over, of MONOCHROME1."""

from dataclasses import replace

import numpy as np
import pytest
from phantoms import OBLIQUE, as_volume
from pictures_compare import check
from PySide6.QtWidgets import QApplication
from test_slice_pictures import SIZE, radiograph, thigh

from mo_viewer.ui.blend import Blends, Second
from mo_viewer.ui.darkroom import Order, develop
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.picture_acts import picture_of
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.cuts import Cuts, Orientation
from mo_viewer.volume.projection import Projection, Slab
from mo_viewer.volume.reslice import Interpolation
from mo_viewer.volume.volume import Length
from mo_viewer.volume.window import Window

WIDE = Window(300, 1500, "Calcification, wide")
CENTRE = (0.0, 0.0, 0.0)


def view_of(qtbot, volume, stack, window, slab=None, how=Interpolation.LINEAR):
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.show()
    is_slice = stack.cuts is None and slab is None
    view.develop = lambda volume, k: Picture(volume, k, k) if is_slice else develop(Order(stack, volume, k, slab, how))
    view.begin(stack, None, window)
    view.show_volume(volume, stack)
    if volume.geometry.in_patient:
        view.ask(stack.nearest(CENTRE))
    QApplication.processEvents()
    return view


@pytest.mark.parametrize("looks", [Orientation.CORONAL, Orientation.SAGITTAL])
def test_a_plane_of_mpr(qtbot, tmp_path, looks):
    volume = thigh()
    stack = Stack(volume.geometry, Cuts(volume.geometry, looks))
    check(picture_of(view_of(qtbot, volume, stack, WIDE), 1.0, named=True), f"mpr_{looks}", tmp_path)


@pytest.mark.parametrize("how", Interpolation)
def test_an_oblique_plane_in_every_interpolation(qtbot, tmp_path, how):
    volume = thigh()
    stack = Stack(volume.geometry, Cuts(volume.geometry, Orientation.CORONAL, OBLIQUE, CENTRE))
    view = view_of(qtbot, volume, stack, WIDE, how=how)
    view.smooth = how is not Interpolation.NEAREST
    check(picture_of(view, 1.0, named=True), f"oblique_plane_{how}", tmp_path)


@pytest.mark.parametrize("how", Projection)
def test_a_slab_of_twelve_millimetres(qtbot, tmp_path, how):
    volume = thigh()
    view = view_of(qtbot, volume, Stack(volume.geometry), WIDE, Slab(12.0, how))
    check(picture_of(view, 1.0, named=True), f"slab_{how}", tmp_path)


def test_monochrome1_has_its_bones_bright(qtbot, tmp_path):
    volume = radiograph(Length.DETECTOR, inverted=True)
    volume = replace(volume, values=4095 - volume.values)
    view = view_of(qtbot, volume, Stack(volume.geometry), Window(4095 - 1064 + 1, 400))
    check(picture_of(view, 1.0, named=True), "monochrome1", tmp_path)


def test_a_second_series_in_colours_over_the_first(qtbot, tmp_path):
    volume = thigh()
    x, y, z = np.moveaxis(volume.geometry.points_mm(np.indices(volume.geometry.shape).reshape(3, -1).T), 1, 0)
    glow = 300 * np.exp(-((x - 12) ** 2 + (y + 6) ** 2 + z**2) / 300)
    other = as_volume(glow.reshape(volume.geometry.shape), volume.geometry)
    jobs = Jobs()
    view = view_of(qtbot, volume, Stack(volume.geometry), Window(40, 400, "Soft tissue"))
    blends = Blends(jobs, "test", view.update)
    second = Second(other, "MR T1", Window(150, 300), "Hot iron", 0.5)
    view.second = lambda picture: blends.laid(picture, second)
    check(picture_of(view, 1.0, named=True), "second_series", tmp_path)
    jobs.close()
