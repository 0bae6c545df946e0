import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_plugins import declared, write_plugin

from mo_viewer.base.faults import Refused
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.manifest import read_manifest

CODE = """
import sys
sys.mo_lazy_imported = True
def register(registry):
    registry.add_command('hello', 'Hello', lambda desk: 'done', key='H')
    registry.add_overlay('cross', lambda scene: ())
"""


def lazy(tmp_path: Path, code: str, more: str) -> Host:
    write_plugin(tmp_path, "mo_lazy", code, more)
    host = Host()
    host.load([("test", tmp_path)])
    return host


def test_a_plugin_that_declares_what_it_adds_is_listed_without_being_imported(tmp_path: Path) -> None:
    vars(sys).pop("mo_lazy_imported", None)
    host = lazy(tmp_path, CODE, declared(command="hello", overlay="cross"))
    assert [(c.kind, c.name) for c in host.plugins[0].contributions] == [("command", "hello"), ("overlay", "cross")]
    assert host.plugins[0].state == "running"
    assert not hasattr(sys, "mo_lazy_imported")
    [command] = host.contributions("command")
    assert host.call(command, None) == "done"
    assert hasattr(sys, "mo_lazy_imported")
    assert command.key == "H"
    assert command.seconds < host.plugins[0].start_s + 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (declared(command="hello"), "does not declare"),
        (declared(command="hello", overlay="cross", panel="Mine"), "which register does not add"),
    ],
)
def test_a_plugin_that_adds_something_else_than_it_declares_is_named(tmp_path: Path, more: str, words: str) -> None:
    host = lazy(tmp_path, CODE, more)
    assert host.call(host.contributions("command")[0], None) is None
    assert words in host.faults[0].sentence
    assert len(host.faults) == 1
    assert host.plugins[0].state == "failed"
    assert host.contributions("overlay") == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('permissions = ["reads-minds"]', "reads-minds"),
        ('permissions = "reads-images"', "list of words"),
        ('[[contributes]]\nkind = "magic"\nname = "x"', "unknown field or kind"),
        ('[[contributes]]\nkind = "command"\nname = "x"\nneeds = "luck"', "not known: luck"),
        ('[[contributes]]\nkind = "cli"\nname = "Not A Command"', "no usable name"),
        (declared(command="x") + "\n" + declared(command="x"), "twice"),
        ('colour = "red"', "not known: colour"),
        ('order = "first"', "whole number"),
    ],
)
def test_a_manifest_that_asks_for_nonsense_is_refused_with_the_entry(tmp_path: Path, more: str, words: str) -> None:
    folder = write_plugin(tmp_path, "mo_lazy", CODE, more)
    with pytest.raises(Refused, match=words):
        read_manifest(folder)


def test_ten_plugins_cost_less_than_100_ms_before_they_are_needed(tmp_path: Path) -> None:
    for n in range(10):
        code = "import PySide6.QtWidgets, pydicom, scipy.ndimage\ndef register(registry): pass\n"
        write_plugin(tmp_path, f"mo_lazy_{n}", code, declared(command="hello", overlay="cross", panel="Mine"))
    code = (
        "import sys, time, pathlib; from mo_viewer.plugin_host.host import Host\n"
        "began = time.process_time(); host = Host(); host.load([('test', pathlib.Path(sys.argv[1]))])\n"
        "assert len(host.contributions('panel')) == 10 and 'scipy' not in sys.modules\n"
        "print(time.process_time() - began)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.1


def test_plugins_come_in_the_order_that_they_ask_for(tmp_path: Path) -> None:
    write_plugin(tmp_path, "mo_a", "", "order = 90\n" + declared(panel="A"))
    write_plugin(tmp_path, "mo_b", "", declared(panel="B"))
    write_plugin(tmp_path, "mo_c", "", "order = 10\n" + declared(panel="C"))
    host = Host()
    host.load([("test", tmp_path)])
    assert [panel.title for panel in host.contributions("panel")] == ["C", "B", "A"]


def test_an_edited_plugin_is_read_anew(tmp_path: Path) -> None:
    host = lazy(tmp_path, CODE, "")
    folder = tmp_path / "mo_lazy"
    (folder / "__init__.py").write_text(CODE.replace("'done'", "'changed now'"))
    host.reload("mo_lazy")
    assert host.call(host.contributions("command")[0], None) == "changed now"
    (folder / "__init__.py").write_text("nonsense(")
    host.reload("mo_lazy")
    assert host.plugins[0].state == "failed"
    assert "SyntaxError" in host.faults[-1].sentence
    (folder / "__init__.py").write_text(CODE)
    host.reload("mo_lazy")
    assert host.plugins[0].state == "running"


def test_a_plugin_stays_off_until_it_is_switched_on(tmp_path: Path) -> None:
    host = lazy(tmp_path, CODE, "")
    [command] = host.contributions("command")
    host.switch_off("mo_lazy")
    assert host.call(command, None) is None
    again = Host()
    again.load([("test", tmp_path)])
    assert again.plugins[0].reason == "Switched off."
    again.switch_on("mo_lazy")
    assert len(again.contributions("command")) == 1
    third = Host()
    third.load([("test", tmp_path)])
    assert third.plugins[0].state == "running"


def test_files_that_changed_under_the_same_version_are_reported_once(tmp_path: Path) -> None:
    def notices() -> list[str]:
        host = Host()
        host.load([("test", tmp_path)])
        return [notice.sentence for notice in host.notices if notice.where == "files"]

    write_plugin(tmp_path, "mo_lazy", CODE)
    assert notices() == []
    write_plugin(tmp_path, "mo_lazy", CODE + "# another line\n")
    assert "have changed" in notices()[0]
    assert notices() == []
    write_plugin(tmp_path, "mo_lazy", CODE + "# and another\n", version="0.2")
    assert notices() == []


def test_time_is_counted_for_each_contribution(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "def register(registry):\n"
        "    registry.add_command('slow', 'Slow', lambda desk: time.sleep(0.05))\n"
        "    registry.add_command('quick', 'Quick', lambda desk: None)\n"
    )
    host = lazy(tmp_path, code, "")
    slow, quick = host.contributions("command")
    for _ in range(3):
        host.call(slow, None)
        host.call(quick, None)
    assert slow.seconds >= 0.15
    assert slow.calls == quick.calls == 3
    assert quick.seconds < slow.seconds
    assert host.plugins[0].seconds >= slow.seconds + host.plugins[0].start_s
    began = time.perf_counter()
    for _ in range(1000):
        host.call(quick, None)
    assert time.perf_counter() - began < 0.5


def test_a_second_plugin_of_an_id_does_not_stand_in_the_way_of_the_first(tmp_path: Path) -> None:
    write_plugin(tmp_path / "a", "mo_lazy", CODE, "order = 90\npermissions = []\n" + declared(command="hello"))
    (tmp_path / "a" / "mo_lazy" / "__init__.py").write_text(
        "def register(registry): registry.add_command('hello', 'Hello', lambda desk: 'first')"
    )
    write_plugin(tmp_path / "b", "mo_lazy", "raise RuntimeError('never read')")
    host = Host()
    host.load([("first", tmp_path / "a"), ("second", tmp_path / "b")])
    assert host.granted("mo_lazy") == frozenset()
    assert host.call(host.contributions("command")[0], None) == "first"
    assert [plugin.is_second for plugin in host.plugins] == [True, False]


def test_a_folder_that_is_a_plugin_itself_is_taken_and_one_that_is_named_twice_once(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path, "mo_lazy", CODE)
    host = Host()
    host.load([("one", folder), ("other", tmp_path), ("again", tmp_path)])
    assert [(plugin.id, plugin.origin, plugin.state) for plugin in host.plugins] == [("mo_lazy", "one", "running")]
    assert host.faults == []
