"""What plugins add to reports stands in every report that people read, under their name."""

from pathlib import Path

import pytest
from phantoms import sphere_volume
from pypdf import PdfReader
from small_plugins import write_plugin

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.reading import read_lesion
from mo_viewer.plugin_host.sections import sections_of
from mo_viewer.report.export import export

CODE = """
from mo_viewer.base.faults import Refused
from mo_viewer.plugin_host.api import Paragraph, Rows
def table(document):
    lesions = [lesion for timepoint in document.timepoints for lesion in timepoint.lesions]
    yield Paragraph('Counted by <hand> & checked.')
    yield Rows(('Lesion', 'Clicks'), tuple((one.label, str(len(one.clicks_mm))) for one in lesions))
def refuse(document): raise Refused('No numbers.')
def register(registry):
    registry.add_section('clicks', 'How it was clicked', table)
    registry.add_section('empty', 'Nothing', lambda document: ())
    registry.add_section('refused', 'Refused', refuse)
    registry.add_section('bad', 'Bad', lambda document: ['text'])
    registry.add_section('short', 'Short', lambda document: [Rows(('A', 'B'), (('a',),))])
"""


@pytest.fixture
def read(tmp_path: Path) -> tuple[Host, Document]:
    write_plugin(tmp_path / "p", "mo_mine", CODE, "permissions = []", version="0.3.1")
    host = Host()
    host.load([("test", tmp_path / "p")])
    volume = sphere_volume(rim_mm=2.5)
    lesion = read_lesion(host, volume, [(-7.0, 0.0, 0.0)], Ticket(), "2.25.7", "L1")
    return host, Document(volume.source.patient).with_lesion(Timepoint.of(volume.source), lesion)


def test_a_section_that_is_empty_refused_or_wrong_is_left_out_and_the_reason_kept(read) -> None:
    host, document = read
    assert [section.title for section in sections_of(host, document)] == ["How it was clicked"]
    assert [notice.sentence for notice in host.notices] == ["No numbers."]
    assert ["Paragraph and Rows" in fault.sentence for fault in host.faults] == [True, False]
    assert "as many cells" in host.faults[1].sentence


def test_a_section_stands_in_text_page_and_pdf_with_its_maker(read, tmp_path: Path) -> None:
    host, document = read
    formats = ("txt", "html", "pdf")
    exported = export(document, {}, tmp_path / "out", formats, sections=sections_of(host, document))
    files = {path.suffix: path for path in exported.files}
    text, page = (files[suffix].read_text("utf-8") for suffix in (".txt", ".html"))
    pdf = "\n".join(sheet.extract_text() for sheet in PdfReader(files[".pdf"]).pages)
    assert "How it was clicked (mo_mine 0.3.1)" in text
    assert "Counted by <hand> & checked." in text
    assert "Counted by &lt;hand&gt; &amp; checked." in page
    for said in (text, page, pdf):
        assert said.index("How it was clicked") < said.index("L1", said.index("How it was clicked"))
        assert "Clicks" in said
    assert "Counted by <hand> & checked." in pdf
