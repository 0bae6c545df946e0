"""A series without its pixels, and the studies that series make up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mo_viewer.base.remarks import Remark
from mo_viewer.dicom.frame import Frame
from mo_viewer.dicom.traits import Traits
from mo_viewer.volume.arrays import Triple
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Patient, Source
from mo_viewer.volume.volume import Length
from mo_viewer.volume.window import Window

BUDGET_BYTES = 4 * 1024**3
"""The most memory that one volume may take; a larger series is read slice by slice."""


@dataclass(frozen=True, eq=False)
class Series:
    """One series as indexing knows it.

    Parameters
    ----------
    source
        Identity, and one instance per slice in the order of `geometry`.
    geometry
        None for objects without images. `Geometry.in_patient` is False for radiographs and for images that no
        position places; such a stack is in the order of its instance numbers, and its slice steps mean nothing.
    shape
        Slices, rows, columns; zeros for objects.
    is_volume
        A stack, or a single image, that `geometry` places truly; a radiograph counts, images that share one
        position do not.
    is_image
        Whether there are pixels to show.
    hounsfield
        Whether rescaled values may be called HU.
    planes
        Header records in slice order, one per instance: all that loading needs.
    """

    source: Source
    geometry: Geometry | None
    shape: Triple
    frames: int
    files: int
    transfer_syntax: str
    is_volume: bool
    is_image: bool
    hounsfield: bool
    length: Length
    remarks: tuple[Remark, ...] = ()
    windows: tuple[Window, ...] = ()
    planes: Sequence[Frame] = ()

    @cached_property
    def key(self) -> tuple[str, str, str, str]:
        """What tells this series from all others, also where UIDs are empty or split; the same while it grows."""
        where = ""
        if not self.source.series_uid or "split" in self.codes():
            path, frame = min(((one.path, one.frame or 0) for one in self.source.instances), default=("", 0))
            where = f"{path}#{frame}"
        return self.source.patient.identity, self.source.study_uid, self.source.series_uid, where

    def with_remark(self, remark: Remark) -> "Series":
        """Return this series with one more remark."""
        return replace(self, remarks=(*self.remarks, remark))

    def with_patient(self, patient: Patient) -> "Series":
        """Return this series as one of that patient; its key stays."""
        return replace(self, source=replace(self.source, patient=patient))

    def codes(self) -> frozenset[str]:
        """The codes of the remarks."""
        return frozenset(remark.code for remark in self.remarks)


def kinds_of(planes: Sequence[Frame]) -> tuple[Traits, ...]:
    """Return the different traits of planes, in the order in which they come; planes of a kept index know theirs."""
    known: tuple[Traits, ...] | None = getattr(planes, "kinds", None)
    return tuple({id(plane.traits): plane.traits for plane in planes}.values()) if known is None else known


@dataclass(frozen=True)
class Study:
    """One examination of one patient; `date` is ISO, empty when unknown."""

    study_uid: str
    patient: Patient
    date: str
    time: str
    description: str
    series: tuple[Series, ...]


def studies(series: Iterable[Series]) -> tuple[Study, ...]:
    """Group series into studies, newest first; series by number, images before objects."""
    groups: dict[tuple[str, str], list[Series]] = {}
    for one in series:
        groups.setdefault((one.source.patient.identity, one.source.study_uid), []).append(one)
    made = [_study(uid, group) for (_, uid), group in groups.items()]
    return tuple(sorted(made, key=lambda study: (study.date, study.time, study.study_uid), reverse=True))


def _study(uid: str, group: list[Series]) -> Study:
    ordered = tuple(sorted(group, key=_order))
    first = ordered[0].source
    return Study(uid, first.patient, _date(ordered), first.time, first.study_description, ordered)


def _date(ordered: tuple[Series, ...]) -> str:
    """The date that the study bears; where no image says it, that of its earliest series."""
    borne = (traits.study_date for one in ordered for traits in kinds_of(one.planes)[:1])
    dates = (one.source.date for one in ordered if one.source.date)
    return next((date for date in borne if date), "") or min(dates, default="")


def _order(series: Series) -> tuple[bool, float, str, str]:
    number = series.source.number
    return not series.is_image, float("inf") if number is None else number, series.source.series_uid, series.key[3]
