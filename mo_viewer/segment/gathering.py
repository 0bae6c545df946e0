"""Clusters seen together: fragments of one mass that lie farther apart; stones and plaques along a vessel."""

from collections.abc import Sequence

import numpy as np

from mo_viewer.segment.candidate_rules import CALCIFICATION, NATIVE, PHLEBOLITH, VESSEL, Verdict, judged
from mo_viewer.segment.clusters import Cluster, gap_mm, joined
from mo_viewer.segment.sesamoids import sesamoid
from mo_viewer.segment.strands import side_by_side
from mo_viewer.segment.traits import Scene, Traits, traits
from mo_viewer.volume.arrays import FloatArray

LOOSE_GAP_MM, MASS_GAP_MM = 12.0, 25.0
SHARE_MM3 = 800.0
OFF_BONE_MM = 2.6
LINE_MM, LINE_REACH_MM, LEAST_APART_MM = 6.5, 90.0, 7.0
UPRIGHT = 0.85
BEAD_MM3, BEAD_WIDTH_MM = 450.0, 9.5
LEAST_BEADS = 3

Measured = tuple[Cluster, Traits]


def gathered(found: Sequence[Measured], scene: Scene) -> list[Measured]:
    """Join small loose clusters over 12 mm, and what is then a small candidate to a loose one within 25 mm.

    A mass calcifies in fragments with wide gaps; rounded bodies are never joined, and what is bone, metal, a streak
    or two vessels side by side, or touches bone, joins nothing.
    """
    lined = _on_lines([(cluster, t, judged(t)) for cluster, t in found])
    free = [i not in lined and _may_join(t) and not side_by_side(c) for i, (c, t) in enumerate(found)]
    loose = [one for one, joins in zip(found, free, strict=True) if joins]
    rest = [one for one, joins in zip(found, free, strict=True) if not joins]
    large = [one for one in loose if one[1].volume_mm3 > SHARE_MM3]
    loose = large + _linked([one for one in loose if one[1].volume_mm3 <= SHARE_MM3], scene, LOOSE_GAP_MM)
    masses = [one for one in loose if judged(one[1])[0] == CALCIFICATION]
    others = [one for one in loose if judged(one[1])[0] != CALCIFICATION]
    return rest + others + _linked(masses, scene, MASS_GAP_MM)


def placed(cluster: Cluster, t: Traits, scene: Scene) -> Verdict:
    """Return what a cluster is by its traits and, where these leave it a candidate, by its place and its parts."""
    verdict = judged(t)
    if verdict[0] != CALCIFICATION:
        return verdict
    if side_by_side(cluster):
        long, wide, _ = t.lengths_mm
        return VESSEL, f"two slender strands side by side along the body ({long:.0f} x {wide:.0f} mm): two vessels"
    bone = sesamoid(cluster, t, scene)
    return (NATIVE, bone) if bone else verdict


def on_vessel_lines(found: Sequence[tuple[Cluster, Traits, Verdict]]) -> list[tuple[Cluster, Traits, Verdict]]:
    """Call small clusters vessel when at least three of them lie on one line along the body."""
    lined = _on_lines(found)
    told = (
        VESSEL,
        f"one of at least {LEAST_BEADS} small ones on a line along the body: a vessel's wall or stones in it",
    )
    return [(c, t, told if i in lined else verdict) for i, (c, t, verdict) in enumerate(found)]


def _on_lines(found: Sequence[tuple[Cluster, Traits, Verdict]]) -> set[int]:
    beads = [i for i, (_, t, verdict) in enumerate(found) if _is_bead(t, verdict)]
    centres = np.array([found[i][0].points_mm.mean(axis=0) for i in beads]).reshape(-1, 3)
    return {beads[i] for i in range(len(beads)) if _most_on_a_line(centres, i) >= LEAST_BEADS}


def _may_join(t: Traits) -> bool:
    kinds = (CALCIFICATION, VESSEL, PHLEBOLITH)
    return not t.solid and not t.on_shaft and t.bone_mm[0] > OFF_BONE_MM and judged(t)[0] in kinds


def _linked(found: Sequence[Measured], scene: Scene, gap: float) -> list[Measured]:
    """Join while any two are nearer than the gap and one of them is small."""
    left = list(found)
    done: list[Measured] = []
    while left:
        one = left.pop()
        near = next((i for i, other in enumerate(left) if _near(one, other, gap)), None)
        if near is None:
            done.append(one)
            continue
        both = joined(one[0], left.pop(near)[0])
        left.append((both, traits(both, scene)))
    return done


def _near(one: Measured, other: Measured, gap: float) -> bool:
    if min(one[1].volume_mm3, other[1].volume_mm3) > SHARE_MM3:
        return False
    a, b = one[0].points_mm, other[0].points_mm
    apart = np.maximum(a.min(axis=0) - b.max(axis=0), b.min(axis=0) - a.max(axis=0))
    return bool(apart.max() <= gap) and gap_mm(one[0], other[0]) <= gap


def _is_bead(t: Traits, verdict: Verdict) -> bool:
    if verdict[0] not in (CALCIFICATION, VESSEL, PHLEBOLITH):
        return False
    return t.volume_mm3 < BEAD_MM3 and t.lengths_mm[1] < BEAD_WIDTH_MM


def _most_on_a_line(centres: FloatArray, first: int) -> int:
    """The greatest number of centres on one near-upright line through one of them."""
    away = centres - centres[first]
    length = np.linalg.norm(away, axis=1)
    most = 1
    for second in np.flatnonzero((length >= LEAST_APART_MM) & (length <= LINE_REACH_MM)):
        towards = away[second] / length[second]
        if abs(towards[0]) >= UPRIGHT:
            along = away @ towards
            off = np.linalg.norm(away - along[:, None] * towards, axis=1)
            most = max(most, int(np.count_nonzero((off <= LINE_MM) & (np.abs(along) <= LINE_REACH_MM))))
    return most
