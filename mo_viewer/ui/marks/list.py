"""The list of marks at the right: a click goes to the mark, a double click names it."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.mark import Mark, MarkKind
from mo_viewer.measure.marks import Reading
from mo_viewer.ui.marks.board import MarkBoard
from mo_viewer.ui.marks.drawing import CALIBRATION_COLOUR, MARK_COLOUR
from mo_viewer.ui.marks.words import all_values, main_value, title_of
from mo_viewer.ui.plain_text import tooltip

_UID = Qt.ItemDataRole.UserRole
_ROW_PX, _MOST_ROWS, _SWATCH_PX = 26, 7, 9


class MarkList(QFrame):
    """All marks of the patient, those of the shown study first.

    `asked`: go to a mark. `named`: a mark and its new name. `menu_wanted`: a right click, global position.
    """

    asked = Signal(str)
    named = Signal(str, str)
    menu_wanted = Signal(QPoint)

    def __init__(self, board: MarkBoard, measure: Callable[[Mark], Reading | None]) -> None:
        super().__init__()
        self.setObjectName("mark_list")
        self._board, self._measure = board, measure
        self._study = ""
        self.heading = QPushButton()
        self.heading.setProperty("role", "fold")
        self.heading.setCheckable(True)
        self.heading.setChecked(True)
        self.heading.setToolTip("Fold or unfold the list of measurements")
        self.rows = QTreeWidget()
        self._dress(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.rows)
        self.heading.toggled.connect(self._fold)
        self.rows.itemClicked.connect(lambda item: self.asked.emit(item.data(0, _UID)))
        self.rows.itemActivated.connect(lambda item: self.asked.emit(item.data(0, _UID)))
        self.rows.itemChanged.connect(self._rename)
        self.rows.customContextMenuRequested.connect(self._show_menu)
        self.hide()

    def refresh(self, study_uid: str) -> None:
        """Show what there is now."""
        self._study = study_uid
        every = sorted(self._board.every(), key=lambda both: both[0].study_uid != study_uid)
        self.rows.blockSignals(True)
        self.rows.clear()
        for timepoint, mark in every:
            self.rows.addTopLevelItem(self._row(timepoint, mark))
        self._mark_chosen()
        self.rows.blockSignals(False)
        self.setVisible(bool(every))
        self._fold(self.heading.isChecked())

    def text(self) -> str:
        """All marks with all their values, for the clipboard."""
        return "\n\n".join(
            f"{timepoint.date}\n{all_values(mark, self._measure(mark))}" for timepoint, mark in self._board.every()
        )

    def _dress(self, rows: QTreeWidget) -> None:
        rows.setColumnCount(2)
        rows.setHeaderHidden(True)
        rows.setRootIsDecorated(False)
        rows.setUniformRowHeights(True)
        rows.setAccessibleName("Marks")
        rows.setIconSize(QSize(_SWATCH_PX, _SWATCH_PX))
        rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows.setTextElideMode(Qt.TextElideMode.ElideRight)
        rows.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rows.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        header = rows.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def _row(self, timepoint: Timepoint, mark: Mark) -> QTreeWidgetItem:
        reading = self._measure(mark)
        elsewhere = f"  {timepoint.date}" if timepoint.study_uid != self._study else ""
        row = QTreeWidgetItem([title_of(mark), f"{main_value(mark, reading)}{elsewhere}"])
        row.setData(0, _UID, mark.uid)
        row.setIcon(0, _swatch(mark))
        row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tip = all_values(mark, reading) + ("\nlocked" if mark.locked else "")
        for column in (0, 1):
            row.setToolTip(column, tooltip(tip))
        row.setFlags(row.flags() | Qt.ItemFlag.ItemIsEditable)
        return row

    def _mark_chosen(self) -> None:
        for n in range(self.rows.topLevelItemCount()):
            item = self.rows.topLevelItem(n)
            if item is not None and item.data(0, _UID) == self._board.chosen:
                self.rows.setCurrentItem(item)

    def _fold(self, is_open: bool) -> None:
        count = self.rows.topLevelItemCount()
        self.heading.setText(f"{'▾' if is_open else '▸'}  MEASUREMENTS  {count}")
        self.rows.setVisible(is_open)
        self.rows.setFixedHeight(_ROW_PX * min(_MOST_ROWS, max(1, count)) + 4)

    def _rename(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 0:
            self.named.emit(item.data(0, _UID), item.text(0))

    def _show_menu(self, at: QPoint) -> None:
        item = self.rows.itemAt(at)
        if item is not None:
            self._board.choose(item.data(0, _UID))
            self.menu_wanted.emit(self.rows.viewport().mapToGlobal(at))


def _swatch(mark: Mark) -> QIcon:
    picture = QPixmap(_SWATCH_PX, _SWATCH_PX)
    picture.fill(QColor(mark.colour or (CALIBRATION_COLOUR if mark.kind is MarkKind.CALIBRATION else MARK_COLOUR)))
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon
