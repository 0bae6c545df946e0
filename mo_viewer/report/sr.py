"""The measurements of one study as a DICOM structured report (TID 1500 with TID 1411 groups in segment order)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mo_viewer.findings.codes import Code, load_codes
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.groups import When, group
from mo_viewer.report.headers import CHARACTERS, Headers, file_headers, give_back
from mo_viewer.report.keys import key_slice
from mo_viewer.report.maker import Maker, coded
from mo_viewer.report.numbers import rows, shared_keys
from mo_viewer.report.outlines import key_outline, outlines
from mo_viewer.report.people import device_context, person_context
from mo_viewer.volume.mask import Mask

SERIES_NUMBER = 9902
TITLE = Code("126000", "DCM", "Imaging Measurement Report")
SLICE_THICKNESS = "112225"
ENGLISH = Code("en", "RFC5646", "English")


def build_sr(
    lesions: Sequence[Lesion], headers: Headers, segs: Sequence[Any], when: When, modality: str, maker: Maker
) -> Any:
    """Return the measurement report of one study, ready to be written.

    Parameters
    ----------
    lesions
        In segment order, all with voxels.
    headers
        Of the slices in which a lesion has voxels.
    segs
        The segmentation of the same lesions. Where it is no object or several, all outlines are drawn into the report
        instead, because a group can name one segment only.
    when, modality, maker
        Time point, modality of the images, and who made it.
    """
    seg = segs[0] if len(segs) == 1 else None
    own = [rows(lesion, headers.thickness_mm) for lesion in lesions]
    everywhere = shared_keys(own)
    groups = [
        group(lesion, mine, everywhere, _region(n, lesion, headers, seg), when, maker)
        for n, (lesion, mine) in enumerate(zip(lesions, own, strict=True), 1)
    ]
    for lesion, made in zip(lesions, groups, strict=True) if seg is not None else ():
        made[0].ContentSequence.append(key_outline(lesion, headers.at(key_slice(lesion))))
    content = Content(groups, [key_slice(lesion) for lesion in lesions], "MO Viewer: measurements", SERIES_NUMBER)
    built = build_document(content, headers, [] if seg is None else [seg], modality, maker)
    if len(segs) > 1:
        _mention(built, segs)
    return built


def _mention(built: Any, segs: Sequence[Any]) -> None:
    """Name the SEGs of a series as other evidence.

    As evidence of the procedure, 3D Slicer would load their whole series once for each of them.
    """
    from pydicom.dataset import Dataset

    study, series = Dataset(), Dataset()
    series.SeriesInstanceUID = segs[0].SeriesInstanceUID
    series.ReferencedSOPSequence = [_reference(seg) for seg in segs]
    study.StudyInstanceUID = segs[0].StudyInstanceUID
    study.ReferencedSeriesSequence = [series]
    built.PertinentOtherEvidenceSequence = [*built.get("PertinentOtherEvidenceSequence", ()), study]


def _reference(seg: Any) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = seg.SOPClassUID, seg.SOPInstanceUID
    return item


@dataclass(frozen=True)
class Content:
    """What makes one report differ from another: its groups, the slices in its library, its series.

    `unknown` are codes of what the header copies hold only because highdicom insists on it; the library loses them.
    """

    groups: Sequence[Any]
    key_slices: Sequence[int]
    series_description: str
    series_number: int
    unknown: frozenset[str] = frozenset()


def build_document(content: Content, headers: Headers, evidence: Sequence[Any], modality: str, maker: Maker) -> Any:
    """Return a report around measurement groups: title, language, observer, image library and evidence.

    `evidence` are objects other than the images of `headers` that the groups refer to.
    """
    from highdicom import sr
    from pydicom.uid import generate_uid

    images = file_headers(headers)
    study_uid = str(headers.slices[0].header.StudyInstanceUID)
    # A library of all slices would take 30 ms a slice.
    keys = {uid: images[uid] for uid in (headers.at(k).uid for k in content.key_slices)}
    report = sr.MeasurementReport(
        observation_context=_observers(maker),
        procedure_reported=coded(_procedure(modality)),
        imaging_measurements=content.groups,
        title=coded(TITLE),
        language_of_content_item_and_descendants=sr.LanguageOfContentItemAndDescendants(coded(ENGLISH)),
        referenced_images=list(keys.values()),
    )
    _forget(report, content.unknown | ({SLICE_THICKNESS} if headers.thickness_mm is None else set()))
    built = sr.ComprehensiveSR(
        evidence=[*images.values(), *evidence],
        content=report,
        series_instance_uid=generate_uid(prefix=None),
        series_number=content.series_number,
        sop_instance_uid=generate_uid(prefix=None),
        instance_number=1,
        manufacturer=maker.manufacturer,
        manufacturer_model_name=maker.model,
        software_versions=maker.version,
        device_serial_number=maker.serial,
        specific_character_set=CHARACTERS,
        series_description=content.series_description,
        coding_schemes=[maker.coding_scheme()],
        is_complete=maker.standing.is_signed,
        is_final=maker.standing.is_signed,
        previous_versions=maker.previous(study_uid, content.series_description),
    )
    give_back(built, headers)
    return built


def _observers(maker: Maker) -> Any:
    from highdicom import sr

    return sr.ObservationContext(
        observer_person_context=person_context(maker.standing), observer_device_context=device_context(maker)
    )


def _procedure(modality: str) -> Code:
    procedures = load_codes("measurements")["procedures"]
    return Code(*procedures.get(modality, procedures[""]))


def _forget(report: Any, unknown: frozenset[str]) -> None:
    for item in _tree(report):
        kept = [c for c in item.get("ContentSequence", ()) if _value_of_name(c) not in unknown]
        if len(kept) < len(item.get("ContentSequence", ())):
            item.ContentSequence = type(item.ContentSequence)(kept)


def _tree(items: Any) -> list[Any]:
    return [found for item in items for found in (item, *_tree(item.get("ContentSequence", ())))]


def _value_of_name(item: Any) -> str:
    return str(item.ConceptNameCodeSequence[0].CodeValue)


def _region(number: int, lesion: Lesion, headers: Headers, seg: Any | None) -> dict[str, Any]:
    from highdicom import sr

    assert lesion.mask is not None
    reached = np.flatnonzero(lesion.mask.inside.any(axis=(1, 2))) + lesion.mask.corner[0]
    if seg is None:
        return {"referenced_regions": _outlines(lesion.mask, [int(k) for k in reached], headers)}
    segment = sr.ReferencedSegment(
        sop_class_uid=seg.SOPClassUID,
        sop_instance_uid=seg.SOPInstanceUID,
        segment_number=number,
        source_series=sr.SourceSeriesForSegmentation(headers.slices[0].header.SeriesInstanceUID),
    )
    return {"referenced_segment": segment}


def _outlines(mask: Mask, slices: Sequence[int], headers: Headers) -> list[Any]:
    from highdicom import sr

    found = []
    for k in slices:
        inside, one = mask.slice_inside(k), headers.at(k)
        frames = None if one.instance.frame is None else [one.instance.frame]
        for line in outlines(inside) if inside is not None else ():
            image = sr.SourceImageForRegion(one.kind, one.uid, referenced_frame_numbers=frames)
            found.append(sr.ImageRegion(graphic_type="POLYLINE", graphic_data=line, source_image=image))
    return found
