"""Overlay planes of group 60xx: drawings that a modality laid over its image (DICOM PS3.3 C.9.2)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mo_viewer.dicom.header import read_dataset
from mo_viewer.dicom.series import Series
from mo_viewer.volume.arrays import BoolArray, frozen

_GROUPS = range(0x6000, 0x6020, 2)


@dataclass(frozen=True, eq=False)
class Overlay:
    """One plane: (rows, columns) of drawn pixels, the image row and column of its first pixel, and its label."""

    drawn: BoolArray
    row: int
    column: int
    label: str = ""


def overlays(series: Series, k: int) -> tuple[Overlay, ...]:
    """Return the overlay planes of slice k; planes that are damaged, or hidden in unused bits, are left out.

    Raises
    ------
    Unreadable
        When the file is gone or damaged.
    """
    instance = series.source.instances[k]
    dataset = read_dataset(instance)
    found = (_plane(dataset, group, (instance.frame or 1) - 1) for group in _GROUPS)
    return tuple(plane for plane in found if plane is not None)


def _plane(dataset: Any, group: int, frame: int) -> Overlay | None:
    def value(element: int) -> Any:
        item = dataset.get((group, element))
        return item.value if item is not None else None

    rows, columns, data = value(0x10), value(0x11), value(0x3000)
    if not rows or not columns or not isinstance(data, bytes):
        return None
    first = int(value(0x51) or 1) - 1
    count = rows * columns
    at = (frame - first) * count if value(0x15) else 0
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    if at < 0 or at + count > bits.size:
        return None
    origin = value(0x50) or (1, 1)
    drawn = frozen(bits[at : at + count].astype(bool).reshape(rows, columns))
    return Overlay(drawn, int(origin[0]) - 1, int(origin[1]) - 1, str(value(0x1500) or ""))
