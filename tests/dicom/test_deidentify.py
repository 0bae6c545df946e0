"""Images without their patient: nothing that names anybody, serial studies serial, every pixel and place as it was."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from written import along_z, save, slice_dataset, truth

from mo_viewer.base.faults import Misuse
from mo_viewer.cli import run
from mo_viewer.dicom.deidentify import Alias, deidentify, kept
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.dicom.series import Series

SECRET = b"s" * 32
PLANTED = {
    "PatientName": "Zwetschgenmus^Quirina",
    "PatientID": "PLANTED-4711",
    "PatientBirthDate": "19130417",
    "PatientAddress": "Planted Street 1",
    "ReferringPhysicianName": "Krautwickel^Balduin",
    "AccessionNumber": "PLANTED-ACC",
    "StudyDescription": "Planted study of Quirina",
    "SeriesDescription": "Planted series of Quirina",
    "ProtocolName": "Planted protocol",
    "InstitutionName": "Planted Hospital",
    "StationName": "PLANTEDCT",
    "DeviceSerialNumber": "PLANTED-SN",
    "PatientComments": "Planted comment",
    "ImageComments": "Planted too",
}
NAMES = (b"Zwetschgenmus", b"Quirina", b"lanted", b"PLANTED", b"19130417", b"Krautwickel", b"Balduin")


def planted(folder: Path, date: str, study: str) -> None:
    values = truth(6)
    for k, place in enumerate(along_z(6)):
        data = slice_dataset(values[k], place)
        for name, value in PLANTED.items():
            setattr(data, name, value)
        block = data.private_block(0x0029, "PLANTED MAKER", create=True)
        block.add_new(1, "LO", "Planted private")
        data.add_new(0x60003000, "OW", b"PLANTED OVERLAY ")
        data.StudyInstanceUID, data.SeriesInstanceUID, data.StudyDate = study, f"{study}.1", date
        data.SOPInstanceUID = f"{study}.1.{k}"
        save(data, folder / study / f"{k}.dcm")


def cleaned(source: Path, out: Path) -> tuple[Series, ...]:
    deidentify(scan([source]).series, out, SECRET)
    return scan([out]).series


@pytest.fixture
def source(tmp_path: Path) -> Path:
    planted(tmp_path / "in", "20240108", "1.2.3")
    planted(tmp_path / "in", "20240226", "1.2.4")
    return tmp_path / "in"


def test_nothing_planted_is_left_in_any_byte(source: Path, tmp_path: Path) -> None:
    cleaned(source, tmp_path / "out")
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) == 12
    for path in files:
        content = path.read_bytes()
        assert [name for name in NAMES if name in content] == []
        assert b"1.2.3." not in content
    data = pydicom.dcmread(files[0])
    assert data.PatientIdentityRemoved == "YES"
    assert [code.CodeValue for code in data.DeidentificationMethodCodeSequence] == ["113100", "113107"]
    assert not [element for element in data if element.tag.is_private or element.tag.group >> 8 == 0x60]


def test_pixels_and_places_are_as_they_were(source: Path, tmp_path: Path) -> None:
    for before, after in zip(scan([source]).series, reversed(cleaned(source, tmp_path / "out")), strict=True):
        old, new = load(before), load(after)
        assert np.array_equal(old.values, new.values)
        assert np.array_equal(old.geometry.origins_mm, new.geometry.origins_mm)
        assert (old.slope == new.slope).all()
        assert new.unit == old.unit == "HU"


def test_serial_studies_stay_serial_and_are_one_patient_at_every_call(source: Path, tmp_path: Path) -> None:
    first = cleaned(source, tmp_path / "a")
    deidentify([s for s in scan([source]).series if s.source.study_uid == "1.2.4"], tmp_path / "b", SECRET)
    [again] = scan([tmp_path / "b"]).series
    assert {one.source.patient.key for one in first} == {again.source.patient.key}
    assert again.source.study_uid in {one.source.study_uid for one in first}
    days = sorted(np.datetime64(one.source.date) for one in first)
    assert days[1] - days[0] == np.timedelta64(49, "D")
    assert days[1] < np.datetime64("2024-02-26")
    other = Alias(b"t" * 32, "k")
    assert other.name != Alias(SECRET, "k").name
    assert other.uid("1.2.3") != Alias(SECRET, "k").uid("1.2.3")


def test_what_may_hold_text_in_its_pixels_is_said(tmp_path: Path) -> None:
    save(slice_dataset(truth(1)[0], (0, 0, 0), Modality="US", SeriesInstanceUID="1.5"), tmp_path / "in" / "a")
    save(
        slice_dataset(truth(1)[0], (0, 0, 0), BurnedInAnnotation="YES", SeriesInstanceUID="1.6"), tmp_path / "in" / "b"
    )
    save(slice_dataset(truth(1)[0], (0, 0, 0), SeriesInstanceUID="1.7"), tmp_path / "in" / "c")
    removed = deidentify(scan([tmp_path / "in"]).series, tmp_path / "out", SECRET)
    assert removed.files == 3
    assert sum("text in its pixels" in remark for remark in removed.remarks) == 2


def test_reports_are_left_out_and_named(shared: Path, tmp_path: Path) -> None:
    removed = deidentify(scan([shared / "seg_sr_small"]).series, tmp_path / "out", SECRET)
    assert any("left out" in remark for remark in removed.remarks)
    classes = {pydicom.dcmread(path).SOPClassUID for path in (tmp_path / "out").rglob("*.dcm")}
    assert pydicom.uid.SegmentationStorage in classes
    assert not [one for one in classes if "SR" in one.name]


@pytest.mark.parametrize("folder", ["transfer_syntaxes", "multiframe_enhanced", "xray_limb", "seg_tiny_with_ct"])
def test_real_images_stay_readable(shared: Path, tmp_path: Path, folder: str) -> None:
    before = [s for s in scan([shared / folder]).series if s.is_image]
    deidentify(before, tmp_path / "out", SECRET)
    after = [s for s in scan([tmp_path / "out"]).series if s.is_image]
    assert sorted(s.frames for s in after) == sorted(s.frames for s in before)


def test_a_folder_that_holds_something_is_left_alone(source: Path, tmp_path: Path) -> None:
    with pytest.raises(Misuse):
        deidentify(scan([source]).series, source, SECRET)


def test_no_kept_element_is_one_of_free_text() -> None:
    for keyword in kept() - {"TrackingID"}:
        tag = pydicom.datadict.tag_for_keyword(keyword)
        assert tag is not None, keyword
        assert pydicom.datadict.dictionary_VR(tag) not in ("PN", "LT", "ST", "UT", "UC", "AE", "AS"), keyword


def test_the_command_writes_and_says_how_many(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deidentify", str(source), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == "12 files written.\n"
    assert run(["deidentify", str(source), "--out", str(tmp_path / "out")]) == 2
    assert run(["deidentify", str(tmp_path / "gone"), "--out", str(tmp_path / "o")]) == 3
