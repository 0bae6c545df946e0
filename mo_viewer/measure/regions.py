"""A lesion's contour on a projection as regions, which the reader's calibration line measures as any other region."""

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.findings.lesion import Lesion, new_tracking_uid
from mo_viewer.findings.mark import Mark, MarkKind
from mo_viewer.measure.marks import image_of
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.plane import Plane
from mo_viewer.volume.volume import Volume

OFF_PX = 0.2
"""A region may lie so far off the contour; it then has a tenth of the points, as one that is drawn by hand."""


def regions_of(lesion: Lesion, volume: Volume) -> tuple[Mark, ...]:
    """Return the closed lines that a picture shows of a lesion, each as a Freehand region under the lesion's name.

    Parameters
    ----------
    lesion, volume
        The lesion, and the image that its contour lies on: one without a place in the patient.

    Raises
    ------
    Refused
        When the contour has a hole: a region has none, and its area would be too large.
    """
    if lesion.surface is None or lesion.mask is None:
        return ()
    geometry, made = volume.geometry, []
    first = lesion.mask.corner[0]
    for k in range(first, first + lesion.mask.inside.shape[0]):
        lines = [geometry.index_of(line)[:, 1:] for line in lesion.surface.cut(Plane.of_slice(geometry, k))]
        turns = {bool(_signed_area(line) > 0) for line in lines}
        if len(turns) > 1:
            raise Refused(
                f"The contour of {lesion.label} has a hole, and a region has none.", "Fill holes (Shift+F) closes it."
            )
        made += [_region(lesion.label, _thinned(line), volume, k) for line in lines]
    return tuple(made)


def _region(label: str, line: FloatArray, volume: Volume, k: int) -> Mark:
    points = tuple((0.0, float(row), float(column)) for row, column in line)
    return Mark(
        new_tracking_uid(), MarkKind.FREEHAND, points, image_of(volume, k), volume.geometry.in_patient, label=label
    )


def _thinned(line: FloatArray) -> FloatArray:
    """A closed line without the points that it passes within `OFF_PX` of without them."""
    from skimage.measure import approximate_polygon

    kept: FloatArray = approximate_polygon(np.vstack([line, line[:1]]), OFF_PX)[:-1]
    return kept


def _signed_area(line: FloatArray) -> float:
    """Twice the area of (n, 2) points in turn; the sign tells an outer line from that of a hole."""
    around = line - line.mean(axis=0)
    after = np.roll(around, -1, axis=0)
    return float((around[:, 0] * after[:, 1] - around[:, 1] * after[:, 0]).sum())
