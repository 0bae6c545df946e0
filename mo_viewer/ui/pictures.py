"""Pictures of the window, for the demo without a display, the manual and tests."""

from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from mo_viewer.base.faults import Unwritable


def grab(widget: QWidget, path: Path) -> Path:
    """Save a widget as it is now as PNG.

    Raises
    ------
    Unwritable
        When the file cannot be written.
    """
    QApplication.processEvents()
    if not widget.grab().save(str(path), "PNG"):
        raise Unwritable("A picture could not be saved.", "Choose another folder.")
    return path
