"""What the reader drew and starred on the images of one series, for key object selections and presentation states."""

import numpy as np

from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.mark import OUTLINES, ImageRef, Mark, MarkKind
from mo_viewer.measure.marks import angle_deg, area_of, cobb_deg, distance, index_of, outline, positions_mm
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source

_TWO_LINES = frozenset({MarkKind.BIDIRECTIONAL, MarkKind.COBB})


def starred(timepoint: Timepoint, source: Source | None) -> list[int]:
    """Return the slices of a series that the reader made key images."""
    slices = _slices(source)
    return sorted({slices[_name(image)] for image in timepoint.key_images if _name(image) in slices})


def drawn(timepoint: Timepoint, source: Source | None) -> list[tuple[int, Mark]]:
    """Return the marks on the images of a series, with their slices."""
    slices = _slices(source)
    found = [(slices[_name(mark.image)], mark) for mark in timepoint.marks if _name(mark.image) in slices]
    return sorted(found, key=lambda one: one[0])


def lines_of(mark: Mark, geometry: Geometry, k: int) -> list[FloatArray]:
    """Return a mark as lines, (n, 2) column and row; 0.5 is the centre of the first pixel. One point for a probe."""
    at = index_of(mark, geometry, k)[:, [2, 1]] + 0.5
    if mark.kind in OUTLINES:
        at = outline(mark.kind, at)
        at = np.vstack([at, at[:1]])
    limits = np.array(geometry.shape[:0:-1], dtype=np.float64)
    at = np.clip(at, 0.0, limits)
    return [at[:2], at[2:]] if mark.kind in _TWO_LINES else [at]


def words_of(mark: Mark, geometry: Geometry) -> str:
    """Return a mark's name and, where a millimetre is one in the patient, what it measures."""
    name = "".join(letter for letter in mark.label if letter.isprintable()).strip() or mark.kind.value
    value = _value(mark, positions_mm(mark, geometry)) if mark.in_patient else ""
    return f"{name}: {value}" if value else name


def _value(mark: Mark, at: FloatArray) -> str:
    if mark.kind is MarkKind.LENGTH:
        return f"{distance(at[0], at[1]):.1f} mm"
    if mark.kind is MarkKind.BIDIRECTIONAL:
        return f"{distance(at[0], at[1]):.1f} x {distance(at[2], at[3]):.1f} mm"
    if mark.kind is MarkKind.ANGLE:
        return f"{angle_deg(at[0], at[1], at[2]):.1f} deg"
    if mark.kind is MarkKind.COBB:
        return f"{cobb_deg(*at[:4]):.1f} deg"
    return f"{area_of(mark.kind, at):.0f} mm2" if mark.kind in OUTLINES else ""


def _slices(source: Source | None) -> dict[tuple[str, int], int]:
    instances = () if source is None else source.instances
    return {(one.sop_uid, one.frame or 1): k for k, one in enumerate(instances)}


def _name(image: ImageRef) -> tuple[str, int]:
    return image.sop_uid, image.frame or 1
