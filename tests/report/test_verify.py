"""Every kind of change to an export is found and said in a sentence."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from phantoms import grid
from written_ct import blob, document, export_core, lesion, write_ct

from mo_viewer.report.export import export
from mo_viewer.report.verify import Verdict, verify

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85))
STORED = np.random.default_rng(3).integers(900, 2300, GEOMETRY.shape).astype(np.int16)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``ct`` and a sound export ``out``."""
    folder = tmp_path_factory.mktemp("made")
    source = write_ct(folder / "ct", GEOMETRY, STORED)
    marked = lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)), STORED)
    export_core(document(source, marked), {source.series_uid: source}, folder / "out")
    return folder


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy of the export that a test may spoil."""
    return Path(shutil.copytree(made / "out", tmp_path / "out"))


def check(made: Path, out: Path) -> Verdict:
    return verify(out, [made / "ct"])


def change_dicom(out: Path, kind: str, change: Callable[[Any], None]) -> None:
    path = next(out.glob(f"*_{kind}.dcm"))
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)


def number(dataset: Any, code: str) -> Any:
    group = dataset.ContentSequence[-1].ContentSequence[0]
    return next(
        c for c in group.ContentSequence if c.ValueType == "NUM" and c.ConceptNameCodeSequence[0].CodeValue == code
    )


def test_a_sound_export_has_no_differences(made: Path) -> None:
    assert check(made, made / "out") == Verdict((), 4)
    assert verify(made / "out") == Verdict((), 4)


def test_a_folder_without_an_export_is_said(tmp_path: Path) -> None:
    assert verify(tmp_path).differences == ("There is no export in this folder.",)


def flip_voxel(dataset: Any) -> None:
    dataset.PixelData = bytes([dataset.PixelData[0] ^ 1]) + dataset.PixelData[1:]


def move_frame(dataset: Any) -> None:
    position = dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
    position.ImagePositionPatient = [str(float(c) + 0.5) for c in position.ImagePositionPatient]


def rename(dataset: Any) -> None:
    dataset.PatientName = "Other^Name"


def retrack(dataset: Any) -> None:
    dataset.SegmentSequence[0].TrackingUID = "2.25.1"


def refer_elsewhere(dataset: Any) -> None:
    image = dataset.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    image.ReferencedSOPInstanceUID = "2.25.2"


def drop_identity(dataset: Any) -> None:
    del dataset.SOPInstanceUID


def flatten_pixels(dataset: Any) -> None:
    for groups in (dataset.SharedFunctionalGroupsSequence, dataset.PerFrameFunctionalGroupsSequence):
        for group in groups:
            for measures in group.get("PixelMeasuresSequence", ()):
                measures.PixelSpacing = [0, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop_identity, "cannot be read"),
        (flatten_pixels, "volume"),
        (flip_voxel, "voxels"),
        (move_frame, "ImagePositionPatient"),
        (rename, "PatientName"),
        (retrack, "tracking UID"),
        (refer_elsewhere, "is not here"),
    ],
)
def test_a_changed_segmentation_is_found(made: Path, out: Path, change: Callable[[Any], None], words: str) -> None:
    change_dicom(out, "seg", change)
    assert any(words in difference for difference in check(made, out).differences)


def change_value(dataset: Any) -> None:
    number(dataset, "103339001").MeasuredValueSequence[0].FloatingPointValue += 1.0


def change_text(dataset: Any) -> None:
    number(dataset, "103339001").MeasuredValueSequence[0].NumericValue = "99.0"


def change_unit(dataset: Any) -> None:
    number(dataset, "MOM-131").MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue = "mm"


def drop_number(dataset: Any) -> None:
    group = dataset.ContentSequence[-1].ContentSequence[0]
    group.ContentSequence = [c for c in group.ContentSequence if c is not number(dataset, "103340004")]


def point_to_another_segment(dataset: Any) -> None:
    group = dataset.ContentSequence[-1].ContentSequence[0]
    link = next(c for c in group.ContentSequence if c.ConceptNameCodeSequence[0].CodeValue == "121191")
    link.ReferencedSOPSequence[0].ReferencedSegmentNumber = 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_value, "long_axis_mm: value is"),
        (change_text, "the text 99.0 is not the value"),
        (change_unit, "the unit is mm"),
        (drop_number, "short_axis_mm is not in the structured report"),
        (point_to_another_segment, "segment 2 has another tracking UID"),
        (rename, "PatientName"),
    ],
)
def test_a_changed_report_is_found(made: Path, out: Path, change: Callable[[Any], None], words: str) -> None:
    change_dicom(out, "sr", change)
    assert any(words in difference for difference in check(made, out).differences)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("mask_voxels", 7, "were counted"),
        ("mask_volume_mm3", 7.5, "was counted"),
        ("centroid_mm", [0.0, 0.0, 99.0], "the voxels lie round"),
        ("tracking_uid", "2.25.9", "lack this lesion"),
        ("refused", [{"name": "rim_hu", "reason": "x"}], "refuses"),
    ],
)
def test_changed_findings_are_found(made: Path, out: Path, key: str, value: object, words: str) -> None:
    content = json.loads((out / "findings.json").read_text("utf-8"))
    content["timepoints"][0]["lesions"][0][key] = value
    (out / "findings.json").write_text(json.dumps(content), "utf-8")
    assert any(words in difference for difference in check(made, out).differences)


@pytest.mark.parametrize("name", ["mean_hu", "voxel_mean_hu", "median_hu", "p95_hu", "max_hu", "sd_hu"])
def test_attenuation_is_counted_anew_from_the_images(made: Path, out: Path, name: str) -> None:
    content = json.loads((out / "findings.json").read_text("utf-8"))
    measured = content["timepoints"][0]["lesions"][0]["measurements"][name]
    measured["value"] += 0.2
    (out / "findings.json").write_text(json.dumps(content), "utf-8")
    found = check(made, out).differences
    assert any(f"in the findings: {name}" in difference and "was counted" in difference for difference in found)


def test_a_changed_table_is_found(made: Path, out: Path) -> None:
    rows = list(csv.reader(io.StringIO((out / "measurements.csv").read_text("utf-8"), newline="")))
    column = rows[0].index("value")
    rows[6][column] = "1.0"
    with (out / "measurements.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    found = check(made, out).differences
    assert any(difference.startswith("CSV table, L1") for difference in found)
    assert any("in the table" in difference for difference in found)


def test_files_that_cannot_be_read_and_files_never_finished_are_named(made: Path, out: Path) -> None:
    (out / "x_seg.dcm").write_bytes(b"nothing")
    (out / "findings.json").write_text('{"schema": NaN}')
    (out / "y_sr.dcm.part").write_bytes(b"half")
    found = check(made, out).differences
    assert {d.split(":")[0] for d in found} == {"x_seg.dcm", "findings.json", "y_sr.dcm.part"}


def test_images_that_changed_since_are_found(made: Path, out: Path, tmp_path: Path) -> None:
    images = Path(shutil.copytree(made / "ct", tmp_path / "ct"))
    for path in images.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.RescaleIntercept = -1000
        dataset.save_as(path)
    assert any("mean_hu" in difference for difference in verify(out, [images]).differences)


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``ct`` and an export ``out`` of what people look at."""
    folder = tmp_path_factory.mktemp("looks")
    source = write_ct(folder / "ct", GEOMETRY, STORED)
    marked = lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)), STORED)
    export(document(source, marked), {source.series_uid: source}, folder / "out", ("kos", "gsps", "sc", "pdf"))
    return folder


def rename(dataset: Any) -> None:
    dataset.PatientID = "Other"


def refer_elsewhere(dataset: Any) -> None:
    series = dataset.ReferencedSeriesSequence[0]
    series.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"


def cut(dataset: Any) -> None:
    dataset.EncapsulatedDocument = dataset.EncapsulatedDocument[:-20] + bytes(20)


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("kos", rename, "PatientID is not that of the images"),
        ("sc1", rename, "PatientID is not that of the images"),
        ("sc1", drop_identity, "no SOP Instance UID"),
        ("gsps", refer_elsewhere, "1 objects that it refers to are not here"),
        ("pdf", cut, "the PDF in it is not report.pdf"),
    ],
)
def test_what_people_look_at_is_read_back_too(
    looks: Path, tmp_path: Path, kind: str, change: Callable[[Any], None], words: str
) -> None:
    assert check(looks, looks / "out") == Verdict((), 5)
    out = Path(shutil.copytree(looks / "out", tmp_path / "out"))
    change_dicom(out, kind, change)
    (difference,) = check(looks, out).differences
    assert words in difference
