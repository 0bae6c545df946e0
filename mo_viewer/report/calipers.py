"""Long and short axis as calipers that OHIF shows and lets its user edit (a report of its own, TID 1501 groups)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mo_viewer.findings.lesion import Lesion
from mo_viewer.measure.extent import Axes, in_slice_axes
from mo_viewer.report.codes import code, concepts, unit_code
from mo_viewer.report.groups import When, finding_sites, time_texts
from mo_viewer.report.headers import Headers, Slice
from mo_viewer.report.maker import Maker, coded
from mo_viewer.report.numbers import decimal_text
from mo_viewer.report.seg import tracking_id
from mo_viewer.report.sr import Content, build_document
from mo_viewer.volume.arrays import FloatArray, Point
from mo_viewer.volume.geometry import Geometry

SERIES_NUMBER = 9903
OHIF_TOOL = "Cornerstone3DTools@^0.1.0:Bidirectional:"
"""How OHIF's adapters know which of their tools draws a group; what follows is the label."""
SAME_MM = 0.05


@dataclass(frozen=True)
class Caliper:
    """The two axes of one lesion in one slice, with the numbers that the findings give for them."""

    lesion: Lesion
    axes: Axes
    long_mm: float
    short_mm: float


def calipers(lesions: Sequence[Lesion]) -> list[Caliper]:
    """Return the calipers of all lesions whose axes can be drawn and are the measured ones."""
    return [one for one in (_caliper(lesion) for lesion in lesions) if one is not None]


def build_calipers(found: Sequence[Caliper], headers: Headers, when: When, modality: str, maker: Maker) -> Any:
    """Return the report that holds the calipers, one group a lesion, in the lesions' order.

    Parameters
    ----------
    found
        Not empty.
    headers
        Of the slices that the axes lie in.
    when, modality, maker
        Time point, modality of the images, and who made it.
    """
    groups = [_group(one, headers.at(one.axes.slice_index), when) for one in found]
    slices = [one.axes.slice_index for one in found]
    content = Content(groups, slices, "MO Viewer: axes for OHIF", SERIES_NUMBER)
    return build_document(content, headers, [], modality, maker)


def _caliper(lesion: Lesion) -> Caliper | None:
    long, short = lesion.measured("long_axis_mm"), lesion.measured("short_axis_mm")
    if lesion.surface is None or lesion.mask is None or long is None or short is None:
        return None
    axes = in_slice_axes(lesion.surface, lesion.mask.geometry)
    if axes is None or abs(axes.long_mm - long.value) > SAME_MM or abs(axes.short_mm - short.value) > SAME_MM:
        return None
    return Caliper(lesion, axes, long.value, short.value)


def _group(caliper: Caliper, at: Slice, when: When) -> Any:
    from highdicom import sr

    lesion, axes = caliper.lesion, caliper.axes
    assert lesion.mask is not None
    geometry = lesion.mask.geometry
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=lesion.tracking_uid, identifier=OHIF_TOOL + tracking_id(lesion)),
        # No time point numbers: OHIF looks for the line below the first number.
        time_point_context=sr.TimePointContext(**time_texts(when)),
        finding_type=coded(code("finding")),
        finding_sites=finding_sites(lesion),
        measurements=[
            _axis("long_axis_mm", caliper.long_mm, in_image(geometry, axes.long_ends_mm), at),
            _axis("short_axis_mm", caliper.short_mm, in_image(geometry, axes.short_ends_mm), at),
        ],
    )


def in_image(geometry: Geometry, ends_mm: tuple[Point, Point]) -> FloatArray:
    """Return (2, 2) column and row of two LPS points, as SCOORD counts (0.5 is the centre of the first pixel)."""
    index = geometry.index_of(np.array(ends_mm))
    flat: FloatArray = index[:, [2, 1]] + 0.5
    return flat


def _axis(name: str, value_mm: float, ends: FloatArray, at: Slice) -> Any:
    from highdicom import sr

    frames = None if at.instance.frame is None else [at.instance.frame]
    line = sr.CoordinatesForMeasurement(
        graphic_type="POLYLINE",
        graphic_data=ends,
        source_image=sr.SourceImageForRegion(at.kind, at.uid, referenced_frame_numbers=frames),
    )
    concept = concepts()[name]
    made = sr.Measurement(
        name=coded(concept.code),
        value=float(value_mm),
        unit=coded(unit_code("mm")),
        method=coded(concept.method),
        referenced_coordinates=[line],
    )
    made[0].MeasuredValueSequence[0].NumericValue = decimal_text(value_mm, None)
    return made
