"""Pictures of the whole window, dark and light, with nothing but the program's own parts."""

import pytest
from pictures_compare import check
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from mo_viewer.ui.app import open_window, wait_until

SIZE = (1366, 768)


@pytest.fixture
def window(qtbot, demo_patient, tmp_path):
    made = open_window([demo_patient.studies[0].folder], tmp_path / "f.sqlite", places=(), size=SIZE)
    qtbot.addWidget(made)
    assert wait_until(lambda: made.volume is not None and made.jobs.is_idle and not made.library.is_reading, 60)
    yield made
    made.extras.use_theme("dark")
    made.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_mpr_in_each_theme(window, tmp_path, theme):
    window.extras.use_theme(theme)
    window.act("layout.mpr")
    window.set_size(*SIZE)
    view = window.pane.view
    assert wait_until(lambda: window.workspace.crosshair.at_mm is not None and window.jobs.is_idle, 60)
    assert wait_until(lambda: view.note(view.shown).side == "left", 30)
    assert wait_until(lambda: window.jobs.is_idle, 30)
    for button in window.tool_row.findChildren(QToolButton):
        button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    check(window.grab().toImage(), f"window_{theme}", tmp_path)
