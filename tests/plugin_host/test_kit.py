from pathlib import Path

import pytest
from small_plugins import write_plugin

from mo_viewer.base.faults import Misuse
from mo_viewer.cli import run
from mo_viewer.cli.plugin_check import check_apart, check_here
from mo_viewer.paths import bundled
from mo_viewer.plugin_host.kit.outcome import Outcomes
from mo_viewer.plugin_host.new import make_plugin

ALL = 'permissions = ["reads-images", "writes-findings", "writes-files"]'
MEASURE = """
import random
from mo_viewer.findings.measurement import Measurement
def measure(lesion, volume): return [Measurement('m', random.random(), 'furlong')]
def register(registry): registry.add_measure('m', measure)
"""
SLOW = """
import time
end = time.process_time() + 0.6
while time.process_time() < end: pass
"""
WORK = """
import time
def act(desk):
    if desk.volume is None: desk.run('Busy', work, lambda result: None)
def work(ticket):
    until = time.thread_time() + 0.5
    while time.thread_time() < until: pass
def register(registry): registry.add_command('busy', 'Busy', act)
"""
OVERLAY = """
from itertools import count
from mo_viewer.plugin_host.api import Label
calls = count()
def draw(scene): return [Label(scene.plane.origin_mm, str(next(calls)), '#fff')]
def register(registry): registry.add_overlay('o', draw)
"""
PANEL = """
def register(registry): registry.add_panel('P', panel)
def panel(desk):
    from PySide6.QtWidgets import QWidget
    widget = QWidget()
    desk.listen(lambda change: widget.isVisible())
    kept.append(widget)
    return widget
kept = []
"""
PERMISSION = "def register(registry): registry.add_command('c', 'C', lambda desk: desk.save('a.txt', b''))"
FILES = """
from pathlib import Path
def act(desk): Path(__file__).with_name('beside.txt').write_text('x')
def mine(desk):
    if 'writes-files' in desk.permissions:
        desk.keep('kept.txt', b'')
        (desk.data_folder / 'mine.txt').write_text('x')
    else:
        Path('mine.txt').write_text('x')
        Path('mine.txt').unlink()
def register(registry):
    registry.add_command('c', 'C', act)
    registry.add_command('m', 'M', mine)
"""
ANSWERED = """
def register(registry): registry.add_panel('P', panel)
def panel(desk):
    from PySide6.QtWidgets import QLabel
    label = QLabel()
    desk.run('Count', lambda ticket: 3, lambda count: label.setText(str(count + WRONG)))
    return label
"""
ARRAY = """
def measure(lesion, volume):
    volume.values.setflags(write=True)
    volume.values[0] = 7
    volume.values.setflags(write=False)
    return []
def register(registry): registry.add_measure('m', measure)
"""


def failed(folder: Path, longest_s: float = 300.0) -> dict[str, str]:
    return {one.name: one.text for one in check_apart(folder, longest_s) if not one.passed}


def failed_here(folder: Path) -> dict[str, str]:
    outcomes = Outcomes()
    check_here(folder, outcomes)
    return {one.name: one.text for one in outcomes.all if not one.passed}


@pytest.mark.parametrize("name", ["mo_ossification", "hu_check"])
def test_the_bundled_plugins_satisfy_the_contract(name: str) -> None:
    assert failed(bundled("plugins") / name) == {}


def test_a_new_plugin_satisfies_the_contract_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins", "--new", str(tmp_path / "mo_mine")]) == 0
    assert run(["plugins", "--check", str(tmp_path / "mo_mine")]) == 0
    said = capsys.readouterr().out
    assert "ok     measures are deterministic" in said
    assert "FAILED" not in said


@pytest.mark.parametrize(
    ("code", "check", "words"),
    [
        ("from mo_viewer.ui import window\n", "imports only the engine, the API and itself", "mo_viewer.ui"),
        ("import mo_ossification\n", "imports only the engine, the API and itself", "mo_ossification"),
        ("def register(registry: pass", "sources are Python", "SyntaxError"),
        (
            f"{SLOW}def register(registry): pass",
            "starts in 300 ms",
            "ms",
        ),
        ("def register(registry): 1 / 0", "starts", "ZeroDivisionError"),
        (MEASURE, "measures are deterministic, with units", "second time"),
        (MEASURE, "measures are deterministic, with units", "furlong"),
        (WORK, "background work stops within 200 ms", "without a look at its ticket"),
        (OVERLAY, "overlays are pure and quick", "second time"),
        (PANEL, "panels open and close 20 times", "listeners were not ended"),
        (ARRAY, "image data are left alone", "changed in"),
    ],
    ids=lambda value: str(value)[:24].strip(),
)
def test_what_a_plugin_does_wrong_is_said_with_its_place(
    qapp, tmp_path: Path, code: str, check: str, words: str
) -> None:
    wrong = failed_here(write_plugin(tmp_path, "mo_wrong", code, ALL))
    assert words in wrong.get(check, f"not failed; failed: {wrong}")


@pytest.mark.parametrize(
    ("code", "check", "words"),
    [
        ("import PySide6.QtWidgets\ndef register(registry): pass", "brings no Qt at its start", "__init__.py:1"),
        (
            "def act(desk): import PySide6.QtWidgets\ndef register(registry): registry.add_command('c', 'C', act)",
            "brings no Qt outside its panels",
            "PySide6",
        ),
        ("import os\ndef register(registry): os._exit(3)", "comes to an end", "ended with 3"),
    ],
    ids=["Qt at the start", "Qt in a command", "exit"],
)
def test_what_only_a_process_of_its_own_can_show_is_said(tmp_path: Path, code: str, check: str, words: str) -> None:
    assert words in failed(write_plugin(tmp_path, "mo_wrong", code, ALL))[check]


@pytest.mark.parametrize(
    ("added", "words"), [("0", ""), ("'x'", "panel P in an axial CT, when it was done: TypeError")]
)
def test_work_of_a_panel_is_answered_while_it_is_open(qapp, tmp_path: Path, added: str, words: str) -> None:
    wrong = failed_here(write_plugin(tmp_path, "mo_wrong", ANSWERED.replace("WRONG", added), "permissions = []"))
    assert words in wrong.get("background work ends well", "")
    assert bool(words) == ("background work ends well" in wrong)


def test_the_use_of_a_permission_that_was_not_asked_for_is_said(qapp, tmp_path: Path) -> None:
    wrong = failed_here(write_plugin(tmp_path, "mo_wrong", PERMISSION, "permissions = []"))
    assert "command C in nothing open: this needs the permission writes-files" in wrong["permissions are respected"]
    assert "writes-files" in wrong["no faults"]


@pytest.mark.parametrize("permissions", ['["writes-files"]', "[]"])
def test_files_that_are_written_past_the_doors_are_said_with_their_place(
    qapp, tmp_path: Path, permissions: str
) -> None:
    wrong = failed_here(write_plugin(tmp_path, "mo_wrong", FILES, f"permissions = {permissions}"))
    said = wrong["writes files only where it may"]
    assert f"__init__.py:3 writes {tmp_path / 'mo_wrong' / 'beside.txt'}" in said
    assert ("mine.txt" in said) == (permissions == "[]")


def test_a_plugin_that_never_returns_fails_where_it_did_so(tmp_path: Path) -> None:
    code = "import threading\ndef register(registry): threading.Event().wait()"
    wrong = failed(write_plugin(tmp_path, "mo_wrong", code, ALL), longest_s=8.0)
    assert "did not come back within 8 s" in wrong["comes to an end"]


@pytest.mark.parametrize("name", ["mine", "mo_Mine", "mo_", "xx_mine"])
def test_a_name_that_is_no_id_is_wrong_use(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misuse):
        make_plugin(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mo_mine").mkdir()
    with pytest.raises(Misuse, match="already"):
        make_plugin(tmp_path / "mo_mine")


def test_a_path_without_a_plugin_is_unreadable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins", "--check", str(tmp_path)]) == 3
    assert "plugin.toml" in capsys.readouterr().err
