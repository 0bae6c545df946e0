"""What the reader drew and starred on the images of one series, for key object selections and presentation states."""

import numpy as np

from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.mark import OUTLINES, ImageRef, Mark, MarkKind
from mo_viewer.measure.marks import Scale, angle_deg, area_of, cobb_deg, distance, index_of, outline, positions_mm
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source
from mo_viewer.volume.volume import UNITS

BY_READER = "mm by the reader's calibration line"
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


def words_of(mark: Mark, geometry: Geometry, scale: Scale) -> str:
    """Return a mark's name and what it measures, with its unit and what that is where it is not the patient's mm."""
    name = "".join(letter for letter in mark.label if letter.isprintable()).strip() or mark.kind.value
    value = _value(mark, positions_mm(mark, geometry), scale)
    return f"{name}: {value}" if value else name


def _value(mark: Mark, at: FloatArray, scale: Scale) -> str:
    unit = BY_READER if scale.by_reader else UNITS[scale.length]
    if mark.kind is MarkKind.CALIBRATION:
        return f"{mark.known_mm:.1f} mm true" if mark.known_mm else ""
    if mark.kind is MarkKind.LENGTH:
        return f"{_apart(at[:2], scale)} {unit}"
    if mark.kind is MarkKind.BIDIRECTIONAL:
        return f"{_apart(at[:2], scale)} x {_apart(at[2:], scale)} {unit}"
    if mark.kind is MarkKind.ANGLE:
        return f"{angle_deg(at[0], at[1], at[2]):.1f} deg"
    if mark.kind is MarkKind.COBB:
        return f"{cobb_deg(*at[:4]):.1f} deg"
    return f"{area_of(mark.kind, at) * scale.factor**2:.0f} {unit[:2]}2{unit[2:]}" if mark.kind in OUTLINES else ""


def _apart(ends: FloatArray, scale: Scale) -> str:
    return f"{distance(ends[0], ends[1]) * scale.factor:.1f}"


def _slices(source: Source | None) -> dict[tuple[str, int], int]:
    instances = () if source is None else source.instances
    return {(one.sop_uid, one.frame or 1): k for k, one in enumerate(instances)}


def _name(image: ImageRef) -> tuple[str, int]:
    return image.sop_uid, image.frame or 1
