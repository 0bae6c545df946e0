"""Numbers of lesions whose contour a reader drew or edited: on CT as others, elsewhere only what the images allow."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import BY_HAND, Quality
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.measure import extent
from mo_viewer.measure.lesion import Measured, measure
from mo_viewer.segment.drawn import marked_by_hand
from mo_viewer.segment.patch import LEAST_SLICES
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Length, Volume

HAND_VOXELS = 0.5
"""How far a contour that a hand edited on CT may be off, in voxel edges (DOMAIN 7: small lesions)."""
HAND_MM, HAND_PIXELS = 1.0, 1.0
"""How far off all along a contour may be that follows a reader's eye alone, whichever is more (own choice).

Contours of two readers overlap but for 9 % (kidneys) to 20 % (tumours; Joskowicz et al., Eur Radiol 2019), which on
bodies of 3 to 6 cm is somewhat more than a millimetre between them.
"""
SIZES = ("volume", "long_axis_mm", "short_axis_mm", "max_diameter_mm", "surface_mm2")
DENSITIES = (
    "mean_hu", "voxel_mean_hu", "median_hu", "p95_hu", "max_hu", "sd_hu", "background_hu", "dense_volume",
    "threshold_volume", "mineralised_fraction", "mineral_content", "cortex_hu", "normalised_density", "rim_coverage",
    "rim_hu", "core_hu", "rim_minus_core_hu", "zonal_index", "margin_width_mm", "gap_to_bone_mm", "bone_contact_mm2",
)  # fmt: skip
SOLID = ("volume", "max_diameter_mm", "surface_mm2", "sphericity")
WITHOUT_HU = "the images are not in Hounsfield units"
ONE_SLICE = "drawn on one slice only"
PROJECTION = "a projection shows no depth"
NO_SIZE = "the image does not say how large a pixel is; a region of the same contour is measured by a calibration line"
OF_LENGTHS = "millimetres: "
"""Begins the note of a number whose millimetres are not the patient's; the calibration follows."""
MINERAL_HU = 130.0
"""What is brighter than this, and than three SD of noise above muscle, is mineral (DOMAIN 7, rule R1)."""
LEAST_CALCIFIED = 0.01
"""A contour of which less is calcified was drawn round soft tissue: its edge is no edge of calcification."""
UNCALCIFIED = f"less than {100 * LEAST_CALCIFIED:.0f} % of the contour is calcified"
OF_CALCIFICATION = (
    "mineral_content", "normalised_density", "rim_hu", "core_hu", "rim_minus_core_hu", "zonal_index", "rim_coverage",
    "margin_width_mm",
)  # fmt: skip


def measure_drawn(
    volume: Volume,
    mask: Mask,
    surface: Surface,
    clicks_mm: Sequence[Point] = (),
    ticket: Ticket | None = None,
    bone: NativeBone | None = None,
) -> Measured:
    """Return all numbers of a contour that was decided by hand; methods say so, and spreads allow for the hand.

    On a CT stack they are those of `measure`; what tells of calcification is refused where there is none. Elsewhere
    sizes only: on a projection, and where one slice alone was drawn on, area and in-slice axes; densities are refused.
    """
    ticket = ticket or Ticket()
    slices = mask.inside.shape[0]
    is_ct = volume.unit == "HU" and volume.geometry.in_patient and volume.geometry.shape[0] >= LEAST_SLICES
    if is_ct and slices > 1:
        marked = marked_by_hand(volume, mask, surface, clicks_mm, ticket, bone)
        sure_hu = max(MINERAL_HU, marked.background_hu + 3.0 * marked.noise_hu)
        mineral = _above(volume, marked.dense, sure_hu)
        is_soft = mineral.voxels < LEAST_CALCIFIED * mask.voxels
        if is_soft:
            edge = 1.0 - marked.bone_share
            marked = replace(marked, dense=mineral, low_hu=sure_hu, edge_share=edge, gap_share=0.0)
        found = measure(volume, marked, ticket)
        found = replace(found, measurements=tuple(_by_hand(m, surface, volume) for m in found.measurements))
        return _uncalcified(found) if is_soft else found
    return _sizes(volume, mask, surface)


def _above(volume: Volume, mask: Mask, least_hu: float) -> Mask:
    values = volume.rescaled(mask.corner, mask.inside.shape)
    return Mask.trimmed(mask.inside & (values >= least_hu), mask.corner, mask.geometry)


def _uncalcified(found: Measured) -> Measured:
    """Leave out what tells of calcification; the mean is that of the voxels, as there is no content to spread."""
    plain = {m.concept: m for m in found.measurements}["voxel_mean_hu"]
    kept = [m for m in found.measurements if m.concept not in OF_CALCIFICATION]
    refused = [r for r in found.refused if r.concept not in OF_CALCIFICATION]
    return replace(
        found,
        measurements=tuple(replace(plain, concept="mean_hu") if m.concept == "mean_hu" else m for m in kept),
        refused=(*refused, *(Refusal(name, UNCALCIFIED) for name in OF_CALCIFICATION)),
    )


def _by_hand(found: Measurement, surface: Surface, volume: Volume) -> Measurement:
    if found.concept not in SIZES:
        return found
    off_mm = HAND_VOXELS * max(volume.geometry.spacing_mm[1:])
    more = {"volume": surface.area_mm2 * off_mm, "surface_mm2": 0.05 * surface.area_mm2}
    spread = float(np.hypot(found.spread or 0.0, more.get(found.concept, 2 * off_mm)))
    return replace(found, spread=spread, method=f"{BY_HAND}, {found.method.removesuffix(', half-max')}")


def _sizes(volume: Volume, mask: Mask, surface: Surface) -> Measured:
    geometry = volume.geometry
    off_mm = max(HAND_MM, HAND_PIXELS * max(geometry.spacing_mm[1:]))
    refused = [Refusal(name, WITHOUT_HU if volume.unit != "HU" else ONE_SLICE) for name in DENSITIES]
    why = PROJECTION if not geometry.in_patient else ONE_SLICE
    solid = geometry.in_patient and mask.inside.shape[0] > 1
    if volume.length is Length.NONE:
        refused += [Refusal(name, NO_SIZE) for name in ("area_mm2", *SIZES, "sphericity")]
        return Measured((), tuple(refused), (), Quality())
    notes = () if volume.length is Length.PATIENT else (f"{OF_LENGTHS}{volume.length}",)
    made: list[Measurement] = []

    def add(concept: str, value: float, unit: str, spread: float, method: str) -> None:
        made.append(Measurement(concept, value, unit, spread, f"{BY_HAND}, {method}", notes=notes))

    axes = extent.in_slice_axes(surface, geometry)
    counts = np.count_nonzero(mask.inside, axis=(1, 2))
    area = float(counts.max()) * geometry.pixel_area_mm2
    around = 0.0 if axes is None else np.pi * 0.5 * (axes.long_mm + axes.short_mm)
    add("area_mm2", area, "mm2", around * off_mm, "pixels of the largest slice" if solid else "pixels inside")
    if axes is None:
        refused += [Refusal(name, "no slice plane meets the contour") for name in ("long_axis_mm", "short_axis_mm")]
    else:
        add("long_axis_mm", axes.long_mm, "mm", 2 * off_mm, "largest in-slice diameter")
        add("short_axis_mm", axes.short_mm, "mm", 2 * off_mm, "extent across the long axis in its slice")
    if solid:
        size, face = surface.volume_mm3, surface.area_mm2
        add("volume", size, "mm3", float(np.hypot(face * off_mm, 0.5 * geometry.spacing_mm[0] * area)), "drawn slices")
        add("max_diameter_mm", extent.max_diameter(surface), "mm", 2 * off_mm, "largest distance of two surface points")
        of_face = float(np.hypot(0.05 * face, 4.0 * off_mm * np.sqrt(np.pi * face)))
        add("surface_mm2", face, "mm2", of_face, "sum of triangles")
        add("sphericity", extent.sphericity(size, face), "1", 0.05, "area of the sphere of equal volume / area")
    else:
        refused += [Refusal(name, why) for name in SOLID]
    return Measured(tuple(made), tuple(refused), (), Quality())
