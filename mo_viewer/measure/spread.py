"""How uncertain the numbers are: half-widths of 90 % intervals (ALGORITHMS 15)."""

import numpy as np

from mo_viewer.segment.edge import slices_lacking

EDGE_MM, EDGE_PER_SLICE = 0.07, 0.03
"""What an edge in the open was off by in nine of ten clicks on phantoms of seeds that the table of accuracy has not."""
EDGE_PER_GAP_MM, EDGE_PER_BONE_MM = 1.5, 2.0
EDGE_OF_CLOUD_MM, BEYOND_MM = 1.3, 3.0
EDGE_SURROUNDED_MM = 0.45
"""The same where fragments surround the body (own choice; such clouds were off by up to 0.4 mm)."""
SURROUNDED_GAP, LOOSER_GAP, GAP_SLICES_MM = (0.50, 0.40), 0.05, (1.5, 3.0)
"""Gaps between fragments that surround a body, in thin and in thick slices: of 48 clouds of 70 to 110 fragments those
with fewer were off by up to 12 %, those with more by up to 20 %."""
SURROUNDED_HULL, LOOSE_HULL, SURROUNDED_SLICE, LOOSE_SLICE = 1.02, 1.08, 3.0, 4.0
SINGLE_FROM, SINGLE_TO = 1.25, 1.6
"""Where the hull is larger than the surface by these factors, the surface follows single fragments."""
ENOUGH_SLICES, PER_MISSING = 4.0, 0.25
OF_SLICE = 0.03


def edge_shift(
    slice_mm: float,
    gap_share: float,
    bone_share: float = 0.0,
    wall_doubt_mm: float = 0.0,
    hidden_mm: float = 0.0,
    patchy: float = 0.0,
    slices: float = ENOUGH_SLICES,
    surrounds: float = 0.0,
) -> float:
    """Return how far (mm) the whole surface may be off.

    A floor, thick slices, thin walls, gaps and bone faces that were bridged, all more where it is few `slices` high;
    or, where it is larger, how little is known of what bounds separate fragments. The parts are added: blur makes
    walls too thick and gaps too narrow at once.
    """
    edge = EDGE_MM + EDGE_PER_SLICE * max(0.0, slice_mm - 1.0) + hidden_mm + wall_doubt_mm
    bridged = EDGE_PER_GAP_MM * max(0.0, gap_share) + EDGE_PER_BONE_MM * bone_share
    return max(few_slices(slices) * (edge + bridged), edge + edge_of_cloud(surrounds) * patchy)


def surrounded(gap_share: float, hull_share: float, slice_mm: float) -> float:
    """Return how far (0 to 1) fragments surround a body, so that what bounds it is told by them.

    Few gaps between them, a surface that is nearly its hull (`hull_share` is hull over surface), thin slices.
    """
    gap = float(np.interp(slice_mm, GAP_SLICES_MM, SURROUNDED_GAP))
    limits = (
        (gap_share, gap, gap + LOOSER_GAP),
        (hull_share, SURROUNDED_HULL, LOOSE_HULL),
        (slice_mm, SURROUNDED_SLICE, LOOSE_SLICE),
    )
    return float(np.prod([np.clip((loose - value) / (loose - held), 0.0, 1.0) for value, held, loose in limits]))


def of_cloud(volume_mm3: float, hull_mm3: float, hull_mm2: float, surrounds: float = 0.0) -> float:
    """Return how far (mm3) the body that holds separate fragments may differ from the surface drawn round them.

    It may lie off the outermost fragments about as far as these lie apart, less where they surround it; or be their
    hull, and more than that where the surface follows single fragments, of which none need show its border.
    """
    single = float(np.clip((hull_mm3 / max(volume_mm3, 1e-6) - SINGLE_FROM) / (SINGLE_TO - SINGLE_FROM), 0.0, 1.0))
    return max(edge_of_cloud(surrounds) * hull_mm2, hull_mm3 - volume_mm3 + single * BEYOND_MM * hull_mm2)


def edge_of_cloud(surrounds: float) -> float:
    """Return how far (mm) the border of a body may lie off the outermost of its fragments."""
    return EDGE_OF_CLOUD_MM + surrounds * (EDGE_SURROUNDED_MM - EDGE_OF_CLOUD_MM)


def few_slices(slices: float) -> float:
    """Return the factor by which what is few slices high is less certain: 1 from four on, 1.75 at one.

    What counts is how high its parts are, not how far they reach: a string of beads is no higher than one of them.
    """
    return 1.0 + PER_MISSING * float(np.clip(ENOUGH_SLICES - slices, 0.0, ENOUGH_SLICES - 1.0))


def of_low(slice_mm: float, spanned: float) -> float:
    """Return how far (mm) a surface that spans few slices may be off besides: its ends lie between two of them."""
    return OF_SLICE * slice_mm * slices_lacking(spanned)


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
