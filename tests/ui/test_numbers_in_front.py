"""Which panel is in front: a click that marks brings the numbers there, and nothing that happens by itself does."""

import numpy as np
import pytest
from hands import click
from phantoms import ellipsoid
from PySide6.QtWidgets import QTabWidget
from shown_window import opened_window
from written_ct import INTERCEPT, write_ct

from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import wait_until

PATIENCE_S = 120


@pytest.fixture
def window(qtbot, tmp_path):
    phantom = ellipsoid((11.0, 9.0, 8.0), rim_mm=3.0, rim_hu=600.0, shape=(32, 90, 90), noise_hu=8.0, psf_mm=1.0)
    volume, folder = phantom.volume, tmp_path / "ct"
    folder.mkdir()
    hu = volume.rescaled((0, 0, 0), volume.geometry.shape)
    write_ct(folder, volume.geometry, np.round(hu - INTERCEPT).astype(np.int16))
    made = opened_window(qtbot, folder, tmp_path / "findings.sqlite", plugin_places(), (1366, 768))
    assert wait_until(lambda: made.jobs.is_idle, PATIENCE_S)
    made.pane.view.bring(phantom.centre_mm)
    made.middle_of_lesion = phantom.centre_mm
    yield made
    assert made.host.faults == []
    made.close()


def mark(window):
    window.act("tool.mo_ossification.tool.mark")
    click(window.pane.view, window.pane.view.position_of(window.middle_of_lesion).toPoint())
    assert wait_until(lambda: window.jobs.is_idle, PATIENCE_S)
    assert window.session.document.timepoints[0].lesions


def front(window):
    tabs = window.panels.findChild(QTabWidget)
    return tabs.tabText(tabs.currentIndex())


def test_a_click_that_marks_brings_the_numbers_to_the_front_and_nothing_else_does(window):
    window.panels.open_panel("Candidates")
    mark(window)
    assert front(window) == "Lesions"
    window.panels.open_panel("Course")
    window.session.undo()
    window.session.redo()
    window.act("mo_ossification.command.again")
    assert wait_until(lambda: window.jobs.is_idle, PATIENCE_S)
    assert front(window) == "Course"
    window.act("mo_ossification.panel.Lesions")
    assert front(window) == "Lesions"


def test_hidden_panels_stay_hidden_when_something_is_marked(window):
    window.act("right_side")
    mark(window)
    assert not window.sides.is_shown("right")


def test_the_course_stays_in_front_because_it_tells_of_the_lesion_itself(window):
    from mo_ossification.course_panel import CoursePanel

    window.panels.open_panel("Course")
    assert wait_until(lambda: any(one.isVisible() for one in window.panels.findChildren(CoursePanel)), 5)
    mark(window)
    assert front(window) == "Course"
