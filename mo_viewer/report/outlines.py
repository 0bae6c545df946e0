"""Closed lines round the voxels of a slice, and as content items of a structured report."""

from typing import Any

import numpy as np

from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.codes import code
from mo_viewer.report.headers import Slice
from mo_viewer.report.keys import key_slice
from mo_viewer.report.maker import coded
from mo_viewer.volume.arrays import BoolArray, FloatArray

_FEWEST_POINTS = 6
"""Cornerstone3D takes a closed line of four or five points for a rectangle that somebody drew."""


def outlines(inside: BoolArray) -> list[FloatArray]:
    """Return the closed outer outlines of a slice's voxels, each (n, 2) column and row.

    As SCOORD counts: 0 is the corner of the first pixel, 0.5 its centre; the last point repeats the first.
    """
    from scipy import ndimage
    from skimage.measure import find_contours

    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        return []
    box = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    filled = np.pad(ndimage.binary_fill_holes(box), 1)
    lines = find_contours(filled.astype(np.float64), 0.5)
    corner = columns[0] - 0.5, rows[0] - 0.5
    return [np.clip(_finer(line[:, ::-1]) + corner, 0, inside.shape[::-1]) for line in lines]


def largest_outline(lesion: Lesion) -> FloatArray:
    """Return the closed line round most of the lesion in its key slice, as `outlines` does."""
    assert lesion.mask is not None
    inside = lesion.mask.slice_inside(key_slice(lesion))
    assert inside is not None
    return max(outlines(inside), key=_area)


def key_outline(lesion: Lesion, at: Slice) -> Any:
    """Return the largest outline as an SCOORD item that stands directly in a group.

    The adapters of Cornerstone3D expect a graphic in every group, and raise a TypeError where there is none.

    Parameters
    ----------
    lesion
        One with voxels.
    at
        Its key slice.
    """
    from highdicom import sr

    frames = None if at.instance.frame is None else [at.instance.frame]
    made = sr.ScoordContentItem(
        name=coded(code("key_outline")),
        graphic_type="POLYLINE",
        graphic_data=largest_outline(lesion),
        relationship_type="CONTAINS",
    )
    made.ContentSequence = sr.ContentSequence(
        [sr.SourceImageForRegion(at.kind, at.uid, referenced_frame_numbers=frames)]
    )
    return made


def _finer(line: FloatArray) -> FloatArray:
    while len(line) < _FEWEST_POINTS:
        line = np.insert(line, 1, (line[0] + line[1]) / 2, axis=0)
    return line


def _area(line: FloatArray) -> float:
    x, y = line.T
    return float(abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2)
