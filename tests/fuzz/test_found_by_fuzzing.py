"""What fuzzing found, each once more, made small."""

import struct
import zipfile
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.codecs import claimed_size
from mo_viewer.dicom.elements import read_elements
from mo_viewer.dicom.scan import UNFORESEEN, scan
from mo_viewer.report.read_in import ReadIn, read_in
from mo_viewer.report.verify import verify
from mo_viewer.session.settings import Settings
from mo_viewer.volume.source import Instance

HTJ2K = "1.2.840.10008.1.2.4.201"
RTSTRUCT, SEG = "1.2.840.10008.5.1.4.1.1.481.3", "1.2.840.10008.5.1.4.1.1.66.4"


def written(path: Path, sop_class: str, **more: object) -> Path:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = sop_class, "1.2.3.4"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.PatientID = "1.2", "1.2.3", "1"
    for name, value in more.items():
        setattr(data, name, value)
    data.save_as(path, enforce_file_format=True)
    return path


def test_a_length_that_reaches_beyond_the_file_does_not_end_the_scan(shared: Path, tmp_path: Path) -> None:
    good = (shared / "transfer_syntaxes" / "CTImage_LittleEndianExplicit_1.2.840.10008.1.2.1.dcm").read_bytes()
    (tmp_path / "good").write_bytes(good)
    for at in range(132, 1200):
        (tmp_path / "bad").write_bytes(good[:at] + b"\xff\xff" + good[at + 2 :])
        index = scan([tmp_path / "bad"])
        assert UNFORESEEN not in [refused.text for refused in index.refused], at
    assert scan([tmp_path]).series


def test_a_number_of_the_wrong_length_is_listed_as_not_readable(tmp_path: Path) -> None:
    path = written(tmp_path / "x.dcm", RTSTRUCT, PatientComments="four")
    data = path.read_bytes().replace(b"\x10\x00\x00\x40LT\x04\x00four", b"\x10\x00\x00\x40UL\x03\x00fou")
    assert b"UL\x03" in data
    path.write_bytes(data)
    assert "not readable" in [line.name for line in read_elements(Instance(str(path), "", ""))]


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_broken_member_of_a_zip_is_refused_whatever_its_packing(tmp_path: Path, packing: int) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", packing) as zipped:
        zipped.writestr("x.dcm", bytes(range(256)) * 40)
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[45:90] = b"\xff" * 45
    (tmp_path / "x.zip").write_bytes(data)
    [refused] = scan([tmp_path]).refused
    assert refused.text != UNFORESEEN
    assert refused.code


def test_a_member_without_a_name_does_not_end_the_scan(shared: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr("x", b"nothing")
        zipped.write(shared / "seg_sr_small" / "ct_image.dcm", "y.dcm")
    data = (tmp_path / "x.zip").read_bytes()
    at = data.find(b"PK\x01\x02")
    (tmp_path / "x.zip").write_bytes(
        data[:at] + data[at : at + 28] + b"\0\0" + data[at + 30 : at + 46] + data[at + 47 :]
    )
    scan([tmp_path])


def test_a_structure_set_with_a_broken_number_is_a_remark(shared: Path, tmp_path: Path) -> None:
    file = shared / "ct_arm_plain_mass" / "rtstruct_on_ct.dcm"
    number = str(pydicom.dcmread(file).ROIContourSequence[0].ContourSequence[0].ContourData[0]).encode()
    (tmp_path / "broken.dcm").write_bytes(file.read_bytes().replace(number, b"\xfa" * len(number), 1))
    [found] = read_in(scan([tmp_path]).series)
    assert found.remarks == ("A structure set lacks what it should have (ValueError).",)


def test_a_segmentation_without_a_transfer_syntax_is_a_remark(tmp_path: Path) -> None:
    path = written(tmp_path / "x.dcm", SEG, SegmentationType="BINARY", Modality="SEG")
    data = path.read_bytes()
    at = data.find(b"\x02\x00\x10\x00UI") + 2
    path.write_bytes(data[:at] + b"\x11" + data[at + 1 :])
    for one in read_in(scan([tmp_path]).series):
        assert one.remarks


def test_a_segmentation_whose_class_has_no_known_type_is_a_remark(tmp_path: Path) -> None:
    path = written(tmp_path / "x.dcm", SEG, SegmentationType="BINARY", Modality="SEG")
    data = path.read_bytes()
    at = data.find(b"\x08\x00\x16\x00UI")
    path.write_bytes(data[: at + 4] + b"\x55\x11" + data[at + 6 :])
    for one in read_in(scan([tmp_path]).series):
        assert one.remarks


@pytest.mark.parametrize(
    ("good", "bad"),
    [(b"\x08\x00\x18\x00UI", b"\x08\x00\x18\x00U\xff"), (b"\x20\x00\x0d\x00UI", b"\x20\x00\x0d\x00FD")],
    ids=["no known representation", "cut short"],
)
def test_an_export_with_a_damaged_value_differs_and_is_named(tmp_path: Path, good: bytes, bad: bytes) -> None:
    path = written(tmp_path / "mo-x.dcm", SEG)
    data = path.read_bytes()
    assert good in data
    path.write_bytes(data.replace(good, bad))
    assert any(difference.startswith("mo-x.dcm: ") for difference in verify(tmp_path).differences)


def read_with_an_unknown_description(path: Path, representation: bytes) -> ReadIn:
    """Found while the description could be read, which it cannot be any more."""
    series = scan([path.parent]).series
    data = path.read_bytes()
    assert b"\x08\x00\x3e\x10LO" in data
    path.write_bytes(data.replace(b"\x08\x00\x3e\x10LO", b"\x08\x00\x3e\x10" + representation))
    [found] = read_in(series)
    return found


def test_a_report_whose_description_has_no_known_representation_is_a_remark(tmp_path: Path) -> None:
    path = written(tmp_path / "sr.dcm", "1.2.840.10008.5.1.4.1.1.88.33", SeriesDescription="Findings", Modality="SR")
    assert read_with_an_unknown_description(path, b"O*").remarks


def test_a_segmentation_whose_description_has_no_known_representation_is_a_remark(shared: Path, tmp_path: Path) -> None:
    known = pydicom.dcmread(shared / "seg_sr_small" / "seg_image_ct_binary.dcm")
    known.SeriesDescription = "Findings"
    known.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    known.save_as(tmp_path / "seg.dcm", implicit_vr=False, little_endian=True)
    assert read_with_an_unknown_description(tmp_path / "seg.dcm", b"Lo").remarks


def stream_of(*grid: int) -> bytes:
    return b"\xff\x4f\xff\x51" + struct.pack(">HH8IH", 47, 0, *grid, 3) + bytes(9)


@pytest.mark.parametrize(
    "tiles",
    [(640, 480, 0, 4), (640, 480, 1, 0), (640, 0, 0, 0), (0, 480, 0, 0)],
    ids=["below", "right", "flat", "none"],
)
def test_tiles_that_cannot_cover_their_image_are_refused_before_a_codec_hangs(tiles: tuple[int, ...]) -> None:
    assert claimed_size(stream_of(640, 480, 0, 0, 640, 480, 0, 0), HTJ2K) == (480, 640)
    assert claimed_size(stream_of(640, 480, 10, 20, 256, 256, 10, 5), HTJ2K) == (460, 630)
    with pytest.raises(Unreadable, match="damaged"):
        claimed_size(stream_of(640, 480, 0, 0, *tiles), HTJ2K)


def test_more_tiles_than_the_standard_numbers_are_refused() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        claimed_size(stream_of(1 << 31, 480, 0, 0, 1, 480, 0, 0), HTJ2K)


def test_settings_nested_without_end_are_defaults_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("[" * 100_000)
    settings = Settings(tmp_path / "settings.json")
    assert settings.trouble
    assert settings.get("theme", "dark") == "dark"
