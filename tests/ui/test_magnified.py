"""Words and buttons in the size that was chosen: from the next start on, and never against the user's environment."""

import os
import subprocess
import sys

import pytest
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.session.settings import Settings, own_settings
from mo_viewer.ui.magnified import PERCENTS, SETTING, magnify, wanted_percent

START = """
from PySide6.QtWidgets import QApplication
from mo_viewer.ui import app
QApplication.exec = lambda *_: print(app.application().primaryScreen().devicePixelRatio()) or 0
app.run()
"""


def factor(settings, environment):
    magnify(settings, environment)
    return environment.get("QT_SCALE_FACTOR")


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.json")


def test_the_size_counts_unless_the_environment_has_one(settings):
    assert factor(settings, {}) is None
    settings.set(SETTING, 150)
    assert factor(settings, {}) == "1.5"
    assert factor(settings, {"QT_SCALE_FACTOR": "3"}) == "3"


@pytest.mark.parametrize("kept", [0, -100, 100_000, "200", True])
def test_a_size_that_cannot_be_chosen_is_none(settings, kept):
    settings.set(SETTING, kept)
    assert wanted_percent(settings) == 100
    assert factor(settings, {}) is None


def test_it_is_chosen_in_the_preferences_and_kept(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=3, side=16)
    window = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    window.act("preferences")
    page = window.extras.preferences.looks
    for percent in (200, 100):
        page.large.setCurrentIndex(PERCENTS.index(percent))
        page.large.activated.emit(page.large.currentIndex())
        assert wanted_percent(own_settings()) == percent
    window.close()


def test_the_next_start_draws_everything_so_large():
    own_settings().set(SETTING, 200)
    environment = {name: value for name, value in os.environ.items() if name != "QT_SCALE_FACTOR"}
    said = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True, env=environment)
    assert said.stdout.strip() == "2.0"
