"""Which contours of two studies are one lesion, and what became of it.

Contours are carried over by the registration. Two belong together when they share a tenth of the smaller volume, or,
where one of them shares nothing with any other, when their surfaces lie within 5 mm. Each looks for its best partner;
what hangs together is a group: one and one is a lesion that stayed, several and one a merger, one and several a split.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mo_viewer.findings.event import Link
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.registration import Registration
from mo_viewer.track.meeting import meeting
from mo_viewer.volume.arrays import BoolArray, FloatArray
from mo_viewer.volume.mask import Mask

LEAST_OVERLAP = 0.1
MOST_GAP_MM = 5.0
KEPT_VOLUME = 0.15


@dataclass(frozen=True)
class Group:
    """Lesions of an earlier and of a later study that are one and the same, or became so; one side may be empty."""

    before: tuple[Lesion, ...]
    after: tuple[Lesion, ...]
    links: tuple[Link, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """The links in words."""
        return tuple(
            f"{100 * link.overlap:.0f} % of the smaller contour lies in the other"
            if link.overlap >= LEAST_OVERLAP
            else f"{link.gap_mm:.1f} mm apart"
            for link in self.links
        )


def grouped(before: Sequence[Lesion], after: Sequence[Lesion], registration: Registration) -> tuple[Group, ...]:
    """Return the groups of two studies; `registration` takes the earlier study to the later one (not failed).

    Contours that already bear one tracking UID belong together. Lesions without a mask stand alone. Order: by the
    earlier study's lesions, then what is new.
    """
    overlaps = np.zeros((len(before), len(after)))
    gaps = np.full((len(before), len(after)), np.inf)
    for i, one in enumerate(before):
        for j, two in enumerate(after):
            if _has_mask(one) and _has_mask(two):
                overlaps[i, j], gaps[i, j] = meeting(_mask(one), _mask(two), registration.matrix)
    joined = _linked(overlaps, gaps, [_size(lesion) for lesion in before], [_size(lesion) for lesion in after])
    for i, one in enumerate(before):
        for j, two in enumerate(after):
            joined[i, j] |= one.tracking_uid == two.tracking_uid
    return _components(before, after, joined, overlaps, gaps, registration)


def _linked(overlaps: FloatArray, gaps: FloatArray, before: list[float], after: list[float]) -> BoolArray:
    """Best partners by shared volume, then by nearness for those that share nothing."""
    shared = overlaps * np.minimum.outer(np.array(before), np.array(after)) if overlaps.size else overlaps
    able = overlaps >= LEAST_OVERLAP
    joined = np.zeros(overlaps.shape, dtype=bool)
    for i in range(overlaps.shape[0]):
        if able[i].any():
            joined[i, int(np.argmax(np.where(able[i], shared[i], -1.0)))] = True
    for j in range(overlaps.shape[1]):
        if able[:, j].any():
            joined[int(np.argmax(np.where(able[:, j], shared[:, j], -1.0))), j] = True
    for i, j in _by_gap(gaps, joined):
        lone_i, lone_j = not joined[i].any(), not joined[:, j].any()
        joined[i, j] = (
            (lone_i and lone_j)
            or (lone_i and _conserved(before, after[j], joined[:, j], i))
            or (lone_j and _conserved(after, before[i], joined[i], j))
        )
    return joined


def _by_gap(gaps: FloatArray, joined: BoolArray) -> list[tuple[int, int]]:
    near = np.argwhere((gaps <= MOST_GAP_MM) & ~joined)
    return [(int(i), int(j)) for i, j in near[np.argsort(gaps[tuple(near.T)], kind="stable")]]


def _conserved(parts: list[float], whole: float, with_whole: BoolArray, extra: int) -> bool:
    """Whether a neighbour that shares nothing makes the volumes of parts and whole agree: then it is a part."""
    others = sum(part for part, there in zip(parts, with_whole, strict=True) if there)
    return abs(others + parts[extra] - whole) <= KEPT_VOLUME * whole and others < (1 - 0.5 * KEPT_VOLUME) * whole


def _components(
    before: Sequence[Lesion],
    after: Sequence[Lesion],
    joined: BoolArray,
    overlaps: FloatArray,
    gaps: FloatArray,
    registration: Registration,
) -> tuple[Group, ...]:
    from scipy.sparse.csgraph import connected_components

    count = len(before) + len(after)
    if not count:
        return ()
    graph = np.zeros((count, count), dtype=bool)
    graph[: len(before), len(before) :] = joined
    _, which = connected_components(graph, directed=False)
    groups = []
    for number in dict.fromkeys(which.tolist()):
        first = [i for i in range(len(before)) if which[i] == number]
        second = [j for j in range(len(after)) if which[len(before) + j] == number]
        links = tuple(
            Link(
                registration.from_study,
                before[i].tracking_uid,
                registration.to_study,
                after[j].tracking_uid,
                float(overlaps[i, j]),
                float(gaps[i, j]),
            )
            for i in first
            for j in second
            if joined[i, j]
        )
        groups.append(Group(tuple(before[i] for i in first), tuple(after[j] for j in second), links))
    return tuple(groups)


def _has_mask(lesion: Lesion) -> bool:
    return lesion.mask is not None and lesion.mask.voxels > 0


def _mask(lesion: Lesion) -> Mask:
    assert lesion.mask is not None
    return lesion.mask


def _size(lesion: Lesion) -> float:
    volume = lesion.measured("volume")
    if volume is not None:
        return volume.value
    return lesion.mask.volume_mm3 if lesion.mask is not None else 0.0
