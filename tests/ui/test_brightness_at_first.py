"""A series is as bright as all of it asks for, whichever of its images was known first."""

import threading

from hands import key
from PySide6.QtCore import Qt
from small_studies import write_series

from mo_viewer.dicom.scan import scan
from mo_viewer.ui import reading
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.presets import auto_window


def opened_slowly(qtbot, tmp_path, monkeypatch):
    """A window that shows the first image of an MR series; it reads the others when the event is set."""
    paths = write_series(tmp_path / "images", modality="MR", RescaleType="US")
    first, whole, rest = scan(paths[:1]).series, scan([tmp_path / "images"]), threading.Event()

    def slow(paths, ticket, found, cache):
        found(first)
        assert rest.wait(20)
        return whole

    monkeypatch.setattr(reading, "scan", slow)
    window = open_window([tmp_path / "images"], tmp_path / "f.sqlite", places=())
    qtbot.addWidget(window)
    assert wait_until(lambda: window.pane.view.shown is not None, 20)
    return window, rest


def is_whole(window):
    return window.volume is not None and window.volume.geometry.shape[0] == 5 and window.jobs.is_idle


def test_an_automatic_window_of_the_first_image_known_gives_way_to_that_of_the_series(qtbot, tmp_path, monkeypatch):
    window, rest = opened_slowly(qtbot, tmp_path, monkeypatch)
    early = window.pane.view.window_level
    rest.set()
    assert wait_until(lambda: is_whole(window), 20)
    assert window.pane.view.window_level == auto_window(window.volume, 2) != early
    window.close()


def test_a_window_that_the_reader_has_set_meanwhile_stays(qtbot, tmp_path, monkeypatch):
    window, rest = opened_slowly(qtbot, tmp_path, monkeypatch)
    key(window.pane.view, Qt.Key.Key_0)
    own = window.pane.view.window_level
    rest.set()
    assert wait_until(lambda: is_whole(window), 20)
    assert window.pane.view.window_level is own
    window.close()
