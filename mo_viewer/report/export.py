"""Findings out of the house: DICOM SEG and SR for each study, CSV and JSON for all, read back before it is said."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mo_viewer import __version__
from mo_viewer.base.faults import Fault, Misuse, Refused, Unwritable
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.compare import dataset_difference, report_differences, table_differences
from mo_viewer.report.contract import Json, days_since, findings_json, written
from mo_viewer.report.files import Planned, study_stem, write_all
from mo_viewer.report.groups import When
from mo_viewer.report.headers import Headers, read_headers
from mo_viewer.report.maker import Maker, quiet_highdicom
from mo_viewer.report.numbers import uncoded
from mo_viewer.report.reread import read_csv, read_json, read_object, report_of
from mo_viewer.report.seg import build_seg, slices_of
from mo_viewer.report.seg_check import mask_differences
from mo_viewer.report.sr import build_sr
from mo_viewer.report.table import csv_text
from mo_viewer.volume.source import Source

FORMATS = ("sr", "seg", "csv", "json")


@dataclass(frozen=True)
class Exported:
    """Files that were written, read back and found right; and a sentence for everything that was left out."""

    files: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def export(
    document: Document,
    sources: Mapping[str, Source],
    folder: Path,
    formats: Sequence[str] = FORMATS,
    ticket: Ticket | None = None,
    software: str = f"mo-viewer {__version__}",
    plugin: str = "",
) -> Exported:
    """Write a patient's findings into a folder.

    All files get their names together, after each was read back and compared; when anything fails, none is
    there. Files of an earlier export stay as they are: new ones stand beside them, numbered.

    Parameters
    ----------
    document
        What is to be written.
    sources
        The series that the timepoints were measured in, by series UID.
    folder
        Made when it is not there.
    formats
        Of `FORMATS`.
    ticket
        Progress and cancellation.
    software, plugin
        Name and version of what made the findings.

    Raises
    ------
    Misuse
        When a format is not known.
    Refused
        When there is no lesion.
    Unwritable
        When a file cannot be written, or differs when read back; the attribute is named.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise Misuse(f"There is no export format {unknown[0]!r}.", f"Known are {', '.join(FORMATS)}.")
    if not any(timepoint.lesions for timepoint in document.timepoints):
        raise Refused("There is no lesion to export.")
    quiet_highdicom()
    ticket = ticket or Ticket()
    remarks: list[str] = []
    findings = findings_json(document, software, plugin)
    planned = list(_studies(document, sources, formats, findings, Maker(software, plugin), remarks, ticket))
    if "csv" in formats:
        planned.append(
            Planned("measurements", ".csv", partial(_write_text, csv_text(findings)), partial(_csv_read, findings))
        )
    if "json" in formats:
        planned.append(
            Planned("findings", ".json", partial(_write_text, written(findings)), partial(_json_read, findings))
        )
    files = write_all(folder, planned, lambda done, name: ticket.progress(done, len(planned), f"Writing {name}"))
    ticket.progress(len(planned), len(planned), "Exported")
    return Exported(files, tuple(remarks))


def _studies(
    document: Document,
    sources: Mapping[str, Source],
    formats: Sequence[str],
    findings: Json,
    maker: Maker,
    remarks: list[str],
    ticket: Ticket,
) -> Iterator[Planned]:
    if not {"sr", "seg"} & set(formats):
        return
    for order, timepoint in enumerate(document.timepoints, 1):
        ticket.check()
        lesions = list(_with_voxels(timepoint, remarks))
        if not lesions:
            continue
        when = When(order, timepoint.date, days_since(document.injury_date, timepoint.date))
        colours = {lesion.tracking_uid: lesion_colour(document, lesion.tracking_uid) for lesion in lesions}
        try:
            yield from _study(timepoint, lesions, sources, formats, findings, when, colours, maker, remarks)
        except Fault as fault:
            if isinstance(fault, Unwritable):
                raise
            remarks.append(f"{timepoint.date or 'Undated study'}: no DICOM SEG and SR. {fault}")


def _study(
    timepoint: Timepoint,
    lesions: Sequence[Lesion],
    sources: Mapping[str, Source],
    formats: Sequence[str],
    findings: Json,
    when: When,
    colours: Mapping[str, str],
    maker: Maker,
    remarks: list[str],
) -> Iterator[Planned]:
    headers = _headers(timepoint, lesions, sources)
    remarks.extend(
        f"{lesion.label}: {name} has no code and is not in the SR." for lesion in lesions for name in uncoded(lesion)
    )
    stem = study_stem(timepoint.study_uid, timepoint.date)
    seg = None
    with_frame = bool(headers.slices[0].header.get("FrameOfReferenceUID"))
    if with_frame:
        seg = _named(lambda: build_seg(lesions, headers, colours, maker))
    else:
        remarks.append(
            f"{timepoint.date or 'Undated study'}: the images name no frame of reference, so no DICOM SEG can be "
            "written; the SR holds the outlines instead."
        )
    if seg is not None and "seg" in formats:
        remarks.extend(_skewed(timepoint, lesions[0]))
        yield Planned(f"{stem}_seg", ".dcm", partial(_write_dicom, seg), partial(_seg_read, seg, lesions, headers))
    if "sr" in formats:
        shown = seg if "seg" in formats else None
        report = _named(lambda: build_sr(lesions, headers, shown, when, timepoint.modality, maker))
        known = next(t["lesions"] for t in findings["timepoints"] if t["study_uid"] == timepoint.study_uid)
        yield Planned(f"{stem}_sr", ".dcm", partial(_write_dicom, report), partial(_sr_read, report, known))


def _headers(timepoint: Timepoint, lesions: Sequence[Lesion], sources: Mapping[str, Source]) -> Headers:
    source = sources.get(timepoint.series_uid)
    if source is None:
        raise Refused("The series that was measured is not open.", "Open its images and export again.")
    grids = [lesion.mask.geometry for lesion in lesions if lesion.mask is not None]
    if not grids[0].in_patient:
        raise Refused("A projection image has no place in the patient for a segmentation.")
    if any(grid.shape != grids[0].shape for grid in grids) or len(source.instances) != grids[0].shape[0]:
        raise Refused("The lesions were not marked on the images of this series.")
    return read_headers(source, grids[0], slices_of(lesions))


def _skewed(timepoint: Timepoint, lesion: Lesion) -> Iterator[str]:
    geometry = None if lesion.mask is None else lesion.mask.geometry
    if geometry is None or geometry.shape[0] == 1 or (geometry.is_even and not geometry.is_sheared):
        return
    tilted = "the gantry was tilted, so slices are shifted against each other"
    why = tilted if geometry.is_sheared else "the slices are not evenly spaced"
    yield (
        f"{timepoint.date or 'Undated study'}: {why}. The SEG is right frame by frame; programs that need a "
        "straight, even grid (3D Slicer, MITK) show it displaced."
    )


def _with_voxels(timepoint: Timepoint, remarks: list[str]) -> Iterator[Lesion]:
    for lesion in timepoint.lesions:
        if lesion.mask is None or lesion.mask.voxels == 0:
            remarks.append(f"{lesion.label}: it has no voxels, so it is in no DICOM SEG and SR.")
        else:
            yield lesion


def _named(build: Callable[[], Any]) -> Any:
    """Build an object with highdicom; what it refuses becomes a sentence that keeps the attribute's name."""
    try:
        return build()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Refused(f"These headers do not allow it ({_first_line(error)}).", detail=repr(error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]


def _write_dicom(built: Any, path: Path) -> None:
    from pydicom.errors import BytesLengthException

    try:
        with path.open("wb") as file:
            built.save_as(file, enforce_file_format=True)
    except (AttributeError, KeyError, TypeError, ValueError, BytesLengthException) as error:
        raise Unwritable(f"A DICOM attribute cannot be written: {_first_line(error)}", detail=repr(error)) from error


def _write_text(text: str, path: Path) -> None:
    path.write_bytes(text.encode("utf-8"))


def _seg_read(seg: Any, lesions: Sequence[Lesion], headers: Headers, path: Path) -> list[str]:
    read = read_object(path)
    difference = dataset_difference(seg, read)
    return [difference] if difference else mask_differences(read, lesions, headers)


def _sr_read(report: Any, lesions: Sequence[Json], path: Path) -> list[str]:
    read = read_object(path)
    difference = dataset_difference(report, read)
    return [difference] if difference else list(report_differences(report_of(read), lesions))


def _csv_read(findings: Json, path: Path) -> list[str]:
    return list(table_differences(read_csv(path), findings))


def _json_read(findings: Json, path: Path) -> list[str]:
    return [] if read_json(path) == findings else ["The findings in it are not those that were written."]
