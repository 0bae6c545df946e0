"""Every kind of pixel description, made here with known samples, is read as pydicom or the codec's own array says."""

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import (
    ExplicitVRBigEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from written import save, slice_dataset

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan

CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ROWS, COLUMNS = 16, 20
_dice = np.random.default_rng(5)
GREY = _dice.integers(0, 256, (ROWS, COLUMNS)).astype(np.uint8)
GREYS = _dice.integers(0, 256, (3, ROWS, COLUMNS)).astype(np.uint8)
COLOUR = _dice.integers(0, 256, (ROWS, COLUMNS, 3)).astype(np.uint8)
TWELVE = _dice.integers(-2048, 2048, (ROWS, COLUMNS)).astype(np.int16)
LONG = _dice.integers(0, 2**31, (ROWS, COLUMNS)).astype(np.uint32)
BITS = _dice.integers(0, 2, (3, ROWS, COLUMNS)).astype(np.uint8)
LOW12 = TWELVE.astype(np.uint16) & 0x0FFF


def image(pixels: np.ndarray, photometric: str = "MONOCHROME2", data: bytes | None = None, **more: object) -> Dataset:
    """A secondary capture with these samples, or with other pixel bytes."""
    colour = photometric[:3] in ("RGB", "YBR")
    made = slice_dataset(pixels[..., 0] if colour else pixels, (0, 0, 0), SOPClassUID=CAPTURE, Modality="OT")
    for name in ("RescaleSlope", "RescaleIntercept", "RescaleType"):
        delattr(made, name)
    made.SamplesPerPixel, made.PhotometricInterpretation = 3 if colour else 1, photometric
    if colour:
        made.PlanarConfiguration = 0
    made.PixelData = pixels.tobytes() if data is None else data
    made["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    for name, value in more.items():
        setattr(made, name, value)
    return made


def palette(pixels: np.ndarray, count: int, first: int, bits: int) -> Dataset:
    made = image(pixels, "PALETTE COLOR")
    for name in ("Red", "Green", "Blue"):
        table = _dice.integers(0, 1 << bits, count).astype(np.uint16 if bits == 16 else np.uint8)
        setattr(made, f"{name}PaletteColorLookupTableDescriptor", [count, first, bits])
        setattr(made, f"{name}PaletteColorLookupTableData", table.tobytes())
    return made


def packed(made: Dataset, frames: list[bytes], syntax: str, data: bytes | None = None) -> Dataset:
    made.file_meta.TransferSyntaxUID = syntax
    made.PixelData = encapsulate(frames) if data is None else data
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    return made


def turned(pixels: np.ndarray, data: bytes | None = None, vr: str = "") -> Dataset:
    made = image(pixels, data=pixels.astype(pixels.dtype.newbyteorder(">")).tobytes() if data is None else data)
    made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    made["PixelData"].VR = vr or made["PixelData"].VR
    return made


def run_lengths(pixels: np.ndarray) -> Dataset:
    made = image(pixels, "RGB" if pixels.ndim == 3 else "MONOCHROME2")
    made.compress(RLELossless)
    return made


def read_back(folder: Path, made: Dataset) -> np.ndarray:
    save(made, folder / "x")
    (series,) = scan([folder]).series
    return load(series).values


PLAIN: dict[str, Callable[[], tuple[Dataset, np.ndarray]]] = {
    "grey": lambda: (image(GREY), GREY),
    "inverted grey": lambda: (image(GREY, "MONOCHROME1"), GREY),
    "signed bytes": lambda: (image(GREY.view(np.int8)), GREY.view(np.int8)),
    "32 bits": lambda: (image(LONG), LONG),
    "12 signed bits": lambda: (image(LOW12, BitsStored=12, HighBit=11, PixelRepresentation=1), TWELVE),
    "12 signed bits on top": lambda: (image(LOW12 << 4, BitsStored=12, HighBit=15, PixelRepresentation=1), TWELVE),
    "12 bits on top of others": lambda: (image(LOW12 << 4 | 5, BitsStored=12, HighBit=15), LOW12),
    "single bits": lambda: (
        image(
            GREY,
            data=np.packbits(BITS.ravel(), bitorder="little").tobytes(),
            BitsAllocated=1,
            BitsStored=1,
            HighBit=0,
            NumberOfFrames=3,
        ),
        BITS,
    ),
    "several frames": lambda: (image(GREY, data=GREYS.tobytes(), NumberOfFrames=3), GREYS),
    "colour": lambda: (image(COLOUR, "RGB"), COLOUR),
    "colour by planes": lambda: (
        image(COLOUR, "RGB", COLOUR.transpose(2, 0, 1).tobytes(), PlanarConfiguration=1),
        COLOUR,
    ),
    "big endian": lambda: (turned(TWELVE), TWELVE),
    "big endian bytes": lambda: (turned(GREY), GREY),
    "big endian bytes in words": lambda: (turned(GREY, GREY.reshape(-1, 2)[:, ::-1].tobytes(), "OW"), GREY),
    "RLE": lambda: (run_lengths(TWELVE), TWELVE),
    "RLE in colour": lambda: (run_lengths(COLOUR), COLOUR),
    "JPEG-LS": lambda: (packed(image(GREY), [imagecodecs.jpegls_encode(GREY)], JPEGLSLossless), GREY),
    "JPEG-LS, signed": lambda: (
        packed(image(TWELVE), [imagecodecs.jpegls_encode(TWELVE.view(np.uint16))], JPEGLSLossless),
        TWELVE,
    ),
    "JPEG 2000": lambda: (
        packed(image(TWELVE), [imagecodecs.jpeg2k_encode(TWELVE, level=0, reversible=True)], JPEG2000Lossless),
        TWELVE,
    ),
    "HTJ2K": lambda: (
        packed(image(TWELVE), [imagecodecs.htj2k_encode(TWELVE, reversible=True)], HTJ2KLossless),
        TWELVE,
    ),
    "JPEG lossless": lambda: (
        packed(
            image(LOW12, BitsStored=12, HighBit=11),
            [imagecodecs.ljpeg_encode(LOW12, bitspersample=12)],
            JPEGLosslessSV1,
        ),
        LOW12,
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_samples_are_read_as_they_were_written(tmp_path: Path, name: str) -> None:
    made, expected = PLAIN[name]()
    found = read_back(tmp_path, made)
    assert found.dtype == expected.dtype
    assert np.array_equal(found.reshape(expected.shape), expected)


@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
@pytest.mark.parametrize("said", ["YBR_FULL_422", "RGB"])
def test_a_jpeg_that_says_it_is_ybr_is_believed(tmp_path: Path, subsampling: str, said: str) -> None:
    stream = imagecodecs.jpeg_encode(COLOUR, level=95, subsampling=subsampling)
    found = read_back(tmp_path, packed(image(COLOUR, said), [stream], JPEGBaseline8Bit))
    assert np.array_equal(found[0], imagecodecs.jpeg_decode(stream))


@pytest.mark.parametrize("said", ["YBR_FULL", "YBR_FULL_422"])
def test_uncompressed_ybr_becomes_the_colour_that_pydicom_makes(tmp_path: Path, said: str) -> None:
    halved = np.concatenate([COLOUR[:, ::2, :2], COLOUR[:, 1::2, 1:]], axis=-1)
    made = image(COLOUR, said, None if said == "YBR_FULL" else halved.tobytes())
    found = read_back(tmp_path, made)
    assert np.abs(found[0].astype(int) - pydicom.dcmread(tmp_path / "x").pixel_array).max() <= 1


@pytest.mark.parametrize(
    ("indices", "count", "first", "bits"), [(GREY, 256, 0, 16), (GREY, 256, 0, 8), (LOW12, 1000, 10, 16)]
)
def test_a_palette_gives_the_colours_of_pydicom(
    tmp_path: Path, indices: np.ndarray, count: int, first: int, bits: int
) -> None:
    found = read_back(tmp_path, palette(indices, count, first, bits))
    expected = apply_color_lut(indices, pydicom.dcmread(tmp_path / "x"))
    assert np.array_equal(found[0], expected >> 8 if bits == 16 else expected)


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("table", ["basic", "none", "extended"])
def test_frames_are_found_with_and_without_offset_tables(tmp_path: Path, pieces: int, table: str) -> None:
    frames = [imagecodecs.jpegls_encode(one) for one in GREYS]
    made = image(GREY, NumberOfFrames=3)
    if table == "extended":
        data, made.ExtendedOffsetTable, made.ExtendedOffsetTableLengths = encapsulate_extended(frames)
    else:
        data = encapsulate(frames, fragments_per_frame=pieces, has_bot=table == "basic")
    assert np.array_equal(read_back(tmp_path, packed(made, frames, JPEGLSLossless, data)), GREYS)
