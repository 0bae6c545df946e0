import sys
import threading
import time

import pytest
from PySide6.QtCore import QObject, Signal

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.ui.jobs import Jobs


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    made.close()


def test_a_result_arrives_on_the_gui_thread(qtbot, jobs):
    seen = []
    jobs.run(
        "Add",
        lambda ticket: (2 + 3, threading.current_thread()),
        lambda r: seen.append((r, threading.current_thread())),
    )
    qtbot.waitUntil(lambda: bool(seen))
    (value, worker), here = seen[0]
    assert value == 5
    assert worker is not here
    assert here is threading.main_thread()
    assert jobs.is_idle


def test_newer_work_in_a_slot_drops_the_older_result(qtbot, jobs):
    seen, stopped, gate = [], [], threading.Event()
    old = jobs.run("Old", lambda ticket: gate.wait(5), seen.append, slot="load", stopped=lambda: stopped.append(1))
    jobs.run("New", lambda ticket: "new", seen.append, slot="load")
    gate.set()
    qtbot.waitUntil(lambda: jobs.is_idle)
    assert seen == ["new"]
    assert stopped == [1]
    assert old.cancelled


def test_what_work_has_so_far_arrives_on_the_gui_thread_before_its_result(qtbot, jobs):
    seen = []

    def work(ticket):
        ticket.show("contour")
        ticket.share(0.0, 1.0).show("better contour")
        return "numbers"

    def shown(found):
        seen.append((found, threading.current_thread() is threading.main_thread()))

    jobs.run("Mark", work, seen.append, shown=shown)
    qtbot.waitUntil(lambda: jobs.is_idle)
    assert seen == [("contour", True), ("better contour", True), "numbers"]


def test_what_was_stopped_shows_nothing_more(qtbot, jobs):
    seen, began, gate = [], threading.Event(), threading.Event()

    def work(ticket):
        ticket.show("contour")
        began.set()
        gate.wait(5)
        ticket.show("better contour")

    ticket = jobs.run("Mark", work, seen.append, shown=seen.append)
    began.wait(5)
    ticket.cancel()
    gate.set()
    qtbot.waitUntil(lambda: jobs.is_idle)
    assert seen == []


def test_a_fault_keeps_its_sentence_and_an_exception_becomes_one(qtbot, jobs):
    faults: list[Fault] = []

    def refuse(ticket):
        raise Refused("There is nothing here.", "Click on the lesion.")

    jobs.run("Refuse", refuse, lambda _: None, faults.append)
    qtbot.waitUntil(lambda: len(faults) == 1)
    jobs.failed.connect(faults.append)
    jobs.run("Divide", lambda ticket: 1 / 0, lambda _: None)
    qtbot.waitUntil(lambda: len(faults) == 2)
    assert faults[0].sentence == "There is nothing here."
    assert "ZeroDivisionError" in faults[1].sentence
    assert "test_jobs.py" in faults[1].detail
    assert faults[1].detail.rstrip().endswith("ZeroDivisionError")


def test_cancelled_work_stops_at_its_next_report(qtbot, jobs):
    ends = []

    def work(ticket):
        for i in range(10_000):
            ticket.progress(i, 10_000)
            time.sleep(0.001)

    ticket = jobs.run("Long", work, lambda _: ends.append("done"), stopped=lambda: ends.append("stopped"))
    qtbot.waitUntil(lambda: bool(jobs.running) and jobs.running[0].total == 10_000)
    ticket.cancel()
    qtbot.waitUntil(lambda: jobs.is_idle, timeout=1000)
    assert ends == ["stopped"]


def test_progress_is_told_at_most_ten_times_a_second_and_may_exceed_32_bits(qtbot, jobs):
    told = []
    jobs.changed.connect(lambda: told.append([(j.done, j.total) for j in jobs.running]))

    def work(ticket):
        began = time.monotonic()
        for i in range(10**9):
            ticket.progress(i + 5_000_000_000, 9_000_000_000)
            if time.monotonic() - began > 0.45:
                return

    jobs.run("Quick", work, lambda _: None)
    qtbot.waitUntil(lambda: jobs.is_idle)
    reports = [snapshot[0][0] for snapshot in told if snapshot and snapshot[0][0]]
    assert 2 <= len(reports) <= 6
    assert min(reports) >= 5_000_000_000


def test_closing_waits_for_the_threads_and_answers_nothing(qtbot):
    jobs = Jobs()
    seen = []

    def work(ticket):
        while not ticket.cancelled:
            time.sleep(0.005)

    jobs.run("Endless", work, seen.append, seen.append, stopped=lambda: seen.append("stopped"))
    jobs.close()
    qtbot.wait(30)
    assert seen == []
    assert not [t for t in threading.enumerate() if t.name.startswith("job")]


def test_emitting_a_signal_does_not_lose_references_of_true():
    """PySide6 6.12.0 does, and aborts the process after some 570 emits."""

    class Sender(QObject):
        told = Signal(bool)

    sender = Sender()
    sender.told.connect(lambda flag: None)
    before = sys.getrefcount(True)
    for _ in range(100):
        sender.told.emit(True)
    assert abs(sys.getrefcount(True) - before) < 50
