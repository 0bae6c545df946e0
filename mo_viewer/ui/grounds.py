"""A quiet dark ground under words where the picture beneath is so bright that their halo alone is not enough."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import compress

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QRegion

from mo_viewer.ui.framing import Bounds, Framing
from mo_viewer.volume.arrays import AnyArray

BRIGHT = 160
"""Grey of 255 above which a ground is laid; muscle in the usual window is darker: words on CT keep to their halo."""
_GROUND = QColor(0, 0, 0, 204)
_ROWS, _COLUMNS = 3, 9
_ACROSS = np.tile((np.arange(_COLUMNS) + 0.5) / _COLUMNS, _ROWS)
_DOWN = np.repeat((np.arange(_ROWS) + 0.5) / _ROWS, _COLUMNS)
"""Where a box of words is looked at, as shares of its width and height."""
_THIRDS = 3
"""Three neighbours, down or across the middle, are looked at by their means: noise brings no ground, a rim of fat does.

Words amid anatomy get theirs where all thirds of their box are bright.
"""
_MOST_LAYOUTS = 128
Box = tuple[float, float, float, float]
"""Left, top, width, height, logical pixels."""
Layer = tuple[QImage, Bounds]
"""A picture of 32 bits a pixel (premultiplied where it is transparent), and the rectangle of the plane it covers."""


class Beneath:
    """What lies under the words of a picture: layers from the lowest up, black where there is none."""

    def __init__(self, framing: Framing, layers: Sequence[Layer]) -> None:
        self._framing, self._layers = framing, layers

    def darken(self, painter: QPainter, boxes: tuple[Box, ...], wholly: bool = False) -> None:
        """Lay the ground under those boxes that need it: bright in some place, or `wholly`, amid anatomy."""
        if not boxes:
            return
        bright = self.is_bright(boxes, wholly)
        if bright.any():
            for rectangle in _apart(tuple(compress(boxes, bright.tolist()))):
                painter.fillRect(rectangle, _GROUND)

    def is_bright(self, boxes: tuple[Box, ...], wholly: bool = False) -> AnyArray:
        """Return (n,) whether a letter or two in each box lie on what is bright, or `wholly` all its thirds do."""
        seen: AnyArray = np.zeros(1)
        for image, bounds in self._layers:
            columns, rows = image.width(), image.height()
            at, inside = _places(boxes, self._framing, bounds, columns, rows)
            pixels = np.frombuffer(image.constBits(), np.uint32).take(at)
            green: AnyArray = (pixels >> 8 & 255) * inside
            if image.hasAlphaChannel():
                green = green + seen * (1 - (pixels >> 24) * inside / np.float32(255))
            seen = green
        parts = seen.reshape(len(boxes), _ROWS, _THIRDS, -1)
        if wholly:
            all_bright: AnyArray = (parts.mean(axis=(1, 3)) > BRIGHT).all(axis=1)
            return all_bright
        down, across = parts.mean(axis=1), parts[:, _ROWS // 2].mean(axis=2)
        bright: AnyArray = (down > BRIGHT).any(axis=(1, 2)) | (across > BRIGHT).any(axis=1)
        return bright


@lru_cache(_MOST_LAYOUTS)
def _places(
    boxes: tuple[Box, ...], framing: Framing, bounds: Bounds, columns: int, rows: int
) -> tuple[AnyArray, AnyArray]:
    """Return (n, places) pixels of an image that lie under boxes, and which of them are in it at all."""
    left, top, width, height = np.array(boxes).T[..., None]
    points = np.stack([left + _ACROSS * width, top + _DOWN * height], axis=-1)
    flat = framing.to_flat(points.reshape(-1, 2)).reshape(points.shape) - (bounds.left, bounds.top)
    column, row = np.moveaxis(np.floor(flat * (columns / bounds.width, rows / bounds.height)).astype(np.intp), -1, 0)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    return np.where(inside, row * columns + column, 0), inside.astype(np.uint32)


@lru_cache(_MOST_LAYOUTS)
def _apart(boxes: tuple[Box, ...]) -> tuple[QRect, ...]:
    """Rectangles that cover boxes without covering each other: what is darkened twice would show."""
    region = QRegion()
    for box in boxes:
        region += QRectF(*box).toAlignedRect()
    return tuple(iter(region))  # type: ignore[call-overload]
