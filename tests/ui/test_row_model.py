import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from mo_viewer.ui.rows import SERIES_MIME, Row, RowModel

lists = st.lists(st.integers(0, 12), unique=True, max_size=12)


@given(lists, lists)
def test_any_list_becomes_any_other_and_rows_that_stay_keep_their_place_in_selections(before, after):
    model = RowModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(rows(before))
    from PySide6.QtCore import QPersistentModelIndex

    kept = {key: QPersistentModelIndex(model.find(str(key))) for key in before}
    model.show(rows(after))
    assert model.rows == tuple(rows(after))
    for key, index in kept.items():
        assert index.isValid() == (key in after)
        if index.isValid():
            assert model.rows[index.row()].key == str(key)


def test_only_rows_that_differ_are_told(qtbot):
    model = RowModel()
    model.show(rows(range(50)))
    told = []
    model.dataChanged.connect(lambda first, last, *_: told.append((first.row(), last.row())))
    for signal in (model.rowsInserted, model.rowsRemoved, model.rowsMoved, model.modelReset):
        signal.connect(lambda *_: told.append("structure"))
    changed = rows(range(50))
    changed[7] = Row("7", "other words")
    model.show(changed)
    assert told == [(7, 7)]


def test_a_heading_can_neither_be_selected_nor_dragged_and_objects_are_not_dragged():
    model = RowModel()
    model.show([Row("p", "Doe, Jane", heading=True), Row("a", "CT", picture="a"), Row("b", "SR", quiet=True)])
    flags = [model.flags(model.index(place)) for place in range(3)]
    assert flags[0] == Qt.ItemFlag.NoItemFlags
    assert Qt.ItemFlag.ItemIsDragEnabled in flags[1]
    assert Qt.ItemFlag.ItemIsDragEnabled not in flags[2]


def test_a_drag_carries_the_key_of_the_series():
    model = RowModel()
    model.show([Row("study", "2024-01-01", picture="patient|1|2|0")])
    assert bytes(model.mimeData([model.index(0)]).data(SERIES_MIME).data()) == b"patient|1|2|0"


def test_a_tooltip_never_interprets_what_a_file_says():
    model = RowModel()
    model.show([Row("a", "b", tip="<img src=x>\n<b>bold</b>")])
    tip = model.data(model.index(0), Qt.ItemDataRole.ToolTipRole)
    assert tip == "<qt>&lt;img src=x&gt;<br>&lt;b&gt;bold&lt;/b&gt;</qt>"


@pytest.mark.parametrize("role", [Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole])
def test_a_row_can_be_read_by_a_screen_reader(role):
    model = RowModel()
    model.show([Row("a", "2024-01-01", " · CT", "Thigh", "74 × 3 mm")])
    assert "2024-01-01" in model.data(model.index(0), role)


def rows(keys):
    return [Row(str(key), f"row {key}") for key in keys]
