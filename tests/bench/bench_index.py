"""Indexing 2,000 files in 8 series: ours against pydicom and SimpleITK, and a second time against a bare walk."""

import os
from pathlib import Path

import pydicom
import SimpleITK

from mo_viewer.dicom.scan import scan
from tests.bench.many_files import write_slices
from tests.bench.pairs import Ratio, in_turn

SERIES, SLICES = 8, 250


def bench(folder: Path) -> list[Ratio]:
    for series in range(SERIES):
        write_slices(folder / str(series), series, SLICES, rows=64, columns=64)
    return [
        in_turn("index 2,000 files against pydicom", lambda: scan([folder]), lambda: with_pydicom(folder), 1 / 10, 3),
        in_turn(
            "index 2,000 files against SimpleITK's series IDs", lambda: scan([folder]), lambda: with_itk(folder), 1 / 6
        ),
        in_turn(
            "index again, unchanged, against a stat-only walk", lambda: scan([folder]), lambda: walked(folder), 3.0
        ),
    ]


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
