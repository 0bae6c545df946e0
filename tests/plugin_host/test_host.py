import sys
from pathlib import Path

import numpy as np
import pytest

from mo_viewer.base.faults import Refused
from mo_viewer.paths import bundled
from mo_viewer.plugin_host.api import API_VERSION, Marker
from mo_viewer.plugin_host.host import Host, PluginFault
from mo_viewer.plugin_host.manifest import read_manifest

GOOD = """
from mo_viewer.plugin_host.api import Marker
import numpy as np
def register(registry):
    registry.add_overlay("cross", lambda scene: [Marker(np.zeros(3), "#ffffff")])
    registry.add_command("hello", "Hello", lambda desk: "done", key="H")
"""
RAISES_AT_IMPORT = "raise RuntimeError('the module is broken')"
RAISES_IN_REGISTER = """
def register(registry):
    registry.add_command("half", "Half", lambda desk: None)
    raise ValueError("half way")
"""
RAISES_AT_EVERY_DRAW = """
def register(registry):
    registry.add_overlay("bad", lambda scene: 1 / 0)
    registry.add_command("still", "Still there", lambda desk: "alive")
"""


def plugin(place: Path, name: str, code: str, api: str = "1.0", **changed: str) -> Path:
    folder = place / name
    folder.mkdir(parents=True)
    fields = {
        "id": name,
        "name": name,
        "version": "0.1",
        "api": api,
        "entry": f"{name}:register",
        "summary": "For a test.",
        "license": "MIT",
    } | changed
    (folder / "plugin.toml").write_text("".join(f'{key} = "{value}"\n' for key, value in fields.items()))
    (folder / "__init__.py").write_text(code)
    return folder


@pytest.fixture
def host_of(tmp_path: Path):
    def made(**codes: str) -> Host:
        for name, code in codes.items():
            plugin(tmp_path, name, code)
        host = Host()
        host.load([("test", tmp_path)])
        return host

    yield made
    for name in [name for name in sys.modules if name.startswith("mo_test")]:
        del sys.modules[name]


def states(host: Host) -> dict[str, str]:
    return {found.id: found.state for found in host.plugins}


def test_a_good_plugin_runs_and_its_contributions_can_be_called(host_of) -> None:
    host = host_of(mo_test_good=GOOD)
    [overlay] = host.contributions("overlay")
    [command] = host.contributions("command")
    assert isinstance(host.call(overlay, None)[0], Marker)
    assert host.call(command, None) == "done"
    assert command.key == "H"
    assert host.faults == []


def test_a_plugin_that_raises_at_import_is_named_with_its_reason_and_the_others_run(host_of) -> None:
    host = host_of(mo_test_broken=RAISES_AT_IMPORT, mo_test_good=GOOD)
    assert states(host) == {"mo_test_broken": "failed", "mo_test_good": "running"}
    [fault] = host.faults
    assert fault.plugin == "mo_test_broken"
    assert "the module is broken" in fault.sentence
    assert "Traceback" in fault.traceback


def test_a_plugin_that_fails_half_way_leaves_nothing_behind(host_of) -> None:
    host = host_of(mo_test_half=RAISES_IN_REGISTER)
    assert host.contributions("command") == []
    assert states(host) == {"mo_test_half": "failed"}


def test_a_plugin_for_another_api_is_refused_before_its_code_is_imported(tmp_path: Path) -> None:
    plugin(tmp_path, "mo_test_new", "import sys; sys.mo_test_imported = True", api="2.0")
    plugin(tmp_path, "mo_test_newer", "import sys; sys.mo_test_imported = True", api="1.7")
    host = Host()
    host.load([("test", tmp_path)])
    assert states(host) == {"mo_test_new": "refused", "mo_test_newer": "refused"}
    assert f"needs plugin API 2.0; this viewer offers {API_VERSION}" in host.faults[0].sentence
    assert not hasattr(sys, "mo_test_imported")


def test_an_overlay_that_raises_at_every_draw_is_switched_off_and_the_rest_of_the_plugin_lives(host_of) -> None:
    told: list[PluginFault] = []
    host = host_of(mo_test_draws=RAISES_AT_EVERY_DRAW)
    host.told = told.append
    [overlay] = host.contributions("overlay")
    assert [host.call(overlay, None) for _ in range(3)] == [None, None, None]
    assert len(told) == 1
    assert "ZeroDivisionError" in told[0].sentence
    assert host.contributions("overlay") == []
    assert host.call(host.contributions("command")[0], None) == "alive"


def test_the_second_plugin_of_an_id_is_reported_and_not_used(tmp_path: Path) -> None:
    plugin(tmp_path / "a", "mo_test_twice", GOOD)
    plugin(tmp_path / "b", "mo_test_twice", RAISES_AT_IMPORT)
    host = Host()
    host.load([("first", tmp_path / "a"), ("second", tmp_path / "b")])
    assert [found.state for found in host.plugins] == ["running", "refused"]
    assert "found before" in host.plugins[1].reason
    assert len(host.contributions("overlay")) == 1


def test_switching_a_plugin_off_removes_what_it_added(host_of) -> None:
    host = host_of(mo_test_good=GOOD)
    host.switch_off("mo_test_good")
    assert host.contributions("overlay") == host.contributions("command") == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": "mo_other"}, "name of its folder"),
        ({"entry": "os:system"}, "entry"),
        ({"version": ""}, "no version"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_field(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    folder = plugin(tmp_path, "mo_test_wrong", GOOD, **changed)
    with pytest.raises(Refused, match=words):
        read_manifest(folder)


def test_a_manifest_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    folder = plugin(tmp_path, "mo_test_wrong", GOOD)
    (folder / "plugin.toml").write_bytes(b"\xff\xfe id = ")
    with pytest.raises(Refused, match="cannot be read"):
        read_manifest(folder)


def test_a_fault_meant_for_the_user_passes_and_switches_nothing_off(host_of) -> None:
    code = (
        "from mo_viewer.base.faults import Refused\n"
        "def refuse(desk): raise Refused('No lesion there.')\n"
        "def register(registry): registry.add_command('x', 'X', refuse)\n"
    )
    host = host_of(mo_test_refuses=code)
    [command] = host.contributions("command")
    with pytest.raises(Refused, match="No lesion there"):
        host.call(command, None)
    assert command.enabled


def test_the_bundled_plugin_runs() -> None:
    host = Host()
    host.load([("bundled", bundled("plugins"))])
    assert states(host)["mo_ossification"] == "running", host.faults
    kinds = {c.kind for c in host.plugins[0].contributions}
    assert kinds == {"tool", "overlay", "command", "assessment", "panel"}
    assert np.isfinite(sum(c.seconds for c in host.plugins[0].contributions))
