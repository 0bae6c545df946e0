"""Indexes that are kept: the same as new ones, and never believed once a file has changed."""

import os
import sqlite3
import stat
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from written import along_z, save_stack, truth

from mo_viewer.dicom import scan as scan_module
from mo_viewer.dicom.cache import Cache
from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import Index, scan
from mo_viewer.dicom.series import Series


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setattr("mo_viewer.dicom.cache.SETTLED_NS", -(10**18))
    return Cache(tmp_path / "kept" / "scan.sqlite")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_stack(tmp_path / "in", truth(), along_z(12), WindowCenter="40", WindowWidth="400", PatientName="Anna^Ö")
    (tmp_path / "in" / "notes.txt").write_text("no image")
    return tmp_path / "in"


def without_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(scan_module, "_Indexing", fail)


def same(one: Series, other: Series) -> None:
    for field in fields(Series):
        if field.name != "planes":
            assert getattr(one, field.name) == getattr(other, field.name), field.name
    assert list(one.planes) == list(other.planes)
    assert one.planes[:2] == tuple(other.planes[:2])
    assert len(one.planes) == len(other.planes)


def test_a_kept_index_is_the_same_as_a_new_one(folder: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scan([folder], cache=cache)
    without_reading(monkeypatch)
    shown: list[int] = []
    second = scan([folder], cache=cache, found=lambda series: shown.append(len(series)))
    assert (second.refused, second.files) == (first.refused, first.files)
    same(second.series[0], first.series[0])
    assert np.array_equal(load(second.series[0]).values, truth())
    assert shown == [1]


def test_real_series_survive_being_kept(shared: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [
        shared / name for name in ("geometry", "multiframe_enhanced", "lut_sequences", "seg_sr_small", "ct_chest_zip")
    ]
    first = scan(paths, cache=cache)
    without_reading(monkeypatch)
    second = scan(paths, cache=cache)
    assert len(second.series) == len(first.series)
    for one, other in zip(second.series, first.series, strict=True):
        same(one, other)


@pytest.mark.parametrize("change", ["touched", "longer", "gone", "new"])
def test_any_change_means_reading_anew(folder: Path, cache: Cache, change: str) -> None:
    scan([folder], cache=cache)
    one = folder / "0004.dcm"
    if change == "touched":
        os.utime(one, ns=(1, 1))
    elif change == "longer":
        one.write_bytes(one.read_bytes() + b"\0\0")
    elif change == "gone":
        one.unlink()
    else:
        save_stack(folder / "b", truth(seed=3), along_z(12), SeriesInstanceUID="1.2.9")
    again, anew = scan([folder], cache=cache), scan([folder])
    assert [series.frames for series in again.series] == [series.frames for series in anew.series]
    assert again.files == anew.files


def test_files_changed_a_moment_ago_are_not_believed(folder: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept" / "scan.sqlite")
    scan([folder], cache=cache)
    assert cache.recall([folder]) is None


@pytest.mark.parametrize("damage", [b"", b"not a database" * 100, None])
def test_a_damaged_cache_means_reading_anew(folder: Path, cache: Cache, damage: bytes | None) -> None:
    scan([folder], cache=cache)
    if damage is None:
        with sqlite3.connect(cache.file) as store:
            store.execute("UPDATE series SET head = '{}'")
    else:
        cache.file.write_bytes(damage)
    found: Index = scan([folder], cache=cache)
    assert found.series[0].frames == 12


def test_a_cache_that_cannot_be_written_is_no_fault(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert scan([folder], cache=Cache(tmp_path / "file" / "scan.sqlite")).series[0].frames == 12


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_its_owner_may_read_the_cache(folder: Path, cache: Cache) -> None:
    scan([folder], cache=cache)
    assert stat.S_IMODE(cache.file.stat().st_mode) == 0o600


def test_a_folder_with_a_directory_is_known_as_a_whole_and_a_directory_alone_is_not(shared: Path, cache: Cache) -> None:
    media = shared / "media_dicomdir"
    scan([media], cache=cache)
    assert cache.recall([media]) is not None
    scan([media / "DICOMDIR"], cache=cache)
    assert cache.recall([media / "DICOMDIR"]) is None
