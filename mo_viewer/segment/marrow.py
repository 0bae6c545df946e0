"""Marrow: what native bone encloses."""

import numpy as np

from mo_viewer.segment.distance import box_round
from mo_viewer.segment.enclosure import pair_enclosure
from mo_viewer.segment.patch import Patch
from mo_viewer.segment.pieces import pieces
from mo_viewer.volume.arrays import AnyArray, BoolArray

COARSE_MM, REACH_MM = 2.0, 26.0
ENCLOSED = 0.6
WITHIN_SLICE = np.array([np.zeros((3, 3)), [[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.zeros((3, 3))], dtype=bool)


def enclosed_by(bone: BoolArray, patch: Patch) -> BoolArray:
    """Return what lies between native bone in most directions, on a coarse grid: marrow, cancellous ends, joints."""
    if not bone.any():
        return bone
    zoom = np.array(patch.spacing_mm) / COARSE_MM
    counts = np.maximum(2, np.ceil(np.array(bone.shape) * zoom).astype(int))
    index = [
        np.minimum(np.rint(np.arange(n) / z).astype(int), s - 1)
        for n, z, s in zip(counts, zoom, bone.shape, strict=True)
    ]
    near = bone
    for axis, at in enumerate(index):
        near = np.take(_widened(near, max(1, round(1.0 / zoom[axis])), axis), at, axis)
    enclosed = pair_enclosure(near, COARSE_MM, REACH_MM) > ENCLOSED
    back = [
        np.minimum(np.rint(np.arange(s) * z).astype(int), n - 1)
        for n, z, s in zip(counts, zoom, bone.shape, strict=True)
    ]
    return enclosed[np.ix_(*back)]


def _widened(inside: BoolArray, size: int, axis: int) -> BoolArray:
    """Whether anything is inside in a window of `size` voxels along an axis, its middle (or one past it) at each."""
    out = inside.copy()
    to, source = np.moveaxis(out, axis, 0), np.moveaxis(inside, axis, 0)
    for by in range(1, size // 2 + 1):
        to[by:] |= source[:-by]
    for by in range(1, (size + 1) // 2):
        to[:-by] |= source[by:]
    return out


def filled(bone: BoolArray) -> BoolArray:
    """Return bone with its marrow: holes of slices in two of three directions, faces it leaves by capped."""
    full = bone.copy()
    box = box_round(bone)
    if box is None:
        return full
    votes = np.zeros(bone[box].shape, dtype=np.int8)
    for axis in range(3):
        np.moveaxis(votes, axis, 0)[...] += without_holes(np.moveaxis(bone[box], axis, 0))
    full[box] |= votes >= 2
    return full


def without_holes(bone: BoolArray) -> BoolArray:
    """Every slice with its holes filled: what is not joined to the slice's border within the slice."""
    from scipy import ndimage

    capped = np.pad(bone, ((0, 0), (1, 1), (1, 1)))
    for edge, line in (
        (capped[:, 0], bone[:, 0]),
        (capped[:, -1], bone[:, -1]),
        (capped[:, :, 0], bone[:, :, 0]),
        (capped[:, :, -1], bone[:, :, -1]),
    ):
        edge[:, 1:-1] = (
            np.logical_or.accumulate(line, axis=1) & np.logical_or.accumulate(line[:, ::-1], axis=1)[:, ::-1]
        )
    labels, count = ndimage.label(~np.pad(capped, ((0, 0), (1, 1), (1, 1))), structure=WITHIN_SLICE)
    outside = np.zeros(count + 1, dtype=bool)
    outside[np.unique(labels[:, 0, 0])] = True
    beyond: BoolArray = outside[labels]
    occupied: BoolArray = np.asarray(bone.any(axis=(1, 2)))
    return np.logical_and(~beyond[:, 2:-2, 2:-2], occupied[:, None, None])


def leaving(marrow: BoolArray) -> BoolArray:
    """Return the marrow that leaves the patch inside its bone; the core of an eggshell on the cortex does not."""
    labels, count = pieces(marrow)
    leaves = np.zeros(count + 1, dtype=bool)
    leaves[face_values(labels)] = True
    leaves[0] = False
    cavity: BoolArray = leaves[labels]
    return cavity


def face_values(labels: AnyArray) -> AnyArray:
    """Return the labels that occur on the six faces."""
    faces = [labels[0], labels[-1], labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]]
    return np.unique(np.concatenate([face.ravel() for face in faces]))
