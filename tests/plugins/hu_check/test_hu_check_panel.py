import json
import sys
from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from mo_viewer.paths import bundled, user_data
from mo_viewer.ui.app import open_window, wait_until


@pytest.fixture
def window(qtbot, shared: Path, tmp_path: Path):
    folder = shared / "phantom_catphan504_zip"
    opened = open_window([folder], tmp_path / "store.sqlite", places=[("bundled", bundled("plugins"))])
    qtbot.addWidget(opened)
    assert wait_until(lambda: opened.volume is not None and opened.jobs.is_idle and not opened.library.is_reading, 60)
    return opened


def press(window, text: str) -> None:
    button = next(b for b in window.panels.findChildren(QPushButton) if b.text() == text)
    button.click()


def height_pt(page: PageObject, word: str) -> float:
    """How far above the foot of the page a word stands."""
    found: list[float] = []

    def visit(text, outer, inner, font, size) -> None:
        if word in text:
            found.append(inner[5] * outer[3] + outer[5])

    page.extract_text(visitor_text=visit)
    return found[0]


def texts(window) -> list[str]:
    return [label.text() for label in window.panels.findChildren(QLabel)]


def test_the_panel_checks_shows_keeps_and_saves(window, tmp_path: Path, monkeypatch) -> None:
    assert "hu_check.panel" not in sys.modules
    window.panels.open_panel("CT numbers")
    assert "hu_check.chart" not in sys.modules
    press(window, "Check")
    assert wait_until(lambda: "PASS" in texts(window), 60)
    assert {"Air", "Teflon", "Noise", "Slice step"} <= set(texts(window))
    assert texts(window).count("pass") == 7
    before = window.pane.view.grab().toImage()
    window.pane.view.scroll_by(9)
    press(window, "Show")
    assert wait_until(lambda: window.pane.view.grab().toImage() == before, 20)
    assert (user_data() / "plugins" / "hu_check" / "history.json").is_file()
    target = tmp_path / "saved.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    press(window, "CSV")
    assert target.read_bytes().startswith(b"\xef\xbb\xbfname,nominal")
    assert b"Teflon" in target.read_bytes()
    target = tmp_path / "saved.json"
    press(window, "JSON")
    assert json.loads(target.read_text("utf-8"))["phantom"] == "Catphan 504"
    target = tmp_path / "saved.pdf"
    press(window, "PDF")
    [page] = PdfReader(target).pages
    assert "Teflon" in page.extract_text()
    assert "990 ± 40" in page.extract_text().replace("\t", " ")
    assert height_pt(page, "Air") - height_pt(page, "Teflon") > 6 * 10  # six lines lower, in letters that can be read
    assert "ZZZOBIACB1" not in page.extract_text()
    press(window, "Offer line")
    assert (user_data() / "plugins" / "calibrations.json").is_file()
    press(window, "Edit table")
    assert (user_data() / "plugins" / "hu_check" / "nominal.toml").is_file()
    assert window.host.faults == []


def test_a_check_by_the_command_is_shown_in_the_panel_open_or_not_yet(window) -> None:
    window.act("hu_check.command.check")
    assert wait_until(lambda: window.jobs.is_idle and (user_data() / "plugins/hu_check/history.json").is_file(), 60)
    window.panels.open_panel("CT numbers")
    assert wait_until(lambda: "PASS" in texts(window), 20)
    window.act("hu_check.command.check")
    assert wait_until(lambda: window.jobs.is_idle, 60)
    assert texts(window).count("PASS") == 1


def test_both_plugins_stand_side_by_side_and_do_not_know_each_other(window) -> None:
    plugins = dict.fromkeys(panel.plugin for panel in window.host.contributions("panel"))
    assert list(plugins) == ["mo_ossification", "hu_check"]
    window.panels.open_panel("CT numbers")
    assert {"mo_ossification.panel", "hu_check.panel"} <= set(sys.modules)
    for name, module in tuple(sys.modules.items()):
        if name.startswith("hu_check"):
            assert not any(str(value).startswith("<module 'mo_ossification") for value in vars(module).values())


@pytest.mark.parametrize("gone", ["hu_check", "mo_ossification"])
def test_without_one_of_the_plugins_the_window_works(qtbot, tmp_path: Path, demo_patient, gone: str) -> None:
    kept = "mo_ossification" if gone == "hu_check" else "hu_check"
    place = tmp_path / "plugins"
    place.mkdir()
    (place / kept).symlink_to(bundled("plugins") / kept, target_is_directory=True)
    opened = open_window([demo_patient.studies[0].folder], tmp_path / "store.sqlite", places=[("bundled", place)])
    qtbot.addWidget(opened)
    assert wait_until(lambda: opened.volume is not None and opened.jobs.is_idle and not opened.library.is_reading, 60)
    assert [plugin.id for plugin in opened.host.plugins] == [kept]
    assert opened.host.faults == []
