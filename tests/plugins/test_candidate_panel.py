"""The panel of candidates on a whole phantom arm, with a desk that does everything at once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.phantom.acquire import acquire
from mo_viewer.phantom.catalogue import situation
from mo_viewer.phantom.scanner import Protocol
from mo_viewer.plugin_host.api import PluginChange, Scene
from mo_viewer.segment.skeleton import NativeBone, native_bone
from mo_viewer.session.session import Session
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

TETRAHEDRON = Surface(
    np.array([(0.0, 0.0, 0.0), (9.0, 0.0, 0.0), (0.0, 9.0, 0.0), (0.0, 0.0, 9.0)]),
    np.array([(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]),
)


class DeskWithFolder:
    """One volume, one folder; background work is done on the spot."""

    def __init__(self, volume: Volume, folder: Path) -> None:
        self.session = Session()
        self.session.open_patient(volume.source.patient)
        self.volume: Volume | None = volume
        self.data_folder = folder
        self.selected = ""
        self.shown: list[Point] = []
        self.told: list[Callable[[PluginChange], None]] = []
        self.searches = 0
        self.bench: Any = None
        self.early: list[tuple[Volume, Surface] | None] = []

    @property
    def document(self) -> Document | None:
        return self.session.document

    def listen(self, told: Callable[[PluginChange], None]) -> Callable[[], None]:
        self.told.append(told)
        return lambda: None

    def run(self, title: str, work: Callable, done: Callable, slot: str = "") -> None:
        self.searches += title.startswith("Searching")
        done(work(Ticket()))

    def run_shown(self, title: str, work: Callable, shown: Callable, ended: Callable, slot: str = "") -> None:
        ended(work(Ticket(show=shown)))

    def redraw(self) -> None:
        self.early.append(self.bench.found)

    def read_lesion(self, volume: Volume, clicks_mm, ticket: Ticket, uid: str = "", label: str = "") -> Lesion:
        ticket.show(TETRAHEDRON)
        return Lesion("the lesion", label, tuple(clicks_mm))

    def native_bone(self, volume: Volume, ticket: Ticket) -> NativeBone:
        return native_bone(volume, ticket)

    def change(self, title: str, document: Document) -> None:
        self.session.change(title, document)
        for told in self.told:
            told(PluginChange("findings"))

    def select(self, tracking_uid: str) -> None:
        self.selected = tracking_uid

    def show_point(self, at_mm: Point) -> None:
        self.shown.append(at_mm)

    def keep(self, name: str, content: bytes) -> Path:
        (self.data_folder / name).write_bytes(content)
        return self.data_folder / name


@pytest.fixture(scope="module")
def volume() -> Volume:
    return acquire(situation("mature", 21, where="arm"), Protocol((40, 130, 136), (1.05, 1.0), 2.0, noise_hu=10.0))


@pytest.fixture
def desk(volume: Volume, tmp_path: Path) -> DeskWithFolder:
    return DeskWithFolder(volume, tmp_path)


@pytest.fixture
def panel(qtbot, desk: DeskWithFolder) -> QWidget:
    from mo_ossification.candidate_panel import CandidatePanel
    from mo_ossification.edits import Workbench

    desk.bench = Workbench()
    made = CandidatePanel(desk, desk.bench)
    qtbot.addWidget(made)
    return made


def test_what_is_found_stands_in_the_list_with_a_picture_and_enter_marks_it(qtbot, desk, panel) -> None:
    assert panel.list.count() == 1
    assert not panel.list.item(0).icon().isNull()
    panel.list.setCurrentRow(0)
    assert len(desk.shown) == 1
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert [x.clicks_mm for x in desk.document.timepoints[0].lesions] == [tuple(desk.shown[:1])]
    assert desk.selected == "the lesion"
    assert panel.list.count() == 0


def test_buttons_that_would_do_nothing_cannot_be_pressed(qtbot, panel) -> None:
    buttons = (panel.accept, panel.dismiss, panel.restore)
    assert [button.isEnabled() for button in buttons] == [False, False, False]
    panel.list.setCurrentRow(0)
    assert [button.isEnabled() for button in buttons] == [True, True, False]
    qtbot.mouseClick(panel.dismiss, Qt.MouseButton.LeftButton)
    assert [button.isEnabled() for button in buttons] == [False, False, True]
    qtbot.mouseClick(panel.restore, Qt.MouseButton.LeftButton)
    assert not panel.restore.isEnabled()
    assert panel.list.count() == 1


def test_the_contour_of_a_marked_candidate_is_drawn_until_its_numbers_are_there(qtbot, desk, panel, volume) -> None:
    from mo_ossification.contours import draw_contours

    panel.list.setCurrentRow(0)
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert desk.early == [(volume, TETRAHEDRON), None]
    plane = Plane(np.full(3, 2.0), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    scene = Scene(volume, plane, 1.0, None, "")
    [line] = draw_contours(scene, desk.early[0])
    assert line.dashed
    assert draw_contours(scene, desk.early[1]) == []


def test_what_is_dismissed_stays_so_when_the_study_is_opened_again(qtbot, desk, panel, volume: Volume) -> None:
    from mo_ossification.candidate_panel import CandidatePanel
    from mo_ossification.edits import Workbench

    panel.list.setCurrentRow(0)
    qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert panel.list.count() == 0
    assert "1 dismissed" in panel.state.text()
    again = CandidatePanel(DeskWithFolder(volume, desk.data_folder), Workbench())
    qtbot.addWidget(again)
    assert again.list.count() == 0
    again.known.restore()
    assert again.list.count() == 1
    assert all(volume.source.patient.id not in path.read_text("utf-8") for path in desk.data_folder.iterdir())


def test_a_series_is_searched_once_and_only_where_it_is_a_ct(qtbot, desk, panel, volume: Volume) -> None:
    for told in desk.told:
        told(PluginChange("image"))
    assert desk.searches == 1
    desk.volume = replace(volume, unit="")
    for told in desk.told:
        told(PluginChange("image"))
    assert desk.searches == 1
    assert panel.list.count() == 0
    assert "needs a CT" in panel.state.text()


def test_the_picture_shows_the_point_in_its_middle(volume: Volume) -> None:
    from mo_ossification.candidates import PICTURE_PIXELS, picture_of

    values = np.full(volume.values.shape, -1000 - int(volume.intercept[0]), dtype=volume.values.dtype)
    values[20, 60, 70] = 2000
    x, y, z = (float(v) for v in volume.geometry.points_mm(np.array([20.0, 60.0, 70.0]))[0])
    picture = picture_of(replace(volume, values=values), (x, y, z))
    bright = np.argwhere(picture > 200)
    assert np.abs(bright.mean(axis=0) - (PICTURE_PIXELS - 1) / 2).max() < 1.0
