"""What a size leaves open, in words: bodies of fragments, and calcification beside the contour."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.segment.left_out import LeftOut
from mo_viewer.segment.shell import ramp
from mo_viewer.volume.surface import Surface

MUCH = 0.10
"""So much beside the contour, as a share of what is dense in it, and the size may be that of a part."""
SEEN = 0.05
"""What goes on beyond what was looked at is warned of if so much of it is seen."""
MOST_PLACES = 5
NEAR_MM, FAR_MM, SMALL, LARGE = 10.0, 16.0, 0.25, 0.5
"""What lies farther off and is as large (as a share of what is dense in the contour) is a lesion of its own (own
choice)."""
BODY_FROM_MM3, BODY_TO_MM3 = 500.0, 1500.0
"""A lesion of such a size (all within its surface) is no fragment of calcification as large beside it (own choice)."""
PIECE_FROM, PIECE_TO = 1.0, 2.0
"""So much more beside the contour than in it, and the contour is that of a piece of what lies there (own choice)."""
FRAGMENTS, OPEN_BAY = "drawn round separate fragments", "open on one side"
"""How warnings begin of which two studies of one lesion share most: what bounds it is unknown alike in both."""


def fragments(hull_mm3: float) -> str:
    """Return what to say of a surface drawn round separate fragments, with the size of their hull."""
    return (
        f"{FRAGMENTS}: what bounds the lesion between them cannot be seen "
        f"(stretched tightly round them all: {hull_mm3 / 1000:.2f} cm3)"
    )


def open_bay(bay_mm3: float, size_mm3: float) -> str:
    """Return what to say of a bay that was left out because it is open to the outside and reads like it."""
    return (
        f"{OPEN_BAY}: a bay of at least {bay_mm3 / 1000:.2f} cm3 that reads like the tissue outside is left out "
        f"(with it at least {(size_mm3 + bay_mm3) / 1000:.2f} cm3)"
    )


def left_out(others: Sequence[LeftOut], dense_mm3: float, size_mm3: float) -> tuple[str, ...]:
    """Return a warning when much calcification lies beside the contour, or goes on beyond what was looked at."""
    others = [one for one in others if _belongs(one, dense_mm3, size_mm3) > 0]
    cut = any(one.cut and one.volume_mm3 >= SEEN * dense_mm3 for one in others)
    if not others or (beside(others, dense_mm3, size_mm3) < MUCH * dense_mm3 and not cut):
        return ()
    total = sum(one.volume_mm3 for one in others)
    nearest, farthest = (pick(one.away_mm for one in others) for pick in (min, max))
    off = f"{nearest:.0f}" if round(nearest) == round(farthest) else f"{nearest:.0f} to {farthest:.0f}"
    least = "at least " if cut else ""
    missing = f"{least}{total / 1000:.2f} cm3 of calcification {off} mm away is not in the contour"
    return (f"{missing}: add it by a click where it belongs to the lesion",)


def beside(others: Sequence[LeftOut], dense_mm3: float, size_mm3: float) -> float:
    """Return how much calcification beside the contour (mm3) may belong to it: what is near, or small against it.

    `dense_mm3` is what is dense in the contour, `size_mm3` all of it.
    """
    return sum(_belongs(one, dense_mm3, size_mm3) * one.volume_mm3 for one in others)


def spanned(surface: Surface, others: Sequence[LeftOut], dense_mm3: float, border_mm: float) -> float:
    """Return how much larger (mm3) than the surface the body may be of which it is but a piece: 0 where it is none.

    The smallest convex body round the surface and what lies beside it, which may go on `border_mm` beyond these.
    """
    from scipy.spatial import ConvexHull

    size_mm3 = surface.volume_mm3
    others = [one for one in others if _belongs(one, dense_mm3, size_mm3) > 0]
    piece = ramp(beside(others, dense_mm3, size_mm3) / max(dense_mm3, 1e-6), PIECE_FROM, PIECE_TO)
    if not piece:
        return 0.0
    body = ConvexHull(np.concatenate([surface.vertices_mm, [one.at_mm for one in others]]))
    return piece * float(body.volume + border_mm * body.area - size_mm3)


def _belongs(one: LeftOut, dense_mm3: float, size_mm3: float) -> float:
    large = ramp(one.volume_mm3 / max(dense_mm3, 1e-6), SMALL, LARGE) * ramp(one.away_mm, NEAR_MM, FAR_MM)
    bodies = ramp(min(one.volume_mm3, size_mm3), BODY_FROM_MM3, BODY_TO_MM3)
    return 1.0 - max(large, bodies)


def places(others: Sequence[LeftOut]) -> tuple[str, ...]:
    """Return where that calcification lies, the largest first, as notes: what to click."""
    return tuple(
        f"not in the contour: {one.volume_mm3 / 1000:.2f} cm3 at ({', '.join(f'{v:.1f}' for v in one.at_mm)}) mm, "
        f"{one.away_mm:.0f} mm away"
        for one in others[:MOST_PLACES]
    )
