"""Shafts of long bones: what their cross-section is where nothing grows on them.

A shaft goes on along its length; a lesion on its cortex is a bump that ends. So the outline of every slice is
taken in polar coordinates about the shaft's axis, and bumps shorter than `BUMP_MM` along the axis are cut off by
an opening: what rises and does not fall again (a flaring end, a ridge) stays bone (ALGORITHMS 12, 18).
"""

from dataclasses import dataclass

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.segment.patch import Patch
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

BUMP_MM = 56.0
LEAST_LENGTH_MM = 45.0
LEAST_AREA_MM2, MOST_AREA_MM2 = 50.0, 1150.0
WIDER, CLEAN = 1.7, 1.12
ANGLES, STEP_MM, REACH_MM = 72, 0.6, 48.0
HARD_HU = 600.0
LEAST_RUN_MM, NEAR_END = 20.0, 2
WALL_FROM_MM, WALL_MM = 0.6, 6.0


@dataclass(frozen=True, eq=False)
class Shaft:
    """One shaft: slices it is known in, its axis there (rows, columns), and its outline.

    `radius_mm`, `seen_mm` and `wall_hu` are (slices, ANGLES): the outline without bumps, the outline as it is seen,
    and the densest value in the wall under the outline without bumps.
    """

    slices: AnyArray
    axis: FloatArray
    radius_mm: FloatArray
    seen_mm: FloatArray
    wall_hu: FloatArray


def shafts(patch: Patch, full: BoolArray, ticket: Ticket) -> list[Shaft]:
    """Return the shafts along the first axis of a patch; `full` is the skeleton with its marrow."""
    found = []
    for track in tracks(full, patch):
        ticket.check()
        shaft = _shaft(patch, track)
        if shaft is not None:
            found.append(shaft)
    return found


def wall_under(shaft: Shaft, slices: AnyArray, places: FloatArray) -> float:
    """Return how hard the wall is under points beside a shaft, against the rest of the same slices (median, 0 to 1).

    `slices` (n,) are slice numbers, `places` (n, 2) rows and columns in mm. What a bone sends out (a trochanter, a
    tuberosity) goes over into its spongy inside; under a lesion the cortex is whole.
    """
    at = np.clip(np.searchsorted(shaft.slices, slices), 0, shaft.slices.size - 1)
    angle = np.rint(np.arctan2(places[:, 0], places[:, 1]) / (2 * np.pi) * ANGLES).astype(int) % ANGLES
    under = np.unique(np.column_stack([at, angle]), axis=0)
    beside = np.ones(shaft.wall_hu.shape, dtype=bool)
    beside[under[:, 0], under[:, 1]] = False
    known = np.unique(under[:, 0])
    rest = shaft.wall_hu[known][beside[known]]
    if not rest.size:
        return 1.0
    hardness: FloatArray = shaft.wall_hu[under[:, 0], under[:, 1]] / max(1.0, float(np.median(rest)))
    return float(np.median(hardness))


def polar(patch: Patch, axis: FloatArray, reach_mm: float) -> tuple[tuple[slice, slice], FloatArray, AnyArray]:
    """Return the window of one slice round a shaft's axis, distances from it (mm) and numbers of angles there."""
    row, column = axis
    down, across = patch.spacing_mm[1:]
    rows = slice(max(0, int(row - reach_mm / down)), min(patch.shape[1], int(row + reach_mm / down) + 2))
    columns = slice(max(0, int(column - reach_mm / across)), min(patch.shape[2], int(column + reach_mm / across) + 2))
    y = (np.arange(rows.start, rows.stop)[:, None] - row) * down
    x = (np.arange(columns.start, columns.stop)[None, :] - column) * across
    angle = np.rint(np.arctan2(y, x) / (2 * np.pi) * ANGLES).astype(int) % ANGLES
    return (rows, columns), np.hypot(y, x), angle


@dataclass(frozen=True, eq=False)
class Track:
    """One cross-section after another: slice numbers, labels' boxes with their pixels, areas, centroids."""

    slices: list[int]
    masks: list[tuple[tuple[slice, slice], BoolArray]]
    areas: list[float]
    centres: list[tuple[float, float]]


def tracks(full: BoolArray, patch: Patch, least_mm: float = LEAST_LENGTH_MM) -> list[Track]:
    """Return cross-sections of filled bone that lie over each other, followed along the stack, where long enough."""
    from scipy import ndimage

    pixel = patch.spacing_mm[1] * patch.spacing_mm[2]
    done: list[Track] = []
    alive: list[tuple[Track, int]] = []
    before: AnyArray = np.zeros(full.shape[1:], dtype=np.int32)
    for k in range(full.shape[0]):
        labels, count = ndimage.label(full[k])
        areas = np.bincount(labels.ravel(), minlength=count + 1) * pixel
        boxes = [(rows, columns) for rows, columns in ndimage.find_objects(labels)]
        after: list[tuple[Track, int]] = []
        taken: set[int] = set()
        for track, old in alive:
            overlap = np.bincount(labels[before == old], minlength=count + 1) * pixel
            overlap[0] = 0
            best = int(np.argmax(overlap)) if count else 0
            if best and best not in taken and overlap[best] > 0.5 * min(areas[best], track.areas[-1]):
                taken.add(best)
                _add(track, k, best, labels, boxes[best - 1], float(areas[best]))
                after.append((track, best))
            else:
                done.append(track)
        for label in range(1, count + 1):
            if label not in taken and areas[label] >= LEAST_AREA_MM2:
                track = Track([], [], [], [])
                _add(track, k, label, labels, boxes[label - 1], float(areas[label]))
                after.append((track, label))
        alive, before = after, labels
    done.extend(track for track, _ in alive)
    return [t for t in done if len(t.slices) * patch.spacing_mm[0] >= least_mm]


def _add(track: Track, k: int, label: int, labels: AnyArray, box: tuple[slice, slice], area: float) -> None:
    mask = labels[box] == label
    rows, columns = np.nonzero(mask)
    track.slices.append(k)
    track.masks.append((box, mask))
    track.areas.append(area)
    track.centres.append((float(rows.mean()) + box[0].start, float(columns.mean()) + box[1].start))


def _shaft(patch: Patch, track: Track) -> Shaft | None:
    from scipy import ndimage

    step = patch.spacing_mm[0]
    areas = np.array(track.areas)
    plain = opened(areas[:, None], step)[:, 0]
    known = (plain >= LEAST_AREA_MM2) & (plain <= min(MOST_AREA_MM2, WIDER * float(np.quantile(plain, 0.25))))
    part = _longest(known)
    if part is None:
        return None
    part = _without_tips(part, areas <= CLEAN * plain, track, patch)
    if (part.stop - part.start) * step < LEAST_LENGTH_MM:
        return None
    plain, areas = plain[part], areas[part]
    clean = areas <= CLEAN * plain
    if np.count_nonzero(clean) < 4:
        return None
    at = np.arange(areas.size)
    centres = np.array(track.centres)[part]
    axis = np.column_stack([np.interp(at, at[clean], centres[clean, i]) for i in range(2)])
    axis = ndimage.gaussian_filter1d(axis, 4.0 / step, axis=0, mode="nearest")
    seen = radii(patch, track.masks[part], axis)
    slices = np.array(track.slices)[part]
    radius = opened(ndimage.median_filter(seen, (1, 3), mode="wrap"), step)
    wall = wall_seen(patch, slices, axis, radius)
    return Shaft(slices, axis, radius, seen, wall) if float(np.median(wall[clean])) >= HARD_HU else None


def opened(lines: FloatArray, step_mm: float, length_mm: float = BUMP_MM) -> FloatArray:
    """Return (n, m) lines along the first axis without bumps shorter than a length (flat opening)."""
    from scipy import ndimage

    size = max(1, round(length_mm / step_mm)) | 1
    return np.asarray(ndimage.grey_opening(lines, size=(size, 1), mode="nearest"))


def _longest(known: BoolArray) -> slice | None:
    from scipy import ndimage

    labels, count = ndimage.label(known)
    if not count:
        return None
    best = int(np.argmax(np.bincount(labels)[1:])) + 1
    where = np.flatnonzero(labels == best)
    return slice(int(where[0]), int(where[-1]) + 1)


def _without_tips(part: slice, clean: BoolArray, track: Track, patch: Patch) -> slice:
    """The part without ends, within the stack, that are as slender as a shaft for a short way only.

    Such an end is the tip of a condyle: what lies between it and the shaft is the bone's wide end, no bump.
    """
    from scipy import ndimage

    size = max(1, round(LEAST_RUN_MM / patch.spacing_mm[0]))
    runs = np.flatnonzero(ndimage.binary_opening(clean[part], np.ones(size, dtype=bool)))
    if not runs.size:
        return part
    within = track.slices[part.start] > NEAR_END, track.slices[part.stop - 1] < patch.shape[0] - 1 - NEAR_END
    first = part.start + int(runs[0]) if within[0] else part.start
    return slice(first, part.start + int(runs[-1]) + 1 if within[1] else part.stop)


def radii(patch: Patch, masks: list[tuple[tuple[slice, slice], BoolArray]], axis: FloatArray) -> FloatArray:
    """Return (slices, ANGLES) mm from the axis to where each cross-section first ends."""
    from scipy import ndimage

    away = np.arange(0.0, REACH_MM, STEP_MM)
    turns = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    down = np.sin(turns)[:, None] * away / patch.spacing_mm[1]
    across = np.cos(turns)[:, None] * away / patch.spacing_mm[2]
    ends = np.empty((len(axis), ANGLES))
    for i, (box, mask) in enumerate(masks):
        places = np.stack([axis[i, 0] - box[0].start + down, axis[i, 1] - box[1].start + across])
        values = ndimage.map_coordinates(mask.astype(np.float32), places, order=1, mode="constant")
        outside = (values < 0.5) & (np.arange(away.size) > 0)
        first = np.where(outside.any(axis=1), outside.argmax(axis=1), away.size - 1)
        last, after = (values[np.arange(ANGLES), at] for at in (first - 1, first))
        ends[i] = away[first] - STEP_MM * np.clip((0.5 - after) / np.maximum(last - after, 1e-3), 0.0, 1.0)
    return ends


def wall_seen(patch: Patch, slices: AnyArray, axis: FloatArray, radius: FloatArray) -> FloatArray:
    """(slices, ANGLES) highest HU on the way from the outline inwards."""
    from scipy import ndimage

    turns = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    wall = np.empty_like(radius)
    for i, k in enumerate(slices):
        inwards = np.maximum(radius[i][:, None] - np.arange(WALL_FROM_MM, WALL_MM, 0.8), 0.0)
        rows = axis[i, 0] + np.sin(turns)[:, None] * inwards / patch.spacing_mm[1]
        columns = axis[i, 1] + np.cos(turns)[:, None] * inwards / patch.spacing_mm[2]
        wall[i] = ndimage.map_coordinates(patch.hu[k], [rows, columns], order=1, mode="nearest").max(axis=1)
    return wall
