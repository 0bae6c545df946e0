"""Where the surface really lies: half-way down from the calcification to what is beyond it."""

from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.blur import Blur, cleft_level, walls
from mo_viewer.segment.cleft import Unsmoothed, at_clefts, stand_off
from mo_viewer.segment.expected import Expected, Painter, Slices, told_by
from mo_viewer.segment.mesh import Mesh, bent
from mo_viewer.segment.wall_ends import W_BONE, W_EDGE, W_GAP, turning_in, weak
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray
from mo_viewer.volume.linear import between_voxels

SAMPLE_MM = 0.25
REACHES_MM = (3.5, 2.5, 2.0)
OUTLIERS_MM = (1.6, 1.2, 0.9)
RISE = 0.25
DARKEST_BELOW_BG = 60.0
MOST_PICTURES, STILL_MM, MOST_OF_ALL = 7, 0.03, 90.0
"""How often a picture is drawn anew at most, and how little most of a surface (%) then moves that it need not be: a few
vertices come and go between two edges at the border of a base, or of a gap."""
REACH_OF_BLUR, OUTLIER_OF_REACH = 1.4, 0.45
AMID_OTHERS = 8
"""Power of the share of edges and bone round an edge by which it counts (own choice, from shells with gaps)."""
BONE_NEAR_MM, SKIRT_MM = 1.6, 1.2
"""So near to bone values are those of its blurred border, which hides the peak of a fainter lesion."""
CONTACT_MM, CONTACT_REACH_MM = 0.5, 2.0
"""Edges within reach of a bare shaft's outline that are so near to it on average are where the lesion lies on it."""
FACE_DEPTH_MM, FACE_BEFORE_MM, MOST_SKIRT_MM = 2.5, 2.0, 1.0
BROAD_FROM, BROAD_TO = 0.75, 0.95
"""Faces amid faces on bone are those of a broad base; a few alone bridge a cleft."""
CLIMBS, CLIMB_MM = 3, 0.75
WALL_MM = 9.0
HIDDEN_BLUR = 0.6
"""What a wall thinner than the blur may be off, as a share of the blur beyond the least one (our own choice, from thin
shells in thick slices)."""
HIDDEN_OF_SLICE = 0.07
"""The same, as a share of a slice for each slice that it spans less than enough."""
ENOUGH_SPANNED, MOST_LACKING = 5.0, 2.0


@dataclass(frozen=True, eq=False)
class Field:
    """What the edge search sees: values (HU), signed distance to native bone (mm, negative inside), voxel size, levels.

    `level_hu` None means half-way; a number means that the surface lies at this HU. `bare` says that the blurred border
    of bone was taken from the values, so that edges beside bone are the lesion's own.
    """

    hu: AnyArray
    bone_mm: AnyArray
    spacing_mm: tuple[float, float, float]
    background_hu: float
    least_rise_hu: float
    level_hu: float | None = None
    blur: Blur | None = None
    bare: bool = False
    slices: Slices | None = None
    unsmoothed: Unsmoothed | None = None

    def along(self, start: FloatArray, directions: FloatArray, along_mm: FloatArray) -> FloatArray:
        """(n, steps) HU at distances from (n, 3) points along their directions; points are mm from voxel (0, 0, 0)."""
        return self._lines(self.hu, start, directions, along_mm)

    def bone_at(self, points: FloatArray) -> FloatArray:
        """(n,) distance to native bone, mm."""
        return self._lines(self.bone_mm, points, np.zeros_like(points), np.zeros(1))[:, 0]

    def bone_along(
        self, start: FloatArray, directions: FloatArray, along_mm: FloatArray, told_mm: float = 0.0
    ) -> FloatArray:
        """(n, steps) distance to native bone, mm; of a line that stays farther from it than `told_mm`, only that."""
        clear = told_mm + float(np.abs(along_mm).max()) + 2.0 * float(np.linalg.norm(self.spacing_mm))
        near = self.bone_at(start) <= clear
        away = np.full((len(start), along_mm.size), clear)
        away[near] = self._lines(self.bone_mm, start[near], directions[near], along_mm)
        return away

    def _lines(self, of: AnyArray, start: FloatArray, directions: FloatArray, along_mm: FloatArray) -> FloatArray:
        first, step = ((points / self.spacing_mm).T[:, :, None] for points in (start, directions))
        return between_voxels(of, first + along_mm * step).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Edges:
    """Per vertex: shift along the normal (mm), and whether it stands on an edge, on native bone, or on neither.

    `doubt` (mm) is how uncertain the edge is because an error of the blur is one of the wall's thickness; `hidden`
    (mm) how far it may be off because its wall is too thin for the slices. None before that is known.
    """

    shift: FloatArray
    on_edge: BoolArray
    on_bone: BoolArray
    doubt: FloatArray | None = None
    hidden: FloatArray | None = None


def refined(mesh: Mesh, field: Field, ticket: Ticket) -> tuple[Mesh, Edges]:
    """Move a mesh to the half-maximum edge in three passes of shrinking reach, and fill gaps by bending energy."""
    edges = None
    for reach, outlier in zip(REACHES_MM, OUTLIERS_MM, strict=True):
        ticket.check()
        edges = found(mesh, field, reach, outlier)
        mesh = settled(mesh, edges)
    assert edges is not None
    ticket.check()
    return (mesh, edges) if field.blur is None else _sharpened(mesh, field, field.blur, ticket)


def edges_of(mesh: Mesh, field: Field) -> Edges:
    """Return the edges near a surface that is not moved to them."""
    return found(mesh, field, REACHES_MM[-1], OUTLIERS_MM[-1])


def _sharpened(mesh: Mesh, field: Field, blur: Blur, ticket: Ticket) -> tuple[Mesh, Edges]:
    """Put the faces where they would lie in a picture of this lesion; an explicit level is left where it is."""
    edges = edges_of(mesh, field)
    sigma = blur.along(mesh.normals())
    if field.level_hu is not None:
        return settled(mesh, edges, (sigma.min() / sigma) ** 2), edges
    sure = edges.on_edge.astype(np.float64)
    thin = walls(_evened(mesh, _wall_width(mesh, field), sure), sigma, sure, blur.error)
    off = thin.hidden * HIDDEN_BLUR * (sigma - sigma.min()) + thin.hidden.max() * _between_slices(mesh, field.slices)
    reach = float(np.clip(REACH_OF_BLUR * sigma.max(), REACHES_MM[-1], REACHES_MM[0]))
    painter = Painter(field, blur, field.slices, thin.wall_mm, thin.walled_share)
    for _ in range(MOST_PICTURES):
        ticket.check()
        edges = found(mesh, field, reach, OUTLIER_OF_REACH * reach, painter.picture(mesh, edges.on_edge))
        sigma = blur.along(mesh.normals())
        before, mesh = mesh.vertices, settled(mesh, edges, sigma.min() / sigma)
        if np.percentile(np.linalg.norm(mesh.vertices - before, axis=1), MOST_OF_ALL) < STILL_MM:
            break
    return mesh, replace(edges, doubt=thin.doubt * sure, hidden=off * sure)


def _between_slices(mesh: Mesh, slices: Slices | None) -> float:
    """How far (mm) the faces of a thin wall may be off because its ends lie between two of few slices."""
    if slices is None:
        return 0.0
    spanned = float(np.ptp(mesh.vertices[:, 0])) / slices.thick_mm
    return HIDDEN_OF_SLICE * slices.thick_mm * slices_lacking(spanned)


def slices_lacking(spanned: float) -> float:
    """Return how many slices what spans so many has less than enough, two at most: its ends lie between two of them."""
    return float(np.clip(ENOUGH_SPANNED - spanned, 0.0, MOST_LACKING))


def _evened(mesh: Mesh, width: FloatArray, sure: FloatArray) -> FloatArray:
    """Widths averaged over the neighbourhood; where there is no inner face they stay infinite."""
    walled = np.isfinite(width)
    weight = np.where(walled, np.maximum(sure, 1e-3), 0.0)
    summed, around = (mesh.averaged(v, 2) for v in (np.where(walled, width, 0.0) * weight, weight))
    return np.where(walled, summed / np.maximum(around, 1e-9), np.inf)


def _wall_width(mesh: Mesh, field: Field) -> FloatArray:
    """(n,) full width at half maximum of the wall below each vertex, mm; infinite where it has no inner face."""
    along = np.arange(-WALL_MM, 2.0 + 1e-9, SAMPLE_MM)
    directions, outer_part = mesh.normals(), along >= -1.0
    profile, free = field.along(mesh.vertices, directions, along), np.ones((len(directions), along.size), dtype=bool)
    bone = field.bone_along(mesh.vertices, directions, along[outer_part])
    free[:, outer_part] = np.logical_and.accumulate(bone > 0, axis=1)
    peak_at, peak = _peak(profile, along, free & (along >= -3.0), 2.0, field.background_hu)
    outer = _crossing(
        profile, along, peak_at, 0.5 * (peak + _valley(profile, peak_at, peak, free, field.background_hu)), outward=True
    )
    turned, turned_at = profile[:, ::-1], along.size - 1 - peak_at
    inner_valley = _valley(turned, turned_at, peak, np.ones_like(free), field.background_hu)
    inner = _crossing(profile, along, peak_at, 0.5 * (peak + inner_valley), outward=False)
    known = (peak - inner_valley > field.least_rise_hu) & np.isfinite(inner) & np.isfinite(outer)
    return np.where(known, outer - inner, np.inf)


def settled(mesh: Mesh, edges: Edges, sureness: FloatArray | float = 1.0) -> Mesh:
    """Return the mesh pulled to its edges, less to bone faces, hardly at all where there is neither.

    `sureness` weighs edges: those along thick slices are less sure than those across. At the border of a gap edges
    count the less the less there is round them: a blurred wall rounds inwards where it ends.
    """
    weights = np.where(edges.on_edge, W_EDGE * sureness, np.where(edges.on_bone, W_BONE, W_GAP))
    held = mesh.averaged((edges.on_edge | edges.on_bone).astype(np.float64), 2)
    weights = np.maximum(weights * held**AMID_OTHERS, W_GAP)
    return bent(mesh, mesh.vertices + edges.shift[:, None] * mesh.normals(), weights)


def found(mesh: Mesh, field: Field, reach_mm: float, outlier_mm: float, picture: Expected | None = None) -> Edges:
    """Search along every vertex' normal, `reach_mm` to both sides: half-way, or as high as faces lie in a picture."""
    steps = round(reach_mm / SAMPLE_MM)
    along: FloatArray = np.arange(-steps, steps + 1) * np.float64(SAMPLE_MM)
    directions = mesh.normals()
    profile = field.along(mesh.vertices, directions, along)
    bone = field.bone_along(mesh.vertices, directions, along, SKIRT_MM)
    free = np.logical_and.accumulate(~((bone <= 0) & (along >= -0.5 * reach_mm)), axis=1)
    sigma = None if field.blur is None else field.blur.along(directions)
    lines = None if picture is None else picture.along(mesh.vertices, directions, along)
    shift, clear, high = _edge(profile, along, free, field, reach_mm, sigma, lines=lines)
    skirt = free & (bone <= SKIRT_MM)
    hidden = ~clear & skirt.any(axis=1)
    if hidden.any():
        some, few = (None if of is None else of[hidden] for of in (sigma, lines))
        off_bone = (free & ~skirt)[hidden]
        shift[hidden], clear[hidden], high[hidden] = _edge(
            profile[hidden], along, free[hidden], field, reach_mm, some, off_bone, few
        )
    if field.bare:
        clear &= ~_in_contact(mesh, _at(bone, along, shift), clear)
    parted = np.zeros(len(shift), dtype=bool)
    if field.unsmoothed is not None and field.level_hu is None:
        parted = at_clefts(mesh, field, field.unsmoothed, shift, clear)
    clear &= ~_outlying(mesh, shift, clear, outlier_mm)
    face = _bone_face(bone, along)
    by_bone = np.isfinite(face) & (np.abs(face) < BONE_NEAR_MM)
    clear &= parted | ~weak(mesh, np.where(clear, high, 0.0), clear | by_bone, picture is not None)
    on_bone = ~clear & by_bone
    clear &= ~turning_in(mesh, np.where(clear, shift, np.where(on_bone, face, 0.0)), clear, on_bone)
    if on_bone.any():
        broad = np.clip((mesh.averaged(on_bone.astype(np.float64), 3) - BROAD_FROM) / (BROAD_TO - BROAD_FROM), 0.0, 1.0)
        face[on_bone] += broad[on_bone] * _skirt(profile[on_bone], bone[on_bone], along)
        face[on_bone] -= stand_off(mesh, on_bone, parted & clear, _at(bone, along, shift))
    moved = np.where(clear, shift, np.where(on_bone, face, 0.0))
    return Edges(moved, clear, on_bone)


def _in_contact(mesh: Mesh, from_bone_mm: FloatArray, clear: BoolArray) -> BoolArray:
    """Which edges lie at a bare shaft's outline, on the average of those around them: the lesion lies on it there."""
    near = (clear & (from_bone_mm < CONTACT_REACH_MM)).astype(np.float64)
    around = mesh.averaged(near, 3)
    evened = mesh.averaged(np.where(near > 0, from_bone_mm, 0.0), 3) / np.maximum(around, 1e-6)
    contact: BoolArray = (near > 0) & (evened < CONTACT_MM)
    return contact


def _at(lines: FloatArray, along: FloatArray, shift: FloatArray) -> FloatArray:
    """(n,) values of lines at shifts along them; those of shifts that are unknown are of no meaning."""
    at = np.clip((np.nan_to_num(shift) - along[0]) / SAMPLE_MM, 0.0, along.size - 1.001)
    first = at.astype(int)
    row, share = np.arange(len(lines)), at - first
    values: FloatArray = lines[row, first] * (1.0 - share) + lines[row, first + 1] * share
    return values


def _edge(
    profile: FloatArray,
    along: FloatArray,
    free: BoolArray,
    field: Field,
    reach_mm: float,
    sigma_mm: FloatArray | None,
    peaks: BoolArray | None = None,
    lines: FloatArray | None = None,
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Where each profile crosses its level (mm along it), whether that is an edge, its height; peaks lie in `peaks`."""
    peak_at, peak = _peak(profile, along, free if peaks is None else peaks, reach_mm, field.background_hu)
    beyond = _valley(profile, peak_at, peak, free, field.background_hu)
    if field.level_hu is not None:
        level = np.full(peak.shape, field.level_hu)
    elif sigma_mm is None:
        level = 0.5 * (peak + beyond)
    else:
        lowest_at = _lowest_at(profile, peak_at, beyond)
        neighbour = np.where(np.arange(along.size) >= lowest_at[:, None], profile, -np.inf).max(axis=1)
        share: FloatArray | float = 0.5
        if lines is not None:
            share, peak, low, again = told_by(lines, profile, free, lowest_at, field.background_hu)
            beyond = np.maximum(low, field.background_hu - DARKEST_BELOW_BG)
            neighbour = np.maximum(neighbour - again, beyond)
        level = cleft_level(share, peak, beyond, neighbour, field.background_hu, sigma_mm)
    shift = _crossing(profile, along, peak_at, level, outward=True)
    return (
        shift,
        np.isfinite(shift) & (peak - beyond > field.least_rise_hu) & (peak > level),
        peak - field.background_hu,
    )


def _peak(
    profile: FloatArray, along: FloatArray, free: BoolArray, reach_mm: float, bg: float
) -> tuple[AnyArray, FloatArray]:
    """Index and height of the peak that the present surface belongs to.

    Samples far from the surface count less when the peak is chosen; from there the profile is climbed to its top,
    because the weighted choice alone stops on the slope.
    """
    weight = np.exp(-0.5 * (along / (0.7 * reach_mm)) ** 2)
    at = np.argmax(np.where(free, (profile - bg) * weight, -np.inf), axis=1)
    bare = np.where(free, profile, -np.inf)
    index = np.arange(along.size)
    for _ in range(CLIMBS):
        close = np.abs(index[None, :] - at[:, None]) <= round(CLIMB_MM / SAMPLE_MM)
        at = np.argmax(np.where(close, bare, -np.inf), axis=1)
    return at, profile[np.arange(len(at)), at]


def _valley(profile: FloatArray, peak_at: AnyArray, peak: FloatArray, free: BoolArray, bg: float) -> FloatArray:
    """Lowest value beyond the peak before the profile rises again by a quarter of the fall."""
    index = np.arange(profile.shape[1])
    after = (index[None, :] > peak_at[:, None]) & free
    lowest = np.minimum.accumulate(np.where(after, profile, np.inf), axis=1)
    fall = peak[:, None] - lowest
    risen = after & np.isfinite(lowest) & (profile - lowest > np.maximum(RISE * fall, 1.0))
    before = ~np.logical_or.accumulate(risen, axis=1)
    valley = np.where(after & before, profile, np.inf).min(axis=1)
    return np.clip(np.where(np.isfinite(valley), valley, peak), bg - DARKEST_BELOW_BG, None)


def _lowest_at(profile: FloatArray, peak_at: AnyArray, valley: FloatArray) -> AnyArray:
    """Index of the valley beyond each profile's peak."""
    after = np.arange(profile.shape[1])[None, :] > peak_at[:, None]
    lowest: AnyArray = np.argmin(np.where(after & (profile >= valley[:, None] - 1e-6), profile, np.inf), axis=1)
    return lowest


def _crossing(
    profile: FloatArray, along: FloatArray, peak_at: AnyArray, level: FloatArray, outward: bool
) -> FloatArray:
    """Where the profile, followed from its peak, first passes the level; NaN where it does not."""
    index = np.arange(profile.shape[1])
    below = profile < level[:, None]
    if outward:
        hit = below & (index[None, :] > peak_at[:, None])
        first = np.argmax(hit, axis=1)
        other = np.maximum(first - 1, 0)
    else:
        hit = below & (index[None, :] < peak_at[:, None])
        first = hit.shape[1] - 1 - np.argmax(hit[:, ::-1], axis=1)
        other = np.minimum(first + 1, hit.shape[1] - 1)
    row = np.arange(len(level))
    low, high = profile[row, first], profile[row, other]
    share = (level - low) / np.where(high == low, 1.0, high - low)
    at = along[first] + np.clip(share, 0.0, 1.0) * (along[other] - along[first])
    return np.where(hit.any(axis=1), at, np.nan)


def _outlying(mesh: Mesh, shift: FloatArray, clear: BoolArray, limit_mm: float) -> BoolArray:
    """Edges that disagree with those around them by more than the limit."""
    sums = np.where(clear, shift, 0.0)
    weight = clear.astype(np.float64)
    around, known = mesh.averaged(sums, 2), mesh.averaged(weight, 2)
    away: BoolArray = clear & (np.abs(shift - around / np.maximum(known, 1e-6)) > limit_mm) & (known > 0.2)
    return away


def _skirt(profile: FloatArray, bone: FloatArray, along: FloatArray) -> FloatArray:
    """How far beyond the mask's border each line passes half-way up to the bone (mm): the mask holds its blur."""
    enters = np.where((bone[:, :-1] > 0) & (bone[:, 1:] <= 0), np.abs(along[:-1]), np.inf)
    at = np.argmin(enters, axis=1)
    index = np.arange(along.size)[None, :]
    inside = (index > at[:, None]) & (index <= at[:, None] + round(FACE_DEPTH_MM / SAMPLE_MM))
    before = (index <= at[:, None]) & (index >= at[:, None] - round(FACE_BEFORE_MM / SAMPLE_MM))
    peak = np.where(inside, profile, -np.inf).max(axis=1)
    low = np.where(before, profile, np.inf).min(axis=1)
    past = inside & (profile >= 0.5 * (peak + low)[:, None])
    first = np.argmax(past, axis=1)
    return np.where(past.any(axis=1), np.minimum((first - at) * SAMPLE_MM - 0.5 * SAMPLE_MM, MOST_SKIRT_MM), 0.0)


def _bone_face(bone: FloatArray, along: FloatArray) -> FloatArray:
    """Where the line enters native bone nearest to the present surface, mm; NaN where it does not."""
    enters = (bone[:, :-1] > 0) & (bone[:, 1:] <= 0)
    share = bone[:, :-1] / np.where(enters, bone[:, :-1] - bone[:, 1:], 1.0)
    where = np.where(enters, along[:-1] + share * SAMPLE_MM, np.inf)
    nearest = np.take_along_axis(where, np.argmin(np.abs(where), axis=1)[:, None], axis=1)[:, 0]
    return np.where(np.isfinite(nearest), nearest, np.nan)
