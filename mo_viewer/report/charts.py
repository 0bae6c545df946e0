"""A curve over time with error bars, drawn as vectors."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

from mo_viewer.report.reading_lesion import Curve, Point

_MM = 72 / 25.4
_LINE, _GREY, _GRID = "#0b5fa5", "#57606a", "#e4e8ec"
_LEFT_MM, _RIGHT_MM, _TOP_MM, _BOTTOM_MM = 12.0, 6.0, 6.0, 6.0


def chart(curve: Curve, font: str, size_mm: tuple[float, float]) -> Any:
    """Return a reportlab drawing of a curve; the axis of values begins at 0 unless values are negative."""
    from reportlab.graphics.shapes import Drawing, Line, PolyLine, String

    width, height = (side * _MM for side in size_mm)
    drawing = Drawing(width, height)
    frame = _Frame(curve.points, size_mm)
    drawing.add(String(0, height - 7, curve.title, fontName=font, fontSize=7.5, fillColor=_GREY))
    for value in frame.ticks:
        y = frame.y(value)
        drawing.add(Line(frame.left, y, frame.right, y, strokeColor=_GRID, strokeWidth=0.5))
        label = f"{value:g}"
        drawing.add(String(frame.left - 3, y - 2, label, fontName=font, fontSize=6, fillColor=_GREY, textAnchor="end"))
    for x, text in _days(curve.points, frame):
        drawing.add(String(x, 1, text, fontName=font, fontSize=6, fillColor=_GREY, textAnchor="middle"))
    drawing.add(
        PolyLine(
            [c for p in curve.points for c in (frame.x(p.day), frame.y(p.value))], strokeColor=_LINE, strokeWidth=1.2
        )
    )
    for point in curve.points:
        for shape in _marks(point, frame):
            drawing.add(shape)
    return drawing


class _Frame:
    """Where values and days lie on the drawing, in points."""

    def __init__(self, points: Sequence[Point], size_mm: tuple[float, float]) -> None:
        self.left, self.right = _LEFT_MM * _MM, (size_mm[0] - _RIGHT_MM) * _MM
        self.bottom, self.top = _BOTTOM_MM * _MM, (size_mm[1] - _TOP_MM) * _MM
        days = [p.day for p in points]
        self._first, self._span = min(days), max((max(days) - min(days)).days, 1)
        lows = [p.value - (p.spread or 0.0) for p in points]
        highs = [p.value + (p.spread or 0.0) for p in points]
        self.ticks = ticks(min(0.0, *lows), max(highs))

    def x(self, day: date) -> float:
        """Place of a day."""
        return self.left + 8 + (self.right - self.left - 16) * (day - self._first).days / self._span

    def y(self, value: float) -> float:
        """Place of a value."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom + (self.top - self.bottom) * (value - low) / (high - low)


def ticks(low: float, high: float) -> list[float]:
    """Return three to six round numbers that enclose a range."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low, low + 1.0]
    rough = span / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]


def _days(points: Sequence[Point], frame: _Frame) -> list[tuple[float, str]]:
    """Dates below the axis; those that would touch the one before are left out."""
    kept: list[tuple[float, str]] = []
    for point in points:
        x = frame.x(point.day)
        if not kept or x - kept[-1][0] >= 36:
            kept.append((x, point.day.isoformat()))
    return kept


def _marks(point: Point, frame: _Frame) -> list[Any]:
    from reportlab.graphics.shapes import Circle, Line

    x, y = frame.x(point.day), frame.y(point.value)
    made: list[Any] = []
    if point.spread:
        low, high = frame.y(point.value - point.spread), frame.y(point.value + point.spread)
        made.append(Line(x, low, x, high, strokeColor=_LINE, strokeWidth=0.8))
        made += [Line(x - 2, at, x + 2, at, strokeColor=_LINE, strokeWidth=0.8) for at in (low, high)]
    made.append(Circle(x, y, 2, fillColor=_LINE, strokeColor=_LINE, strokeWidth=0))
    return made
