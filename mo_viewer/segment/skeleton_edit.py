"""The native skeleton with the reader's word on single parts of it: this is bone, this is not."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.distance import depth_in
from mo_viewer.segment.skeleton import BONE_HU, NativeBone, coarse_means
from mo_viewer.volume.arrays import AnyArray, BoolArray, Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

AROUND_MM = 80.0
REACH_MM = 6.0
NECK_MM = 1.5
"""Two parts whose joint is this much thinner than the thinner of them are told apart."""


def corrected(
    volume: Volume, bone: NativeBone, words: Sequence[tuple[Point, bool]], ticket: Ticket | None = None
) -> NativeBone:
    """Return the skeleton after the reader's words, each a point and whether it is bone, in their order.

    A word counts for the dense part at the point (nearest within 6 mm), parted from what it touches at its necks
    (watershed of the depth below the filled surface). A point without a dense part changes nothing.
    """
    if not words:
        return bone
    hu, geometry = coarse_means(volume, ticket or Ticket())
    inside = Mask(bone.mask.inside, bone.mask.corner, geometry).full() if bone.mask.voxels else hu > np.inf
    spacing = np.array(geometry.spacing_mm)
    for at_mm, is_bone in words:
        (ticket or Ticket()).check()
        index = geometry.index_of(np.array(at_mm))[0]
        low = np.maximum(np.floor(index - AROUND_MM / spacing), 0).astype(int)
        high = np.minimum(np.ceil(index + AROUND_MM / spacing) + 1, hu.shape).astype(int)
        if (high <= low).any():
            continue
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        inside[box] = _with(inside[box], _part(hu[box] > BONE_HU, index - low, spacing), is_bone)
    return replace(bone, mask=Mask.trimmed(inside, (0, 0, 0), geometry))


def _with(inside: BoolArray, part: BoolArray, is_bone: bool) -> BoolArray:
    changed: BoolArray = inside | part if is_bone else inside & ~part
    return changed


def _part(dense: BoolArray, at: AnyArray, spacing: AnyArray) -> BoolArray:
    """The part of what is dense that a point means."""
    from scipy import ndimage
    from skimage.morphology import h_maxima
    from skimage.segmentation import watershed

    points = np.argwhere(dense)
    nothing = np.zeros(dense.shape, dtype=bool)
    if not len(points):
        return nothing
    away = np.linalg.norm((points - at) * spacing, axis=1)
    if away.min() > REACH_MM:
        return nothing
    meant = tuple(points[int(np.argmin(away))])
    labels, _ = ndimage.label(dense)
    own: BoolArray = labels == labels[meant]
    whole = np.stack([ndimage.binary_fill_holes(flat) for flat in own])
    depth = depth_in(np.pad(whole, 1), spacing)[1:-1, 1:-1, 1:-1]
    peaks, count = ndimage.label(h_maxima(depth, NECK_MM), structure=np.ones((3, 3, 3)))
    part: BoolArray = own
    if count > 1:
        basins = watershed(-depth, peaks, mask=whole)
        part = own & (basins == basins[meant])
    return part
