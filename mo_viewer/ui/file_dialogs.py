"""Questions for files and folders; they begin where the reader was last, and pictures get their suffix."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from mo_viewer.base.faults import Unwritable
from mo_viewer.ui.sure import is_sure

if TYPE_CHECKING:
    from mo_viewer.dicom.series import Series
    from mo_viewer.ui.window import Window

_last: dict[str, str] = {}
"""Folders used last, for opening and for saving; only while the program runs: folders are called after patients."""
_OPEN, _SAVE = "open", "save"


def asked_source(parent: QWidget, title: str) -> Path | None:
    """Ask which folder to open; None when the reader thinks better of it."""
    return _asked_folder(parent, title, _OPEN)


def asked_files(parent: QWidget, title: str) -> list[Path]:
    """Ask which files to open."""
    files, _ = QFileDialog.getOpenFileNames(parent, title, _start(_OPEN))
    if files:
        _last[_OPEN] = str(Path(files[0]).parent)
    return [Path(file) for file in files]


def asked_target(parent: QWidget, title: str) -> Path | None:
    """Ask which folder to write into; None when the reader thinks better of it."""
    return _asked_folder(parent, title, _SAVE)


def save_picture(
    window: "Window", image: QImage, name: str, parent: QWidget | None = None, title: str = "Save picture"
) -> None:
    """Ask where to keep a picture, write it as PNG under a name that ends so, and say where it is."""
    over = parent or window
    given, _ = QFileDialog.getSaveFileName(over, title, str(Path(_start(_SAVE)) / name), "PNG (*.png)")
    if not given:
        return
    path = Path(given)
    if path.suffix.lower() != ".png":
        path = path.with_name(f"{path.name}.png")
        if path.exists() and not is_sure(over, f"{path.name} exists. Replace it?", "", "Replace", "Keep", harms=True):
            return
    if image.save(str(path)):
        _last[_SAVE] = str(path.parent)
        window.say(f"Picture saved: {path}", "good")
    else:
        window.show_fault(Unwritable("The picture could not be saved.", "Choose another folder.", str(path)))


def picture_name(series: "Series | None") -> str:
    """A file name of study date and series number, without patient text."""
    if series is None:
        return "picture.png"
    date = series.source.date or "undated"
    return f"{date}_series_{0 if series.source.number is None else series.source.number}.png"


def _asked_folder(parent: QWidget, title: str, purpose: str) -> Path | None:
    folder = QFileDialog.getExistingDirectory(parent, title, _start(purpose))
    if not folder:
        return None
    _last[purpose] = folder
    return Path(folder)


def _start(purpose: str) -> str:
    return _last.get(purpose, str(Path.home()))
