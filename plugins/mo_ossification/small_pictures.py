"""Small pictures in the panel: density classes by date, the rim on the sphere of directions, density against depth."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mo_ossification.bands import Bar
from mo_ossification.zones import CLOSED, OPEN, Zones
from mo_viewer.report.reading_lesion import typeset
from mo_viewer.volume.arrays import AnyArray

SHADES = ("#4a5b6c", "#7d8fa3", "#b9c7d6", "#f3f6fa")
OPEN_COLOUR, CLOSED_COLOUR, UNSEEN = QColor("#3c4650"), QColor("#56b4e9"), QColor("#1b2026")
BAR_PX, DATE_PX, SIZE_PX, KEY_PX = 18, 76, 58, 18
_DOT_PX = 10
MAP_HEIGHT_PX, CURVE_HEIGHT_PX, AXIS_PX, LETTER_PX = 114, 110, 34, 20


class _Picture(QWidget):
    """A painted area of fixed height whose words take the colour of the panel's text."""

    def __init__(self, height_px: int, name: str) -> None:
        super().__init__()
        self.setFixedHeight(height_px)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        self.paint(painter, self.palette().text().color())

    def paint(self, painter: QPainter, ink: QColor) -> None:
        """Paint with the colour of words."""


class ClassBars(_Picture):
    """One bar a date, as long as all classes together, in as many shades as there are classes."""

    def __init__(self, bars: tuple[Bar, ...]) -> None:
        super().__init__(KEY_PX + BAR_PX * len(bars), "Density classes by date")
        self._bars = bars
        self.setToolTip("\n".join(_bar_words(bar) for bar in bars))

    def paint(self, painter: QPainter, ink: QColor) -> None:
        """Bars below a key of shades."""
        room = self.width() - DATE_PX - SIZE_PX
        longest = max((bar.volume_mm3 for bar in self._bars), default=0.0) or 1.0
        at: float = 0.0
        for shade, one in zip(SHADES, self._bars[-1].classes, strict=False):
            at = _keyed(painter, at, QColor(shade), one.name, ink)
        for n, bar in enumerate(self._bars):
            top = KEY_PX + n * BAR_PX
            left = float(DATE_PX)
            painter.setPen(ink)
            painter.drawText(QPointF(0, top + 13), bar.date)
            for shade, one in zip(SHADES, bar.classes, strict=False):
                width = room * one.volume_mm3 / longest
                painter.fillRect(QRectF(left, top + 3, width, BAR_PX - 6), QColor(shade))
                left += width
            painter.setPen(QPen(ink, 0.6))
            painter.drawRect(QRectF(DATE_PX, top + 3, left - DATE_PX, BAR_PX - 6))
            painter.drawText(QPointF(left + 5, top + 13), f"{bar.volume_mm3 / 1000:.1f} cm³")


class RimMap(_Picture):
    """The rim (24, 48) on the sphere of directions, head above, seen from the middle of the lesion all round."""

    def __init__(self, rim: AnyArray) -> None:
        super().__init__(MAP_HEIGHT_PX, "Where the rim is closed, by direction")
        rows, columns = rim.shape
        self._image = QImage(columns, rows, QImage.Format.Format_RGB32)
        for row in range(rows):
            for column in range(columns):
                cell = rim[row, column]
                colour = CLOSED_COLOUR if cell == CLOSED else OPEN_COLOUR if cell == OPEN else UNSEEN
                self._image.setPixelColor(column, row, colour)
        self.setToolTip(
            "The surface of the lesion unrolled like a map of the world: from the patient's right (R) over the front "
            "(A), the left (L) and the back (P) to the right again, head (H) above, feet (F) below."
        )

    def paint(self, painter: QPainter, ink: QColor) -> None:
        """The map below a key of its colours, letters of directions below it."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        at = 0.0
        for colour, word in ((CLOSED_COLOUR, "closed"), (OPEN_COLOUR, "open")):
            at = _keyed(painter, at, colour, word, ink)
        area = QRectF(0, KEY_PX, self.width() - LETTER_PX, MAP_HEIGHT_PX - KEY_PX - LETTER_PX)
        painter.drawImage(area, self._image)
        painter.setPen(QPen(ink, 0.6))
        painter.drawRect(area)
        draw_directions(painter, area, ink)
        painter.drawText(QPointF(area.right() + 8, area.top() + 10), "H")
        painter.drawText(QPointF(area.right() + 8, area.bottom()), "F")


class DepthCurve(_Picture):
    """Mean density against the depth below the surface."""

    def __init__(self, zones: Zones) -> None:
        super().__init__(CURVE_HEIGHT_PX, "Density against depth")
        self._depths, self._means = zones.depths_mm, zones.mean_hu
        words = [f"{d:.2f} mm: {typeset(str(round(m)))} HU" for d, m in zip(self._depths, self._means, strict=True)]
        self.setToolTip("\n".join(words[:40]))

    def paint(self, painter: QPainter, ink: QColor) -> None:
        """The curve, with its ends written at the axes."""
        if not self._means.size:
            return
        area = QRectF(AXIS_PX, 6, self.width() - AXIS_PX - LETTER_PX, CURVE_HEIGHT_PX - 28)
        low, high = min(0.0, float(self._means.min())), max(1.0, float(self._means.max()))
        deepest = float(self._depths[-1]) + 0.25
        painter.setPen(QPen(ink, 0.6))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.bottomLeft(), area.topLeft())
        for value, y in ((high, area.top() + 9), (low, area.bottom())):
            box = QRectF(0, y - 9, AXIS_PX - 4, 12)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, typeset(str(round(value))))
        painter.drawText(QPointF(area.left(), area.bottom() + 14), "0 mm deep")
        last = f"{deepest:.1f} mm"
        width = painter.fontMetrics().horizontalAdvance(last)
        painter.drawText(QPointF(area.right() - width, area.bottom() + 14), last)
        points = [
            QPointF(area.left() + d / deepest * area.width(), area.bottom() - (m - low) / (high - low) * area.height())
            for d, m in zip(self._depths, self._means, strict=True)
        ]
        painter.setPen(QPen(self.palette().link().color(), 1.8))
        painter.drawPolyline(QPolygonF(points))


def draw_directions(painter: QPainter, area: QRectF, ink: QColor) -> None:
    """Write below a map of the rim where right, front, left and back are; every map begins at the right."""
    painter.setPen(ink)
    for share, letter in ((0.0, "R"), (0.25, "A"), (0.5, "L"), (0.75, "P")):
        painter.drawText(QPointF(area.left() + share * area.width() + 1, area.bottom() + 13), letter)


def _keyed(painter: QPainter, at: float, colour: QColor, word: str, ink: QColor) -> float:
    """Draw a swatch and its word; return where the next one begins."""
    painter.fillRect(QRectF(at, 4, 9, 9), colour)
    painter.setPen(QPen(ink, 0.6))
    painter.drawRect(QRectF(at, 4, 9, 9))
    painter.drawText(QPointF(at + 12, 13), word)
    return at + painter.fontMetrics().horizontalAdvance(word) + 22


def _bar_words(bar: Bar) -> str:
    parts = [
        f"{one.name} {one.from_hu:.0f}{'+' if one.to_hu is None else f' to {one.to_hu:.0f}'} HU: "
        f"{one.volume_mm3 / 1000:.2f} cm³"
        for one in bar.classes
    ]
    return f"{bar.date}: " + ", ".join(parts)


def disc(colour: str) -> QIcon:
    """A disc in the lesion's colour: words in it cannot be read on every ground."""
    drawn = QPixmap(2 * _DOT_PX, 2 * _DOT_PX)
    drawn.setDevicePixelRatio(2.0)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(1, 1, _DOT_PX - 2, _DOT_PX - 2)
    painter.end()
    return QIcon(drawn)
