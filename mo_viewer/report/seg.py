"""The lesions of one study as a DICOM segmentation: binary, one segment a lesion, on the grid of the images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mo_viewer.findings.codes import Code
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.codes import code
from mo_viewer.report.headers import CHARACTERS, Headers, decimal, give_back
from mo_viewer.report.maker import Maker, coded
from mo_viewer.volume.arrays import ByteArray
from mo_viewer.volume.geometry import EVEN_STEP_TOLERANCE_MM, Geometry

_LONGEST_LABEL = 64
SERIES_NUMBER = 9901


def slices_of(lesions: Sequence[Lesion]) -> list[int]:
    """Return the indices of all slices in which a lesion has voxels."""
    found: set[int] = set()
    for lesion in lesions:
        if lesion.mask is not None:
            found |= {int(k) + lesion.mask.corner[0] for k in np.flatnonzero(lesion.mask.inside.any(axis=(1, 2)))}
    return sorted(found)


def build_seg(lesions: Sequence[Lesion], headers: Headers, colours: Mapping[str, str], maker: Maker) -> Any:
    """Return the segmentation of one study, ready to be written.

    Parameters
    ----------
    lesions
        All with voxels, all on the grid of the same series; the nth becomes segment n.
    headers
        Of exactly the slices in which a lesion has voxels.
    colours
        ``#rrggbb`` by tracking UID.
    maker
        Who made it.
    """
    import highdicom as hd
    from pydicom.uid import generate_uid

    geometry = _grid(lesions)
    built = hd.seg.Segmentation(
        source_images=[s.header for s in headers.slices],
        pixel_array=_stacked(lesions, [s.index for s in headers.slices]),
        segmentation_type="BINARY",
        segment_descriptions=[_segment(n, one, colours, maker) for n, one in enumerate(lesions, 1)],
        series_instance_uid=generate_uid(prefix=None),
        series_number=SERIES_NUMBER,
        sop_instance_uid=generate_uid(prefix=None),
        instance_number=1,
        manufacturer=maker.manufacturer,
        manufacturer_model_name=maker.model,
        software_versions=maker.version,
        device_serial_number=maker.serial,
        content_label="LESIONS",
        content_description="Lesions marked by a reader",
        content_creator_name="",
        specific_character_set=CHARACTERS,
        series_description="MO Viewer: lesions",
        coding_schemes=[maker.coding_scheme()],
    )
    _identify_frames(built)
    _measure_pixels(built, geometry, headers.thickness_mm)
    _name_frames(built, headers)
    give_back(built, headers)
    return built


def _grid(lesions: Sequence[Lesion]) -> Geometry:
    return next(lesion.mask.geometry for lesion in lesions if lesion.mask is not None)


def _stacked(lesions: Sequence[Lesion], slices: Sequence[int]) -> ByteArray:
    _, rows, columns = _grid(lesions).shape
    stack = np.zeros((len(slices), rows, columns, len(lesions)), dtype=np.uint8)
    for n, lesion in enumerate(lesions):
        for at, k in enumerate(slices):
            inside = None if lesion.mask is None else lesion.mask.slice_inside(k)
            if inside is not None:
                stack[at, :, :, n] = inside
    return stack


def _segment(number: int, lesion: Lesion, colours: Mapping[str, str], maker: Maker) -> Any:
    import highdicom as hd

    described = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=short_label(lesion),
        segmented_property_category=coded(code("finding_category")),
        segmented_property_type=coded(code("finding")),
        algorithm_type="SEMIAUTOMATIC",
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=maker.algorithm, family=coded(maker.family), version=maker.version
        ),
        tracking_uid=lesion.tracking_uid,
        tracking_id=tracking_id(lesion),
        anatomic_regions=None if lesion.site is None else [coded(lesion.site)],
        display_color=hd.color.CIELabColor.from_string(colours[lesion.tracking_uid]),
    )
    side = laterality_code(lesion)
    if lesion.site is not None and side is not None:
        described.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [hd.sr.CodedConcept.from_code(coded(side))]
    return described


def tracking_id(lesion: Lesion) -> str:
    """Return the name under which other programs list the lesion: never empty, no control characters."""
    printed = "".join(letter if letter.isprintable() else " " for letter in lesion.label)
    return printed.strip() or lesion.tracking_uid


def short_label(lesion: Lesion) -> str:
    """Return the label as a Segment Label may be: 64 characters, no backslash; the whole one is the Tracking ID."""
    label = tracking_id(lesion).replace("\\", "/")
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


def laterality_code(lesion: Lesion) -> Code | None:
    """Return the code of the lesion's side, None where it is not known."""
    return None if lesion.laterality.value == "unknown" else code("laterality", lesion.laterality.value)


def _identify_frames(built: Any) -> None:
    """Say in every frame which segment it is: highdicom 0.28 says it once when there is only one segment."""
    shared = built.SharedFunctionalGroupsSequence[0]
    if "SegmentIdentificationSequence" in shared:
        for frame in built.PerFrameFunctionalGroupsSequence:
            frame.SegmentIdentificationSequence = shared.SegmentIdentificationSequence
        del shared.SegmentIdentificationSequence


def _measure_pixels(built: Any, geometry: Geometry, thickness_mm: float | None) -> None:
    """Say the true distance of slice planes; readers would else take the thickness for it."""
    measures = built.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    steps = np.diff(geometry.heights_mm)
    even = steps.size > 0 and np.ptp(steps) <= EVEN_STEP_TOLERANCE_MM
    step_mm = float(steps.mean()) if even else None if steps.size else thickness_mm
    if "SpacingBetweenSlices" in measures:
        del measures.SpacingBetweenSlices
    if step_mm is not None:
        measures.SpacingBetweenSlices = decimal(step_mm)


def _name_frames(built: Any, headers: Headers) -> None:
    """Put file and frame in the place of the stand-in UIDs of multi-frame sources."""
    names = headers.names
    for frame in built.PerFrameFunctionalGroupsSequence:
        for derivation in frame.get("DerivationImageSequence", ()):
            for image in derivation.SourceImageSequence:
                instance = names[str(image.ReferencedSOPInstanceUID)]
                if instance.frame is not None:
                    image.ReferencedSOPInstanceUID = instance.sop_uid
                    image.ReferencedSOPClassUID = instance.sop_class
                    image.ReferencedFrameNumber = instance.frame
    for series in built.ReferencedSeriesSequence:
        kept: dict[str, Any] = {}
        for item in series.ReferencedInstanceSequence:
            instance = names[str(item.ReferencedSOPInstanceUID)]
            if instance.frame is not None:
                item.ReferencedSOPInstanceUID = instance.sop_uid
                item.ReferencedSOPClassUID = instance.sop_class
            kept.setdefault(str(item.ReferencedSOPInstanceUID), item)
        series.ReferencedInstanceSequence = list(kept.values())
