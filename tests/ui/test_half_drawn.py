"""A measurement that was begun and not finished belongs to its slice, and goes with its series."""

import pytest
from hands import click, hover
from PySide6.QtCore import QPoint
from shown_window import opened_window
from small_studies import write_series

A, B = QPoint(200, 200), QPoint(320, 290)


@pytest.fixture
def window(qtbot, tmp_path):
    for number in (1, 2):
        write_series(tmp_path / "images", uid=f"1.2.3.{number}.1", study=f"1.2.3.{number}", slices=4, side=64)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    yield made
    made.close()


def begin(window, kind):
    view = window.pane.view
    window.act(f"tool.mark.{kind}")
    click(view, A)
    hover(view, B)
    assert view.marks(view.shown)[-1].draft
    return view


def marks(window):
    return [mark for timepoint in window.session.document.timepoints for mark in timepoint.marks]


@pytest.mark.parametrize("kind", ["length", "polygon"])
def test_it_goes_with_the_series_that_it_was_begun_on(qtbot, window, kind):
    view = begin(window, kind)
    other = next(one for one in window.library.series if one.key != window.pane.series.key)
    window.show_series(other)
    assert not window.tools.grip.is_busy
    qtbot.waitUntil(lambda: window.pane.volume is not None and window.jobs.is_idle)
    assert view.marks(view.shown) == ()
    click(view, B)
    click(view, A)
    assert [mark.image.series_uid for mark in marks(window)] == ([other.source.series_uid] if kind == "length" else [])


def test_it_stands_on_its_own_slice_only(window):
    view = begin(window, "length")
    view.scroll_by(1)
    assert view.marks(view.shown) == ()
    view.scroll_by(-1)
    click(view, B)
    assert len(marks(window)) == 1
