"""Which voxels of a stack belong to a body, and how far below its surface they lie."""

from dataclasses import dataclass

import numpy as np

from mo_viewer.segment.patch import Patch
from mo_viewer.volume.arrays import AnyArray, BoolArray

FLESH_HU = -300.0
OPENING_MM, COARSE_MM = 4.0, 3.0
LEAST_SHARE = 0.05
DEEPEST_MM = 30.0


@dataclass(frozen=True, eq=False)
class Body:
    """The body on a patch, and the depth below its surface (mm, 0 outside, not known beyond 30 mm)."""

    inside: BoolArray
    depth_mm: AnyArray


def body_of(patch: Patch) -> Body:
    """Return the body: what is not air, without the table and other thin things, its hollows filled.

    Worked out on a grid of about 3 mm; a body that is cut by the border of the stack has no surface there.
    """
    from scipy import ndimage

    factors = [max(1, round(COARSE_MM / s)) for s in patch.spacing_mm]
    counts = [-(-n // f) for n, f in zip(patch.shape, factors, strict=True)]
    padded = np.pad(
        patch.hu,
        [(0, c * f - n) for c, f, n in zip(counts, factors, patch.shape, strict=True)],
        mode="edge",
    )
    blocks = padded.reshape(counts[0], factors[0], counts[1], factors[1], counts[2], factors[2])
    flesh = blocks.mean(axis=(1, 3, 5)) > FLESH_HU
    steps = [s * f for s, f in zip(patch.spacing_mm, factors, strict=True)]
    kept = _large(_opened(flesh, steps))
    for k in range(kept.shape[0]):
        kept[k] = ndimage.binary_fill_holes(kept[k])
    depth = np.minimum(_within(kept, steps), DEEPEST_MM).astype(np.float32)
    for axis, (factor, count) in enumerate(zip(factors, patch.shape, strict=True)):
        depth = np.take(depth, np.minimum(np.arange(count) // factor, depth.shape[axis] - 1), axis)
    return Body(depth > 0, depth)


def _opened(flesh: BoolArray, steps: list[float]) -> BoolArray:
    """Opening by a ball; beyond the borders flesh goes on."""
    from scipy import ndimage

    core = _within(flesh, steps) > OPENING_MM
    if not core.any():
        return flesh
    opened: BoolArray = flesh & (ndimage.distance_transform_edt(~core, sampling=steps) <= OPENING_MM + max(steps))
    return opened


def _within(inside: BoolArray, steps: list[float]) -> AnyArray:
    from scipy import ndimage

    if inside.all():
        return np.full(inside.shape, DEEPEST_MM)
    away: AnyArray = ndimage.distance_transform_edt(inside, sampling=steps)
    return away


def _large(inside: BoolArray) -> BoolArray:
    from scipy import ndimage

    labels, count = ndimage.label(inside)
    if count < 2:
        return inside
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept: BoolArray = (sizes >= LEAST_SHARE * sizes.max())[labels] & inside
    return kept
