"""One line of words with a dark halo, as an image: readable on bone and on air."""

from math import ceil, hypot

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from mo_viewer.volume.arrays import ByteArray

HALO = QColor(0, 0, 0, 235)
_REACH_PX = 1.9
_FULL_FROM = 0.4
"""Thin strokes cover no pixel wholly; from this share of cover on, the halo around a pixel is full."""


def haloed(text: str, font: QFont, colour: QColor, ratio: float) -> tuple[QImage, QPointF]:
    """Return the image of one line, `ratio` screen pixels a logical one, and where its baseline begins in it.

    Stroking the outlines of the letters takes twenty times as long, and a frame of a scrolled stack has new words.
    """
    metrics = QFontMetricsF(font)
    base = QPointF(2 * _REACH_PX, 2 * _REACH_PX + metrics.ascent())
    width, height = metrics.horizontalAdvance(text) + 4 * _REACH_PX, metrics.height() + 4 * _REACH_PX
    letters = QImage(ceil(width * ratio), ceil(height * ratio), QImage.Format.Format_Grayscale8)
    letters.setDevicePixelRatio(ratio)
    letters.fill(0)
    _write(letters, text, font, base, QColor(Qt.GlobalColor.white))
    rows, columns = letters.height(), letters.width()
    cover = np.frombuffer(letters.constBits(), np.uint8).reshape(rows, letters.bytesPerLine())[:, :columns]
    pixels = _spread(cover, _REACH_PX * ratio).astype(np.uint32) * HALO.alpha() // 255 << 24
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied).copy()
    image.setDevicePixelRatio(ratio)
    _write(image, text, font, base, colour)
    return image, base


def _write(image: QImage, text: str, font: QFont, base: QPointF, colour: QColor) -> None:
    painter = QPainter(image)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(base, text)
    painter.end()


def _spread(cover: ByteArray, reach: float) -> ByteArray:
    """Return (rows, columns) of 0..255: what lies within `reach` pixels of something covered, with soft edges."""
    rows, columns = cover.shape
    most = ceil(reach + 0.5) - 1
    wide = np.zeros((rows + 2 * most, columns + 2 * most), dtype=np.uint8)
    wide[most : most + rows, most : most + columns] = np.minimum(cover * np.float32(1 / _FULL_FROM), 255)
    spread = np.zeros(cover.shape, dtype=np.uint8)
    weakened: dict[float, ByteArray] = {1.0: wide}
    for down in range(-most, most + 1):
        for right in range(-most, most + 1):
            weight = min(1.0, round(reach + 0.5 - hypot(down, right), 3))
            if weight > 0:
                if weight not in weakened:
                    weakened[weight] = (wide * np.float32(weight)).astype(np.uint8)
                moved = weakened[weight][most + down :, most + right :][:rows, :columns]
                np.maximum(spread, moved, out=spread)
    return spread
