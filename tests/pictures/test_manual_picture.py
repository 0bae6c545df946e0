"""The picture at the top of the README, made from the demo patient with the plugins that are delivered."""

import pytest
from pictures_compare import check
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from mo_viewer.paths import bundled
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.demo_pictures import mark_by_click, show_study

SIZE = (1366, 768)


@pytest.fixture
def window(qtbot, demo_patient, tmp_path):
    folders = [study.folder for study in demo_patient.studies]
    places = [("bundled", bundled("plugins"))]
    made = open_window(folders, tmp_path / "f.sqlite", places=places, size=SIZE)
    qtbot.addWidget(made)
    assert wait_until(lambda: made.volume is not None and made.jobs.is_idle and not made.library.is_reading, 120)
    yield made
    made.close()


def test_the_demo_patient_marked_by_one_click(window, demo_patient, tmp_path):
    study = demo_patient.studies[-1]
    show_study(window, study.study_uid)
    mark_by_click(window, study.click_mm)
    window.act("preset.Bone")
    window.set_size(*SIZE)
    assert wait_until(lambda: window.jobs.is_idle, 120)
    window.session.flush()
    wait_until(lambda: False, 0.5)
    window.status.show_stored(True)
    window.status.say("")
    window.pane.view.point_mouse_at(None)
    for button in window.tool_row.findChildren(QToolButton):
        button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    check(window.grab().toImage(), "window_demo", tmp_path)
