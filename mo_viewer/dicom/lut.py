"""Look-up tables of the Modality LUT and VOI LUT sequences (DICOM PS3.3 C.11.1 and C.11.2)."""

from typing import Any

import numpy as np

from mo_viewer.base.faults import Unreadable
from mo_viewer.volume.arrays import AnyArray, frozen
from mo_viewer.volume.window import Table, Window

LARGEST = 1 << 16


def modality_table(dataset: Any, signed: bool) -> tuple[int, AnyArray] | None:
    """Return the first stored value mapped, and the table (read-only); None without a Modality LUT."""
    items = dataset.get("ModalityLUTSequence")
    return _table(items[0], signed)[:2] if items else None


def voi_tables(dataset: Any) -> tuple[Window, ...]:
    """Return the VOI look-up tables as windows; centre and width span the values that they map."""
    found = []
    signed = dataset.get("PixelRepresentation") == 1
    for item in dataset.get("VOILUTSequence") or ():
        first, table, bits = _table(item, signed)
        name = str(item.get("LUTExplanation", "") or "")
        span = len(table)
        centre = first + span / 2
        found.append(Window(centre, span, name, table=Table(first, bits, table.astype("<u2").tobytes())))
    return tuple(found)


def _table(item: Any, signed: bool) -> tuple[int, AnyArray, int]:
    """Return first value, entries and bits. A count of 0 means 65,536 (PS3.3 C.11.1.1.1)."""
    try:
        count, first, bits = (int(value) for value in item.LUTDescriptor)
        data = item.LUTData
        entries = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.array(data, dtype=np.int64) & 0xFFFF
    except Exception as fault:
        raise Unreadable("The look-up table is damaged.", detail=repr(fault), code="damaged") from fault
    count = (count & 0xFFFF) or LARGEST
    if bits <= 8 and entries.size * 2 >= count > entries.size:
        entries = entries.astype("<u2").view(np.uint8)
    if entries.size < count:
        raise Unreadable("The look-up table is shorter than it claims.", code="damaged")
    if signed and first > 0x7FFF:
        first -= 0x10000
    if not signed:
        first &= 0xFFFF
    return first, frozen(np.array(entries[:count], dtype=np.uint16)), bits
