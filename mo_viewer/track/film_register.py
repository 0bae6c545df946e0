"""Registration of two radiographs of one patient by a similarity on the bone edges near a lesion.

Two projections of a body that was turned are no similar pictures: what is found holds for what lies near the edges that
coincide. The limits are defaults of our own, set on projected phantoms and on copies of real radiographs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.registration import ON_FILMS, Registration, Verdict, rows_of
from mo_viewer.track.film import FINE_STEPS, Film
from mo_viewer.track.film_search import Similarity, refined, searched
from mo_viewer.volume.arrays import BoolArray, FloatArray, IndexArray, Point

NEAR_SHARE = 0.30
"""How far from the lesion edges count, as a share of the longer side of the image."""
LEAST_EDGES = 150
TOLERANCE_STEPS = 1.5
LIKE_DIRECTION = 0.85
GOOD_OVERLAP, FAILED_OVERLAP = 0.70, 0.45
GOOD_BACK, FAILED_BACK = 0.65, 0.35
GOOD_LIKENESS, FAILED_LIKENESS = 0.80, 0.50
GOOD_RESIDUAL_STEPS = 0.80
GOOD_CONDITION, FAILED_CONDITION = 0.015, 0.005
GOOD_STRAIN, FAILED_STRAIN = 0.012, 0.05
LEAST_RIVAL = 1.20
MIRROR_EQUAL = 1.20
MOST_TURN_DEG = 40.0
SCALES = (0.80, 1.25)
"""A calibrated radiograph is magnified by 5 to 40 %: two of one limb differ by no more than this."""


@dataclass(frozen=True, eq=False)
class FilmEvidence:
    """What speaks for a similarity between two radiographs, near the lesion.

    `residual_steps` is the rms distance across matched edges in fine pixels; `overlap` and `overlap_back` are shares of
    edges with a partner of like direction within 1.5 fine pixels; `likeness` the correlation of local contrast;
    `condition` the least eigenvalue of the system of the four numbers; `strain` how much more one direction is
    stretched than the other where the edges may have it so; `rival` and `mirror` the overlap of the best against that
    of the next place and of the mirror image.
    """

    edges: int
    residual_steps: float
    overlap: float
    overlap_back: float
    likeness: float
    condition: float
    strain: float
    rival: float
    mirror: float
    turn_deg: float
    scale: float
    is_calibrated: bool


def register_films(
    first: Film, other: Film, near_mm: Sequence[Point] | None = None, ticket: Ticket | None = None
) -> Registration:
    """Find where the points of one radiograph lie in another, by the bone edges near a lesion.

    Parameters
    ----------
    first, other
        See `film_of`; lesions are left out there.
    near_mm
        Points in the plane of `first` (the lesion), third coordinate 0; the middle of the image when None.
    ticket
        Progress and cancellation.

    Returns
    -------
    Always a registration; its matrix takes (x, y, 0) in the plane of `first`, in that image's millimetres (pixels where
    it has none), to the plane of `other`. One that failed has none and says why.
    """
    ticket = ticket or Ticket()
    middle = _middle(first, near_mm)
    near = _window(first, middle)
    found = _best(first, other, near, ticket)
    place = (float(middle[0]), float(middle[1]), 0.0)
    studies = first.study_uid, other.study_uid
    if found is None:
        reason = "too few edges of bone are seen"
        failed = Registration(*studies, Verdict.FAILED, reason, anchor=ON_FILMS, near_mm=place)
        return replace(failed, from_series=first.series_uid, to_series=other.series_uid)
    similarity, evidence = found
    verdict, reason = film_verdict(evidence)
    is_measured = evidence.is_calibrated
    return Registration(
        *studies,
        verdict,
        reason,
        None if verdict is Verdict.FAILED else rows_of(similarity.matrix),
        anchor=ON_FILMS,
        near_mm=place,
        residual_mm=evidence.residual_steps * other.step_mm if is_measured else None,
        overlap=min(evidence.overlap, evidence.overlap_back),
        condition=evidence.condition,
        tissue=evidence.likeness,
        from_series=first.series_uid,
        to_series=other.series_uid,
    )


def film_verdict(e: FilmEvidence) -> tuple[Verdict, str]:
    """Return the verdict and the reasons against a better one; three doubts are a failure."""
    failures = [
        (f"the bones do not match: {e.overlap:.0%} of the edges coincide", e.overlap < FAILED_OVERLAP),
        (f"the bones do not match: {e.overlap_back:.0%} of the edges coincide", e.overlap_back < FAILED_BACK),
        ("the pictures do not match", e.likeness < FAILED_LIKENESS),
        ("the bone could lie anywhere along its axis", e.condition < FAILED_CONDITION),
        ("the mirror image (the other side) fits as well", e.mirror < 1.0),
        (f"one picture is stretched by {e.strain:.0%}: another view, or another patient", e.strain > FAILED_STRAIN),
        (
            f"one picture would be {e.scale:.2f} times as large as the other",
            e.is_calibrated and not SCALES[0] <= e.scale <= SCALES[1],
        ),
    ]
    for reason, is_so in failures:
        if is_so:
            return Verdict.FAILED, reason
    doubts = [
        (f"{e.overlap:.0%} of the edges coincide", e.overlap < GOOD_OVERLAP),
        (f"{e.overlap_back:.0%} of the other picture's edges coincide", e.overlap_back < GOOD_BACK),
        ("the pictures are not alike enough", e.likeness < GOOD_LIKENESS),
        ("matched edges lie apart", e.residual_steps > GOOD_RESIDUAL_STEPS),
        ("the bone may slide along its axis", e.condition < GOOD_CONDITION),
        (f"the pictures fit better when one is stretched by {e.strain:.1%}", e.strain > GOOD_STRAIN),
        ("another place fits nearly as well", e.rival < LEAST_RIVAL),
        ("the mirror image fits nearly as well", e.mirror < MIRROR_EQUAL),
        (f"the picture is turned by {e.turn_deg:.0f} degrees", abs(e.turn_deg) > MOST_TURN_DEG),
    ]
    told = [reason for reason, is_so in doubts if is_so]
    if len(told) >= 3:
        return Verdict.FAILED, "; ".join(told)
    return (Verdict.CHECK, "; ".join(told)) if told else (Verdict.GOOD, "")


def _middle(film: Film, near_mm: Sequence[Point] | None) -> FloatArray:
    if near_mm:
        return np.asarray(np.array(near_mm, dtype=np.float64)[:, :2].mean(axis=0), dtype=np.float64)
    rows, columns = film.contrast.shape
    return film.step_mm * np.array([0.5 * (columns - 1), 0.5 * (rows - 1)])


def _window(film: Film, middle_mm: FloatArray) -> BoolArray:
    """Fine pixels near the lesion."""
    rows, columns = np.mgrid[: film.contrast.shape[0], : film.contrast.shape[1]]
    away = np.hypot(columns * film.step_mm - middle_mm[0], rows * film.step_mm - middle_mm[1])
    near: BoolArray = (away <= NEAR_SHARE * FINE_STEPS * film.step_mm) & film.known
    return near


def _edges_in(film: Film, inside: BoolArray) -> BoolArray:
    at = np.rint(film.edges_mm / film.step_mm).astype(int)
    at = np.clip(at, 0, np.array(film.contrast.shape)[::-1] - 1)
    chosen: BoolArray = inside[at[:, 1], at[:, 0]]
    return chosen


def _best(first: Film, other: Film, near: BoolArray, ticket: Ticket) -> tuple[Similarity, FilmEvidence] | None:
    ours = _edges_in(first, near)
    if ours.sum() < LEAST_EDGES or len(other.edges_mm) < LEAST_EDGES:
        return None
    tried = _refined(first, other, near, ours, ticket)
    if not tried:
        return None
    overlap, similarity = tried[0]
    corners = first.edges_mm[ours]
    apart = 4.0 * TOLERANCE_STEPS * other.step_mm
    rivals = [s for s, one in tried[1:] if np.abs(one.of(corners) - similarity.of(corners)).max() > apart]
    rival = overlap / max(rivals[0], 1e-6) if rivals else np.inf
    mirror = np.inf
    if overlap >= FAILED_OVERLAP:
        flipped = first.mirrored()
        mirrored = _refined(flipped, other, near[:, ::-1], _edges_in(flipped, near[:, ::-1]), ticket)
        mirror = overlap / max(mirrored[0][0], 1e-6) if mirrored else np.inf
    return similarity, _evidence(first, other, near, ours, similarity, rival, mirror)


def _refined(
    first: Film, other: Film, near: BoolArray, ours: BoolArray, ticket: Ticket
) -> list[tuple[float, Similarity]]:
    """The candidates after refinement, by how many edges coincide."""
    points, normals = first.edges_mm[ours], first.normals[ours]
    made = []
    for _, start in searched(first, other, near, ticket):
        ticket.check()
        found = refined(start, points, normals, other)
        made.append((_coincide(found, points, normals, other)[0], found))
    return sorted(made, key=lambda one: -one[0])


def _coincide(
    similarity: Similarity, points_mm: FloatArray, normals: FloatArray, other: Film
) -> tuple[float, FloatArray, BoolArray, IndexArray]:
    """Share of the edges seen in the other picture that have a partner; distances across; which have one; which."""
    from scipy.spatial import KDTree

    there, turned = similarity.of(points_mm), similarity.turned(normals)
    seen = _seen(other, there)
    away, index = KDTree(other.edges_mm).query(there, k=4)
    index = np.minimum(index, len(other.edges_mm) - 1)
    like = np.einsum("ikj,ij->ik", other.normals[index], turned) >= LIKE_DIRECTION
    across = np.einsum("ikj,ikj->ik", there[:, None] - other.edges_mm[index], other.normals[index])
    limit = TOLERANCE_STEPS * other.step_mm
    fits = like & (away <= 2 * limit) & (np.abs(across) <= limit)
    has = fits.any(axis=1) & seen
    apart = np.where(fits, np.abs(across), np.inf)
    partner = np.take_along_axis(index, apart.argmin(axis=1)[:, None], axis=1)[:, 0]
    least = max(LEAST_EDGES, 0.3 * len(points_mm))
    share = float(has.sum()) / max(float(seen.sum()), least)
    return share, apart.min(axis=1), np.asarray(has, dtype=bool), np.asarray(partner, dtype=np.int32)


def _seen(film: Film, points_mm: FloatArray) -> BoolArray:
    at = np.rint(points_mm / film.step_mm).astype(int)
    inside = ((at >= 0) & (at < np.array(film.contrast.shape)[::-1])).all(axis=1)
    at = np.clip(at, 0, np.array(film.contrast.shape)[::-1] - 1)
    seen: BoolArray = inside & film.known[at[:, 1], at[:, 0]]
    return seen


def _evidence(
    first: Film, other: Film, near: BoolArray, ours: BoolArray, similarity: Similarity, rival: float, mirror: float
) -> FilmEvidence:
    points, normals = first.edges_mm[ours], first.normals[ours]
    overlap, across, has, partner = _coincide(similarity, points, normals, other)
    back = _inverse(similarity)
    at = back.of(other.edges_mm)
    there = _seen(first, at)
    theirs = there.copy()
    index = np.rint(at[there] / first.step_mm).astype(int)
    theirs[there] = near[index[:, 1], index[:, 0]]
    overlap_back = _coincide(back, other.edges_mm[theirs], other.normals[theirs], first)[0] if theirs.any() else 0.0
    residual = float(np.sqrt(np.mean(across[has] ** 2))) / other.step_mm if has.any() else np.inf
    strain = _strain(similarity.of(points[has]), other.edges_mm[partner[has]], other.normals[partner[has]])
    return FilmEvidence(
        edges=int(ours.sum()),
        residual_steps=residual,
        overlap=overlap,
        overlap_back=overlap_back,
        likeness=_likeness(first, other, near, similarity),
        condition=_condition(points[has], normals[has]),
        strain=strain,
        rival=rival,
        mirror=mirror,
        turn_deg=similarity.turn_deg,
        scale=similarity.scale,
        is_calibrated=first.has_scale and other.has_scale,
    )


def _inverse(one: Similarity) -> Similarity:
    square = one.a**2 + one.b**2
    a, b = one.a / square, -one.b / square
    return Similarity(a, b, -(a * one.x_mm - b * one.y_mm), -(b * one.x_mm + a * one.y_mm))


def _likeness(first: Film, other: Film, near: BoolArray, similarity: Similarity) -> float:
    """Correlation of local contrast where both pictures are seen."""
    from scipy import ndimage

    index = np.argwhere(near)
    there = similarity.of(np.asarray(index[:, ::-1] * first.step_mm, dtype=np.float64))
    seen = _seen(other, there)
    if seen.sum() < 0.3 * len(index):
        return 0.0
    ours = first.contrast[near][seen]
    at = there[seen][:, ::-1].T / other.step_mm
    theirs = ndimage.map_coordinates(other.contrast, at, order=1, mode="nearest")
    return float(np.corrcoef(ours, theirs)[0, 1]) if ours.std() > 0 and theirs.std() > 0 else 0.0


def _strain(there_mm: FloatArray, partners_mm: FloatArray, normals: FloatArray) -> float:
    """Ratio of the two stretches, less one, of the affine map that takes matched edges to their partners."""
    if len(there_mm) < 20:
        return 0.0
    p = there_mm - there_mm.mean(axis=0)
    off = np.einsum("ij,ij->i", partners_mm - there_mm, normals)
    columns = [normals[:, i] * p[:, j] for i in (0, 1) for j in (0, 1)]
    found = np.linalg.lstsq(np.column_stack([*columns, normals]), off, rcond=1e-3)[0]
    most, least = np.linalg.svd(np.eye(2) + found[:4].reshape(2, 2), compute_uv=False)
    return float(most / max(least, 1e-6) - 1.0)


def _condition(points_mm: FloatArray, normals: FloatArray) -> float:
    """Least eigenvalue of the system of the four numbers, lengths in radii of gyration."""
    if len(points_mm) < 8:
        return 0.0
    p = points_mm - points_mm.mean(axis=0)
    p = p / max(float(np.sqrt((p**2).sum(axis=1).mean())), 1e-9)
    scale = np.einsum("ij,ij->i", normals, p)
    turn = normals[:, 1] * p[:, 0] - normals[:, 0] * p[:, 1]
    system = np.column_stack([scale, turn, normals])
    return float(np.linalg.eigvalsh(system.T @ system / len(p))[0])
