"""The window presets as a table that can be changed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mo_viewer.ui.plain_text import plain
from mo_viewer.ui.presets import Preset, read_presets
from mo_viewer.volume.window import Window as GreyWindow

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

_LEFT, _RIGHT, _MIDDLE = (
    side | Qt.AlignmentFlag.AlignVCenter
    for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter)
)
_COLUMNS = {"Name": _LEFT, "Width": _RIGHT, "Level": _RIGHT, "Key": _MIDDLE, "Group": _LEFT}


class WindowsPage(QWidget):
    """Names, widths and levels in HU, number keys, groups; used as soon as all numbers are right."""

    def __init__(self, window: "Window") -> None:
        super().__init__()
        self._window = window
        self.table = QTableWidget(0, len(_COLUMNS))
        for column, (title, side) in enumerate(_COLUMNS.items()):
            head = QTableWidgetItem(title)
            head.setTextAlignment(side)
            self.table.setHorizontalHeaderItem(column, head)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Window presets")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate((0, 80, 80, 60, 130)):
            if width:
                self.table.setColumnWidth(column, width)
        self.add, self.away, self.up, self.back = (
            QPushButton(text) for text in ("Add", "Remove", "Up", "As delivered")
        )
        tips = (
            "Add the window of the picture as a preset",
            "Remove the chosen preset",
            "Move the chosen preset up; the first one is what CT begins with",
            "Forget all changes",
        )
        self.said = QLabel()
        self.said.setProperty("tone", "caution")
        row = QHBoxLayout()
        for button, tip in zip((self.add, self.away, self.up), tips, strict=False):
            button.setToolTip(tip)
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addWidget(self.said, 1)
        self.back.setToolTip(tips[3])
        self.back.setAutoDefault(False)
        row.addWidget(self.back)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(4, 10, 4, 4)
        whole.addWidget(self.table, 1)
        whole.addLayout(row)
        self.table.itemChanged.connect(lambda _: self._use())
        self.table.itemSelectionChanged.connect(self._refresh)
        self.add.clicked.connect(self._add)
        self.away.clicked.connect(self._remove)
        self.up.clicked.connect(self._raise_row)
        self.back.clicked.connect(self._deliver)

    def fill(self) -> None:
        """Show the presets in use."""
        self._show(self._window.presets)

    def _show(self, presets: Sequence[Preset]) -> None:
        self.table.blockSignals(True)
        self.table.setRowCount(len(presets))
        for row, preset in enumerate(presets):
            cells = (preset.window.name, preset.window.width, preset.window.centre, preset.key, preset.group)
            for column, (cell, side) in enumerate(zip(cells, _COLUMNS.values(), strict=True)):
                item = QTableWidgetItem(cell if isinstance(cell, str) else f"{cell:g}")
                item.setTextAlignment(side)
                self.table.setItem(row, column, item)
        self.table.blockSignals(False)
        self._refresh()

    def _refresh(self) -> None:
        """Grey what needs a chosen preset while none is."""
        row = self.table.currentRow() if self.table.selectionModel().hasSelection() else -1
        self.away.setEnabled(row >= 0)
        self.up.setEnabled(row > 0)

    def _presets(self) -> list[Preset]:
        """What stands in the table; raises ValueError with a sentence."""
        presets = []
        for row in range(self.table.rowCount()):
            name, width, centre, key, group = (self._cell(row, column) for column in range(len(_COLUMNS)))
            try:
                window = GreyWindow(float(centre.replace(",", ".")), float(width.replace(",", ".")), name)
            except ValueError as error:
                raise ValueError(f"Row {row + 1}: width and level must be numbers.") from error
            if not name or window.width < 1 or not abs(window.centre) < 1e6 or not window.width < 1e6:
                raise ValueError(f"Row {row + 1}: a name, and a width of 1 or more.")
            presets.append(Preset(window, key, group))
        if not presets:
            raise ValueError("One preset must stay.")
        names = [preset.window.name for preset in presets]
        if len(set(names)) < len(names):
            raise ValueError("Two presets have the same name.")
        return presets

    def _use(self) -> None:
        try:
            presets = self._presets()
        except ValueError as error:
            self.said.setText(str(error))
            return
        self.said.setText("")
        self._window.extras.use_presets(tuple(presets))

    def _cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return "" if item is None else plain(item.text())

    def _add(self) -> None:
        now = self._window.pane.view.window_level
        known = {preset.window.name for preset in self._window.presets}
        name = next(word for n in range(1, 1000) if (word := f"My window {n}") not in known)
        self._replace([*self._window.presets, Preset(GreyWindow(now.centre, max(1.0, now.width), name))])
        self.table.selectRow(self.table.rowCount() - 1)

    def _remove(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._window.presets) and len(self._window.presets) > 1:
            self._replace([preset for n, preset in enumerate(self._window.presets) if n != row])

    def _raise_row(self) -> None:
        row, presets = self.table.currentRow(), list(self._window.presets)
        if 0 < row < len(presets):
            presets[row - 1 : row + 1] = [presets[row], presets[row - 1]]
            self._replace(presets)
            self.table.selectRow(row - 1)

    def _deliver(self) -> None:
        self._replace(list(read_presets()))
        self._window.extras.keep("presets", None)

    def _replace(self, presets: list[Preset]) -> None:
        self._window.extras.use_presets(tuple(presets))
        self._show(presets)
        self.said.setText("")
