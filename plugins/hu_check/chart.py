"""How one insert's CT number went over the years on this scanner; pyqtgraph is imported with the first chart."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from hu_check.check import Check
from hu_check.history import Entry, entry_of

_MARGIN_S = 60 * 86400.0
_DRAWN, _LIMIT, _NOMINAL = "#56b4e9", "#8a8f96", "#009e73"


class HistoryChart(QWidget):
    """A chart with the tolerance as two lines, for one insert at a time."""

    def __init__(self, entries: Sequence[Entry], found: Check) -> None:
        super().__init__()
        group = entry_of(found).group
        self._found = found
        self._entries = [one for one in entries if one.group == group and one.date]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        about = QLabel(", ".join(map(str, filter(None, (group[0], f"{group[1]:g} kV" if group[1] else "", group[2])))))
        about.setObjectName("notice_quiet")
        about.setWordWrap(True)
        column.addWidget(about)
        self._choice = QComboBox()
        self._choice.setToolTip("The insert that the chart shows.")
        self._choice.addItems([one.insert.material for one in found.inserts])
        self._choice.currentIndexChanged.connect(self._draw)
        column.addWidget(self._choice)
        self._plot = _plot()
        column.addWidget(self._plot)
        self._draw(0)

    def _draw(self, at: int) -> None:
        import pyqtgraph

        insert = self._found.inserts[at].insert
        points = [(_seconds(one.date), one.hu[insert.material]) for one in self._entries if insert.material in one.hu]
        self._plot.clear()
        for offset in (-insert.tolerance_hu, 0.0, insert.tolerance_hu):
            pen = pyqtgraph.mkPen(_LIMIT if offset else _NOMINAL, width=1)
            self._plot.addItem(pyqtgraph.InfiniteLine(insert.nominal_hu + offset, 0, pen=pen))
        if points:
            times, values = zip(*points, strict=True)
            self._plot.plot(list(times), list(values), pen=_DRAWN, symbol="o", symbolBrush=_DRAWN, symbolSize=6)
            self._plot.setXRange(min(times) - _MARGIN_S, max(times) + _MARGIN_S)
        reach = 1.3 * insert.tolerance_hu
        self._plot.setYRange(insert.nominal_hu - reach, insert.nominal_hu + reach)


def _plot() -> Any:
    import pyqtgraph

    plot = pyqtgraph.PlotWidget(axisItems={"bottom": pyqtgraph.DateAxisItem()})
    plot.setMinimumSize(0, 160)
    plot.setMaximumHeight(220)
    plot.setBackground(None)
    plot.setLabel("left", "HU")
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setToolTip("Checks of this scanner, voltage and kernel; the grey lines are the tolerance.")
    return plot


def _seconds(iso: str) -> float:
    return float((date.fromisoformat(iso) - date(1970, 1, 1)).days) * 86400.0
