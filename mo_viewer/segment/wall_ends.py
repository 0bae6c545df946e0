"""Which edges are none of a lesion's outside: muscle beside fat, and the ends of a wall at its gap."""

import numpy as np

from mo_viewer.segment.mesh import Mesh, spanning
from mo_viewer.segment.shell import ramp
from mo_viewer.volume.arrays import BoolArray, FloatArray

W_EDGE, W_BONE, W_GAP = 1.0, 0.3, 0.001
"""How much a surface is held by edges, by bone, and where it has neither."""
GAP_MM, WEAK, FAINT_HU, MOST_ROUNDS = 5.0, 0.5, 20.0, 30
OPEN_FROM, OPEN_TO = 0.28, 0.38
"""Where a wall ends at its gap (up to twice as wide) edges are half as high as on all sides; those of muscle are faint.
Of shells up to 0.26 of the surface is open then, of clouds of fragments 0.40 and more (own choice, from phantoms)."""
ENDS_MM, IN_MM = 3.5, 0.5
"""So far from its gap a wall may turn in, and by so much less than what lies around it would span."""
LOOSE_FROM, LOOSE_TO = 0.4, 0.6
"""Where as much of a surface lies at gaps, the rest does not tell how it goes on above them."""
HOLLOW_FROM, HOLLOW_TO = 1.15, 1.3
"""Hulls of shells with gaps are as large as these shells (1.12 at most); those of bodies side by side are larger, and
between these nothing is to be spanned (1.4 and more)."""


def weak(mesh: Mesh, high: FloatArray, held: BoolArray, pictured: bool) -> BoolArray:
    """Return which edges are as faint as muscle, or (`pictured`) lie where a wall with gaps ends at one.

    `high` is how far the calcification at each edge lies above muscle, HU: at a wall's end it is much less than on all
    sides. `held` is what stands on edges or bone: where much of a surface would be open, it is one of fragments, and
    what is lower between them, but for muscle, is as good an edge.
    """
    evened = mesh.averaged(high)
    least = np.full(evened.shape, FAINT_HU)
    if pictured:
        least = np.maximum(least, WEAK * mesh.closed(evened, _rounds(mesh, GAP_MM)))
    walled = 1.0 - ramp(float(np.mean(~held | (evened < least))), OPEN_FROM, OPEN_TO)
    faint: BoolArray = evened < np.maximum(FAINT_HU, walled * least)
    return faint


def turning_in(mesh: Mesh, shift: FloatArray, clear: BoolArray, on_bone: BoolArray) -> BoolArray:
    """Return which of the `clear` edges are those of a wall's end: the surface around spans the gap above them.

    `shift` (mm along the normals) leads to edges and to bone.
    """
    gap = ~(clear | on_bone)
    if not gap.any():
        return gap
    near = mesh.widened(gap, _rounds(mesh, ENDS_MM))
    told = 1.0 - ramp(float(near.mean()), LOOSE_FROM, LOOSE_TO)
    told *= 1.0 - ramp(mesh.hull_share(), HOLLOW_FROM, HOLLOW_TO)
    if not told:
        return np.zeros_like(gap)
    normals = mesh.normals()
    spanned = spanning(mesh, mesh.vertices + shift[:, None] * normals, near)
    above = np.zeros(len(shift))
    above[near] = ((spanned - mesh.vertices[near]) * normals[near]).sum(axis=1) - shift[near]
    ends: BoolArray = clear & (told * above > IN_MM)
    return ends


def _rounds(mesh: Mesh, reach_mm: float) -> int:
    """So many neighbours on reach so far."""
    sides = mesh.vertices[mesh.triangles[:, 0]] - mesh.vertices[mesh.triangles[:, 1]]
    return min(int(np.ceil(reach_mm / np.linalg.norm(sides, axis=1).mean())), MOST_ROUNDS)
