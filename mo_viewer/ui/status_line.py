"""The line at the bottom: what is saved, what is exact, what is running, and what this program is not."""

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.ui.jobs import Job, Jobs
from mo_viewer.ui.patient_block import ElidedLabel
from mo_viewer.ui.plain_text import plain
from mo_viewer.ui.theme import restyle
from mo_viewer.volume.volume import Volume

DISCLAIMER = "Not a medical device · decision support only"
SHOW_AFTER_S = 0.3
_BAR_PX = 110
_AROUND_PX = 8
_MEGABYTE = 1_000_000


class StatusLine(QFrame):
    """Says four things, each at its own place; nothing in it moves the rest of the window."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self._jobs = jobs
        self.saved = _words("Whether your findings are on disk")
        self.volume = _words("Size of the series in memory; exact: the stored pixels, nothing left out or rounded")
        self.said = ElidedLabel()
        self.job = _words("What is running")
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedWidth(_BAR_PX)
        self.percent = _words("")
        self.cancel = QToolButton()
        self.cancel.setText("✕")
        self.cancel.setToolTip("Stop what is running")
        self.cancel.setAccessibleName("Stop what is running")
        self.cancel.clicked.connect(self._stop)
        disclaimer = _words("Numbers and grades are proposals for a physician to check")
        disclaimer.setText(DISCLAIMER)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 12, 4)
        row.setSpacing(16)
        running = QHBoxLayout()
        running.setSpacing(7)
        for part in (self.job, self.bar, self.percent, self.cancel):
            running.addWidget(part)
        row.addWidget(self.saved)
        row.addWidget(self.volume)
        row.addLayout(running)
        row.addWidget(self.said, 1)
        row.addWidget(disclaimer)
        self.setFixedHeight(max(part.sizeHint().height() for part in (self.cancel, disclaimer)) + _AROUND_PX)
        self._shown: Job | None = None
        self._soon = QTimer(self, singleShot=True, interval=int(SHOW_AFTER_S * 1000) + 20)
        self._soon.timeout.connect(self._show_jobs)
        jobs.changed.connect(self._show_jobs)
        self.show_saved(None)
        self.show_volume(None)
        self._show_jobs()

    def show_saved(self, fault: Fault | None, at: float | None = None) -> None:
        """Say that findings were written at a time (seconds since 1970), or why not; neither: nothing to write."""
        if fault is not None:
            self._say(self.saved, f"Not saved: {plain(fault.sentence)}", "fault")
        elif at is not None:
            self._say(self.saved, f"Saved {time.strftime('%H:%M:%S', time.localtime(at))}", "")
        else:
            self._say(self.saved, "Nothing to save", "")

    def show_stored(self, known: bool) -> None:
        """Say whether a patient who was just opened has findings on disk."""
        self._say(self.saved, "Findings saved" if known else "Nothing to save", "")

    def show_volume(self, volume: Volume | None) -> None:
        """Say how large the shown series is, and that its pixels are the stored ones."""
        text = "" if volume is None else f"Volume {volume.values.nbytes / _MEGABYTE:.1f} MB · exact"
        self._say(self.volume, text, "")
        self.volume.setVisible(bool(text))

    def say(self, text: str, tone: str = "") -> None:
        """Say one sentence; it stands until the next, cut where there is no room for all of it."""
        self.said.show_text(plain(text))
        self._tone(self.said, tone)

    def _show_jobs(self) -> None:
        running = self._jobs.running
        ripe = [job for job in running if job.seconds >= SHOW_AFTER_S]
        if len(ripe) < len(running) and not self._soon.isActive():
            self._soon.start()
        self._shown = ripe[0] if ripe else None
        for part in (self.job, self.bar, self.percent, self.cancel):
            part.setVisible(self._shown is not None)
        if self._shown is not None:
            self._show_job(self._shown, len(ripe) - 1)

    def _show_job(self, job: Job, more: int) -> None:
        self.job.setText(plain(job.title) + (f" (+{more})" if more else ""))
        self.job.setToolTip(plain(job.text) or plain(job.title))
        self.bar.setRange(0, 1000)
        self.bar.setValue(min(1000, 1000 * job.done // job.total) if job.total else 0)
        self.percent.setText(f"{min(100, 100 * job.done // job.total)} %" if job.total else "…")

    def _stop(self) -> None:
        if self._shown is not None:
            self._shown.cancel()
        self._jobs.changed.emit()

    def _say(self, label: QLabel, text: str, tone: str) -> None:
        label.setText(text)
        self._tone(label, tone)

    def _tone(self, label: QLabel, tone: str) -> None:
        if label.property("tone") != tone:
            label.setProperty("tone", tone)
            restyle(label)


def _words(tip: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setToolTip(tip)
    return label
