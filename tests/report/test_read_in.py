"""What other programs drew becomes lesions to start from, and what was altered is noticed."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from phantoms import OBLIQUE, grid
from written_ct import blob, document, lesion, write_ct

from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document
from mo_viewer.report.export import export
from mo_viewer.report.read_in import ReadIn, conflicts_with, read_paths
from mo_viewer.volume.source import Source

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85), direction=OBLIQUE)


@pytest.fixture
def sent(tmp_path: Path) -> tuple[Document, Source]:
    """One lesion, exported into ``out`` beside its images in ``ct``."""
    write_ct(tmp_path / "ct", GEOMETRY)
    (series,) = scan([tmp_path / "ct"]).series
    findings = document(series.source, lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5))))
    export(findings, {series.source.series_uid: series.source}, tmp_path / "out", ("sr", "seg"))
    return findings, series.source


def change(folder: Path, kind: str, alter) -> None:
    path = next(folder.glob(f"*_{kind}.dcm"))
    dataset = pydicom.dcmread(path)
    alter(dataset)
    dataset.save_as(path)


def read(*paths: Path) -> ReadIn:
    (found,) = read_paths(paths)
    return found


MORE_LIMBS = ("ct_thigh_calcified_mass_b", "ct_thigh_plain_mass", "ct_arm_plain_mass")


@pytest.mark.parametrize(
    "name",
    [
        "ct_thigh_calcified_mass_a",
        "ct_calf_calcified_mass",
        *(pytest.param(name, marks=pytest.mark.long) for name in MORE_LIMBS),
    ],
)
def test_contours_with_wrong_image_uids_are_placed_by_frame_of_reference(shared: Path, name: str) -> None:
    found = read(shared / name)
    (drawn,) = [one for one in found.starting if one.lesion.label == "GTV_Mass_CT"]
    assert drawn.source.modality == "CT"
    contours = pydicom.dcmread(shared / name / "rtstruct_on_ct.dcm").ROIContourSequence[0].ContourSequence
    areas = [_area(np.reshape(c.ContourData, (-1, 3)).astype(float)) for c in contours]
    mask = drawn.lesion.mask
    assert mask is not None
    assert mask.volume_mm3 == pytest.approx(sum(areas) * mask.geometry.spacing_mm[0], rel=0.03)
    points = np.concatenate([np.reshape(c.ContourData, (-1, 3)).astype(float) for c in contours])
    assert np.allclose(mask.points_mm().mean(axis=0), points.mean(axis=0), atol=15)
    assert (mask.points_mm().min(axis=0) >= points.min(axis=0) - 2).all()
    assert (mask.points_mm().max(axis=0) <= points.max(axis=0) + 2).all()


def _area(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def counts(seg: pydicom.Dataset) -> Iterator[tuple[str, int]]:
    """Label and number of voxels of each segment, by plain pydicom; of fractions those of a half and more."""
    pixels = seg.pixel_array.reshape(-1, seg.Rows, seg.Columns) / seg.get("MaximumFractionalValue", 1) >= 0.5
    shared = seg.SharedFunctionalGroupsSequence[0]
    frames = [f.get("SegmentIdentificationSequence") for f in seg.PerFrameFunctionalGroupsSequence]
    whose = [int((own or shared.SegmentIdentificationSequence)[0].ReferencedSegmentNumber) for own in frames]
    for segment in seg.SegmentSequence:
        yield (
            str(segment.get("TrackingID") or segment.SegmentLabel),
            int(pixels[np.array(whose) == int(segment.SegmentNumber)].sum()),
        )


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("seg_liver_with_ct",), ["Liver", "GREEN", "ORANGE", "PURPLE", "LIGHT_BLUE", "DARK_BLUE"]),
        (("seg_tiny_with_ct",), ["Liver"]),
        (
            ("seg_sr_small", "media_dicomdir/77654033"),
            ["test segmentation of computed tomography image", "Bone", "Bone", "Spine", "Bone"],
        ),
    ],
)
def test_segments_of_other_programs_keep_their_voxels(shared: Path, names: tuple[str, ...], labels: list[str]) -> None:
    paths = [shared / name for name in names]
    (found,) = [one for one in read_paths(paths) if [drawn.lesion.label for drawn in one.starting] == labels]
    counted: Counter[tuple[str, int]] = Counter()
    for path in sorted(paths[0].glob("*seg*.dcm")):
        if "_cr_" not in path.name:
            counted.update(counts(pydicom.dcmread(path)))
    read_in = Counter((one.lesion.label, one.lesion.mask.voxels) for one in found.starting if one.lesion.mask)
    assert read_in.total() == len(labels)
    assert not read_in - counted


def test_outlines_in_reports_of_others_become_lesions_on_the_image_they_name(shared: Path) -> None:
    (found,) = [one for one in read_paths([shared / "seg_sr_small"]) if one.starting]
    voxels = {one.lesion.label: one.lesion.mask.voxels for one in found.starting}
    assert voxels["LungNodule0001"] == pytest.approx(np.pi * 10**2, rel=0.02)
    assert voxels["Aorta0001"] == 20 * 20
    assert "Vertebra0001" not in voxels


@pytest.mark.parametrize("graphic", ["POLYLINE", "CIRCLE", "ELLIPSE"])
def test_a_drawn_area_covers_the_pixels_whose_centres_it_holds(
    tmp_path: Path, sent: tuple[Document, Source], graphic: str
) -> None:
    """SCOORD counts from the corner of the first pixel: 0.5 is its centre."""
    lines = {
        "POLYLINE": ([4.0, 6.0, 9.0, 6.0, 9.0, 10.0, 4.0, 10.0, 4.0, 6.0], 5 * 4),
        "CIRCLE": ([9.5, 10.5, 9.5, 15.5], round(np.pi * 25)),
        "ELLIPSE": ([3.5, 10.5, 15.5, 10.5, 9.5, 7.5, 9.5, 13.5], round(np.pi * 18)),
    }
    data, pixels = lines[graphic]
    uid = sent[1].instances[2].sop_uid

    def alter(dataset: pydicom.Dataset) -> None:
        dataset.SeriesDescription, dataset.Manufacturer = "Made elsewhere", "Elsewhere"
        group = dataset.ContentSequence[-1].ContentSequence[0]
        (scoord,) = (item for item in group.ContentSequence if item.ValueType == "SCOORD")
        scoord.GraphicType, scoord.GraphicData = graphic, data
        scoord.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID = uid

    change(tmp_path / "out", "sr", alter)
    next((tmp_path / "out").glob("*_seg.dcm")).unlink()
    (area,) = read(tmp_path / "out", tmp_path / "ct").starting
    assert area.lesion.mask.corner[0] == 2
    assert area.lesion.mask.voxels == pytest.approx(pixels, rel=0.12)
    assert area.made_by.startswith("Elsewhere")
    if graphic == "POLYLINE":
        assert area.lesion.mask.voxels == pixels
        assert area.lesion.mask.corner == (2, 6, 4)


def test_a_report_without_its_images_keeps_every_finding(tmp_path: Path, sent: tuple[Document, Source]) -> None:
    assert read(tmp_path / "out").document == sent[0]


def test_a_number_that_was_changed_openly_is_what_is_read(tmp_path: Path, sent: tuple[Document, Source]) -> None:
    def alter(dataset: pydicom.Dataset) -> None:
        group = dataset.ContentSequence[-1].ContentSequence[0]
        number = next(c for c in group.ContentSequence if c.ConceptNameCodeSequence[0].CodeMeaning == "Long Axis")
        number.MeasuredValueSequence[0].NumericValue = "99"
        number.MeasuredValueSequence[0].FloatingPointValue = 99.0

    change(tmp_path / "out", "sr", alter)
    found = read(tmp_path / "out", tmp_path / "ct")
    assert "altered by another program" in found.remarks[0]
    back = found.document.timepoints[0].lesions[0]
    assert back.measured("long_axis_mm").value == 99.0
    kept = sent[0].timepoints[0].lesions[0]
    assert np.array_equal(back.mask.full(), kept.mask.full())
    assert (back.tracking_uid, back.label, back.site, back.grade.value) == (
        kept.tracking_uid,
        kept.label,
        kept.site,
        kept.grade.value,
    )
    (conflict,) = conflicts_with(sent[0], found.document)
    assert "measurements" in conflict.what


def test_voxels_that_were_changed_are_a_conflict(tmp_path: Path, sent: tuple[Document, Source]) -> None:
    def alter(dataset: pydicom.Dataset) -> None:
        data = bytearray(dataset.PixelData)
        at = next(n for n, byte in enumerate(data) if byte)
        data[at] = 0
        dataset.PixelData = bytes(data)

    change(tmp_path / "out", "seg", alter)
    found = read(tmp_path / "out", tmp_path / "ct")
    assert found.document == sent[0]
    (conflict,) = found.conflicts
    assert "contour of the segmentation" in conflict.what
    assert conflict.other.mask.voxels < conflict.kept.mask.voxels


def test_the_parts_of_a_tilted_segmentation_are_read_as_one(tmp_path: Path) -> None:
    geometry = grid((7, 20, 18), (1.1, 0.8, 0.9), tilt_deg=11.0)
    write_ct(tmp_path / "ct", geometry)
    (series,) = scan([tmp_path / "ct"]).series
    marked = lesion(blob(geometry, (3, 10, 9), (2.4, 4, 5)))
    export(document(series.source, marked), {series.source.series_uid: series.source}, tmp_path / "out", ("sr", "seg"))
    assert len(list((tmp_path / "out").glob("*_seg?.dcm"))) == 5
    assert read(tmp_path / "out", tmp_path / "ct").conflicts == ()

    def alter(dataset: pydicom.Dataset) -> None:
        dataset.PixelData = bytes(len(dataset.PixelData) - 1) + b"\1"

    change(tmp_path / "out", "seg3", alter)
    (conflict,) = read(tmp_path / "out", tmp_path / "ct").conflicts
    assert "contour of the segmentation" in conflict.what

    change(tmp_path / "out", "sr", lambda dataset: delattr(dataset, "PertinentOtherEvidenceSequence"))
    found = read(tmp_path / "out", tmp_path / "ct")
    assert found.conflicts == ()
    (start,) = found.starting
    assert start.lesion.tracking_uid == marked.tracking_uid
    assert start.lesion.mask is not None


def test_of_fractions_the_voxels_that_are_half_inside_are_read(tmp_path: Path) -> None:
    import highdicom as hd

    source = write_ct(tmp_path / "ct", GEOMETRY)
    share = np.zeros(GEOMETRY.shape)
    share[2, 5:9, 4:8], share[3, 5:9, 4], share[3, 5:9, 5] = 1.0, 0.5, 0.49
    segment = hd.seg.SegmentDescription(
        1, "Mass", hd.sr.CodedConcept("49755003", "SCT", "Morphologically abnormal structure"),
        hd.sr.CodedConcept("4147007", "SCT", "Mass"), "MANUAL",
    )  # fmt: skip
    hd.seg.Segmentation(
        source_images=[pydicom.dcmread(one.path) for one in source.instances],
        pixel_array=share,
        segmentation_type="FRACTIONAL",
        segment_descriptions=[segment],
        series_instance_uid=hd.UID(),
        series_number=9,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Elsewhere",
        manufacturer_model_name="Model",
        software_versions="1",
        device_serial_number="1",
        max_fractional_value=200,
    ).save_as(tmp_path / "ct" / "seg.dcm")
    found = read(tmp_path / "ct")
    (start,) = found.starting
    assert start.lesion.mask is not None
    assert np.array_equal(start.lesion.mask.full(), share >= 0.5)
    assert found.remarks == ("Of a segmentation with fractions, the voxels that are at least half inside were read.",)


def test_what_the_store_has_otherwise_or_lacks_is_named_and_never_merged(sent: tuple[Document, Source]) -> None:
    findings = sent[0]
    timepoint = findings.timepoints[0]
    own = timepoint.lesions[0]
    other = replace(own, tracking_uid="2.25.7", label="L2")
    assert conflicts_with(findings, findings) == ()
    (renamed,) = conflicts_with(findings, findings.with_lesion(timepoint, replace(own, label="Other")))
    assert "about name" in renamed.what
    (read_only,) = conflicts_with(findings, findings.with_lesion(timepoint, other))
    assert (read_only.kept, read_only.other) == (None, other)
    (stored_only,) = conflicts_with(findings.with_lesion(timepoint, other), findings)
    assert (stored_only.kept, stored_only.other) == (other, None)


def test_of_two_exports_the_one_that_replaces_the_other_counts(tmp_path: Path, sent: tuple[Document, Source]) -> None:
    findings, source = sent
    timepoint = findings.timepoints[0]
    later = findings.with_lesion(timepoint, replace(timepoint.lesions[0], label="Later"))
    export(later, {source.series_uid: source}, tmp_path / "out", ("sr", "seg"))
    assert read(tmp_path / "out").document == later
    shutil.rmtree(tmp_path / "out")


def test_a_broken_report_is_a_remark_and_nothing_else_is_lost(tmp_path: Path, sent: tuple[Document, Source]) -> None:
    change(tmp_path / "out", "seg", lambda dataset: dataset.pop("SharedFunctionalGroupsSequence"))
    found = read(tmp_path / "out", tmp_path / "ct")
    assert "lacks what it should have" in found.remarks[0]
    assert found.document == sent[0]
