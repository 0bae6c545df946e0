"""What muscle reads near a lesion, and how noisy it is."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.volume.arrays import AnyArray, BoolArray

MUSCLE_FROM_HU, MUSCLE_TO_HU = -10.0, 130.0
FALLBACK_HU, FALLBACK_NOISE_HU = 55.0, 15.0
LEAST_SAMPLES, ENOUGH = 200, 300_000
"""Of more values than that some are left out, evenly: they tell level and noise to a tenth of a HU."""
MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class Tissue:
    """Mode of the muscle-like values, their spread (SD of the lower half), and how many there were."""

    level_hu: float
    noise_hu: float
    samples: int

    @property
    def assumed(self) -> bool:
        """Whether too little muscle was found and textbook values stand in."""
        return self.samples < LEAST_SAMPLES


def muscle(values: AnyArray, where: BoolArray | None = None) -> Tissue:
    """Return the muscle level of values (HU), the mode of a smoothed histogram between -10 and 130 HU.

    The mode is used because fat septa and oedema pull a median down (ALGORITHMS 13); the spread is taken
    from values below the mode, because faint calcification widens the upper side.
    """
    from scipy import ndimage

    flat = values[where] if where is not None else values.ravel()
    flat = flat[:: max(1, flat.size // ENOUGH) | 1]
    flat = flat[(flat >= MUSCLE_FROM_HU) & (flat <= MUSCLE_TO_HU)]
    if flat.size < LEAST_SAMPLES:
        return Tissue(FALLBACK_HU, FALLBACK_NOISE_HU, int(flat.size))
    bins = int(MUSCLE_TO_HU - MUSCLE_FROM_HU)
    counts = np.bincount(np.minimum(np.floor(flat).astype(np.int64) - int(MUSCLE_FROM_HU), bins - 1), minlength=bins)
    smooth = ndimage.gaussian_filter1d(counts.astype(np.float64), 6.0, mode="constant")
    top = int(np.argmax(smooth))
    level = float(MUSCLE_FROM_HU + top + _vertex_offset(smooth, top) + 0.5)
    below = level - flat[flat < level]
    noise = MAD_TO_SD * float(np.median(below[below < 60.0])) if np.any(below < 60.0) else FALLBACK_NOISE_HU
    return Tissue(level, max(1.0, noise), int(flat.size))


def _vertex_offset(curve: AnyArray, top: int) -> float:
    if not 0 < top < curve.size - 1:
        return 0.0
    left, here, right = curve[top - 1 : top + 2]
    bend = left - 2 * here + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0
