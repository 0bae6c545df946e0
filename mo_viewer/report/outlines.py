"""Closed lines round the voxels of a slice."""

import numpy as np

from mo_viewer.volume.arrays import BoolArray, FloatArray


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
    return [np.clip(line[:, ::-1] + corner, 0, inside.shape[::-1]) for line in lines]
