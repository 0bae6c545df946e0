"""The marking tool and the commands, with a desk that does everything at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement
from mo_viewer.plugin_host.api import Label, Pointer, Scene
from mo_viewer.session.session import Session
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume


class DeskOfOne:
    """A desk with one volume; reading answers with what it was asked, or refuses left of the midline."""

    def __init__(self) -> None:
        self.session = Session()
        self.acted: list[str] = []
        self.session.open_patient(Patient("k"))
        geometry = Geometry.even((4, 8, 8), np.diag([2.0, 1, 1, 1]), "1.9")
        self.volume = Volume(np.zeros((4, 8, 8), np.int16), geometry, Source(Patient("k"), "1", "1.1", "CT"), "HU")
        self.selected = ""
        self.shown: list[Point] = []
        self.said: list[str] = []
        self.read = 0

    @property
    def document(self) -> Document | None:
        return self.session.document

    def select(self, tracking_uid: str) -> None:
        self.selected = tracking_uid

    def change(self, title: str, document: Document) -> None:
        self.session.change(title, document)

    def read_lesion(
        self, volume: Volume, clicks_mm: Sequence[Point], ticket: Ticket, tracking_uid: str = "", label: str = ""
    ) -> Lesion:
        if clicks_mm[-1][0] < 0:
            raise Refused("No calcification lies there.")
        self.read += 1
        return Lesion(tracking_uid or f"lesion {self.read}", label, tuple(clicks_mm))

    def read_again(self, volume: Volume, lesion: Lesion, ticket: Ticket) -> Lesion:
        if lesion.clicks_mm[-1][0] < 0:
            raise Refused("No calcification lies there.")
        return lesion

    def run_shown(self, title: str, work: Callable, shown: Callable, ended: Callable, slot: str = "") -> None:
        answer = None
        try:
            answer = work(Ticket(show=shown))
        except Refused as fault:
            self.said.append(str(fault))
        ended(answer)

    def redraw(self) -> None:
        pass

    def show_point(self, at_mm: Point) -> None:
        self.shown.append(at_mm)

    def act(self, action: str) -> None:
        self.acted.append(action)

    def say(self, text: str, tone: str = "info") -> None:
        self.said.append(text)


@pytest.fixture
def desk() -> DeskOfOne:
    return DeskOfOne()


def click(desk: DeskOfOne, *at_mm: float, shift: bool = False, alt: bool = False) -> None:
    stroke(desk, (at_mm[0], at_mm[1], at_mm[2]), shift=shift, alt=alt)


def stroke(desk: DeskOfOne, *way: Point, shift: bool = False, alt: bool = False) -> None:
    from mo_ossification.edits import Workbench
    from mo_ossification.marking import MarkTool

    plane = Plane.of_slice(desk.volume.geometry, 1)
    tool = MarkTool(desk, Workbench())
    pointers = [Pointer(at, desk.volume, plane, shift=shift, alt=alt) for at in way]
    tool.press(pointers[0])
    for pointer in pointers[1:]:
        tool.drag(pointer)
    tool.release(pointers[-1])


def lesions(desk: DeskOfOne) -> tuple[Lesion, ...]:
    assert desk.document is not None
    return desk.document.timepoints[0].lesions if desk.document.timepoints else ()


def test_every_click_is_a_lesion_of_its_own_selected_and_undoable(desk: DeskOfOne) -> None:
    click(desk, 1, 2, 3)
    click(desk, 4, 5, 6)
    assert [lesion.label for lesion in lesions(desk)] == ["Lesion 1", "Lesion 2"]
    assert desk.selected == "lesion 2"
    assert desk.session.undo_title == "Mark Lesion 2"
    desk.session.undo()
    assert [lesion.label for lesion in lesions(desk)] == ["Lesion 1"]


def test_the_label_says_that_its_length_is_the_largest_of_all_slices_or_of_which_images_it_is(desk: DeskOfOne) -> None:
    from mo_ossification.contours import draw_contours

    click(desk, 1.0, 2.0, 3.0)
    corners = np.array([[0.0, 0, 0], [6, 0, 0], [0, 6, 0], [0, 0, 6]])
    found = replace(
        lesions(desk)[0],
        surface=Surface(corners, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])),
        mask=Mask.trimmed(np.ones((1, 1, 1), dtype=bool), (1, 1, 1), desk.volume.geometry),
        measurements=(Measurement("long_axis_mm", 39.4, "mm", 2.2),),
    )
    study = desk.document.timepoint(desk.volume.source.study_uid)
    document = desk.document.with_lesion(study, found)
    drawn = draw_contours(Scene(desk.volume, Plane.of_slice(desk.volume.geometry, 1), 1.0, document, ""))
    assert [one.text for one in drawn if isinstance(one, Label)] == ["Lesion 1 · max 39.4 mm"]
    source = replace(desk.volume.source, series_uid="2.25.99", modality="MR", date="2023-01-05")
    grid = Geometry.even((4, 8, 8), np.diag([1.5, 1, 1, 1]), "1.9")
    elsewhere = replace(desk.volume, source=source, geometry=grid)
    drawn = draw_contours(Scene(elsewhere, Plane.of_slice(desk.volume.geometry, 1), 1.0, document, ""))
    words = f"Lesion 1 from {study.modality} {study.date}".rstrip()
    assert [one.text for one in drawn if isinstance(one, Label)] == [words]


def test_the_contour_is_drawn_before_the_numbers_are_there_and_no_longer(desk: DeskOfOne, monkeypatch) -> None:
    from mo_ossification.contours import draw_contours
    from mo_ossification.edits import Workbench
    from mo_ossification.marking import MarkTool

    corners = np.array([[0.0, 0, 0], [6, 0, 0], [0, 6, 0], [0, 0, 6]])
    surface = Surface(corners, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]))
    plane = Plane.of_slice(desk.volume.geometry, 1)
    assert surface.cut(plane)
    scene = Scene(desk.volume, plane, 1.0, desk.document, "")
    bench = Workbench()
    tool = MarkTool(desk, bench)
    drawn, plain_read = [], desk.read_lesion

    def read_lesion(volume: Volume, clicks_mm: Sequence[Point], ticket: Ticket, *rest: str) -> Lesion:
        ticket.show(surface)
        return plain_read(volume, clicks_mm, ticket, *rest)

    monkeypatch.setattr(desk, "read_lesion", read_lesion)
    monkeypatch.setattr(desk, "redraw", lambda: drawn.append((draw_contours(scene, bench.found), lesions(desk))))
    pointer = Pointer((1.0, 2.0, 3.0), desk.volume, plane)
    for x, marked_before in ((1.0, 0), (-1.0, 1)):
        drawn.clear()
        pointer = Pointer((x, 2.0, 3.0), desk.volume, plane)
        tool.press(pointer)
        tool.release(pointer)
        [contour], before = drawn[0]
        np.testing.assert_allclose(contour.points_mm, surface.cut(plane)[0])
        assert len(before) == marked_before
        assert drawn[-1][0] == []
    assert desk.said == ["No calcification lies there."]
    assert len(lesions(desk)) == 1


def test_a_shift_click_adds_to_the_selected_lesion(desk: DeskOfOne) -> None:
    click(desk, 1, 2, 3)
    click(desk, 4, 5, 6, shift=True)
    [lesion] = lesions(desk)
    assert lesion.clicks_mm == ((1, 2, 3), (4, 5, 6))
    assert lesion.tracking_uid == "lesion 1"
    assert desk.session.undo_title == "Extend Lesion 1"


def test_a_drag_is_a_stroke_of_clicks_and_a_tremble_is_one(desk: DeskOfOne) -> None:
    stroke(desk, *((float(x), 2.0, 3.0) for x in range(1, 28)))
    stroke(desk, (1.0, 7.0, 3.0), (2.5, 7.0, 3.0))
    assert lesions(desk)[0].clicks_mm == ((1, 2, 3), (9, 2, 3), (17, 2, 3), (25, 2, 3))
    assert lesions(desk)[1].clicks_mm == ((1, 7, 3),)


def test_an_alt_click_beside_is_remembered_as_what_is_not_the_lesion(desk: DeskOfOne) -> None:
    click(desk, 1, 2, 3)
    click(desk, 20, 2, 3, alt=True)
    [lesion] = lesions(desk)
    assert lesion.clicks_mm == ((1, 2, 3),)
    assert lesion.apart_mm == ((20, 2, 3),)
    assert desk.session.undo_title == "Take from Lesion 1"


def test_an_alt_click_on_a_click_takes_that_click_back(desk: DeskOfOne) -> None:
    click(desk, 1, 2, 3)
    click(desk, 20, 2, 3, shift=True)
    click(desk, 21, 2, 3, alt=True)
    [lesion] = lesions(desk)
    assert (lesion.clicks_mm, lesion.apart_mm) == (((1, 2, 3),), ())


def test_the_threshold_goes_up_and_down_in_steps_and_each_result_is_a_step_back(desk: DeskOfOne) -> None:
    from mo_ossification.edits import Workbench
    from mo_ossification.marking import nudge

    bench = Workbench()
    assert nudge(desk, bench, desk.volume, 1) is None
    click(desk, 1, 2, 3)
    assert [nudge(desk, bench, desk.volume, steps) for steps in (1, 3, -1)] == [210.0, 240.0, 230.0]
    assert lesions(desk)[0].threshold_hu == 230.0
    assert desk.session.undo_title == "Threshold 230 HU for Lesion 1"
    assert "230 HU" in desk.said[-1]
    desk.session.undo()
    assert lesions(desk)[0].threshold_hu == 240.0


def test_a_refused_click_changes_nothing_and_says_why(desk: DeskOfOne) -> None:
    click(desk, 1, 2, 3)
    click(desk, -1, 2, 3)
    assert len(lesions(desk)) == 1
    assert desk.said == ["No calcification lies there."]


def test_the_next_lesion_is_selected_and_brought_into_view_round_and_round(desk: DeskOfOne) -> None:
    from mo_ossification.commands import select_next

    select_next(desk)
    assert desk.said == ["No lesion is marked in this study."]
    click(desk, 1, 2, 3)
    click(desk, 4, 5, 6)
    clicked = [(1, 2, 3), (4, 5, 6)]
    assert desk.shown == clicked
    select_next(desk)
    select_next(desk)
    assert desk.shown == [*clicked, *clicked]
    assert desk.selected == "lesion 2"


def test_deleting_takes_the_selected_lesion_and_undo_brings_it_back(desk: DeskOfOne) -> None:
    from mo_ossification.commands import delete_selected

    click(desk, 1, 2, 3)
    delete_selected(desk)
    assert lesions(desk) == ()
    assert desk.selected == ""
    delete_selected(desk)
    assert desk.said == ["Select a lesion first."]
    desk.session.undo()
    assert len(lesions(desk)) == 1


def test_a_label_that_was_renamed_is_not_given_twice(desk: DeskOfOne) -> None:
    click(desk, 1, 2, 3)
    assert desk.document is not None
    renamed = replace(lesions(desk)[0], label="Lesion 2")
    desk.change("Rename", desk.document.with_lesion(desk.document.timepoints[0], renamed))
    click(desk, 4, 5, 6)
    assert sorted(lesion.label for lesion in lesions(desk)) == ["Lesion 1", "Lesion 2"]
