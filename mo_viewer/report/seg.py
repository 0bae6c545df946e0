"""The lesions of one study as a DICOM segmentation: binary, one segment a lesion, on the grid of the images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mo_viewer.findings.codes import Code
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.codes import code
from mo_viewer.report.headers import CHARACTERS, Headers, decimal, give_back
from mo_viewer.report.maker import Maker, coded
from mo_viewer.volume.arrays import ByteArray
from mo_viewer.volume.geometry import Geometry

_LONGEST_LABEL = 64
SERIES_NUMBER = 9901


def slices_of(lesions: Sequence[Lesion]) -> list[int]:
    """Return the indices of all slices in which a lesion has voxels."""
    found: set[int] = set()
    for lesion in lesions:
        if lesion.mask is not None:
            found |= {int(k) + lesion.mask.corner[0] for k in np.flatnonzero(lesion.mask.inside.any(axis=(1, 2)))}
    return sorted(found)


@dataclass(frozen=True)
class Part:
    """A segmentation, the lesions that are its segments, and the headers of the slices that are its frames."""

    dataset: Any
    lesions: Sequence[Lesion]
    headers: Headers


def build_segs(
    lesions: Sequence[Lesion], headers: Headers, colours: Mapping[str, str], maker: Maker
) -> tuple[Part, ...]:
    """Return the segmentation of one study, ready to be written: one object, or one series of several.

    Programs that know only straight, even grids (dcmqi, and with it 3D Slicer and MITK) displace frames of a tilted or
    uneven stack. Such a stack is parted into pieces that are straight and even, so that everybody shows every frame
    where it belongs.

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
    from pydicom.uid import generate_uid

    geometry, series = grid_of(lesions), str(generate_uid(prefix=None))
    parts: list[Part] = []
    for run in geometry.straight_runs:
        own = headers.only(run)
        here = [lesion for lesion in lesions if not set(run).isdisjoint(slices_of([lesion]))]
        if here:
            built = _build(here, own, colours, maker, (series, len(parts) + 1))
            _measure_pixels(built, _step_mm(geometry, run, headers.thickness_mm))
            parts.append(Part(built, here, own))
    return tuple(parts)


def _build(
    lesions: Sequence[Lesion], headers: Headers, colours: Mapping[str, str], maker: Maker, place: tuple[str, int]
) -> Any:
    """Return one object; `place` is its series and its number there."""
    import highdicom as hd
    from pydicom.uid import generate_uid

    built = hd.seg.Segmentation(
        source_images=[s.header for s in headers.slices],
        pixel_array=_stacked(lesions, [s.index for s in headers.slices]),
        segmentation_type="BINARY",
        segment_descriptions=[_segment(n, one, colours, maker) for n, one in enumerate(lesions, 1)],
        series_instance_uid=place[0],
        series_number=SERIES_NUMBER,
        sop_instance_uid=generate_uid(prefix=None),
        instance_number=place[1],
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
    _name_frames(built, headers)
    give_back(built, headers)
    return built


def grid_of(lesions: Sequence[Lesion]) -> Geometry:
    """Return the grid of lesions with voxels of one series."""
    return next(lesion.mask.geometry for lesion in lesions if lesion.mask is not None)


def _stacked(lesions: Sequence[Lesion], slices: Sequence[int]) -> ByteArray:
    _, rows, columns = grid_of(lesions).shape
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


def _step_mm(geometry: Geometry, run: range, thickness_mm: float | None) -> float | None:
    """How far apart the slices of a run are; for one slice alone what it stands for among its neighbours."""
    if geometry.shape[0] == 1:
        return thickness_mm
    heights = geometry.heights_mm[run.start : run.stop]
    return float(np.diff(heights).mean() if len(run) > 1 else geometry.slice_extents_mm[run.start])


def _measure_pixels(built: Any, step_mm: float | None) -> None:
    """Say the true distance of slice planes; readers would else take the thickness for it."""
    measures = built.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
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
