"""In which order a reader goes through parallel planes, and so which number each bears."""

import numpy as np

from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.geometry import Geometry

_ONWARDS = (1, 1, -1)
"""Scrolling on goes to the patient's left, to posterior, and to the feet, whatever order the files have."""


def is_backwards(normal: FloatArray) -> bool:
    """Whether reading goes against rising indices of planes that rise along `normal`, a (3,) LPS vector."""
    axis = int(np.argmax(np.abs(normal)))
    return bool(normal[axis] * _ONWARDS[axis] < 0)


def slices_backwards(geometry: Geometry) -> bool:
    """Whether the slices of a stack are read against their rising indices."""
    return geometry.in_patient and geometry.shape[0] > 1 and is_backwards(geometry.normal)


def image_number(geometry: Geometry, k: int) -> int:
    """Return the number, from 1, that slice `k` bears on the screen and wherever a reader is told of it."""
    return geometry.shape[0] - k if slices_backwards(geometry) else k + 1
