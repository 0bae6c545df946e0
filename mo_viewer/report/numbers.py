"""What goes into a report of one study: which numbers stand in every lesion's group, and how they are written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement
from mo_viewer.report.codes import Concept, concept, concepts, is_coded
from mo_viewer.report.contract import in_order

_DIGITS = 6


@dataclass(frozen=True)
class Row:
    """One number of one lesion with its coding; `detail` tells rows of one concept apart (a density class)."""

    concept: Concept
    measurement: Measurement
    detail: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What two lesions' rows must share to be the same measurement."""
        return self.concept.name, self.detail


def rows(lesion: Lesion, thickness_mm: float | None) -> list[Row]:
    """Return the numbers of a lesion in the order of the report: the voxel count's volume first.

    Measurements without a code are not among them (`uncoded` names them).
    """
    table = concepts()
    own = [Row(table[m.concept], m) for m in in_order(lesion) if is_coded(m.concept, m.unit)]
    counted = voxel_volume_mm3(lesion, thickness_mm)
    first = [] if counted is None else [Row(concept("voxel_count_volume"), Measurement("mask_volume", counted, "mm3"))]
    classes = [
        Row(
            concept("class_volume"),
            Measurement("class_volume", c.volume_mm3, "mm3"),
            class_text(c.name, c.from_hu, c.to_hu),
        )
        for c in lesion.class_volumes
        if math.isfinite(c.volume_mm3)
    ]
    return first + own + classes


def uncoded(lesion: Lesion) -> list[str]:
    """Return the names of measurements that the code table does not know, or not in that unit."""
    return [m.concept for m in lesion.measurements if not is_coded(m.concept, m.unit)]


def shared_keys(all_rows: Sequence[Sequence[Row]]) -> set[tuple[str, str]]:
    """Return what was measured in every lesion: only this may stand as a number directly in the groups.

    3D Slicer heads the columns of its table by the first group and by position, so a number that one lesion
    lacks would put the others under a wrong heading.
    """
    return set.intersection(*({row.key for row in own} for own in all_rows)) if all_rows else set()


def voxel_volume_mm3(lesion: Lesion, thickness_mm: float | None) -> float | None:
    """Return the volume of the mask's voxels.

    A series of one slice has no distance of planes; there the nominal thickness stands for it, as it does in
    programs that read the segmentation. None where that is not known either.
    """
    mask = lesion.mask
    if mask is None or mask.voxels == 0:
        return None
    if mask.geometry.shape[0] > 1:
        return mask.volume_mm3
    return None if thickness_mm is None else mask.voxels * mask.geometry.pixel_area_mm2 * thickness_mm


def class_text(name: str, from_hu: float, to_hu: float | None) -> str:
    """Return a density class in words."""
    upper = "and more" if to_hu is None else f"to {to_hu:g}"
    return f"{name}: {from_hu:g} {upper} HU"


def decimal_text(value: float, spread: float | None) -> str:
    """Return a number with as many decimals as its spread allows (two significant figures of the spread).

    Without a spread it keeps six significant figures. At most 16 characters; an exponent only where those would not do.
    """
    if spread is not None and spread > 0 and math.isfinite(spread):
        decimals = 1 - math.floor(math.log10(spread))
    else:
        decimals = _DIGITS - 1 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:.{min(max(decimals, 0), 8)}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    return text if len(text) <= 16 else f"{value:.8e}"
