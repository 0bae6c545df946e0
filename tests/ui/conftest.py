import pytest
from PySide6.QtWidgets import QApplication

from mo_viewer.ui.app import application


@pytest.fixture(autouse=True)
def dressed(qapp):
    """Fonts, colours and style sheet are those of the program in every test of the window."""
    return application()


@pytest.fixture(autouse=True, scope="module")
def nothing_in_front(qapp):
    """A window that an earlier file left open takes the mouse of the next ones, whose windows may lie behind it."""
    for top in QApplication.topLevelWidgets():
        if top.isVisible():
            top.hide()


@pytest.fixture(autouse=True, scope="module")
def nothing_on_the_clipboard(qapp):
    """The clipboard without a screen outlives Python; what Python made in it ends the process with a fault."""
    yield
    QApplication.clipboard().clear()
