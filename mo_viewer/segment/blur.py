"""What the scanner's blur does to walls and clefts: a wall thinner than the blur looks as wide as the blur."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mo_viewer.volume.arrays import BoolArray, FloatArray

IN_PLANE_MM = 0.5
"""SD of the scanner's own blur in the slice where the images do not show it."""
ALONG_SHARE, ALONG_MM = 0.48, 0.2
"""SD of the blur along the stack as a share of the slice thickness: the slice's box and its sampling together (fitted
to blurred shells at 1, 3 and 5 mm), and what the scanner adds."""
STEEP_MM, STEEPER = 0.47, 0.6
"""Kernels with steeper edges than this SD overshoot, so that thin walls look thinner than a gaussian with such an edge
makes them: by this share of the difference less blur is taken (own choice, from thin shells in sharp series)."""
THINNEST = 0.6
WALLED_FROM, WALLED_TO = 0.3, 0.5
"""A lesion has a rim where so much of what blur hides least has an inner face."""
HIDDEN, CLEAR = 3.2, 5.0
SHARPEST, BLURRED = 1.1, 1.5
THIN_FROM, THIN_TO = 1.2, 2.2
BOTTOM = 0.1
"""A level so low above the bottom of a cleft (share of its depth) is crossed anywhere: its darkest line tells more."""
BLUR_ERROR, UNSEEN_BLUR_ERROR = 0.05, 0.10
"""What the SD of the blur may be wrong by, as a share: where skin shows it (our own choice, from skin edges of
phantoms), and where nothing does (kernels lie up to 0.25 from what is assumed, few so far)."""


@dataclass(frozen=True, eq=False)
class Blur:
    """(3,) variances of the blur along the patch's axes, mm2, and what its SD may be wrong by, as a share.

    `own_mm2` of the first are the patch's own smoothing and interpolation.
    """

    variance_mm2: FloatArray
    error: float = BLUR_ERROR
    own_mm2: float = 0.0

    @classmethod
    def expected(
        cls, spacing_mm: tuple[float, float, float], smooth_mm: float, slice_mm: float, in_plane_mm: float | None = None
    ) -> "Blur":
        """Scanner, slice thickness, pixel interpolation and own smoothing together."""
        flat, error = (IN_PLANE_MM, UNSEEN_BLUR_ERROR) if in_plane_mm is None else (in_plane_mm, BLUR_ERROR)
        flat -= STEEPER * max(0.0, STEEP_MM - flat)
        along = ALONG_MM**2 + (ALONG_SHARE * slice_mm) ** 2
        own = smooth_mm**2 + np.array(spacing_mm) ** 2 / 6.0
        return cls(np.array([along, flat**2, flat**2]) + own, error, float(own[0]))

    def along(self, normals: FloatArray) -> FloatArray:
        """(n,) SD of the blur along unit directions, mm; of a vertex that has none (0, 0, 0), their mean."""
        squared = normals**2
        degenerate = np.clip(1.0 - squared.sum(axis=1), 0.0, 1.0)
        sd: FloatArray = np.sqrt(squared @ self.variance_mm2 + degenerate * self.variance_mm2.mean())
        return sd


@dataclass(frozen=True, eq=False)
class Walls:
    """How thick the wall is where blur hides it least (mm, infinite where nothing has an inner face), and how far it is
    a wall there (0 to 1); per vertex how uncertain a face is because of it (mm), and how far blur hides its thickness
    (0 to 1).
    """

    wall_mm: float
    walled_share: float
    doubt: FloatArray
    hidden: FloatArray


def walls(width_mm: FloatArray, sigma_mm: FloatArray, sure: FloatArray, error: float = BLUR_ERROR) -> Walls:
    """Return what blur did to walls, from their full width at half maximum along (n,) normals.

    Where slices are thick blur hides the thickness, and often the inner face: the wall is taken to be as thick
    everywhere as it is where the blur is least. `width_mm` is infinite where there is no inner face; `sure` weighs
    vertices 0 to 1. The doubt is what an `error` of the blur itself makes of the thickness.
    """
    seen, box = _wall_table()
    walled = np.isfinite(width_mm)
    ratio = np.where(walled, width_mm / sigma_mm, seen[-1])
    wall = np.interp(ratio, seen, box) * sigma_mm
    less, more = (e * np.interp(ratio / e, seen, box) for e in (1.0 - error, 1.0 + error))
    doubt = 0.25 * (less - more) * sigma_mm
    least = (sigma_mm < SHARPEST * sigma_mm.min()) & (sure > 0)
    sharp = walled & least
    if not sharp.any():
        return Walls(np.inf, 0.0, np.where(walled & (ratio < seen[-1]), doubt, 0.0), np.zeros_like(sigma_mm))
    wall_mm = float(np.median(wall[sharp]))
    share = int(np.count_nonzero(sharp)) / max(1, int(np.count_nonzero(least)))
    rim = float(np.clip((share - WALLED_FROM) / (WALLED_TO - WALLED_FROM), 0.0, 1.0))
    unclear = np.clip((CLEAR - ratio) / (CLEAR - HIDDEN), 0.0, 1.0)
    blurred = np.clip((sigma_mm / sigma_mm.min() - SHARPEST) / (BLURRED - SHARPEST), 0.0, 1.0)
    doubt += rim * unclear * blurred * (float(np.median(doubt[sharp])) - doubt)
    hidden = rim * np.clip((THIN_TO - wall_mm / sigma_mm) / (THIN_TO - THIN_FROM), 0.0, 1.0)
    return Walls(wall_mm, rim, np.where(walled & (ratio < seen[-1]), doubt, 0.0), hidden)


def cleft_width(filled: FloatArray, sigma_mm: FloatArray) -> FloatArray:
    """Return how far apart two blurred faces are (mm) whose cleft is `filled` to this share of their mean height."""
    from scipy.special import ndtri

    width: FloatArray = -2.0 * sigma_mm * ndtri(0.5 * np.clip(filled, 1e-6, 0.95))
    return width


def cleft_level(
    share: FloatArray | float,
    peak_hu: FloatArray,
    valley_hu: FloatArray,
    other_hu: FloatArray,
    bg_hu: float,
    sigma_mm: FloatArray,
) -> FloatArray:
    """(n,) HU at which the face of a lesion lies whose neighbour, across a cleft, is also dense.

    Without a neighbour (valley down to the background) this is a `share` of the way from the valley up to the peak. Two
    blurred faces g apart meet in a valley of mean height x 2 cdf(-g / 2 sigma); from it follows g, and what the
    neighbour's blur adds at the face.
    """
    from scipy.special import ndtr

    own, other = np.maximum(peak_hu - bg_hu, 1.0), np.maximum(other_hu - bg_hu, 0.0)
    low = np.clip(valley_hu - bg_hu, 0.0, None)
    apart = cleft_width(low / np.maximum(0.5 * (own + other), 1.0), sigma_mm)
    raised = bg_hu + share * own + other * ndtr(-apart / sigma_mm)
    plain = valley_hu + share * (peak_hu - valley_hu)
    cleft = np.clip((np.minimum(other, own) - low) / np.maximum(0.25 * own, 1.0), 0.0, 1.0)
    level: FloatArray = np.where(valley_hu > bg_hu, cleft * raised + (1.0 - cleft) * plain, plain)
    return level


def behind_dip(
    peak_hu: FloatArray,
    dip_hu: FloatArray,
    other_hu: FloatArray,
    level_hu: FloatArray,
    bg_hu: float,
    sigma_mm: FloatArray,
) -> tuple[FloatArray, BoolArray]:
    """(n,) how far (mm) a lesion's face lies from the darkest line of its cleft, and where that tells it alone.

    Two blurred faces of heights a (the lesion's) and b, g apart, are darkest at g / 2 - (sigma^2 / g) ln(b / a).
    """
    own, other = np.maximum(peak_hu - bg_hu, 1.0), np.maximum(other_hu - bg_hu, 1.0)
    apart = cleft_width((dip_hu - bg_hu) / (0.5 * (own + other)), sigma_mm)
    nearer = sigma_mm**2 / np.maximum(apart, 1e-3) * np.log(other / own)
    told: BoolArray = level_hu < dip_hu + BOTTOM * (peak_hu - dip_hu)
    return np.clip(0.5 * apart - nearer, 0.0, apart), told


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
