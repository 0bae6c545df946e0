"""Marrow: what native bone encloses."""

import numpy as np

from mo_viewer.segment.enclosure import pair_enclosure
from mo_viewer.segment.patch import Patch
from mo_viewer.volume.arrays import AnyArray, BoolArray

COARSE_MM, REACH_MM = 2.0, 26.0
ENCLOSED = 0.6


def enclosed_by(bone: BoolArray, patch: Patch) -> BoolArray:
    """Return what lies between native bone in most directions, on a coarse grid: marrow, cancellous ends, joints."""
    from scipy import ndimage

    if not bone.any():
        return bone
    zoom = np.array(patch.spacing_mm) / COARSE_MM
    counts = np.maximum(2, np.ceil(np.array(bone.shape) * zoom).astype(int))
    index = [
        np.minimum(np.rint(np.arange(n) / z).astype(int), s - 1)
        for n, z, s in zip(counts, zoom, bone.shape, strict=True)
    ]
    near = ndimage.maximum_filter(bone, size=[max(1, round(1.0 / z)) for z in zoom])
    enclosed = pair_enclosure(near[np.ix_(*index)], COARSE_MM, REACH_MM) > ENCLOSED
    back = [
        np.minimum(np.rint(np.arange(s) * z).astype(int), n - 1)
        for n, z, s in zip(counts, zoom, bone.shape, strict=True)
    ]
    return enclosed[np.ix_(*back)]


def filled(bone: BoolArray) -> BoolArray:
    """Return bone with its marrow: holes of slices in two of three directions, faces it leaves by capped."""
    from scipy import ndimage

    votes = np.zeros(bone.shape, dtype=np.int8)
    for axis in range(3):
        turned = np.moveaxis(bone, axis, 0)
        out = np.moveaxis(votes, axis, 0)
        for k in range(turned.shape[0]):
            if turned[k].any():
                out[k] += ndimage.binary_fill_holes(_capped(turned[k]))[1:-1, 1:-1]
    full: BoolArray = (votes >= 2) | bone
    return full


def _capped(flat: BoolArray) -> BoolArray:
    """A slice with a border in which the gap between the outermost bone pixels of each side is closed."""
    padded = np.pad(flat, 1)
    for edge, line in (
        (padded[0], flat[0]),
        (padded[-1], flat[-1]),
        (padded[:, 0], flat[:, 0]),
        (padded[:, -1], flat[:, -1]),
    ):
        at = np.flatnonzero(line)
        if at.size:
            edge[at[0] + 1 : at[-1] + 2] = True
    return padded


def leaving(marrow: BoolArray) -> BoolArray:
    """Return the marrow that leaves the patch inside its bone; the core of an eggshell on the cortex does not."""
    from scipy import ndimage

    labels, count = ndimage.label(marrow)
    leaves = np.zeros(count + 1, dtype=bool)
    leaves[face_values(labels)] = True
    leaves[0] = False
    cavity: BoolArray = leaves[labels]
    return cavity


def face_values(labels: AnyArray) -> AnyArray:
    """Return the labels that occur on the six faces."""
    faces = [labels[0], labels[-1], labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]]
    return np.unique(np.concatenate([face.ravel() for face in faces]))
