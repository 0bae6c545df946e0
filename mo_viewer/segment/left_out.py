"""Calcification that lies near a lesion and was not taken into it: what a reader may want to click as well."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.segment.distance import box_round
from mo_viewer.segment.patch import Patch
from mo_viewer.segment.search import Found
from mo_viewer.volume.arrays import AnyArray, FloatArray, Point

NEAR_MM, OFF_BONE_MM = 25.0, 2.6
"""Fragments of one mass lie as near as this; what is nearer to bone may be its blurred border (as for candidates)."""
LEAST_MM3 = 15.0
AIR_HU, BY_AIR_MM, BY_AIR = -300.0, 4.0, 0.5
"""What lies for the most part this near above or below air is what interpolation between slices overshoots there."""


@dataclass(frozen=True)
class LeftOut:
    """One fragment outside a lesion: its brightest point (LPS mm), volume above the low threshold, distance from it.

    `cut`: it goes on beyond what was looked at, so that it is larger than that.
    """

    at_mm: Point
    volume_mm3: float
    away_mm: float
    cut: bool = False


def left_out(first: Found, lesion: Found, rivals_mm: FloatArray) -> tuple[LeftOut, ...]:
    """Return the fragments within `NEAR_MM` of a lesion that are not in it and lie off bone, the largest first.

    `first` is the first search round the clicks, which sees farther than the last one; what lies nearer to
    `rivals_mm`, the clicks of other lesions, is theirs.
    """
    from scipy import ndimage
    from scipy.spatial import cKDTree

    patch = first.patch
    box = box_round(first.others, by_mm=0.0)
    if box is None:
        return ()
    corner = np.array([side.start for side in box])
    labels, _ = ndimage.label(first.others[box], structure=np.ones((3, 3, 3)))
    own = cKDTree(np.argwhere(lesion.calcified) * np.array(lesion.patch.spacing_mm) + lesion.patch.first_mm)
    found = []
    for part, side in enumerate(ndimage.find_objects(labels), start=1):
        inside = np.argwhere(labels[side] == part) + corner + [s.start for s in side]
        volume = len(inside) * patch.voxel_mm3
        if volume < LEAST_MM3 or float(first.bone_mm[tuple(inside.T)].min()) < OFF_BONE_MM or _by_air(inside, patch):
            continue
        away = float(np.min(own.query(inside * np.array(patch.spacing_mm) + patch.first_mm)[0]))
        brightest = inside[int(np.argmax(first.smooth[tuple(inside.T)]))]
        x, y, z = (float(v) for v in patch.points_mm(brightest)[0])
        if max(patch.spacing_mm) < away <= min(NEAR_MM, _from_clicks(inside, patch, rivals_mm)):
            found.append(LeftOut((x, y, z), volume, away, _goes_on(inside, patch)))
    return tuple(sorted(found, key=lambda one: -one.volume_mm3))


def _from_clicks(inside: AnyArray, patch: Patch, clicks_mm: FloatArray) -> float:
    """Return how far (mm) the nearest click lies from voxels; 0 within their box, as in the core of a shell."""
    at = patch.index_of(clicks_mm)
    if not len(at):
        return float("inf")
    if np.any(np.all((at >= inside.min(axis=0)) & (at <= inside.max(axis=0)), axis=1)):
        return 0.0
    return float(min(np.linalg.norm((inside - one) * patch.spacing_mm, axis=1).min() for one in at))


def _by_air(inside: AnyArray, patch: Patch) -> bool:
    """Whether most voxels lie next to air along the stack, as where a stack was padded when it was turned."""
    reach = int(np.ceil(BY_AIR_MM / patch.spacing_mm[0]))
    along = np.clip(inside[:, :1] + np.arange(-reach, reach + 1), 0, patch.shape[0] - 1)
    lowest = patch.hu[along, inside[:, 1:2], inside[:, 2:]].min(axis=1)
    return float((lowest < AIR_HU).mean()) > BY_AIR


def _goes_on(inside: AnyArray, patch: Patch) -> bool:
    """Whether voxels lie at a face of the patch beyond which the stack goes on."""
    ends = np.stack([inside.min(axis=0) == 0, inside.max(axis=0) == np.array(patch.shape) - 1], axis=1)
    return bool((ends & patch.open_faces).any())
