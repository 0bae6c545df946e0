"""The line below the study list: how much was read and refused."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mo_viewer.ui.library import Library
from mo_viewer.ui.pills import PillButton
from mo_viewer.ui.report_rows import counted, refused_count, summary


class ReportLine(QFrame):
    """One line below the study list: how much was read and refused; `asked` when the reader wants to know why."""

    asked = Signal()

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        heading = QLabel("IMPORT REPORT")
        heading.setProperty("role", "section")
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.button = PillButton("see why")
        self.button.clicked.connect(self.asked)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.words, 1)
        line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 10, 10, 12)
        rows.setSpacing(5)
        rows.addWidget(heading)
        rows.addLayout(line)
        self.refresh()

    def refresh(self) -> None:
        """Say what is known now; the line is hidden while nothing was opened."""
        report = self._library.report
        reading = self._library.is_reading
        self.setVisible(reading or report.files > 0 or self._library.was_stopped)
        self.words.setText(self._reading_words() if reading else summary(report) + self._stopped_words())
        refused = refused_count(report)
        self.button.setText("see why" if refused else "details")
        self.button.setToolTip("Which files are not shown, why, and what to do; and every remark on a series")
        self.button.setVisible(not reading)
        self.button.set_tone("caution" if refused else "info")

    def _reading_words(self) -> str:
        return f"Reading … {counted(len(self._library.series), 'series', 'series')} so far"

    def _stopped_words(self) -> str:
        return ", stopped early" if self._library.was_stopped else ""
