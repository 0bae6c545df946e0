"""The line of dates below pictures that are compared: every study of the patient, those that are shown marked on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mo_viewer.findings.days import Moment, span_words
from mo_viewer.ui import theme

HEIGHT_PX = 38
NEAR_PX = 10.0
_LINE_PX, _WORDS_PX, _EDGE_PX, _APART_PX, _GAP_PX = 12.0, 31.0, 44.0, 16.0, 8.0
_TEXT_PX = 12
_SPAN_AT = (0.5, 0.3, 0.7)
_LEAST_LEAD = 30
"""An event so many days before the first study, or as many as the studies span, is on the line too."""


@dataclass(frozen=True)
class Stop:
    """One study on the line; `after` is what is said of the time since the injury, or empty.

    `date` has the time of day too where several studies are of one day.
    """

    study_uid: str
    day: int
    date: str
    after: str = ""
    is_shown: bool = False
    is_active: bool = False
    tip: str = ""


def places(days: Sequence[int], width: float) -> list[float]:
    """Return where days in order lie on a line of that width: true to time, but apart far enough to be clicked."""
    room, span = width - 2 * _EDGE_PX, days[-1] - days[0]
    if not span:
        return [_EDGE_PX + room * (n + 1) / (len(days) + 1) for n in range(len(days))]
    apart = min(_APART_PX, room / len(days))
    found = [_EDGE_PX + room * (day - days[0]) / span for day in days]
    for n in range(1, len(found)):
        found[n] = max(found[n], found[n - 1] + apart)
    found[-1] = min(found[-1], _EDGE_PX + room)
    for n in range(len(found) - 2, -1, -1):
        found[n] = min(found[n], found[n + 1] - apart)
    return found


class TimeAxis(QWidget):
    """Draws the line; `chosen` carries the study UID of a date that was clicked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stops: tuple[Stop, ...] = ()
        self._moments: tuple[Moment, ...] = ()
        self._near = ""
        self.setFixedHeight(HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Dates of the studies that are compared")

    def sizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(240, HEIGHT_PX)

    def show_stops(self, stops: Sequence[Stop], moments: Sequence[Moment] = ()) -> None:
        """Show studies, the oldest first, and what happened between them, on the same days."""
        if (tuple(stops), tuple(moments)) != (self._stops, self._moments):
            self._stops, self._moments = tuple(stops), tuple(moments)
            self.setAccessibleDescription(", ".join(stop.date for stop in stops if stop.is_shown))
            self.update()

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The studies on the line."""
        return self._stops

    def place_of(self, study_uid: str) -> QPointF:
        """Return where a study lies on the widget."""
        return next(QPointF(x, _LINE_PX) for stop, x in self._placed() if stop.study_uid == study_uid)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what a click would choose."""
        self._point_at(self._stop_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse any more."""
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the date that was clicked."""
        stop = self._stop_at(event.position())
        if stop is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(stop.study_uid)

    def event(self, event: QEvent) -> bool:
        """Say of the date under the mouse what it is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            stop = self._stop_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if stop is None else stop.tip, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw line, dates and what lies between."""
        colours, painter = theme.colours(), QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.panel))
        if not self._stops:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.handle), 1))
        painter.drawLine(QPointF(_GAP_PX, _LINE_PX), QPointF(self.width() - _GAP_PX, _LINE_PX))
        painter.setFont(theme.interface_font(_TEXT_PX))
        placed, metrics = self._placed(), QFontMetricsF(painter.font())
        self._draw_spans(painter, placed, metrics)
        taken: list[QRectF] = []
        for stop, x in sorted(placed, key=lambda one: (not one[0].is_active, not one[0].is_shown, one[1])):
            self._draw_words(painter, metrics, taken, x, self._words(stop), self._ink(stop))
        self._draw_moments(painter, metrics, taken)
        for stop, x in placed:
            self._draw_dot(painter, stop, x)

    def _placed(self) -> list[tuple[Stop, float]]:
        return list(zip(self._stops, self._line()[1][-len(self._stops) :], strict=True)) if self._stops else []

    def _line(self) -> tuple[list[int], list[float]]:
        """Days and where they lie: those of the studies, before them the first event that is not too far back."""
        days = [stop.day for stop in self._stops]
        earliest = days[0] - max(_LEAST_LEAD, days[-1] - days[0])
        lead = [moment.day for moment in self._moments if earliest <= moment.day < days[0]][:1]
        return lead + days, places(lead + days, self.width())

    def _stop_at(self, at: QPointF) -> Stop | None:
        near = [(abs(x - at.x()), n) for n, (_, x) in enumerate(self._placed())]
        away, n = min(near, default=(NEAR_PX + 1, 0))
        return self._stops[n] if away <= NEAR_PX else None

    def _point_at(self, stop: Stop | None) -> None:
        near = "" if stop is None else stop.study_uid
        if near != self._near:
            self._near = near
            self.setCursor(Qt.CursorShape.PointingHandCursor if near else Qt.CursorShape.ArrowCursor)
            self.update()

    def _words(self, stop: Stop) -> tuple[str, ...]:
        """What may stand below a date, the longest first."""
        return (f"{stop.date} · {stop.after}", stop.date) if stop.after else (stop.date,)

    def _ink(self, stop: Stop) -> QColor:
        colours = theme.colours()
        return QColor(colours.bright if stop.is_shown or stop.study_uid == self._near else colours.quiet)

    def _draw_words(
        self,
        painter: QPainter,
        metrics: QFontMetricsF,
        taken: list[QRectF],
        x: float,
        texts: Sequence[str],
        ink: QColor,
    ) -> None:
        """Draw the longest of some texts below a place that runs into nothing that stands there."""
        for text in texts:
            wide = metrics.horizontalAdvance(text)
            left = min(max(_GAP_PX, x - wide / 2), self.width() - wide - _GAP_PX)
            box = QRectF(left - _GAP_PX, 0, wide + 2 * _GAP_PX, 1)
            if not any(box.intersects(other) for other in taken):
                taken.append(QRectF(left, 0, wide, 1))
                painter.setPen(ink)
                painter.drawText(QPointF(left, _WORDS_PX), text)
                return

    def _draw_spans(self, painter: QPainter, placed: list[tuple[Stop, float]], metrics: QFontMetricsF) -> None:
        """Say between two neighbours that are shown how far they lie apart."""
        shown = [(stop, x) for stop, x in placed if stop.is_shown]
        colours, (days, across) = theme.colours(), self._line()
        others = [x for stop, x in placed if not stop.is_shown]
        others += [_between(days, across, one.day) for one in self._moments if days[0] <= one.day <= days[-1]]
        for (before, left), (after, right) in pairwise(shown):
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.drawLine(QPointF(left, _LINE_PX), QPointF(right, _LINE_PX))
            text = span_words(after.day - before.day) if after.day > before.day else "same day"
            wide = metrics.horizontalAdvance(text) + 2 * _GAP_PX
            box = span_place(left, right, wide, others)
            if box is not None:
                painter.fillRect(box, QColor(colours.panel))
                painter.setPen(QColor(colours.text))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_moments(self, painter: QPainter, metrics: QFontMetricsF, taken: list[QRectF]) -> None:
        """Mark what happened on the days of the line."""
        (days, across), colours = self._line(), theme.colours()
        for moment in self._moments:
            if days[0] <= moment.day <= days[-1]:
                x = _between(days, across, moment.day)
                ink = QColor(colours.fault if moment.text == "injury" else colours.caution)
                painter.setPen(QPen(ink, 1.5))
                painter.drawLine(QPointF(x, _LINE_PX - 4), QPointF(x, _LINE_PX + 4))
                self._draw_words(painter, metrics, taken, x, (moment.text,), ink)

    def _draw_dot(self, painter: QPainter, stop: Stop, x: float) -> None:
        colours = theme.colours()
        radius = 5.0 if stop.is_shown or stop.study_uid == self._near else 4.0
        painter.setPen(QPen(QColor(colours.bright if stop.is_active else colours.panel), 1.5))
        painter.setBrush(QColor(colours.accent if stop.is_shown else colours.quiet))
        painter.drawEllipse(QPointF(x, _LINE_PX), radius, radius)


def span_place(left: float, right: float, wide: float, others: Sequence[float]) -> QRectF | None:
    """Return where words of that width have room between two dates, clear of `others`; in the middle best."""
    for share in _SPAN_AT:
        begin = left + (right - left) * share - wide / 2
        is_inside = left + NEAR_PX <= begin and begin + wide <= right - NEAR_PX
        if is_inside and not any(begin - 6 < x < begin + wide + 6 for x in others):
            return QRectF(begin, 2, wide, 2 * (_LINE_PX - 2))
    return None


def _between(days: Sequence[int], across: Sequence[float], day: int) -> float:
    """Where a day lies between the two days around it."""
    for (before, left), (after, right) in pairwise(zip(days, across, strict=True)):
        if before <= day <= after:
            return left + (right - left) * (day - before) / max(1, after - before)
    return across[0]
