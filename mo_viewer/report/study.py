"""The DICOM objects of one study: built, written, read back and held against what was meant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Refused, Unwritable
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.calipers import Caliper, build_calipers, calipers
from mo_viewer.report.compare import caliper_differences, dataset_difference, report_differences
from mo_viewer.report.contract import Json
from mo_viewer.report.files import Planned, study_stem
from mo_viewer.report.groups import When
from mo_viewer.report.headers import Headers, read_headers
from mo_viewer.report.maker import Maker
from mo_viewer.report.numbers import uncoded
from mo_viewer.report.reread import read_object, report_of
from mo_viewer.report.seg import build_seg, slices_of
from mo_viewer.report.seg_check import mask_differences
from mo_viewer.report.sr import build_sr
from mo_viewer.volume.source import Source


@dataclass(frozen=True)
class StudyExport:
    """What is to be written of one study.

    `lesions` all have voxels; `known` is the study in the findings JSON.
    """

    timepoint: Timepoint
    lesions: Sequence[Lesion]
    source: Source | None
    known: Sequence[Json]
    when: When
    colours: Mapping[str, str]
    maker: Maker

    @property
    def name(self) -> str:
        """How remarks call the study."""
        return self.timepoint.date or "Undated study"


def plan_study(study: StudyExport, formats: Sequence[str], remarks: list[str]) -> Iterator[Planned]:
    """Yield the study's files: SEG, SR, and the SR with calipers; what cannot be written becomes a remark.

    Raises
    ------
    Refused
        When nothing of the study can be written as DICOM; the sentence says why.
    """
    drawn = calipers(study.lesions) if "sr" in formats else []
    headers = _headers(study, [one.axes.slice_index for one in drawn])
    stem = study_stem(study.timepoint.study_uid, study.timepoint.date)
    seg = None
    lacking = _lacking(study, headers)
    if lacking:
        remarks.append(
            f"{study.name}: the images name no {lacking}, so no DICOM SEG can be written; the SR holds the outlines "
            "instead."
        )
    elif "seg" in formats:
        marked = headers.only(slices_of(study.lesions))
        seg = _built(lambda: build_seg(study.lesions, marked, study.colours, study.maker), study, "SEG", remarks)
        if seg is not None:
            remarks.extend(_skewed(study))
            differences = partial(_seg_differences, seg, study.lesions, marked)
            yield Planned(f"{stem}_seg", ".dcm", partial(_write, seg), differences)
    if "sr" in formats:
        yield from _reports(study, stem, headers, seg, drawn, remarks)


def _reports(
    study: StudyExport, stem: str, headers: Headers, seg: Any | None, drawn: Sequence[Caliper], remarks: list[str]
) -> Iterator[Planned]:
    remarks.extend(
        f"{lesion.label}: {name} has no code and is not in the SR."
        for lesion in study.lesions
        for name in uncoded(lesion)
    )
    modality, maker = study.timepoint.modality, study.maker
    marked = headers.only(slices_of(study.lesions))
    report = _built(lambda: build_sr(study.lesions, marked, seg, study.when, modality, maker), study, "SR", remarks)
    if report is not None:
        yield Planned(f"{stem}_sr", ".dcm", partial(_write, report), partial(_report_differences, report, study.known))
    if not drawn:
        return
    axes = headers.only(one.axes.slice_index for one in drawn)
    lines = _built(lambda: build_calipers(drawn, axes, study.when, modality, maker), study, "SR of axes", remarks)
    if lines is not None:
        yield Planned(f"{stem}_axes", ".dcm", partial(_write, lines), partial(_line_differences, lines, study.known))


def _headers(study: StudyExport, more: Sequence[int]) -> Headers:
    if study.source is None:
        raise Refused("The series that was measured is not open.", "Open its images and export again.")
    grids = [lesion.mask.geometry for lesion in study.lesions if lesion.mask is not None]
    if not grids[0].in_patient:
        raise Refused("A projection image has no place in the patient for a segmentation.")
    if any(grid.shape != grids[0].shape for grid in grids) or len(study.source.instances) != grids[0].shape[0]:
        raise Refused("The lesions were not marked on the images of this series.")
    return read_headers(study.source, grids[0], [*slices_of(study.lesions), *more])


def _lacking(study: StudyExport, headers: Headers) -> str:
    """What a segmentation cannot do without; the thickness only where there is no distance of slices."""
    mask = study.lesions[0].mask
    if not headers.slices[0].header.get("FrameOfReferenceUID"):
        return "frame of reference"
    alone = mask is not None and mask.geometry.shape[0] == 1
    return "slice thickness" if alone and headers.thickness_mm is None else ""


def _skewed(study: StudyExport) -> Iterator[str]:
    mask = study.lesions[0].mask
    if mask is None or mask.geometry.shape[0] == 1 or (mask.geometry.is_even and not mask.geometry.is_sheared):
        return
    tilted = "the gantry was tilted, so slices are shifted against each other"
    why = tilted if mask.geometry.is_sheared else "the slices are not evenly spaced"
    yield (
        f"{study.name}: {why}. The SEG is right frame by frame; programs that need a straight, even grid (3D Slicer, "
        "MITK) show it displaced."
    )


def _built(build: Callable[[], Any], study: StudyExport, what: str, remarks: list[str]) -> Any | None:
    """Build an object with highdicom; what it refuses becomes a remark that keeps the attribute's name."""
    try:
        return build()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        remarks.append(f"{study.name}: no DICOM {what}, because the headers do not allow it ({_first_line(error)}).")
        return None


def _write(built: Any, path: Path) -> None:
    from pydicom.errors import BytesLengthException

    try:
        with path.open("wb") as file:
            built.save_as(file, enforce_file_format=True)
    except (AttributeError, KeyError, TypeError, ValueError, BytesLengthException) as error:
        raise Unwritable(f"A DICOM attribute cannot be written: {_first_line(error)}", detail=repr(error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]


def _seg_differences(seg: Any, lesions: Sequence[Lesion], headers: Headers, path: Path) -> list[str]:
    read = read_object(path)
    difference = dataset_difference(seg, read)
    return [difference] if difference else mask_differences(read, lesions, headers)


def _report_differences(report: Any, known: Sequence[Json], path: Path) -> list[str]:
    read = read_object(path)
    difference = dataset_difference(report, read)
    return [difference] if difference else list(report_differences(report_of(read), known))


def _line_differences(lines: Any, known: Sequence[Json], path: Path) -> list[str]:
    read = read_object(path)
    difference = dataset_difference(lines, read)
    return [difference] if difference else list(caliper_differences(report_of(read), known))
