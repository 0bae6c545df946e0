"""The separate pieces of a region."""

import numpy as np

from mo_viewer.segment.distance import box_round
from mo_viewer.volume.arrays import AnyArray, BoolArray

CORNERS = np.ones((3, 3, 3), dtype=bool)
"""Voxels that touch by a corner only are of one piece."""


def pieces(inside: BoolArray, touching: BoolArray | None = None) -> tuple[AnyArray, int]:
    """Return the numbers of the piece that each voxel belongs to, from 1 (0 outside), and how many pieces there are.

    `touching` (3, 3, 3) is which neighbours are of one piece: those that share a face when it is None. Only the box
    that holds the region is looked at, which of a small region in a wide grid takes a fraction of the time.
    """
    from scipy import ndimage

    labels = np.zeros(inside.shape, dtype=np.int32)
    box = box_round(inside, by_mm=0.0)
    if box is None:
        return labels, 0
    labels[box], count = ndimage.label(inside[box], structure=touching)
    return labels, int(count)
