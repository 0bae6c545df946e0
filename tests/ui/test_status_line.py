import threading
import time

import pytest
from phantoms import sphere_volume
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mo_viewer.base.faults import Unwritable
from mo_viewer.ui import status_line
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.status_line import StatusLine


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def line(qtbot, jobs):
    made = StatusLine(jobs)
    qtbot.addWidget(made)
    made.show()
    return made


def test_what_is_saved_is_said_with_its_time_and_a_failure_with_its_reason(line):
    assert line.saved.text() == "Nothing to save"
    line.show_saved(None, time.mktime((2024, 7, 9, 10, 21, 7, 0, 0, -1)))
    assert line.saved.text() == "Saved 10:21:07"
    line.show_saved(Unwritable("The disk is full."))
    assert line.saved.text() == "Not saved: The disk is full."
    assert line.saved.property("tone") == "fault"


def test_the_size_of_the_series_is_said(line):
    volume = sphere_volume()
    line.show_volume(volume)
    assert line.volume.text() == f"Images {volume.values.nbytes / 1e6:.1f} MB · full resolution"
    line.show_volume(None)
    assert not line.volume.isVisible()


def test_a_long_job_shows_its_progress_and_can_be_stopped(qtbot, jobs, line):
    gate, stopped = threading.Event(), []

    def work(ticket):
        ticket.progress(78, 100, "half way")
        while not gate.wait(0.01):
            ticket.check()

    jobs.run("Native bone", work, lambda _: None, stopped=lambda: stopped.append(1))
    assert not line.job.bar.isVisible()
    height = line.height()
    qtbot.waitUntil(line.job.bar.isVisible, timeout=2000)
    assert line.height() == height >= line.minimumSizeHint().height()
    assert line.job.words.text() == "Native bone"
    assert line.job.percent.text() == "78 %"
    QTest.mouseClick(line.job.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: stopped == [1])
    assert not line.job.bar.isVisible()


def test_of_several_jobs_each_can_be_stopped_by_name(qtbot, jobs, line):
    gate, stopped = threading.Event(), []

    def work(ticket):
        while not gate.wait(0.01):
            ticket.check()

    for name in ("Export", "Find"):
        jobs.run(name, work, lambda _: None, stopped=lambda name=name: stopped.append(name))
    qtbot.waitUntil(lambda: line.job.words.text() == "Export (+1)", timeout=10_000)
    QTest.mouseClick(line.job.cancel, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Stop: Export …",
        "Stop: Find …",
        "Stop all",
    ]
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[1]).center())
    qtbot.waitUntil(lambda: stopped == ["Find"], timeout=10_000)
    assert line.job.words.text() == "Export"
    QTest.mouseClick(line.job.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: stopped == ["Find", "Export"], timeout=10_000)


def test_that_something_was_done_is_said_for_some_seconds_and_a_warning_until_the_next(qtbot, line, monkeypatch):
    assert 6000 <= status_line.STAYS_MS <= 8000
    monkeypatch.setattr(status_line, "STAYS_MS", 200)
    line.say("Picture saved.", "good")
    assert line.said.whole == "Picture saved."
    assert wait_until(lambda: line.said.whole == "", 2)
    line.say("Plugin X was not read.", "caution")
    line.say("Plugin X was not read.", "caution")
    qtbot.wait(400)
    line.go_on()
    assert line.said.whole == "Plugin X was not read."


def test_what_was_done_stays_while_the_mouse_is_on_it(qtbot, line, monkeypatch):
    monkeypatch.setattr(status_line, "STAYS_MS", 200)
    monkeypatch.setattr(status_line, "_LOOKED_AT_MS", 200)
    line.resize(900, line.height())
    line.say("Picture saved.", "good")
    QTest.mouseMove(line.said)
    assert wait_until(line.said.underMouse, 2)
    qtbot.wait(600)
    assert line.said.whole == "Picture saved."
    QTest.mouseMove(line.saved)
    assert wait_until(lambda: line.said.whole == "", 2)


def test_what_is_said_without_a_tone_goes_when_the_reader_goes_on(qtbot, line, monkeypatch):
    monkeypatch.setattr(status_line, "STAYS_MS", 100)
    line.say("Select a lesion first.")
    qtbot.wait(300)
    assert line.said.whole == "Select a lesion first."
    line.go_on()
    assert line.said.whole == ""
