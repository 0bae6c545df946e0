"""A second series of the same frame of reference over the picture: by the bar, exact in place, with its own colours."""

import numpy as np
import pytest
from hands import SHIFT, hover, key, wheel
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QApplication, QWidget
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until
from mo_viewer.ui.picture_acts import picture_of


@pytest.fixture
def images(tmp_path):
    """A CT and an MR of half the pixels in one frame of reference, and a CT in another."""
    folder = tmp_path / "images"
    write_series(folder, slices=9, side=48)
    write_series(
        folder, uid="1.2.3.1.2", slices=9, side=24, modality="MR", PixelSpacing=[1.6, 1.4], SeriesDescription="T1",
        RescaleType="US", FrameOfReferenceUID="1.2.3.1.99",
    )  # fmt: skip
    write_series(folder, uid="1.2.3.2.1", study="1.2.3.2", date="2024-05-06", slices=4)
    return folder


@pytest.fixture
def window(qtbot, tmp_path, images):
    made = opened_window(qtbot, images, tmp_path / "f.sqlite")
    made.show_series(series(made, "1.2.3.1.1"))
    assert wait_until(lambda: made.volume is not None and made.volume.source.series_uid == "1.2.3.1.1", 20)
    yield made
    made.close()


def series(window, uid):
    return next(one for one in window.library.series if one.source.series_uid == uid)


def pixels(view):
    image = picture_of(view, 1.0, words=False).convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1].copy()


def lay_over(window):
    key(window.pane.view, Qt.Key.Key_O, SHIFT)
    assert wait_until(lambda: window.extras.second.now is not None, 20)
    return window.extras.second


def test_shift_o_lays_the_other_series_over_in_colours(window):
    view = window.pane.view
    plain = pixels(view)
    second = lay_over(window)
    assert [one.source.modality for one in second.candidates()] == ["MR"]
    second.set(colours="Blue to yellow")
    laid = pixels(view)
    coloured = (laid.max(axis=2).astype(int) - laid.min(axis=2)) > 20
    bright = view.position_of((1.4 * 8, 1.6 * 8, 12.0))
    assert coloured[round(bright.y()), round(bright.x())]
    assert (plain.max(axis=2) == plain.min(axis=2)).all()
    edge = np.argwhere(coloured)
    corner = view.position_of((1.4 * 5.5, 1.6 * 5.5, 12.0))
    assert abs(edge[:, 1].min() - corner.x()) < 0.75 * 1.4 * view.framing.px_per_mm
    assert abs(edge[:, 0].min() - corner.y()) < 0.75 * 1.6 * view.framing.px_per_mm


def test_the_bar_hides_no_words_of_the_picture(window):
    view = window.pane.view
    hover(view, view.rect().center())
    bar = lay_over(window).bar.geometry()
    view.grab()
    words = QRegion(view.rect()).subtracted(view.clear_of_words())
    assert words.intersects(view.rect().adjusted(0, bar.bottom(), 0, 0))
    assert not words.intersects(bar)


def test_the_bar_is_whole_in_a_narrow_picture_and_follows_its_size(window):
    window.set_size(1366, 768)
    view = window.pane.view
    bar = lay_over(window).bar
    wide = bar.size()
    for layout in ("1x3", "1x1"):
        window.act(f"layout.{layout}")
        assert wait_until(lambda: view.rect().contains(bar.geometry()), 5), layout
        QApplication.processEvents()
        parts = bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        boxes = [part.geometry() for part in parts if part.isVisible()]
        assert all(bar.rect().contains(box) for box in boxes)
        assert not any(one.intersects(other) for n, one in enumerate(boxes) for other in boxes[:n])
        assert bar.remove.width() >= bar.remove.fontMetrics().horizontalAdvance("Remove")
    assert bar.size() == wide


def test_opacity_colours_and_window_are_set_in_the_bar(window):
    second = lay_over(window)
    half = pixels(window.pane.view)
    second.bar.opacity.setValue(100)
    assert second.now.opacity == 1.0
    whole = pixels(window.pane.view)
    assert (half != whole).any()
    second.bar.colours.setCurrentIndex(0)
    second.bar.colours.activated.emit(0)
    grey = pixels(window.pane.view)
    assert (grey.max(axis=2) == grey.min(axis=2)).all()
    second.bar.windows.setCurrentIndex(0)
    second.bar.windows.activated.emit(0)
    assert second.now.window.name == "Auto"
    second.bar.opacity.setValue(0)
    assert (pixels(window.pane.view) == plain_of(window)).all()


def plain_of(window):
    window.extras.second.remove()
    return pixels(window.pane.view)


def test_the_corner_names_it_and_the_cursor_reads_both(window):
    view = window.pane.view
    lay_over(window)
    hover(view, view.position_of((1.4 * 8, 1.6 * 8, 12.0)))
    look = view.look(view.shown)
    assert look.second.text == "+ 50% hot iron · MR T1"
    assert look.second_value.startswith("MR T1: 404")
    assert look.under_cursor.values


def test_it_follows_scrolling_and_mpr_and_goes_away_again(window):
    view = window.pane.view
    second = lay_over(window)
    before = view.second(view.shown).image
    wheel(view, 1)
    assert view.second(view.shown).image is not before
    window.act("layout.mpr")
    assert wait_until(lambda: all(pane.view.shown is not None for pane in window.workspace.panes), 20)
    assert all(pane.view.second(pane.view.shown) is not None for pane in window.workspace.panes)
    window.act("second.off")
    assert second.now is None
    assert all(pane.view.second(pane.view.shown) is None for pane in window.workspace.panes)


def test_a_series_of_another_frame_of_reference_is_never_laid_over(window):
    lay_over(window)
    window.show_series(series(window, "1.2.3.2.1"))
    assert wait_until(lambda: window.volume is not None and window.volume.source.study_uid == "1.2.3.2", 20)
    view = window.pane.view
    assert view.second(view.shown) is None
    assert not window.actions_table.qaction("second").isEnabled()
    assert window.extras.second.bar is None or window.extras.second.candidates() == ()
