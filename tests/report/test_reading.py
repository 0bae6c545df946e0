"""The report that a person reads: the same words as PDF, text and HTML, one page for one lesion and three studies."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from phantoms import grid
from pypdf import PdfReader
from written_ct import blob, document, lesion, without, write_ct

from mo_viewer.base.units import shown
from mo_viewer.findings.document import Document
from mo_viewer.findings.measurement import Measurement, Refusal
from mo_viewer.report.contract import findings_json
from mo_viewer.report.export import export
from mo_viewer.report.history import history_in
from mo_viewer.report.reading_lesion import _named, _value, rule_row, typeset
from mo_viewer.report.signature import UNSIGNED, Reader, Standing, State
from mo_viewer.report.wording import wording
from mo_viewer.volume.source import Source

GEOMETRY = grid((9, 30, 27), (1.3, 0.7, 0.85))
DATES = ("2024-02-05", "2024-03-11", "2024-08-05")
Send = Callable[..., Path]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, dict[str, Source]]:
    """One lesion in three studies, growing by a tenth each time."""
    folder, sources = tmp_path_factory.mktemp("reading"), {}
    first = without(lesion(blob(GEOMETRY, (4, 12, 11), (3.4, 5, 6))), "rim_hu")
    findings = None
    for n, date in enumerate(DATES):
        source = replace(write_ct(folder / str(n), GEOMETRY), date=date)
        sources[source.series_uid] = source
        grown = tuple(replace(m, value=m.value * (1 + n / 10)) for m in first.measurements)
        one = document(source, replace(first, measurements=grown))
        findings = one if findings is None else findings.with_timepoint(one.timepoints[0])
    assert findings is not None
    return findings, sources


@pytest.fixture
def send(tmp_path: Path, course: tuple[Document, dict[str, Source]]) -> Send:
    def written(findings: Document = course[0], standing: Standing = UNSIGNED) -> Path:
        history = history_in(findings)
        export(findings, course[1], tmp_path, ("pdf", "txt", "html"), history=history, standing=standing)
        return tmp_path

    return written


def pages(folder: Path) -> list[str]:
    pdf = PdfReader(io.BytesIO((folder / "report.pdf").read_bytes()))
    return [page.extract_text() for page in pdf.pages]


class Words(HTMLParser):
    """The words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        """One run of text."""
        self.found.append(data)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_one_lesion_and_three_studies_fit_one_page(send: Send) -> None:
    (page,) = pages(send())
    for words in (*DATES, "Zoë Müller", "PRELIMINARY", "What this report does not claim", "Page 1 of 1"):
        assert words in plain(page)


def test_pdf_text_and_html_say_the_same_numbers(send: Send) -> None:
    folder = send()
    parser = Words()
    parser.feed((folder / "report.html").read_text("utf-8"))
    texts = [plain(" ".join(pages(folder))), plain(" ".join(parser.found))]
    texts.append(plain((folder / "report.txt").read_text("utf-8")))
    for number in ("49 HU", "thicker than 1.5 mm", "Maturity grade", "0.35–0.70"):
        held = [number in text for text in texts]
        assert held[1:] == [held[0]] * 2
    lines = (folder / "report.txt").read_text("utf-8").splitlines()
    (size,) = [line for line in lines if line.startswith("Whole-lesion volume")]
    for value in re.findall(r"\d+\.\d+", size):
        assert all(value in text for text in texts)


def test_calcified_volume_and_contact_with_bone_stand_in_the_table(
    send: Send, course: tuple[Document, dict[str, Source]]
) -> None:
    findings = course[0]
    contact = Measurement("bone_contact_mm2", 42.0, "mm2", 13.0)
    for timepoint in findings.timepoints:
        old = timepoint.lesions[0]
        others = tuple(m for m in old.measurements if m.concept != contact.concept)
        findings = findings.with_lesion(timepoint, replace(old, measurements=(*others, contact)))
    (page,) = pages(send(findings))
    found = findings.timepoints[0].lesions[0].measured("dense_volume")
    assert found is not None
    assert re.search(rf"Calcified volume, cm³ {shown(found.value, 'mm3', found.spread)}", plain(page))
    assert "Contact with bone, mm² 42 ± 13 42 ± 13 42 ± 13" in plain(page).replace("\u00a0", " ")


def test_what_could_not_be_assessed_and_the_rules_are_there(send: Send) -> None:
    text = plain(pages(send())[0])
    assert "slices of 5.0 mm are thicker than 1.5 mm" in text
    assert "grade 3–4 of 4, immature to mature ossification" in text
    assert "0.35–0.70" in text
    assert "all limits are provisional" in text


def test_a_film_has_no_slices_in_the_name_of_its_axes() -> None:
    lesion_there = {"measurements": {"long_axis_mm": {"unit": "mm"}, "short_axis_mm": {"unit": "mm"}}}
    film, ct = {"length_calibration": "detector"}, {"length_calibration": "patient"}
    assert _named("long_axis_mm", [(film, lesion_there)], wording()) == "Long axis, mm"
    assert _named("short_axis_mm", [(film, lesion_there)], wording()) == "Short axis, mm"
    assert _named("long_axis_mm", [(film, lesion_there), (ct, lesion_there)], wording()) == "Long axis in slice, mm"


def test_what_many_measurements_lack_for_one_reason_is_one_short_line(
    send: Send, course: tuple[Document, dict[str, Source]]
) -> None:
    reason, concepts = "the images are not in Hounsfield units", ("core_hu", "rim_hu", "mean_hu", "p95_hu", "max_hu")
    findings = course[0]
    for timepoint in findings.timepoints:
        bare = replace(timepoint.lesions[0], refused=())
        for name in concepts:
            bare = without(bare, name, reason)
        findings = findings.with_lesion(timepoint, bare)
    text = (send(findings) / "report.txt").read_text("utf-8")
    assert f"Core density and 4 others, {', '.join(DATES)}: {reason}" in plain(text)
    assert "Maximum density, " not in plain(text)


@pytest.mark.parametrize(
    ("state", "words"), [(State.FINAL, "FINAL: signed by Ada Weiß"), (State.AMENDED, "AMENDED: replaces an earlier")]
)
def test_a_signature_stands_at_the_top(send: Send, state: State, words: str) -> None:
    reader = Reader("Ada Weiß", "Klinik Nord")
    assert words in plain(pages(send(standing=Standing(state, reader, "2024-09-01T10:00:00+02:00")))[0])


def test_letters_without_a_shape_are_counted_and_the_text_keeps_them(
    send: Send, course: tuple[Document, dict[str, Source]]
) -> None:
    renamed = course[0]
    for timepoint in course[0].timepoints:
        renamed = renamed.with_lesion(timepoint, replace(timepoint.lesions[0], label="Βλάβη 骨化 <b>"))
    folder = send(renamed)
    page = plain(" ".join(pages(folder)))
    assert "Βλάβη □□ <b>" in page
    assert "letters have no shape" in page
    assert "Βλάβη 骨化 <b>" in (folder / "report.txt").read_text("utf-8")
    assert "Βλάβη 骨化 &lt;b&gt;" in (folder / "report.html").read_text("utf-8")


def test_volumes_in_sentences_are_in_cm_raised_to_3_for_people_and_in_ascii_for_programs(send: Send, course) -> None:
    doubt = "drawn round separate fragments (stretched tightly round them all: 1.25 cm3)"
    last = course[0].timepoints[-1]
    one = last.lesions[0]
    doubted = tuple(replace(m, warnings=(doubt,)) if m.concept == "volume" else m for m in one.measurements)
    refusals = (Refusal("rim_hu", "a part of 30 mm3 is too small"),)
    findings = course[0].with_lesion(last, replace(one, measurements=doubted, refused=refusals))
    folder = send(findings)
    said = [plain(" ".join(pages(folder)))]
    said += [(folder / name).read_text("utf-8") for name in ("report.txt", "report.html")]
    for text in said:
        assert "1.25 cm³)" in text
        assert "a part of 0.03 cm³ is too small" in text
        assert not re.search(r"[cm]m[23]\b", text)
    written = findings_json(findings, "", "", history_in(findings))["timepoints"][-1]["lesions"][0]
    assert written["measurements"]["volume"]["warnings"] == [doubt]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("-4 %", "−4 %"),
        ("2024-03-11", "2024-03-11"),
        ("0.35-0.70", "0.35–0.70"),
        (">= 0.70", "≥ 0.70"),
        ("index < -0.3", "index < −0.3"),
        ("a-3", "a-3"),
    ],
)
def test_signs_are_those_of_print(text: str, printed: str) -> None:
    assert typeset(text) == printed


def test_a_rule_shows_the_number_that_its_measurement_has_in_the_table() -> None:
    rule = {"rule": "R1", "title": "no mineral", "value": 21234.0, "limit": "< 10 mm3", "met": False}
    rule |= {"basis": "", "provisional": False}
    dense = {"dense_volume": {"value": 21234.0, "unit": "mm3", "spread": 8300.0}}
    _, value, limit, *_ = rule_row(rule, dense, wording())
    assert (value, limit) == ("21 cm³", "< 0.01 cm³")
    assert rule_row(rule, {}, wording())[1] == "21234"


def test_a_rule_bears_no_unit_of_another_measurement_that_is_nothing_too() -> None:
    rule = {"rule": "R7", "title": "rim closed", "value": 0.0, "limit": ">= 0.8", "met": False}
    rule |= {"basis": "", "provisional": False}
    contact = {"value": 0.0, "unit": "mm2", "spread": 5.0}
    coverage = {"value": 0.0, "unit": "1", "spread": 0.05}
    row = rule_row(rule, {"bone_contact_mm2": contact, "rim_coverage": coverage}, wording())
    assert row[:3] == ("Rim closed", "0 %", "≥ 80 %")
    rule |= {"limit": "<= 3 mm2"}
    assert rule_row(rule, {"bone_contact_mm2": contact, "rim_coverage": coverage}, wording())[1:3] == (
        "0 mm²",
        "≤ 3 mm²",
    )
    assert rule_row(rule | {"limit": "<= 3 d"}, {"a": contact, "rim_coverage": coverage}, wording())[1] == "0"


@pytest.mark.parametrize(("spread", "text"), [(0.0, "0"), (5.0, "0\u00a0±\u00a05"), (None, "0")])
def test_a_number_without_doubt_bears_no_interval(spread: float | None, text: str) -> None:
    contact = {"value": 0.0, "unit": "mm2", "spread": spread, "warnings": []}
    assert _value({"measurements": {"bone_contact_mm2": contact}}, "bone_contact_mm2") == text


def test_a_rule_that_could_not_be_judged_says_why_in_place_of_its_result() -> None:
    rule = {"rule": "R7", "title": "closed rim", "value": 0.0, "limit": ">= 0.90", "met": None}
    rule |= {"basis": "", "provisional": False}
    coverage = {"rim_coverage": {"value": 0.0, "unit": "1", "spread": 0.05}}
    assert rule_row(rule, coverage, wording())[3] == "not judged"
    why = "cannot be judged at slices of 5 mm"
    assert rule_row(rule | {"reason": why}, coverage, wording())[1:4] == ("0 %", "≥ 90 %", why)
