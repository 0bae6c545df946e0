"""Lengths, areas and HU drawn by the mouse on acquired, coronal and oblique planes of every kind of stack."""

import math

import numpy as np
import pytest
from hands import LEFT, drag
from phantoms import AXIAL, OBLIQUE, SAGITTAL, UNEVEN_STEPS_MM, grid, sphere
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from mo_viewer.findings.mark import MarkKind
from mo_viewer.session.session import Session
from mo_viewer.ui.darkroom import Order, develop
from mo_viewer.ui.marks.board import MarkBoard
from mo_viewer.ui.marks.hands import DrawGrip
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.cuts import Cuts, Orientation
from mo_viewer.volume.window import Window

HU = 400.0
COARSE = grid((40, 28, 20), (3.0, 4.0, 6.4))
STACKS = {
    "axial": (grid((48, 64, 56)), 30.0),
    "oblique stack": (grid((48, 64, 56), direction=OBLIQUE), 30.0),
    "sagittal": (grid((48, 64, 56), direction=SAGITTAL), 30.0),
    "tilted": (grid((48, 64, 56), tilt_deg=20.0), 30.0),
    "uneven": (grid((48, 64, 56), steps_mm=UNEVEN_STEPS_MM), 30.0),
    "4.0 x 6.4 mm pixels": (COARSE, 70.0),
}
TURN = OBLIQUE @ AXIAL.T
PLANES = ("acquired", "coronal", "oblique")


def stack_of(geometry, plane):
    if plane == "acquired":
        return Stack(geometry)
    if plane == "coronal":
        return Stack(geometry, Cuts(geometry, Orientation.CORONAL))
    return Stack(geometry, Cuts(geometry, Orientation.AXIAL, TURN, (0.0, 0.0, 0.0)))


@pytest.fixture
def session():
    made = Session(None)
    yield made
    made.close()


def view_of(qtbot, volume, stack):
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(700, 700)
    view.show()

    def made(volume, k):
        return Picture(volume, k, k) if stack.cuts is None else develop(Order(stack, volume, k))

    view.develop = made
    view.begin(stack, None, Window(40, 400))
    view.show_volume(volume, stack)
    view.ask(stack.nearest((0.0, 0.0, 0.0)))
    QApplication.processEvents()
    return view


def draw(session, view, volume, kind, start_mm, end_mm):
    """Draw from one point of the plane to another, (right, down) mm from the foot of the phantom's centre."""
    board = MarkBoard(session, lambda fault: pytest.fail(fault.sentence))
    session.open_patient(volume.source.patient)
    kept = []
    view.left_grip = DrawGrip(kind, board, lambda view, mark, picture: kept.append(mark), pytest.fail)
    centre = view.shown.plane.on_plane(np.zeros(3))[0]
    ends = [view.framing.to_screen(centre + np.array(at))[0] for at in (start_mm, end_mm)]
    pixels = [QPoint(*(round(float(value)) for value in end)) for end in ends]
    drag(view, *pixels, button=LEFT)
    (mark,) = kept
    return board.reading(mark, volume)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("name", STACKS)
def test_a_length_drawn_by_the_mouse_is_right_to_half_a_pixel(qtbot, session, name, plane):
    geometry, diameter = STACKS[name]
    volume = sphere(diameter, geometry=geometry, core_hu=HU).volume
    view = view_of(qtbot, volume, stack_of(geometry, plane))
    half = diameter * 0.3
    read = draw(session, view, volume, MarkKind.LENGTH, (-half, -half * 0.75), (half, half * 0.75))
    assert read.length == pytest.approx(2.5 * half, abs=0.5 * min(view.shown.pixel_mm))


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("name", STACKS)
def test_an_ellipse_drawn_by_the_mouse_has_its_area_and_the_phantoms_hu(qtbot, session, name, plane):
    geometry, diameter = STACKS[name]
    volume = sphere(diameter, geometry=geometry, core_hu=HU).volume
    view = view_of(qtbot, volume, stack_of(geometry, plane))
    a, b = diameter * 0.3, diameter * 0.24
    read = draw(session, view, volume, MarkKind.ELLIPSE, (-a, -b), (a, b))
    assert read.area == pytest.approx(math.pi * a * b, rel=0.02)
    assert read.inside.unit == "HU"
    assert read.inside.mean == pytest.approx(HU, abs=1.0)
    assert read.inside.median == pytest.approx(HU, abs=1.0)
