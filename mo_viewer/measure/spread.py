"""How uncertain the numbers are: half-widths of 90 % intervals (ALGORITHMS 15)."""

import numpy as np

EDGE_MM = 0.10
EDGE_PER_SLICE = 0.05
EDGE_PER_GAP_MM = 1.2
EDGE_OF_ENVELOPE_MM = 1.2
ENOUGH_SLICES = 5.0


def edge_shift(
    slice_mm: float,
    gap_share: float,
    bone_share: float = 0.0,
    wall_doubt_mm: float = 0.0,
    hidden_mm: float = 0.0,
    patchy: float = 0.0,
) -> float:
    """Return how far (mm) the whole surface may be off.

    A floor, thick slices, gaps that were bridged, thin walls, and fragments whose envelope was taken.
    """
    plain = EDGE_MM + EDGE_PER_SLICE * max(0.0, slice_mm - 1.0)
    bridged = EDGE_PER_GAP_MM * (max(0.0, gap_share) + 1.1 * bone_share)
    return float(np.hypot(plain + max(bridged, EDGE_OF_ENVELOPE_MM * patchy) + hidden_mm, wall_doubt_mm))


def few_slices(slices: float) -> float:
    """Return the factor by which a lesion that is few slices high is less certain: 1 from five on, 2.5 at two."""
    return 1.0 + 0.5 * float(np.clip(ENOUGH_SLICES - slices, 0.0, ENOUGH_SLICES - 2.0))


def of_volume(area_mm2: float, shift_mm: float) -> float:
    """Return the half-width of a volume whose surface may be shifted by `shift_mm`."""
    return area_mm2 * shift_mm


def of_length(shift_mm: float, voxel_mm: float) -> float:
    """Return the half-width of a length between two points of the surface."""
    return float(np.hypot(2.0 * shift_mm, 0.5 * voxel_mm))


def of_filled_mean(excess_hu: float, volume_share: float, content_hu: float) -> float:
    """Return the half-width of a mean that is content over volume.

    `excess_hu` is how far it lies above the background, `volume_share` the half-width of the volume as a share,
    `content_hu` that of the content divided by the volume.
    """
    return float(np.hypot(excess_hu * volume_share, content_hu))


def of_mean(sd_hu: float, voxels: int, edge_share: float, step_hu: float) -> float:
    """Return the half-width of a mean: sampling, and a surface that takes in or leaves out a layer of voxels."""
    return 1.645 * float(np.hypot(sd_hu / np.sqrt(max(1, voxels)), edge_share * step_hu))


def of_quantile(noise_hu: float, sd_hu: float, voxels: int) -> float:
    """Return the half-width of the 95th percentile: its sampling error, and reconstruction noise."""
    density = 0.1
    sampling = np.sqrt(0.05 * 0.95 / max(1, voxels)) * sd_hu / density
    return 1.645 * float(np.hypot(sampling, 0.3 * noise_hu))
