"""Small curves of one lesion over the days since injury; pyqtgraph is imported with the first."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mo_ossification.timeline import WEEKS, Curve
from mo_viewer.findings.days import Moment

_BAND, _POINT = (120, 160, 200, 40), "#56b4e9"
_EVENT_ON_DARK, _EVENT_ON_LIGHT = "#b8862a", "#755000"
_MIDDLE_LIGHTNESS = 128
_CURVE_PX, _TICKS_PX, _DAYS_PX, _AXIS_PX = 100, 8, 36, 40
"""How high a curve with its title is, the ticks below it and what the days below the last one add; the axis' width."""
_FIGURE_PX = 11
_LETTER_SHARE = 0.024
"""How wide a letter of such a name is, as a share of the axis in the narrowest panel."""
_UNDER_WORDS = 1.6
"""The first curve leaves so much above itself to the names of what happened."""
_BEAM_SHARE = 0.015
"""How wide the ends of a bar of uncertainty are, as a share of the axis."""
ONE_STUDY = "One study so far: curves begin with the second."


class CourseChart(QWidget):
    """Curves below each other on one time axis; a click on a point opens that study.

    Parameters
    ----------
    chosen
        Called with the study UID of a point that was clicked.
    """

    def __init__(self, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self._chosen = chosen
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._plots: list[Any] = []
        self._shown: tuple[object, ...] = ()
        self._given: tuple[tuple[Curve, ...], tuple[Moment, ...], bool, str] = ((), (), False, _POINT)
        self._point = _POINT
        self.alone = QLabel(ONE_STUDY, wordWrap=True)
        self.alone.setProperty("tone", "quiet")
        self.alone.hide()
        self._column.addWidget(self.alone)

    def show_curves(
        self, curves: tuple[Curve, ...], moments: tuple[Moment, ...], since_injury: bool, colour: str = _POINT
    ) -> None:
        """Draw these in place of what was there; `colour` is the lesion's."""
        import pyqtgraph

        wanted = (curves, moments, since_injury, colour, self._ink())
        if wanted == self._shown:
            return
        self._shown = wanted
        self._given = (curves, moments, since_injury, colour)
        self._point = colour
        is_alone = len({day for curve in curves for day in curve.days}) == 1
        self.alone.setVisible(is_alone)
        self._have_plots(pyqtgraph, 0 if is_alone else len(curves))
        if not self._plots:
            return
        days = [*(day for curve in curves for day in curve.days), *(moment.day for moment in moments)]
        for plot, curve in zip(self._plots, curves, strict=True):
            plot.clear()
            is_last = plot is self._plots[-1]
            plot.setFixedHeight(_CURVE_PX + (_DAYS_PX if is_last else 0))
            plot.getAxis("bottom").setStyle(showValues=is_last)
            plot.getAxis("bottom").setHeight(None if is_last else _TICKS_PX)
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(self._ink())
                plot.getAxis(side).setTextPen(self._ink())
            plot.setTitle(f"{curve.title}{', ' if curve.unit else ''}{curve.unit}", size="9pt", color=self._ink())
            self._draw(pyqtgraph, plot, curve, moments, since_injury, max(days) - min(days))
            plot.setXRange(min(days) - 5, max(days) + 5)
            since = "days since injury" if since_injury else "days since the first study"
            plot.setLabel("bottom", since if is_last else None)

    def _have_plots(self, pg: Any, count: int) -> None:
        """Have so many plots; those that are there already are used again, for making one takes as long as a frame."""
        for old in self._plots[count:]:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        del self._plots[count:]
        while len(self._plots) < count:
            plot = pg.PlotWidget(background=None, enableMenu=False)
            plot.getAxis("left").setWidth(_AXIS_PX)
            plot.getAxis("bottom").tickStrings = _days
            for side in ("left", "bottom"):
                plot.getAxis(side).setStyle(maxTickLevel=0, tickFont=self._figures())
                plot.getAxis(side).wheelEvent = _to_the_panel
            plot.setMouseEnabled(False, False)
            plot.hideButtons()
            self._column.addWidget(plot)
            self._plots.append(plot)

    def changeEvent(self, event: QEvent) -> None:
        """Take other colours with the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            QTimer.singleShot(0, self, lambda: self.show_curves(*self._given))

    def _draw(
        self, pg: Any, plot: Any, curve: Curve, moments: tuple[Moment, ...], since_injury: bool, span: int
    ) -> None:
        if since_injury:
            for first, last, text in WEEKS:
                band = pg.LinearRegionItem((7 * first, 7 * last), movable=False, brush=_BAND, pen=pg.mkPen(None))
                band.setToolTip(f"{text}. From the literature, no norm.")
                plot.addItem(band)
        is_first = plot is self._plots[0]
        named = _with_room(moments, span) if is_first else ()
        for moment in moments:
            line = pg.InfiniteLine(moment.day, 90, pen=pg.mkPen(self._event_ink(), width=1))
            line.setToolTip(moment.text)
            plot.addItem(line)
            if moment in named:
                ink = self._event_ink()
                words = pg.InfLineLabel(line, moment.text, position=1.0, anchors=[(0, 0), (0, 0)], color=ink)
                words.setFont(self._figures())
        height = [2 * spread for spread in curve.spreads]
        plot.addItem(
            pg.ErrorBarItem(
                x=_array(curve.days),
                y=_array(curve.values),
                height=_array(height),
                beam=_BEAM_SHARE * span,
                pen=pg.mkPen(self._ink()),
            )
        )
        points = pg.PlotDataItem(
            curve.days,
            curve.values,
            pen=pg.mkPen(self._ink()),
            antialias=True,
            symbol="o",
            symbolSize=8,
            symbolBrush=self._point,
            symbolPen=pg.mkPen(self._ink()),
            data=curve.studies,
        )
        points.sigPointsClicked.connect(lambda _, hit, *__: self._open(curve, hit))
        plot.addItem(points)
        low = min(v - s for v, s in zip(curve.values, curve.spreads, strict=True))
        high = max(v + s for v, s in zip(curve.values, curve.spreads, strict=True))
        plot.setYRange(min(0.0, low), high * (_UNDER_WORDS if is_first and moments else 1.05))

    def _figures(self) -> QFont:
        """The font of the figures at the axes."""
        font = QFont(self.font())
        font.setPixelSize(_FIGURE_PX)
        return font

    def _ink(self) -> str:
        """The colour of words, light or dark as the window is."""
        return self.palette().windowText().color().name()

    def _event_ink(self) -> str:
        """The colour of what happened, readable on the window's ground."""
        is_dark = self.palette().windowText().color().lightness() > _MIDDLE_LIGHTNESS
        return _EVENT_ON_DARK if is_dark else _EVENT_ON_LIGHT

    def _open(self, curve: Curve, hit: Any) -> None:
        if len(hit):
            self._chosen(curve.studies[curve.days.index(int(hit[0].pos().x()))])


def _with_room(moments: Sequence[Moment], span: int) -> tuple[Moment, ...]:
    """Those whose names do not run into the one before; the others are named by their tooltips."""
    named: list[Moment] = []
    for moment in moments:
        if not named or moment.day - named[-1].day > _LETTER_SHARE * len(named[-1].text) * span:
            named.append(moment)
    return tuple(named)


def _to_the_panel(event: Any) -> None:
    """Leave the wheel to the panel: an axis of pyqtgraph takes it even where it may not zoom."""
    event.ignore()


def _days(values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
    return [f"{value:g} d" for value in values]


def _array(values: Any) -> Any:
    import numpy as np

    return np.array(values, dtype=float)
