"""Exports read back with plain pydicom, without any of the code that wrote them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from mo_viewer.report.codes import concept, concepts
from mo_viewer.volume.arrays import BoolArray, ByteArray, FloatArray

Key = tuple[str, str]
SEG_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
OWN_CONCEPTS = ("voxel_count_volume", "class_volume", "projected_area")
CHANGES_SERIES = "MO Viewer: changes since prior"
PREFIX = "MO Viewer: "
OHIF_TOOLS = "Cornerstone3DTools@"
SR_CLASSES = ("1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.34")


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a segmentation: whose it is, of which image, where it lies (LPS mm), and its voxels."""

    segment: int
    source_uid: str
    source_frame: int | None
    position_mm: FloatArray
    orientation: FloatArray
    spacing_mm: FloatArray
    inside: BoolArray


@dataclass(frozen=True, eq=False)
class Seg:
    """A segmentation: tracking UID and label by segment number, and its frames.

    `whole` is the UID of what it is a part of: our segmentations of one series are one.
    """

    uid: str
    whole: str
    header: Any
    tracking: dict[int, str]
    labels: dict[int, str]
    frames: tuple[Frame, ...]
    step_mm: float | None

    def of(self, segment: int) -> list[Frame]:
        """Return the frames of a segment."""
        return [frame for frame in self.frames if frame.segment == segment]


@dataclass(frozen=True)
class Number:
    """A number of a report: its text, its exact value, unit code, and the spread where one is given."""

    text: str
    value: float
    unit: str
    spread: float | None = None


@dataclass
class Group:
    """A measurement group of a report."""

    tracking_uid: str
    label: str
    segment: int | None
    seg_uid: str
    numbers: dict[Key, Number] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    outlines: list[FloatArray] = field(default_factory=list)
    """Closed lines, (n, 2) column and row; 0.5 is the centre of the first pixel."""
    codes: dict[tuple[str, str], Number] = field(default_factory=dict)
    """Numbers directly in the group by the code of their name."""


@dataclass(frozen=True, eq=False)
class Report:
    """A structured report and its groups in their order."""

    header: Any
    groups: tuple[Group, ...]

    @property
    def is_calipers(self) -> bool:
        """Whether its groups are lines for OHIF rather than the numbers of lesions."""
        return bool(self.groups) and all(group.label.startswith(OHIF_TOOLS) for group in self.groups)

    @property
    def is_changes(self) -> bool:
        """Whether its groups say what changed since the prior study."""
        return str(self.header.get("SeriesDescription", "")) == CHANGES_SERIES


def read_object(path: Path) -> Any:
    """Return a DICOM data set with its pixels.

    Raises
    ------
    Unreadable
        When it is none, or damaged.
    """
    from mo_viewer.dicom.library import read

    return read(io.BytesIO(path.read_bytes()), pixels=True)


def seg_of(dataset: Any) -> Seg:
    """Return the content of a segmentation; of a fractional one the voxels that are at least half inside."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    voxels = _voxels(dataset)
    frames = []
    for n, item in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        inside = voxels[n * rows * columns : (n + 1) * rows * columns].astype(bool).reshape(rows, columns)
        frames.append(_frame(item, shared, inside))
    segments = {int(s.SegmentNumber): s for s in dataset.SegmentSequence}
    step = (shared.get("PixelMeasuresSequence") or [{}])[0].get("SpacingBetweenSlices")
    uid = str(dataset.SOPInstanceUID)
    return Seg(
        uid,
        str(dataset.get("SeriesInstanceUID", "")) if is_of_this_program(dataset) else uid,
        dataset,
        {n: str(s.get("TrackingUID", "")) for n, s in segments.items()},
        {n: str(s.get("TrackingID") or s.get("SegmentLabel", "")) for n, s in segments.items()},
        tuple(frames),
        None if step is None else float(step),
    )


def is_fractional(dataset: Any) -> bool:
    """Whether a segmentation says how much of each voxel is inside, or how probably."""
    return str(dataset.get("SegmentationType", "")) == "FRACTIONAL"


def _voxels(dataset: Any) -> ByteArray:
    stored = np.frombuffer(dataset.PixelData, np.uint8)
    if is_fractional(dataset):
        half = (int(dataset.MaximumFractionalValue) + 1) // 2
        return (stored >= half).view(np.uint8)
    return np.unpackbits(stored, bitorder="little")


def joined(segs: Sequence[Seg]) -> Seg:
    """Return several segmentations as one: segments of the same tracking UID become one segment, numbered anew."""
    uids = list(dict.fromkeys(seg.tracking[number] for seg in segs for number in sorted(seg.tracking)))
    numbers = {uid: number for number, uid in enumerate(uids, 1)}
    steps = {seg.step_mm for seg in segs}
    return Seg(
        segs[0].uid,
        segs[0].whole,
        segs[0].header,
        {number: uid for uid, number in numbers.items()},
        {numbers[seg.tracking[n]]: label for seg in segs for n, label in seg.labels.items()},
        tuple(replace(frame, segment=numbers[seg.tracking[frame.segment]]) for seg in segs for frame in seg.frames),
        steps.pop() if len(steps) == 1 else None,
    )


def whole_segs(segs: Iterable[Seg]) -> list[Seg]:
    """Return segmentations of ours, those of one series as one, and those of other programs as they are."""
    series: dict[str, list[Seg]] = {}
    for seg in segs:
        series.setdefault(seg.whole, []).append(seg)
    return [several[0] if len(several) == 1 else joined(several) for several in series.values()]


def is_of_this_program(dataset: Any) -> bool:
    """Whether an object says that we wrote it."""
    return str(dataset.get("SeriesDescription", "")).startswith(PREFIX)


def series_of_segs(dataset: Any) -> list[str]:
    """Return the UIDs of the SEGs that a report names as other evidence: together they are its segmentation."""
    return [
        str(item.ReferencedSOPInstanceUID)
        for study in dataset.get("PertinentOtherEvidenceSequence", ())
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
        if item.ReferencedSOPClassUID == SEG_CLASS
    ]


def segment_of(group: Group, report: Report, segs: Mapping[str, Seg]) -> tuple[Seg, int] | None:
    """Return the segmentation and the number of a group's segment; None where a file of it is not among `segs`."""
    if group.segment is not None:
        return (segs[group.seg_uid], group.segment) if group.seg_uid in segs else None
    uids = series_of_segs(report.header)
    if not uids or not all(uid in segs for uid in uids):
        return None
    whole = joined([segs[uid] for uid in uids])
    return next(((whole, n) for n, uid in whole.tracking.items() if uid == group.tracking_uid), None)


def report_of(dataset: Any) -> Report:
    """Return the measurement groups of a structured report."""
    found = [item for item in item_tree(dataset) if item_name(item) == ("125007", "DCM")]
    return Report(dataset, tuple(_group(item) for item in found))


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of the table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(io.StringIO(file.read(), newline="")))


def read_json(path: Path) -> Any:
    """Return the JSON; NaN and Infinity are refused (ValueError)."""

    def no_constant(text: str) -> None:
        raise ValueError(f"{text} is not strict JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=no_constant)


def _frame(item: Any, shared: Any, inside: BoolArray) -> Frame:
    def numbers(group: str, attribute: str) -> FloatArray:
        return np.array((item.get(group) or shared.get(group))[0][attribute].value, dtype=np.float64)

    sources = [s for d in item.get("DerivationImageSequence", ()) for s in d.get("SourceImageSequence", ())]
    number = sources[0].get("ReferencedFrameNumber") if sources else None
    identified = item.get("SegmentIdentificationSequence") or shared.SegmentIdentificationSequence
    return Frame(
        int(identified[0].ReferencedSegmentNumber),
        str(sources[0].ReferencedSOPInstanceUID) if sources else "",
        None if number is None else int(number),
        numbers("PlanePositionSequence", "ImagePositionPatient"),
        numbers("PlaneOrientationSequence", "ImageOrientationPatient"),
        numbers("PixelMeasuresSequence", "PixelSpacing"),
        inside,
    )


def _group(item: Any) -> Group:
    texts = {item_name(c): c for c in item.ContentSequence}
    link = texts.get(("121191", "DCM"))
    made = Group(
        str(texts["112040", "DCM"].UID),
        str(texts["112039", "DCM"].TextValue),
        None if link is None else int(link.ReferencedSOPSequence[0].ReferencedSegmentNumber),
        "" if link is None else str(link.ReferencedSOPSequence[0].ReferencedSOPInstanceUID),
    )
    for child in item.ContentSequence:
        if child.ValueType == "SCOORD" and child.GraphicType == "POLYLINE":
            made.outlines.append(np.array(child.GraphicData, dtype=np.float64).reshape(-1, 2))
        if child.ValueType == "NUM":
            made.codes[item_name(child)] = number_of(child)
        numbers = [child] if child.ValueType == "NUM" else []
        numbers += [c for c in child.get("ContentSequence", ()) if child.ValueType == "TEXT" and c.ValueType == "NUM"]
        for number in numbers:
            key = measured_key(number)
            if key is not None:
                made.numbers[key] = number_of(number)
        reasons = [c for c in child.get("ContentSequence", ()) if item_name(c) == ("MOM-183", "99MOVIEW")]
        for reason in reasons:
            name, _, why = str(reason.TextValue).partition(":")
            made.refused[name] = why.removeprefix(" ")
    return made


def number_of(item: Any) -> Number:
    """Return the number of a NUM item."""
    value = item.MeasuredValueSequence[0]
    around = [c for c in item.get("ContentSequence", ()) if item_name(c) == ("371884006", "SCT")]
    unit = str(value.MeasurementUnitsCodeSequence[0].CodeValue)
    spread = None
    if around:
        own = around[0].MeasuredValueSequence[0]
        spread = float(own.FloatingPointValue)
        unit = unit if str(own.MeasurementUnitsCodeSequence[0].CodeValue) == unit else "spread in another unit"
    return Number(str(value.NumericValue), float(value.get("FloatingPointValue", value.NumericValue)), unit, spread)


def measured_key(item: Any) -> Key | None:
    """Return the contract's name of a number, by its code, derivation and method; None when it is none of ours."""
    said = {item_name(c): c for c in item.get("ContentSequence", ())}

    def value_of(name: tuple[str, str]) -> str | None:
        return str(said[name].ConceptCodeSequence[0].CodeValue) if name in said else None

    coding = (*item_name(item), value_of(("121401", "DCM")), value_of(("370129005", "SCT")))
    known = [*concepts().values(), *(concept(name) for name in OWN_CONCEPTS)]
    for one in known:
        derivation = None if one.derivation is None else one.derivation.value
        if coding == (one.code.value, one.code.scheme, derivation, one.method.value):
            detail = said.get(("MOM-186", "99MOVIEW"))
            return one.name, "" if detail is None else str(detail.TextValue)
    return None


def item_name(item: Any) -> tuple[str, str]:
    """Return code value and scheme of a content item's name; empty where it has none."""
    names = item.get("ConceptNameCodeSequence")
    return (str(names[0].CodeValue), str(names[0].CodingSchemeDesignator)) if names else ("", "")


def item_tree(item: Any) -> list[Any]:
    """Return all content items below an item, each before its own."""
    return [found for child in item.get("ContentSequence", ()) for found in (child, *item_tree(child))]
