"""Findings back in: our own reports without loss, and what other programs drew as lesions to start from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from mo_viewer.base.faults import Fault, Unreadable
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.mark import ImageRef
from mo_viewer.report.compare import report_differences
from mo_viewer.report.contract import findings_json
from mo_viewer.report.foreign import frame_points, mask_of_contours, mask_of_segment, series_for, structures_of
from mo_viewer.report.foreign_sr import areas_of, place
from mo_viewer.report.history import NO_HISTORY, History
from mo_viewer.report.kept import Kept, kept_in
from mo_viewer.report.maker import quiet_libraries
from mo_viewer.report.reread import (
    PREFIX,
    SEG_CLASS,
    SR_CLASSES,
    Report,
    Seg,
    is_fractional,
    is_of_this_program,
    report_of,
    seg_of,
    segment_of,
    series_of_segs,
    whole_segs,
)
from mo_viewer.report.told import told_lesions
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.source import Patient, Source

RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
Read = TypeVar("Read")
OURS = f"{PREFIX}measurements"
_WRONG = (AttributeError, KeyError, IndexError, TypeError, ValueError, NotImplementedError, EOFError)
"""What pydicom raises on objects that lack what they should have."""


_WORDS = {"label": "name", "mask": "contour", "surface": "contour", "clicks_mm": "marked point", "laterality": "side"}


@dataclass(frozen=True, eq=False)
class Conflict:
    """Two versions of one lesion that a person must choose between; None where one side has none."""

    study_uid: str
    tracking_uid: str
    what: str
    kept: Lesion | None
    other: Lesion | None


@dataclass(frozen=True, eq=False)
class Starting:
    """Something that another program drew, as a lesion without measurements on one of our series."""

    lesion: Lesion
    source: Source
    made_by: str

    @property
    def study_uid(self) -> str:
        """Study of the series."""
        return self.source.study_uid


@dataclass(frozen=True, eq=False)
class ReadIn:
    """What was found of one patient; `remarks` say what could not be read, or not without loss."""

    document: Document
    history: History = NO_HISTORY
    starting: tuple[Starting, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    remarks: tuple[str, ...] = ()


def read_in(series: Sequence[Series]) -> tuple[ReadIn, ...]:
    """Return the findings in structured reports, segmentations and contours among some series, a patient each.

    Nothing is merged: what two objects say differently about one lesion is a conflict.

    Parameters
    ----------
    series
        As `mo_viewer.dicom.scan.scan` finds them: the objects, and the images they belong to. Our own reports come
        back without their images too, those of others do not.
    """
    quiet_libraries()
    patients: dict[str, list[Series]] = {}
    for one in series:
        patients.setdefault(one.source.patient.key, []).append(one)
    found = [_Patient(several).read() for several in patients.values()]
    return tuple(one for one in found if one.document.timepoints or one.starting or one.remarks)


def conflicts_with(stored: Document, found: Document) -> tuple[Conflict, ...]:
    """Return the lesions that the store and an import have otherwise than each other, and those that one lacks."""
    conflicts = []
    for timepoint in found.timepoints:
        known = stored.timepoint(timepoint.study_uid)
        for lesion in timepoint.lesions:
            here = None if known is None else known.lesion(lesion.tracking_uid)
            if known is not None and here is None:
                what = f"{lesion.label} is in the report, but not among the saved findings of its study."
                conflicts.append(Conflict(timepoint.study_uid, lesion.tracking_uid, what, None, lesion))
            elif here is not None and here != lesion:
                what = f"{lesion.label}: the report says otherwise about {', '.join(_fields_apart(here, lesion))}."
                conflicts.append(Conflict(timepoint.study_uid, lesion.tracking_uid, what, here, lesion))
        for lesion in () if known is None else known.lesions:
            if timepoint.lesion(lesion.tracking_uid) is None:
                what = f"{lesion.label} is saved, but not in the report."
                conflicts.append(Conflict(timepoint.study_uid, lesion.tracking_uid, what, lesion, None))
    return tuple(conflicts)


def _fields_apart(one: Lesion, other: Lesion) -> list[str]:
    from dataclasses import fields

    apart = [f.name for f in fields(one) if getattr(one, f.name) != getattr(other, f.name)]
    return list(dict.fromkeys(_WORDS.get(name, name.replace("_", " ")) for name in apart))


class _Patient:
    """One patient's objects while they are read."""

    def __init__(self, series: Sequence[Series]) -> None:
        self.patient: Patient = series[0].source.patient
        self.images = [s for s in series if s.is_image]
        self.objects = [s for s in series if not s.is_image]
        self.remarks: list[str] = []
        self.conflicts: list[Conflict] = []
        self.history = NO_HISTORY

    def read(self) -> ReadIn:
        """Return what this patient's objects say."""
        datasets = list(self._datasets())
        ours = [d for d in datasets if self._tried("A report", partial(_is_ours, d), False)]
        reports: list[Any] = self._tried("A report", partial(_latest, ours), [])
        segs = {seg.uid: seg for d in datasets if (seg := self._seg(d)) is not None}
        document = Document(self.patient)
        for dataset in reports:
            kept: Kept | None = self._tried("A report", partial(self._report, dataset, segs), None)
            if kept is not None:
                document = replace(document.with_timepoint(kept.timepoint), injury_date=kept.injury_date)
                self.history = kept.history if kept.history != NO_HISTORY else self.history
        said = self.history
        document = replace(document, events=said.events, registrations=said.registrations, judged=said.judged)
        own = self._tried("A report", partial(_seg_uids, ours), frozenset[str]())
        starting: list[Starting] = []
        for seg in whole_segs(seg for uid, seg in segs.items() if uid not in own):
            starting += self._tried("A segmentation", partial(self._segments, seg), [])
        for dataset in datasets:
            if self._tried("An object", partial(_is_structures, dataset), False):
                starting += self._tried("A structure set", partial(self._structures, dataset), [])
            elif self._tried("A report", partial(_is_report_of_others, dataset), False):
                starting += self._tried("A report", partial(self._areas, dataset), [])
        return ReadIn(document, self.history, tuple(starting), tuple(self.conflicts), tuple(self.remarks))

    def _tried(self, what: str, work: Callable[[], Read], otherwise: Read) -> Read:
        """One broken object must not keep the others from being read."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the libraries raise whatever a foreign object makes them stumble over
            self.remarks.append(f"{what} lacks what it should have ({type(error).__name__}).")
            return otherwise

    def _datasets(self) -> Iterator[Any]:
        from mo_viewer.dicom.header import read_dataset

        for series in self.objects:
            for instance in series.source.instances:
                if instance.sop_class not in (*SR_CLASSES, SEG_CLASS, RTSTRUCT_CLASS):
                    continue
                try:
                    dataset = read_dataset(instance, pixels=True)
                except Unreadable as fault:
                    self.remarks.append(f"An object of series {series.source.number} cannot be read. {fault}")
                    continue
                if self._tried("An object", partial(_identity, dataset), ""):
                    yield dataset

    def _seg(self, dataset: Any) -> Seg | None:
        if not self._tried("An object", partial(_is_segmentation, dataset), False):
            return None
        return self._tried("A segmentation", lambda: self._uncompressed(dataset), None)

    def _uncompressed(self, dataset: Any) -> Seg | None:
        known = dataset.get("SegmentationType") == "BINARY" or is_fractional(dataset)
        if not known or dataset.file_meta.TransferSyntaxUID.is_compressed:
            self.remarks.append("A segmentation that is neither binary nor fractional, or compressed, was passed over.")
            return None
        if is_fractional(dataset):
            self.remarks.append("Of a segmentation with fractions, the voxels that are at least half inside were read.")
        return seg_of(dataset)

    def _report(self, dataset: Any, segs: dict[str, Seg]) -> Kept | None:
        report = report_of(dataset)
        kept = self._kept(dataset, report)
        if kept is None:
            kept = self._told(dataset, report, segs)
        if kept is not None:
            self._compare_voxels(kept.timepoint, report, segs)
        return kept

    def _kept(self, dataset: Any, report: Report) -> Kept | None:
        """The findings as they were kept, when the report openly says the same."""
        try:
            kept = kept_in(dataset)
        except Unreadable as fault:
            self.remarks.append(str(fault))
            return None
        if kept is None:
            return None
        if kept.timepoint.study_uid != str(dataset.StudyInstanceUID):
            self.remarks.append("A report was moved to another study; what it says openly was read.")
            return None
        known = findings_json(Document(self.patient, (kept.timepoint,)), "", "")["timepoints"][0]["lesions"]
        apart = list(report_differences(report, known))
        if apart:
            self.remarks.append(f"A report was altered by another program, so what it says openly was read: {apart[0]}")
            return None
        return kept

    def _told(self, dataset: Any, report: Report, segs: dict[str, Seg]) -> Kept | None:
        """The findings as the report tells them openly: no surfaces, voxels from the SEG."""
        try:
            lesions, injury_date = told_lesions(dataset)
        except _WRONG as error:
            self.remarks.append(f"A structured report lacks what it should have ({error}).")
            return None
        groups = {group.tracking_uid: group for group in report.groups}
        series: Series | None = None
        made = []
        for lesion in lesions:
            group = groups[lesion.tracking_uid]
            segment = segment_of(group, report, segs)
            if segment is None:
                self.remarks.append(f"{lesion.label}: its segmentation is not here.")
                made.append(lesion)
                continue
            found = self._placed(*segment)
            series = series if found is None else found[0]
            made.append(lesion if found is None else replace(lesion, mask=found[1], image=_image(*found)))
        timepoint = self._timepoint(dataset, series)
        self.remarks.append("Surfaces were not in a report; they come back when lesions are marked again.")
        return Kept(replace(timepoint, lesions=tuple(made)), injury_date)

    def _timepoint(self, dataset: Any, series: Series | None) -> Timepoint:
        if series is not None:
            return Timepoint.of(series.source)
        day = str(dataset.get("StudyDate", ""))
        date = f"{day[:4]}-{day[4:6]}-{day[6:8]}" if len(day) == 8 else ""
        return Timepoint(str(dataset.StudyInstanceUID), "", date)

    def _compare_voxels(self, timepoint: Timepoint, report: Report, segs: dict[str, Seg]) -> None:
        for group in report.groups:
            lesion, segment = timepoint.lesion(group.tracking_uid), segment_of(group, report, segs)
            if lesion is None or segment is None or lesion.mask is None:
                continue
            there = mask_of_segment(*segment, lesion.mask.geometry)
            if there != Mask.trimmed(lesion.mask.inside, lesion.mask.corner, lesion.mask.geometry):
                what = f"{lesion.label}: the contour of the segmentation is not that of its report."
                other = Lesion(lesion.tracking_uid, lesion.label, (), there, site=lesion.site, image=lesion.image)
                self.conflicts.append(Conflict(timepoint.study_uid, lesion.tracking_uid, what, lesion, other))

    def _placed(self, seg: Seg, number: int) -> tuple[Series, Mask] | None:
        frames = seg.of(number)
        if not frames or not any(frame.inside.any() for frame in frames):
            return None
        points = np.concatenate([frame_points(frame) for frame in frames])
        series = series_for(str(seg.header.get("FrameOfReferenceUID", "")), points, self.images)
        if series is None or series.geometry is None:
            return None
        return series, mask_of_segment(seg, number, series.geometry)

    def _segments(self, seg: Seg) -> list[Starting]:
        starting = []
        for number, label in seg.labels.items():
            found = self._placed(seg, number)
            if found is None:
                self.remarks.append(f"{label}: no image lies where this segment is.")
            else:
                starting.append(self._starting(label, seg.tracking[number], *found, _maker(seg.header)))
        return starting

    def _structures(self, dataset: Any) -> list[Starting]:
        starting = []
        for name, frame_uid, contours in structures_of(dataset):
            points = np.concatenate([contour.points_mm for contour in contours])
            series = series_for(frame_uid, points, self.images)
            if series is None or series.geometry is None:
                self.remarks.append(f"{name}: no image lies where these contours are.")
            else:
                mask = mask_of_contours(contours, series.geometry)
                starting.append(self._starting(name, "", series, mask, _maker(dataset)))
        return starting

    def _areas(self, dataset: Any) -> list[Starting]:
        starting = []
        for area in areas_of(dataset):
            found = place(area, self.images)
            if found is None:
                self.remarks.append(f"{area.label}: the image that this outline is drawn on is not here.")
            elif found[1].voxels:
                starting.append(self._starting(area.label, area.tracking_uid, *found, _maker(dataset)))
        return starting

    def _starting(self, label: str, uid: str, series: Series, mask: Mask, maker: str) -> Starting:
        from pydicom.uid import generate_uid

        lesion = Lesion(uid or str(generate_uid(prefix=None)), label, (), mask, image=_image(series, mask))
        return Starting(lesion, series.source, maker)


def _image(series: Series, mask: Mask) -> ImageRef:
    return ImageRef.of(series.source, mask.corner[0])


def _maker(dataset: Any) -> str:
    said = (str(dataset.get(key, "") or "").strip() for key in ("Manufacturer", "ManufacturerModelName"))
    return " ".join(filter(None, said)) or "an unnamed program"


def _identity(dataset: Any) -> str:
    return f"{dataset.SOPClassUID} {dataset.SOPInstanceUID}"


def _is_ours(dataset: Any) -> bool:
    return dataset.get("SOPClassUID") in SR_CLASSES and str(dataset.get("SeriesDescription", "")) == OURS


def _is_segmentation(dataset: Any) -> bool:
    return bool(dataset.get("SOPClassUID") == SEG_CLASS)


def _is_structures(dataset: Any) -> bool:
    return bool(dataset.get("SOPClassUID") == RTSTRUCT_CLASS)


def _is_report_of_others(dataset: Any) -> bool:
    return dataset.get("SOPClassUID") in SR_CLASSES and not is_of_this_program(dataset)


def _seg_uids(reports: Sequence[Any]) -> frozenset[str]:
    named = {group.seg_uid for dataset in reports for group in report_of(dataset).groups if group.seg_uid}
    return frozenset(named.union(*(series_of_segs(dataset) for dataset in reports)))


def _latest(reports: Sequence[Any]) -> list[Any]:
    """One report a study: the one that no other replaces, the newest of several."""
    replaced = {
        str(item.ReferencedSOPInstanceUID)
        for report in reports
        for study in report.get("PredecessorDocumentsSequence", ())
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    standing: dict[str, Any] = {}
    for report in sorted(reports, key=lambda r: (str(r.get("ContentDate", "")), str(r.get("ContentTime", "")))):
        if str(report.SOPInstanceUID) not in replaced:
            standing[str(report.StudyInstanceUID)] = report
    return list(standing.values())


def read_paths(paths: Sequence[Path]) -> tuple[ReadIn, ...]:
    """Return the findings in and below some paths; see `read_in`.

    Raises
    ------
    Fault
        When nothing there can be read.
    """
    from mo_viewer.dicom.scan import scan

    index = scan(paths)
    if not index.series:
        raise Fault("No DICOM object was found there.")
    return read_in(index.series)
