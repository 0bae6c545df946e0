"""Loading 60 compressed slices, ours against pydicom's own decoders; pixels must be identical."""

from pathlib import Path

import numpy as np
import pydicom
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from tests.bench.many_files import write_slices
from tests.bench.pairs import Ratio, in_turn

SLICES = 60
KINDS = (("RLE", RLELossless, 1 / 2), ("JPEG-LS", JPEGLSLossless, 1.05), ("JPEG 2000", JPEG2000Lossless, 1.05))


def bench(folder: Path) -> list[Ratio]:
    return [one(folder / name, name, syntax, bar) for name, syntax, bar in KINDS]


def one(folder: Path, name: str, syntax: str, bar: float) -> Ratio:
    write_slices(folder, 1, SLICES, syntax=syntax)
    [series] = scan([folder]).series
    assert np.array_equal(load(series).values, with_pydicom(folder))
    return in_turn(
        f"load {SLICES} slices of {name} against pydicom", lambda: load(series), lambda: with_pydicom(folder), bar, 3
    )


def with_pydicom(folder: Path) -> np.ndarray:
    return np.stack([pydicom.dcmread(path).pixel_array for path in sorted(folder.iterdir())])
