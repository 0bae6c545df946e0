"""An export read back and held against itself and against its images, without the code that wrote it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from struct import error as StructError
from typing import Any

import numpy as np

from mo_viewer.base.faults import Fault
from mo_viewer.report.compare import caliper_differences, close, report_differences, table_differences
from mo_viewer.report.compare_more import bundle_differences, change_differences, outline_differences
from mo_viewer.report.contract import FINDINGS, Json
from mo_viewer.report.files import PART
from mo_viewer.report.images import Images
from mo_viewer.report.looked_at import look_differences, paper_differences
from mo_viewer.report.maker import quiet_libraries
from mo_viewer.report.recount import Recount, copied_differences, image_differences, recount
from mo_viewer.report.reread import (
    SEG_CLASS,
    SR_CLASSES,
    Report,
    Seg,
    read_csv,
    read_json,
    read_object,
    report_of,
    seg_of,
    whole_segs,
)

PLACE_MM = 0.01
HU = 0.01
"""Values are whole numbers or nearly; the rest is the rounding of single precision."""


_BROKEN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    Fault,
    LookupError,
    NotImplementedError,
    OSError,
    TypeError,
    ValueError,
    StructError,
)
"""What pydicom and our readers raise on files that are damaged or not of ours."""


@dataclass(frozen=True)
class Verdict:
    """What differs, a sentence each, and how many files were read."""

    differences: tuple[str, ...]
    files: int


@dataclass
class _Export:
    """The files of one export: those whose names end in the same number."""

    findings: Json | None = None
    table: list[dict[str, str]] | None = None
    bundle: Json | None = None
    segs: list[tuple[str, Seg]] = field(default_factory=list)
    reports: list[tuple[str, Report]] = field(default_factory=list)
    others: list[tuple[str, Any]] = field(default_factory=list)
    paper: bytes | None = None

    @property
    def headers(self) -> list[tuple[str, Any]]:
        """Name and header of each of its DICOM objects."""
        segs = [(name, seg.header) for name, seg in self.segs]
        return [*segs, *((name, report.header) for name, report in self.reports), *self.others]

    @property
    def own(self) -> set[str]:
        """SOP Instance UIDs of its objects."""
        return {str(header.SOPInstanceUID) for _, header in self.headers if "SOPInstanceUID" in header}


def verify(folder: Path, images: Sequence[Path] | None = None) -> Verdict:
    """Read every file of an export folder and compare them with one another and with the images.

    Voxel counts, volumes, places and HU are counted anew from the SEG and, where they are given, the images.

    Parameters
    ----------
    folder
        Of one or several exports.
    images
        Folders, files or zips that hold the images; without them only the export itself is compared.
    """
    quiet_libraries()
    found: list[str] = []
    exports: dict[str, _Export] = {}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    read = 0
    for path in files:
        if path.name.endswith(PART):
            found.append(f"{path.name}: it was never finished.")
            continue
        try:
            read += _take(path, exports.setdefault(_number(path), _Export()))
        except _BROKEN as error:
            found.append(f"{path.name}: it cannot be read ({type(error).__name__}).")
    if not read:
        found.append("There is no export in this folder.")
    known = None if images is None else Images(images)
    for export in exports.values():
        bare = [name for name, header in export.headers if "SOPInstanceUID" not in header]
        found += [f"{name}: it has no SOP Instance UID." for name in bare]
        try:
            for difference in _differences(export, known):
                found.append(difference)
        except _BROKEN as error:
            found.append(f"{_name(export)}: it holds what cannot be compared ({type(error).__name__}).")
    return Verdict(tuple(dict.fromkeys(found)), read)


def _name(export: _Export) -> str:
    return next((name for name, _ in export.headers), "The export")


def _number(path: Path) -> str:
    match = re.search(r"-(\d+)$", path.stem)
    return match.group(1) if match and not re.search(r"^\d{4}-\d\d-\d\d$", path.stem) else "1"


def _take(path: Path, export: _Export) -> int:
    if path.suffix == ".json":
        content = read_json(path)
        if content.get("schema") == FINDINGS:
            export.findings = content
            return 1
        if content.get("resourceType") == "Bundle":
            export.bundle = content
            return 1
    elif path.suffix == ".csv":
        export.table = read_csv(path)
        return 1
    elif path.suffix == ".dcm":
        dataset = read_object(path)
        _converted(dataset)
        if dataset.SOPClassUID == SEG_CLASS:
            export.segs.append((path.name, seg_of(dataset)))
            return 1
        if dataset.SOPClassUID in SR_CLASSES:
            export.reports.append((path.name, report_of(dataset)))
            return 1
        export.others.append((path.name, dataset))
        return 1
    elif path.suffix == ".pdf":
        export.paper = path.read_bytes()
        return 1
    return 0


def _converted(dataset: Any) -> None:
    """Ask for every value, as pydicom converts it then: what is damaged shows here and nowhere later."""
    from pydicom.errors import BytesLengthException

    try:
        for _ in dataset.iterall():
            pass
    except BytesLengthException as error:
        raise ValueError("a value is cut short") from error


def _differences(export: _Export, images: Images | None) -> Iterator[str]:
    if export.table is not None and export.findings is not None:
        yield from table_differences(export.table, export.findings)
    if export.bundle is not None and export.findings is not None:
        yield from bundle_differences(export.bundle, export.findings)
    lesions, own = _lesions(export.findings), export.own
    for name, seg in export.segs:
        if images is not None:
            yield from (f"{name}: {text}" for text in image_differences(seg, images))
            yield from copied_differences(seg.header, images, name)
    names = {seg.uid: name for name, seg in export.segs}
    for seg in whole_segs(seg for _, seg in export.segs):
        yield from (f"{names[seg.uid]}: {text}" for text in _seg_differences(seg, lesions, export, images))
    for name, header in export.others:
        yield from paper_differences(header, export.paper, name)
        if images is not None:
            yield from look_differences(header, own, images, name)
    for name, report in export.reports:
        if images is not None:
            yield from copied_differences(report.header, images, name)
        yield from (f"{name}: {text}" for text in _report_differences(report, export))


def _lesions(findings: Json | None) -> dict[tuple[str, str], Json]:
    return {
        (timepoint["study_uid"], lesion["tracking_uid"]): lesion
        for timepoint in (findings or {}).get("timepoints", ())
        for lesion in timepoint["lesions"]
    }


def _seg_differences(
    seg: Seg, lesions: dict[tuple[str, str], Json], export: _Export, images: Images | None
) -> Iterator[str]:
    study = str(seg.header.get("StudyInstanceUID", ""))
    for segment, tracking_uid in seg.tracking.items():
        label = seg.labels[segment]
        if not seg.of(segment):
            yield f"{label}: the segment has no voxels."
            continue
        counted = recount(seg, segment, images)
        if export.findings is not None:
            lesion = lesions.get((study, tracking_uid))
            if lesion is None:
                yield f"{label}: the findings lack this lesion."
            else:
                yield from _lesion_differences(label, counted, lesion)
        for _, report in export.reports:
            for group in report.groups:
                if group.tracking_uid == tracking_uid and group.seg_uid == seg.uid:
                    stated = {key[0]: number.value for key, number in group.numbers.items()}
                    yield from _stated(f"{label}, in the structured report", counted, stated)
        rows = [r for r in export.table or () if r["tracking_uid"] == tracking_uid and r["study_uid"] == study]
        stated = {r["name"]: float(r["value"]) for r in rows if r["value"] and r["name"] != "class_volume"}
        yield from _stated(f"{label}, in the table", counted, stated)


def _lesion_differences(label: str, counted: Recount, lesion: Json) -> Iterator[str]:
    stated = {name: measured["value"] for name, measured in lesion["measurements"].items()}
    stated |= {"mask_voxels": lesion["mask_voxels"], "mask_volume": lesion["mask_volume_mm3"]}
    yield from _stated(f"{label}, in the findings", counted, stated)
    centroid = lesion["centroid_mm"]
    if centroid is not None and np.abs(counted.centroid_mm - np.array(centroid)).max() > PLACE_MM:
        yield f"{label}: the voxels lie round {_point(counted.centroid_mm)} mm, the findings say {_point(centroid)}."
    box = lesion["bbox_mm"]
    at = lesion["centroid_mm"]
    if (
        box is not None
        and at is not None
        and not all(lo <= c <= hi for lo, c, hi in zip(box[0], at, box[1], strict=True))
    ):
        yield f"{label}: the centroid lies outside its own box."


def _stated(where: str, counted: Recount, stated: dict[str, float]) -> Iterator[str]:
    """Yield what a file states otherwise than it was counted."""
    if "mask_voxels" in stated and stated["mask_voxels"] != counted.voxels:
        yield f"{where}: {stated['mask_voxels']:g} voxels, {counted.voxels} were counted."
    volume = stated.get("mask_volume")
    if volume and counted.volume_mm3 is not None and not close(volume, counted.volume_mm3):
        yield f"{where}: mask_volume {volume:.2f} mm3, {counted.volume_mm3:.2f} was counted."
    for name, value in counted.hu.items():
        if name in stated and abs(stated[name] - value) > HU:
            yield f"{where}: {name} {stated[name]:.2f} HU, {value:.2f} was counted."
    yield from _mean_differences(where, counted, stated)


def _mean_differences(where: str, counted: Recount, stated: dict[str, float]) -> Iterator[str]:
    """Yield where the mean is neither that of content over size nor that of the voxels."""
    known = [stated.get(name) for name in ("mean_hu", "background_hu", "mineral_content", "volume")]
    mean, background, content, size = known
    if mean is None or "voxel_mean_hu" not in counted.hu:
        return
    right = [counted.hu["voxel_mean_hu"]]
    if background is not None and content is not None and size:
        right.append(background + content / size)
    if all(abs(mean - value) > HU for value in right):
        yield f"{where}: mean_hu {mean:.2f} HU, {right[-1]:.2f} was counted."


def _report_differences(report: Report, export: _Export) -> Iterator[str]:
    segs = {seg.uid: seg for _, seg in export.segs}
    for group in report.groups:
        if group.segment is None:
            continue
        seg = segs.get(group.seg_uid)
        if seg is None:
            yield f"{group.label}: the SEG that it refers to is not in the export."
        elif seg.tracking.get(group.segment) != group.tracking_uid:
            yield f"{group.label}: segment {group.segment} has another tracking UID."
    if export.findings is not None:
        study = str(report.header.get("StudyInstanceUID", ""))
        known: list[Any] = [t["lesions"] for t in export.findings["timepoints"] if t["study_uid"] == study]
        if report.is_changes:
            yield from change_differences(report, export.findings)
        elif known:
            yield from outline_differences(report, known[0])
            differences = caliper_differences if report.is_calipers else report_differences
            yield from differences(report, known[0])
        else:
            yield "the findings lack its study."


def _point(point: Any) -> str:
    return "[" + ", ".join(f"{c:.2f}" for c in point) + "]"
