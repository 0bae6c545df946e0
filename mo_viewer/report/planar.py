"""Lesions on images that have no place in the patient (radiographs): DICOM TID 1410 groups, and what a mm means."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.measure.drawn import NO_SIZE
from mo_viewer.report.codes import code, concept
from mo_viewer.report.groups import When, describe, finding_sites, measurement_item, nested_number, time_point
from mo_viewer.report.headers import Headers, Slice, put
from mo_viewer.report.keys import key_slice
from mo_viewer.report.maker import Maker, coded
from mo_viewer.report.numbers import Row, rows, shared_keys
from mo_viewer.report.outlines import largest_outline
from mo_viewer.report.seg import tracking_id
from mo_viewer.report.sr import Content, build_document
from mo_viewer.volume.mask import Mask

SERIES_NUMBER, DESCRIPTION = 9902, "MO Viewer: measurements"
PIXEL_SPACING, ORIENTATION = ("111026", "111066"), ("111043", "111044")
UNCALIBRATED = "none"


def build_planar(
    lesions: Sequence[Lesion], headers: Headers, when: When, modality: str, calibration: str, maker: Maker
) -> Any:
    """Return the measurement report of a radiograph: one planar group a lesion, with its largest outline.

    Parameters
    ----------
    lesions
        All with voxels (pixels).
    headers
        Of the images in which a lesion has pixels.
    when, modality, maker
        Time point, modality of the images, and who made it.
    calibration
        What a millimetre means there, a word of the contract (``detector``, ``none`` ...); it stands with every group.
    """
    unknown = _completed(headers)
    own = [_rows(lesion, calibration) for lesion in lesions]
    everywhere = shared_keys(own)
    groups = [
        _group(lesion, mine, everywhere, headers.at(key_slice(lesion)), when, calibration)
        for lesion, mine in zip(lesions, own, strict=True)
    ]
    content = Content(groups, [key_slice(lesion) for lesion in lesions], DESCRIPTION, SERIES_NUMBER, unknown)
    return build_document(content, headers, [], modality, maker)


def without_lengths(lesion: Lesion) -> Lesion:
    """Return a lesion of an image whose pixels have no size: everything in millimetres is refused."""
    kept = tuple(m for m in lesion.measurements if "mm" not in m.unit)
    refused = tuple(Refusal(m.concept, NO_SIZE) for m in lesion.measurements if "mm" in m.unit)
    return replace(lesion, measurements=kept, refused=(*lesion.refused, *refused))


def projected_area_mm2(mask: Mask) -> float:
    """Return the area of the pixels of a mask, in the millimetres of its grid."""
    return float(mask.voxels * mask.geometry.pixel_area_mm2)


def _rows(lesion: Lesion, calibration: str) -> list[Row]:
    found = [row for row in rows(lesion, None) if row.concept.name != "mask_volume"]
    if calibration == UNCALIBRATED or lesion.measured("area_mm2") is not None:
        return found
    assert lesion.mask is not None
    area = Measurement("projected_area", projected_area_mm2(lesion.mask), "mm2")
    return [Row(concept("projected_area"), area), *found]


def _group(
    lesion: Lesion, own: Sequence[Row], everywhere: set[tuple[str, str]], at: Slice, when: When, calibration: str
) -> Any:
    from highdicom import sr

    frames = None if at.instance.frame is None else [at.instance.frame]
    image = sr.SourceImageForRegion(at.kind, at.uid, referenced_frame_numbers=frames)
    made = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=lesion.tracking_uid, identifier=tracking_id(lesion)),
        referenced_region=sr.ImageRegion(
            graphic_type="POLYLINE", graphic_data=largest_outline(lesion), source_image=image
        ),
        time_point_context=time_point(when),
        finding_type=coded(code("finding")),
        finding_category=coded(code("finding_category")),
        finding_sites=finding_sites(lesion),
        measurements=[measurement_item(row) for row in own if row.key in everywhere],
    )
    content = made[0].ContentSequence
    content.append(
        sr.TextContentItem(name=coded(code("length_calibration")), value=calibration, relationship_type="CONTAINS")
    )
    content.extend(nested_number(row) for row in own if row.key not in everywhere)
    describe(lesion, content)
    return made


def _completed(headers: Headers) -> frozenset[str]:
    """Highdicom's image library stops at a radiograph without these; return the codes of what was made up."""
    unknown: set[str] = set()
    for one in headers.slices:
        if len(one.header.get("PatientOrientation") or ()) != 2:
            put(one.header, "PatientOrientation", ["L", "F"])
            unknown |= set(ORIENTATION)
        if not one.header.get("ImagerPixelSpacing"):
            put(one.header, "ImagerPixelSpacing", list(one.header.PixelSpacing))
            unknown |= set(PIXEL_SPACING)
    return frozenset(unknown)
