"""The panel: which lesions there are, how big, how dense, how mature, how sure, what next."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mo_ossification.calibration import fitting, words
from mo_ossification.frame import heading, scrolled
from mo_ossification.marking import go_to, lesions_shown
from mo_ossification.rows import Row, copyable, measurement_rows, rule_rows
from mo_ossification.words import GRADES, NOT_CLAIMED, PATTERNS
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Desk, PluginChange

HEADING_PX = 26


class LesionPanel(QWidget):
    """Shows the lesions of the study in the active pane and the selected one's numbers."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._scroll = scrolled(self)
        self._stop = desk.listen(self._refresh)
        self.destroyed.connect(self._stop)
        self._refresh(PluginChange("image"))

    def _refresh(self, _: PluginChange) -> None:
        content = QWidget()
        content.setObjectName("panelContent")
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 10, 18, 12)
        column.setSpacing(8)
        lesions = lesions_shown(self._desk)
        chosen = next((lesion for lesion in lesions if lesion.tracking_uid == self._desk.selected), None)
        column.addWidget(heading("LESIONS IN THIS STUDY"))
        for lesion in lesions:
            column.addWidget(self._lesion_line(lesion, lesion is chosen))
        if not lesions:
            column.addWidget(_quiet(self._what_to_do()))
        column.addLayout(self._buttons(chosen))
        if chosen is not None:
            self._add_numbers(column, chosen)
        column.addStretch(1)
        at = self._scroll.verticalScrollBar().value()
        self._scroll.setWidget(content)
        self._scroll.verticalScrollBar().setValue(at)

    def _what_to_do(self) -> str:
        volume = self._desk.volume
        if volume is None:
            return "Open a study to mark in it."
        if volume.unit != "HU":
            return "Marking by click needs a CT in Hounsfield units; this series has none."
        return "Choose Mark calcification (K) and click inside or on a calcification."

    def _lesion_line(self, lesion: Lesion, chosen: bool) -> QPushButton:
        document = self._desk.document
        colour = "" if document is None else lesion_colour(document, lesion.tracking_uid)
        size = lesion.measured("volume")
        words = "not measured" if size is None else f"{size.value / 1000:.1f} cm³"
        line = QPushButton(f"  ●  {lesion.label}   {words}")
        line.setObjectName("lesionLine")
        line.setCheckable(True)
        line.setChecked(chosen)
        line.setStyleSheet(f"text-align: left; color: {colour};")
        line.setToolTip(f"Select {lesion.label} and go to it (Tab: the next one).")
        line.clicked.connect(lambda: self._choose(lesion))
        return line

    def _choose(self, lesion: Lesion) -> None:
        self._desk.select(lesion.tracking_uid)
        go_to(self._desk, lesion)

    def _buttons(self, chosen: Lesion | None) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._button("Mark", "tool.mo_ossification.tool.mark", "Mark a calcification by a click (K)."))
        if chosen is not None:
            row.addWidget(self._button("Export", "export", "Write DICOM SR and SEG, CSV and JSON."))
            copy = QPushButton("Copy")
            copy.setToolTip("Copy the numbers as text.")
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(copyable(chosen)))
            row.addWidget(copy)
            row.addWidget(self._button("Delete", "mo_ossification.command.delete", "Delete this lesion (Del)."))
        row.addStretch(1)
        return row

    def _button(self, text: str, action: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda: self._desk.act(action))
        return button

    def _add_numbers(self, column: QVBoxLayout, lesion: Lesion) -> None:
        for warning in lesion.quality.warnings:
            column.addWidget(_notice(warning, "caution"))
        column.addLayout(_table(measurement_rows(lesion)))
        self._name_calibration(column)
        if lesion.grade is not None:
            column.addWidget(heading("MATURITY GRADE · PROVISIONAL RULES"))
            grade = QLabel(f"{lesion.grade.value}   {GRADES.get(lesion.grade.value, '')}")
            grade.setObjectName("grade")
            grade.setWordWrap(True)
            column.addWidget(grade)
            column.addLayout(_table((("RULES", rule_rows(lesion.grade.rules)),)))
            tone = "caution" if lesion.pattern == "inside_out" else "quiet"
            column.addWidget(_notice(PATTERNS.get(lesion.pattern, ""), tone))
        column.addWidget(_notice(NOT_CLAIMED, "quiet"))

    def _name_calibration(self, column: QVBoxLayout) -> None:
        document, volume = self._desk.document, self._desk.volume
        timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
        line = None if timepoint is None else fitting(self._desk.calibrations(), timepoint.acquisition)
        if line is not None:
            column.addWidget(_notice(words(line), "quiet"))


def _table(sections: Sequence[tuple[str, tuple[Row, ...]]]) -> QGridLayout:
    """One grid for all sections, so that values and units stand in the same columns from top to bottom."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(0, 1)
    for title, rows in sections:
        at = grid.rowCount()
        grid.addWidget(heading(title), at, 0, 1, 3, Qt.AlignmentFlag.AlignBottom)
        grid.setRowMinimumHeight(at, HEADING_PX)
        for row in rows:
            _add_row(grid, row)
    return grid


def _add_row(grid: QGridLayout, row: Row) -> None:
    at = grid.rowCount()
    name, value, unit = QLabel(row.name), QLabel(row.value), QLabel(row.unit)
    value.setTextFormat(Qt.TextFormat.PlainText)
    value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    value.setWordWrap(row.refused)
    names = ("rowName", "refused" if row.refused else "caution" if row.caution else "rowValue", "rowUnit")
    for widget, style in zip((name, value, unit), names, strict=True):
        widget.setObjectName(style)
        widget.setToolTip(row.tip)
    grid.addWidget(name, at, 0)
    if row.refused:
        grid.addWidget(value, at, 1, 1, 2)
        unit.deleteLater()
    else:
        grid.addWidget(value, at, 1)
        grid.addWidget(unit, at, 2)


def _quiet(text: str) -> QLabel:
    return _notice(text, "quiet")


def _notice(text: str, tone: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(f"notice_{tone}")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
