"""Stored pixels to what the screen shows: a table over the stored integers instead of arithmetic for every pixel."""

from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from mo_viewer.volume.arrays import AnyArray, ByteArray
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

_MOST_BITS_FOR_A_TABLE = 16


def reference_grey(volume: Volume, k: int, window: Window, inverted: bool = False) -> ByteArray:
    """Return (rows, columns) of 0..255, straight from `Window.grey`; what `Shades` must equal pixel for pixel.

    `inverted` is the reader's wish, on top of the images' own polarity. Padding is black either way.
    """
    grey = window.grey(volume.rescaled_slice(k))
    if volume.inverted != inverted:
        grey = 255 - grey
    if volume.padding is not None:
        stored = volume.values[k]
        grey[(stored >= volume.padding[0]) & (stored <= volume.padding[1])] = 0
    return grey


class Shades:
    """Turns slices into images; keeps the table of the last window."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._table: ByteArray = np.zeros(0, dtype=np.uint8)

    def image(self, volume: Volume, k: int, window: Window, inverted: bool = False) -> QImage:
        """Return slice k as an image of one screen pixel a stored pixel."""
        if volume.is_colour:
            return _colour_image(volume.values[k], inverted)
        return _grey_image(self.grey(volume, k, window, inverted))

    def grey(self, volume: Volume, k: int, window: Window, inverted: bool = False) -> ByteArray:
        """Return (rows, columns) of 0..255."""
        stored = volume.values[k]
        if not _fits_a_table(stored.dtype):
            return reference_grey(volume, k, window, inverted)
        key = (
            stored.dtype,
            float(volume.slope[k]),
            float(volume.intercept[k]),
            id(volume.lut),
            volume.padding,
            volume.inverted != inverted,
            window,
        )
        if key != self._key:
            self._key, self._table = key, _table(volume, k, window, inverted)
        unsigned = stored.view(np.uint8 if stored.dtype.itemsize == 1 else np.uint16)
        grey: ByteArray = np.take(self._table, unsigned)
        return grey


def _fits_a_table(dtype: np.dtype[Any]) -> bool:
    return bool(dtype.kind in "iu" and dtype.isnative and dtype.itemsize * 8 <= _MOST_BITS_FOR_A_TABLE)


def _table(volume: Volume, k: int, window: Window, inverted: bool) -> ByteArray:
    """Grey of every value that the stored type can hold, by its bit pattern."""
    stored = volume.values.dtype
    bits = np.arange(1 << (8 * stored.itemsize), dtype=np.uint8 if stored.itemsize == 1 else np.uint16)
    codes = bits.view(stored)
    table = window.grey(_rescaled(volume, k, codes))
    if volume.inverted != inverted:
        table = 255 - table
    if volume.padding is not None:
        table[(codes >= volume.padding[0]) & (codes <= volume.padding[1])] = 0
    return table


def _rescaled(volume: Volume, k: int, codes: AnyArray) -> AnyArray:
    if volume.lut is not None:
        first, table = volume.lut
        return np.asarray(table[np.clip(codes.astype(np.int64) - first, 0, len(table) - 1)], dtype=np.float32)
    scaled = codes.astype(np.float32)
    scaled *= np.float32(volume.slope[k])
    scaled += np.float32(volume.intercept[k])
    return scaled


def _grey_image(grey: ByteArray) -> QImage:
    packed = np.ascontiguousarray(grey)
    rows, columns = packed.shape
    return QImage(packed.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()


def _colour_image(pixels: AnyArray, inverted: bool) -> QImage:
    eight = pixels if pixels.dtype == np.uint8 else (pixels >> (8 * pixels.dtype.itemsize - 8)).astype(np.uint8)
    packed = np.ascontiguousarray(255 - eight if inverted else eight)
    rows, columns = packed.shape[:2]
    return QImage(packed.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
