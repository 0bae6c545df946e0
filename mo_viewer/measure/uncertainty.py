"""How far off a contour and its volume may be: all that is known of its edges, its base, and what it leaves out."""

import numpy as np

from mo_viewer.measure import doubts, extent, spread
from mo_viewer.segment.mark import Marked
from mo_viewer.volume.volume import Volume

FOLDED_SHARE = 0.03
AS_DENSE = 2.0
"""How much less certain a base on bone is where the lesion is as dense: its foot cannot be seen either."""


def off_by(
    volume: Volume, marked: Marked, slice_mm: float, hull: tuple[float, float], surrounds: float
) -> tuple[float, float]:
    """Return how far a surface may be off everywhere (mm), and its volume (mm3) with what was left out of it.

    `hull` is the volume (mm3) and area (mm2) of the hull of separate fragments, `surrounds` how far these surround what
    lies between them (0 to 1).
    """
    slices = extent.height_of_parts(marked.surface, volume.geometry.normal) / max(slice_mm, 1e-3)
    on_bone = marked.bone_share * (AS_DENSE if marked.bone_route == "shaft" else 1.0)
    known = (slice_mm, marked.gap_share, on_bone, marked.wall_doubt_mm, marked.hidden_mm)
    area, patchy = marked.surface.area_mm2, marked.patchy
    off = spread.of_volume(area, spread.edge_shift(*known, slices=slices))
    if patchy > 0:
        cloud = spread.of_cloud(marked.surface.volume_mm3, *hull, surrounds)
        off = max(off, spread.of_volume(area, spread.edge_shift(slice_mm, 0.0, 0.0, *known[3:])) + patchy * cloud)
    off += spread.of_volume(area, spread.of_low(slice_mm, slices_spanned(volume, marked, slice_mm)))
    dense, others = marked.dense.volume_mm3, marked.left_out
    piece_of = doubts.spanned(marked.surface, others, dense, spread.BEYOND_MM + 0.5 * slice_mm)
    beside = marked.open_mm3 + max(doubts.beside(others, dense, marked.surface.volume_mm3), piece_of)
    folded = max(0.0, marked.disagreement_mm3 - FOLDED_SHARE * marked.surface.volume_mm3)
    return spread.edge_shift(*known, patchy, slices, surrounds), off + beside + folded


def slices_spanned(volume: Volume, marked: Marked, slice_mm: float) -> float:
    """Return how many slice thicknesses the lesion is high along the stack."""
    heights = marked.surface.vertices_mm @ volume.geometry.normal
    return float(np.ptp(heights)) / max(slice_mm, 1e-3)
