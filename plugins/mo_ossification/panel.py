"""The panel: which lesions there are, how big, how dense, how mature, how sure, what next."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mo_ossification.marking import go_to, lesions_shown
from mo_ossification.rows import Row, copyable, measurement_rows, rule_rows
from mo_ossification.words import GRADES, NOT_CLAIMED, PATTERNS
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Desk, PluginChange


class LesionPanel(QWidget):
    """Shows the lesions of the study in the active pane and the selected one's numbers."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer.addWidget(scroll)
        self._scroll = scroll
        self._stop = desk.listen(self._refresh)
        self.destroyed.connect(self._stop)
        self._refresh(PluginChange("image"))

    def _refresh(self, _: PluginChange) -> None:
        content = QWidget()
        content.setObjectName("panelContent")
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        lesions = lesions_shown(self._desk)
        chosen = next((lesion for lesion in lesions if lesion.tracking_uid == self._desk.selected), None)
        column.addWidget(_heading("LESIONS IN THIS STUDY"))
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
        for title, rows in measurement_rows(lesion):
            column.addWidget(_heading(title))
            column.addLayout(_table(rows))
        if lesion.grade is not None:
            column.addWidget(_heading("MATURITY GRADE · provisional rules"))
            grade = QLabel(f"{lesion.grade.value}   {GRADES.get(lesion.grade.value, '')}")
            grade.setObjectName("grade")
            grade.setWordWrap(True)
            column.addWidget(grade)
            column.addLayout(_table(rule_rows(lesion.grade.rules)))
            tone = "caution" if lesion.pattern == "inside_out" else "quiet"
            column.addWidget(_notice(PATTERNS.get(lesion.pattern, ""), tone))
        column.addWidget(_notice(NOT_CLAIMED, "quiet"))


def _table(rows: tuple[Row, ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(0, 1)
    for at, row in enumerate(rows):
        name = QLabel(row.name)
        name.setObjectName("rowName")
        value = QLabel(row.value)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setObjectName("refused" if row.refused else "caution" if row.caution else "rowValue")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        unit = QLabel(row.unit)
        unit.setObjectName("rowUnit")
        if row.refused:
            value.setWordWrap(True)
            grid.addWidget(name, at, 0)
            grid.addWidget(value, at, 1, 1, 2)
        else:
            grid.addWidget(name, at, 0)
            grid.addWidget(value, at, 1)
            grid.addWidget(unit, at, 2)
        for widget in (name, value, unit):
            widget.setToolTip(row.tip)
    return grid


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("heading")
    return label


def _quiet(text: str) -> QLabel:
    return _notice(text, "quiet")


def _notice(text: str, tone: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(f"notice_{tone}")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
