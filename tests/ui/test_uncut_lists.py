"""In the key sheet and in the search for actions nothing is cut, and both name the same keys for help."""

import pytest

from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui.app import open_window
from mo_viewer.ui.first_page import _STEPS
from mo_viewer.ui.palette import Palette
from mo_viewer.ui.shortcut_sheet import ShortcutSheet


@pytest.fixture
def window(qtbot, tmp_path):
    made = open_window((), tmp_path / "f.sqlite", plugin_places())
    qtbot.addWidget(made)
    yield made
    made.close()


def cut(tree):
    rows = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    rows += [row.child(n) for row in rows for n in range(row.childCount())]
    metrics, found = tree.fontMetrics(), []
    for row in rows:
        for column in range(tree.columnCount()):
            room = tree.visualItemRect(row).width() if tree.columnCount() == 1 else tree.columnWidth(column)
            room -= tree.indentation() if column == 0 and row.parent() else 0
            if metrics.horizontalAdvance(row.text(column)) > room:
                found.append(row.text(column))
    return found


def test_no_row_of_the_search_for_actions_is_cut(window):
    palette = Palette(window.actions_table, window)
    palette.show_over(window)
    assert cut(palette.list) == []
    listed = [palette.list.topLevelItem(n).text(0) for n in range(palette.list.topLevelItemCount())]
    assert "Bone 2000 / 350" in listed
    palette.search.setText("xyzzy")
    assert "F1 or ? lists all keys" in palette.nothing.text()
    assert "F1 or ?" in dict(_STEPS)
    palette.close()


def test_no_row_of_the_key_sheet_is_cut(window):
    sheet = ShortcutSheet(window)
    sheet.open_sheet()
    assert cut(sheet.tree) == []
    sheet.close()


def test_the_export_says_what_it_writes(window):
    tip = window.actions_table.action("export").tip
    assert all(kind in tip for kind in ("PDF", "DICOM SR and SEG", "CSV", "JSON", "FHIR"))
