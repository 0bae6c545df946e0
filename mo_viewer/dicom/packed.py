"""Series as plain JSON and back, for the cache of indexes; planes are unpacked only when somebody asks for them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, overload

import numpy as np

from mo_viewer.base.remarks import Remark
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.series import Series, kinds_of
from mo_viewer.dicom.traits import Traits
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Acquisition, Instance, Patient, Source
from mo_viewer.volume.volume import Length
from mo_viewer.volume.window import Shape, Table, Window

_SOURCE = tuple(one.name for one in fields(Source) if one.name not in ("patient", "acquisition", "instances"))
_END = "\0"
_TRAITS = tuple(one.name for one in fields(Traits))


class Planes(Sequence[Frame]):
    """The frames of a series, as text until the first of them is wanted; `kinds` are their different traits."""

    def __init__(self, text: str, instances: tuple[Instance, ...], kinds: tuple[Traits, ...]) -> None:
        self.kinds = kinds
        self._text = text
        self._instances = instances
        self._frames: tuple[Frame, ...] | None = None

    def _all(self) -> tuple[Frame, ...]:
        if self._frames is None:
            self._frames = tuple(_frames(json.loads(self._text), self._instances, self.kinds))
            self._text = ""
        return self._frames

    def __len__(self) -> int:
        return len(self._instances)

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._all())

    @overload
    def __getitem__(self, at: int) -> Frame: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Frame, ...]: ...
    def __getitem__(self, at: int | slice) -> Frame | tuple[Frame, ...]:
        return self._all()[at]


def packed(series: Series) -> tuple[str, str]:
    """Return a series without its planes, and its planes, as JSON."""
    source, geometry = series.source, series.geometry
    kinds = kinds_of(series.planes)
    head = {
        "kinds": [_packed_traits(one) for one in kinds],
        "source": [getattr(source, name) for name in _SOURCE],
        "patient": _listed(source.patient),
        "acquisition": _listed(source.acquisition),
        "instances": _packed_instances(source.instances),
        "geometry": None if geometry is None else _packed_geometry(geometry),
        "plain": [
            series.shape, series.frames, series.files, series.transfer_syntax, series.is_volume, series.is_image,
            series.hounsfield, series.length,
        ],
        "remarks": [[one.code, one.text] for one in series.remarks],
        "windows": [_packed_window(window) for window in series.windows],
    }  # fmt: skip
    return json.dumps(head), _packed_planes(series.planes, kinds)


def unpacked(head: str, planes: str) -> Series:
    """Return the series that `packed` was given.

    Raises
    ------
    ValueError, KeyError, TypeError
        When the text is not what `packed` writes.
    """
    found = json.loads(head)
    instances = _instances(*found["instances"])
    source = Source(
        patient=Patient(*found["patient"]),
        acquisition=Acquisition(*found["acquisition"]),
        instances=instances,
        **dict(zip(_SOURCE, found["source"], strict=True)),
    )
    shape, frames, files, syntax, is_volume, is_image, hounsfield, length = found["plain"]
    return Series(
        source=source,
        geometry=found["geometry"] and _geometry(found["geometry"]),
        shape=(shape[0], shape[1], shape[2]),
        frames=frames,
        files=files,
        transfer_syntax=syntax,
        is_volume=is_volume,
        is_image=is_image,
        hounsfield=hounsfield,
        length=Length(length),
        remarks=tuple(Remark(*one) for one in found["remarks"]),
        windows=tuple(_window(*one) for one in found["windows"]),
        planes=Planes(planes, instances, tuple(map(_traits, found["kinds"]))),
    )


def _packed_instances(instances: Sequence[Instance]) -> list[Any]:
    """By columns, which are many times faster to read back than rows; what all have in common stands there once."""
    paths, uids, classes, frames = zip(*instances, strict=True)
    return [_END.join(paths), _END.join(uids), *(one[:1] if len(set(one)) == 1 else one for one in (classes, frames))]


def _instances(paths: str, uids: str, classes: list[str], frames: list[int | None]) -> tuple[Instance, ...]:
    files = paths.split(_END)
    columns = (one * len(files) if len(one) == 1 else one for one in (classes, frames))
    return tuple(map(Instance._make, zip(files, uids.split(_END), *columns, strict=True)))


def _listed(record: Patient | Acquisition) -> list[Any]:
    return [getattr(record, one.name) for one in fields(record)]


def _packed_geometry(geometry: Geometry) -> list[Any]:
    arrays = (geometry.origins_mm, geometry.row_step_mm, geometry.column_step_mm)
    return [geometry.shape, *(array.tolist() for array in arrays), geometry.frame_uid, geometry.in_patient]


def _geometry(parts: list[Any]) -> Geometry:
    shape, origins, row, column, frame_uid, in_patient = parts
    return Geometry(tuple(shape), np.array(origins), np.array(row), np.array(column), frame_uid, in_patient)


def _packed_window(window: Window) -> list[Any]:
    table = window.table and [window.table.first, window.table.bits, window.table.entries.hex()]
    return [window.centre, window.width, window.name, window.shape, table]


def _window(centre: float, width: float, name: str, shape: str, table: list[Any] | None) -> Window:
    known = Table(table[0], table[1], bytes.fromhex(table[2])) if table else None
    return Window(centre, width, name, Shape(shape), known)


def _packed_planes(planes: Sequence[Frame], kinds: Sequence[Traits]) -> str:
    places = {id(traits): k for k, traits in enumerate(kinds)}
    rows = []
    for frame in planes:
        shown = (_texts(frame.phase), _texts(frame.window))
        rows.append([places[id(frame.traits)], frame.size, *frame[4:11], *shown, frame.pixels])
    return json.dumps(rows)


def _frames(rows: list[Any], instances: tuple[Instance, ...], kinds: tuple[Traits, ...]) -> Iterator[Frame]:
    for row, instance in zip(rows, instances, strict=True):
        kind, size, number, order, position, turned, spacing, slope, intercept, phase, window, pixels = row
        yield Frame(
            instance.path, size, kinds[kind], instance.sop_uid, number, order, _tuple(position), _tuple(turned),
            (spacing[0], spacing[1]), slope, intercept, _bytes(phase), _bytes(window), _tuple(pixels),
        )  # fmt: skip


def _tuple(found: list[Any] | None) -> Any:
    return None if found is None else tuple(found)


def _texts(raw: tuple[bytes | None, ...]) -> list[str | None]:
    return [None if one is None else one.decode("latin-1") for one in raw]


def _bytes(found: list[str | None]) -> tuple[bytes | None, ...]:
    return tuple(None if one is None else one.encode("latin-1") for one in found)


def _packed_traits(traits: Traits) -> list[Any]:
    made = []
    for name in _TRAITS:
        value = getattr(traits, name)
        if isinstance(value, (Patient, Acquisition)):
            value = _listed(value)
        made.append(value.decode("latin-1") if isinstance(value, bytes) else value)
    return made


def _traits(found: list[Any]) -> Traits:
    named = dict(zip(_TRAITS, found, strict=True))
    named["patient"], named["acquisition"] = Patient(*named["patient"]), Acquisition(*named["acquisition"])
    named["length"], named["charset"] = Length(named["length"]), named["charset"].encode("latin-1")
    for name in ("image_type", "padding", "spacing_mm"):
        named[name] = _tuple(named[name])
    return Traits(**named)
