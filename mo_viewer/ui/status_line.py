"""The line at the bottom: what is saved, what is shown, what is running, and what this program is not."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from mo_viewer.base.faults import Fault
from mo_viewer.ui.elided_label import ElidedLabel
from mo_viewer.ui.job_line import JobLine
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.plain_text import plain
from mo_viewer.ui.theme import restyle

if TYPE_CHECKING:
    from mo_viewer.volume.volume import Volume

DISCLAIMER = "Not a medical device · decision support only"
_AROUND_PX = 8
STAYS_MS = 7000
"""So long it is said that something was done."""
_LOOKED_AT_MS = 1000
_MEGABYTE = 1_000_000


class StatusLine(QFrame):
    """Says four things, each at its own place; nothing in it moves the rest of the window."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.saved = _words("Whether your findings are on disk")
        self.volume = _words("Size of the series in memory. Full resolution: every stored pixel with its own value")
        self.said = ElidedLabel()
        self._until = QTimer(self, singleShot=True)
        self._until.timeout.connect(self._pass)
        self.job = JobLine(jobs)
        disclaimer = _words("Numbers and grades are proposals for a physician to check")
        disclaimer.setText(DISCLAIMER)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 12, 4)
        row.setSpacing(16)
        row.addWidget(self.saved)
        row.addWidget(self.volume)
        row.addWidget(self.job)
        row.addWidget(self.said, 1)
        row.addWidget(disclaimer)
        self.setFixedHeight(max(part.sizeHint().height() for part in (self.job.cancel, disclaimer)) + _AROUND_PX)
        self.show_saved(None)
        self.show_volume(None)

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

    def show_volume(self, volume: "Volume | None") -> None:
        """Say how large the shown series is, and that its pixels are the stored ones."""
        text = "" if volume is None else f"Images {volume.values.nbytes / _MEGABYTE:.1f} MB · full resolution"
        self._say(self.volume, text, "")
        self.volume.setVisible(bool(text))

    def say(self, text: str, tone: str = "") -> None:
        """Say one sentence until the next, cut where there is no room for all of it.

        What is good goes by itself, unless the mouse is on it; what has no tone goes when the reader goes on.
        """
        self.said.show_text(plain(text))
        self._tone(self.said, tone)
        self._until.stop()
        if text and tone == "good":
            self._until.start(STAYS_MS)

    def go_on(self) -> None:
        """The reader does something else: what was to be known for that is known."""
        if not self.said.property("tone"):
            self.said.show_text("")

    def _pass(self) -> None:
        if self.said.underMouse():
            self._until.start(_LOOKED_AT_MS)
        else:
            self.said.show_text("")

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
