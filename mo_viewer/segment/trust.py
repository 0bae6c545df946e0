"""When a contour must not be given, and what must be said with it."""

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.segment.edge import Edges
from mo_viewer.segment.mesh import Mesh
from mo_viewer.segment.search import Found
from mo_viewer.volume.arrays import BoolArray, FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.surface import Surface

LEAST_VOLUME_MM3, MOST_VOLUME_MM3, MOST_EXTENT_MM = 10.0, 300_000.0, 250.0
"""A box with a longer diagonal holds no lesion of a muscle: the contour ran along bones, as from rib to rib."""
MUCH_LARGER = 1.1
LEAST_EDGE, MOST_BONE, MOST_BONE_WHEN_FREE, MOST_BONE_OF_PIECE = 0.35, 0.5, 0.35, 0.15
LEAST_EDGE_BY_BONE = 0.65
"""A lesion on the cortex that a dark line seemed to part from it stands on edges all round its base; the spongy end of
a bone does not (own choice)."""
LEAST_EDGE_OF_BODY = 0.15
"""A body on which separate fragments lie stands on edges where these are."""
OFF_SURFACE_MM, OFF_SHARE = 5.0, 0.25
DISAGREEMENT, MOST_HIDDEN = 0.10, 0.25
"""Where surface and voxels differ by more than this share, the size is that of single voxels; where the slices hide as
much of it besides, it tells nothing."""
CUT_OFF = "The lesion reaches the end of the images and may go on beyond."
PARTED = "Another lesion was marked in the same calcification: it is parted half-way between the marks."
OF_SIZE = (CUT_OFF, PARTED)
"""What is said of a contour and means that its size is not that of the whole lesion."""
HINT = "Click in the middle of the calcification."
APART, ON_BONE = ("free", "far"), "The contour would lie on native bone although the lesion seemed to be apart from it."


def refuse_if_unreliable(surface: Surface, edges: Edges, route: str, of_fragments: bool = False) -> None:
    """Refuse a contour that is too small or large, or rests on too little edge.

    Raises
    ------
    Refused
        With the reason.
    """
    extent = np.ptp(surface.vertices_mm, axis=0)
    if not LEAST_VOLUME_MM3 <= surface.volume_mm3 <= MOST_VOLUME_MM3 or np.linalg.norm(extent) > MOST_EXTENT_MM:
        raise Refused("No reliable contour was found.", HINT)
    if edges.on_bone.mean() > MOST_BONE:
        raise Refused("The contour would mostly follow native bone.", HINT)
    on_bone = float(edges.on_bone.mean())
    spongy = on_bone > MOST_BONE_OF_PIECE and edges.on_edge.mean() < LEAST_EDGE_BY_BONE
    if route in APART and (on_bone > MOST_BONE_WHEN_FREE or spongy):
        raise Refused(ON_BONE, HINT)
    if edges.on_edge.mean() < (LEAST_EDGE_OF_BODY if of_fragments else LEAST_EDGE):
        raise Refused("Too little of the contour would stand on a visible edge.", HINT)


def refuse_too_large(first: Mesh) -> None:
    """Refuse what goes on through the image before hundreds of thousands of its vertices are settled.

    Raises
    ------
    Refused
        With the reason.
    """
    if first.volume() > MUCH_LARGER * MOST_VOLUME_MM3 or np.linalg.norm(np.ptp(first.vertices, axis=0)) > (
        MUCH_LARGER * MOST_EXTENT_MM
    ):
        raise Refused("No reliable contour: what is as dense as the marked point goes on through the images.", HINT)


def refuse_elsewhere(surface: Surface, clicks_mm: FloatArray, calcified: BoolArray) -> None:
    """Refuse a contour that is not of what was clicked; `calcified` (n,) tells whether clicks are on something dense.

    Raises
    ------
    Refused
        With the reason.
    """
    reach = max(OFF_SURFACE_MM, OFF_SHARE * float(np.ptp(surface.vertices_mm, axis=0).max()))
    for click, dense in zip(clicks_mm, calcified, strict=True):
        away = float(np.linalg.norm(surface.vertices_mm - click, axis=1).min())
        if away <= (OFF_SURFACE_MM if dense else reach) or encloses(surface, click):
            continue
        if dense:
            raise Refused(
                "What was marked could not be told from native bone; only something beside it could.",
                "Correct the native bone, or mark the lesion with the brush.",
            )
        raise Refused(
            f"There is no calcification at the marked point; the nearest lies {away:.0f} mm away.",
            "Click on or inside the calcification.",
        )


def refuse_pieces(size_mm3: float, disagreement_mm3: float, hidden_mm3: float, bone_share: float, route: str) -> None:
    """Refuse a contour whose surface and voxels differ where it is too thin for the slices, or a piece cut off by bone.

    A single fragment of many, seen in thick slices, is the first; the second a piece of a lesion on the cortex.

    Raises
    ------
    Refused
        With the reason.
    """
    if disagreement_mm3 <= DISAGREEMENT * size_mm3:
        return
    if hidden_mm3 > MOST_HIDDEN * size_mm3:
        raise Refused(
            "What was clicked is too thin for these slices: its size cannot be told.",
            "Choose a series with thinner slices, click on more of the lesion, or mark it with the brush.",
        )
    if route in APART and bone_share > MOST_BONE_OF_PIECE:
        raise Refused(ON_BONE, HINT)


def encloses(surface: Surface, point_mm: FloatArray) -> bool:
    """Whether a point lies inside a closed surface (sum of solid angles; Van Oosterom and Strackee 1983)."""
    a, b, c = (surface.vertices_mm[surface.triangles[:, i]] - point_mm for i in range(3))
    la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c))
    below = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
    return bool(abs(2.0 * np.arctan2(volume, below).sum()) > 2.0 * np.pi)


def warnings(surface: Surface, found: Found, geometry: Geometry) -> tuple[str, ...]:
    """Return what a reader must know about the contour."""
    said = []
    index = geometry.index_of(surface.vertices_mm)
    if (index < 0.0).any() or (index > np.array(geometry.shape) - 1.0).any():
        said.append(CUT_OFF)
    if found.parted:
        said.append(PARTED)
    if found.tissue.assumed:
        said.append("No muscle was found near the lesion, so a usual value stands for the background.")
    return tuple(said)
