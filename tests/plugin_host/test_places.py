from pathlib import Path

import pytest
from small_plugins import write_plugin

from mo_viewer.paths import bundled, user_settings
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.places import plugin_places

CODE = "def register(registry): registry.add_command('x', 'X', lambda desk: None)"


def installed(site: Path, name: str) -> None:
    write_plugin(site, name, CODE, "permissions = []")
    about = site / f"{name}-0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text(f"[mo_viewer.plugins]\nmine = {name}\n")


def test_plugins_are_found_in_all_four_places_and_say_from_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, named = tmp_path / "site", tmp_path / "named"
    installed(site, "mo_installed")
    write_plugin(site, "mo_beside", "raise RuntimeError('no entry point names it')", "permissions = []")
    write_plugin(named, "mo_named", CODE, "permissions = []")
    write_plugin(user_settings() / "plugins", "mo_of_user", CODE, "permissions = []")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("MO_VIEWER_PLUGINS", str(named))
    host = Host()
    host.load(plugin_places())
    origins = {plugin.id: plugin.origin for plugin in host.plugins}
    ours = {folder.name: "bundled" for folder in bundled("plugins").iterdir() if (folder / "plugin.toml").is_file()}
    assert origins == {
        **ours,
        "mo_named": "MO_VIEWER_PLUGINS",
        "mo_of_user": "user folder",
        "mo_installed": "installed: mine",
    }
    assert host.faults == []


def test_the_first_of_an_id_wins_in_the_order_of_the_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path / "site", "mo_twice")
    write_plugin(tmp_path / "named", "mo_twice", CODE, "permissions = []")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("MO_VIEWER_PLUGINS", str(tmp_path / "named"))
    host = Host()
    host.load(plugin_places())
    twice = [(plugin.origin, plugin.state) for plugin in host.plugins if plugin.id == "mo_twice"]
    assert twice == [("MO_VIEWER_PLUGINS", "running"), ("installed: mine", "refused")]
