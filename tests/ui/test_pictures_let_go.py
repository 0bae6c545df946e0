"""What a pane keeps of pictures is what it shows now: not those of other sizes, and none while it is not seen."""

import tracemalloc

from hands import wheel
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until
from mo_viewer.ui.slice_image import Shades

LARGE_PX, SMALL_PX = 700, 500


def kept_mib(of):
    """Pixels that were made in the drawing of slices and are still there, MiB."""
    found = of.take_snapshot().filter_traces([tracemalloc.Filter(True, "*slice_image.py")])
    return sum(trace.size for trace in found.traces) / 2**20


def scroll(view, steps):
    for _ in range(steps):
        wheel(view, 1)
        view.grab()


def test_panes_keep_pixels_of_the_image_that_is_seen_only(qtbot, tmp_path):
    images = tmp_path / "images"
    write_series(images, side=LARGE_PX, slices=8)
    write_series(images, uid="1.2.4.1.1", study="1.2.4.1", side=SMALL_PX, slices=8)
    window = opened_window(qtbot, images, tmp_path / "f.sqlite")
    large, small = sorted(window.library.series, key=lambda one: -one.planes[0].traits.rows)
    one_mib = 4 * LARGE_PX**2 / 2**20
    tracemalloc.start()
    try:
        for name in ("layout.2x2", "layout.1x2", "layout.1x1"):
            window.act(name)
            for pane in window.workspace.panes:
                for series in (small, large):
                    window.workspace.activate(pane)
                    window.show_series(series)
                    assert wait_until(lambda pane=pane: pane.volume is not None and window.jobs.is_idle, 20)
                    scroll(pane.view, 4)
            assert kept_mib(tracemalloc) < (3 * len(window.workspace.panes) + 1) * one_mib
    finally:
        tracemalloc.stop()
    window.close()


def test_canvases_of_another_size_are_let_go_of():
    shades = Shades()
    for shape in ((40, 30), (50, 30), (40, 30)):
        assert shades._canvas(shape).shape == shape
    assert len(shades._canvases) == 1
