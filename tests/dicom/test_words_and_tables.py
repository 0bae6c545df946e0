"""Names in any alphabet, radiograph millimetres, look-up tables, enhanced frames, studies."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from written import along_z, save, save_stack, slice_dataset, truth

from mo_viewer.dicom.header import read_dataset
from mo_viewer.dicom.load import load, load_slice
from mo_viewer.dicom.overlays import overlays
from mo_viewer.dicom.scan import scan
from mo_viewer.dicom.series import Series, studies
from mo_viewer.volume.volume import Length

CR = "1.2.840.10008.5.1.4.1.1.1"


def radiograph(folder: Path, **more: object) -> Series:
    picture = (truth(1)[0] + 1000).astype(np.uint16)
    words = {"SOPClassUID": CR, "Modality": "CR", "ImagePositionPatient": None, "ImageOrientationPatient": None}
    words |= {"PixelSpacing": None, "FrameOfReferenceUID": None, "RescaleType": "US"}
    save(slice_dataset(picture, (0, 0, 0), **(words | more)), folder / "x")
    (series,) = scan([folder]).series
    return series


@pytest.mark.parametrize(
    ("more", "length", "spacing"),
    [
        ({"PixelSpacing": [0.2, 0.3], "PixelSpacingCalibrationType": "FIDUCIAL"}, Length.CALIBRATED, (0.2, 0.3)),
        ({"PixelSpacing": [0.2, 0.3], "ImagerPixelSpacing": [0.25, 0.35]}, Length.CALIBRATED, (0.2, 0.3)),
        ({"PixelSpacing": [0.2, 0.3], "ImagerPixelSpacing": [0.2, 0.3]}, Length.DETECTOR, (0.2, 0.3)),
        (
            {"ImagerPixelSpacing": [0.2, 0.3], "EstimatedRadiographicMagnificationFactor": "1.25"},
            Length.MAGNIFICATION_CORRECTED,
            (0.16, 0.24),
        ),
        (
            {"ImagerPixelSpacing": [0.2, 0.3], "EstimatedRadiographicMagnificationFactor": "0.8"},
            Length.DETECTOR,
            (0.2, 0.3),
        ),
        (
            {
                "ImagerPixelSpacing": [0.2, 0.3],
                "EstimatedRadiographicMagnificationFactor": "1.25",
                "DistanceSourceToDetector": "1000",
                "DistanceSourceToPatient": "950",
            },
            Length.DETECTOR,
            (0.2, 0.3),
        ),
        ({"ImagerPixelSpacing": [0.2, 0.3]}, Length.DETECTOR, (0.2, 0.3)),
        ({"PixelSpacing": [0.2, 0.3]}, Length.UNKNOWN, (0.2, 0.3)),
        ({"NominalScannedPixelSpacing": [0.2, 0.3]}, Length.FILM, (0.2, 0.3)),
        ({}, Length.NONE, (1, 1)),
        ({"PixelSpacing": [0, 0]}, Length.NONE, (1, 1)),
        ({"PixelAspectRatio": ["2", "1"]}, Length.NONE, (2, 1)),
    ],
)
def test_every_length_on_a_radiograph_has_its_calibration(
    tmp_path: Path, more: dict, length: Length, spacing: tuple
) -> None:
    series = radiograph(tmp_path, **more)
    assert series.length is length
    assert series.geometry is not None
    assert not series.geometry.in_patient
    assert series.geometry.spacing_mm[1:] == pytest.approx(spacing)
    assert ("no_spacing" in series.codes()) is (length is Length.NONE)
    assert series.is_volume
    assert load(series).length is length


@pytest.mark.parametrize(
    ("more", "inverted"),
    [
        ({"PhotometricInterpretation": "MONOCHROME1"}, True),
        ({}, False),
        ({"PresentationLUTShape": "INVERSE"}, True),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}, True),
        ({"PhotometricInterpretation": "MONOCHROME2", "PresentationLUTShape": "IDENTITY"}, False),
    ],
)
def test_low_values_are_bright_where_the_image_says_so(tmp_path: Path, more: dict, inverted: bool) -> None:
    assert load(radiograph(tmp_path, **more)).inverted is inverted


def lut(first: int, entries: np.ndarray, bits: int, signed: bool) -> Dataset:
    item = Dataset()
    item.add_new(0x00283002, "SS" if signed else "US", [len(entries) & 0xFFFF, first, bits])
    item.add_new(0x00283006, "OW", entries.astype("<u2").tobytes())
    return item


def test_a_modality_table_replaces_slope_and_intercept(tmp_path: Path) -> None:
    table = np.arange(100, dtype=np.uint16) * 7 + 3
    item = lut(1010, table, 16, signed=False)
    item.ModalityLUTType = "OD"
    series = radiograph(
        tmp_path, ModalityLUTSequence=Sequence([item]), RescaleSlope=None, RescaleIntercept=None, RescaleType=None
    )
    volume = load(series)
    expected = table[np.clip(volume.values[0].astype(int) - 1010, 0, 99)]
    assert np.array_equal(volume.rescaled_slice(0), expected)
    assert volume.unit == ""


def test_modality_tables_that_differ_from_image_to_image_are_each_applied(tmp_path: Path) -> None:
    tables = [np.arange(100, dtype=np.uint16) * step for step in (7, 11)]
    rescaled = {"RescaleSlope": None, "RescaleIntercept": None, "RescaleType": None}
    for k, table in enumerate(tables):
        item = lut(1010, table, 16, signed=False)
        item.ModalityLUTType = "OD"
        radiograph(tmp_path / str(k), ModalityLUTSequence=Sequence([item]), InstanceNumber=k + 1, **rescaled)
    (series,) = scan([tmp_path]).series
    whole = load(series)
    for k, table in enumerate(tables):
        alone = load_slice(series, k)
        assert np.array_equal(alone.rescaled_slice(0), table[np.clip(alone.values[0].astype(int) - 1010, 0, 99)])
        assert np.array_equal(whole.rescaled_slice(k), alone.rescaled_slice(0))


def test_a_voi_table_is_a_window_that_maps_by_its_entries(tmp_path: Path) -> None:
    table = (np.arange(256, dtype=np.uint16)[::-1]) * 257
    series = radiograph(tmp_path, VOILUTSequence=Sequence([lut(900, table, 16, signed=False)]))
    window = series.windows[0]
    assert window.table is not None
    grey = window.grey(np.array([0, 900, 901, 1155, 5000], dtype=np.float32))
    assert grey.tolist() == [255, 255, 254, 0, 0]


def test_the_real_tables_are_those_of_their_files(shared: Path) -> None:
    folder = shared / "lut_sequences"
    for name, attribute in (
        ("mlut_18.dcm", "ModalityLUTSequence"),
        ("CR-ModalitySequenceLUT.dcm", "ModalityLUTSequence"),
    ):
        (series,) = scan([folder / name]).series
        volume = load(series)
        item = getattr(pydicom.dcmread(folder / name), attribute)[0]
        assert volume.lut is not None
        first, entries = volume.lut
        assert first == item.LUTDescriptor[1]
        data = (
            np.frombuffer(item.LUTData, "<u2") if isinstance(item.LUTData, bytes) else np.array(item.LUTData) & 0xFFFF
        )
        assert np.array_equal(entries, data[: len(entries)])


CHARSETS = {
    "chrArab.dcm": "قباني^لنزار",
    "chrFren.dcm": "Buc^Jérôme",
    "chrGerm.dcm": "Äneas^Rüdiger",
    "chrGreek.dcm": "Διονυσιος",
    "chrH31.dcm": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "chrH32.dcm": "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    "chrHbrw.dcm": "שרון^דבורה",
    "chrI2.dcm": "Hong^Gildong=洪^吉洞=홍^길동",
    "chrRuss.dcm": "Люкceмбypг",
    "chrX1.dcm": "Wang^XiaoDong=王^小東",
    "chrX2.dcm": "Wang^XiaoDong=王^小东",
}


def test_names_are_read_in_their_alphabets(shared: Path) -> None:
    found = {
        Path(series.source.instances[0].path).name: series.source.patient.name
        for series in scan([shared / "charsets"]).series
    }
    assert {name: found[name].rstrip("=") for name in CHARSETS} == CHARSETS


def test_a_data_set_is_read_out_of_a_zip_with_and_without_pixels(shared: Path) -> None:
    series = scan([shared / "ct_chest_zip"]).series[0]
    instance = series.source.instances[3]
    assert "::" in instance.path
    header = read_dataset(instance)
    assert "PixelData" not in header
    assert header.SOPInstanceUID == instance.sop_uid
    assert len(read_dataset(instance, pixels=True).PixelData) == 512 * 512 * 2


def test_enhanced_frames_lie_where_their_groups_say(shared: Path) -> None:
    path = shared / "multiframe_enhanced" / "ct_converted_24x38x3.dcm"
    (series,) = scan([path]).series
    groups = pydicom.dcmread(path).PerFrameFunctionalGroupsSequence
    assert series.geometry is not None
    for k, instance in enumerate(series.source.instances):
        assert instance.frame is not None
        position = groups[instance.frame - 1].PlanePositionSequence[0].ImagePositionPatient
        assert series.geometry.origins_mm[k] == pytest.approx([float(value) for value in position])
        assert np.array_equal(load_slice(series, k).values[0], pydicom.dcmread(path).pixel_array[instance.frame - 1])


def test_studies_come_newest_first_and_images_before_objects(shared: Path) -> None:
    found = studies(scan([shared / "ct_serial_pairs", shared / "ct_calf_calcified_mass"]).series)
    assert [study.date for study in found] == sorted((study.date for study in found), reverse=True)
    calf = next(study for study in found if len(study.series) == 3)
    assert [series.is_image for series in calf.series] == [True, True, False]
    assert calf.date == "2004-01-27"
    assert sorted(series.source.date for series in calf.series if series.is_image) == ["2004-01-02", "2004-01-27"]
    pair = [study for study in found if study.date[:2] == "19"]
    assert [study.date for study in pair] == ["1901-01-01", "1900-11-11"]
    assert len({study.patient.key for study in pair}) == 1


@pytest.mark.parametrize(
    ("acquired", "date", "time"),
    [(None, "2024-01-08", "10:11:12"), ("20240108", "2024-01-08", "10:11:12"), ("20231224", "2023-12-24", "")],
)
def test_the_time_of_a_study_is_no_time_on_another_day(tmp_path: Path, acquired: str, date: str, time: str) -> None:
    save_stack(tmp_path, truth(3), along_z(3), AcquisitionDate=acquired)
    [series] = scan([tmp_path]).series
    assert (series.source.date, series.source.time) == (date, time)


def test_colour_planes_and_interleaved_colour_are_the_same_picture(tmp_path: Path) -> None:
    colours = np.random.default_rng(3).integers(0, 255, (10, 14, 3)).astype(np.uint8)
    words = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "Modality": "OT",
        "ImageOrientationPatient": None,
    }
    words |= {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "ImagePositionPatient": None, "NumberOfFrames": None}
    for planar in (0, 1):
        data = slice_dataset(colours[..., 0], (0, 0, 0), **words, PlanarConfiguration=planar)
        data.PixelData = (colours if not planar else colours.transpose(2, 0, 1)).tobytes()
        save(data, tmp_path / str(planar) / "x")
        (series,) = scan([tmp_path / str(planar)]).series
        volume = load(series)
        assert volume.is_colour
        assert np.array_equal(volume.values[0], colours)
        assert "colour" in series.codes()


def test_big_endian_and_implicit_files_are_read(tmp_path: Path) -> None:
    values = truth(3)
    for k, position in enumerate(along_z(3)):
        save(slice_dataset(values[k], position, InstanceNumber=k), tmp_path / str(k), implicit=True)
    (series,) = scan([tmp_path]).series
    assert np.array_equal(load(series).values, values)
    assert series.transfer_syntax == "1.2.840.10008.1.2"


def test_a_private_group_larger_than_the_first_bytes_is_stepped_over(tmp_path: Path) -> None:
    values = truth(4)
    block = "x" * 60_000
    paths = save_stack(tmp_path, values, along_z(4), StudyComments=None)
    for path in paths:
        data = pydicom.dcmread(path)
        creator = data.private_block(0x0029, "MAKER", create=True)
        creator.add_new(0x10, "UT", block)
        save(data, path)
    (series,) = scan([tmp_path]).series
    assert np.array_equal(load(series).values, values)


def test_an_overlay_plane_is_read_with_its_place(tmp_path: Path) -> None:
    drawn = np.zeros((10, 14), dtype=np.uint8)
    drawn[2:5, 3] = 1
    data = slice_dataset(truth(1)[0], (0, 0, 0))
    data.add_new(0x60000010, "US", 10)
    data.add_new(0x60000011, "US", 14)
    data.add_new(0x60000050, "SS", [3, 1])
    data.add_new(0x60001500, "LO", "Lines")
    data.add_new(0x60003000, "OB", np.packbits(drawn.ravel(), bitorder="little").tobytes())
    save(data, tmp_path / "x")
    (series,) = scan([tmp_path]).series
    (plane,) = overlays(series, 0)
    assert np.array_equal(plane.drawn, drawn.astype(bool))
    assert (plane.row, plane.column, plane.label) == (2, 0, "Lines")


def test_the_key_of_a_series_stays_while_it_grows(tmp_path: Path) -> None:
    save_stack(tmp_path, truth(), along_z(12))
    keys = set()
    scan([tmp_path], found=lambda series: keys.add(series[0].key))
    assert keys == {scan([tmp_path]).series[0].key}
    assert "P1" not in "".join(keys.pop())
