"""The import report: a line below the study list, and the window with every refused file that it opens."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from mo_viewer.ui import theme
from mo_viewer.ui.library import Library
from mo_viewer.ui.plain_text import isolated, tooltip
from mo_viewer.ui.report_rows import Finding, as_text, counted, nameless, report_rows, summary
from mo_viewer.ui.screen_room import resize_within

COLUMNS = ("Verdict", "What", "Why", "What to do")
Index = QModelIndex | QPersistentModelIndex
VERDICTS = {"fault": "refused", "caution": "caution", "remark": "note", "info": "other file"}


class ReportModel(QAbstractTableModel):
    """The findings of a report as a table of plain text."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._findings: list[Finding] = []

    def show(self, findings: list[Finding]) -> None:
        """Show other findings; nothing happens where they are the same."""
        if findings != self._findings:
            self.beginResetModel()
            self._findings = findings
            self.endResetModel()

    def finding(self, row: int) -> Finding:
        """Return the finding in a row."""
        return self._findings[row]

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many findings there are."""
        return 0 if parent is not None and parent.isValid() else len(self._findings)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return four: verdict, what, why, what to do."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell, its whole text as tooltip, and its colour."""
        finding = self._findings[index.row()]
        cell = (VERDICTS[finding.tone], finding.what, finding.reason, finding.advice)[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return isolated(cell)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(finding.place or cell if index.column() == 1 else cell)
        if role == Qt.ItemDataRole.ForegroundRole:
            return _ink(finding.tone if index.column() == 0 else "remark")
        return None


class ImportReport(QDialog):
    """Every file that was refused and every series with a remark; stays open beside the work."""

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import report")
        self._library = library
        self._names_hidden = False
        self.model = ReportModel(self)
        self.heading = QLabel()
        self.heading.setProperty("role", "title")
        self.counts = QLabel(wordWrap=True)
        self.counts.setProperty("tone", "quiet")
        self.table = _table(self.model)
        self.copy = QPushButton("Copy as text")
        self.copy.setToolTip("Copy the whole report (Ctrl+C: only the selected lines)")
        self.close_button = QPushButton("Close")
        self.close_button.setToolTip("Close the report (Esc)")
        self.said = QLabel()
        self.said.setProperty("tone", "good")
        self._lay_out()
        self.copy.clicked.connect(self.copy_all)
        self.close_button.clicked.connect(self.close)
        QShortcut(
            QKeySequence.StandardKey.Copy, self.table, context=Qt.ShortcutContext.WidgetShortcut
        ).activated.connect(self.copy_selected)
        library.series_changed.connect(self._refresh_if_shown)

    def hide_names(self, hidden: bool) -> None:
        """Show numbers instead of file names, which often are names of patients, or show them again."""
        self._names_hidden = hidden
        self._refresh_if_shown()

    def refresh(self) -> None:
        """Show what is known now."""
        report = self._library.report
        found = report_rows(report)
        self.model.show(nameless(found) if self._names_hidden else found)
        self.heading.setText(summary(report))
        self.counts.setText(self._explanation())
        self.table.setVisible(self.model.rowCount() > 0)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was read while the report was closed."""
        self.refresh()
        super().showEvent(event)

    def copy_all(self) -> None:
        """Put the whole report on the clipboard."""
        self._copy(range(self.model.rowCount()))

    def copy_selected(self) -> None:
        """Put the selected lines on the clipboard; without a selection, all."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        self._copy(rows or range(self.model.rowCount()))

    def _copy(self, rows: Iterable[int]) -> None:
        findings = [self.model.finding(row) for row in rows]
        QGuiApplication.clipboard().setText(as_text(self._library.report, findings))
        self.said.setText(f"{counted(len(findings), 'line')} copied")

    def _refresh_if_shown(self) -> None:
        if self.isVisible():
            self.refresh()

    def _explanation(self) -> str:
        if self._library.is_reading:
            return "Still reading: refused files are listed when that is done."
        stopped = "Reading was stopped, so series may be incomplete. " if self._library.was_stopped else ""
        if not self.model.rowCount():
            return stopped + "Everything that was found can be used, without remarks."
        return stopped + "Every file that is not shown, and every remark on a series."

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.addWidget(self.copy)
        below.addWidget(self.said, 1)
        below.addWidget(self.close_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.setSpacing(8)
        for widget in (self.heading, self.counts):
            rows.addWidget(widget)
        rows.addWidget(self.table, 1)
        rows.addLayout(below)
        resize_within(self, 960, 520)


def _ink(tone: str) -> QColor:
    now = theme.colours()
    return QColor({"fault": now.fault, "caution": now.caution, "info": now.quiet}.get(tone, now.text))


def _table(model: ReportModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName("Refused files and remarks")
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setShowGrid(False)
    table.setStyleSheet("QTableView::item { padding-left: 4px; }")
    table.setWordWrap(True)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(46)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    for column, width in enumerate((84, 250)):
        table.setColumnWidth(column, width)
    for column in (2, 3):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
    return table
