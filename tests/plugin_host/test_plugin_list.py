"""The list of plugins in the window: what it says, the switch, reading anew, settings."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLabel
from small_plugins import HOSTILE, declared, write_plugin

from mo_viewer.phantom.demo import DemoPatient
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.settings import values_of
from mo_viewer.ui.app import open_window, wait_until

CODE = """
from mo_viewer.plugin_host.api import Setting
def register(registry):
    registry.add_panel('Mine', panel)
    registry.add_command('speak', 'Speak', lambda desk: desk.say('First.', 'good'), key='Ctrl+L')
    registry.add_exporter('all', 'All', lambda document: b'all', '.txt')
    registry.add_settings('Mine', [Setting('loud', 'Loud', False)])
def panel(desk):
    from PySide6.QtWidgets import QLabel
    return QLabel('first panel')
"""
MORE = 'permissions = ["writes-files"]\n' + declared(command="speak", exporter="all", settings="Mine", panel="Mine")


@pytest.fixture
def window(qtbot, tmp_path: Path, demo_patient: DemoPatient):
    write_plugin(tmp_path / "a", "mo_mine", CODE, MORE)
    write_plugin(tmp_path / "a", "mo_bad_draw", HOSTILE["mo_bad_draw"], "permissions = []")
    write_plugin(tmp_path / "b", "mo_mine", CODE, MORE)
    places = [("MO_VIEWER_PLUGINS", tmp_path / "a"), ("user folder", tmp_path / "b")]
    opened = open_window([demo_patient.studies[0].folder], tmp_path / "store.sqlite", places=places)
    qtbot.addWidget(opened)
    assert wait_until(lambda: opened.volume is not None and opened.jobs.is_idle and not opened.library.is_reading, 60)
    yield opened
    opened.close()


@pytest.fixture
def page(window):
    window.act("plugins")
    return window.extras.preferences.plugins


def lines(page) -> list[list[str]]:
    items = [page.tree.topLevelItem(n) for n in range(page.tree.topLevelItemCount())]
    return [[item.text(column) for column in range(4)] for item in items]


def texts(window) -> list[str]:
    return [label.text() for label in window.panels.findChildren(QLabel)]


def press(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def test_every_plugin_is_listed_with_version_state_and_origin(page) -> None:
    assert lines(page) == [
        ["mo_bad_draw", "0.1", "failed", "MO_VIEWER_PLUGINS"],
        ["mo_mine", "0.1", "on", "MO_VIEWER_PLUGINS"],
        ["mo_mine", "", "second of its id", "user folder"],
    ]
    page.choose("mo_mine")
    words = page.about.toPlainText()
    for said in ("writes files where you say", "For a test.", "MIT", "speak", "calls"):
        assert said in words
    assert "found before" not in words
    page.choose("mo_bad_draw")
    assert "which plugin.toml lacks" in page.about.toPlainText()


def test_a_fault_is_shown_with_file_and_traceback(window, page, tmp_path: Path) -> None:
    write_plugin(tmp_path / "a", "mo_bad_draw", HOSTILE["mo_bad_draw"], 'permissions = ["reads-images"]')
    page.choose("mo_bad_draw")
    press(page.again)
    window.pane.view.scroll_by(1)
    assert wait_until(lambda: any(fault.where == "overlay bad" for fault in window.host.faults), 20)
    page.fill()
    words = page.about.toPlainText()
    assert "overlay bad in __init__.py:1: ZeroDivisionError" in words
    assert "Traceback" in words
    assert lines(page)[0][2] == "on, with faults"
    press(page.copy)
    assert "Traceback" in QApplication.clipboard().text()


def test_a_plugin_that_is_switched_off_leaves_nothing_in_the_window_and_comes_back(window, page) -> None:
    speak, export = "mo_mine.command.speak", "mo_mine.exporter.all"
    assert "first panel" in texts(window)
    page.choose("mo_mine")
    press(page.switch)
    assert wait_until(lambda: "first panel" not in texts(window), 20)
    assert speak not in window.actions_table
    assert export not in window.actions_table
    assert lines(page)[1][2] == "off"
    assert page.switch.text() == "Switch on"
    press(page.switch)
    assert wait_until(lambda: "first panel" in texts(window), 20)
    window.act(speak)
    assert window.status.said.text() == "First."


def test_an_edited_plugin_is_read_anew_while_the_window_runs(window, page, tmp_path: Path) -> None:
    edited = CODE.replace("first panel", "second panel").replace("First.", "Second.")
    (tmp_path / "a" / "mo_mine" / "__init__.py").write_text(edited)
    page.choose("mo_mine")
    press(page.again)
    assert wait_until(lambda: "second panel" in texts(window), 20)
    assert "first panel" not in texts(window)
    window.act("mo_mine.command.speak")
    assert window.status.said.text() == "Second."
    (tmp_path / "a" / "mo_mine" / "__init__.py").write_text("nonsense(")
    press(page.again)
    assert "second panel" not in texts(window)
    assert "__init__.py:1" in page.about.toPlainText()
    assert "mo_mine.command.speak" not in window.actions_table


def test_a_setting_is_kept_by_a_click(window, page) -> None:
    page.choose("mo_mine")
    box = page.findChild(QCheckBox)
    assert not box.isChecked()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert dict(values_of(window.host, "mo_mine")) == {"loud": True}
    again = Host()
    again.load([(plugin.origin, plugin.folder) for plugin in window.host.plugins])
    assert dict(values_of(again, "mo_mine")) == {"loud": True}


def test_an_exporter_is_an_action_and_asks_where(window, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.txt"), ""))
    window.actions_table.action("mo_mine.exporter.all").run()
    assert wait_until((tmp_path / "out.txt").exists, 20)
    assert (tmp_path / "out.txt").read_bytes() == b"all"
