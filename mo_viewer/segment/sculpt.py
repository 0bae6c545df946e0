"""Contours edited by hand: voxels painted and rubbed out, holes, islands, roughness, and a surface that is pushed.

Masks stay on the grid of their stack. Nothing here leaves a lesion empty: what would is refused.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.segment.voxels import inside_of
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, Point, Triple
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

SMOOTH_VOXELS, SURFACE_VOXELS = (1.2, 1.2, 1.2), (0.4, 0.8, 0.8)
ROUNDS = 4
SMALL_MM3 = 30.0
FOLD_SHARE = 1.5
PAD = 3
_NEAR, _FAR = 1.5, 3.5
_FULL = np.ones((3, 3, 3), dtype=bool)


def stroke(geometry: Geometry, path_mm: Sequence[Point], radius_mm: float, across: FloatArray | None = None) -> Mask:
    """Return the voxels that a brush touches on its way.

    Parameters
    ----------
    geometry
        The grid of the voxels.
    path_mm
        LPS points that the brush's middle went through; straight lines between them.
    radius_mm
        Of the ball, or with `across` of the disc.
    across
        Unit normal of the plane that the disc lies in: it touches the layer of voxels that holds the plane.
    """
    spacing = np.maximum(geometry.spacing_mm, 1e-3)
    points = _along(np.asarray(path_mm, dtype=np.float64).reshape(-1, 3), 0.5 * radius_mm)
    index = geometry.index_of(points)
    reach = radius_mm / spacing + 1.0
    low = np.maximum(np.floor(index.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(index.max(axis=0) + reach), np.array(geometry.shape) - 1).astype(int)
    if (high < low).any():
        return Mask.trimmed(np.zeros((1, 1, 1), dtype=bool), (0, 0, 0), geometry)
    shape = tuple(int(n) for n in high - low + 1)
    voxels = np.indices(shape).reshape(3, -1).T + low
    centres = geometry.points_mm(voxels.astype(np.float64))
    inside = np.zeros(len(centres), dtype=bool)
    layer = None if across is None else _half_layer(geometry, across)
    for point in points:
        away = centres - point
        if across is None or layer is None:
            inside |= np.einsum("ij,ij->i", away, away) <= radius_mm**2
        else:
            height = away @ across
            flat = np.einsum("ij,ij->i", away, away) - height**2
            inside |= (height >= -layer) & (height < layer) & (flat <= radius_mm**2)
    return Mask.trimmed(inside.reshape(shape), (int(low[0]), int(low[1]), int(low[2])), geometry)


def gated(volume: Volume, touched: Mask, low: float | None, high: float | None) -> Mask:
    """Return those voxels of a mask whose stored value lies from `low` to `high`; None sets no limit."""
    if not touched.voxels or (low is None and high is None):
        return touched
    shape = touched.inside.shape
    values = volume.rescaled(touched.corner, (shape[0], shape[1], shape[2]))
    kept = (
        touched.inside & (values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high))
    )
    return Mask.trimmed(kept, touched.corner, touched.geometry)


def united(one: Mask, other: Mask) -> Mask:
    """Return what lies in either of two masks of one grid."""
    corner, shape = _common(one, other)
    return Mask.trimmed(_on(one, corner, shape) | _on(other, corner, shape), corner, one.geometry)


def without(mask: Mask, taken: Mask) -> Mask:
    """Return a mask without the voxels of another of its grid.

    Raises
    ------
    Refused
        When nothing would be left.
    """
    shape = (mask.inside.shape[0], mask.inside.shape[1], mask.inside.shape[2])
    return _kept(mask.inside & ~_on(taken, mask.corner, shape), mask.corner, mask.geometry)


def filled(mask: Mask) -> Mask:
    """Return a mask without holes: neither closed off in space nor within an acquired slice."""
    from scipy import ndimage

    inside = np.stack([ndimage.binary_fill_holes(flat) for flat in mask.inside])
    return Mask.trimmed(ndimage.binary_fill_holes(inside), mask.corner, mask.geometry)


def smoothed(mask: Mask) -> Mask:
    """Return a mask with a smoother face and the same number of voxels."""
    field, level, corner = _blurred(mask, SMOOTH_VOXELS)
    return _kept(field >= level, corner, mask.geometry)


def largest_island(mask: Mask) -> Mask:
    """Return the largest connected part (26 neighbours); equal ones are all kept."""
    labels, sizes = _islands(mask)
    return _kept((sizes == sizes[1:].max())[labels] & mask.inside, mask.corner, mask.geometry)


def without_small(mask: Mask, least_mm3: float = SMALL_MM3) -> Mask:
    """Return a mask without connected parts (26 neighbours) below a volume.

    Raises
    ------
    Refused
        When no part is that large.
    """
    labels, sizes = _islands(mask)
    if sizes[1:].max() < least_mm3:
        raise Refused(f"Every part of the lesion is smaller than {least_mm3:.0f} mm³; nothing was removed.")
    return _kept((sizes >= least_mm3)[labels] & mask.inside, mask.corner, mask.geometry)


def surface_of(mask: Mask, before: Mask | None = None, like: Surface | None = None) -> Surface:
    """Return a closed surface round the voxels of a mask that is not empty; it encloses their volume.

    An image that stands alone counts as 1 mm thick: its outline is that of the pixels, whatever their size.

    Where `before` (the mask of the surface `like`) has the same voxels, the surface stays where `like` is, finer
    than the voxels; only round what was changed is it made anew.
    """
    is_flat = mask.geometry.shape[0] == 1
    blurred, level, corner = _blurred(mask, (0.0, *SURFACE_VOXELS[1:]) if is_flat else SURFACE_VOXELS)
    spacing = np.maximum(mask.geometry.spacing_mm, 1e-3)
    width_mm = SURFACE_VOXELS[1] * float(np.sqrt(spacing[1] * spacing[2]))
    field = (level - blurred) * np.sqrt(2 * np.pi) * width_mm
    field = _upright(field) if is_flat else _matched(field, corner, mask.geometry, mask.volume_mm3)
    if before is not None and like is not None and not is_flat:
        field = _blended(field, mask, before, like, corner)
    return _level(field, corner, mask.geometry)


def pushed(surface: Surface, at_mm: Point, by_mm: FloatArray, reach_mm: float) -> Surface:
    """Return a surface whose parts near a point are moved along, less with distance (Gaussian of SD `reach_mm`).

    A way too long for that reach widens it, so that the surface cannot fold: x + b exp(-x²/2s²) is one to one while
    b < s sqrt(e).
    """
    reach = max(reach_mm, float(np.linalg.norm(by_mm)) / FOLD_SHARE)
    away = surface.vertices_mm - np.asarray(at_mm)
    share = np.exp(-np.einsum("ij,ij->i", away, away) / (2 * reach**2))
    return Surface(surface.vertices_mm + share[:, None] * np.asarray(by_mm), surface.triangles)


def polygon(geometry: Geometry, outline_mm: FloatArray, k: int) -> Mask:
    """Return the pixels of slice `k` whose centres lie inside a closed line of (n, 3) LPS points (even-odd rule).

    Raises
    ------
    Refused
        When no pixel centre lies inside.
    """
    line = geometry.index_of(outline_mm)[:, 1:]
    low = np.maximum(np.floor(line.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(line.max(axis=0)), np.array(geometry.shape[1:]) - 1).astype(int)
    if len(line) < 3 or (high < low).any():
        raise Refused("The outline encloses no pixel.", "Draw the outline all the way round the lesion.")
    rows, columns = np.mgrid[low[0] : high[0] + 1, low[1] : high[1] + 1]
    inside = np.zeros(rows.shape, dtype=bool)
    for (r1, c1), (r2, c2) in zip(line, np.roll(line, -1, axis=0), strict=True):
        crosses = (r1 > rows) != (r2 > rows)
        at = c1 + (rows - r1) * (c2 - c1) / np.where(r2 == r1, 1.0, r2 - r1)
        inside ^= crosses & (columns < at)
    made = Mask.trimmed(inside[None], (k, int(low[0]), int(low[1])), geometry)
    if not made.voxels:
        raise Refused("The outline encloses no pixel.", "Draw the outline all the way round the lesion.")
    return made


def between(mask: Mask) -> Mask:
    """Return a mask whose empty slices between drawn ones are filled (linear between in-slice distance maps).

    Raya and Udupa, IEEE Trans Med Imaging 1990;9:32.
    """
    drawn = np.flatnonzero(mask.inside.any(axis=(1, 2)))
    inside = mask.inside.copy()
    heights = mask.geometry.heights_mm[mask.corner[0] :]
    for low, high in pairwise(drawn):
        if high - low < 2:
            continue
        first, last = (_flat_distance(mask.inside[k], mask.geometry) for k in (low, high))
        for k in range(low + 1, high):
            share = (heights[k] - heights[low]) / (heights[high] - heights[low])
            inside[k] = (1 - share) * first + share * last < 0
    return Mask.trimmed(inside, mask.corner, mask.geometry)


def _flat_distance(inside: BoolArray, geometry: Geometry) -> AnyArray:
    """Signed in-slice distance (mm) from the edge of a slice's pixels, negative inside."""
    from scipy import ndimage

    padded, spacing = np.pad(inside, 1), geometry.spacing_mm[1:]
    signed: AnyArray = ndimage.distance_transform_edt(~padded, spacing) - ndimage.distance_transform_edt(
        padded, spacing
    )
    return signed[1:-1, 1:-1]


def plain_surface(mask: Mask) -> Surface:
    """Return a surface round the voxels of a mask that is not empty, only to be looked at."""
    field, _, corner = _blurred(mask, SURFACE_VOXELS)
    return _level(0.5 - field, corner, mask.geometry)


def _along(points: FloatArray, step_mm: float) -> FloatArray:
    """Points on a way, no farther apart than a step."""
    pieces = [points[:1]]
    for start, end in pairwise(points):
        count = max(1, int(np.ceil(np.linalg.norm(end - start) / max(step_mm, 1e-3))))
        pieces.append(start + (np.arange(1, count + 1) / count)[:, None] * (end - start))
    return np.concatenate(pieces)


def _half_layer(geometry: Geometry, across: FloatArray) -> float:
    """Half the thickness of the layer of voxels that a plane lies in."""
    steps = (
        abs(float(geometry.normal @ across)) * max(geometry.spacing_mm[0], 1e-3),
        abs(float(geometry.row_step_mm @ across)),
        abs(float(geometry.column_step_mm @ across)),
    )
    return 0.5 * max(steps)


def _common(one: Mask, other: Mask) -> tuple[Triple, Triple]:
    boxes = [mask for mask in (one, other) if mask.inside.size]
    low = np.min([mask.corner for mask in boxes], axis=0)
    high = np.max([np.add(mask.corner, mask.inside.shape) for mask in boxes], axis=0)
    shape = high - low
    return (int(low[0]), int(low[1]), int(low[2])), (int(shape[0]), int(shape[1]), int(shape[2]))


def _on(mask: Mask, corner: Triple, shape: Triple) -> BoolArray:
    """What a mask holds of a box of its grid."""
    out = np.zeros(shape, dtype=bool)
    low = np.maximum(corner, mask.corner)
    high = np.minimum(np.add(corner, shape), np.add(mask.corner, mask.inside.shape))
    if (high > low).all():
        to = tuple(slice(a - c, b - c) for a, b, c in zip(low, high, corner, strict=True))
        source = tuple(slice(a - c, b - c) for a, b, c in zip(low, high, mask.corner, strict=True))
        out[to] = mask.inside[source]
    return out


def _kept(inside: BoolArray, corner: Triple, geometry: Geometry) -> Mask:
    made = Mask.trimmed(inside, corner, geometry)
    if not made.voxels:
        raise Refused("Nothing would be left of the lesion.", "Delete it instead (Del).")
    return made


def _islands(mask: Mask) -> tuple[AnyArray, AnyArray]:
    """Labels of the connected parts, and their volumes (mm3; one for each label, 0 is outside)."""
    from scipy import ndimage

    labels, count = ndimage.label(mask.inside, structure=_FULL)
    first = mask.corner[0]
    each = mask.geometry.voxel_volumes_mm3[first : first + mask.inside.shape[0]]
    weights = np.broadcast_to(each[:, None, None], labels.shape).ravel()
    sizes: AnyArray = np.bincount(labels.ravel(), weights, minlength=count + 1)
    return labels, sizes


def _level(field: AnyArray, corner: Triple, geometry: Geometry) -> Surface:
    """The surface where a field that is negative inside passes zero."""
    from skimage import measure

    outside = float(np.abs(field).max()) + 1.0
    vertices, triangles, _, _ = measure.marching_cubes(np.pad(field, 1, constant_values=outside), 0.0)
    made = Surface(geometry.points_mm(vertices.astype(np.float64) - 1.0 + corner), triangles)
    return made if made.volume_mm3 >= 0 else Surface(made.vertices_mm, made.triangles[:, ::-1])


def _upright(field: AnyArray) -> AnyArray:
    """The field of an image that stands alone, with a floor and a ceiling half a step from it."""
    flat = field[PAD]
    made = np.broadcast_to(np.abs(flat), field.shape).copy()
    made[PAD] = flat
    return made


def _matched(field: AnyArray, corner: Triple, geometry: Geometry, volume_mm3: float) -> AnyArray:
    """A field of distances, shifted so that its surface encloses a volume."""
    for _ in range(ROUNDS):
        if not field.min() < 0:
            break
        made = _level(field, corner, geometry)
        lacking = volume_mm3 - made.volume_mm3
        if abs(lacking) < 0.002 * volume_mm3:
            break
        field = field - lacking / made.area_mm2
    return field


def _blurred(mask: Mask, voxels: tuple[float, float, float]) -> tuple[AnyArray, float, Triple]:
    """A blurred mask in a wider box, the level above which it has as many voxels, and the box's first index."""
    from scipy import ndimage

    padded = np.pad(mask.inside, PAD).astype(np.float32)
    field = ndimage.gaussian_filter(padded, voxels, truncate=3.0)
    ranked = np.partition(field.ravel(), field.size - mask.voxels)
    corner = (mask.corner[0] - PAD, mask.corner[1] - PAD, mask.corner[2] - PAD)
    inner = float(ranked[field.size - mask.voxels])
    outer = float(ranked[: field.size - mask.voxels].max())
    return field, 0.5 * (inner + outer) if outer < inner else inner, corner


def _blended(field: AnyArray, mask: Mask, before: Mask, like: Surface, corner: Triple) -> AnyArray:
    """A field that is the distance from the old surface wherever no voxel was changed nearby."""
    from scipy import ndimage
    from scipy.spatial import cKDTree

    shape: Triple = (field.shape[0], field.shape[1], field.shape[2])
    changed = _on(mask, corner, shape) != _on(before, corner, shape)
    if changed.all():
        return field
    voxels_away = ndimage.distance_transform_edt(~changed) if changed.any() else np.full(shape, np.inf)
    share = np.clip((voxels_away - _NEAR) / (_FAR - _NEAR), 0.0, 1.0)
    old = _on(inside_of(like, mask.geometry), corner, shape)
    band = ndimage.binary_dilation(old, _FULL, iterations=2) & ~ndimage.binary_erosion(old, _FULL, iterations=2)
    index = np.argwhere(band).astype(np.float64) + np.array(corner, dtype=np.float64)
    corners = like.vertices_mm[like.triangles]
    middles = 0.5 * (corners + np.roll(corners, -1, axis=1))
    samples = np.concatenate([like.vertices_mm, corners.mean(axis=1), middles.reshape(-1, 3)])
    far = 3.0 * max(mask.geometry.spacing_mm)
    away = np.full(shape, far)
    places = mask.geometry.points_mm(index)
    away[band] = np.minimum(far, cKDTree(samples).query(places)[0])
    known = _matched(np.where(old, -away, away), corner, mask.geometry, like.volume_mm3)
    blended: AnyArray = share * known + (1 - share) * field
    return blended
