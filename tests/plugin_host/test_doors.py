from pathlib import Path

import pytest
from small_plugins import write_plugin

from mo_viewer.base.faults import Refused, Unwritable
from mo_viewer.findings.document import Document
from mo_viewer.plugin_host.data import Calibration, Setting
from mo_viewer.plugin_host.deprecation import Deprecation, deprecated
from mo_viewer.plugin_host.doors import Doors
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.record import Record
from mo_viewer.plugin_host.settings import set_value, settings_of, values_of
from mo_viewer.volume.source import Patient

COMMAND = "def register(registry): registry.add_command('x', 'X', lambda desk: None)"
SETTINGS = """
from mo_viewer.plugin_host.api import Setting
def register(registry):
    registry.add_command('x', 'X', lambda desk: None)
    registry.add_settings('Mine', [
        Setting('limit', 'Limit', 1.5, least=0.0, most=10.0),
        Setting('kind', 'Kind', 'a', choices=('a', 'b')),
        Setting('loud', 'Loud', False),
    ])
"""


def doors(tmp_path: Path, code: str = COMMAND, more: str = "permissions = []", name: str = "mo_mine") -> Doors:
    write_plugin(tmp_path, name, code, more)
    host = Host()
    host.load([("test", tmp_path)])
    return Doors(host, host.contributions("command")[0])


def test_a_permission_that_was_not_asked_for_is_not_there(tmp_path: Path) -> None:
    door = doors(tmp_path)
    assert door.permissions == frozenset()
    for act in (lambda: door.data_folder, lambda: door.keep("a.txt", b""), lambda: door.need("reads-images")):
        with pytest.raises(PermissionError, match="toml lacks"):
            act()


def test_a_measure_without_the_permission_to_write_findings_is_refused_at_the_start(tmp_path: Path) -> None:
    code = "def register(registry): registry.add_measure('m', lambda lesion, volume: ())"
    write_plugin(tmp_path, "mo_mine", code, 'permissions = ["reads-images"]')
    host = Host()
    host.load([("test", tmp_path)])
    assert "writes-findings" in host.faults[0].sentence


def test_a_manifest_that_does_not_say_gets_all_and_a_notice(tmp_path: Path) -> None:
    door = doors(tmp_path, more="")
    assert len(door.permissions) == 3
    assert any("deprecated since plugin API 1.0" in notice.sentence for notice in door._host.notices)


def test_files_are_kept_in_the_plugins_own_folder_and_nowhere_else(tmp_path: Path) -> None:
    door = doors(tmp_path, more='permissions = ["writes-files"]')
    path = door.keep("a.txt", b"content")
    assert path.read_bytes() == b"content"
    assert path.parent == door.data_folder
    assert path.parent.name == "mo_mine"
    for name in ("../a.txt", "/a.txt", "", "..", "sub/a.txt"):
        with pytest.raises(ValueError, match="no name of a file"):
            door.keep(name, b"")
    assert not list(path.parent.glob("*.part"))


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritable):
        Record(folder=tmp_path / "file").data_folder("mo_x")


def test_settings_have_defaults_take_what_is_allowed_and_outlast_the_program(tmp_path: Path) -> None:
    door = doors(tmp_path, SETTINGS)
    assert dict(door.settings) == {"limit": 1.5, "kind": "a", "loud": False}
    host = door._host
    set_value(host, "mo_mine", "limit", 3)
    set_value(host, "mo_mine", "kind", "b")
    for name, value in (("limit", 11.0), ("limit", "3"), ("kind", "c"), ("loud", 1), ("nothing", 1)):
        with pytest.raises(Refused):
            set_value(host, "mo_mine", name, value)
    assert dict(values_of(Host(record=host.record), "mo_mine")) == {}
    assert dict(door.settings) == {"limit": 3, "kind": "b", "loud": False}
    assert [one.name for one in settings_of(host, "mo_mine")] == ["limit", "kind", "loud"]
    host.record.set_setting("mo_mine", "limit", 99.0)
    assert door.settings["limit"] == 1.5


def test_a_calibration_is_seen_by_all_with_its_maker_and_replaced_by_a_newer_fit(tmp_path: Path) -> None:
    door = doors(tmp_path, more='permissions = ["writes-files"]')
    line = Calibration("Maker Model", 120.0, "B30s", 1.01, -2.0, "2024-01-08", "Catphan 504")
    door.offer_calibration(line)
    door.offer_calibration(Calibration("Maker Model", 120.0, "B30s", 1.02, -3.0, "2024-01-08", "Catphan 504"))
    door.offer_calibration(Calibration("Maker Model", 120.0, "B30s", 1.03, -4.0, "2025-01-08", "Catphan 504"))
    other = doors(tmp_path / "b", name="mo_other")
    assert [(one.slope, one.made_by) for one in other.calibrations()] == [(1.03, "mo_mine 0.1"), (1.02, "mo_mine 0.1")]


def test_a_damaged_record_counts_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "plugins.json"
    path.write_text("{ not json")
    record = Record(path)
    assert record.off("mo_x") == ""
    record.set_off("mo_x", "Switched off.")
    assert Record(path).off("mo_x") == "Switched off."


def test_an_exporter_gives_bytes_or_is_switched_off(tmp_path: Path) -> None:
    code = (
        "def register(registry):\n"
        "    registry.add_exporter('good', 'Good', lambda document: b'ok', '.txt')\n"
        "    registry.add_exporter('bad', 'Bad', lambda document: 'text', '.txt')\n"
    )
    write_plugin(tmp_path, "mo_mine", code, 'permissions = ["writes-files"]')
    host = Host()
    host.load([("test", tmp_path)])
    good, bad = host.contributions("exporter")
    document = Document(Patient("k"))
    assert host.exported(good, document) == b"ok"
    assert good.suffix == ".txt"
    assert host.exported(bad, document) is None
    assert host.contributions("exporter") == [good]


def test_the_use_of_something_deprecated_is_said() -> None:
    said: list[str] = []
    old = Deprecation("add_thing", "use add_other", since="1.1", gone="1.2")

    class Registry:
        @deprecated(old, lambda owner, sentence: said.append(sentence))
        def add_thing(self, name: str) -> str:
            return name.upper()

    assert Registry().add_thing("x") == "X"
    assert said == ["add_thing is deprecated since plugin API 1.1 and gone in 1.2: use add_other."]


def test_a_setting_says_itself_what_is_wrong() -> None:
    from mo_viewer.plugin_host.settings import wrong_with

    setting = Setting("n", "Number", 3, least=1, most=5)
    assert wrong_with(setting, 4) == ""
    assert wrong_with(setting, 6) == "Number must be 5 or less."
    assert wrong_with(setting, True) == "Number must be a int."
