"""Runs through the slices by itself: start and stop with one key, with a rate and a way to turn round."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QSpinBox, QWidget

from mo_viewer.session.settings import Settings
from mo_viewer.ui.actions import Action, Need
from mo_viewer.ui.slice_view import SliceView

if TYPE_CHECKING:
    from mo_viewer.ui.window import Window

LEAST_RATE, MOST_RATE, FIRST_RATE = 1, 60, 12
_WAYS = ("Loop", "To and fro", "Once")
_BAR_GAP_PX = 34


class Cine(QObject):
    """Cine of a window, in its active pane."""

    def __init__(self, window: "Window", settings: Settings, keep: Callable[[str, object], None]) -> None:
        super().__init__(window)
        self._window, self._keep = window, keep
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)
        self._clock = QElapsedTimer()
        self._view: SliceView | None = None
        self._onwards = 1
        self._due = 0.0
        self.bar: CineBar | None = None
        self.rate = settings.get("cine.rate", FIRST_RATE)
        self.way = settings.get("cine.way", _WAYS[0])

    def actions(self) -> list[Action]:
        """Start and stop, faster and slower."""
        runs = Need(lambda: self.is_running, "Cine is not running: C starts it.")
        return [
            Action("cine", "Cine", self.toggle, "Go to", ("C",), "Run through the images; again: stop",
                   where="picture", checked=lambda: self.is_running, enabled=self._window.acts.many),
            Action("cine.faster", "Faster", lambda: self.set_rate(self.rate + 2), "Go to", ("Shift+.",),
                   "Two more images a second", where="picture", enabled=runs),
            Action("cine.slower", "Slower", lambda: self.set_rate(self.rate - 2), "Go to", ("Shift+,",),
                   "Two fewer images a second", where="picture", enabled=runs),
        ]  # fmt: skip

    @property
    def is_running(self) -> bool:
        """Whether images follow each other by themselves."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Start in the active pane, or stop."""
        if self.is_running:
            self.stop()
        elif self._window.acts.has_many():
            self._view, self._onwards, self._due = self._window.pane.view, 1, 0.0
            self._clock.invalidate()
            self._timer.start(round(1000 / self.rate))
            self._play(True)
            self.bar = CineBar(self, self._view)

    def stop(self) -> None:
        """Stop where it is."""
        self._timer.stop()
        self._play(False)
        self._view = None
        if self.bar is not None:
            self.bar.hide()
            self.bar.deleteLater()
            self.bar = None
        self._window.actions_table.refresh_soon()

    def set_rate(self, rate: int) -> None:
        """Show so many images a second."""
        self.rate = min(MOST_RATE, max(LEAST_RATE, rate))
        self._keep("cine.rate", self.rate)
        if self.is_running:
            self._timer.start(round(1000 / self.rate))
            self._clock.invalidate()
            self._due = 0.0
        if self.bar is not None:
            self.bar.rate.setValue(self.rate)

    def set_way(self, way: str) -> None:
        """What happens at the end: ``Loop``, ``To and fro`` or ``Once``."""
        self.way = way
        self._keep("cine.way", way)

    def _play(self, is_played: bool) -> None:
        for pane in self._window.workspace.panes:
            pane.view.is_played = is_played

    def _step(self) -> None:
        """Go on by as many images as are due; a slow machine leaves some out instead of running late.

        The first step is one image: how long the bar took to appear is no delay of the images.
        """
        view = self._view
        if view is None or view is not self._window.pane.view or view.stack is None or view.asked is None:
            self.stop()
            return
        if self._clock.isValid():
            self._due += self._clock.restart() * self.rate / 1000
        else:
            self._clock.start()
        by = max(1, int(self._due))
        self._due = max(0.0, self._due - by)
        place, last = view.stack.place_of(view.asked) + self._onwards * by, view.stack.count - 1
        if self.way == "Once" and place > last:
            view.go_to(last)
            self.stop()
            return
        if self.way == "To and fro" and not 0 <= place <= last:
            self._onwards = -self._onwards
            place = min(last, max(0, 2 * last - place if place > last else -place))
        view.go_to(place % (last + 1))


class CineBar(QFrame):
    """Rate, turning and stop, at the foot of the picture while cine runs."""

    def __init__(self, cine: Cine, view: QWidget) -> None:
        super().__init__(view)
        self.setObjectName("picture_bar")
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("Stop cine (C)")
        self.rate = QSpinBox(minimum=LEAST_RATE, maximum=MOST_RATE, value=cine.rate, suffix=" images/s")
        self.rate.lineEdit().setTextMargins(5, 0, 0, 0)
        self.rate.setToolTip("Images a second")
        self.rate.setAccessibleName("Images a second")
        self.way = QComboBox()
        self.way.addItems(_WAYS)
        self.way.setCurrentText(cine.way)
        self.way.setToolTip("What happens at the end")
        self.way.setAccessibleName("What happens at the end")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 8, 5)
        for part in (self.stop, self.rate, self.way):
            part.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            row.addWidget(part)
        self.stop.clicked.connect(cine.stop)
        self.rate.valueChanged.connect(cine.set_rate)
        self.way.currentTextChanged.connect(cine.set_way)
        self.adjustSize()
        self.move((view.width() - self.width()) // 2, view.height() - self.height() - _BAR_GAP_PX)
        self.show()
