"""A wheel built from this checkout, put elsewhere, starts and finds its plugins and resources."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOK_AROUND = """
import pathlib, mo_viewer
from mo_viewer.paths import bundled
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.places import plugin_places
assert "elsewhere" in mo_viewer.__file__, mo_viewer.__file__
assert (bundled("resources") / "codes").is_dir()
assert (bundled("resources") / "window_presets.toml").is_file()
host = Host()
host.load(plugin_places())
print([(plugin.id, plugin.state) for plugin in host.plugins])
"""


def test_a_wheel_installed_elsewhere_starts_and_finds_plugins_and_resources(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = (tmp_path / "dist").glob("*.whl")
    elsewhere = tmp_path / "elsewhere"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(elsewhere)
    assert not any(name.startswith(("tests", "shared")) or "__pycache__" in name for name in names)
    env = {**os.environ, "PYTHONPATH": str(elsewhere)}
    done = subprocess.run(
        [sys.executable, "-c", LOOK_AROUND], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "('mo_ossification', 'running')" in done.stdout
    version = subprocess.run(
        [sys.executable, "-m", "mo_viewer", "--version"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert version.stdout.startswith("mo-viewer 0.1")
