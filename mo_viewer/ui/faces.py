"""The four cuts of the interface font that a row is written in, worked out once for each font."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetrics

LEAST_PX = 9
_ELIDED, _INSIDE = Qt.TextElideMode.ElideRight, Qt.TextElideMode.ElideMiddle


class Face:
    """A font with its metrics."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self._metrics = QFontMetrics(font)
        self.height = self._metrics.height()

    def width(self, text: str) -> int:
        """Return how wide a text is, px."""
        return self._metrics.horizontalAdvance(text)

    def elided(self, text: str, width: int, inside: bool = False) -> str:
        """Return the text, cut with an ellipsis where it is wider than `width` px: at its end, or inside it."""
        return self._metrics.elidedText(text, _INSIDE if inside else _ELIDED, width)


@dataclass(frozen=True, eq=False)
class Faces:
    """The font itself, the same heavier, one pixel smaller for second lines, two pixels smaller for pills."""

    plain: Face
    strong: Face
    small: Face
    tiny: Face


def faces_of(font: QFont) -> Faces:
    """Return the cuts of a font.

    The font is copied: one that belongs to a style option dies with it.
    """
    key = font.key()
    if key not in _KNOWN:
        _KNOWN[key] = Faces(Face(QFont(font)), Face(_heavier(font)), Face(_smaller(font, 1)), Face(_smaller(font, 2)))
    return _KNOWN[key]


_KNOWN: dict[str, Faces] = {}


def _heavier(font: QFont) -> QFont:
    heavy = QFont(font)
    heavy.setWeight(QFont.Weight.DemiBold)
    return heavy


def _smaller(font: QFont, by_px: int) -> QFont:
    small = QFont(font)
    small.setPixelSize(max(LEAST_PX, QFontInfo(font).pixelSize() - by_px))
    return small
