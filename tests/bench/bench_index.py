"""Indexing 2,000 CT slices of 512x512 in 8 series: against pydicom and SimpleITK, and again against a bare walk."""

import os
import time
from pathlib import Path

import pydicom
import SimpleITK

from mo_viewer.dicom.cache import SETTLED_NS, Cache
from mo_viewer.dicom.scan import scan
from tests.bench.many_files import write_slices
from tests.bench.pairs import Ratio, in_turn

SERIES, SLICES = 8, 250


def bench(folder: Path) -> list[Ratio]:
    for series in range(SERIES):
        write_slices(folder / str(series), series, SLICES)
    return [
        in_turn("index 2,000 files against pydicom", lambda: scan([folder]), lambda: with_pydicom(folder), 1 / 10, 5),
        in_turn(
            "index 2,000 files against SimpleITK's series IDs", lambda: scan([folder]), lambda: with_itk(folder), 1 / 6
        ),
        again(folder),
    ]


def again(folder: Path) -> Ratio:
    """The second time with the kept index; files that were written a moment ago would not be believed yet."""
    for path in folder.rglob("*.dcm"):
        os.utime(path, (1, 1))
    time.sleep(SETTLED_NS / 1e9)
    kept = folder.with_name(f"{folder.name}.sqlite")
    try:
        index = scan([folder], cache=Cache(kept))
        assert scan([folder], cache=Cache(kept)).files == index.files == SERIES * SLICES
        return in_turn(
            "index again, unchanged, against a stat-only walk",
            lambda: scan([folder], cache=Cache(kept)),
            lambda: walked(folder),
            3.0,
            9,
        )
    finally:
        kept.unlink()


def with_pydicom(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in folder.rglob("*.dcm"):
        uid = pydicom.dcmread(path, stop_before_pixels=True).SeriesInstanceUID
        found[uid] = found.get(uid, 0) + 1
    return found


def with_itk(folder: Path) -> list[str]:
    reader = SimpleITK.ImageSeriesReader()
    return [uid for sub in folder.iterdir() for uid in reader.GetGDCMSeriesIDs(str(sub))]


def walked(folder: Path) -> int:
    return sum(entry.stat().st_size for sub in os.scandir(folder) for entry in os.scandir(sub.path))
