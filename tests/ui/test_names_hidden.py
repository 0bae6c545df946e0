"""While names are hidden, no word that the window shows, offers as a tip or speaks is one of the patient's."""

from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget
from small_studies import write_series

from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.corner_text import patient_lines

NAMES = ("Zwetschgenmus", "Quirina", "PLANTED-4711", "1913", "Krautwickel")
ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
SPOKEN = ("text", "toolTip", "windowTitle", "accessibleName", "accessibleDescription", "statusTip", "placeholderText",
          "toPlainText", "title")  # fmt: skip


def words_of(widget):
    for name in SPOKEN:
        read = getattr(widget, name, None)
        try:
            said = read() if callable(read) else ""
        except TypeError:
            continue
        if isinstance(said, str) and said:
            yield name, said
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from items_of(widget.model(), widget.rootIndex())


def items_of(model, parent):
    for row in range(model.rowCount(parent)):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)):
            index = model.index(row, column, parent)
            for role in ROLES:
                said = model.data(index, role)
                if isinstance(said, str) and said:
                    yield f"item {role.name}", said
        if not isinstance(model, QAbstractListModel):
            yield from items_of(model, model.index(row, 0, parent))


def found(window):
    widgets = [window, *window.findChildren(QWidget), *QApplication.topLevelWidgets()]
    said = {(type(one).__name__, *words) for one in widgets for words in words_of(one)}
    lines = [("corner", "line", line) for line in patient_lines(window.volume.source, window.names_hidden)]
    return [entry for entry in (*sorted(said), *lines) if any(name in entry[2] for name in NAMES)]


def test_hidden_names_stand_nowhere_in_the_window(qtbot, tmp_path):
    for n, day in enumerate(("2024-03-04", "2024-05-06")):
        write_series(
            tmp_path / "images",
            uid=f"1.2.3.{n}.1",
            study=f"1.2.3.{n}",
            patient="Zwetschgenmus^Quirina",
            patient_id="PLANTED-4711",
            date=day,
            slices=3,
            PatientBirthDate="19130417",
            ReferringPhysicianName="Krautwickel^Balduin",
        )
    window = open_window([tmp_path / "images"], tmp_path / "f.sqlite", places=())
    qtbot.addWidget(window)
    assert wait_until(lambda: window.volume is not None and not window.library.is_reading, 60)
    window.act("tags")
    assert wait_until(lambda: window.jobs.is_idle, 60)
    assert found(window), "the names are shown as long as they are not hidden"
    window.toggle_names()
    QApplication.processEvents()
    assert wait_until(lambda: window.jobs.is_idle, 60)
    assert found(window) == []
    window.close()
