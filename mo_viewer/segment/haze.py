"""Fainter calcification that a dense lesion goes on in: too faint to count beside its rim, plain beside muscle."""

import numpy as np

from mo_viewer.segment.distance import deeper_than, within
from mo_viewer.segment.patch import Patch
from mo_viewer.segment.pieces import CORNERS, pieces
from mo_viewer.segment.tissue import Tissue
from mo_viewer.volume.arrays import AnyArray, BoolArray

ABOVE_HU, ABOVE_NOISE, LEAST_NOISE = 60.0, 5.0, 3.0
REACH_MM = 8.0
"""So far above muscle haze is plain; from what is, it goes on to half its height, if noise allows, and so far."""
BLUR_MM, OF_SLICE, FAR_MM = 2.0, 0.8, 1e6
"""So far (mm, and slices) the blur of what is dense reaches at the level of haze."""
GOES_ON = "something fainter begins at the lesion and goes on from there, as a vessel with contrast does: left out"
CORE_MM, LEAST_MM3 = 1.0, 60.0
"""Septa and noise are thinner than twice that."""


def haze_level(tissue: Tissue) -> float:
    """HU from which on haze is plain beside muscle."""
    return tissue.level_hu + max(ABOVE_HU, ABOVE_NOISE * tissue.noise_hu)


def haze_beside(
    dense: BoolArray, smooth: AnyArray, allowed: BoolArray, patch: Patch, tissue: Tissue, thick_mm: float
) -> tuple[BoolArray, bool]:
    """Return the voxels of haze that begin at the border of dense fragments, and whether some goes on out of the patch.

    Parameters
    ----------
    dense
        The fragments of the lesion.
    smooth, allowed, patch
        What the patch reads, smoothed, where calcification may be, and the grid of both.
    tissue, thick_mm
        What muscle reads, and the thickness of the slices.

    Haze that reaches a face of the patch is no lesion's: a vessel with contrast goes on like that.
    """
    found = np.zeros(dense.shape, dtype=bool)
    blurred = within(dense, patch.spacing_mm, BLUR_MM)
    along_mm = patch.spacing_mm[0]
    blurred |= within(dense, (along_mm, FAR_MM, FAR_MM), along_mm * np.ceil(OF_SLICE * thick_mm / along_mm))
    faint = (smooth > haze_level(tissue)) & allowed
    core = deeper_than(faint & ~blurred, patch.spacing_mm, CORE_MM)
    if not core.any():
        return found, False
    parts = within(core, patch.spacing_mm, CORE_MM + 0.5) & faint
    labels, count = pieces(parts, CORNERS)
    touching = np.bincount(labels[within(blurred, patch.spacing_mm, 1.0) & parts], minlength=count + 1) > 0
    volumes = np.bincount(labels.ravel(), minlength=count + 1) * patch.voxel_mm3
    own = touching & (volumes >= LEAST_MM3)
    own[0] = False
    ends = np.zeros(count + 1, dtype=bool)
    for axis in range(3):
        for side, at in enumerate((0, -1)):
            if patch.open_faces[axis, side]:
                ends[np.unique(np.take(labels, at, axis=axis))] = True
    found = (own & ~ends)[labels]
    if found.any():
        half = tissue.level_hu + max(
            LEAST_NOISE * tissue.noise_hu, 0.5 * (float(np.median(smooth[found])) - tissue.level_hu)
        )
        plain = (smooth > half) & allowed
        joined, _ = pieces(plain & ~blurred & within(found | dense, patch.spacing_mm, REACH_MM))
        found |= np.isin(joined, np.setdiff1d(joined[found], 0))
        found |= plain & within(found, patch.spacing_mm, BLUR_MM + 1.0)
    return found, bool((own & ends).any())
