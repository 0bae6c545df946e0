"""What a contour that was drawn or edited by hand rests on: background, native bone, visible edge."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.bone import distance_to, near_bone
from mo_viewer.segment.fragments import brightness, levels
from mo_viewer.segment.mark import Marked
from mo_viewer.segment.patch import Frame, Patch, cut_patch, mask_on, patch_on, smoothed
from mo_viewer.segment.skeleton import NativeBone, native_bone
from mo_viewer.segment.tissue import muscle
from mo_viewer.volume.arrays import BoolArray, FloatArray, Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

MARGIN_MM = 18.0
EDGE_MM, ON_BONE_MM = 1.5, 1.0
LEAST_EDGE_HU, EDGE_NOISES = 30.0, 2.5


def marked_by_hand(
    volume: Volume,
    mask: Mask,
    surface: Surface,
    clicks_mm: Sequence[Point],
    ticket: Ticket | None = None,
    bone: NativeBone | None = None,
) -> Marked:
    """Return a contour that the reader decided, with what marking by a click would say of its surroundings.

    `mask` is not empty and is what `surface` encloses; both stay as they are. `bone` as in `mark`. The shares of edge,
    bone and gap are of the surface's points: a fall of at least 30 HU (or 2.5 noise SD) from 1.5 mm inside to 1.5 mm
    outside, native bone within 1 mm, neither.

    Raises
    ------
    Refused
        When the stack has too few slices.
    """
    ticket = ticket or Ticket()
    if bone is None:
        bone = native_bone(volume, ticket)
    patch = _patch(volume, surface)
    ticket.check()
    smooth = smoothed(patch)
    inside = mask_on(patch, mask)
    tissue = muscle(smooth, ~inside)
    cut = near_bone(patch, smooth, bone, _seeds(patch, inside, surface))
    native = cut.inside & ~inside
    ticket.check()
    rim = brightness(smooth, inside, tissue)
    at = levels(tissue, tissue.level_hu + max(60.0, 5.0 * tissue.noise_hu) if rim is None else rim)
    least = max(LEAST_EDGE_HU, EDGE_NOISES * tissue.noise_hu)
    on_edge, on_bone = _shares(patch, surface, smooth, distance_to(patch, native), least)
    calcified = patch_on(patch, smooth > at.low_hu, mask)
    return Marked(
        surface=surface,
        mask=mask,
        dense=Mask.trimmed(mask.inside & calcified, mask.corner, volume.geometry),
        bone=_native(volume, patch, native, mask),
        background_hu=tissue.level_hu,
        noise_hu=tissue.noise_hu,
        rim_hu=at.rim_hu,
        edge_share=on_edge,
        bone_share=on_bone,
        gap_share=max(0.0, 1.0 - on_edge - on_bone),
        clicks_mm=tuple(clicks_mm),
        low_hu=at.low_hu,
        bone_route=cut.route,
        cortex_hu=bone.cortex_hu,
        blur_mm=bone.blur_mm,
    )


def _patch(volume: Volume, surface: Surface) -> Patch:
    framed = Frame.of(volume.geometry).framed(surface.vertices_mm)
    return cut_patch(volume, framed.min(axis=0) - MARGIN_MM, framed.max(axis=0) + MARGIN_MM)


def _seeds(patch: Patch, inside: BoolArray, surface: Surface) -> FloatArray:
    """Where the lesion surely is: its brightest voxel; the middle where no voxel of the patch lies inside."""
    index = np.argwhere(inside)
    if not len(index):
        return patch.index_of(surface.vertices_mm.mean(axis=0))
    best: FloatArray = index[[int(np.argmax(patch.hu[tuple(index.T)]))]].astype(np.float64)
    return best


def _shares(
    patch: Patch, surface: Surface, smooth: FloatArray, from_bone_mm: FloatArray, least_hu: float
) -> tuple[float, float]:
    from scipy import ndimage

    corners = surface.vertices_mm[surface.triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(faces, axis=1)
    out = EDGE_MM * faces / np.maximum(area, 1e-12)[:, None]
    middle = corners.mean(axis=1)

    def at(values: FloatArray, points: FloatArray) -> FloatArray:
        sampled: FloatArray = ndimage.map_coordinates(values, patch.index_of(points).T, order=1, mode="nearest")
        return sampled

    bony = at(from_bone_mm, middle) <= ON_BONE_MM
    falls = (at(smooth, middle - out) - at(smooth, middle + out) >= least_hu) & ~bony
    whole = max(float(area.sum()), 1e-12)
    return float(area[falls].sum()) / whole, float(area[bony].sum()) / whole


def _native(volume: Volume, patch: Patch, native: BoolArray, mask: Mask) -> Mask:
    """Native bone of the patch on the stack's own grid, the lesion's own voxels left out."""
    ends = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) * (np.array(patch.shape) - 1)
    index = volume.geometry.index_of(patch.points_mm(ends))
    low = np.maximum(np.ceil(index.min(axis=0)).astype(int), 0)
    high = np.minimum(np.floor(index.max(axis=0)).astype(int), np.array(volume.geometry.shape) - 1)
    corner = (int(low[0]), int(low[1]), int(low[2]))
    box = Mask(np.ones(tuple(high - low + 1), dtype=bool), corner, volume.geometry)
    found = patch_on(patch, native, box).copy()
    own = np.argwhere(mask.inside) + mask.corner - corner
    own = own[((own >= 0) & (own < found.shape)).all(axis=1)]
    found[tuple(own.T)] = False
    return Mask.trimmed(found, corner, volume.geometry)
