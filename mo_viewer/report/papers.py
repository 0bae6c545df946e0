"""Files about all studies of a patient: table, JSON, FHIR, and the report that a person reads."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from mo_viewer.findings.document import Document
from mo_viewer.report.captures import build_pdf
from mo_viewer.report.compare import table_differences
from mo_viewer.report.contract import Json, written
from mo_viewer.report.fhir import fhir_bundle
from mo_viewer.report.files import Planned, study_stem
from mo_viewer.report.headers import Headers
from mo_viewer.report.maker import Maker
from mo_viewer.report.objects import built_or_said, planned_object
from mo_viewer.report.reading import Reading, Section, read_report
from mo_viewer.report.reading_lesion import Keys
from mo_viewer.report.reread import read_csv, read_json
from mo_viewer.report.table import csv_text
from mo_viewer.report.wording import wording

READ_BY_PEOPLE = ("pdf", "txt", "html")


def plan_papers(
    findings: Json,
    document: Document,
    keys: Keys,
    formats: Sequence[str],
    latest: Headers | None,
    maker: Maker,
    remarks: list[str],
    sections: tuple[Section, ...] = (),
) -> Iterator[Planned]:
    """Yield the patient's files; what cannot be written becomes a remark.

    Parameters
    ----------
    findings, document
        The same findings, as JSON and as they are kept.
    keys
        Key pictures.
    formats
        Those asked for; the others are passed over.
    latest
        Headers of the latest study whose images are open: the PDF is filed there as a DICOM object too.
    maker, remarks
        Who made it; where to say what was left out.
    sections
        What plugins add to the report that people read.
    """
    if set(READ_BY_PEOPLE) & set(formats):
        report = read_report(findings, document.patient, maker.standing, wording(), keys, sections)
        yield from _report(report, formats, latest, maker, remarks)
    if "csv" in formats:
        yield _text("measurements", ".csv", csv_text(findings), lambda path: _csv_differences(findings, path))
    if "json" in formats:
        yield _json("findings", findings)
    if "fhir" in formats:
        if document.patient.id:
            sent = datetime.now().astimezone().isoformat(timespec="seconds")
            yield _json("fhir", fhir_bundle(findings, document.patient, maker.standing, maker, sent))
        else:
            remarks.append("No FHIR bundle: the images name no patient ID, so nobody could tell whose it is.")


def _report(
    report: Reading, formats: Sequence[str], latest: Headers | None, maker: Maker, remarks: list[str]
) -> Iterator[Planned]:
    from mo_viewer.report.reading_text import html_of, text_of

    if "txt" in formats:
        yield _text("report", ".txt", text_of(report))
    if "html" in formats:
        yield _text("report", ".html", html_of(report))
    if "pdf" not in formats:
        return
    from mo_viewer.report.reading_pdf import pdf_of

    pdf = pdf_of(report)
    yield _bytes("report", ".pdf", pdf)
    if latest is None:
        return
    header = latest.slices[0].header
    built = built_or_said(lambda: build_pdf(pdf, latest, report.title, maker), "Report", "encapsulated PDF", remarks)
    if built is not None:
        day = str(latest.original["StudyDate"].value) if "StudyDate" in latest.original else ""
        date = f"{day[:4]}-{day[4:6]}-{day[6:8]}" if len(day) == 8 and day.isdigit() else ""
        yield planned_object(f"{study_stem(str(header.StudyInstanceUID), date)}_pdf", built)


def _json(stem: str, content: Json) -> Planned:
    text = written(content)

    def differences(path: Path) -> list[str]:
        return [] if read_json(path) == content else ["What is in it is not what was written."]

    return _text(stem, ".json", text, differences)


def _text(stem: str, suffix: str, text: str, differences: Callable[[Path], list[str]] | None = None) -> Planned:
    return _bytes(stem, suffix, text.encode("utf-8"), differences)


def _bytes(stem: str, suffix: str, data: bytes, differences: Callable[[Path], list[str]] | None = None) -> Planned:
    return Planned(stem, suffix, partial(_write, data), differences or partial(_bytes_differences, data))


def _write(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def _bytes_differences(data: bytes, path: Path) -> list[str]:
    return [] if path.read_bytes() == data else ["What is in it is not what was written."]


def _csv_differences(findings: Json, path: Path) -> list[str]:
    return list(table_differences(read_csv(path), findings))
