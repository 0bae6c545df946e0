"""A window with plugins written into a folder, for tests that drive it by mouse and keys."""

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QMessageBox

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


def answer_nothing(monkeypatch):
    """No question waits for an answer that never comes: each is closed at once."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: ([], ""))
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_, **__: ("", ""))
    for name, nothing in (("getText", ""), ("getInt", 0), ("getItem", "")):
        monkeypatch.setattr(QInputDialog, name, lambda *_, nothing=nothing, **__: (nothing, False))
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_, **__: (7.0, True))
    for name in ("question", "warning", "information", "critical"):
        monkeypatch.setattr(QMessageBox, name, lambda *_, **__: QMessageBox.StandardButton.Cancel)
    monkeypatch.setattr(QDialog, "exec", lambda *_: 0)
    monkeypatch.setattr(QMessageBox, "exec", lambda *_: 0)
