"""MPR begins at the crosshair that the reader set, else at the lesion, else in the slice that was read."""

import numpy as np
import pytest
from hands import CTRL, drag, key, wheel
from PySide6.QtCore import QPointF, Qt
from shown_window import opened_window
from small_studies import write_series
from written_ct import blob, lesion, with_surface

from mo_viewer.findings.document import Timepoint
from mo_viewer.ui.app import open_window, wait_until

SLICES, SIDE = 12, 48
FIRST, LAST = (3, 20, 22), (9, 30, 12)
"""Slice, row, column."""


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "ct", slices=SLICES, side=SIDE)
    made = opened_window(qtbot, tmp_path / "ct", tmp_path / "f.sqlite")
    yield made
    made.close()


def mark(window, at, label, **fields):
    made = with_surface(lesion(blob(window.volume.geometry, at, (1.4, 5, 6)), label=label, **fields))
    document = window.session.document
    timepoint = Timepoint.of(window.volume.source)
    window.session.change(f"Mark {label}", document.with_lesion(timepoint, made))
    return made


def settled(window):
    def is_settled():
        at = window.workspace.crosshair.at_mm
        return window.jobs.is_idle and at is not None and all(pane.view.shown for pane in window.workspace.panes)

    assert wait_until(is_settled, 20)


def to_mpr(window):
    key(window.pane.view, Qt.Key.Key_X)
    settled(window)
    return crosshair(window)


def to_one_pane(window):
    key(window.pane.view, Qt.Key.Key_X)
    assert wait_until(lambda: window.jobs.is_idle and window.pane.view.shown is not None, 20)
    assert window.workspace.layout_now.name == "1x1"
    return window.pane.view.shown.k


def crosshair(window):
    """The index of the crosshair; every plane goes through its voxel."""
    at = np.array(window.workspace.crosshair.at_mm)
    for pane in window.workspace.panes:
        assert abs(pane.view.shown.plane.distance_mm(at)[0]) <= 0.4 + 1e-6, pane.looks
    return window.volume.geometry.index_of(at)[0]


def pull_crosshair(window, right, down):
    view = window.workspace.panes[0].view
    at = view.position_of(window.workspace.crosshair.at_mm)
    drag(view, at, at + QPointF(right, down) / 2, at + QPointF(right, down))
    settled(window)
    return crosshair(window)


def test_without_a_lesion_the_axial_plane_is_the_slice_that_was_read(window):
    wheel(window.pane.view, 3)
    read = window.pane.view.shown.k
    assert read != SLICES // 2
    assert to_mpr(window)[0] == pytest.approx(read)


def test_the_crosshair_begins_in_the_lesion_wherever_the_reader_was(window):
    mark(window, FIRST, "L1")
    wheel(window.pane.view, 4)
    assert window.pane.view.shown.k != FIRST[0]
    assert to_mpr(window) == pytest.approx(FIRST)
    assert to_one_pane(window) != FIRST[0], "one pane again shows what it did"


def test_of_two_lesions_it_is_the_selected_one_and_without_selection_the_latest(window):
    first, second = mark(window, FIRST, "L1"), mark(window, LAST, "L2", tracking_uid="2.25.77")
    assert first.tracking_uid != second.tracking_uid
    window.room.select(first.tracking_uid)
    assert to_mpr(window) == pytest.approx(FIRST)
    to_one_pane(window)
    window.room.select(second.tracking_uid)
    assert to_mpr(window) == pytest.approx(LAST)
    to_one_pane(window)
    window.room.select(first.tracking_uid)
    window.room.select("")
    assert to_mpr(window) == pytest.approx(LAST)


def test_a_crosshair_that_the_reader_has_set_stays_for_the_session(window):
    mark(window, FIRST, "L1")
    to_mpr(window)
    own = pull_crosshair(window, 60, -40)
    assert np.abs(own - FIRST).max() > 1
    assert to_one_pane(window) == pytest.approx(own[0])
    assert to_mpr(window) == pytest.approx(own)
    to_one_pane(window)
    wheel(window.pane.view, 2)
    read = window.pane.view.shown.k
    assert read != pytest.approx(own[0])
    assert to_mpr(window) == pytest.approx([read, *own[1:]]), "the slice that was read meanwhile"


def test_scrolling_in_mpr_sets_it_too_and_one_pane_goes_on_there(window):
    mark(window, FIRST, "L1")
    to_mpr(window)
    wheel(window.workspace.panes[0].view, 2)
    settled(window)
    own = crosshair(window)
    assert own[0] != FIRST[0]
    assert to_one_pane(window) == own[0]
    assert to_mpr(window) == pytest.approx(own)


def test_a_lesion_that_is_brought_up_afterwards_counts_more(window):
    marked = mark(window, FIRST, "L1")
    to_mpr(window)
    pull_crosshair(window, 60, -40)
    to_one_pane(window)
    window.show_point(marked.clicks_mm[0])
    assert to_mpr(window) == pytest.approx(FIRST)


def test_the_same_series_chosen_again_in_mpr_keeps_the_crosshair(window):
    to_mpr(window)
    own = pull_crosshair(window, 60, -40)
    window.show_series(window.pane.series)
    settled(window)
    assert crosshair(window) == pytest.approx(own)


def test_a_lesion_of_another_frame_of_reference_does_not_count(qtbot, tmp_path):
    write_series(tmp_path / "ct", slices=SLICES, side=SIDE)
    write_series(tmp_path / "ct", uid="1.2.3.1.2", slices=9, side=SIDE, FrameOfReferenceUID="1.2.3.1.98")
    window = opened_window(qtbot, tmp_path / "ct", tmp_path / "f.sqlite")
    by_slices = {one.geometry.shape[0]: one for one in window.library.series}
    window.show_series(by_slices[SLICES])
    assert wait_until(lambda: window.volume is not None and window.jobs.is_idle, 20)
    mark(window, FIRST, "L1")
    window.show_series(by_slices[9])
    assert wait_until(lambda: window.volume is not None and window.volume.geometry.shape[0] == 9, 20)
    wheel(window.pane.view, 2)
    read = window.pane.view.shown.k
    assert to_mpr(window)[0] == pytest.approx(read)
    window.close()


def test_mpr_asked_for_while_images_are_read_begins_in_the_slice_that_was_shown(qtbot, tmp_path):
    write_series(tmp_path / "ct", slices=40, side=SIDE)
    window = open_window([tmp_path / "ct"], tmp_path / "f.sqlite", places=(), size=(1000, 700))
    qtbot.addWidget(window)
    assert wait_until(lambda: window.pane.view.shown is not None, 20)
    view = window.pane.view
    key(view, Qt.Key.Key_Home)
    read = view.stack.plane_at(view.asked)
    key(window.pane.view, Qt.Key.Key_5, CTRL)
    assert wait_until(lambda: not window.library.is_reading, 20)
    settled(window)
    crosshair(window)
    axial = window.workspace.panes[0].view.shown.plane
    assert axial.origin_mm == pytest.approx(read.origin_mm)
    window.close()
