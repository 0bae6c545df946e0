"""Whatever can be pressed or filled in says what it is for, in the panels and in preferences."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QDialogButtonBox, QLineEdit
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import wait_until


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite", plugin_places(), (1366, 768))
    yield made
    made.close()


def untold(root):
    parts = [
        part for kind in (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox) for part in root.findChildren(kind)
    ]
    own = [part for part in parts if not isinstance(part.parent(), QComboBox | QAbstractSpinBox | QDialogButtonBox)]
    return [
        part for part in own if part.isVisible() and not (part.toolTip() or getattr(part, "placeholderText", str)())
    ]


@pytest.mark.parametrize("title", ["Lesions", "Course", "Candidates", "CT numbers"])
def test_everything_in_a_panel_has_a_tooltip(window, title):
    window.panels.open_panel(title)
    assert wait_until(lambda: window.jobs.is_idle, 20)
    wait_until(lambda: False, 0.2)
    assert untold(window.panels) == []


def test_everything_about_archives_has_a_tooltip(window):
    window.extras.preferences.open_page(6)
    page = window.extras.preferences.archives
    assert page.isVisible()
    assert untold(page) == []
    window.extras.preferences.close()
