"""All numbers about one marked lesion, with unit, spread, method, or the reason why not."""

from dataclasses import dataclass, field

import numpy as np

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import Quality
from mo_viewer.findings.measurement import ClassVolume, Measurement, Refusal
from mo_viewer.measure import content, density, doubts, extent, nearness, one_sided, profiles, shells, spread
from mo_viewer.measure.bay import fainter_bay, larger_by
from mo_viewer.measure.faint import FaintZone, faint_zone
from mo_viewer.measure.quality import THICK_MM, judge
from mo_viewer.measure.rim import brightest_below
from mo_viewer.measure.surroundings import RING_MM, Surroundings, around
from mo_viewer.measure.uncertainty import off_by, slices_spanned
from mo_viewer.segment.blur import Blur
from mo_viewer.segment.fat import IN_FAT
from mo_viewer.segment.mark import Marked
from mo_viewer.segment.patch import slice_thickness
from mo_viewer.segment.search import MARGIN_MM
from mo_viewer.segment.trust import DISAGREEMENT, OF_SIZE
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.volume import Volume

THRESHOLD_HU = 200.0
MOST_ZONAL_SLICE_MM = 1.5
SMALL_MM = 8.0
LOW_SLICES = 4.0
HIDDEN_SHARE, HIDDEN_PER_MM = 0.025, 0.008
"""A wall is too thin for the slices where these hide so much of the size, at least and per mm of slice (own choice)."""
UNCERTAIN_SHARE, UNCERTAIN_CLOUD, BROKEN_SHARE, SEPARATE, OPEN_SHARE = 0.25, 0.30, 0.15, 0.2, 0.05
SURROUNDS, CLOSED_SHARE = 0.5, 0.9
PARTED_SHARE, PARTED = 0.5, "a dark line is seen between lesion and bone: it lies near bone there, not on it"
SEEN_BONE_MM = MARGIN_MM - 1.0
"""Bone that lies farther may not be the nearest: only so much around what is calcified was looked at."""
APART = "none: the gap is larger than what counts as contact by more than its spread"
ZONAL = ("rim_hu", "core_hu", "rim_minus_core_hu", "zonal_index")


@dataclass(frozen=True)
class Measured:
    """What was measured, what was refused, density classes, and how far the contour can be trusted."""

    measurements: tuple[Measurement, ...]
    refused: tuple[Refusal, ...]
    class_volumes: tuple[ClassVolume, ...]
    quality: Quality


@dataclass
class _Sheet:
    """Numbers as they are found."""

    measurements: list[Measurement] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def add(
        self,
        concept: str,
        value: float,
        unit: str,
        spread_: float | None,
        method: str,
        notes: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
    ) -> None:
        if np.isfinite(value):
            self.measurements.append(Measurement(concept, float(value), unit, spread_, method, warnings, notes))
        else:
            self.refuse("the value is not finite", concept)

    def refuse(self, reason: str, *concepts: str) -> None:
        self.refused.extend(Refusal(concept, reason) for concept in concepts)


@dataclass(frozen=True, eq=False)
class _Case:
    """What several measures need."""

    volume: Volume
    marked: Marked
    slice_mm: float
    values: FloatArray
    voxels_mm3: FloatArray
    near: Surroundings
    shift_mm: float
    off_mm3: float
    faint: FaintZone | None
    mineral: content.Content
    hull_mm3: float
    """Volume of the smallest convex body round separate fragments; 0 where there are none."""
    surrounds: float
    """How far separate fragments surround the body between them (0 to 1)."""
    fainter_mm3: float
    """How much fainter tissue begins at one side of it."""

    @property
    def of_fragments(self) -> bool:
        return self.marked.patchy > SEPARATE


def measure(volume: Volume, marked: Marked, ticket: Ticket | None = None) -> Measured:
    """Return all numbers of CONTRACT's ``measurements`` for a marked lesion.

    HU statistics are over the stored voxels of ``marked.mask``; sizes are those of ``marked.surface``. The mean is that
    of the body inside the surface, and beside it that of the voxels, which blur makes too low.
    """
    ticket = ticket or Ticket()
    ticket.check()
    case = _case(volume, marked)
    sheet = _Sheet()
    for fill in (_sizes, _densities, _content, _cortex, _zones, _margin, _bone):
        ticket.check()
        fill(case, sheet)
    quality = judge(volume, marked, case.near, case.slice_mm, case.faint)
    classes = density.classes(case.values, case.voxels_mm3)
    return Measured(tuple(sheet.measurements), tuple(sheet.refused), classes, quality)


def _case(volume: Volume, marked: Marked) -> _Case:
    slice_mm = slice_thickness(volume)
    values = density.values_in(volume, marked.mask)
    margin = content.margin_for(slice_mm)
    near = around(volume, marked.mask, marked.bone, margin + 6.0, margin + RING_MM + 0.1)
    mineral = content.completed(
        content.mineral_content(near, margin, marked.background_hu, marked.noise_hu),
        marked.bone_border_mm3 / marked.surface.volume_mm3,
        marked.bone_share,
        slice_mm,
    )
    hull = extent.hull(marked.surface) if marked.patchy > 0 else (0.0, 0.0)
    surrounds = spread.surrounded(marked.gap_share, hull[0] / marked.surface.volume_mm3, slice_mm)
    shift, off = off_by(volume, marked, slice_mm, hull, surrounds)
    blur = None if marked.patchy > 0 else Blur.expected(volume.geometry.spacing_mm, 0.0, slice_mm, marked.blur_mm)
    faint = faint_zone(near, marked.background_hu, float(values.mean()), slice_mm, blur, marked.surface)
    off += 0.0 if faint is None else faint.size_mm3
    noise, size = marked.noise_hu, marked.surface.volume_mm3
    fainter = 0.0 if faint else one_sided.fainter_beside(near, marked.background_hu, noise, slice_mm, size)
    bay = 0.0 if faint or marked.patchy > SEPARATE else fainter_bay(near, marked.background_hu, noise, slice_mm)
    voxels = density.voxel_volumes(marked.mask)
    return _Case(
        volume,
        marked,
        slice_mm,
        values,
        voxels,
        near,
        shift,
        off + max(fainter, larger_by(bay, size)),
        faint,
        mineral,
        hull[0],
        surrounds,
        max(fainter, bay),
    )


def _size_warnings(case: _Case, longest: float) -> list[str]:
    """Why the volume should not be trusted as it stands."""
    marked, size = case.marked, case.marked.surface.volume_mm3
    warnings = [said for said in marked.warnings if said in OF_SIZE]
    if longest < SMALL_MM:
        warnings.append(f"smaller than {SMALL_MM:.0f} mm: the volume is a rough estimate")
    if slices_spanned(case.volume, marked, case.slice_mm) < LOW_SLICES:
        warnings.append(f"the lesion is less than {LOW_SLICES:.0f} slices high: the volume is uncertain")
    hidden = marked.hidden_mm3 > max(HIDDEN_SHARE, HIDDEN_PER_MM * case.slice_mm) * size
    cloud = case.of_fragments and case.surrounds < SURROUNDS
    if hidden:
        warnings.append("the wall is too thin for these slices: the volume is uncertain")
    if cloud:
        warnings.append(doubts.fragments(case.hull_mm3))
    opened = _open(marked) and case.off_mm3 > UNCERTAIN_SHARE * size
    if opened:
        warnings.append(doubts.open_bay(marked.open_mm3, size))
    most = UNCERTAIN_CLOUD if case.of_fragments else UNCERTAIN_SHARE
    if not (hidden or cloud or opened or case.fainter_mm3) and case.off_mm3 > most * size:
        warnings.append(f"the volume is uncertain by more than {100 * most:.0f} %")
    if case.slice_mm > THICK_MM and marked.gap_share > BROKEN_SHARE:
        warnings.append(f"slices of {case.slice_mm:.1f} mm are too thick for a broken rim: parts of it may be missed")
    warnings += one_sided.said(case.fainter_mm3)
    if case.faint is not None:
        warnings.append("only the dense part can be seen: a fainter zone lies round it")
    if marked.disagreement_mm3 > DISAGREEMENT * size:
        warnings.append("surface and voxel count differ by more than 10 %")
    return warnings


def _open(marked: Marked) -> bool:
    return marked.open_mm3 > OPEN_SHARE * marked.surface.volume_mm3


def _sizes(case: _Case, sheet: _Sheet) -> None:
    marked, surface = case.marked, case.marked.surface
    size, area = surface.volume_mm3, surface.area_mm2
    voxel = max(case.volume.geometry.spacing_mm)
    longest = extent.max_diameter(surface)
    notes = [f"voxel count {marked.mask.volume_mm3:.1f} mm3", *marked.notes, *doubts.places(marked.left_out)]
    if case.of_fragments and case.surrounds >= SURROUNDS:
        notes.append(doubts.fragments(case.hull_mm3))
    if _open(marked) and case.off_mm3 <= UNCERTAIN_SHARE * size:
        notes.append(doubts.open_bay(marked.open_mm3, size))
    warnings = [*_size_warnings(case, longest), *doubts.left_out(marked.left_out, marked.dense.volume_mm3, size)]
    rule = "half-max" if marked.threshold_hu is None else f"threshold {marked.threshold_hu:.0f} HU"
    sheet.add(
        "volume",
        size,
        "mm3",
        case.off_mm3,
        f"filled surface, {rule}",
        tuple(notes),
        tuple(warnings),
    )
    length = spread.of_length(case.shift_mm, voxel)
    axes = extent.in_slice_axes(surface, case.volume.geometry)
    if axes is None:
        sheet.refuse("no slice plane meets the surface", "long_axis_mm", "short_axis_mm")
    else:
        sheet.add(
            "long_axis_mm", axes.long_mm, "mm", length, "largest in-slice diameter", (f"slice {axes.slice_index}",)
        )
        sheet.add("short_axis_mm", axes.short_mm, "mm", length, "extent across the long axis in its slice")
    sheet.add("max_diameter_mm", longest, "mm", length, "largest distance of two surface points")
    sheet.add("surface_mm2", area, "mm2", 2 * area * case.shift_mm / max(longest / 2, 1.0), "sum of triangles")
    sheet.add("sphericity", extent.sphericity(size, area), "1", 0.03, "area of the sphere of equal volume / area")


def _densities(case: _Case, sheet: _Sheet) -> None:
    marked = case.marked
    found = density.statistics(case.values)
    layer = marked.surface.area_mm2 * case.shift_mm / max(marked.surface.volume_mm3, 1e-6)
    mean = spread.of_mean(found.sd, found.voxels, layer, 0.5 * (found.mean - marked.background_hu))
    over = f"{found.voxels} stored voxels inside the surface"
    _mean(case, sheet, Measurement("voxel_mean_hu", found.mean, "HU", mean, over))
    sheet.add("median_hu", found.median, "HU", mean, over)
    sheet.add("p95_hu", found.p95, "HU", spread.of_quantile(marked.noise_hu, found.sd, found.voxels), over)
    sheet.add("max_hu", found.highest, "HU", 2 * marked.noise_hu, over, ("a maximum rises with noise",))
    sheet.add("sd_hu", found.sd, "HU", found.sd * 1.645 / np.sqrt(2 * max(1, found.voxels - 1)), f"sample SD, {over}")
    floor = max(1.0, marked.noise_hu / 10)
    sheet.add("background_hu", marked.background_hu, "HU", 1.645 * floor, "mode of muscle-like voxels near the lesion")
    dense = marked.dense.volume_mm3
    sheet.add(
        "dense_volume",
        dense,
        "mm3",
        0.1 * dense + 0.5 * float(case.voxels_mm3.mean()),
        f"voxels above {marked.low_hu:.0f} HU, not filled",
    )
    limit = THRESHOLD_HU if marked.threshold_hu is None else marked.threshold_hu
    above = density.above(case.values, case.voxels_mm3, limit)
    sheet.add("threshold_volume", above, "mm3", 0.15 * above, f"voxels above {limit:.0f} HU inside the surface")
    share = dense / max(marked.mask.volume_mm3, 1e-6)
    sheet.add("mineralised_fraction", min(1.0, share), "1", 0.1 * share + 0.01, "dense volume / voxels inside")


def _mean(case: _Case, sheet: _Sheet, plain: Measurement) -> None:
    """The mean of what lies inside the surface, and `plain`, that of the voxels."""
    marked, mineral, size = case.marked, case.mineral, case.marked.surface.volume_mm3
    if marked.threshold_hu is None:
        value = content.mean_hu(mineral.excess, size, marked.background_hu)
        notes = (f"mean of the stored voxels inside {plain.value:.1f} HU",)
        off = (case.off_mm3 - case.fainter_mm3) / size + case.fainter_mm3 / (size + case.fainter_mm3)
        half = spread.of_filled_mean(value - marked.background_hu, off, mineral.spread / size)
        in_fat = tuple(said for said in marked.warnings if said == IN_FAT)
        sheet.add("mean_hu", value, "HU", half, "background + mineral content / volume", notes, in_fat)
    else:
        sheet.add("mean_hu", plain.value, plain.unit, plain.spread, plain.method)
    sheet.measurements.append(plain)


def _content(case: _Case, sheet: _Sheet) -> None:
    found = case.mineral
    warnings = ("cortex may spill into it",) if found.near_bone_share > 0.1 else ()
    method = f"excess over {found.muscle_hu:.0f} HU inside and in a margin of {found.margin_mm:.1f} mm"
    sheet.add("mineral_content", found.excess, "HU.mm3", found.spread, method, (), warnings)


def _cortex(case: _Case, sheet: _Sheet) -> None:
    marked = case.marked
    if marked.cortex_hu is None:
        sheet.refuse(
            "there is no native bone in the images to compare with", "cortex_hu", "normalised_density", "rim_coverage"
        )
        return
    cortex = marked.cortex_hu
    found = density.statistics(case.values)
    sheet.add("cortex_hu", cortex, "HU", 0.05 * abs(cortex), "80th percentile of the skeleton in the images")
    if cortex - marked.background_hu < 200:
        sheet.refuse("the cortex is too faint to compare with", "normalised_density", "rim_coverage")
        return
    value = density.normalised(found.p95, marked.background_hu, cortex)
    error = spread.of_quantile(marked.noise_hu, found.sd, found.voxels) / (cortex - marked.background_hu)
    sheet.add(
        "normalised_density", value, "1", float(np.hypot(error, 0.05 * value)), "(P95 - muscle) / (cortex - muscle)"
    )
    brightest, areas = brightest_below(case.volume, marked.surface)
    share = shells.coverage(brightest, areas, marked.background_hu, cortex)
    blurred: tuple[str, ...] = ()
    if case.slice_mm > MOST_ZONAL_SLICE_MM and share < CLOSED_SHARE:
        blurred = (f"slices of {case.slice_mm:.1f} mm blur a thin rim, which reads less dense than it is",)
    method = "share of the surface with > 35 % of cortex within 3 mm below it"
    sheet.add("rim_coverage", share, "1", 0.05, method, (), blurred)


def _zones(case: _Case, sheet: _Sheet) -> None:
    marked = case.marked
    points = marked.mask.points_mm()
    depth = shells.depths(marked.surface, points, shells.DEEP_MM)
    if case.slice_mm > MOST_ZONAL_SLICE_MM:
        _zones_across(case, sheet, points, depth)
        return
    found = (
        shells.zones(case.values, depth) if case.faint is None else shells.inside_out(case.values, depth, case.faint)
    )
    if found is None:
        sheet.refuse("the lesion is too small for a rim and a core", *ZONAL)
        return
    plain = case.faint is None
    rim_method = "mean at depths of 0.7 to 3 mm" if plain else "median of the faint zone round the dense part"
    core_method = "mean deeper than 4.5 mm" if plain else "mean of the dense part deeper than 0.7 mm"
    index = shells.zonal_index(found.rim_hu, found.core_hu, marked.background_hu)
    _add_zones(case, sheet, found, (rim_method, core_method), index)


def _zones_across(case: _Case, sheet: _Sheet, points_mm: FloatArray, depth: FloatArray) -> None:
    """Rim and core of thick slices, where the core is much the denser: that must be told, all else compares to nothing.

    Only rims across the slices are read: thick slices do not blur these.
    """
    across = shells.seen_across(case.marked.surface, points_mm, case.volume.geometry.normal, shells.RIM_MM[1] + 1.0)
    used = across | (depth > shells.CORE_MM)
    found = None if case.faint is not None else shells.zones(case.values[used], depth[used])
    index = None if found is None else shells.zonal_index(found.rim_hu, found.core_hu, case.marked.background_hu)
    if found is None or index is None or index >= shells.INSIDE_OUT:
        reason = f"slices of {case.slice_mm:.1f} mm are thicker than {MOST_ZONAL_SLICE_MM} mm"
        sheet.refuse(reason, *ZONAL)
        return
    methods = ("mean at depths of 0.7 to 3 mm, of faces across the slices", "mean deeper than 4.5 mm")
    _add_zones(case, sheet, found, methods, index, (f"slices of {case.slice_mm:.1f} mm: not comparable",))


def _add_zones(
    case: _Case,
    sheet: _Sheet,
    found: shells.Zones,
    methods: tuple[str, str],
    index: float | None,
    warnings: tuple[str, ...] = (),
) -> None:
    noise = 1.645 * case.marked.noise_hu
    rim, core = noise / np.sqrt(found.rim_voxels) + 5, noise / np.sqrt(found.core_voxels) + 5
    sheet.add("rim_hu", found.rim_hu, "HU", rim, methods[0], (), warnings)
    sheet.add("core_hu", found.core_hu, "HU", core, methods[1], (), warnings)
    both = float(np.hypot(rim, core))
    sheet.add("rim_minus_core_hu", found.rim_hu - found.core_hu, "HU", both, "rim - core", (), warnings)
    if index is None:
        sheet.refuse("rim and core both lie within 40 HU of muscle", "zonal_index")
        return
    formula = "(rim - core) / (|rim - muscle| + |core - muscle|)"
    sheet.add("zonal_index", index, "1", 0.1, formula, (), warnings)


def _margin(case: _Case, sheet: _Sheet) -> None:
    along = np.arange(-3.0, 3.0 + 1e-9, profiles.SAMPLE_MM)
    width = profiles.margin_width(profiles.along_normals(case.volume, case.marked.surface, along), along)
    if width is None:
        sheet.refuse("too little of the surface stands on a visible edge", "margin_width_mm")
        return
    notes = ("bounded below by the scanner's sharpness",)
    sheet.add("margin_width_mm", width, "mm", 0.3, "median distance from 90 to 10 % across the surface", notes)


def _bone(case: _Case, sheet: _Sheet) -> None:
    marked = case.marked
    blur = Blur.expected(case.volume.geometry.spacing_mm, 0.0, case.slice_mm, marked.blur_mm)
    found = nearness.to_bone(
        case.volume, marked.surface, marked.mask, marked.bone, marked.background_hu, blur, marked.shafts, marked.low_hu
    )
    if found is None or found.gap_mm > SEEN_BONE_MM:
        reason = f"no native bone lies within {SEEN_BONE_MM:.0f} mm of the lesion"
        sheet.refuse(reason, "gap_to_bone_mm", "bone_contact_mm2")
        return
    doubt_mm = case.shift_mm + 0.5 * min(case.volume.geometry.spacing_mm[1:])
    sheet.add("gap_to_bone_mm", found.gap_mm, "mm", doubt_mm, "surface to half-maximum of native bone")
    method = f"area within {nearness.CONTACT_MM:.0f} mm of native bone"
    if found.gap_mm - doubt_mm > nearness.CONTACT_MM:
        sheet.add("bone_contact_mm2", 0.0, "mm2", 0.0, method, (APART,))
    else:
        parted = found.parted_mm2 > PARTED_SHARE * found.contact_mm2
        warnings = (PARTED,) if parted else ()
        sheet.add("bone_contact_mm2", found.contact_mm2, "mm2", 0.2 * found.contact_mm2 + 5.0, method, (), warnings)
