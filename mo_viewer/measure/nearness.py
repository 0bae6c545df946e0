"""How far the lesion is from native bone, and how much of its surface lies on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mo_viewer.measure.profiles import normals, sampled
from mo_viewer.segment.bare_shaft import BareShaft, outside
from mo_viewer.segment.blur import Blur, cleft_width
from mo_viewer.segment.distance import tree_of
from mo_viewer.segment.patch import Frame
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

CONTACT_MM = 1.0
GROWN = 2
SOME = 8
CLEFT_MM, PROFILE_MM = 1.5, np.arange(-3.0, 4.0 + 1e-9, 0.25)
FILLED_FROM, FILLED_TO = 0.05, 0.25
EVENED = 9
DIP_MM, DARK_SHARE, DARK_HU = 1.25, 0.15, 40.0
"""So near to the surface the darkest value is that of a cleft, if it is so much darker than lesion and bone (share of
the lesion's height, HU; own choice, from broad bases and clefts of phantoms)."""
BONE_SLOPE_MM = 1.0
"""Bone's blurred border does not reach so deep below a surface that lies on it."""
LOCAL_PEAK_MM = 5.0
FINE_MM, MOST_ROUNDS = 0.8, 3
OTHER_BONE_MM = 1.5
"""What lies so much nearer than a shaft is another bone."""


@dataclass(frozen=True)
class Nearness:
    """Least distance from the surface to native bone (mm), the area within `CONTACT_MM` of it, and what of that area a
    dark line parts from bone (mm2).
    """

    gap_mm: float
    contact_mm2: float
    parted_mm2: float = 0.0


def to_bone(
    volume: Volume,
    surface: Surface,
    mask: Mask,
    bone: Mask,
    background_hu: float,
    blur: Blur | None = None,
    shafts: Sequence[BareShaft] = (),
    least_hu: float = -np.inf,
) -> Nearness | None:
    """Return gap and contact, or None when no native bone is near the lesion.

    A cleft that the `blur` of the scanner has filled in part is as wide as that filling says; beside `shafts` it
    reaches to where their bare outline goes on, where no cleft is seen. What is fainter than `least_hu` shows no face:
    amid faces that a cleft parts from bone it tells nothing of the gap.
    """
    corners = bone_surface(volume, mask, bone, background_hu)
    if corners is None:
        return None
    lesion = tree_of(surface.vertices_mm)
    some = float(np.min(lesion.query(corners[::SOME, 0])[0]))
    longest = float(np.linalg.norm(corners[:, 1:] - corners[:, :1], axis=2).max())
    reach = max(CLEFT_MM, some) + longest + 0.02
    low, high = surface.vertices_mm.min(axis=0) - reach, surface.vertices_mm.max(axis=0) + reach
    corners = corners[((corners[:, 0] >= low) & (corners[:, 0] <= high)).all(axis=1)]
    rough = np.asarray(lesion.query(corners[:, 0], distance_upper_bound=reach)[0])
    points = spread_out(corners[np.isfinite(rough)])
    most = max(CLEFT_MM, float(rough.min())) + 0.01
    away = np.asarray(tree_of(points).query(surface.vertices_mm, distance_upper_bound=most)[0])
    direction, areas = normals(surface)
    parted = np.zeros(len(away), dtype=bool)
    facing = away <= CLEFT_MM
    if blur is not None and facing.any():
        points_mm, sigma = surface.vertices_mm[facing], blur.along(direction[facing] @ Frame.of(volume.geometry).axes.T)
        seen = _seen(volume, points_mm, direction[facing], background_hu, least_hu)
        parted[facing] = _parted(seen, points_mm)
        faint = parted[facing] & ~seen.calcified
        away[facing] = np.where(faint & ~faint.all(), np.inf, _across(seen, points_mm, away[facing], sigma))
    if shafts:
        told = np.maximum(outside(shafts, Frame.of(volume.geometry).framed(surface.vertices_mm)), 0.0)
        away = np.where((told <= away + OTHER_BONE_MM) & ~parted, told, away)
    near = away <= CONTACT_MM
    return Nearness(float(away.min()), float(areas[near].sum()), float(areas[near & parted].sum()))


@dataclass(frozen=True, eq=False)
class _Lines:
    """Along lines from the lesion into bone: heights of both and of the valley between them (HU above muscle), and
    whether the lesion is calcified there.
    """

    own: FloatArray
    other: FloatArray
    valley: FloatArray
    calcified: BoolArray


def _seen(
    volume: Volume, points_mm: FloatArray, direction: FloatArray, background_hu: float, least_hu: float
) -> _Lines:
    profile = sampled(volume, points_mm[:, None, :] + PROFILE_MM[None, :, None] * direction[:, None, :])
    row, step = np.arange(len(points_mm)), np.arange(PROFILE_MM.size)[None, :]
    amid = (PROFILE_MM >= -DIP_MM) & (PROFILE_MM <= DIP_MM)
    dip = np.argmin(np.where(amid, profile, np.inf), axis=1)
    first = np.argmax(np.where(step <= dip[:, None], profile, -np.inf), axis=1)
    top = np.argmax(np.where(step >= dip[:, None], profile, -np.inf), axis=1)
    own, other, valley = (profile[row, at] - background_hu for at in (first, top, dip))
    below = profile[:, PROFILE_MM <= -BONE_SLOPE_MM].max(axis=1)
    return _Lines(own, other, valley, below > least_hu)


def _across(seen: _Lines, points_mm: FloatArray, away_mm: FloatArray, sigma_mm: FloatArray) -> FloatArray:
    """Distances across clefts: by how far blur has filled them, as far as it has, but no more than between the faces.

    A cleft that opens to the side is filled less than one of even width.
    """
    filled = seen.valley / np.maximum(0.5 * (seen.own + seen.other), 1.0)
    share = np.clip((filled - FILLED_FROM) / (FILLED_TO - FILLED_FROM), 0.0, 1.0)
    crossed = (1.0 - share) * away_mm + share * np.maximum(cleft_width(filled, sigma_mm), 0.0)
    near = _nearest(points_mm, points_mm)
    evened: FloatArray = np.minimum(np.median(crossed[near], axis=1), np.median(away_mm[near], axis=1))
    return evened


def _parted(seen: _Lines, points_mm: FloatArray) -> BoolArray:
    """Where a dark line is seen between lesion and bone; what is not calcified goes by what is next to it."""
    deep = np.minimum(seen.own, seen.other) - seen.valley
    dark = deep > np.maximum(DARK_SHARE * seen.own, DARK_HU)
    known = seen.calcified
    if not known.any():
        return np.zeros_like(known)
    parted: BoolArray = dark[known][_nearest(points_mm[known], points_mm)].mean(axis=1) > 0.5
    return parted


def _nearest(among_mm: FloatArray, points_mm: FloatArray) -> AnyArray:
    """(n, k) which of some points are nearest to others."""
    from scipy.spatial import cKDTree

    near = np.asarray(cKDTree(among_mm).query(points_mm, k=min(EVENED, len(among_mm)))[1])
    return near.reshape(len(points_mm), -1)


def bone_surface(volume: Volume, mask: Mask, bone: Mask, background_hu: float) -> FloatArray | None:
    """Return the (n, 3, 3) LPS triangles of native bone's half-maximum surface, or None without bone.

    The level is half-way between muscle and the brightest bone within 5 mm, so that thin cortex is not missed.
    """
    from scipy import ndimage
    from skimage import measure

    if not bone.voxels:
        return None
    spacing = volume.geometry.spacing_mm
    low = [max(0, c - GROWN - 1) for c in bone.corner]
    ends = zip(volume.geometry.shape, bone.corner, bone.inside.shape, strict=True)
    high = [min(n, c + s + GROWN + 1) for n, c, s in ends]
    corner, shape = (low[0], low[1], low[2]), (high[0] - low[0], high[1] - low[1], high[2] - low[2])
    values, inside = volume.rescaled(corner, shape), bone.on_box(corner, shape)
    grown = ndimage.binary_dilation(inside, iterations=GROWN) & ~mask.on_box(corner, shape)
    peak = ndimage.maximum_filter(
        np.where(inside, values, background_hu),
        size=[2 * int(np.ceil(LOCAL_PEAK_MM / s / 2)) + 1 for s in spacing],
    )
    above = np.where(grown, values - 0.5 * (background_hu + peak), -1.0)
    above = np.pad(above, 1, constant_values=-1.0)
    if above.max() <= 0:
        return None
    vertices, triangles, _, _ = measure.marching_cubes(above, 0.0)
    points = volume.geometry.points_mm(vertices.astype(np.float64) - 1.0 + np.array(corner))
    corners: FloatArray = points[triangles]
    return corners


def spread_out(corners: FloatArray) -> FloatArray:
    """Return points on triangles (n, 3, 3) so close together that a distance to them is one to the triangles."""
    rounds = int(np.ceil(np.log2(max(1.0, float(np.ptp(corners, axis=1).max()) / FINE_MM))))
    for _ in range(min(rounds, MOST_ROUNDS)):
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        corners = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    spread: FloatArray = np.concatenate([corners.reshape(-1, 3), corners.mean(axis=1)])
    return spread
