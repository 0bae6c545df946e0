"""Ten plugins that do what none should, in one window that must go on."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from small_plugins import HOSTILE, write_plugin

from mo_viewer.phantom.demo import DemoPatient
from mo_viewer.plugin_host import host
from mo_viewer.ui.app import open_window, wait_until

USABLE_S = 0.1
NEVER_RETURNS = """
import threading
def draw(scene): threading.Event().wait()
def register(registry): registry.add_overlay('stuck', draw)
"""
LOOPS = """
def loop(desk):
    while True: pass
def register(registry): registry.add_command('loop', 'Loop', loop)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, code in {**HOSTILE, "mo_bad_stuck": NEVER_RETURNS, "mo_bad_loop": LOOPS}.items():
        write_plugin(tmp_path / "a", name, code)
    write_plugin(tmp_path / "a", "mo_bad_api", "", api="2.0")
    write_plugin(tmp_path / "b", "mo_bad_draw", "def register(registry): pass")
    return tmp_path


def test_the_window_stays_usable_and_names_each(
    qtbot, place: Path, demo_patient: DemoPatient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "WATCH_S", 1.0)
    places = [("first", place / "a"), ("second", place / "b")]
    window = open_window([demo_patient.studies[0].folder], tmp_path / "store.sqlite", places=places, size=(1000, 700))
    qtbot.addWidget(window)
    assert wait_until(lambda: window.volume is not None and window.jobs.is_idle and not window.library.is_reading, 30)
    window.panels.open_panel("Bad factory")
    window.act("mo_bad_loop.command.loop")
    for _ in range(6):
        window.pane.view.scroll_by(1)
        wait_until(lambda: False, 0.3)
    assert window.host.contributions("overlay") == []
    assert "mo_bad_loop.command.loop" not in window.actions_table
    assert max(_answer_s() for _ in range(5)) < USABLE_S
    said = {fault.plugin for fault in window.host.faults} | {notice.plugin for notice in window.host.notices}
    assert {*HOSTILE, "mo_bad_api", "mo_bad_stuck", "mo_bad_loop"} <= said
    assert any("found before" in fault.sentence for fault in window.host.faults)
    import mo_bad_thread

    mo_bad_thread.stop.set()


def _answer_s() -> float:
    """How long an event waits until it is handled."""
    answered: list[float] = []
    began = time.perf_counter()
    QTimer.singleShot(0, lambda: answered.append(time.perf_counter() - began))
    while not answered:
        QApplication.processEvents()
    return answered[0]
