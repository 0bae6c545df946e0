"""Phantoms written slice by slice: the volume is the truth voxel for voxel, with the remark that belongs to it."""

from pathlib import Path

import numpy as np
import pytest
from written import along_z, save, save_stack, slice_dataset, truth

from mo_viewer.dicom.arrange import merged
from mo_viewer.dicom.load import load, load_slice
from mo_viewer.dicom.scan import scan
from mo_viewer.dicom.series import Series


def only(folder: Path) -> Series:
    index = scan([folder])
    assert index.refused == ()
    assert len(index.series) == 1
    return index.series[0]


def hu(series: Series) -> np.ndarray:
    volume = load(series)
    return np.stack([volume.rescaled_slice(k) for k in range(volume.geometry.shape[0])])


def codes(series: Series) -> set[str]:
    return {remark.code for remark in series.remarks}


def assert_placed(series: Series, positions: list) -> None:
    assert series.geometry is not None
    assert np.abs(series.geometry.origins_mm - np.array(positions)).max() < 1e-3


def test_a_plain_stack_is_read_as_written(tmp_path: Path) -> None:
    values = truth()
    save_stack(tmp_path, values, along_z(12))
    series = only(tmp_path)
    volume = load(series)
    assert np.array_equal(volume.values, values)
    assert volume.values.dtype == np.int16
    assert not volume.values.flags.writeable
    assert volume.unit == "HU"
    assert series.geometry.spacing_mm == pytest.approx((2.5, 0.7, 0.9))
    assert_placed(series, along_z(12))
    assert series.remarks == ()
    assert [instance.frame for instance in series.source.instances] == [None] * 12


def test_a_fractional_slope_gives_exact_values(tmp_path: Path) -> None:
    values = truth()
    save_stack(tmp_path, values, along_z(12), RescaleSlope="0.3125", RescaleIntercept="-1024.5")
    assert np.abs(hu(only(tmp_path)) - (values * 0.3125 - 1024.5)).max() < 1e-3


def test_a_slope_that_differs_per_slice_is_kept_per_slice(tmp_path: Path) -> None:
    values = truth()
    slopes = [f"{0.5 + 0.01 * k:.2f}" for k in range(12)]
    each = [{"RescaleSlope": slope, "RescaleIntercept": str(k)} for k, slope in enumerate(slopes)]
    save_stack(tmp_path, values, along_z(12), each=each)
    series = only(tmp_path)
    expected = np.stack([values[k] * float(slopes[k]) + k for k in range(12)])
    assert np.abs(hu(series) - expected).max() < 1e-3
    assert codes(series) == {"per_slice_rescale"}
    assert np.abs(load_slice(series, 7).rescaled_slice(0) - expected[7]).max() < 1e-3


def test_shuffled_names_and_reversed_numbers_do_not_change_the_order(tmp_path: Path) -> None:
    values = truth()
    names = [f"{(k * 7) % 12:02d}" for k in range(12)]
    each = [{"InstanceNumber": 12 - k} for k in range(12)]
    save_stack(tmp_path, values, along_z(12), names=names, each=each)
    series = only(tmp_path)
    assert np.array_equal(load(series).values, values)
    assert series.remarks == ()


@pytest.mark.parametrize("numbered", [True, False])
def test_a_missing_slice_is_named_at_its_place(tmp_path: Path, numbered: bool) -> None:
    values, positions = truth(), along_z(12)
    paths = save_stack(tmp_path, values, positions)
    paths[5].unlink()
    if not numbered:
        for k, path in enumerate(p for p in paths if p.exists()):
            save(slice_dataset(np.delete(values, 5, 0)[k], np.delete(positions, 5, 0)[k], InstanceNumber=k + 1), path)
    series = only(tmp_path)
    assert codes(series) == {"missing_slices"}
    assert "1 slice is missing: after image 6, between -30.0 and -25.0 mm" in series.remarks[0].text
    assert_placed(series, positions[:5] + positions[6:])
    assert np.array_equal(load(series).values, np.delete(values, 5, 0))


def test_uneven_steps_keep_their_true_positions(tmp_path: Path) -> None:
    heights = [0, 2, 4, 6, 11, 16, 21, 26]
    positions = [(1.0, 2.0, float(z)) for z in heights]
    save_stack(tmp_path, truth(8), positions)
    series = only(tmp_path)
    assert codes(series) == {"uneven_spacing"}
    assert_placed(series, positions)
    assert series.geometry.points_mm([[3.5, 0, 0]])[0] == pytest.approx((1, 2, 8.5))


def test_a_tilted_series_keeps_its_shear(tmp_path: Path) -> None:
    angle = np.radians(18)
    turned = [1, 0, 0, 0, np.cos(angle), -np.sin(angle)]
    values = truth()
    save_stack(tmp_path, values, along_z(12), ImageOrientationPatient=[f"{v:.10f}" for v in turned])
    series = only(tmp_path)
    assert codes(series) == {"gantry_tilt"}
    assert "18.0 degrees" in series.remarks[0].text
    assert_placed(series, along_z(12))
    assert series.geometry.is_sheared
    assert series.geometry.spacing_mm[0] == pytest.approx(2.5 * np.cos(angle), abs=1e-6)
    assert np.array_equal(load(series).values, values)


def test_two_phases_under_one_uid_become_two_series(tmp_path: Path) -> None:
    early, late = truth(seed=1), truth(seed=2)
    save_stack(tmp_path / "a", early, along_z(12), AcquisitionNumber=1)
    save_stack(tmp_path / "b", late, along_z(12), AcquisitionNumber=2)
    found = scan([tmp_path]).series
    assert len(found) == 2
    assert all(codes(series) == {"phases", "split"} for series in found)
    assert {load(series).values.tobytes() for series in found} == {early.tobytes(), late.tobytes()}
    assert "acquisition number" in found[0].remarks[0].text


def test_two_phases_that_nothing_names_are_told_apart_by_their_numbers(tmp_path: Path) -> None:
    early, late = truth(seed=1), truth(seed=2)
    save_stack(tmp_path / "a", early, along_z(12))
    save_stack(tmp_path / "b", late, along_z(12), each=[{"InstanceNumber": 100 + k} for k in range(12)])
    found = scan([tmp_path]).series
    assert [np.array_equal(load(s).values, v) for s, v in zip(found, (early, late), strict=True)] == [True, True]
    assert all("phases" in codes(series) for series in found)


@pytest.mark.parametrize(
    "turned",
    [(0, 1, 0, 0, 0, -1), (1, 0, 0, 0, 0, -1), (-1, 0, 0, 0, 1, 0), (0.6, 0.8, 0, -0.48, 0.36, 0.8)],
    ids=["sagittal", "coronal", "prone", "oblique"],
)
def test_any_orientation_is_ordered_along_its_normal(tmp_path: Path, turned: tuple) -> None:
    row, column = np.array(turned[:3]), np.array(turned[3:])
    normal = np.cross(row, column)
    positions = [np.array((3.0, -4.0, 5.0)) + 1.5 * k * normal for k in range(9)]
    values = truth(9)
    save_stack(tmp_path, values, positions, names=[str(9 - k) for k in range(9)], ImageOrientationPatient=list(turned))
    series = only(tmp_path)
    assert series.remarks == ()
    assert_placed(series, positions)
    assert np.array_equal(load(series).values, values)
    assert series.geometry.row_step_mm == pytest.approx(column * 0.7)
    assert series.geometry.column_step_mm == pytest.approx(row * 0.9)


def test_a_localizer_in_the_series_is_split_off(tmp_path: Path) -> None:
    values = truth()
    save_stack(tmp_path, values, along_z(12))
    planning = slice_dataset(truth(1, 20, 30)[0], (0, 0, 0), ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    planning.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    save(planning, tmp_path / "scout")
    index = scan([tmp_path])
    stack = next(series for series in index.series if series.frames == 12)
    scout = next(series for series in index.series if series.frames == 1)
    assert np.array_equal(load(stack).values, values)
    assert codes(stack) == {"split", "mixed_orientation"}
    assert "localizer" in codes(scout)
    assert stack.hounsfield
    assert not scout.hounsfield


def test_one_further_image_at_a_known_position_is_a_series_of_its_own(tmp_path: Path) -> None:
    values = truth()
    save_stack(tmp_path, values, along_z(12))
    save(slice_dataset(truth(1, seed=5)[0], along_z(12)[4], InstanceNumber=99), tmp_path / "more")
    found = scan([tmp_path]).series
    assert [series.frames for series in found] == [12, 1]
    assert all({"duplicate_position", "split"} <= codes(series) for series in found)
    assert np.array_equal(load(found[0]).values, values)


def test_files_that_stand_there_twice_are_taken_once(tmp_path: Path) -> None:
    values = truth()
    paths = save_stack(tmp_path / "a", values, along_z(12))
    (tmp_path / "b").mkdir()
    for path in paths[:3]:
        (tmp_path / "b" / path.name).write_bytes(path.read_bytes())
    series = only(tmp_path)
    assert series.frames == 12
    assert codes(series) == {"duplicate_files"}
    assert np.array_equal(load(series).values, values)


def test_one_uid_on_different_slices_loses_none(tmp_path: Path) -> None:
    values = truth()
    save_stack(tmp_path, values, along_z(12), SOPInstanceUID="1.2.3.4")
    series = only(tmp_path)
    assert np.array_equal(load(series).values, values)


def test_two_patients_with_one_id_are_kept_apart(tmp_path: Path) -> None:
    save_stack(tmp_path / "a", truth(), along_z(12))
    save_stack(tmp_path / "b", truth(seed=3), along_z(12), PatientName="Other^Two")
    found = scan([tmp_path]).series
    assert len({series.source.patient.key for series in found}) == 2
    assert [series.frames for series in found] == [12, 12]


def test_one_patient_keeps_one_key_over_studies_and_spellings(tmp_path: Path) -> None:
    save_stack(tmp_path / "a", truth(), along_z(12))
    save_stack(
        tmp_path / "b",
        truth(),
        along_z(12),
        PatientName="TEST^ONE^",
        StudyInstanceUID="1.2.3.2",
        SeriesInstanceUID="1.2",
    )
    keys = {series.source.patient.key for series in scan([tmp_path]).series}
    assert len(keys) == 1
    assert "P1" not in keys
    assert "test" not in keys.pop().lower()


def test_images_without_spacing_have_no_millimetres(tmp_path: Path) -> None:
    save_stack(tmp_path, truth(), along_z(12), PixelSpacing=["0", "0"])
    series = only(tmp_path)
    assert "no_spacing" in codes(series)
    assert series.length == "none"
    assert not series.geometry.in_patient


def test_ct_without_rescale_is_not_called_hounsfield(tmp_path: Path) -> None:
    values = truth()
    save_stack(tmp_path, values, along_z(12), RescaleSlope=None, RescaleIntercept=None, RescaleType=None)
    series = only(tmp_path)
    assert codes(series) == {"no_rescale"}
    assert not series.hounsfield
    assert load(series).unit == ""
    assert np.array_equal(hu(series), values)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"RescaleType": None}, True),
        ({"RescaleType": "HU_MOD"}, False),
        ({"RescaleType": None, "ImageType": ["DERIVED", "SECONDARY", "MPR"]}, False),
        ({"RescaleType": "HU", "ImageType": ["DERIVED", "SECONDARY", "MPR"]}, True),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, False),
        ({"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "RescaleType": None}, False),
    ],
)
def test_hounsfield_is_said_only_where_the_images_justify_it(tmp_path: Path, more: dict, expected: bool) -> None:
    save_stack(tmp_path, truth(2), along_z(2), **more)
    assert only(tmp_path).hounsfield is expected


def test_a_missing_frame_of_reference_is_said(tmp_path: Path) -> None:
    save_stack(tmp_path, truth(), along_z(12), FrameOfReferenceUID=None)
    assert codes(only(tmp_path)) == {"no_frame_of_reference"}


def test_twelve_bits_in_sixteen_are_read_by_what_is_stored(tmp_path: Path) -> None:
    values = (truth() & 0x0FFF).astype(np.uint16)
    with_junk = values | 0xA000
    save_stack(tmp_path, with_junk, along_z(12), BitsStored=12, HighBit=11)
    assert np.array_equal(load(only(tmp_path)).values, values)


def test_padding_beyond_the_stored_bits_survives(tmp_path: Path) -> None:
    values = (truth() & 0x0FFF).astype(np.uint16)
    values[:, 0, :] = 63536
    save_stack(tmp_path, values, along_z(12), BitsStored=12, HighBit=11, PixelPaddingValue=63536)
    volume = load(only(tmp_path))
    assert np.array_equal(volume.values, values)
    assert volume.padding == (63536, 63536)


def test_several_windows_with_names_and_shape_are_read(tmp_path: Path) -> None:
    save_stack(
        tmp_path,
        truth(2),
        along_z(2),
        WindowCenter=["40", "300"],
        WindowWidth=["400", "2000"],
        WindowCenterWidthExplanation=["soft", "bone"],
        VOILUTFunction="SIGMOID",
    )
    windows = only(tmp_path).windows
    assert [(w.centre, w.width, w.name, w.shape.value) for w in windows] == [
        (40, 400, "soft", "SIGMOID"),
        (300, 2000, "bone", "SIGMOID"),
    ]


def test_a_slice_alone_has_the_geometry_of_that_slice(tmp_path: Path) -> None:
    values = truth()
    save_stack(tmp_path, values, along_z(12))
    one = load_slice(only(tmp_path), 4)
    assert np.array_equal(one.values[0], values[4])
    assert tuple(one.geometry.origins_mm[0]) == along_z(12)[4]
    assert len(one.source.instances) == 1


def test_two_modalities_under_one_uid_are_two_series(tmp_path: Path) -> None:
    save_stack(tmp_path / "a", truth(), along_z(12))
    save_stack(tmp_path / "b", truth(seed=2), along_z(12), Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    found = scan([tmp_path]).series
    assert [series.source.modality for series in found] == ["CT", "MR"]
    assert all("split" in codes(series) for series in found)


def test_two_series_that_share_a_uid_are_told_apart_by_their_number(tmp_path: Path) -> None:
    soft, sharp = truth(seed=1), truth(seed=2)
    save_stack(tmp_path / "a", soft, along_z(12), SeriesNumber=3)
    save_stack(tmp_path / "b", sharp, along_z(12), SeriesNumber=4, ConvolutionKernel="B70")
    found = {series.source.number: load(series).values for series in scan([tmp_path]).series}
    assert np.array_equal(found[3], soft)
    assert np.array_equal(found[4], sharp)


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    paths = save_stack(tmp_path, truth(), along_z(12))
    for asked in ([tmp_path, paths[3]], [paths[3], tmp_path, tmp_path], [paths[3], paths[3]]):
        index = scan(asked)
        assert index.files == (1 if tmp_path not in asked else 12)
        assert "duplicate_files" not in index.series[0].codes()


def test_a_series_larger_than_its_budget_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mo_viewer.dicom.arrange.BUDGET_BYTES", 1000)
    save_stack(tmp_path, truth(), along_z(12))
    assert codes(only(tmp_path)) == {"over_budget"}


def test_what_was_split_can_be_merged_again(tmp_path: Path) -> None:
    save_stack(tmp_path / "a", truth(), along_z(12), AcquisitionNumber=1)
    save_stack(tmp_path / "b", truth(seed=2), along_z(12), AcquisitionNumber=2)
    whole = merged(scan([tmp_path]).series)
    assert whole.frames == 24
    assert not whole.is_volume
    assert load(whole).values.shape == (24, 10, 14)


def test_halves_of_a_stack_merge_into_a_placed_one(tmp_path: Path) -> None:
    values, positions = truth(), along_z(12)
    save_stack(tmp_path / "a", values[6:], positions[6:], SeriesInstanceUID="1.2.7")
    save_stack(tmp_path / "b", values[:6], positions[:6], SeriesInstanceUID="1.2.8")
    whole = merged(scan([tmp_path]).series)
    assert whole.is_volume
    assert_placed(whole, positions)
    assert np.array_equal(load(whole).values, values)
