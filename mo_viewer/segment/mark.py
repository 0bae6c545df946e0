"""One click (or a few) on a calcification, and the closed surface around it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.segment import enclosure, mesh
from mo_viewer.segment.bare_shaft import BareShaft, halo
from mo_viewer.segment.blur import Blur
from mo_viewer.segment.bodies import clicked_body
from mo_viewer.segment.bone import distance_to
from mo_viewer.segment.cleft import Unsmoothed, least_dip
from mo_viewer.segment.edge import Edges, Field, edges_of, refined
from mo_viewer.segment.envelope import body_of_few, enveloped, scattered
from mo_viewer.segment.expected import Slices
from mo_viewer.segment.fat import IN_FAT, fat_round
from mo_viewer.segment.haze import GOES_ON, haze_beside, haze_level
from mo_viewer.segment.left_out import LeftOut, left_out
from mo_viewer.segment.open_bay import opened
from mo_viewer.segment.patch import SMOOTH_MM, Patch, patch_on, slice_thickness
from mo_viewer.segment.search import Found, off_bone, search, settled
from mo_viewer.segment.shell import directions, rounded
from mo_viewer.segment.skeleton import NativeBone, native_bone
from mo_viewer.segment.trust import (
    refuse_elsewhere,
    refuse_if_unreliable,
    refuse_pieces,
    refuse_too_large,
    warnings,
)
from mo_viewer.segment.voxels import filled, inside_of
from mo_viewer.volume.arrays import BoolArray, FloatArray, Point
from mo_viewer.volume.linear import between_voxels
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

HELPER_MM, BULGE_MM = 2.5, 3.0
LEAST_HAZE = 0.05
OPAQUE_MM, CLEAR_MM, ROUGH_STEPS = 6.0, 6.5, 2.0

LIBRARIES = (
    ("SimpleITK", "SignedMaurerDistanceMap"),
    ("scipy.ndimage", "label"),
    ("scipy.optimize", "brentq"),
    ("scipy.sparse.linalg", "splu"),
    ("scipy.spatial", "cKDTree"),
    ("skimage.measure", "marching_cubes"),
    ("skimage.segmentation", "watershed"),
)


@dataclass(frozen=True, eq=False)
class Marked:
    """A contour and what it rests on.

    `surface` is closed, LPS mm, native bone left out. `mask` holds the stored voxels whose centres are inside it
    and not in native bone; `dense` those of them that are calcified above the low threshold; `bone` the native bone
    near the lesion. `edge_share`, `bone_share` and `gap_share` of the surface stand on a visible edge, on
    native bone, on neither. `blur_mm` is the SD of the blur within slices where the images show it.
    `wall_doubt_mm` is how uncertain the surface is, on average, because of the thickness of its wall; `hidden_mm` how
    far it may be off because the wall is too thin for the slices. `patchy` (0 to 1) tells how far the surface
    stands on separate fragments, so that what bounds the lesion between them is not seen.
    `bone_border_mm3` of the surface's inside are not in `mask`, because bone's blurred border lies there;
    `shafts` are those whose bare outline told bone from the lesion;
    `open_mm3` lie in an open bay and were left out; `left_out` are fragments near it that were not taken into it.
    `fat_hu` is what surrounds it where that is mostly fat.
    """

    surface: Surface
    mask: Mask
    dense: Mask
    bone: Mask
    background_hu: float
    noise_hu: float
    rim_hu: float
    edge_share: float
    bone_share: float
    gap_share: float
    clicks_mm: tuple[Point, ...]
    threshold_hu: float | None = None
    low_hu: float = 0.0
    bone_route: str = ""
    cortex_hu: float | None = None
    blur_mm: float | None = None
    wall_doubt_mm: float = 0.0
    hidden_mm: float = 0.0
    patchy: float = 0.0
    bone_border_mm3: float = 0.0
    shafts: tuple[BareShaft, ...] = ()
    open_mm3: float = 0.0
    left_out: tuple[LeftOut, ...] = ()
    fat_hu: float | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def hidden_mm3(self) -> float:
        """What `hidden_mm` makes of the volume."""
        return self.hidden_mm * self.surface.area_mm2

    @property
    def disagreement_mm3(self) -> float:
        """How far the surface's volume and the count of voxels inside it differ: folds of the surface count twice."""
        return abs(self.mask.volume_mm3 + self.bone_border_mm3 - self.surface.volume_mm3)


def get_ready(ticket: Ticket) -> None:
    """Load what clicks need, for a third of a second, so that the first one is as quick as the others."""
    for library, part in LIBRARIES:
        ticket.check()
        getattr(import_module(library), part)
    directions()


def mark(
    volume: Volume,
    clicks_mm: Sequence[Point],
    ticket: Ticket | None = None,
    bone: NativeBone | None = None,
    threshold_hu: float | None = None,
    rivals_mm: Sequence[Point] = (),
) -> Marked:
    """Return the closed surface around the calcification at the clicks.

    Parameters
    ----------
    volume
        CT in HU; tilted, oblique, uneven and anisotropic stacks are placed truly.
    clicks_mm
        LPS points inside or on one lesion; several unite what they mean into one surface.
    bone
        The skeleton of the whole stack (`native_bone`); computed here when it is not given, so that the answer
        does not depend on who asks.
    ticket
        Progress, cancellation, and a rough contour to show meanwhile: the tight closure on a coarse grid.
    threshold_hu
        What counts as calcified, and where the surface lies, instead of half-way to what surrounds it.
    rivals_mm
        Clicks of other lesions: what lies nearer to them is theirs.

    Raises
    ------
    Refused
        When nothing can be marked; the sentence says why.
    """
    ticket = ticket or Ticket()
    clicks = _checked(volume, clicks_mm)
    if bone is None:
        bone = native_bone(volume, ticket)
    rivals = np.asarray(rivals_mm, dtype=np.float64).reshape(-1, 3)
    wide = search(volume, clicks, bone, threshold_hu, ticket, rivals)
    rough = _rough_mesh(wide)
    if rough is not None:
        ticket.show(_in_patient(wide.patch, rough))
    found = settled(volume, clicks, bone, wide, threshold_hu, ticket, rivals)
    ticket.check()
    first, open_mm3 = _first_mesh(found)
    ticket.check()
    if threshold_hu is None and _beside_haze(volume, found, first):
        found = settled(volume, clicks, bone, found, threshold_hu, ticket, rivals, slice_thickness(volume))
        first, open_mm3 = _first_mesh(found)
        ticket.check()
    own, beside = clicked_body(found, first.hull_share(), clicks[0]) if len(clicks) == 1 else (found, ())
    if beside:
        alone, alone_open_mm3 = _first_mesh(own)
        if alone.hull_share() < first.hull_share():
            found, first, open_mm3 = own, alone, alone_open_mm3
        else:
            beside = ()
    refuse_too_large(first)
    field = _field(volume, found, bone, threshold_hu)
    shape, edges = refined(first, field, ticket)
    fat_hu = None if threshold_hu is not None else fat_round(shape, field)
    if fat_hu is not None:
        field = replace(field, background_hu=fat_hu)
        shape, edges = refined(shape, field, ticket)
    ticket.check()
    patchy, body = 0.0, None
    if threshold_hu is None:
        gap_share = float((~(edges.on_edge | edges.on_bone)).mean())
        shape, patchy = enveloped(shape, field, gap_share)
        patchy = max(patchy, scattered(found.calcified, shape.hull_share() if len(clicks) == 1 else 1.0))
        body = body_of_few(shape, field, found.calcified, gap_share) if patchy == 1.0 else None
        if body is not None:
            shape, edges = body, edges_of(body, field)
    ticket.check()
    surface = _in_patient(found.patch, _imaged(shape.through_faces(), found.patch, slice_thickness(volume)))
    refuse_if_unreliable(surface, edges, found.bone.route, body is not None)
    refuse_elsewhere(surface, clicks, _on_calcified(wide, clicks))
    marked = _marked(
        volume,
        found,
        surface,
        edges,
        bone,
        threshold_hu,
        [(float(x), float(y), float(z)) for x, y, z in clicks],
        patchy,
        (1.0 - patchy) * open_mm3,
        left_out(wide, found, rivals),
        fat_hu,
        beside,
    )
    refuse_pieces(surface.volume_mm3, marked.disagreement_mm3, marked.hidden_mm3, marked.bone_share, found.bone.route)
    return marked


def _field(volume: Volume, found: Found, bone: NativeBone, threshold_hu: float | None) -> Field:
    """What the search for edges sees of a patch, smoothed and as it was stored."""
    thick_mm, spacing_mm, tissue = slice_thickness(volume), found.patch.spacing_mm, found.tissue
    smooth_blur, stored_blur = (Blur.expected(spacing_mm, by, thick_mm, bone.blur_mm) for by in (SMOOTH_MM, 0.0))
    least_hu = 0.5 * (tissue.level_hu + found.levels.low_hu)
    return Field(
        found.smooth - halo(found.patch, found.shafts) if found.shafts else found.smooth,
        found.bone_mm,
        spacing_mm,
        tissue.level_hu,
        max(30.0, 2.5 * tissue.noise_hu),
        threshold_hu,
        smooth_blur,
        bool(found.shafts),
        _slices(volume, found.patch),
        Unsmoothed(found.patch.hu, spacing_mm, stored_blur, least_hu, least_dip(thick_mm)),
    )


def _beside_haze(volume: Volume, found: Found, first: mesh.Mesh) -> bool:
    """Whether haze begins at the closure of a dense lesion, and is enough of it to matter."""
    if found.levels.low_hu <= haze_level(found.tissue):
        return False
    spacing = np.array(found.patch.spacing_mm)
    inside = filled(first.vertices / spacing, first.triangles, found.patch.shape)
    allowed = off_bone(found.patch, found.bone)
    haze, goes_on = haze_beside(inside, found.smooth, allowed, found.patch, found.tissue, slice_thickness(volume))
    return goes_on or bool(np.count_nonzero(haze & ~inside) > LEAST_HAZE * np.count_nonzero(inside))


def _slices(volume: Volume, patch: Patch) -> Slices:
    """The stack's slices as the patch shows them."""
    heights = volume.geometry.heights_mm - patch.first_mm[0]
    splined = patch.spacing_mm[0] < 0.99 * float(np.median(np.diff(heights)))
    return Slices(heights, slice_thickness(volume), splined)


def _imaged(shape: mesh.Mesh, patch: Patch, thick_mm: float) -> mesh.Mesh:
    """The mesh cut off where the images end: half a slice or pixel beyond the last nothing is known."""
    half = 0.5 * np.array([thick_mm, *patch.spacing_mm[1:]])
    end = (np.array(patch.shape) - 1) * np.array(patch.spacing_mm)
    low = np.where(patch.open_faces[:, 0], -np.inf, -half)
    return shape.moved(np.clip(shape.vertices, low, np.where(patch.open_faces[:, 1], np.inf, end + half)))


def _on_calcified(found: Found, clicks_mm: FloatArray) -> BoolArray:
    """(n,) whether clicks are on what is as dense as calcification."""
    values = between_voxels(found.smooth, np.ascontiguousarray(found.patch.index_of(clicks_mm).T))
    dense: BoolArray = values > found.levels.high_hu
    return dense


def _checked(volume: Volume, clicks_mm: Sequence[Point]) -> FloatArray:
    if not len(clicks_mm):
        raise Refused("No point was marked.", "Click on or inside a calcification.")
    if volume.unit != "HU" or volume.is_colour or not volume.geometry.in_patient:
        raise Refused("Only CT in Hounsfield units can be marked by a click.", "Choose an original CT series.")
    clicks = np.asarray(clicks_mm, dtype=np.float64).reshape(-1, 3)
    if not np.isfinite(clicks).all() or not all(volume.geometry.contains(click) for click in clicks):
        raise Refused("The marked point is outside the image.", "Click inside the image.")
    return clicks


def _first_mesh(found: Found) -> tuple[mesh.Mesh, float]:
    """The closure of the fragments as a mesh, mm from the patch's voxel (0, 0, 0); mm3 of a bay that it leaves out."""
    spacing = np.array(found.patch.spacing_mm)
    step = _step(found)
    places = _places(found, step)
    at = places / spacing[:, None, None, None]
    near = between_voxels(distance_to(found.patch, found.calcified, OPAQUE_MM), at)
    near = np.hypot(np.maximum(near, 0.0), _beyond(found.patch, places)) + np.minimum(near, 0.0)
    bone = between_voxels(found.bone_mm, at)
    helper = (bone <= 0) & (near <= HELPER_MM)
    signed, enclosed = enclosure.enclosing(near, helper, step)
    native = np.where(bone < CLEAR_MM, -bone, -np.inf)
    signed = np.maximum(rounded(signed, places, np.argwhere(found.calcified) * spacing, enclosed), native)
    signed, open_mm3 = opened(signed, near, bone, between_voxels(found.smooth, at), found.tissue.level_hu, step)
    made = mesh.of_level(enclosure.smooth_level(signed), 0.0, step)
    if made is None:
        raise Refused("No reliable contour was found.", "Click in the middle of the calcification.")
    return made.moved(made.vertices + places[:, 0, 0, 0]), open_mm3


def _beyond(patch: Patch, places: FloatArray) -> FloatArray:
    """How far places lie beyond the patch, mm: its border's values tell nothing of what is there."""
    end = ((np.array(patch.shape) - 1) * patch.spacing_mm)[:, None, None, None]
    beyond: FloatArray = np.linalg.norm(places - np.clip(places, 0.0, end), axis=0)
    return beyond


def _rough_mesh(found: Found) -> mesh.Mesh | None:
    """The tight closure on a coarser grid, to be shown only; None where it holds nothing."""
    step = ROUGH_STEPS * _step(found)
    places = _places(found, step)
    at = places / np.array(found.patch.spacing_mm)[:, None, None, None]
    near = between_voxels(distance_to(found.patch, found.calcified, OPAQUE_MM), at)
    signed, _ = enclosure.closed(near, np.zeros(near.shape, dtype=bool), step, enclosure.TIGHT)
    native = between_voxels(found.bone.inside.astype(np.float32), at) >= 0.5
    made = mesh.of_level(enclosure.smooth_level(np.where(native, step, signed)), 0.0, step)
    return None if made is None else made.moved(made.vertices + places[:, 0, 0, 0])


def _step(found: Found) -> float:
    low, high = found.box_mm()
    return enclosure.grid_step(float((high - low).max()))


def _places(found: Found, step_mm: float) -> FloatArray:
    """(3, ...) samples of an even grid round the fragments, mm from the patch's voxel (0, 0, 0)."""
    low, high = (corner - found.patch.first_mm for corner in found.box_mm())
    margin = enclosure.TIGHT.inflate_mm + 3 * step_mm + BULGE_MM
    start = np.floor((low - margin) / step_mm) * step_mm
    count = np.ceil((high + margin - start) / step_mm).astype(int) + 1
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in count), indexing="ij"), axis=0).astype(np.float64)
    places: FloatArray = grid * step_mm + start[:, None, None, None]
    return places


def _in_patient(patch: Patch, shape: mesh.Mesh) -> Surface:
    vertices = patch.points_mm(shape.vertices / np.array(patch.spacing_mm))
    flipped = np.linalg.det(patch.frame.axes) < 0
    return Surface(vertices, shape.triangles[:, ::-1] if flipped else shape.triangles)


def _marked(
    volume: Volume,
    found: Found,
    surface: Surface,
    edges: Edges,
    bone: NativeBone,
    threshold_hu: float | None,
    clicks: list[Point],
    patchy: float,
    open_mm3: float,
    others: tuple[LeftOut, ...],
    fat_hu: float | None,
    beside: tuple[str, ...],
) -> Marked:
    whole = inside_of(surface, volume.geometry)
    native = patch_on(found.patch, found.bone.inside, whole)
    mask = Mask.trimmed(whole.inside & ~native, whole.corner, volume.geometry)
    if not mask.voxels:
        raise Refused("The calcification is smaller than a voxel.", "Choose a series with thinner slices.")
    border = Mask.trimmed(whole.inside & native, whole.corner, volume.geometry)
    calcified = patch_on(found.patch, found.calcified, mask)
    on_edge, on_bone = float(edges.on_edge.mean()), float(edges.on_bone.mean())
    return Marked(
        surface=surface,
        mask=mask,
        dense=Mask.trimmed(mask.inside & calcified, mask.corner, volume.geometry),
        bone=_bone_mask(volume, found),
        background_hu=found.tissue.level_hu,
        noise_hu=found.tissue.noise_hu,
        rim_hu=found.levels.rim_hu,
        edge_share=on_edge,
        bone_share=on_bone,
        gap_share=max(0.0, 1.0 - on_edge - on_bone),
        clicks_mm=tuple(clicks),
        threshold_hu=threshold_hu,
        low_hu=found.levels.low_hu,
        bone_route=found.bone.route,
        cortex_hu=bone.cortex_hu,
        blur_mm=bone.blur_mm,
        wall_doubt_mm=0.0 if edges.doubt is None else float(edges.doubt.mean()),
        patchy=patchy,
        bone_border_mm3=border.volume_mm3,
        shafts=found.shafts,
        open_mm3=open_mm3,
        left_out=others,
        hidden_mm=0.0 if edges.hidden is None else float(edges.hidden.mean()),
        fat_hu=fat_hu,
        warnings=(*warnings(surface, found, volume.geometry), *(() if fat_hu is None else (IN_FAT,)), *beside),
        notes=(GOES_ON,) if found.goes_on else (),
    )


def _bone_mask(volume: Volume, found: Found) -> Mask:
    """Native bone of the patch on the stack's own grid."""
    corners = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) * (np.array(found.patch.shape) - 1)
    index = volume.geometry.index_of(found.patch.points_mm(corners))
    low = np.maximum(np.ceil(index.min(axis=0)).astype(int), 0)
    high = np.minimum(np.floor(index.max(axis=0)).astype(int), np.array(volume.geometry.shape) - 1)
    corner = (int(low[0]), int(low[1]), int(low[2]))
    box = Mask(np.ones(tuple(high - low + 1), dtype=bool), corner, volume.geometry)
    return Mask.trimmed(patch_on(found.patch, found.bone.inside, box), corner, volume.geometry)
