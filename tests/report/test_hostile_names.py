"""Markup, script and control characters in names stay text on the page and in the PDF."""

import io

import pytest

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.contract import findings_json
from mo_viewer.report.reading import read_report
from mo_viewer.report.reading_pdf import pdf_of
from mo_viewer.report.reading_text import html_of, text_of
from mo_viewer.report.signature import UNSIGNED
from mo_viewer.report.wording import wording
from mo_viewer.volume.source import Patient

HOSTILE = "<script>alert(1)</script>\"'&<b>^</para><font size=90>{0}%s"


@pytest.fixture(scope="module")
def report():
    timepoint = Timepoint("1.2.3", "1.2.3.4", "2024-02-05", modality=HOSTILE)
    document = Document(Patient("k", HOSTILE, HOSTILE)).with_lesion(
        timepoint, Lesion("2.25.1", HOSTILE, ((0.0, 0.0, 0.0),))
    )
    return read_report(findings_json(document, HOSTILE, HOSTILE), document.patient, UNSIGNED, wording(), {})


def test_a_page_holds_no_markup_of_a_name(report) -> None:
    page = html_of(report)
    assert "&lt;script&gt;" in page
    for piece in ("<script", "<font", "</para>", "<b>^"):
        assert piece not in page


def test_a_pdf_is_made_and_shows_the_name_as_it_is(report) -> None:
    from pypdf import PdfReader

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf_of(report))).pages)
    assert "<script>alert(1)</script>" in text.replace("\n", "")
    assert "\0" not in text_of(report)
