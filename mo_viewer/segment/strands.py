"""Two vessels side by side, whose calcified walls lie near enough to be gathered into one cluster."""

import numpy as np

from mo_viewer.segment.clusters import Cluster
from mo_viewer.volume.arrays import BoolArray, FloatArray

UPRIGHT, LEAST_LENGTH_MM, AS_LONG = 0.85, 15.0, 0.6
APART_MM, FAR_MM = 4.0, 20.0
BETWEEN_MM, MOST_BETWEEN = 1.0, 0.6
WIDE_MM, SLENDER, SLENDERER = 11.0, 1.8, 2.6
BOW, TURNS = 2, 20
VALLEY, VALLEY_STEPS = 3.0, 6


def side_by_side(cluster: Cluster) -> bool:
    """Return whether a cluster is two slender strands along the body with a gap all along between them.

    Each is judged by itself: no wider than a vessel, as long as the cluster. A lesion is fullest in its middle, or,
    hollow, closed by its walls; between two vessels there is next to nothing.
    """
    centred = cluster.points_mm - cluster.points_mm.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    along, across = centred @ axes[:, 2], centred @ axes[:, :2]
    length = float(np.ptp(along))
    if length < LEAST_LENGTH_MM or abs(axes[0, 2]) < UPRIGHT:
        return False
    first, off, apart = _halves(along, across)
    if min(np.count_nonzero(first), np.count_nonzero(~first)) <= 3 * BOW or not APART_MM <= apart <= FAR_MM:
        return False
    width = float(np.ptp(np.percentile(off, [2, 98])))
    between = np.mean(np.abs(off - _valley(off, apart)) < BETWEEN_MM) * width / (2 * BETWEEN_MM)
    shapes = [_long_and_wide(cluster.points_mm[part]) for part in (first, ~first)]
    slender = sorted(long / wide for long, wide in shapes)
    return bool(
        between <= MOST_BETWEEN
        and min(float(np.ptp(along[part])) for part in (first, ~first)) >= AS_LONG * length
        and max(wide for _, wide in shapes) <= WIDE_MM
        and slender[0] >= SLENDER
        and slender[1] >= SLENDERER
    )


def _halves(along: FloatArray, across: FloatArray) -> tuple[BoolArray, FloatArray, float]:
    """Which points lie nearer to the first of two bowed lines, how far from midway (mm), and the lines' gap (mm)."""
    first: BoolArray = across[:, 1] > np.median(across[:, 1])
    off, apart = np.zeros(len(along)), 0.0
    for _ in range(TURNS):
        if min(np.count_nonzero(first), np.count_nonzero(~first)) <= 3 * BOW:
            break
        one, other = (_line(along, across, part) for part in (first, ~first))
        towards = other - one
        gap = np.maximum(np.linalg.norm(towards, axis=1), 1e-6)
        off = np.sum((across - (one + other) / 2) * towards, axis=1) / gap
        apart = float(np.median(gap))
        nearer = off < _valley(off, apart)
        if np.array_equal(nearer, first):
            break
        first = nearer
    return first, off, apart


def _valley(off: FloatArray, apart: float) -> float:
    """Where between two lines the fewest points lie."""
    places = np.linspace(-apart / VALLEY, apart / VALLEY, 2 * VALLEY_STEPS + 1)
    places = places[np.argsort(np.abs(places), kind="stable")]
    counts = [np.count_nonzero(np.abs(off - place) < BETWEEN_MM) for place in places]
    return float(places[int(np.argmin(counts))])


def _line(along: FloatArray, across: FloatArray, part: BoolArray) -> FloatArray:
    bent = [np.polyval(np.polyfit(along[part], across[part, i], BOW), along) for i in (0, 1)]
    return np.column_stack(bent)


def _long_and_wide(points: FloatArray) -> tuple[float, float]:
    """The two longest extents (mm) along the principal axes."""
    centred = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    spans = np.sort(np.ptp(centred @ axes, axis=0)) + 1.0
    return float(spans[2]), float(spans[1])
