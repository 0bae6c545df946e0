"""Stored values and headers against other readers: SimpleITK and pydicom say the same, or the fast way declines."""

import contextlib
import io
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom import library, tags
from mo_viewer.dicom.frame import Reader
from mo_viewer.dicom.header import Memory, fast_header, read_header
from mo_viewer.dicom.load import load
from mo_viewer.dicom.quick import Quick
from mo_viewer.dicom.scan import scan
from mo_viewer.dicom.series import Series
from mo_viewer.dicom.verdict import is_object, refusal

UNCOMPRESSED = (
    "ct_arm_plain_mass/ct",
    "ct_arm_plain_mass/mr_t1",
    "ct_serial_pairs",
    "geometry/missing_slice",
    "geometry/uneven_spacing",
    "geometry/non_square_pixels",
    "multiframe_enhanced",
    "seg_liver_with_ct/ct",
    "xray_limb/hand_dx_monochrome1.dcm",
)
COMPRESSED = (
    "ct_abdomen_contrast_no_uids",
    "mr_joint_single",
    "xray_limb/hip_RG2_J2KR.dcm",
)
EXACT = ("BigEndian", "Deflated", ".4.57", ".4.70", ".4.80", ".4.90", "RLE", "LittleEndian")


def images(path: Path) -> list[Series]:
    return [series for series in scan([path]).series if series.is_image]


@pytest.mark.parametrize("name", UNCOMPRESSED)
def test_uncompressed_pixels_are_those_of_pydicom(shared: Path, name: str) -> None:
    compared = 0
    for series in images(shared / name):
        values = load(series).values
        for k, instance in enumerate(series.source.instances):
            other = pydicom.dcmread(instance.path).pixel_array
            assert np.array_equal(values[k], other if instance.frame is None else other[instance.frame - 1])
            compared += 1
    assert compared


@pytest.mark.parametrize("name", COMPRESSED)
def test_compressed_pixels_are_those_of_simpleitk(shared: Path, name: str) -> None:
    for series in images(shared / name):
        volume = load(series)
        for k in range(0, series.frames, 7):
            reader = SimpleITK.ImageFileReader()
            reader.SetImageIO("GDCMImageIO")
            reader.SetFileName(series.source.instances[k].path)
            other = SimpleITK.GetArrayFromImage(reader.Execute())[0]
            assert np.abs(volume.rescaled_slice(k) - other).max() < 1e-3


def syntax_files(shared: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted((shared / "transfer_syntaxes").glob("CTImage*.dcm"))}


def test_lossless_transfer_syntaxes_hold_identical_values(shared: Path) -> None:
    files = syntax_files(shared)
    exact = [path for name, path in files.items() if any(mark in name for mark in EXACT) and ".4.9" not in name[-9:-5]]
    exact += [path for name, path in files.items() if name.endswith(".4.90.dcm")]
    reference = pydicom.dcmread(files["CTImage.dcm"]).pixel_array
    assert len(set(exact)) >= 9
    for path in exact:
        (series,) = images(path)
        volume = load(series)
        assert volume.values.dtype == np.int16
        assert np.array_equal(volume.values[0], reference), path.name
        assert (volume.rescaled_slice(0).min(), volume.rescaled_slice(0).max()) == (-3024, 1378)
        assert "lossy" not in series.codes()


@pytest.mark.parametrize(("mark", "bound"), [(".4.81", 1), (".4.91", 5), (".4.50", 40), (".4.51", 40)])
def test_lossy_transfer_syntaxes_stay_within_their_bound(shared: Path, mark: str, bound: float) -> None:
    files = syntax_files(shared)
    (path,) = [path for name, path in files.items() if name.endswith(f"{mark}.dcm")]
    (series,) = images(path)
    (reference,) = images(files["CTImage.dcm"])
    difference = load(series).rescaled_slice(0) - load(reference).rescaled_slice(0)
    inside = load(reference).values[0] > -1500
    assert np.abs(difference[inside]).max() <= bound if bound <= 5 else np.abs(difference[inside]).mean() <= bound
    assert "lossy" in series.codes()


@pytest.mark.parametrize("mark", [".4.53", ".4.55"])
def test_retired_syntaxes_are_read_and_said(shared: Path, mark: str) -> None:
    files = syntax_files(shared)
    (retired,) = [path for name, path in files.items() if name.endswith(f"{mark}.dcm")]
    (living,) = [path for name, path in files.items() if name.endswith(".4.51.dcm")]
    (series,) = images(retired)
    assert {"second_decoder", "lossy"} <= series.codes()
    assert np.array_equal(load(series).values, load(images(living)[0]).values)


def test_fragments_without_offset_table_are_dealt_out_to_their_frames(shared: Path) -> None:
    series = images(next((shared / "transfer_syntaxes").glob("CT0012*")))
    assert sum(one.frames for one in series) == 2
    frames = np.concatenate([load(one).values for one in series])
    assert frames.shape == (2, 512, 512)
    assert not np.array_equal(frames[0], frames[1])
    assert frames.max() == 2223


def test_high_throughput_jpeg_2000_is_read_in_colour(shared: Path) -> None:
    lossless, lossy = (
        load(images(next((shared / "transfer_syntaxes").glob(f"HTJ2K*.{end}.dcm")))[0]) for end in ("201", "203")
    )
    assert lossless.is_colour
    assert lossless.values.shape == (1, 480, 640, 3)
    assert np.abs(lossless.values.astype(int) - lossy.values).mean() < 8


def test_the_fast_header_says_what_pydicom_says_or_declines(shared: Path) -> None:
    fast, declined, memory = 0, 0, Memory()
    for path in sorted(shared.rglob("*")):
        if not path.is_file() or path.suffix in (".zip", ".gz", ".md"):
            continue
        data = path.read_bytes()
        stream = io.BytesIO(data)
        try:
            header = fast_header(stream, stream.read(8192), str(path), len(data), memory)
            slow = library.raw_elements(data)
        except Unreadable:
            continue
        if header is None:
            declined += 1
            continue
        elements, pixels, _, _ = slow
        if elements.keys() <= {tags.SOP_CLASS}:
            continue
        fast += 1
        assert header.elements.keys() - {tags.SOP_CLASS} == elements.keys() - {tags.SOP_CLASS}, path
        for tag in elements.keys() & header.elements.keys():
            assert header.elements[tag].strip(b" \0") == elements[tag].strip(b" \0"), (path, hex(tag))
        if pixels is not None and header.syntax != tags.DEFLATED:
            assert header.pixels == pixels, path
    assert fast > 800
    assert declined < 12


def test_pydicom_is_never_heard(shared: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        index = scan([shared / "broken_files", shared / "charsets"])
        for series in index.series:
            if series.is_image and series.source.modality != "NM":
                load(series)
    said = capfd.readouterr()
    assert said.out == said.err == ""


def test_the_short_way_and_the_long_way_make_the_same_frames(shared: Path, tmp_path: Path) -> None:
    quick, reader, memory = Quick(), Reader(), Memory()
    files = [path for path in sorted(shared.rglob("*")) if path.is_file() and path.suffix not in (".zip", ".gz", ".md")]
    for k, path in enumerate(sorted((shared / "ct_calf_calcified_mass").rglob("*.dcm"))[:137]):
        data = bytearray(path.read_bytes())
        data[150 + 11 * k % 1400] ^= 1 << k % 8
        mangled = tmp_path / f"{k:03d}"
        mangled.write_bytes(data)
        files += [mangled, path]
    taken = 0
    for path in files:
        with contextlib.suppress(Unreadable):
            header = read_header(str(path), memory)
            traits = reader.traits(header)
            frames = reader.frames(header, traits)
            short = quick.frame(str(path))
            if short is None and not is_object(header, traits) and refusal(header, traits) is None:
                quick.learn(frames)
                short = quick.frame(str(path))
            if short is not None:
                assert not is_object(header, traits)
                assert refusal(header, traits) is None
                assert frames == (short,)
                assert read_header(str(path)).elements == header.elements
                taken += 1
    assert taken > 500
