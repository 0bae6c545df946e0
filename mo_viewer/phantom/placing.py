"""Putting a body at an exact distance from a bone."""

import numpy as np

from mo_viewer.phantom.shapes import Placed, Shape
from mo_viewer.phantom.truth import distance_mm
from mo_viewer.volume.arrays import FloatArray, Point

_FARTHEST_MM = 120.0


def beside(
    bone: Shape,
    shape: Shape,
    axis_mm: Point,
    towards: tuple[float, float],
    gap_mm: float,
    turn: FloatArray | None = None,
) -> Placed:
    """Place a shape so that the least distance of its surface from a bone's is `gap_mm` (negative: sunk in).

    The shape is moved from `axis_mm`, a point in the bone, in the direction `towards` (x, y).
    """
    turned = np.eye(3) if turn is None else turn
    surface = surface_points(shape) @ turned.T + np.array(axis_mm)
    along = np.array([*towards, 0.0]) / np.hypot(*towards)
    near, far = 0.0, _FARTHEST_MM
    for _ in range(24):
        middle = (near + far) / 2
        if float(distance_mm(bone, surface + middle * along).min()) < gap_mm:
            near = middle
        else:
            far = middle
    x, y, z = np.array(axis_mm) + far * along
    return Placed(shape, (float(x), float(y), float(z)), turned)


def surface_points(shape: Shape, along: int = 56) -> FloatArray:
    """(n, 3) points of a shape's surface in its own frame."""
    from skimage.measure import marching_cubes

    low, high = shape.box
    pitch = float((high - low).max() / along)
    low = low - 2 * pitch
    counts = np.ceil((high - low) / pitch).astype(int) + 3
    depth = shape.depth(np.indices(tuple(counts)).reshape(3, -1).T * pitch + low).reshape(counts)
    vertices: FloatArray = marching_cubes(depth, 0.0, spacing=(pitch,) * 3)[0] + low
    return vertices
