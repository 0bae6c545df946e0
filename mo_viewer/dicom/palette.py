"""PALETTE COLOR becomes red, green, blue (DICOM PS3.3 C.7.6.3.1.5)."""

import numpy as np

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.header import read_dataset
from mo_viewer.volume.arrays import AnyArray
from mo_viewer.volume.source import Instance

_COLOURS = ("Red", "Green", "Blue")


def paletted(indices: AnyArray, frame: Frame) -> AnyArray:
    """Return (rows, columns, 3) uint8 for palette indices (rows, columns).

    Raises
    ------
    Unreadable
        When a palette is missing, damaged, or segmented.
    """
    dataset = read_dataset(Instance(frame.file, frame.sop_uid, frame.traits.sop_class))
    return np.stack([_colour(indices, dataset, name) for name in _COLOURS], axis=-1)


def _colour(indices: AnyArray, dataset: object, name: str) -> AnyArray:
    try:
        count, first, bits = (int(v) for v in getattr(dataset, f"{name}PaletteColorLookupTableDescriptor"))
        data = getattr(dataset, f"{name}PaletteColorLookupTableData")
    except Exception as fault:
        raise Unreadable("The colour palette is missing or damaged.", detail=repr(fault), code="damaged") from fault
    count = count or 1 << 16
    entries: AnyArray = np.frombuffer(data, np.uint8 if len(data) < 2 * count else np.dtype("<u2"))
    if entries.size < count:
        raise Unreadable("The colour palette is shorter than it claims.", code="damaged")
    table = entries >> 8 if bits == 16 and entries.dtype.itemsize == 2 else entries
    picked: AnyArray = table[np.clip(indices.astype(np.int64) - first, 0, count - 1)].astype(np.uint8)
    return picked
