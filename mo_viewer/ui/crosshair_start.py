"""Where the crosshair of MPR begins in a series."""

from collections.abc import Callable

import numpy as np

from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.ui.crosshair import Crosshair, foot
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.geometry import Geometry

_MOVED = 0.75
"""So many voxels from where it began along any axis a crosshair is the reader's: planes stand up to half of one off."""


class CrosshairStart:
    """Begins a crosshair where the reader set it before, else in a lesion, else in the slice that was shown.

    Whatever it is, the reader's own crosshair lies on the slice that was read last.
    """

    def __init__(self, crosshair: Crosshair) -> None:
        self.lesion_in: Callable[[Series], Point | None] = lambda series: None
        self._crosshair = crosshair
        self._own: dict[tuple[object, ...], Point] = {}
        self._begun: tuple[Series, Geometry, FloatArray] | None = None
        self._wanted: Point | None = None

    def leave(self) -> Point | None:
        """Keep a crosshair that the reader has set in its series; return it, None where it was not touched."""
        at, begun = self._crosshair.at_mm, self._begun
        self._begun = None
        if at is None or begun is None:
            return None
        series, geometry, index = begun
        if np.abs(geometry.index_of(np.array(at))[0] - index).max() > _MOVED:
            self._own[series.key] = at
        return self._own.get(series.key)

    def forget(self, series: Series | None) -> None:
        """The reader went to another point of a series outside of MPR: that counts more than an older crosshair."""
        if series is not None:
            self._own.pop(series.key, None)

    def choose(self, series: Series, source: SliceView | None) -> None:
        """Choose where to begin in a series; `source` showed it alone until now, None where nothing did."""
        own = read = self._own.get(series.key)
        if source is not None and source.stack is not None and source.asked is not None:
            read = foot(own or source.middle_mm(), source.stack.plane_at(source.asked))
        self._wanted = read if own is not None else self.lesion_in(series) or read
        self._crosshair.at_mm = None

    def begin(self, series: Series, geometry: Geometry, middle_mm: Point) -> None:
        """Put the crosshair where it was chosen, else in the middle."""
        at = self._wanted or middle_mm
        self._begun = series, geometry, np.round(geometry.index_of(np.array(at))[0])
        self._crosshair.put(at)


def lesion_in(document: Document | None, selected: str, series: Series) -> Point | None:
    """Return the centre of the selected lesion, else of the study's latest one, where it lies within a series."""
    timepoint = None if document is None else document.timepoint(series.source.study_uid)
    if timepoint is None or series.geometry is None:
        return None
    lesions = sorted(timepoint.lesions, key=lambda one: one.tracking_uid == selected)
    lesions = [one for one in lesions if timepoint.is_on(one, series.source, series.geometry)]
    return _centre(lesions[-1], series.geometry) if lesions else None


def _centre(lesion: Lesion, geometry: Geometry) -> Point | None:
    mask = lesion.mask
    if mask is None or not mask.voxels or not geometry.in_patient:
        return None
    index = np.round(geometry.index_of(mask.points_mm().mean(axis=0))[0])
    if (index < 0).any() or (index >= geometry.shape).any():
        return None
    x, y, z = geometry.points_mm(index)[0]
    return float(x), float(y), float(z)
