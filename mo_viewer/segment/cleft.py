"""The dark line between a lesion and bone, seen in the image as it was stored: smoothing closes a narrow one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mo_viewer.segment.blur import Blur, behind_dip, cleft_level
from mo_viewer.segment.mesh import Mesh
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.linear import between_voxels

ALONG_MM = np.arange(-3.5, 3.0 + 1e-9, 0.25)
STEP_MM, REACH_MM = 0.25, 3.0
BEFORE_MM, INTO_MM, WALL_MM, CORTEX_MM = 2.0, 0.75, 2.5, 2.0
"""Where the darkest line is looked for, before and behind the border of the bone's mask, and how far from it the wall
and the cortex that it parts."""
FACING, STEPS_IN, STEPS_OUT = 0.7, 2, 3
"""Lines meet bone so steeply (cosine), over these samples before and behind its border."""
LEAST_SEEN, SEEN_PER_MM = 0.12, 0.04
"""A dark line is so much of the wall's height deep, at least and per mm of slice: where a base ends within a thick
slice, muscle darkens what lies on bone (own choice, from phantoms)."""
SEEN_AROUND, AROUND = 0.35, 100
"""Noise shows a dark line here and there; a cleft is seen at such a share of the vertices around (own choice)."""


class Near(Protocol):
    """Where bone is, at points in mm from the patch's voxel (0, 0, 0), and what muscle reads and an edge rises (HU)."""

    @property
    def background_hu(self) -> float:
        """What muscle reads."""

    @property
    def least_rise_hu(self) -> float:
        """What an edge rises at least."""

    def bone_at(self, points: FloatArray) -> FloatArray:
        """(n,) distance to native bone, mm."""

    def bone_along(self, start: FloatArray, directions: FloatArray, along_mm: FloatArray) -> FloatArray:
        """(n, steps) distance to native bone at distances from (n, 3) points along their directions, mm."""


@dataclass(frozen=True, eq=False)
class Unsmoothed:
    """A patch as it was stored (HU), its voxel size, its blur, what is too faint to be a wall (HU), and how deep a dark
    line is at least, as a share of the wall's height.
    """

    hu: AnyArray
    spacing_mm: tuple[float, float, float]
    blur: Blur
    least_hu: float
    least_dip: float

    def along(self, start: FloatArray, directions: FloatArray) -> FloatArray:
        """(n, steps) HU at `ALONG_MM` from (n, 3) points (mm from voxel (0, 0, 0)) along their directions."""
        first, step = ((points / self.spacing_mm).T[:, :, None] for points in (start, directions))
        return between_voxels(self.hu, first + ALONG_MM * step).astype(np.float64)


def least_dip(slice_mm: float) -> float:
    """Return how deep a dark line is at least in such slices, as a share of the wall's height."""
    return max(LEAST_SEEN, SEEN_PER_MM * slice_mm)


def at_clefts(mesh: Mesh, field: Near, image: Unsmoothed, shift: FloatArray, clear: BoolArray) -> BoolArray:
    """Put edges where a dark line parts the lesion from bone, as it does many of those around; return where.

    `shift` (mm along the normals) and `clear` (whether it stands on an edge) are changed there.
    """
    parted = np.zeros(len(shift), dtype=bool)
    near = np.flatnonzero(field.bone_at(mesh.vertices) < REACH_MM)
    if not near.size:
        return parted
    start, directions = mesh.vertices[near], mesh.normals()[near]
    bone = field.bone_along(start, directions, ALONG_MM)
    face, seen = faces_at_clefts(
        image.along(start, directions),
        bone,
        field.background_hu,
        field.least_rise_hu,
        image.least_hu,
        image.blur.along(directions),
        image.least_dip,
    )
    whole = np.zeros(len(shift))
    whole[near] = seen
    sure = seen & (mesh.averaged(whole, 2)[near] > SEEN_AROUND)
    parted[near[sure]] = True
    shift[near[sure]], clear[near[sure]] = face[sure], True
    return parted


def faces_at_clefts(
    profile: FloatArray,
    bone_mm: FloatArray,
    bg_hu: float,
    least_rise_hu: float,
    least_peak_hu: float,
    sigma: FloatArray,
    least_dip: float,
) -> tuple[FloatArray, BoolArray]:
    """(n,) where the face of a lesion lies along (n, steps) lines (mm), and whether a dark line parts it from bone.

    `bone_mm` is the distance to native bone on the same lines, which need not agree with the image: masks of bone end
    in the darkest line of a cleft, outlines of bare shafts up to half a millimetre off. `sigma` (n,) is the blur along
    the lines, `least_dip` how deep a dark line is as a share of the wall's height.
    """
    row, index = np.arange(len(profile)), np.arange(ALONG_MM.size)[None, :]
    enters = (bone_mm[:, :-1] > 0) & (bone_mm[:, 1:] <= 0)
    entry = np.argmin(np.where(enters, np.abs(ALONG_MM[:-1]), np.inf), axis=1)

    def extreme(low: AnyArray, high: AnyArray, sign: float) -> AnyArray:
        within = (index >= low[:, None]) & (index <= high[:, None])
        at: AnyArray = np.argmax(np.where(within, sign * profile, -np.inf), axis=1)
        return at

    dip_at = extreme(entry - round(BEFORE_MM / STEP_MM), entry + round(INTO_MM / STEP_MM), -1.0)
    own_at = extreme(dip_at - round(WALL_MM / STEP_MM), dip_at, 1.0)
    other_at = extreme(dip_at, dip_at + round(CORTEX_MM / STEP_MM), 1.0)
    own, dip, other = profile[row, own_at], profile[row, dip_at], profile[row, other_at]
    facing = (
        bone_mm[row, np.maximum(entry - STEPS_IN, 0)] - bone_mm[row, np.minimum(entry + STEPS_OUT, ALONG_MM.size - 1)]
    )
    seen = enters.any(axis=1) & (own > least_peak_hu) & (facing > FACING * (STEPS_IN + STEPS_OUT) * STEP_MM)
    seen &= np.minimum(own, other) - dip > np.maximum(least_dip * (own - bg_hu), least_rise_hu)
    level = cleft_level(0.5, own, dip, other, bg_hu, sigma)
    back, told = behind_dip(own, dip, other, level, bg_hu, sigma)
    below = (profile < level[:, None]) & (index > own_at[:, None]) & (index <= dip_at[:, None])
    first = np.argmax(below, axis=1)
    low, high = profile[row, first], profile[row, np.maximum(first - 1, 0)]
    crossed = ALONG_MM[first] - STEP_MM * np.clip((level - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    face = np.where(told | ~below.any(axis=1), ALONG_MM[dip_at] - back, crossed)
    return face, seen


def stand_off(mesh: Mesh, on_bone: BoolArray, parted: BoolArray, from_bone_mm: FloatArray) -> FloatArray:
    """How far off bone (mm) vertices `on_bone` lie, one by one, amid walls that a dark line parts from bone.

    A shell has no wall where its gap faces bone; there it is taken to stand off bone as its walls around do.
    """
    from scipy.spatial import cKDTree

    if not parted.any():
        return np.zeros(int(on_bone.sum()))
    some = np.flatnonzero(on_bone | parted)
    near = np.asarray(cKDTree(mesh.vertices[some]).query(mesh.vertices[on_bone], k=min(AROUND, some.size))[1])
    among = some[near.reshape(int(on_bone.sum()), -1)]
    told = parted[among]
    mean = (told * from_bone_mm[among]).sum(axis=1) / np.maximum(told.sum(axis=1), 1)
    return np.where(told.mean(axis=1) > SEEN_AROUND, np.maximum(mean, 0.0), 0.0)
