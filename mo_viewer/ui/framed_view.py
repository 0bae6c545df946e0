"""A widget on which a plane of the patient lies: where its points are on the screen, zoom, turning."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

import numpy as np
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mo_viewer.ui.framing import Framing, Turn
from mo_viewer.ui.stack import Picture, Stack
from mo_viewer.volume.arrays import FloatArray, Point

SETTLES_S = 5.0
"""So long a series is new to the reader: what takes a little room then (a message) does not change its zoom."""


class FramedView(QWidget):
    """What a `SliceView` is as far as places are concerned. `changed`: slice, window or framing are different."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stack: Stack | None = None
        self.asked: int | None = None
        self.shown: Picture | None = None
        self.framing = Framing(1.0, (0.0, 0.0), (1, 1))
        self._fitted = True
        self._is_kept = False
        self._since = -SETTLES_S

    # -- how it lies there

    @property
    def is_fitted(self) -> bool:
        """Whether the whole slice is shown, also when the pane's size changes."""
        return self._fitted

    def set_framing(self, framing: Framing, fitted: bool = False) -> None:
        """Zoom or move; the picture no longer follows the size of the pane, unless it is `fitted` to another's."""
        self.framing = framing
        self._fitted = fitted
        self._look_under_cursor()
        self._tell()

    def fit(self) -> None:
        """Show the whole slice, and keep doing so when the pane's size changes."""
        self._fitted = True
        if self.stack is not None:
            self.framing = Framing.fit(self.stack.bounds, (self.width(), self.height()), self.framing.turn)
        self._tell()

    @contextmanager
    def keeping_zoom(self) -> Iterator[None]:
        """Keep the zoom of a series that was just opened, whatever room its pane is given meanwhile."""
        self._is_kept = monotonic() - self._since < SETTLES_S
        try:
            yield
        finally:
            self._is_kept = False

    def turn(self, by: Turn) -> None:
        """Turn or flip what is seen."""
        self.framing = self.framing.turned(by)
        if self._fitted:
            self.fit()
        self._look_under_cursor()
        self._tell()

    def true_pixels(self) -> None:
        """Show one image column in one screen pixel."""
        if self.stack is not None:
            self.zoom_to(1 / self.stack.pixel_mm[1])

    def zoom_to(self, px_per_mm: float) -> None:
        """Show a millimetre of the plane that many logical pixels long, the middle as it is."""
        middle = (self.width() / 2, self.height() / 2)
        self.set_framing(self.framing.zoomed(px_per_mm / self.framing.px_per_mm, middle))

    # -- where things are

    def point_at(self, at: QPointF) -> Point | None:
        """Return the LPS point under a widget position; None where there is none."""
        return self.place_at(at) if self.shown is not None and self.shown.volume.geometry.in_patient else None

    def place_at(self, at: QPointF) -> Point | None:
        """Return the place on the shown plane under a widget position, LPS mm; of a projection mm of the image."""
        if self.shown is None:
            return None
        x, y, z = self.shown.plane.to_patient(self._flat(at))[0]
        return float(x), float(y), float(z)

    def middle_mm(self) -> Point:
        """Return the LPS point in the middle of the pane, on the shown plane."""
        assert self.stack is not None
        plane = self.stack.plane_at(self.asked or 0) if self.shown is None else self.shown.plane
        x, y, z = plane.to_patient(np.array(self.framing.centre_mm))[0]
        return float(x), float(y), float(z)

    def centre_on(self, at_mm: Point) -> None:
        """Move so that the foot of an LPS point on the shown plane is in the middle; zoom stays."""
        if self.shown is not None:
            x, y = self.shown.plane.on_plane(np.array(at_mm))[0]
            self.set_framing(replace(self.framing, centre_mm=(float(x), float(y))))

    def position_of(self, at_mm: Point) -> QPointF:
        """Return where an LPS point lies on the widget, projected on the shown plane."""
        assert self.shown is not None
        return QPointF(*self.framing.to_screen(self.shown.plane.on_plane(np.array(at_mm)))[0])

    # -- events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again while fitted, else keep zoom and middle."""
        if self._fitted and not self._is_kept:
            self.fit()
        else:
            self.framing = self.framing.resized((self.width(), self.height()))

    # -- inside

    def _tell(self) -> None:
        self.changed.emit()
        self.update()

    def _flat(self, at: QPointF) -> FloatArray:
        return self.framing.to_flat(np.array([at.x(), at.y()]))

    def _look_under_cursor(self) -> None:
        """What lies under the cursor may be something else now."""
