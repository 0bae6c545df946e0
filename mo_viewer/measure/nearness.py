"""How far the lesion is from native bone, and how much of its surface lies on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mo_viewer.measure.profiles import normals, sampled
from mo_viewer.measure.shells import tree_of
from mo_viewer.measure.surroundings import on_box
from mo_viewer.segment.bare_shaft import BareShaft, outside
from mo_viewer.segment.blur import Blur, cleft_width
from mo_viewer.segment.patch import Frame
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

CONTACT_MM = 1.0
GROWN = 2
SOME = 8
CLEFT_MM, PROFILE_MM = 1.5, np.arange(-3.0, 4.0 + 1e-9, 0.25)
FILLED_FROM, FILLED_TO = 0.05, 0.25
EVENED = 9
LOCAL_PEAK_MM = 5.0
FINE_MM, MOST_ROUNDS = 0.8, 3
OTHER_BONE_MM = 1.5
"""What lies so much nearer than a shaft is another bone."""


@dataclass(frozen=True)
class Nearness:
    """Least distance from the surface to native bone (mm) and the area within `CONTACT_MM` of it (mm2)."""

    gap_mm: float
    contact_mm2: float


def to_bone(
    volume: Volume,
    surface: Surface,
    mask: Mask,
    bone: Mask,
    background_hu: float,
    blur: Blur | None = None,
    shafts: Sequence[BareShaft] = (),
) -> Nearness | None:
    """Return gap and contact, or None when no native bone is near the lesion.

    A cleft that the `blur` of the scanner has filled in part is as wide as that filling says; beside `shafts` it
    reaches to where their bare outline goes on.
    """
    corners = bone_surface(volume, mask, bone, background_hu)
    if corners is None:
        return None
    lesion = tree_of(surface.vertices_mm)
    some = float(np.min(lesion.query(corners[::SOME, 0])[0]))
    longest = float(np.linalg.norm(corners[:, 1:] - corners[:, :1], axis=2).max())
    reach = max(CONTACT_MM, some) + longest + 0.02
    rough = np.asarray(lesion.query(corners[:, 0], distance_upper_bound=reach)[0])
    points = spread_out(corners[np.isfinite(rough)])
    most = max(CONTACT_MM, float(rough.min())) + 0.01
    away = np.asarray(tree_of(points).query(surface.vertices_mm, distance_upper_bound=most)[0])
    direction, areas = normals(surface)
    if blur is not None:
        facing = away <= CLEFT_MM
        along = direction @ Frame.of(volume.geometry).axes.T
        away[facing] = _across(
            volume,
            surface.vertices_mm[facing],
            direction[facing],
            away[facing],
            background_hu,
            blur.along(along[facing]),
        )
    if shafts:
        told = np.maximum(outside(shafts, Frame.of(volume.geometry).framed(surface.vertices_mm)), 0.0)
        away = np.where(told <= away + OTHER_BONE_MM, told, away)
    return Nearness(float(away.min()), float(areas[away <= CONTACT_MM].sum()))


def _across(
    volume: Volume,
    points_mm: FloatArray,
    direction: FloatArray,
    away_mm: FloatArray,
    background_hu: float,
    sigma_mm: FloatArray,
) -> FloatArray:
    """Distances across clefts: by how far blur has filled them, as far as it has."""
    from scipy.spatial import cKDTree

    if not len(points_mm):
        return away_mm
    profile = sampled(volume, points_mm[:, None, :] + PROFILE_MM[None, :, None] * direction[:, None, :])
    row = np.arange(len(points_mm))
    first = np.argmax(np.where(PROFILE_MM <= 0.5, profile, -np.inf), axis=1)
    own = profile[row, first] - background_hu
    top = np.argmax(np.where(PROFILE_MM > 0.5, profile, -np.inf), axis=1)
    other = profile[row, top] - background_hu
    step = np.arange(PROFILE_MM.size)[None, :]
    between = (step >= first[:, None]) & (step <= top[:, None])
    valley = np.where(between, profile, np.inf).min(axis=1) - background_hu
    filled = valley / np.maximum(0.5 * (own + other), 1.0)
    share = np.clip((filled - FILLED_FROM) / (FILLED_TO - FILLED_FROM), 0.0, 1.0)
    crossed = (1.0 - share) * away_mm + share * np.maximum(cleft_width(filled, sigma_mm), 0.0)
    near = np.asarray(cKDTree(points_mm).query(points_mm, k=min(EVENED, len(points_mm)))[1])
    evened: FloatArray = np.median(crossed[near.reshape(len(points_mm), -1)], axis=1)
    return evened


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
    values, inside = volume.rescaled(corner, shape), on_box(bone, corner, shape)
    grown = ndimage.binary_dilation(inside, iterations=GROWN) & ~on_box(mask, corner, shape)
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
