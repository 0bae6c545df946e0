"""A second renderer, in plain numpy and pydicom, written from DICOM PS3.3 and PS3.5; nothing of the product is used.

It is slow and simple: what it draws is what a picture must show, pixel for pixel.
"""

import numpy as np
import pydicom
from pydicom.dataset import Dataset


def render(path, window=None):
    """Return (rows, columns) of 0..255 as the image in a file is to be presented.

    `window` is (centre, width, function), instead of the image's own VOI LUT or window.
    """
    data = pydicom.dcmread(path, force=True)
    stored = words_of(data)
    values = modality_values(data, stored)
    if window is not None:
        share = WINDOWS[window[2]](values, window[0], window[1])
    elif "VOILUTSequence" in data:
        share = voi_table(data, values)
    else:
        centre, width = first(data.WindowCenter), first(data.WindowWidth)
        share = WINDOWS[str(data.get("VOILUTFunction", "LINEAR"))](values, centre, width)
    grey = np.floor(share * 255 + 0.5).astype(int)
    shape = str(data.get("PresentationLUTShape", ""))
    if shape == "INVERSE" or (not shape and data.PhotometricInterpretation == "MONOCHROME1"):
        grey = 255 - grey
    if "PixelPaddingValue" in data:
        ends = sorted((data.PixelPaddingValue, data.get("PixelPaddingRangeLimit", data.PixelPaddingValue)))
        grey[(stored >= ends[0]) & (stored <= ends[1])] = 0
    return grey.astype(np.uint8)


def words_of(data: Dataset) -> np.ndarray:
    """The stored words; what the unused bits of some of them mean is another test's business."""
    if data.file_meta.TransferSyntaxUID.is_compressed or data.BitsAllocated != 16:
        return data.pixel_array
    kind = "<i2" if data.PixelRepresentation == 1 else "<u2"
    return np.frombuffer(data.PixelData, kind)[: data.Rows * data.Columns].reshape(data.Rows, data.Columns)


def modality_values(data: Dataset, stored: np.ndarray) -> np.ndarray:
    """PS3.3 C.11.1."""
    if "ModalityLUTSequence" in data:
        count, begin, entries = table_of(data.ModalityLUTSequence[0], data.PixelRepresentation == 1)
        return entries[np.clip(stored.astype(int) - begin, 0, count - 1)].astype(float)
    return stored * float(data.get("RescaleSlope", 1)) + float(data.get("RescaleIntercept", 0))


def voi_table(data: Dataset, values: np.ndarray) -> np.ndarray:
    """PS3.3 C.11.2.1.1: values before the first entry take the first, those beyond the last the last."""
    item = data.VOILUTSequence[0]
    count, begin, entries = table_of(item, float(values.min()) < 0 or data.PixelRepresentation == 1)
    at = np.clip(np.floor(values + 0.5).astype(int) - begin, 0, count - 1)
    return entries[at] / (2.0 ** descriptor(item)[2] - 1)


def descriptor(item: Dataset) -> list[int]:
    return [int(value) for value in item.LUTDescriptor]


def table_of(item: Dataset, signed: bool) -> tuple[int, int, np.ndarray]:
    count, begin, bits = descriptor(item)
    count = count or 65536
    if signed and begin >= 32768:
        begin -= 65536
    raw = item.LUTData
    if isinstance(raw, bytes):
        wide = len(raw) >= 2 * count or bits > 8
        entries = np.frombuffer(raw, "<u2" if wide else "u1")[:count].astype(int)
    else:
        entries = np.array([int(value) & 0xFFFF for value in raw])[:count]
    return count, begin, entries


def linear(x: np.ndarray, centre: float, width: float) -> np.ndarray:
    """PS3.3 C.11.2.1.2.1, for 0 to 1."""
    share = np.empty(x.shape)
    low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    for at, value in np.ndenumerate(x):
        if value <= low:
            share[at] = 0
        elif value > high:
            share[at] = 1
        else:
            share[at] = (value - (centre - 0.5)) / (width - 1) + 0.5
    return share


def linear_exact(x: np.ndarray, centre: float, width: float) -> np.ndarray:
    """PS3.3 C.11.2.1.3.2."""
    return np.where(x <= centre - width / 2, 0.0, np.where(x > centre + width / 2, 1.0, (x - centre) / width + 0.5))


def sigmoid(x: np.ndarray, centre: float, width: float) -> np.ndarray:
    """PS3.3 C.11.2.1.3.1."""
    return 1 / (1 + np.exp(-4 * (x - centre) / width))


WINDOWS = {"LINEAR": linear, "LINEAR_EXACT": linear_exact, "SIGMOID": sigmoid}


def first(value) -> float:
    return float(value[0]) if isinstance(value, (list, pydicom.multival.MultiValue)) else float(value)
