"""A lesion whose voxels somebody else drew: what voxels alone say, and why the rest is not measured."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.measure import density, extent, spread
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.surface import Surface
from mo_viewer.volume.volume import Volume

DENSE_HU = 200.0
DRAWN = "contour of another program"
NOT_OURS = "the contour is another program's; mark the lesion here to measure it"
_REFUSED = (
    "dense_volume",
    "background_hu",
    "mineral_content",
    "cortex_hu",
    "normalised_density",
    "mineralised_fraction",
    "rim_hu",
    "core_hu",
    "rim_minus_core_hu",
    "zonal_index",
    "rim_coverage",
    "margin_width_mm",
    "gap_to_bone_mm",
    "bone_contact_mm2",
)
_DENSITIES = ("mean_hu", "voxel_mean_hu", "median_hu", "p95_hu", "max_hu", "sd_hu", "threshold_volume")


def measured_as_given(lesion: Lesion, volume: Volume, ticket: Ticket) -> Lesion:
    """Return a lesion with the numbers that follow from its voxels, and a surface round them.

    The volume is the sum of the voxels; lengths are those of the surface half-way between voxels inside and outside.
    What rests on where the edge of the calcification lies is refused, because somebody else said where that is.

    Raises
    ------
    Refused
        When the lesion has no voxels, or they lie on another grid than `volume`.
    Cancelled
        When the ticket was cancelled.
    """
    mask = lesion.mask
    if mask is None or not mask.voxels:
        raise Refused("The lesion has no voxels.")
    if mask.geometry != volume.geometry:
        raise Refused("The voxels of the lesion are not those of this series.")
    surface = voxel_surface(mask)
    ticket.check()
    found = [*_sizes(mask, surface)]
    ticket.check()
    refused = [Refusal(name, NOT_OURS) for name in _REFUSED]
    classes = lesion.class_volumes
    if volume.unit == "HU":
        values, volumes = density.values_in(volume, mask), density.voxel_volumes(mask)
        found += _densities(values, density.above(values, volumes, DENSE_HU))
        classes = density.classes(values, volumes)
    else:
        refused += [Refusal(name, "the image is no CT in Hounsfield units") for name in _DENSITIES]
    known = {one.concept for one in found} | {one.concept for one in refused}
    lengths = ("long_axis_mm", "short_axis_mm")
    refused += [Refusal(name, "no slice plane meets the surface") for name in lengths if name not in known]
    return replace(
        lesion, surface=surface, measurements=tuple(found), refused=tuple(refused), class_volumes=tuple(classes)
    )


def voxel_surface(mask: Mask) -> Surface:
    """Return the closed surface half-way between the voxels inside a mask, which must have some, and those outside."""
    from skimage.measure import marching_cubes

    vertices, triangles, _, _ = marching_cubes(np.pad(mask.inside, 1).astype(np.float32), 0.5)
    made = Surface(mask.geometry.points_mm(vertices - 1.0 + np.array(mask.corner)), triangles)
    return made if made.volume_mm3 > 0 else Surface(made.vertices_mm, made.triangles[:, ::-1])


def _sizes(mask: Mask, surface: Surface) -> Iterator[Measurement]:
    _, row, column = mask.geometry.spacing_mm
    half, area = 0.5 * max(row, column), surface.area_mm2
    notes = (DRAWN,)
    yield Measurement("volume", mask.volume_mm3, "mm3", spread.of_volume(area, half), "sum of the voxels", (), notes)
    length = spread.of_length(half, max(mask.geometry.spacing_mm))
    longest = extent.max_diameter(surface)
    axes = extent.in_slice_axes(surface, mask.geometry)
    if axes is not None:
        in_slice = (f"slice {axes.slice_index}", *notes)
        yield Measurement("long_axis_mm", axes.long_mm, "mm", length, "largest in-slice diameter", (), in_slice)
        across = "extent across the long axis in its slice"
        yield Measurement("short_axis_mm", axes.short_mm, "mm", length, across, (), notes)
    yield Measurement("max_diameter_mm", longest, "mm", length, "largest distance of two surface points", (), notes)
    off = 2 * area * half / max(longest / 2, 1.0)
    yield Measurement("surface_mm2", area, "mm2", off, "sum of triangles round the voxels", (), notes)
    round_ = extent.sphericity(surface.volume_mm3, area)
    yield Measurement("sphericity", round_, "1", 0.1, "area of the sphere of equal volume / area", (), notes)


def _densities(values: np.ndarray, dense_mm3: float) -> Iterator[Measurement]:
    found = density.statistics(values)
    over, notes = f"{found.voxels} stored voxels inside the contour", (DRAWN,)
    mean = spread.of_mean(found.sd, found.voxels, 0.0, 0.0)
    of_sd = found.sd * 1.645 / np.sqrt(2 * max(1, found.voxels - 1))
    for name, value, half in (
        ("mean_hu", found.mean, mean),
        ("voxel_mean_hu", found.mean, mean),
        ("median_hu", found.median, mean),
        ("p95_hu", found.p95, spread.of_quantile(0.0, found.sd, found.voxels)),
        ("max_hu", found.highest, None),
        ("sd_hu", found.sd, of_sd),
    ):
        yield Measurement(name, value, "HU", None if half is None else float(half), over, (), notes)
    method = f"voxels above {DENSE_HU:.0f} HU inside the contour"
    yield Measurement("threshold_volume", dense_mm3, "mm3", 0.15 * dense_mm3, method, (), notes)
