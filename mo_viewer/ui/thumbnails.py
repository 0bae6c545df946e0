"""Small pictures of series: made in the background from the middle slice, kept in memory."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from mo_viewer.base.faults import Fault
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load_slice
from mo_viewer.dicom.series import Series
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.presets import Preset, first_window
from mo_viewer.volume.arrays import AnyArray, ByteArray
from mo_viewer.volume.source import Instance
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window

SIDE_PX = 132
"""Longer side of a picture: three times its place in the list, so that it is sharp on any screen."""
MOST_KEPT = 400
SOFT_TISSUE = Preset(Window(40.0, 400.0))


@dataclass(frozen=True, eq=False)
class _Picture:
    """A picture, None where it could not be made, and what it was made of."""

    image: QImage | None
    of: Instance | None
    frames: int


class Thumbnails(QObject):
    """Gives pictures that are there, and makes those that are not, one after the other.

    Series go by the key of their row, which stays while they grow. `ready` carries the key of a picture that can be
    painted now. A series that grew keeps its picture as long as the image it shows is one of the series.
    """

    ready = Signal(str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._pictures: OrderedDict[str, _Picture] = OrderedDict()
        self._waiting: OrderedDict[str, Series] = OrderedDict()
        self._making: Ticket | None = None

    def image(self, key: str) -> QImage | None:
        """Return the picture, None while there is none or when the pixels cannot be read; never blocks."""
        known = self._pictures.get(key)
        return None if known is None else known.image

    def want(self, key: str, series: Series, soon: bool = False) -> None:
        """Have a picture made unless it is there or failed before; `soon` puts it in front of all that wait."""
        if not series.is_image or self._is_true(key, series):
            return
        self._waiting[key] = series
        if soon:
            self._waiting.move_to_end(key, last=False)
        self._make_next()

    def clear(self) -> None:
        """Stop making pictures and forget those that were made."""
        self._waiting.clear()
        if self._making is not None:
            self._making.cancel()
        self._pictures.clear()

    def _is_true(self, key: str, series: Series) -> bool:
        known = self._pictures.get(key)
        if known is None:
            return False
        if known.frames != series.frames:
            known = _Picture(known.image, known.of, series.frames) if known.of in series.source.instances else None
            if known is not None:
                self._pictures[key] = known
        return known is not None

    def _make_next(self) -> None:
        if self._making is not None:
            return
        while self._waiting:
            key, series = self._waiting.popitem(last=False)
            if not self._is_true(key, series):
                self._start(key, series)
                return

    def _start(self, key: str, series: Series) -> None:
        self._making = self._jobs.run(
            "Small pictures",
            lambda ticket: _made(series, ticket),
            lambda image: self._take(key, series, image),
            lambda fault: self._take(key, series, None),
            stopped=self._stopped,
        )

    def _take(self, key: str, series: Series, image: QImage | None) -> None:
        middle = _middle(series)
        shown = series.source.instances[middle] if middle < len(series.source.instances) else None
        self._pictures[key] = _Picture(image, shown, series.frames)
        while len(self._pictures) > MOST_KEPT:
            self._pictures.popitem(last=False)
        self.ready.emit(key)
        self._stopped()

    def _stopped(self) -> None:
        self._making = None
        self._make_next()


def _middle(series: Series) -> int:
    return series.frames // 2


def _made(series: Series, ticket: Ticket) -> QImage:
    ticket.check()
    return picture(load_slice(series, _middle(series)))


def picture(volume: Volume) -> QImage:
    """Return the first slice of a volume as a picture of at most `SIDE_PX`, with square pixels.

    Raises
    ------
    Fault
        When the slice has no pixels.
    """
    rows, columns = volume.geometry.shape[1:]
    if not rows or not columns:
        raise Fault("The image has no pixels.", code="no_rows")
    values = _coarse(volume.rescaled_slice(0))
    grey = np.ascontiguousarray(_colours(values) if volume.is_colour else _greys(values, volume))
    form = QImage.Format.Format_RGB888 if volume.is_colour else QImage.Format.Format_Grayscale8
    image = QImage(grey.data, grey.shape[1], grey.shape[0], grey.strides[0], form).copy()
    return _square_pixels(image, volume)


def _coarse(values: AnyArray) -> AnyArray:
    """Average blocks of pixels, so that what follows works on no more than the screen can show."""
    rows, columns = values.shape[:2]
    step = max(rows, columns) // (2 * SIDE_PX)
    if step < 2 or min(rows, columns) < step:
        return values
    whole = values[: rows // step * step, : columns // step * step]
    blocks: AnyArray = whole.reshape(rows // step, step, columns // step, step, -1).mean(axis=(1, 3))
    return blocks if values.ndim == 3 else blocks[..., 0]


def _greys(values: AnyArray, volume: Volume) -> ByteArray:
    grey = first_window(volume, 0, (SOFT_TISSUE,)).grey(values)
    return np.invert(grey) if volume.inverted else grey


def _colours(values: AnyArray) -> ByteArray:
    top = max(float(values.max()), 255.0)
    return np.asarray(np.clip(values * (255.0 / top), 0, 255), dtype=np.uint8)


def _square_pixels(image: QImage, volume: Volume) -> QImage:
    _, row_mm, column_mm = volume.geometry.spacing_mm
    height, width = image.height() * row_mm, image.width() * column_mm
    scale = SIDE_PX / max(height, width)
    return image.scaled(
        max(1, round(width * scale)),
        max(1, round(height * scale)),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
