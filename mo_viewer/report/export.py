"""Findings out of the house: DICOM SEG and SR for each study, CSV and JSON for all, read back before it is said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mo_viewer import __version__
from mo_viewer.base.faults import Misuse, Refused, Unreadable
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.colours import lesion_colour
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.compare import table_differences
from mo_viewer.report.contract import Json, days_since, findings_json, written
from mo_viewer.report.files import Planned, write_all
from mo_viewer.report.groups import When
from mo_viewer.report.maker import Maker, quiet_libraries
from mo_viewer.report.reread import read_csv, read_json
from mo_viewer.report.study import StudyExport, plan_study
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
    quiet_libraries()
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
        ticket.progress(0, 0, "Building DICOM objects")
        lesions = tuple(_with_voxels(timepoint, remarks))
        if not lesions:
            continue
        study = StudyExport(
            timepoint,
            lesions,
            sources.get(timepoint.series_uid),
            findings["timepoints"][order - 1]["lesions"],
            When(order, timepoint.date, days_since(document.injury_date, timepoint.date)),
            {lesion.tracking_uid: lesion_colour(document, lesion.tracking_uid) for lesion in lesions},
            maker,
        )
        try:
            yield from plan_study(study, formats, remarks)
        except (Refused, Unreadable) as fault:
            remarks.append(f"{study.name}: no DICOM SEG and SR. {fault}")


def _with_voxels(timepoint: Timepoint, remarks: list[str]) -> Iterator[Lesion]:
    for lesion in timepoint.lesions:
        if lesion.mask is None or lesion.mask.voxels == 0:
            remarks.append(f"{lesion.label}: it has no voxels, so it is in no DICOM SEG and SR.")
        else:
            yield lesion


def _write_text(text: str, path: Path) -> None:
    path.write_bytes(text.encode("utf-8"))


def _csv_read(findings: Json, path: Path) -> list[str]:
    return list(table_differences(read_csv(path), findings))


def _json_read(findings: Json, path: Path) -> list[str]:
    return [] if read_json(path) == findings else ["The findings in it are not those that were written."]
