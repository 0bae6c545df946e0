"""When a contour is refused rather than given: what is too thin for the slices, pieces, spongy bone."""

from types import SimpleNamespace

import numpy as np
import pytest

from mo_viewer.base.faults import Refused
from mo_viewer.segment.edge import Edges
from mo_viewer.segment.mesh import of_level
from mo_viewer.segment.trust import refuse_elsewhere, refuse_if_unreliable, refuse_pieces
from mo_viewer.volume.surface import Surface

SIZE_MM3 = 1000.0


@pytest.mark.parametrize(
    ("disagreement", "hidden", "bone_share", "route", "reason"),
    [
        (0.12, 0.30, 0.0, "free", "too thin for these slices"),
        (0.12, 0.20, 0.0, "free", ""),
        (0.08, 0.90, 0.0, "free", ""),
        (0.12, 0.0, 0.16, "free", "seemed to be apart"),
        (0.12, 0.0, 0.16, "valley", ""),
        (0.08, 0.0, 0.16, "free", ""),
    ],
)
def test_what_voxels_and_surface_disagree_about_is_refused_where_it_is_thin_or_a_piece(
    disagreement: float, hidden: float, bone_share: float, route: str, reason: str
) -> None:
    asked = (SIZE_MM3, disagreement * SIZE_MM3, hidden * SIZE_MM3, bone_share, route)
    if not reason:
        refuse_pieces(*asked)
        return
    with pytest.raises(Refused, match=reason):
        refuse_pieces(*asked)


@pytest.mark.parametrize(
    ("edge", "bone", "route", "refused"),
    [
        (0.78, 0.20, "free", False),
        (0.55, 0.20, "free", True),
        (0.60, 0.38, "free", True),
        (0.60, 0.38, "valley", False),
        (0.80, 0.10, "far", False),
    ],
)
def test_a_base_on_bone_stands_on_edges_all_round_and_spongy_bone_does_not(
    edge: float, bone: float, route: str, refused: bool
) -> None:
    count = 100
    on_edge = np.arange(count) < edge * count
    on_bone = ~on_edge & (np.arange(count) < (edge + bone) * count)
    cube = np.array(np.meshgrid((0.0, 9.0), (0.0, 9.0), (0.0, 9.0))).reshape(3, -1).T
    surface = SimpleNamespace(vertices_mm=cube, volume_mm3=729.0, triangles=np.zeros((0, 3), dtype=np.int32))
    edges = Edges(np.zeros(count), on_edge, on_bone)
    if refused:
        with pytest.raises(Refused):
            refuse_if_unreliable(surface, edges, route)  # type: ignore[arg-type]
    else:
        refuse_if_unreliable(surface, edges, route)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("away_mm", "dense", "reason"),
    [(4.0, True, ""), (7.0, True, "told from native bone"), (9.0, False, ""), (14.0, False, "nearest lies 14 mm away")],
)
def test_a_contour_of_something_else_than_what_was_clicked_is_refused(away_mm: float, dense: bool, reason: str) -> None:
    stack = np.indices((60, 24, 24)) - np.array([30.0, 12.0, 12.0])[:, None, None, None]
    made = of_level(np.linalg.norm(stack / np.array([2.5, 1.0, 1.0])[:, None, None, None], axis=0) - 10.0, 0.0, 1.0)
    assert made is not None
    surface = Surface(made.vertices, made.triangles)
    click = np.array([[30.0, 22.0 + away_mm, 12.0]])
    if not reason:
        refuse_elsewhere(surface, click, np.array([dense]))
        return
    with pytest.raises(Refused, match=reason):
        refuse_elsewhere(surface, click, np.array([dense]))
