"""What takes longer than a moment: its name, how far it is, and a button that stops it."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QProgressBar, QToolButton, QWidget

from mo_viewer.ui.jobs import Job, Jobs
from mo_viewer.ui.plain_text import plain

SHOW_AFTER_S = 0.3
_BAR_PX = 110


class JobLine(QWidget):
    """Shows the oldest job that has run for a while, and how many more there are; hidden when there is none."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._ripe: list[Job] = []
        self.words = _words("What is running")
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedWidth(_BAR_PX)
        self.percent = _words("")
        self.cancel = QToolButton()
        self.cancel.setText("✕")
        self.cancel.setToolTip("Stop what is running")
        self.cancel.setAccessibleName("Stop what is running")
        self.cancel.clicked.connect(self._ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(7)
        for part in (self.words, self.bar, self.percent, self.cancel):
            row.addWidget(part)
        self._soon = QTimer(self, singleShot=True, interval=int(SHOW_AFTER_S * 1000) + 20)
        self._soon.timeout.connect(self._show_jobs)
        jobs.changed.connect(self._show_jobs)
        self._show_jobs()

    def stops(self) -> QMenu:
        """A menu that stops one of several jobs, or all."""
        menu = QMenu(self)
        for job in self._ripe:
            menu.addAction(f"Stop: {plain(job.title)} {_percent(job)}").triggered.connect(
                lambda _, job=job: self._stop(job)
            )
        menu.addSeparator()
        menu.addAction("Stop all").triggered.connect(lambda: self._stop(*self._ripe))
        return menu

    def _show_jobs(self) -> None:
        running = self._jobs.running
        self._ripe = [job for job in running if job.seconds >= SHOW_AFTER_S]
        if len(self._ripe) < len(running) and not self._soon.isActive():
            self._soon.start()
        self.setVisible(bool(self._ripe))
        if self._ripe:
            self._show_job(self._ripe[0], len(self._ripe) - 1)

    def _show_job(self, job: Job, more: int) -> None:
        self.words.setText(plain(job.title) + (f" (+{more})" if more else ""))
        self.words.setToolTip(plain(job.text) or plain(job.title))
        self.bar.setRange(0, 1000)
        self.bar.setValue(min(1000, 1000 * job.done // job.total) if job.total else 0)
        self.percent.setText(_percent(job))

    def _ask(self) -> None:
        if len(self._ripe) < 2:
            self._stop(*self._ripe)
            return
        menu = self.stops()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.cancel.mapToGlobal(self.cancel.rect().topLeft()))

    def _stop(self, *jobs: Job) -> None:
        for job in jobs:
            job.cancel()
        self._jobs.changed.emit()


def _percent(job: Job) -> str:
    return f"{min(100, 100 * job.done // job.total)} %" if job.total else "…"


def _words(tip: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setToolTip(tip)
    return label
