"""A comparison begins where the reader was and in the window that they had set; one pane shows the active one."""

import pytest
from hands import CTRL, SHIFT, key, wheel
from PySide6.QtCore import Qt
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until

THEN, NOW = "1.2.3.7.1", "1.2.3.1.1"


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "images" / "then", uid=THEN, study="1.2.3.7", date="2023-01-02", slices=12, side=64)
    write_series(tmp_path / "images" / "now", uid=NOW, slices=12, side=64)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", size=(1366, 768))
    made.show_series(next(one for one in made.library.series if one.source.series_uid == NOW))
    assert wait_until(lambda: made.jobs.is_idle and made.pane.view.shown is not None, 20)
    key(made.pane.view, Qt.Key.Key_2)
    key(made.pane.view, Qt.Key.Key_Home)
    yield made
    made.close()


def seen(window):
    assert wait_until(lambda: window.jobs.is_idle and all(p.view.shown for p in window.workspace.panes), 20)
    panes = window.workspace.panes
    return [(p.series.source.series_uid, p.view.shown.k, p.view.window_level.name) for p in panes]


@pytest.mark.parametrize("keys", [None, SHIFT])
def test_comparing_keeps_slice_and_window_and_the_prior_goes_there_too(window, keys):
    first = window.pane.view.shown.k
    which = Qt.Key.Key_V if keys is None else Qt.Key.Key_P
    key(window.pane.view, which, keys or Qt.KeyboardModifier.NoModifier)
    expected = [(THEN, first, "Bone"), (NOW, first, "Bone")]
    assert wait_until(lambda: seen(window) == expected, 20), seen(window)


def test_what_the_reader_does_before_the_prior_is_there_counts_more(window):
    window.workspace.place.take()
    wheel(window.pane.view, 2)
    at = window.pane.view.shown.k
    window.workspace.settled.emit()
    assert window.pane.view.shown.k == at


def test_one_pane_shows_the_active_one_of_several_where_it_was(window):
    key(window.pane.view, Qt.Key.Key_V)
    assert wait_until(lambda: len(seen(window)) == 2, 20)
    assert window.workspace.active is window.workspace.panes[1]
    before = seen(window)[1]
    key(window.pane.view, Qt.Key.Key_1, CTRL)
    assert wait_until(lambda: seen(window) == [before], 10), seen(window)
