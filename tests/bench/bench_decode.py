"""Loading 60 compressed slices, ours against pydicom with the decoders of the lock file; pixels must be identical."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
from pydicom.uid import HTJ2KLossless, JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from tests.bench.many_files import write_slices
from tests.bench.pairs import Ratio, in_turn

SLICES = 60


def lossless_jpeg(values: np.ndarray) -> bytes:
    return imagecodecs.jpeg_encode(values.view(np.uint16), lossless=True, predictor=1, bitspersample=16)


def jpeg_ls(values: np.ndarray) -> bytes:
    return imagecodecs.jpegls_encode(values.view(np.uint16))


def wavelets(values: np.ndarray) -> bytes:
    return imagecodecs.jpeg2k_encode(values, level=0, reversible=True, codecformat="J2K")


def fast_wavelets(values: np.ndarray) -> bytes:
    return imagecodecs.htj2k_encode(values, reversible=True)


KINDS: tuple[tuple[str, str, Callable[[np.ndarray], Any] | None, float], ...] = (
    ("RLE", RLELossless, None, 1 / 2),
    ("JPEG lossless", JPEGLosslessSV1, lossless_jpeg, 1 / 2),
    ("HTJ2K", HTJ2KLossless, fast_wavelets, 1 / 1.7),
    ("JPEG-LS", JPEGLSLossless, jpeg_ls, 1.05),
    ("JPEG 2000", JPEG2000Lossless, wavelets, 1.05),
)


def bench(folder: Path) -> list[Ratio]:
    return [one(folder / name, *kind) for kind in KINDS for name in [kind[0]]]


def one(folder: Path, name: str, syntax: str, encode: Callable[[np.ndarray], Any] | None, bar: float) -> Ratio:
    write_slices(folder, 1, SLICES, syntax=syntax, encode=encode)
    [series] = scan([folder]).series
    assert np.array_equal(load(series).values, with_pydicom(folder))
    return in_turn(
        f"load {SLICES} slices of {name} against pydicom", lambda: load(series), lambda: with_pydicom(folder), bar, 5
    )


def with_pydicom(folder: Path) -> np.ndarray:
    return np.stack([pydicom.dcmread(path).pixel_array for path in sorted(folder.iterdir())])
