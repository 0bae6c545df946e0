"""What the scanner's blur does to an edge, and how to take it back.

A half-maximum edge is right for a flat, thick wall. A curved one is pulled towards its centre by
variance x mean curvature (ALGORITHMS 10.4); a wall thinner than the blur looks as wide as the blur.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mo_viewer.segment.mesh import Mesh
from mo_viewer.volume.arrays import FloatArray

IN_PLANE_MM = 0.5
"""SD of the scanner's own blur in the slice where the images do not show it."""
ALONG_SHARE, ALONG_MM = 0.48, 0.2
"""SD of the blur along the stack as a share of the slice thickness: the slice's box and its sampling together (fitted
to blurred shells at 1, 3 and 5 mm), and what the scanner adds."""
STEEP_MM, STEEPER = 0.47, 0.6
"""Kernels with steeper edges than this SD overshoot, so that thin walls look thinner than a gaussian with such an edge
makes them: by this share of the difference less blur is taken (own choice, from thin shells in sharp series)."""
MOST_CURVATURE = 0.5
THINNEST, MOST_WALL = 0.6, 1.1
HIDDEN, CLEAR = 3.2, 5.0
SHARPEST, BLURRED, KNOWN = 1.1, 1.5, 0.25
THIN_FROM, THIN_TO = 1.2, 2.2
BLUR_ERROR, UNSEEN_BLUR_ERROR = 0.05, 0.10
"""What the SD of the blur may be wrong by, as a share: where skin shows it (our own choice, from skin edges of
phantoms), and where nothing does (kernels lie up to 0.25 from what is assumed, few so far)."""


@dataclass(frozen=True, eq=False)
class Blur:
    """(3,) variances of the blur along the patch's axes, mm2, and what its SD may be wrong by, as a share."""

    variance_mm2: FloatArray
    error: float = BLUR_ERROR

    @classmethod
    def expected(
        cls, spacing_mm: tuple[float, float, float], smooth_mm: float, slice_mm: float, in_plane_mm: float | None = None
    ) -> "Blur":
        """Scanner, slice thickness, pixel interpolation and own smoothing together."""
        flat, error = (IN_PLANE_MM, UNSEEN_BLUR_ERROR) if in_plane_mm is None else (in_plane_mm, BLUR_ERROR)
        flat -= STEEPER * max(0.0, STEEP_MM - flat)
        along = ALONG_MM**2 + (ALONG_SHARE * slice_mm) ** 2
        own = smooth_mm**2 + np.array(spacing_mm) ** 2 / 6.0
        return cls(np.array([along, flat**2, flat**2]) + own, error)

    def along(self, normals: FloatArray) -> FloatArray:
        """(n,) SD of the blur along unit directions, mm."""
        sd: FloatArray = np.sqrt(normals**2 @ self.variance_mm2)
        return sd


def curvature_shift(mesh: Mesh, blur: Blur) -> FloatArray:
    """(n,) mm by which blur has pulled each vertex inwards: half the trace of variance x second fundamental form."""
    normals = mesh.normals()
    links = mesh.laplacian.tocoo()
    off = links.row != links.col
    i, j = links.row[off], links.col[off]
    step = mesh.vertices[j] - mesh.vertices[i]
    length2 = np.maximum((step**2).sum(axis=1), 1e-9)
    turned = ((normals[j] - normals[i]) * step).sum(axis=1)
    variance = (step**2 @ blur.variance_mm2) / length2
    around = np.maximum(np.bincount(i, length2, minlength=len(normals)), 1e-9)
    weighed = (turned * variance, turned, variance * length2)
    mean = [np.bincount(i, w, minlength=len(normals)) / around for w in weighed]
    shift = 2.0 * mean[0] - mean[1] * mean[2]
    limit = MOST_CURVATURE * np.sqrt(mean[2])
    return np.clip(mesh.averaged(shift, 2), -limit, limit)


@dataclass(frozen=True, eq=False)
class Walls:
    """Per vertex: how far a wall's half-maximum lies outside its true face (mm), how uncertain that is (mm), and how
    far blur hides its thickness (0 to 1).

    All are 0 where there is no inner face within reach.
    """

    shift: FloatArray
    doubt: FloatArray
    hidden: FloatArray


def walls(width_mm: FloatArray, sigma_mm: FloatArray, sure: FloatArray, error: float = BLUR_ERROR) -> Walls:
    """Return what blur did to walls, from their full width at half maximum.

    Where blur hides the thickness (width below about 3 SD) because slices are thick, the wall is taken to be as thick
    as it is where the blur is least. `width_mm` is infinite where there is no inner face; `sure` weighs vertices 0 to
    1. The doubt is what an `error` of the blur itself makes of the thickness.
    """
    seen, box = _wall_table()
    walled = np.isfinite(width_mm)
    ratio = np.where(walled, width_mm / sigma_mm, seen[-1])
    wall = np.interp(ratio, seen, box) * sigma_mm
    less, more = (e * np.interp(ratio / e, seen, box) for e in (1.0 - error, 1.0 + error))
    doubt = 0.25 * (less - more) * sigma_mm
    sharp = walled & (sigma_mm < SHARPEST * sigma_mm.min()) & (sure > 0)
    known = float(np.clip(sharp.sum() / max(1, walled.sum()) / KNOWN, 0.0, 1.0))
    if known > 0:
        unclear = np.clip((CLEAR - ratio) / (CLEAR - HIDDEN), 0.0, 1.0)
        blurred = np.clip((sigma_mm / sigma_mm.min() - SHARPEST) / (BLURRED - SHARPEST), 0.0, 1.0)
        elsewhere = known * unclear * blurred
        wall += elsewhere * (float(np.median(wall[sharp])) - wall)
        doubt += elsewhere * (float(np.median(doubt[sharp])) - doubt)
    over = 0.5 * (np.where(walled, width_mm, 0.0) - wall)
    thin = walled & (ratio < seen[-1])
    shift = np.where(thin, np.clip(over, 0.0, MOST_WALL * sigma_mm), 0.0)
    hidden = np.clip((THIN_TO - wall / sigma_mm) / (THIN_TO - THIN_FROM), 0.0, 1.0)
    return Walls(shift, np.where(thin, doubt, 0.0), np.where(thin, hidden, 0.0))


def cleft_width(filled: FloatArray, sigma_mm: FloatArray) -> FloatArray:
    """Return how far apart two blurred faces are (mm) whose cleft is `filled` to this share of their mean height."""
    from scipy.special import ndtri

    width: FloatArray = -2.0 * sigma_mm * ndtri(0.5 * np.clip(filled, 1e-6, 0.95))
    return width


def cleft_level(
    peak_hu: FloatArray, valley_hu: FloatArray, other_hu: FloatArray, bg_hu: float, sigma_mm: FloatArray
) -> FloatArray:
    """(n,) HU at which the face of a lesion lies whose neighbour, across a cleft, is also dense.

    Without a neighbour (valley down to the background) this is half-way. Two blurred faces g apart meet in a valley
    of mean height x 2 cdf(-g / 2 sigma); from it follows g, and what the neighbour's blur adds at the face.
    """
    from scipy.special import ndtr

    own, other = np.maximum(peak_hu - bg_hu, 1.0), np.maximum(other_hu - bg_hu, 0.0)
    low = np.clip(valley_hu - bg_hu, 0.0, None)
    apart = cleft_width(low / np.maximum(0.5 * (own + other), 1.0), sigma_mm)
    raised = bg_hu + 0.5 * own + other * ndtr(-apart / sigma_mm)
    plain = 0.5 * (peak_hu + valley_hu)
    cleft = np.clip((np.minimum(other, own) - low) / np.maximum(0.25 * own, 1.0), 0.0, 1.0)
    level: FloatArray = np.where(valley_hu > bg_hu, cleft * raised + (1.0 - cleft) * plain, plain)
    return level


@lru_cache(maxsize=1)
def _wall_table() -> tuple[FloatArray, FloatArray]:
    """Full width at half maximum of a blurred box, and the box, in SDs of the blur."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    boxes = np.concatenate([np.arange(THINNEST, 6.0, 0.1), [7.0, 8.0, 12.0]])
    seen = []
    for box in boxes:
        half = 0.5 * box

        def below_half(x: float, half: float = half) -> float:
            return float(ndtr(x + half) - ndtr(x - half) - (ndtr(half) - 0.5))

        seen.append(2.0 * brentq(below_half, 0.0, half + 6.0))
    return np.array(seen), boxes
