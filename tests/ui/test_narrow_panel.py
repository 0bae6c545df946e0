"""On 1366 x 768 with words of 150 % three panes leave the panels 310 px: nothing in them is cut."""

import pytest
from hands import CTRL, key
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QPushButton, QScrollArea

from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.demo_pictures import mark_by_click, show_study

SIZE = (911, 512)


@pytest.fixture
def window(qtbot, demo_patient, tmp_path):
    study = demo_patient.studies[0]
    made = open_window([study.folder], tmp_path / "f.sqlite", plugin_places(), SIZE)
    qtbot.addWidget(made)
    assert wait_until(lambda: made.volume is not None and made.jobs.is_idle and not made.library.is_reading, 60)
    show_study(made, study.study_uid)
    mark_by_click(made, study.click_mm)
    made.act("layout.1x3")
    made.set_size(*SIZE)
    assert wait_until(lambda: made.jobs.is_idle, 60)
    yield made
    made.close()


@pytest.mark.parametrize("title", ["Lesions", "Course"])
def test_no_button_or_number_is_cut(window, title):
    window.panels.open_panel(title)
    assert wait_until(lambda: window.jobs.is_idle, 30)
    wait_until(lambda: False, 0.3)
    assert (window.width(), window.height()) == SIZE
    assert window.panels.width() < 330
    areas = [one for one in window.panels.findChildren(QScrollArea) if one.isVisible()]
    seen = 0
    for area in areas:
        assert area.widget().width() <= area.viewport().width(), "edges at the right would lie under the scroll bar"
        for part in (*area.findChildren(QAbstractButton), *area.findChildren(QAbstractSpinBox)):
            if part.isVisible():
                left = part.mapTo(area.viewport(), part.rect().topLeft()).x()
                assert left >= 0
                assert left + part.width() <= area.viewport().width(), part
                seen += 1
                if isinstance(part, QAbstractButton):
                    assert part.fontMetrics().horizontalAdvance(part.text()) <= part.width(), part.text()
    assert seen >= 5


def test_the_list_of_studies_keeps_room_for_date_and_badge(window):
    assert window.study_list.width() >= 230


@pytest.mark.parametrize("confirm", ["Confirm", "Unconfirm"])
def test_the_acts_on_a_lesion_stand_in_one_line_at_1366_px(window, confirm):
    window.act("layout.1x1")
    window.set_size(1366, 768)
    if confirm == "Unconfirm":
        key(window.pane.view, Qt.Key.Key_Return, CTRL)

    def acts():
        wanted = ("Mark", confirm, "Export", "Copy", "Delete")
        return [one for one in window.panels.findChildren(QPushButton) if one.isVisible() and one.text() in wanted]

    assert wait_until(lambda: window.jobs.is_idle and len(acts()) == 5, 30)
    wait_until(lambda: False, 0.2)
    assert len({one.mapTo(window, one.rect().center()).y() for one in acts()}) == 1
