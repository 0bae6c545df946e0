"""A surface that has gone through itself, as in a narrow bay, and the same made anew from what lies inside it."""

import numpy as np

from mo_viewer.segment.distance import away_from, depth_in
from mo_viewer.segment.enclosure import UNIT, smooth_level
from mo_viewer.segment.mesh import Mesh, of_level
from mo_viewer.segment.voxels import winding
from mo_viewer.volume.arrays import AnyArray

FINEST_MM, ACROSS = 0.5, 60
MARGIN = 4
FOLDED = 0.015
"""So much of the inside wound the wrong way round, and what edges are found there mean nothing (own choice)."""


def unfolded(mesh: Mesh) -> Mesh | None:
    """Return a mesh of the same inside that does not go through itself; None where this one hardly does."""
    low = mesh.vertices.min(axis=0)
    extent = np.ptp(mesh.vertices, axis=0)
    step = max(FINEST_MM, float(extent.max()) / ACROSS)
    rows, columns, depth = (int(n) + 1 + 2 * MARGIN for n in np.ceil(extent / step))
    start = low - MARGIN * step
    turns = winding((mesh.vertices - start) / step, mesh.triangles, (rows, columns, depth))
    if folded_share(turns) <= FOLDED:
        return None
    inside = (turns & 1).astype(bool)
    signed = np.where(inside, 0.5 - depth_in(inside, UNIT), away_from(inside, UNIT) - 0.5) * step
    made = of_level(smooth_level(signed), 0.0, step)
    return None if made is None else made.moved(made.vertices + start)


def folded_share(turns: AnyArray) -> float:
    """Return the share of what lies inside that a surface goes round more than once, or the wrong way."""
    within = turns != 0
    right = turns == (1 if int(turns.sum()) > 0 else -1)
    return float(np.count_nonzero(within & ~right)) / max(1, int(np.count_nonzero(within)))
