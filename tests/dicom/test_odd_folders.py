"""Folders, names and files that somebody will write one day: each ends in a sentence within two seconds."""

import json
import os
import socket
import struct
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian
from written import along_z, save, save_stack, slice_dataset, truth

from mo_viewer.cli import run
from mo_viewer.dicom.cache import Cache
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import Index, scan

LONGEST_S = 2.0
NOT_ON_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="this system has no such files")


def reasons(index: Index) -> dict[str, str]:
    return {Path(found.file.split("::")[-1]).name: found.code for found in index.refused}


def in_time(path: Path) -> Index:
    start = time.perf_counter()
    index = scan([path])
    assert time.perf_counter() - start < LONGEST_S
    return index


def one_file(path: Path, **more: object) -> bytes:
    return save(slice_dataset(truth(1)[0], (0, 0, 0), **more), path).read_bytes()


@NOT_ON_WINDOWS
def test_pipes_devices_sockets_and_links_to_themselves_are_named_and_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_file(tmp_path / "x")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to_pipe").symlink_to("pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")
    (tmp_path / "self").symlink_to("self")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        index = in_time(tmp_path)
    assert [series.frames for series in index.series] == [1]
    others = dict.fromkeys(("pipe", "to_pipe", "zeros", "socket"), "not_dicom")
    assert reasons(index) == {**others, "self": "missing_file"}
    assert reasons(scan([tmp_path / "self"])) == {"self": "missing_file"}


NAMES = (
    b"no\xfftext.dcm",
    b"two\nlines",
    b"red\x1b[31m",
    b"<script>alert(1)<script>",
    b"a::b",
    b"x.zip::y",
    b"%s{0}",
    b" ",
)


@NOT_ON_WINDOWS
def test_any_name_of_a_file_ends_in_strict_json_and_in_one_harmless_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = one_file(tmp_path / "x")
    (tmp_path / "x").unlink()
    folder = tmp_path / "in"
    folder.mkdir()
    for name in NAMES:
        (folder / os.fsdecode(name)).write_bytes(data)
        (folder / os.fsdecode(b"cut" + name)).write_bytes(data[:500])
    target = tmp_path / "out.json"
    assert run(["scan", str(folder), "--json", str(target)]) == 1
    said = capsys.readouterr().err
    found = json.loads(target.read_bytes().decode("utf-8"))
    assert found["files"] == 2 * len(NAMES)
    assert [one["code"] for one in found["refused"]] == ["truncated"] * len(NAMES)
    assert len(said.splitlines()) == len(NAMES)
    assert "\x1b" not in said
    assert run(["scan", str(folder), "--json", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["refused"] == found["refused"]


def test_a_zip_inside_a_zip_says_what_to_do(tmp_path: Path) -> None:
    one_file(tmp_path / "x")
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as zipped:
        zipped.write(tmp_path / "x", "x")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as zipped:
        zipped.write(tmp_path / "inner.zip", "a/inner.zip")
    index = scan([tmp_path / "outer.zip"])
    assert reasons(index) == {"inner.zip": "unsafe_archive"}
    assert "Unpack" in index.refused[0].text


def test_a_directory_in_a_zip_names_what_the_zip_lacks(shared: Path, tmp_path: Path) -> None:
    media = shared / "media_dicomdir"
    with zipfile.ZipFile(tmp_path / "disc.zip", "w") as zipped:
        zipped.write(media / "DICOMDIR", "disc/DICOMDIR")
        zipped.write(media / "77654033" / "CR1" / "6154", "disc/77654033/cr1/6154")
    index = scan([tmp_path / "disc.zip"])
    assert sum(series.frames for series in index.series) == 1
    assert len(index.refused) == 30
    assert set(reasons(index).values()) == {"missing_file"}


def zeros(count: int) -> bytes:
    return bytes(128) + b"DICM" + bytes(count)


def without_end_of_elements(data: bytes) -> bytes:
    return data[: data.find(b"\x08\x00\x60\x00CS")] + struct.pack("<HH2sH", 8, 0x60, b"CS", 0) * 1_000_000


def without_end_of_items(data: bytes) -> bytes:
    sequence = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 0xFFFFFFFF)
    return data[: data.find(b"\x08\x00\x60\x00CS")] + sequence + struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 2_500_000


@pytest.mark.parametrize("make", [lambda _: zeros(20 << 20), without_end_of_elements, without_end_of_items])
def test_a_header_without_end_is_given_up(tmp_path: Path, make: object) -> None:
    data = one_file(tmp_path / "x")
    (tmp_path / "x").write_bytes(make(data))  # type: ignore[operator]
    start = time.process_time()
    assert reasons(scan([tmp_path])) == {"x": "damaged"}
    assert time.process_time() - start < 2 * LONGEST_S


def test_a_deflated_file_that_unpacks_out_of_proportion_is_refused(tmp_path: Path) -> None:
    data = one_file(tmp_path / "x")
    plain = slice_dataset(truth(1)[0], (0, 0, 0))
    plain.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data = save(plain, tmp_path / "x").read_bytes()
    start = 144 + int.from_bytes(data[140:144], "little")
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    parts = [packer.compress(zlib.decompress(data[start:], -15)[:-292])]
    parts += [packer.compress(struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, 300 << 20))]
    parts += [packer.compress(bytes(1 << 20)) for _ in range(300)]
    (tmp_path / "x").write_bytes(data[:start] + b"".join([*parts, packer.flush()]))
    assert reasons(scan([tmp_path])) == {"x": "too_large"}


@pytest.mark.parametrize("length", [132, 140, 144, 200, 300, 400, 700, -300, -285, -1])
def test_a_file_cut_anywhere_behind_its_marker_is_called_truncated(tmp_path: Path, length: int) -> None:
    data = one_file(tmp_path / "x")
    (tmp_path / "x").write_bytes(data[:length])
    assert reasons(scan([tmp_path])) == {"x": "truncated"}


def test_compressed_images_that_end_early_are_refused_in_a_zip_too(shared: Path, tmp_path: Path) -> None:
    files = [path for path in (shared / "transfer_syntaxes").glob("*.dcm") if path.name != "CTImage.dcm"]
    assert len(files) >= 17
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as zipped:
        for path in files:
            zipped.writestr(path.name, path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert reasons(scan([tmp_path])) == dict.fromkeys((path.name for path in files), "truncated")


def test_what_another_version_kept_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in save_stack(tmp_path / "in", truth(), along_z(12)):
        os.utime(path, (1, 1))
    monkeypatch.setattr("mo_viewer.dicom.cache.SETTLED_NS", -(10**18))
    cache = Cache(tmp_path / "kept.sqlite")
    scan([tmp_path / "in"], cache=cache)
    assert cache.recall([tmp_path / "in"]) is not None
    monkeypatch.setattr("mo_viewer.dicom.cache.made_by", lambda: 7)
    assert cache.recall([tmp_path / "in"]) is None


@pytest.mark.parametrize(
    ("more", "codes", "flags"),
    [
        ({"PixelSpacing": ["1e300", "1e300"]}, {"no_spacing"}, (False, True)),
        ({"PixelSpacing": ["1e-300", "0.7"]}, {"no_spacing"}, (False, True)),
        ({"PixelSpacing": ["-0.7", "0.7"]}, {"no_spacing"}, (False, True)),
        ({"PixelSpacing": ["0.7"]}, {"no_spacing"}, (False, True)),
        ({"ImagePositionPatient": ["1e300", "0", "0"]}, {"no_spacing"}, (False, True)),
        ({"ImageOrientationPatient": None}, {"no_spacing"}, (False, True)),
        ({"ImageOrientationPatient": ["0"] * 6}, {"no_spacing"}, (False, True)),
        ({"RescaleSlope": "0"}, {"no_rescale"}, (True, False)),
        ({"RescaleSlope": None, "RescaleIntercept": "-1024"}, {"no_rescale"}, (True, False)),
        ({"RescaleIntercept": None}, {"no_rescale"}, (True, False)),
    ],
)
def test_numbers_that_mean_nothing_are_not_used(tmp_path: Path, more: dict, codes: set, flags: tuple) -> None:
    values = truth(4)
    save_stack(tmp_path, values, along_z(4), **more)
    (series,) = scan([tmp_path]).series
    assert series.codes() == codes
    assert (series.is_volume, series.hounsfield) == flags
    assert np.array_equal(load(series).rescaled((0, 0, 0), values.shape), values)


def test_slices_that_nothing_places_have_no_distance_in_json(tmp_path: Path) -> None:
    save_stack(tmp_path / "in", truth(4), along_z(4), ImagePositionPatient=None)
    run(["scan", str(tmp_path / "in"), "--json", str(tmp_path / "out")])
    (study,) = json.loads((tmp_path / "out").read_text("utf-8"))["studies"]
    assert study["series"][0]["spacing_mm"] == [0.0, 0.7, 0.9]


def test_two_kernels_woven_into_each_other_are_two_stacks(tmp_path: Path) -> None:
    soft, sharp = truth(seed=1), truth(seed=2)
    shifted = [(x, y, z + 0.4) for x, y, z in along_z(12)]
    save_stack(tmp_path / "a", soft, along_z(12))
    save_stack(tmp_path / "b", sharp, shifted, ConvolutionKernel="B70")
    found = scan([tmp_path]).series
    assert [series.source.acquisition.kernel for series in found] == ["B30", "B70"]
    for series, values, positions in zip(found, (soft, sharp), (along_z(12), shifted), strict=True):
        assert np.array_equal(load(series).values, values)
        assert np.abs(series.geometry.origins_mm - positions).max() < 1e-3
        assert series.codes() == {"phases", "split"}


def test_two_blocks_of_one_stack_with_their_own_steps_stay_one(tmp_path: Path) -> None:
    heights = [*range(0, 20, 2), *range(20, 70, 5)]
    each = [{"AcquisitionNumber": 1 + (k >= 10)} for k in range(20)]
    save_stack(tmp_path, truth(20), [(0.0, 0.0, float(z)) for z in heights], each=each)
    (series,) = scan([tmp_path]).series
    assert series.frames == 20
    assert series.codes() == {"uneven_spacing"}
