"""Where one radiograph's edges lie in another: every turn and scale is tried, then the best are refined."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.track.film import COARSE_STEPS, FINE_STEPS, Film, slopes
from mo_viewer.volume.arrays import BoolArray, FloatArray

TURNS_DEG = tuple(range(-40, 41, 8))
CALIBRATED_SCALES = tuple(1.08**k for k in range(-3, 4))
FREE_SCALES = tuple(1.1**k for k in range(-5, 6))
"""Uncalibrated pixels may have any size; the field that both films show is taken as about the same."""
REFINED = 10
APART = 6.0
REACH_STEPS = (14.0, 10.0, 7.0, 5.0, 4.0, 3.0, 2.5, 2.0, 2.0, 2.0, 2.0, 2.0)
DIRECTION_STEPS = 8.0
"""How many fine pixels two opposite directions count as."""
POINTWISE = 0.15


@dataclass(frozen=True, eq=False)
class Similarity:
    """Turn, scale and shift: q = [[a, -b], [b, a]] p + t, mm in the planes of the two images."""

    a: float
    b: float
    x_mm: float
    y_mm: float

    @property
    def scale(self) -> float:
        """How many millimetres of the other image one of this is."""
        return float(np.hypot(self.a, self.b))

    @property
    def turn_deg(self) -> float:
        """From x towards y."""
        return float(np.degrees(np.arctan2(self.b, self.a)))

    @property
    def matrix(self) -> FloatArray:
        """(4, 4); the third axis stays."""
        made = np.eye(4)
        made[:2, :2] = [[self.a, -self.b], [self.b, self.a]]
        made[:2, 3] = self.x_mm, self.y_mm
        return made

    def of(self, points_mm: FloatArray) -> FloatArray:
        """(n, 2) points carried over."""
        made: FloatArray = points_mm @ np.array([[self.a, self.b], [-self.b, self.a]]) + [self.x_mm, self.y_mm]
        return made

    def turned(self, directions: FloatArray) -> FloatArray:
        """(n, 2) unit directions carried over."""
        made: FloatArray = directions @ np.array([[self.a, self.b], [-self.b, self.a]]) / self.scale
        return made


def searched(first: Film, other: Film, near: BoolArray, ticket: Ticket) -> list[tuple[float, Similarity]]:
    """Return the likeliest similarities with their agreement of slopes (-1 to 1), best first, clearly apart.

    Parameters
    ----------
    first, other
        The result takes points of `first` to `other`.
    near
        Fine pixels of `first` that count.
    ticket
        Progress and cancellation.
    """
    from scipy import fft, ndimage

    ours, theirs = _coarse(first, near & first.known), _coarse(other, other.known)
    size = fft.next_fast_len(2 * COARSE_STEPS)
    shape = (size, size)
    down, right = (fft.rfft2(part, shape) for part in theirs)
    energy = fft.rfft2(theirs[0] ** 2 + theirs[1] ** 2, shape)
    ratio = FINE_STEPS / COARSE_STEPS
    free = not (first.has_scale and other.has_scale)
    found: list[tuple[float, Similarity]] = []
    scales = FREE_SCALES if free else CALIBRATED_SCALES
    rows, columns = (np.array(part, dtype=np.float64) for part in np.mgrid[:COARSE_STEPS, :COARSE_STEPS])
    for done, scale in enumerate(scales):
        ticket.progress(done, len(scales), "Searching the other radiograph")
        grow = scale if free else scale * first.step_mm / other.step_mm
        for turn in TURNS_DEG:
            angle = np.radians(turn)
            cos, sin = np.cos(angle), np.sin(angle)
            middle = 0.5 * (COARSE_STEPS - 1)
            x, y = (columns - middle) / grow, (rows - middle) / grow
            at = np.stack([-sin * x + cos * y + middle, cos * x + sin * y + middle])
            dy, dx = (ndimage.map_coordinates(part, at, order=1) for part in ours)
            dy, dx = cos * dy + sin * dx, cos * dx - sin * dy
            support = ndimage.map_coordinates((ours[0] != 0).astype(np.float64), at, order=1)
            own = float((dx**2 + dy**2).sum())
            if own <= 0:
                continue
            joint = fft.irfft2(np.conj(fft.rfft2(dy, shape)) * down + np.conj(fft.rfft2(dx, shape)) * right, shape)
            seen = fft.irfft2(np.conj(fft.rfft2(support, shape)) * energy, shape)
            score = joint / np.sqrt(own * np.maximum(seen, 0.25 * own))
            place = np.unravel_index(int(np.argmax(score)), shape)
            shift = [int(p) - size if p > size // 2 else int(p) for p in place]
            grown = grow * other.step_mm / first.step_mm
            a, b = grown * cos, grown * sin
            origin = middle * ratio * first.step_mm
            to = middle * ratio * other.step_mm
            x_mm = to - (a - b) * origin + shift[1] * ratio * other.step_mm
            y_mm = to - (b + a) * origin + shift[0] * ratio * other.step_mm
            found.append((float(score[place]), Similarity(a, b, x_mm, y_mm)))
    return _distinct(sorted(found, key=lambda one: -one[0]), first, near)


def refined(start: Similarity, points_mm: FloatArray, normals: FloatArray, other: Film) -> Similarity:
    """Improve a similarity on edges: iterated closest points of like direction, the distance across the edge counts.

    The linear system of the four numbers is solved with Tukey weights; a small share of the distance along the edge
    keeps what nothing holds where it is.
    """
    from scipy.spatial import KDTree

    if len(points_mm) < 8 or len(other.edges_mm) < 8:
        return start
    step = other.step_mm
    tree = KDTree(np.hstack([other.edges_mm, 0.5 * DIRECTION_STEPS * step * other.normals]))
    middle = points_mm.mean(axis=0)
    now = start
    for reach in REACH_STEPS:
        there = now.of(points_mm)
        keys = np.hstack([there, 0.5 * DIRECTION_STEPS * step * now.turned(normals)])
        away, index = tree.query(keys, distance_upper_bound=reach * step)
        away, index = np.asarray(away), np.asarray(index)
        near = np.isfinite(away)
        if near.sum() < 8:
            return now
        p, q, n = points_mm[near] - middle, other.edges_mm[index[near]], other.normals[index[near]]
        across = np.einsum("ij,ij->i", there[near] - q, n)
        weight = np.sqrt(np.clip(1 - (across / (reach * step)) ** 2, 0, 1))
        along = np.column_stack([-n[:, 1], n[:, 0]])
        rows, wanted = [], []
        for direction, share in ((n, 1.0), (along, POINTWISE)):
            by = (share * weight)[:, None]
            columns = [
                direction[:, 0] * p[:, 0] + direction[:, 1] * p[:, 1],
                direction[:, 1] * p[:, 0] - direction[:, 0] * p[:, 1],
                direction[:, 0],
                direction[:, 1],
            ]
            rows.append(np.column_stack(columns) * by)
            wanted.append(np.einsum("ij,ij->i", direction, q) * by[:, 0])
        a, b, x, y = np.linalg.lstsq(np.vstack(rows), np.concatenate(wanted), rcond=None)[0]
        if not 0.3 < np.hypot(a, b) / start.scale < 3.0:
            return now
        x, y = x - a * middle[0] + b * middle[1], y - b * middle[0] - a * middle[1]
        now = Similarity(float(a), float(b), float(x), float(y))
    return now


def _coarse(film: Film, counts: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Slopes on a square of coarse pixels."""
    from scipy import ndimage

    factor = FINE_STEPS / COARSE_STEPS
    smooth = ndimage.gaussian_filter(film.contrast, 0.5 * factor)
    parts = slopes(smooth, film.known)
    kept = [ndimage.gaussian_filter(np.where(counts, part, 0.0), 0.35 * factor) for part in parts]
    at = np.mgrid[:COARSE_STEPS, :COARSE_STEPS] * factor
    down, right = (ndimage.map_coordinates(part, at, order=1, mode="constant") for part in kept)
    return np.asarray(down, dtype=np.float64), np.asarray(right, dtype=np.float64)


def _distinct(ranked: list[tuple[float, Similarity]], first: Film, near: BoolArray) -> list[tuple[float, Similarity]]:
    """The best of each neighbourhood, at the corners of what counts."""
    index = np.argwhere(near)
    low, high = index.min(axis=0), index.max(axis=0)
    corners = first.step_mm * np.array([[x, y] for x in (low[1], high[1]) for y in (low[0], high[0])], dtype=np.float64)
    apart = APART * first.step_mm * FINE_STEPS / COARSE_STEPS
    kept: list[tuple[float, Similarity]] = []
    for score, one in ranked:
        there = one.of(corners)
        if all(np.abs(there - other.of(corners)).max() > apart for _, other in kept):
            kept.append((score, one))
        if len(kept) == REFINED:
            break
    return kept
