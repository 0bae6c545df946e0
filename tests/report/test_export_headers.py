"""Exports of images whose headers are not as the libraries expect them."""

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from phantoms import grid
from written_ct import blob, document, export_core, lesion, write_ct

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.report.export import Exported
from mo_viewer.report.verify import verify
from mo_viewer.volume.source import Source

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85))
STORED = np.random.default_rng(3).integers(900, 2300, GEOMETRY.shape).astype(np.int16)
Check = Callable[[Path, Path], list[str]]


def export_one(source: Source, folder: Path, label: str = "L1") -> Exported:
    marked = lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)), STORED, label=label)
    return export_core(document(source, marked), {source.series_uid: source}, folder)


def read(exported: Exported, kind: str) -> pydicom.Dataset:
    return pydicom.dcmread(next(path for path in exported.files if path.name.endswith(f"_{kind}.dcm")))


def test_letters_of_two_alphabets_and_a_latin_patient_come_back(tmp_path: Path, failures: Check) -> None:
    source = write_ct(tmp_path / "ct", GEOMETRY, STORED)
    result = export_one(source, tmp_path / "out", label="Μηρός 大腿 №1")
    seg, sr = read(result, "seg"), read(result, "sr")
    assert seg.SpecificCharacterSet == sr.SpecificCharacterSet == "ISO_IR 192"
    assert str(seg.PatientName) == str(sr.PatientName) == "Müller^Zoë"
    assert str(sr.ReferringPhysicianName) == "Größe^Dr"
    assert seg.SegmentSequence[0].SegmentLabel == seg.SegmentSequence[0].TrackingID == "Μηρός 大腿 №1"
    assert seg.SegmentSequence[0].SpecificCharacterSet == "ISO_IR 192"
    assert "SpecificCharacterSet" not in seg.SharedFunctionalGroupsSequence[0]
    assert failures(tmp_path / "out", tmp_path / "ct") == []


def test_a_name_in_three_scripts_comes_back(tmp_path: Path) -> None:
    name = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    changes = {"SpecificCharacterSet": ["", "ISO 2022 IR 87"], "PatientName": name, "ReferringPhysicianName": ""}
    source = write_ct(tmp_path / "ct", GEOMETRY, STORED, changes=changes)
    result = export_one(source, tmp_path / "out", label="Größe")
    for kind in ("seg", "sr"):
        assert str(read(result, kind).PatientName) == name
    assert read(result, "seg").SegmentSequence[0].SegmentLabel == "Größe"
    assert verify(tmp_path / "out", [tmp_path / "ct"]).differences == ()


def test_anonymised_images_without_ids_can_be_exported(tmp_path: Path, failures: Check) -> None:
    absent = ("StudyID", "AccessionNumber", "StudyDate", "StudyTime", "PatientBirthDate", "PatientSex", "PatientID")
    source = write_ct(tmp_path / "ct", GEOMETRY, STORED, absent=(*absent, "ReferringPhysicianName", "PatientName"))
    result = export_one(source, tmp_path / "out")
    assert result.remarks == ()
    assert failures(tmp_path / "out", tmp_path / "ct") == []
    assert verify(tmp_path / "out", [tmp_path / "ct"]).differences == ()


def test_values_that_break_the_standard_are_copied_as_they_are(tmp_path: Path) -> None:
    source = write_ct(tmp_path / "ct", GEOMETRY, STORED, changes={"PatientSex": "N", "PatientBirthDate": "1900-01-01"})
    result = export_one(source, tmp_path / "out")
    assert result.remarks == ()
    for kind in ("seg", "sr"):
        assert read(result, kind).PatientSex == "N"
        assert str(read(result, kind).PatientBirthDate) == "1900-01-01"


def test_without_a_frame_of_reference_the_report_holds_outlines_and_that_is_said(
    tmp_path: Path, failures: Check
) -> None:
    source = write_ct(tmp_path / "ct", GEOMETRY, STORED, absent=("FrameOfReferenceUID", "PositionReferenceIndicator"))
    result = export_one(source, tmp_path / "out")
    assert [path.suffix for path in result.files] == [".dcm", ".csv", ".json"]
    assert "frame of reference" in result.remarks[0]
    assert [f for f in failures(tmp_path / "out", tmp_path / "ct") if "no segmentation" not in f] == []
    group = read(result, "sr").ContentSequence[-1].ContentSequence[0]
    outlines = [item for item in group.ContentSequence if item.ValueType == "SCOORD"]
    assert len(outlines) == 3
    assert outlines[1].GraphicType == "POLYLINE"
    points = np.reshape(outlines[1].GraphicData, (-1, 2))
    assert np.allclose((points.min(axis=0) + points.max(axis=0)) / 2, (9.5, 10.5))
    assert verify(tmp_path / "out", [tmp_path / "ct"]).differences == ()


def test_without_uids_there_is_still_a_table_and_the_reason(tmp_path: Path, shared: Path) -> None:
    series = scan([shared / "ct_abdomen_contrast_no_uids"]).series[0]
    volume = load(series)
    marked = lesion(blob(volume.geometry, (9, 200, 200), (2, 5, 4)))
    result = export_core(document(volume.source, marked), {volume.source.series_uid: volume.source}, tmp_path)
    assert sorted(path.name for path in result.files) == ["findings.json", "measurements.csv"]
    assert "carry no StudyInstanceUID" in result.remarks[0]


def test_a_series_that_is_not_open_is_named_and_the_rest_is_written(tmp_path: Path) -> None:
    source = write_ct(tmp_path / "ct", GEOMETRY, STORED)
    marked = lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)), STORED)
    result = export_core(document(source, marked), {}, tmp_path / "out")
    assert sorted(path.name for path in result.files) == ["findings.json", "measurements.csv"]
    assert "not open" in result.remarks[0]


@pytest.mark.parametrize(
    "syntax",
    [
        "JPEG2000LosslessOnly_1.2.840.10008.1.2.4.90",
        "JPEGProcess1_1.2.840.10008.1.2.4.50",
    ],
)
def test_compressed_images_of_one_slice_pass(tmp_path: Path, shared: Path, failures: Check, syntax: str) -> None:
    images = tmp_path / "ct"
    images.mkdir()
    shutil.copy(shared / "transfer_syntaxes" / f"CTImage_{syntax}.dcm", images)
    assert_passes(images, tmp_path / "out", failures)


@pytest.mark.parametrize("name", ["ct_converted_24x38x3", "ct_enhanced_eCT_Supplemental"])
def test_enhanced_multi_frame_images_pass(tmp_path: Path, shared: Path, failures: Check, name: str) -> None:
    images = tmp_path / "ct"
    images.mkdir()
    shutil.copy(shared / "multiframe_enhanced" / f"{name}.dcm", images)
    assert_passes(images, tmp_path / "out", failures)


def assert_passes(images: Path, folder: Path, failures: Check) -> None:
    volume = load(next(one for one in scan([images]).series if one.is_volume))
    slices, rows, columns = volume.geometry.shape
    mask = blob(volume.geometry, (slices // 2, rows // 2, columns // 2), (max(0.6, slices / 2 - 1), 5, 4))
    values = np.asarray(volume.rescaled((0, 0, 0), volume.geometry.shape), dtype=np.float64)
    result = export_core(
        document(volume.source, lesion(mask, values + 1024)), {volume.source.series_uid: volume.source}, folder
    )
    assert result.remarks == ()
    assert failures(folder, images) == []
    assert verify(folder, [images]).differences == ()


def test_images_in_a_zip_are_referred_to_and_verified(tmp_path: Path) -> None:
    source = write_ct(tmp_path / "ct", GEOMETRY, STORED)
    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for instance in source.instances:
            packed.write(instance.path, Path(instance.path).name)
    zipped = tuple(i._replace(path=f"{archive}::{Path(i.path).name}") for i in source.instances)
    result = export_one(replace(source, instances=zipped), tmp_path / "out")
    assert result.remarks == ()
    assert verify(tmp_path / "out", [archive]).differences == ()


def test_the_spacing_of_one_slice_is_its_thickness(tmp_path: Path) -> None:
    geometry = grid((1, 22, 19), (2.0, 0.7, 0.85))
    source = write_ct(tmp_path / "ct", geometry, STORED[:1])
    marked = lesion(blob(geometry, (0, 10, 9), (0.5, 4, 5)), STORED[:1])
    result = export_core(document(source, marked), {source.series_uid: source}, tmp_path / "out")
    measures = read(result, "seg").SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    assert float(measures.SpacingBetweenSlices) == 2.5


def test_a_thickness_that_the_images_do_not_name_is_not_made_up(tmp_path: Path, failures: Check) -> None:
    geometry = grid((1, 22, 19), (2.0, 0.7, 0.85))
    source = write_ct(tmp_path / "ct", geometry, STORED[:1], changes={"SliceThickness": None})
    marked = lesion(blob(geometry, (0, 10, 9), (0.5, 4, 5)), STORED[:1])
    result = export_core(document(source, marked), {source.series_uid: source}, tmp_path / "out")
    assert "Slice Thickness" not in str(read(result, "sr"))
    assert "Image Library" in str(read(result, "sr"))
    assert "slice thickness" in result.remarks[0]
    found = failures(tmp_path / "out", tmp_path / "ct")
    assert [f for f in found if "no segmentation" not in f] == []


def test_thick_overlapping_slices_are_counted_by_their_distance(tmp_path: Path, failures: Check) -> None:
    source = write_ct(tmp_path / "ct", GEOMETRY, STORED, changes={"SliceThickness": "5", "SpacingBetweenSlices": "5"})
    result = export_one(source, tmp_path / "out")
    measures = read(result, "seg").SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    assert float(measures.SpacingBetweenSlices) == pytest.approx(2.0)
    assert failures(tmp_path / "out", tmp_path / "ct") == []
