"""The smooth body that a cloud of fragments hints at.

Edges of fragments are true edges, but those of fragments that lie deeper draw a surface in between the outer ones.
Where the surface is patchy the body is taken to be bounded by a smooth envelope of the outer edges. Where that cannot
be told (slices so thick that fragments run into each other, fragments that stand out) none is taken; that it may be a
cloud is told all the same. A rim of uneven brightness is no cloud: what is bright in it hangs together as one sheet,
wide against fragments, while these are islands amid what is dim.
"""

from dataclasses import dataclass

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.segment.edge import Field
from mo_viewer.segment.mesh import Mesh, solution
from mo_viewer.segment.pieces import CORNERS, pieces
from mo_viewer.segment.shell import STIFFNESS, directions, interpolated, middle, ramp
from mo_viewer.volume.arrays import BoolArray, FloatArray

NEAR_MM, BELOW_MM, LEAST_MEAN_HU = 3.0, np.arange(-0.5, 3.0 + 1e-9, 0.5), 20.0
OFF_BONE_MM = 3.0
MOST_SAMPLES = 400
ALONG_MM, PATCHY_FROM, PATCHY_RANGE = (1.0, 1.6, 2.5), (0.36, 0.29, 0.25), 0.07
"""By the SD of the blur along the stack: shells with gaps lie below, clouds of fragments above (our own choice, from
phantoms of both; blur evens out what is brightest)."""
UNEVEN_FROM, UNEVEN_TO = 0.024, 0.034
"""Shells are smoother than this roughness, most clouds rougher: for an uneven surface the limit is a range lower."""
ROUGH_FROM, ROUGH_TO = 0.034, 0.042
"""Fragments on a smooth body lie below; those of a mass with outliers lie above, and say nothing of what bounds it."""
THICK_FROM_MM, THICK_TO_MM = 1.8, 2.4
TOO_FAR, FALLS_SHORT_FROM, FALLS_SHORT_TO = 0.24, 0.40, 0.45
"""How much too far out, in SDs of the blur, the outer faces of fragments lie that are hardly thicker than it; with as
large gaps between them (shares of the surface) an envelope falls short of the body by as much."""
OUTER_SHARE, FITS = 0.8, 6
"""An envelope of nearly the outermost points alone follows what blur and noise pushed out most."""
SHEET_LEVELS, SHEET_TOP = (0.30, 0.35, 0.40, 0.45, 0.50), 90.0
SHEET_FROM, SHEET_TO = 0.36, 0.43
"""Clouds lie below this share (0.34 where many fragments lie in slices of 3 mm), a real ring and copies of it above."""
LOCAL_FROM, LOCAL_TO = 0.34, 0.44
"""A real ring and its copies lie below this share, clouds above (0.52 in slices of 3 mm, 0.8 in thin ones)."""
FOLLOWS_SINGLE, MOST_SINGLE, LEAST_PARTS, MOST_FILLED = 1.25, 5.0, 5, 0.25
"""A surface whose hull is so much larger than it follows single fragments, beyond the second to no use; fragments fill
less than this of their body."""
LEAST_SPANNED, MOST_UNEVEN, MOST_IN_BONE = 0.6, 0.06, 0.02
"""Fragments on a body span most of it (0.67 and more on ellipsoids, next to nothing in a string) and lie about as far
from its middle as those beside them (own choice, from phantoms of 25 to 40 fragments: 0.025 to 0.05)."""
SCATTERED_FROM, SCATTERED_TO = 4.0, 5.0
FEW_FROM, FEW_TO, APART_FROM, APART_TO = 2.0, 3.0, 1.5, 2.0
"""As many parts of like size are no longer one body whose surface was cut by threshold; fewer are enough where the hull
is so much larger than the surface, which then follows each of them (own choice; shells in pieces lie below 1.2)."""


@dataclass(frozen=True, eq=False)
class Brightest:
    """What is brightest below the vertices of a surface that lie off bone: what is bright near bone may be bone.

    `off_bone` marks them among all vertices, `hu` (above the background) has a number for each of them, and `around`
    for some of them the numbers within 3 mm.
    """

    off_bone: BoolArray
    hu: FloatArray
    around: tuple[FloatArray, ...]


def brightest_below(mesh: Mesh, field: Field) -> Brightest:
    """Look below every vertex that lies off bone."""
    from scipy.spatial import cKDTree

    off_bone: BoolArray = field.bone_at(mesh.vertices) > OFF_BONE_MM
    if not off_bone.any():
        return Brightest(off_bone, np.zeros(0), ())
    vertices = mesh.vertices[off_bone]
    hu = field.along(vertices, mesh.normals()[off_bone], -BELOW_MM).max(axis=1) - field.background_hu
    some = vertices[:: max(1, len(vertices) // MOST_SAMPLES)]
    return Brightest(off_bone, hu, tuple(hu[near] for near in cKDTree(vertices).query_ball_point(some, NEAR_MM)))


def patchiness(below: Brightest) -> float:
    """Return the variation (SD / mean, averaged over the surface) of what is brightest below points within 3 mm."""
    if not below.around:
        return 0.0
    return float(np.mean([one.std() / max(float(one.mean()), LEAST_MEAN_HU) for one in below.around]))


def local_share(below: Brightest) -> float:
    """Return how much of the variance of what is brightest lies within 3 mm: all where fragments are small."""
    if not below.around:
        return 1.0
    return float(np.mean([one.var() for one in below.around]) / max(float(below.hu.var()), 1e-6))


def in_one_sheet(mesh: Mesh, below: Brightest) -> float:
    """Return the share of the surface off bone on which what is bright hangs together, averaged over what is bright."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not below.around:
        return 0.0
    number = np.cumsum(below.off_bone) - 1
    edges = np.concatenate([mesh.triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    edges = number[edges[below.off_bone[edges].all(axis=1)]]
    top = float(np.percentile(below.hu, SHEET_TOP))
    largest = []
    for level in SHEET_LEVELS:
        bright = below.hu >= level * top
        joined = edges[bright[edges].all(axis=1)]
        graph = coo_matrix((np.ones(len(joined)), tuple(joined.T)), shape=(len(bright),) * 2)
        parts = connected_components(graph, directed=False)[1]
        largest.append(np.bincount(parts[bright]).max(initial=0) / len(bright))
    return float(np.mean(largest))


def enveloped(mesh: Mesh, field: Field, gap_share: float = 0.0) -> tuple[Mesh, float]:
    """Return the mesh moved to the smooth envelope of its outer faces, and how far it is a cloud (0 to 1).

    Nothing is moved where the surface is not patchy, or bright in one sheet, or not smooth round a middle, nor in thick
    slices, where fragments seem to hang together; in between, weights are continuous. How far it is a cloud tells how
    little is known of what bounds it: all the doubt is there from the middle of the way on, where either may be true,
    and also where nothing was moved.
    """
    along = 0.0 if field.blur is None else float(np.sqrt(field.blur.variance_mm2[0]))
    least = float(np.interp(along, ALONG_MM, PATCHY_FROM))
    below = brightest_below(mesh, field)
    varies = patchiness(below)
    if varies <= least - PATCHY_RANGE:
        return mesh, 0.0
    centre = middle(mesh.vertices)
    offset = mesh.vertices - centre
    length = np.linalg.norm(offset, axis=1)
    radius, roughness = _envelope(offset, length)
    least -= PATCHY_RANGE * ramp(roughness, UNEVEN_FROM, UNEVEN_TO)
    told = 1.0 - ramp(along, THICK_FROM_MM, THICK_TO_MM)
    rim = told * _rim(mesh, below)
    patchy = (1.0 - rim) * ramp(varies, least, least + PATCHY_RANGE)
    widen = told * patchy * (1.0 - ramp(roughness, ROUGH_FROM, ROUGH_TO))
    too_far = _too_far(field)
    too_far *= 1.0 - ramp(gap_share, FALLS_SHORT_FROM, FALLS_SHORT_TO)
    beyond = widen * (interpolated(offset, radius) - length - too_far)
    return mesh.moved(mesh.vertices + (beyond / np.maximum(length, 1e-6))[:, None] * offset), min(1.0, 2.0 * patchy)


def _too_far(field: Field) -> float:
    return 0.0 if field.blur is None else TOO_FAR * float(np.sqrt(field.blur.variance_mm2.mean()))


def body_of_few(mesh: Mesh, field: Field, calcified: BoolArray, gap_share: float) -> Mesh | None:
    """Return the smooth body on which few fragments lie, where a surface follows each of them or sinks between them.

    None where the surface does neither, or the fragments are no sheet round a middle: strings and heaps of them span
    little of such a body, or lie now far, now near; nor where it would reach into bone.

    Raises
    ------
    Refused
        When there is no such body, and the surface is far smaller than what the fragments span.
    """
    follows = mesh.hull_share()
    if gap_share <= FALLS_SHORT_FROM and follows < FOLLOWS_SINGLE:
        return None
    body = _body_through(calcified, field)
    if body is None and follows > MOST_SINGLE:
        raise Refused(
            "No reliable contour was found: it would follow single fragments, which tell not what bounds the lesion.",
            "Click on fragments on several sides of it, or mark each by itself with the brush.",
        )
    return body


def _body_through(calcified: BoolArray, field: Field) -> Mesh | None:
    from scipy.spatial import ConvexHull

    if pieces(calcified, CORNERS)[1] < LEAST_PARTS:
        return None
    points = np.argwhere(calcified) * np.array(field.spacing_mm)
    centre = middle(points)
    offset = points - centre
    length = np.linalg.norm(offset, axis=1)
    away = length > 1e-6
    radius, uneven = _envelope(offset[away], length[away])
    body = directions().moved(centre + directions().vertices * (radius - _too_far(field))[:, None])
    whole, filled = body.volume(), len(points) * float(np.prod(field.spacing_mm))
    spans = ConvexHull(points).volume >= LEAST_SPANNED * whole
    spans &= float((field.bone_at(body.vertices) < 0.0).mean()) <= MOST_IN_BONE
    return body if spans and uneven <= MOST_UNEVEN and filled <= MOST_FILLED * whole else None


def scattered(calcified: BoolArray, hull_share: float) -> float:
    """Return how far calcification is several parts of like size (0 to 1), whatever surfaces were drawn round them.

    Counted as the inverse of the sum of squared shares: one large part with many small ones is one. `hull_share` is the
    volume of the surface's hull over its own; 1 where several clicks say which parts are meant.
    """
    labels, count = pieces(calcified, CORNERS)
    if count <= FEW_FROM:
        return 0.0
    shares = np.bincount(labels.ravel())[1:] / np.count_nonzero(calcified)
    alike = 1.0 / float((shares**2).sum())
    few = ramp(alike, FEW_FROM, FEW_TO) * ramp(hull_share, APART_FROM, APART_TO)
    return max(few, ramp(alike, SCATTERED_FROM, SCATTERED_TO))


def _rim(mesh: Mesh, below: Brightest) -> float:
    """How far (0 to 1) an uneven surface is a rim: bright in one sheet, and even from place to place within it."""
    even = 1.0 - ramp(local_share(below), LOCAL_FROM, LOCAL_TO)
    return even * ramp(in_one_sheet(mesh, below), SHEET_FROM, SHEET_TO) if even else 0.0


def _envelope(offset: FloatArray, length: FloatArray) -> tuple[FloatArray, float]:
    """Radius of the smooth envelope in every direction of a fine sphere, and how rough the points are about it.

    An expectile: points outside weigh four times as much as those inside.
    """
    from scipy import sparse
    from scipy.spatial import cKDTree

    sphere = directions()
    which = np.asarray(cKDTree(sphere.vertices).query(offset / np.maximum(length, 1e-6)[:, None])[1])
    outer = np.zeros(len(sphere.vertices))
    np.maximum.at(outer, which, length)
    seen = outer > 0
    bending = STIFFNESS * (sphere.laplacian.T @ sphere.laplacian)
    wanted = np.where(seen, outer, np.median(outer[seen]))
    weight = np.where(seen, 1.0, 0.0)
    roughness = 0.0
    for fit in range(FITS):
        system = sparse.diags(weight + 1e-6) + bending
        radius = solution(system, (weight + 1e-6) * wanted)
        if fit == 0:
            roughness = float(np.sqrt(np.mean(((outer - radius) / radius)[seen] ** 2)))
        weight = np.where(seen, np.where(outer > radius, OUTER_SHARE, 1.0 - OUTER_SHARE), 0.0)
    return radius, roughness
