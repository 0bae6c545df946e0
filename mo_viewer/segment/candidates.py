"""Candidates for soft-tissue calcification in a whole stack; for a worker after loading.

What is denser than muscle and lies off native bone is gathered into clusters, each cluster is judged by its traits,
and what is rejected is told with the reason.
"""

from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.body import Body, body_of
from mo_viewer.segment.candidate_rules import CALCIFICATION
from mo_viewer.segment.clusters import Cluster, clusters
from mo_viewer.segment.distance import away_from
from mo_viewer.segment.fragments import Levels, fragments
from mo_viewer.segment.gathering import gathered, on_vessel_lines, placed
from mo_viewer.segment.native import native
from mo_viewer.segment.overview import overview
from mo_viewer.segment.patch import Frame, Patch, mask_on, smoothed
from mo_viewer.segment.skeleton import NativeBone, native_bone
from mo_viewer.segment.tissue import Tissue, muscle
from mo_viewer.segment.traits import Scene, Traits, traits
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray, Point, frozen
from mo_viewer.volume.volume import Volume

SMOOTH_MM, MASS_MM = 0.8, 2.0
OFF_BONE_MM, SKIRT_MM, SKIRT_REACH_MM = 2.0, 3.0, 4.0
LOW_HU, LOW_NOISES = 65.0, 4.0
HIGH_HU, HIGH_NOISES = 90.0, 5.5
METAL_HU, LEAST_METAL_MM3 = 2200.0, 150.0
STREAK_DOUBT_HU, STREAK_REACH_MM = 140.0, 80.0
SKIN_REACH_MM = 8.0
LEAST_TOLD_MM3, MOST_REJECTED = 40.0, 40
NEAR_END_MM = 28.0
STEPS = 7


@dataclass(frozen=True)
class Candidate:
    """One cluster: a point inside its densest part (LPS mm), how large and dense it is, what it is and why.

    `score` (0 to 1) orders by likelihood; `kind` is one of the contract's kinds, `extent_mm` the longest line.
    """

    at_mm: Point
    volume_mm3: float
    peak_hu: float
    score: float
    kind: str
    why: str
    extent_mm: float = 0.0


def find_candidates(
    volume: Volume, bone: NativeBone | None = None, ticket: Ticket | None = None
) -> tuple[Candidate, ...]:
    """Return all clusters that stand out from soft tissue, most likely first, rejected ones last.

    Raises
    ------
    Refused
        When the volume is no CT in Hounsfield units, or has too few slices.
    """
    known = ticket or Ticket()
    if volume.unit != "HU":
        raise Refused("Calcifications can be searched for only in a CT with Hounsfield units.")
    known.progress(0, STEPS, "candidates")
    scene, tissue = _scene(volume, bone, known)
    known.progress(4, STEPS, "candidates")
    found = clusters(_calcified(scene, tissue), scene.patch, scene.native.enclosed)
    known.progress(5, STEPS, "candidates")
    measured = gathered([(cluster, traits(cluster, scene)) for cluster in found], scene)
    verdicts = on_vessel_lines([(cluster, one, placed(cluster, one, scene)) for cluster, one in measured])
    known.progress(6, STEPS, "candidates")
    listed = [
        Candidate(
            _inside(cluster, scene),
            one.volume_mm3,
            one.peak_hu,
            _score(one, kind, tissue),
            kind,
            why,
            one.lengths_mm[0],
        )
        for cluster, one, (kind, why) in verdicts
        if kind == CALCIFICATION or one.volume_mm3 >= LEAST_TOLD_MM3
    ]
    listed.sort(key=lambda c: (c.kind != CALCIFICATION, -c.score))
    accepted = sum(c.kind == CALCIFICATION for c in listed)
    return tuple(listed[: accepted + MOST_REJECTED])


def _scene(volume: Volume, bone: NativeBone | None, ticket: Ticket) -> tuple[Scene, Tissue]:

    skeleton = bone or native_bone(volume, ticket)
    patch = overview(volume, ticket)
    ticket.progress(1, STEPS, "candidates")
    dense = mask_on(patch, skeleton.mask) if skeleton.mask.voxels else np.zeros(patch.shape, dtype=bool)
    patch, dense = _along_body(patch, dense)
    patch, dense, body = _cropped(patch, dense, body_of(patch))
    smooth = smoothed(patch, SMOOTH_MM)
    ticket.progress(2, STEPS, "candidates")
    bones = native(patch, smooth, dense, ticket)
    ticket.progress(3, STEPS, "candidates")
    thin = (slice(None, None, 2),) * 3
    tissue = muscle(smooth[thin], (body.inside & (bones.away_mm > 4.0))[thin])
    metal = _large_metal(patch)
    from_shaft = away_from(bones.shaft, patch.spacing_mm, 5.0)
    part = volume.source.body_part.upper()
    scene = Scene(patch, smooth, body, bones, metal, from_shaft, tissue.level_hu, part)
    return scene, tissue


def _along_body(patch: Patch, dense: BoolArray) -> tuple[Patch, BoolArray]:
    """The same patch with the axis first that runs nearest to the patient's length."""
    first = int(np.argmax(np.abs(patch.frame.axes[:, 2])))
    if first == 0:
        return patch, dense
    order = [first, *(axis for axis in range(3) if axis != first)]
    a, b, c = (patch.spacing_mm[axis] for axis in order)
    turned = Patch(
        np.ascontiguousarray(patch.hu.transpose(order)),
        (a, b, c),
        frozen(patch.first_mm[order]),
        Frame(frozen(patch.frame.axes[order])),
        patch.open_faces[order],
    )
    return turned, np.ascontiguousarray(dense.transpose(order))


def _cropped(patch: Patch, dense: BoolArray, body: Body) -> tuple[Patch, BoolArray, Body]:
    """The box of the body, so that air takes no time."""
    box = []
    for axis in range(3):
        line = np.flatnonzero(body.inside.any(axis=tuple(a for a in range(3) if a != axis)))
        more = int(np.ceil(SKIN_REACH_MM / patch.spacing_mm[axis]))
        first, last = (int(line[0]), int(line[-1])) if line.size else (0, patch.shape[axis] - 1)
        box.append(slice(max(0, first - more), last + 1 + more))
    kept = tuple(box)
    corner = patch.first_mm + np.array([s.start for s in kept]) * patch.spacing_mm
    smaller = replace(patch, hu=np.ascontiguousarray(patch.hu[kept]), first_mm=frozen(corner))
    return smaller, np.ascontiguousarray(dense[kept]), Body(body.inside[kept], body.depth_mm[kept])


def _calcified(scene: Scene, tissue: Tissue) -> BoolArray:
    """What exceeds muscle off native bone, without the blurred layer along bone that no body of its own reaches."""
    bg, noise = tissue.level_hu, tissue.noise_hu
    at = Levels(bg + max(LOW_HU, LOW_NOISES * noise), bg + max(HIGH_HU, HIGH_NOISES * noise), 0.0)
    away = scene.native.away_mm
    calcified = fragments(scene.smooth - _streaks(scene), away > OFF_BONE_MM, at, scene.patch.voxel_mm3)
    close = np.argwhere(calcified & (away < SKIRT_MM))
    if len(close):
        lone = _beyond(close, np.argwhere(calcified & (away >= SKIRT_MM)), scene.patch)
        calcified[tuple(close[lone].T)] = False
    return calcified


def _large_metal(patch: Patch) -> BoolArray:
    """Metal that may cast streaks; beads and clips do not."""
    from scipy import ndimage

    labels, count = ndimage.label(patch.hu > METAL_HU)
    if not count:
        return np.zeros(patch.shape, dtype=bool)
    large = np.bincount(labels.ravel()) * patch.voxel_mm3 >= LEAST_METAL_MM3
    large[0] = False
    metal: BoolArray = large[labels]
    return metal


def _streaks(scene: Scene) -> AnyArray:
    """HU that streaks may add: a fixed doubt in the slices of metal, within its reach, else 0."""
    from scipy import ndimage

    doubt = np.zeros(scene.patch.shape, dtype=np.float32)
    crossed = np.asarray(scene.metal.any(axis=(1, 2)))
    for k in np.flatnonzero(ndimage.binary_dilation(crossed)):
        flat = np.asarray(scene.metal[max(0, k - 1) : k + 2].any(axis=0))
        away = ndimage.distance_transform_edt(~flat, sampling=scene.patch.spacing_mm[1:])
        doubt[k] = STREAK_DOUBT_HU * np.clip(2.0 - 2.0 * away / STREAK_REACH_MM, 0.0, 1.0)
    return doubt


def _beyond(points: AnyArray, others: AnyArray, patch: Patch) -> BoolArray:
    """Which points have none of the others within the reach of a skirt."""
    from scipy.spatial import cKDTree

    if not len(others):
        return np.ones(len(points), dtype=bool)
    steps = np.array(patch.spacing_mm)
    away, _ = cKDTree(others * steps).query(points * steps, distance_upper_bound=SKIRT_REACH_MM)
    lone: BoolArray = ~np.isfinite(away)
    return lone


def _inside(cluster: Cluster, scene: Scene) -> Point:
    """The voxel of the cluster round which most mineral lies, rather off bone."""
    from scipy import ndimage

    low = cluster.index.min(axis=0)
    excess = np.zeros(cluster.index.max(axis=0) - low + 1, dtype=np.float32)
    own = tuple((cluster.index - low).T)
    excess[own] = np.minimum(scene.smooth[tuple(cluster.index.T)] - scene.muscle_hu, 600.0)
    mass = ndimage.gaussian_filter(excess, [MASS_MM / s for s in scene.patch.spacing_mm], mode="constant")
    off: FloatArray = np.clip(scene.native.away_mm[tuple(cluster.index.T)] / 4.0, 0.0, 1.0)
    best = cluster.index[int(np.argmax(mass[own] * off))]
    x, y, z = (float(v) for v in scene.patch.points_mm(best.astype(np.float64))[0])
    return x, y, z


def _score(t: Traits, kind: str, tissue: Tissue) -> float:
    """Larger, denser, freer is likelier, a bump at a bone's end less so; what was rejected stays below a quarter."""
    size = np.clip(np.log(t.volume_mm3 / 60.0) / np.log(50.0), 0.0, 1.0)
    contrast = np.clip((t.p90_hu - tissue.level_hu) / 250.0, 0.0, 1.0)
    likely = 0.4 + 0.35 * size + 0.25 * contrast
    if kind != CALCIFICATION:
        return float(round(0.25 * likely, 3))
    apart = 1.0 if t.on_shaft or t.bone_mm[0] > 5.0 else 0.85
    if t.on_shaft and t.end_mm < NEAR_END_MM:
        apart = 0.6
    return float(round(likely * apart * (1.0 - 0.5 * t.enclosed), 3))
