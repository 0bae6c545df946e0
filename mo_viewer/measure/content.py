"""Mineral content: the excess of attenuation over muscle, summed (DOMAIN 7 M3, ALGORITHMS 13)."""

from dataclasses import dataclass, replace

import numpy as np

from mo_viewer.measure.surroundings import Surroundings
from mo_viewer.volume.arrays import AnyArray, BoolArray, FloatArray

MARGINS_MM, SLICES_MM = (1.2, 2.0), (1.0, 2.0)
CONTINUED_MM = 1.6
BONE_CAP_PERCENTILE = 97.0
BACKGROUND_FLOOR_HU = 2.5
MOST_MISSING = 0.3
DOUBT, DOUBT_PER_MM, DOUBT_AT_BONE = 0.015, 0.01, 0.8
"""What contents were off by, as shares of them, in nine of ten clicks on phantoms that the table has not."""


@dataclass(frozen=True)
class Content:
    """HU.mm3 above muscle, half of its 90 % interval, the muscle level used and the margin."""

    excess: float
    spread: float
    muscle_hu: float
    margin_mm: float
    near_bone_share: float


def mean_hu(excess_hu_mm3: float, volume_mm3: float, muscle_hu: float) -> float:
    """Return the mean density of a body: muscle, and its mineral content spread over its volume.

    Blur carries some of what is inside a surface beyond it, so that the mean of the voxels inside is too low (by
    contrast x SD of the blur / sqrt(2 pi) x area / volume at a flat edge). The content holds what was carried out.
    """
    return muscle_hu + excess_hu_mm3 / volume_mm3


def margin_for(slice_mm: float) -> float:
    """Return how far the blurred edge is followed outwards, mm: 1.2 in slices of 1 mm, 2 from 2 mm on, linear between.

    It must reach the next slice: what is nearer than the slices lie apart holds nothing of the edge along the stack.
    """
    return float(np.interp(slice_mm, SLICES_MM, MARGINS_MM))


def mineral_content(near: Surroundings, margin_mm: float, muscle_hu: float, noise_hu: float) -> Content:
    """Sum (HU - muscle) inside and (HU - what the surroundings continue) in the margin.

    The background of a margin voxel is the gaussian-weighted mean (1.6 mm) of the ring beyond, so that fat septa
    that end at the lesion do not count. Margin voxels near native bone are left out, and lesion voxels near it
    are capped at the lesion's 97th percentile, because cortex spills into them.
    """
    values = near.hu.astype(np.float64)
    close = near.from_bone_mm <= 1.5
    inside = near.inside
    cap = float(np.percentile(values[inside], BONE_CAP_PERCENTILE))
    capped = np.where(close, np.minimum(values, cap), values)
    core = float(((capped - muscle_hu) * near.voxel_mm3)[inside].sum())
    margin = ~inside & (near.away_mm <= margin_mm) & ~close
    level = continued(values, near.ring(margin_mm), near.spacing_mm, muscle_hu)
    rest = float(((values - level) * near.voxel_mm3)[margin].sum())
    held = inside | margin
    volume = float(near.voxel_mm3[held].sum())
    noise = noise_hu * float(np.sqrt((near.voxel_mm3[held] ** 2).sum()))
    drift = BACKGROUND_FLOOR_HU * volume
    spread = 1.645 * float(np.hypot(noise, drift))
    share = float(np.count_nonzero(close & inside)) / max(1, int(np.count_nonzero(inside)))
    return Content(core + rest, spread, muscle_hu, margin_mm, share)


def completed(found: Content, missing: float, bone_share: float, slice_mm: float) -> Content:
    """Return a content with what bone's border hides of the body, and with the doubt that blur leaves.

    `missing` is the share of the body's volume where bone's blurred border lies: it is taken to be like the rest.
    """
    excess = found.excess / (1.0 - min(missing, MOST_MISSING))
    doubt = DOUBT + DOUBT_PER_MM * max(0.0, slice_mm - 1.0) + DOUBT_AT_BONE * bone_share
    return replace(found, excess=excess, spread=float(np.hypot(found.spread, doubt * excess)))


def continued(
    values: AnyArray, ring: BoolArray, spacing_mm: tuple[float, float, float], muscle_hu: float
) -> FloatArray:
    """Return the normalised gaussian mean of the ring's voxels everywhere; muscle where none is near."""
    from scipy import ndimage

    sigma = [CONTINUED_MM / s for s in spacing_mm]
    usable = ring & (values < muscle_hu + 60.0)
    weight = ndimage.gaussian_filter(usable.astype(np.float32), sigma)
    summed = ndimage.gaussian_filter(np.where(usable, values, 0.0).astype(np.float32), sigma)
    level: FloatArray = np.where(weight > 1e-3, summed / np.maximum(weight, 1e-3), muscle_hu)
    return level
