"""A window with plugins written into a folder, for tests that drive it by mouse and keys."""

from pathlib import Path

from mo_viewer.ui.app import open_window, wait_until


def write_plugin(place: Path, name: str, code: str, api: str = "1.0") -> Path:
    """Write a plugin folder; returns the folder that holds it."""
    folder = place / name
    folder.mkdir(parents=True)
    fields = {"id": name, "name": name, "version": "0.1", "api": api, "entry": f"{name}:register", "license": "MIT"}
    lines = [f'{key} = "{value}"' for key, value in (fields | {"summary": "For a test."}).items()]
    (folder / "plugin.toml").write_text("\n".join(lines))
    (folder / "__init__.py").write_text(code)
    return place


def opened_window(qtbot, folder: Path, store_path: Path, places=(), size=(1000, 700)):
    """Open a window with a folder of images and wait until the first series is whole."""
    window = open_window([folder], store_path, places=places, size=size)
    qtbot.addWidget(window)
    assert wait_until(lambda: window.volume is not None and window.jobs.is_idle and not window.library.is_reading, 20)
    return window
