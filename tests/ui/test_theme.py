"""The colours of the window: words can be read in both themes, and what is open changes with the theme."""

from itertools import product

import pytest
from contrast import LEAST, contrast
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QToolButton
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui import theme
from mo_viewer.ui.app import wait_until


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=4, side=24)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    yield made
    made.extras.use_theme("dark")
    made.close()


@pytest.mark.parametrize("worn", [theme.DARK, theme.LIGHT])
def test_words_stand_out_from_what_they_stand_on(worn):
    grounds = ("background", "panel", "raised", "field", "button", "info_ground")
    low = {
        (ink, ground): round(value, 2)
        for ink, ground in product(("text", "bright", "quiet"), grounds)
        if (value := contrast(getattr(worn, ink), getattr(worn, ground))) < LEAST
    }
    assert low == {}
    for tone in ("caution", "fault", "good"):
        assert contrast(getattr(worn, tone), getattr(worn, f"{tone}_ground")) >= LEAST
    assert contrast(worn.bright, worn.button_hover) >= LEAST


def inks(tree, column):
    found = {item.foreground(column).color().name() for item in tree.findItems("", Qt.MatchFlag.MatchContains)}
    return found - {"#000000"}


@pytest.mark.parametrize(("name", "column"), [("tags", 2), ("sheet", 0)])
def test_lists_that_are_open_take_the_colours_of_another_theme(window, name, column):
    window.act(name)
    tree = getattr(window.extras, name).tree
    assert wait_until(lambda: inks(tree, column) == {theme.DARK.quiet}, 20)
    window.extras.use_theme("light")
    assert wait_until(lambda: inks(tree, column) == {theme.LIGHT.quiet}, 5)


def test_no_line_of_the_toolbar_parts_nothing(window):
    for width in range(900, 2000, 60):
        window.set_size(width, 700)
        QApplication.processEvents()
        row = window.tool_row
        shown = sorted((part for part in row.children() if hasattr(part, "isVisible") and part.isVisible()), key=left)
        kinds = [isinstance(part, QFrame) for part in shown]
        assert not kinds[0]
        assert not kinds[-1]
        for at, is_line in enumerate(kinds):
            if is_line:
                after, line = shown[at + 1], shown[at]
                assert isinstance(after, QToolButton)
                assert left(after) - line.geometry().right() < 20, f"a line before the gap at {width}"


def left(part):
    return part.geometry().left()
