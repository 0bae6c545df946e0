"""A series with its pixels: one preallocated array, stored values kept, rescaling carried along."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from mo_viewer.base.faults import Misuse, Refused, Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom import tags
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.header import read_dataset
from mo_viewer.dicom.lut import modality_table
from mo_viewer.dicom.pixels import pixels_of
from mo_viewer.dicom.pool import spread
from mo_viewer.dicom.series import BUDGET_BYTES, Series, kinds_of
from mo_viewer.dicom.voi import windows_of
from mo_viewer.volume.arrays import AnyArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.reading_order import image_number
from mo_viewer.volume.source import Instance, Source
from mo_viewer.volume.volume import Volume

ModalityTable = tuple[int, AnyArray]
"""First stored value mapped, and the entries."""


def load(series: Series, ticket: Ticket | None = None, budget_bytes: int = BUDGET_BYTES) -> Volume:
    """Read all slices of a series.

    Memory: the array itself, and for compressed files a few frames.

    Raises
    ------
    Misuse
        When the series is no image.
    Refused
        ``over_budget`` when it needs more memory than `budget_bytes`.
    Unreadable
        When a slice cannot be read; the sentence gives its `image_number`.
    Cancelled
        Once the ticket was cancelled.
    """
    if series.geometry is None:
        raise Misuse("This series holds no images.")
    dtype, shape = stored_type(series.planes), stored_shape(series.planes)
    needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if needed > budget_bytes:
        text = f"The series needs {needed / 1e9:.1f} GB and {budget_bytes / 1e9:.1f} GB are allowed."
        raise Refused(text, "Its slices can be looked at one by one.", code="over_budget")
    values = np.empty(shape, dtype)
    numbers = [image_number(series.geometry, k) for k in range(len(series.planes))]
    _fill(values, series.planes, numbers, ticket or Ticket())
    return _volume(series, values, series.geometry, series.planes)


def load_slice(series: Series, k: int) -> Volume:
    """Read slice k alone: a volume of one slice whose geometry is that slice's.

    Raises
    ------
    Misuse
        When there is no such slice.
    Unreadable
        When it cannot be read.
    """
    if series.geometry is None or not 0 <= k < len(series.planes):
        raise Misuse(f"The series has no slice {k}.")
    planes = series.planes[k : k + 1]
    values = np.empty(stored_shape(planes), stored_type(planes))
    _fill(values, planes, [image_number(series.geometry, k)], Ticket())
    whole = series.geometry
    shape = (1, *whole.shape[1:])
    geometry = Geometry(
        shape, whole.origins_mm[k : k + 1], whole.row_step_mm, whole.column_step_mm, whole.frame_uid, whole.in_patient
    )
    return _volume(series, values, geometry, planes)


def stored_type(planes: Sequence[Frame]) -> "np.dtype[np.generic]":
    """Return the type that holds the stored values of all frames without change."""
    kinds = kinds_of(planes)
    if any(traits.photometric == "PALETTE COLOR" for traits in kinds):
        return np.dtype(np.uint8)
    return np.result_type(*{traits.dtype for traits in kinds})


def stored_shape(planes: Sequence[Frame]) -> tuple[int, ...]:
    """Return (slices, rows, columns), with a last axis of 3 for colour."""
    traits = kinds_of(planes)[0]
    return (len(planes), traits.rows, traits.columns, *((3,) if traits.is_colour else ()))


def _fill(values: AnyArray, planes: Sequence[Frame], numbers: Sequence[int], ticket: Ticket) -> None:
    total = len(planes)
    done = 0

    def read(work: list[tuple[int, Frame]]) -> int:
        k = work[0][0]
        try:
            with pixels_of(work[0][1]) as pixels:
                for k, frame in work:
                    ticket.check()
                    pixels.read_into(frame, values[k])
        except Unreadable as fault:
            sentence = f"Image {numbers[k]} cannot be read. {fault.sentence}"
            raise Unreadable(sentence, fault.hint, fault.detail, fault.code) from fault
        return len(work)

    compressed = any(frame.traits.syntax not in tags.NATIVE for frame in planes)
    for count in spread(read, list(_by_file(planes)), threaded=compressed and total > 1):
        done += count
        ticket.progress(done, total, "")


def _by_file(planes: Sequence[Frame]) -> Iterator[list[tuple[int, Frame]]]:
    for _, group in groupby(enumerate(planes), key=lambda item: item[1].file):
        yield list(group)


def _volume(series: Series, values: AnyArray, geometry: Geometry, planes: Sequence[Frame]) -> Volume:
    first = planes[0].traits
    tables = _modality_tables(planes)
    lut = tables[0] if all(_alike(tables[0], one) for one in tables) else None
    if lut is None and any(tables):
        values = _looked_up(values, tables)
    return Volume(
        values=values,
        geometry=geometry,
        source=series.source if len(planes) == len(series.planes) else _narrowed(series, planes),
        unit="HU" if series.hounsfield else "",
        slope=np.array([1.0 if f.slope is None or t else f.slope for f, t in zip(planes, tables, strict=True)]),
        intercept=np.array(
            [0.0 if f.intercept is None or t else f.intercept for f, t in zip(planes, tables, strict=True)]
        ),
        lut=lut,
        length=series.length,
        remarks=series.remarks,
        windows=series.windows if len(planes) > 1 else windows_of(planes[0]),
        inverted=first.inverted,
        padding=first.padding,
    )


def _narrowed(series: Series, planes: Sequence[Frame]) -> Source:
    instances = tuple(Instance(f.file, f.sop_uid, f.traits.sop_class, f.number) for f in planes)
    return replace(series.source, instances=instances)


def _modality_tables(planes: Sequence[Frame]) -> list[ModalityTable | None]:
    """Return the Modality LUT of each plane; None where it has none."""
    if not any(traits.modality_lut for traits in kinds_of(planes)):
        return [None] * len(planes)
    by_file = {frame.file: frame for frame in planes}
    tables = {file: _modality_table(frame) for file, frame in by_file.items()}
    return [tables[frame.file] for frame in planes]


def _modality_table(frame: Frame) -> ModalityTable | None:
    if not frame.traits.modality_lut:
        return None
    dataset = read_dataset(Instance(frame.file, frame.sop_uid, frame.traits.sop_class))
    return modality_table(dataset, frame.traits.signed)


def _alike(one: ModalityTable | None, other: ModalityTable | None) -> bool:
    if one is None or other is None:
        return one is other
    return one[0] == other[0] and np.array_equal(one[1], other[1])


def _looked_up(values: AnyArray, tables: Sequence[ModalityTable | None]) -> AnyArray:
    """Return what tables that differ from slice to slice make of the values; slices without one as they are."""
    made = values.astype(np.int32)
    for k, table in enumerate(tables):
        if table is not None:
            made[k] = table[1][np.clip(made[k] - table[0], 0, len(table[1]) - 1)]
    return made
