"""Where another study's lesion comes to lie in a study, and from which points to mark what is calcified there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.segment.fragments import brightness, fragments, levels
from mo_viewer.segment.patch import Frame, Patch, cut_patch, mask_on, smoothed
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.segment.tissue import muscle
from mo_viewer.track.cloud import moved
from mo_viewer.track.identity import LEAST_OVERLAP
from mo_viewer.track.meeting import meeting
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, Point
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

MARGIN_MM = 1.5
AROUND_MM = 14.0
SMOOTH_MM = 0.8
DEFAULT_RISE_HU = 60.0
LEAST_PART_MM3, LEAST_SHARE = 15.0, 0.02
COVERED_MM = 3.0
OFF_BONE_MM = 3.0
LEAST_BODY_MM3, LEAST_BODY_SHARE = 300.0, 0.2
NECK_MM, SURE_NECK_MM, LEAST_CORE = 1.5, 3.0, 0.25
"""A neck that is no bond; and one that, at home, may have been none: then several bodies are no news."""


@dataclass(frozen=True, eq=False)
class Bed:
    """A lesion's voxels as points of another study (LPS mm), and the way there."""

    mask: Mask
    matrix: FloatArray
    points_mm: FloatArray

    @classmethod
    def of(cls, mask: Mask, matrix: FloatArray) -> "Bed":
        """Carry a mask over by a 4x4 transform."""
        return cls(mask, matrix, moved(mask.points_mm(), matrix))

    def lies_in(self, geometry: Geometry) -> bool:
        """Whether the stack shows most of it."""
        index = geometry.index_of(self.points_mm)
        inside = ((index >= 0) & (index <= np.array(geometry.shape) - 1)).all(axis=1)
        return bool(inside.mean() > 0.5)

    def holds(self, found: Mask) -> bool:
        """Whether a contour in the other study lies where the lesion does."""
        return meeting(self.mask, found, self.matrix)[0] >= LEAST_OVERLAP


def starts_in(volume: Volume, bed: Bed, taken: Sequence[Mask] = ()) -> list[Point]:
    """Return a point in each calcified part within a bed, the largest part first; none where there is none.

    Parameters
    ----------
    volume
        CT in HU.
    bed
        What was carried there; its margin is 1.5 mm.
    taken
        Contours that are marked already; what lies in them, or within 3 mm, is left out.
    """
    found = _parts(volume, bed)
    if found is None:
        return []
    parts, patch = found
    whole = int(np.count_nonzero(parts))
    for mask in taken:
        parts = parts & ~_near(patch, mask.points_mm(), COVERED_MM)
    return _middles(parts, patch, max(LEAST_PART_MM3, LEAST_SHARE * whole * patch.voxel_mm3))


def calcified_share(volume: Volume, bed: Bed, bone: NativeBone) -> float:
    """Return how much of a bed is calcified off native bone, as a share of the bed's volume."""
    found = _parts(volume, bed)
    if found is None:
        return 0.0
    parts, patch = found
    if bone.mask.voxels:
        from scipy import ndimage

        native = mask_on(patch, bone.mask)
        parts = parts & (ndimage.distance_transform_edt(~native, sampling=patch.spacing_mm) > OFF_BONE_MM)
    return float(np.count_nonzero(parts)) * patch.voxel_mm3 / max(bed.mask.volume_mm3, 1e-9)


def bodies(mask: Mask, neck_mm: float = NECK_MM) -> list[Point]:
    """Return the deepest point of each separate body of a contour, the largest first.

    Bodies are apart where no more than a neck joins them: what is nowhere deeper than `neck_mm`. A closed surface
    round two bodies that nearly touch may join them by a voxel or two. Bodies count from 300 mm3 and a fifth of the
    largest; smaller ones are islands of the one that they lie next to.
    """
    from scipy import ndimage

    steps = np.maximum(mask.geometry.spacing_mm, 1e-3)
    depth = ndimage.distance_transform_edt(np.pad(mask.inside, 1), sampling=steps)
    parts, _ = ndimage.label(depth > 0)
    cores, count = ndimage.label(_without_necks(depth, parts, neck_mm))
    core_of = np.bincount(cores.ravel(), minlength=count + 1)
    part_of = np.zeros(count + 1, dtype=int)
    part_of[cores.ravel()] = parts.ravel()
    within = np.bincount(part_of[1:], weights=core_of[1:], minlength=int(parts.max()) + 1)
    wholes = np.bincount(parts.ravel())
    voxel_mm3 = mask.volume_mm3 / max(mask.voxels, 1)
    sizes = np.array([core_of[k] / within[part_of[k]] * wholes[part_of[k]] * voxel_mm3 for k in range(1, count + 1)])
    found = []
    for at in np.argsort(-sizes, kind="stable"):
        if sizes[at] >= max(LEAST_BODY_MM3, LEAST_BODY_SHARE * sizes.max()):
            own = np.where(cores == at + 1, depth, 0.0)
            deepest = np.array(np.unravel_index(int(np.argmax(own)), own.shape)) - 1 + np.array(mask.corner)
            x, y, z = (float(v) for v in mask.geometry.points_mm(deepest.astype(np.float64))[0])
            found.append((x, y, z))
    return found


def _without_necks(depth: FloatArray, parts: AnyArray, neck_mm: float) -> BoolArray:
    """What is deeper than a neck; a part of which little is (a plate, a string) stays whole."""
    deep = depth > neck_mm
    thick = np.bincount(parts[deep], minlength=int(parts.max()) + 1) >= LEAST_CORE * np.bincount(parts.ravel())
    kept: BoolArray = (depth > 0) & np.where(thick[parts], deep, True)
    return kept


def _parts(volume: Volume, bed: Bed) -> tuple[BoolArray, Patch] | None:
    """What is calcified within a bed, on a patch round it; None where the stack does not show the place."""
    frame = Frame.of(volume.geometry)
    framed = frame.framed(bed.points_mm)
    try:
        patch = cut_patch(volume, framed.min(axis=0) - AROUND_MM, framed.max(axis=0) + AROUND_MM)
    except Refused:
        return None
    smooth = smoothed(patch, SMOOTH_MM)
    near = _near(patch, bed.points_mm, MARGIN_MM)
    tissue = muscle(smooth)
    rim_hu = brightness(smooth, near, tissue) or tissue.level_hu + DEFAULT_RISE_HU
    return fragments(smooth, near, levels(tissue, rim_hu), patch.voxel_mm3), patch


def _near(patch: Patch, points_mm: FloatArray, margin_mm: float) -> BoolArray:
    """Voxels of a patch within a margin of points that stand for voxels of their own."""
    from scipy import ndimage

    index = np.rint(patch.index_of(points_mm)).astype(int)
    index = index[((index >= 0) & (index < np.array(patch.shape))).all(axis=1)]
    away = np.ones(patch.shape, dtype=bool)
    away[tuple(index.T)] = False
    if away.all():
        return ~away
    near: BoolArray = ndimage.distance_transform_edt(away, sampling=patch.spacing_mm) <= margin_mm
    return near


def _middles(parts: BoolArray, patch: Patch, least_mm3: float) -> list[Point]:
    from scipy import ndimage

    labels, count = ndimage.label(parts, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * patch.voxel_mm3
    depth = ndimage.distance_transform_edt(parts, sampling=patch.spacing_mm)
    found = []
    for number in sorted(range(1, count + 1), key=lambda k: -sizes[k]):
        if sizes[number] >= least_mm3:
            where = np.argwhere(labels == number)
            deepest = where[int(np.argmax(depth[tuple(where.T)]))].astype(np.float64)
            x, y, z = (float(v) for v in patch.points_mm(deepest)[0])
            found.append((x, y, z))
    return found
