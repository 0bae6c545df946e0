"""Panes that scroll, window and zoom together: by the patient's millimetres, and by offsets that are kept."""

import pytest
from hands import ALT, MIDDLE, RIGHT, pull, wheel
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until
from mo_viewer.ui.linking import Linked


@pytest.fixture
def images(tmp_path):
    """Two studies, each with a frame of reference of its own; and a second series within the first one's."""
    folder = tmp_path / "images"
    write_series(folder, slices=20, side=32)
    write_series(folder, uid="1.2.3.1.2", slices=20, side=32)
    write_series(folder, uid="1.2.3.2.1", study="1.2.3.2", date="2024-05-06", slices=20, side=32)
    return folder


def two_panes(qtbot, tmp_path, images, left, right):
    window = opened_window(qtbot, images, tmp_path / "f.sqlite")
    window.act("layout.1x2")
    for pane, uid in zip(window.workspace.panes, (left, right), strict=True):
        window.workspace.activate(pane)
        window.show_series(next(one for one in window.library.series if one.source.series_uid == uid))
        assert wait_until(lambda pane=pane: pane.volume is not None, 20)
    window.workspace.activate(window.workspace.panes[0])
    return window, *window.workspace.panes


def height(pane):
    return float(pane.view.shown.plane.origin_mm[2])


def test_series_of_one_frame_of_reference_scroll_to_the_same_millimetre(qtbot, tmp_path, images):
    window, left, right = two_panes(qtbot, tmp_path, images, "1.2.3.1.1", "1.2.3.1.2")
    wheel(right.view, 4)
    assert height(left) != height(right)
    window.workspace.activate(left)
    window.act("link.scroll")
    assert height(left) == height(right)
    wheel(left.view, -3)
    assert height(left) == height(right)
    assert "scroll" in left.view.linked()
    window.act("link.scroll")
    wheel(left.view, 2)
    assert height(left) != height(right)
    window.close()


def test_other_frames_of_reference_keep_the_distance_they_had_when_they_were_linked(qtbot, tmp_path, images):
    window, left, right = two_panes(qtbot, tmp_path, images, "1.2.3.1.1", "1.2.3.2.1")
    wheel(right.view, 4)
    apart = height(right) - height(left)
    window.workspace.activate(left)
    window.act("link.scroll")
    wheel(left.view, 3)
    assert height(right) - height(left) == apart
    wheel(right.view, -5)
    assert height(right) - height(left) == apart
    window.close()


def test_the_offset_is_kept_for_the_next_time_and_names_nobody(qtbot, tmp_path, images, own_folders):
    window, left, right = two_panes(qtbot, tmp_path, images, "1.2.3.1.1", "1.2.3.2.1")
    wheel(right.view, 4)
    apart = height(right) - height(left)
    window.workspace.activate(left)
    window.act("link.scroll")
    window.close()
    kept = (own_folders / "settings" / "settings.json").read_text()
    assert "offsets" in kept
    assert "1.2.3" not in kept
    window, left, right = two_panes(qtbot, tmp_path, images, "1.2.3.1.1", "1.2.3.2.1")
    assert height(right) - height(left) != apart
    window.workspace.use_links(Linked(scroll=True))
    assert height(right) - height(left) == apart
    window.close()


def test_windows_zoom_and_pan_are_linked_each_by_itself(qtbot, tmp_path, images):
    window, left, right = two_panes(qtbot, tmp_path, images, "1.2.3.1.1", "1.2.3.1.2")
    window.act("link.window")
    pull(left.view, 40, 10)
    assert right.view.window_level == left.view.window_level
    zoom = right.view.framing
    pull(left.view, 0, 60, RIGHT)
    assert right.view.framing == zoom
    window.act("link.zoom")
    pull(left.view, 0, 30, RIGHT)
    pull(left.view, 25, -15, MIDDLE)
    assert right.view.framing.px_per_mm == pytest.approx(left.view.framing.px_per_mm)
    assert right.view.framing.centre_mm == pytest.approx(left.view.framing.centre_mm)
    window.act("link.window")
    before = right.view.window_level
    pull(left.view, -30, 5)
    assert right.view.window_level == before
    window.close()


def test_a_picture_that_comes_into_linked_panes_begins_with_the_window_and_scale_of_the_active_one(
    qtbot, tmp_path, images
):
    write_series(images, uid="1.2.3.1.3", slices=20, side=48, PixelSpacing=[1.3, 1.3])
    window, left, right = two_panes(qtbot, tmp_path, images, "1.2.3.1.1", "1.2.3.1.2")
    pull(left.view, 40, 10)
    pull(left.view, 0, 30, RIGHT)
    window.workspace.use_links(Linked(True, True, True))
    right.show_series(next(one for one in window.library.series if one.source.series_uid == "1.2.3.1.3"))
    assert wait_until(lambda: right.volume is not None and right.volume.source.series_uid == "1.2.3.1.3", 20)
    wanted = left.view.framing.px_per_mm
    assert wait_until(lambda: right.view.framing.px_per_mm == pytest.approx(wanted), 5)
    assert right.view.window_level == left.view.window_level
    window.close()


def test_alt_and_the_wheel_make_the_slab_thicker(qtbot, tmp_path, images):
    window, left, _ = two_panes(qtbot, tmp_path, images, "1.2.3.1.1", "1.2.3.1.2")
    wheel(left.view, -4, ALT)
    assert left.slab.thickness_mm == 5.0
    assert left.view.shown.kind == "MIP 5 mm"
    wheel(left.view, 9, ALT)
    assert left.slab is None
    window.close()


def test_panes_that_show_all_still_do_after_another_layout(qtbot, tmp_path, images):
    window, left, right = two_panes(qtbot, tmp_path, images, "1.2.3.1.1", "1.2.3.1.2")
    window.act("link.zoom")
    window.act("layout.2x2")
    assert wait_until(lambda: left.view.framing.size_px == (left.view.width(), left.view.height()), 10)
    for pane in (left, right):
        corners = pane.view.framing.to_screen([[0.0, 0.0], [31 * 0.7, 31 * 0.8]])
        assert corners.min() >= 0
        assert (corners.max(axis=0) <= (pane.view.width(), pane.view.height())).all()
    assert right.view.framing.px_per_mm == pytest.approx(left.view.framing.px_per_mm)
    window.close()
