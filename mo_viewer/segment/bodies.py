"""Two lesions side by side: separate bodies, each of them large, are not one because little lies between them."""

from dataclasses import replace

import numpy as np

from mo_viewer.segment.distance import away_from
from mo_viewer.segment.pieces import CORNERS, pieces
from mo_viewer.segment.search import Found
from mo_viewer.volume.arrays import FloatArray

BODY_MM3, BODY_SHARE, BESIDE_HULL = 1000.0, 0.15, 1.2
"""So large is a body of its own, and no fragment. Halves of a broken shell face each other, with a hull hardly larger
than the surface round both (1.14 at most); that of two balls side by side is 1.3 and more (own choice, from phantoms).
"""
LEAST_MM3, FAR_LARGER = 100.0, 20.0
"""Beside a body so many times as large (a bone's end that is hardly denser than haze) a small one is none of its
fragments (own choice)."""


def _stands_alone(own_mm3: float, other_mm3: float) -> bool:
    """Whether a clicked body is no fragment of a larger one beside it, however much larger that is."""
    return own_mm3 >= BODY_MM3 or (own_mm3 >= LEAST_MM3 and other_mm3 >= FAR_LARGER * own_mm3)


def clicked_body(found: Found, hull_share: float, click_mm: FloatArray) -> tuple[Found, tuple[str, ...]]:
    """Return what was found without other bodies than the clicked one, and what to say of these.

    `hull_share` is the volume of the hull over that of the closed surface round all of it. What is smaller goes with
    the body that it is nearest to.
    """
    patch = found.patch
    labels, count = pieces(found.calcified, CORNERS)
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * patch.voxel_mm3
    sizes[0] = 0.0
    bodies = np.flatnonzero((sizes >= BODY_MM3) & (sizes >= BODY_SHARE * sizes.sum()))
    points = np.argwhere(found.calcified)
    away = np.linalg.norm((points - patch.index_of(click_mm[None])) * patch.spacing_mm, axis=1)
    own = labels[tuple(points[np.argmin(away)])]
    others = np.setdiff1d(bodies, own)
    if hull_share <= BESIDE_HULL or not others.size or not _stands_alone(sizes[own], sizes[others].max()):
        return found, ()
    to_own, to_others = (away_from(np.isin(labels, some), patch.spacing_mm) for some in (own, others))
    calcified = found.calcified & (to_own <= to_others)
    said = f"Another body of calcification lies {to_others[labels == own].min():.0f} mm beside this one"
    kept = replace(found, calcified=calcified, others=found.others | (found.calcified & ~calcified))
    return kept, (f"{said}: Shift and a click add it where it belongs to the lesion.",)
