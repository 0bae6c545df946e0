"""The panel: pass or fail for each insert, what else the phantom shows, and the history."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
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

from hu_check.check import Check
from hu_check.forms import csv_bytes, file_stem, json_bytes, other_rows
from hu_check.history import calibration_of, read_history
from hu_check.latest import Latest
from hu_check.study import start_check
from hu_check.table import Insert, editable_table
from mo_viewer.base.faults import Fault
from mo_viewer.plugin_host.api import Desk, PluginChange

_TEXT = Qt.TextFormat.PlainText


class CheckPanel(QWidget):
    """Starts a check of the study in the active pane and shows the latest one."""

    def __init__(self, desk: Desk, latest: Latest) -> None:
        super().__init__()
        self._desk, self._latest = desk, latest
        self._found = latest.check if self._is_of_shown(latest.check) else None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer.addWidget(self._scroll)
        self._stop = desk.listen(self._heard)
        self.destroyed.connect(self._stop)
        latest.told = self.show_check
        self.destroyed.connect(partial(setattr, latest, "told", None))
        self._fill()

    def show_check(self, found: Check) -> None:
        """Show the numbers of a check."""
        self._found = found
        self._fill()

    def _heard(self, change: PluginChange) -> None:
        if change.what == "image" and self._found is not None and not self._is_of_shown(self._found):
            self._found = None
            self._fill()

    def _is_of_shown(self, found: Check | None) -> bool:
        volume = self._desk.volume
        return found is not None and volume is not None and volume.source.study_uid == found.source.study_uid

    def _fill(self) -> None:
        content = QWidget()
        content.setObjectName("panelContent")
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        column.addLayout(self._buttons())
        if self._found is None:
            column.addWidget(_notice("Open the images of a phantom of the Catphan 50x family and check them."))
        else:
            self._add_numbers(column, self._found)
        column.addStretch(1)
        self._scroll.setWidget(content)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(_button("Check", "Find the phantom in this study and measure it.", self._check))
        if self._found is not None:
            row.addWidget(_button("Show", "Bring the slice that was measured into the active pane.", self._show_slice))
        row.addWidget(_button("Edit table", "Copy the table of nominal values to where you may edit it.", self._edit))
        row.addStretch(1)
        return row

    def _add_numbers(self, column: QVBoxLayout, found: Check) -> None:
        verdict = QLabel("PASS" if found.passed else "FAIL")
        verdict.setObjectName("grade")
        verdict.setProperty("tone", "good" if found.passed else "caution")
        column.addWidget(verdict)
        column.addWidget(_notice(f"{found.phantom}, {found.source.date}"))
        column.addWidget(_heading("INSERTS · HU"))
        rows = [
            (
                one.insert.material,
                f"{one.hu:.0f} ± {one.sd_hu:.0f}",
                _limits(one.insert),
                "pass" if one.passed else "FAIL",
                one.passed,
            )
            for one in found.inserts
        ]
        column.addLayout(_table(rows))
        column.addWidget(_heading("IMAGE"))
        column.addLayout(_table([(*row, "", True) for row in other_rows(found)]))
        for name, reason in found.refused:
            column.addWidget(_notice(f"{name}: {reason}"))
        column.addLayout(self._keeping(found))
        column.addWidget(_heading("HISTORY"))
        column.addWidget(self._history(found))

    def _keeping(self, found: Check) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        stem = file_stem(found)
        tip = "Save the numbers as a table."
        row.addWidget(_button("CSV", tip, lambda: self._save(f"{stem}.csv", csv_bytes(found))))
        row.addWidget(
            _button("JSON", "Save the numbers as JSON.", lambda: self._save(f"{stem}.json", json_bytes(found)))
        )
        row.addWidget(_button("PDF", "Save the numbers on one page.", lambda: self._print(f"{stem}.pdf", found)))
        tip = "Keep the fitted line as this scanner's calibration. It is only named beside HU, never applied."
        row.addWidget(_button("Offer line", tip, lambda: self._offer(found)))
        row.addStretch(1)
        return row

    def _history(self, found: Check) -> QWidget:
        try:
            entries = read_history(self._desk.data_folder)
        except Fault as fault:
            return _notice(str(fault))
        from hu_check.chart import HistoryChart

        return HistoryChart(entries, found)

    def _check(self) -> None:
        self._guarded(lambda: start_check(self._desk, self._latest.keep))

    def _show_slice(self) -> None:
        found, volume = self._found, self._desk.volume
        if found is None or volume is None or volume.source.series_uid != found.source.series_uid:
            self._desk.say("Show the series that was measured first.", "caution")
            return
        _, rows, columns = volume.geometry.shape
        x, y, z = volume.geometry.points_mm(np.array([[found.slice, rows / 2, columns / 2]]))[0]
        self._desk.show_point((float(x), float(y), float(z)))

    def _edit(self) -> None:
        self._guarded(lambda: self._desk.say(f"Edit {editable_table(self._desk.data_folder)}, then check again."))

    def _save(self, name: str, content: bytes) -> None:
        self._guarded(lambda: self._desk.say("Saved.", "good") if self._desk.save(name, content) else None)

    def _print(self, name: str, found: Check) -> None:
        from hu_check.paper import pdf_bytes

        self._save(name, pdf_bytes(found))

    def _offer(self, found: Check) -> None:
        self._guarded(lambda: self._desk.offer_calibration(calibration_of(found)))
        self._desk.say("The line is on offer for this scanner, voltage and kernel; it is named, never applied.", "good")

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Fault as fault:
            self._desk.say(str(fault), "fault")


def _limits(insert: Insert) -> str:
    return f"{insert.nominal_hu:.0f} ± {insert.tolerance_hu:.0f}"


def _table(rows: list[tuple[str, str, str, str, bool]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(0, 1)
    for at, (name, value, limit, verdict, passed) in enumerate(rows):
        look = "rowValue" if passed else "caution"
        words = ((name, "rowName"), (value, look), (limit, "rowUnit"), (verdict, "rowUnit" if passed else "caution"))
        for place, (text, look) in enumerate(words):
            label = QLabel(text)
            label.setTextFormat(_TEXT)
            label.setObjectName(look)
            if place:
                label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if not passed:
                label.setToolTip("Out of tolerance.")
            grid.addWidget(label, at, place)
    return grid


def _button(text: str, tip: str, act: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.clicked.connect(act)
    return button


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("heading")
    label.setContentsMargins(0, 8, 0, 0)
    return label


def _notice(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("notice_quiet")
    label.setTextFormat(_TEXT)
    label.setWordWrap(True)
    return label
