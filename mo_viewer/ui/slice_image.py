"""Stored pixels to what the screen shows: a table over the stored integers instead of arithmetic for every pixel."""

from collections.abc import Callable
from math import ceil, floor, isfinite
from sys import getrefcount
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from mo_viewer.volume.arrays import AnyArray, ByteArray, frozen
from mo_viewer.volume.reslice import Section
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

_MOST_BITS_FOR_A_TABLE = 16
_BLACK = np.uint32(0xFF000000)
_GREYS = frozen(np.arange(256, dtype=np.uint32) * np.uint32(0x010101) | _BLACK)
"""What stands for 256 greys on the screen."""
_SINGLE_STEP = 4 * float(np.finfo(np.float32).eps)
"""What rescaling in single precision may be off, as a share, with room to spare."""
_PIXELS_AT_ONCE = 1 << 17
_MOST_KEPT_WIDE = 1 << 20
_MOST_CANVASES = 3
_UNUSED = 3
"""References to a canvas that only this module holds: the list, the loop, the count itself."""
ShadeArray = NDArray[np.uint32]


def reference_grey(volume: Volume, k: int, window: Window, inverted: bool = False) -> ByteArray:
    """Return (rows, columns) of 0..255, straight from `Window.grey`; what `Shades` must equal pixel for pixel.

    `inverted` is the reader's wish, on top of the images' own polarity. Padding is black either way.
    """
    stored = None if volume.padding is None else volume.values[k]
    return _grey(volume, volume.rescaled_slice(k), stored, window, inverted)


def reference_grey_of(volume: Volume, section: Section, window: Window, inverted: bool = False) -> ByteArray:
    """Return (rows, columns) of 0..255 for a section of a volume; black where there is no voxel."""
    values = section.values
    rescaled = _rescaled(volume, 0, values) if section.is_stored else values
    stored = values if volume.padding is not None and section.is_stored else None
    grey = _grey(volume, rescaled, stored, window, inverted)
    if section.outside is not None:
        grey[section.outside] = 0
    return grey


def _grey(volume: Volume, rescaled: AnyArray, stored: AnyArray | None, window: Window, inverted: bool) -> ByteArray:
    grey = window.grey(rescaled)
    if volume.inverted != inverted:
        grey = 255 - grey
    if volume.padding is not None and stored is not None:
        grey[(stored >= volume.padding[0]) & (stored <= volume.padding[1])] = 0
    return grey


class Shades:
    """Turns slices into images; keeps the table of the last window.

    Images are RGB32, which Qt scales two to five times faster than its 8-bit formats.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._lut: object = None
        self._table = _Table()
        self._canvases: list[ShadeArray] = []
        self._slice = _Wide()

    def image(
        self, volume: Volume, k: int, window: Window, inverted: bool = False, colours: ShadeArray | None = None
    ) -> QImage:
        """Return slice k as an image of one screen pixel a stored pixel.

        `colours` are the 256 pixels that stand for the greys, as `colour_tables.colour_table` gives them.
        """
        if volume.is_colour:
            return _colour_image(volume.values[k], inverted)
        stored = volume.values[k]
        if not _fits_a_table(stored.dtype):
            return _image_of(_opaque(reference_grey(volume, k, window, inverted), colours))
        canvas = self._canvas(stored.shape)
        table = self._table_for(volume, k, window, inverted, colours)
        if self._slice.is_kept(volume, k):
            table.take(self._slice.wide, out=canvas, mode="wrap")
        else:
            _look_up(table, stored, canvas)
        return _image_of(canvas)

    def section_image(
        self,
        volume: Volume,
        section: Section,
        window: Window,
        inverted: bool = False,
        colours: ShadeArray | None = None,
    ) -> QImage:
        """Return a section of a volume as an image; black where there is no voxel."""
        values = section.values
        if not section.is_stored or not _fits_a_table(values.dtype):
            return _image_of(_opaque(reference_grey_of(volume, section, window, inverted), colours))
        table = self._table_for(volume, 0, window, inverted, colours)
        shades = np.empty(values.shape, dtype=np.uint32)
        _look_up(table, values, shades)
        if section.outside is not None:
            shades[section.outside] = _BLACK
        return _image_of(shades)

    def _canvas(self, shape: tuple[int, ...]) -> ShadeArray:
        """Return pixels to write on that no image uses any more: fresh memory costs as much as the writing.

        Only those of the size that is wanted now are kept: three radiographs are 45 MB.
        """
        self._canvases = [canvas for canvas in self._canvases if canvas.shape == shape]
        for canvas in self._canvases:
            if getrefcount(canvas) <= _UNUSED:
                return canvas
        canvas = np.empty(shape, dtype=np.uint32)
        self._canvases = [*self._canvases[1 - _MOST_CANVASES :], canvas]
        return canvas

    def _table_for(
        self, volume: Volume, k: int, window: Window, inverted: bool, colours: ShadeArray | None = None
    ) -> ShadeArray:
        key = (
            volume.values.dtype,
            float(volume.slope[k]),
            float(volume.intercept[k]),
            volume.padding,
            volume.inverted != inverted,
            window,
            id(colours),
        )
        if key != self._key or volume.lut is not self._lut:
            self._key, self._lut = key, volume.lut
            self._table.write(volume, k, window, inverted, colours)
        return self._table.shades


def _bits(stored: AnyArray) -> AnyArray:
    """Stored values as the places of a table over bit patterns."""
    return np.ascontiguousarray(stored).view(np.uint8 if stored.dtype.itemsize == 1 else np.uint16)


def _look_up(table: ShadeArray, stored: AnyArray, canvas: ShadeArray) -> None:
    """Write what a table over bit patterns says of stored values.

    Nothing can lie beyond the table, and `wrap` is fastest; some rows at a time, so that numpy's wide copy of the
    places stays in the processor's cache.
    """
    bits = _bits(stored)
    step = max(1, _PIXELS_AT_ONCE // bits.shape[1])
    for row in range(0, len(bits), step):
        rows = slice(row, row + step)
        table.take(bits[rows], out=canvas[rows], mode="wrap")


class _Wide:
    """Places in a table as wide as numpy wants them, of the slice that is looked up again and again.

    Widening is a third of a look-up, and a window that is dragged does it with the same slice every time.
    """

    def __init__(self) -> None:
        self.wide: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._volume: Callable[[], Volume | None] = lambda: None
        self._k = -1

    def is_kept(self, volume: Volume, k: int) -> bool:
        """Whether `wide` is of this slice; from the second time on it is, unless the slice is a large one."""
        if volume is not self._volume() or k != self._k:
            self._volume, self._k, self.wide = ref(volume), k, np.empty(0, dtype=np.intp)
        elif not self.wide.size and volume.values[k].size <= _MOST_KEPT_WIDE:
            self.wide = _bits(volume.values[k]).astype(np.intp)
        return bool(self.wide.size)


def _opaque(grey: ByteArray, colours: ShadeArray | None = None) -> ShadeArray:
    """Grey bytes as the screen's 32-bit pixels."""
    return np.take(_GREYS if colours is None else colours, grey)


def _fits_a_table(dtype: np.dtype[Any]) -> bool:
    return bool(dtype.kind in "iu" and dtype.isnative and dtype.itemsize * 8 <= _MOST_BITS_FOR_A_TABLE)


class _Table:
    """Screen pixels of every value that a stored type can hold, by its bit pattern."""

    def __init__(self) -> None:
        self.shades: ShadeArray = np.zeros(0, dtype=np.uint32)
        self._ends: tuple[object, ...] = ()
        self._slope = (0, 0)

    def write(self, volume: Volume, k: int, window: Window, inverted: bool, colours: ShadeArray | None) -> None:
        """Write what a window makes of slice k; what it leaves as black or white as the last one did stays."""
        dtype = volume.values.dtype
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
        plain = _GREYS if colours is None else colours
        shades = plain[::-1] if volume.inverted != inverted else plain
        low, high = (shades[0], shades[255]) if volume.slope[k] > 0 else (shades[255], shades[0])
        first, last = _slope_of(volume, k, window, least, most)
        begin, end = min(first, self._slope[0]), max(last, self._slope[1])
        ends = (dtype, int(low), int(high), volume.padding, int(plain[0]))
        if ends != self._ends:
            self._ends, self.shades = ends, np.empty(most - least + 1, dtype=np.uint32)
            begin, end = least, most
        self._slope = first, last
        sloping = np.arange(first, last + 1).astype(dtype)
        self._put(begin, first, low)
        self._put(first, last + 1, shades.take(window.grey(_rescaled(volume, k, sloping))))
        self._put(last + 1, end + 1, high)
        if volume.padding is not None:
            lowest, highest = (
                min(max(int(one), least), most + 1) for one in (volume.padding[0], volume.padding[1] + 1)
            )
            self._put(lowest, highest, plain[0])

    def _put(self, first: int, stop: int, shades: ShadeArray | np.uint32) -> None:
        """Write what stands for the values from `first` up to `stop`; the bit patterns of negative ones come last."""
        for begin, end in ((first, min(stop, 0)), (max(first, 0), stop)):
            if begin < end:
                part = shades[begin - first : end - first] if isinstance(shades, np.ndarray) else shades
                self.shades[begin : end or None] = part


def _slope_of(volume: Volume, k: int, window: Window, least: int, most: int) -> tuple[int, int]:
    """Return the first and last stored value between black and white; all of them where this cannot be told."""
    slope, intercept = float(volume.slope[k]), float(volume.intercept[k])
    if window.span is None or volume.lut is not None or not (isfinite(slope) and isfinite(intercept) and slope):
        return least, most
    rounding = _SINGLE_STEP * (max(abs(least), most) * abs(slope) + abs(intercept)) / abs(slope)
    ends = sorted((end - intercept) / slope for end in window.span)
    low, high = (min(max(end, least), most) for end in (ends[0] - rounding - 1, ends[1] + rounding + 1))
    return floor(low), ceil(high)


def _rescaled(volume: Volume, k: int, codes: AnyArray) -> AnyArray:
    if volume.lut is not None:
        first, table = volume.lut
        return np.asarray(table[np.clip(codes.astype(np.int64) - first, 0, len(table) - 1)], dtype=np.float32)
    scaled = codes.astype(np.float32)
    scaled *= np.float32(volume.slope[k])
    scaled += np.float32(volume.intercept[k])
    return scaled


class _Held(QImage):
    """An image over an array, which lives as long as the image does."""

    pixels: ShadeArray


def _image_of(shades: ShadeArray) -> QImage:
    packed = np.ascontiguousarray(shades)
    rows, columns = packed.shape
    image = _Held(packed.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
    image.pixels = packed
    return image


def _colour_image(pixels: AnyArray, inverted: bool) -> QImage:
    eight = pixels if pixels.dtype == np.uint8 else (pixels >> (8 * pixels.dtype.itemsize - 8)).astype(np.uint8)
    red, green, blue = np.moveaxis((255 - eight if inverted else eight).astype(np.uint32), -1, 0)
    return _image_of(np.uint32(0xFF000000) | red << np.uint32(16) | green << np.uint32(8) | blue)
