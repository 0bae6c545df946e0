"""What the reader measured by hand, in report, table and JSON, with unit and image; nothing where there is none."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from phantoms import OBLIQUE, grid
from pypdf import PdfReader
from test_contract import schema
from written_ct import blob, document, lesion, write_ct

from mo_viewer.dicom.load import load
from mo_viewer.dicom.scan import scan
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.measure.marks import statistics_inside
from mo_viewer.report.export import WITHOUT_LESION, Exported, export
from mo_viewer.report.reader_marks import MarkReader, marks_table
from mo_viewer.report.reread import read_json
from mo_viewer.report.verify import verify
from mo_viewer.report.wording import wording
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.volume import Length

GEOMETRY = grid((6, 22, 19), (2.0, 0.7, 0.85), direction=OBLIQUE)
FORMATS = ("sr", "seg", "gsps", "pdf", "csv", "json", "txt", "html")
SQUARE = [(2.7, 3.6), (2.7, 9.6), (6.7, 9.6), (6.7, 3.6)]


def mark(n: int, kind: MarkKind, at: list[tuple[float, ...]], series: Series, k: int, label: str = "") -> Mark:
    """A mark through (row, column) places of slice `k`, or through (slice, row, column) places."""
    index = np.array([place if len(place) == 3 else (k, *place) for place in at], dtype=float)
    image = ImageRef(series.source.series_uid, series.source.instances[k].sop_uid)
    assert series.geometry is not None
    points = tuple(tuple(map(float, point)) for point in series.geometry.points_mm(index))
    return Mark(f"2.25.{n}", kind, points, image, label=label)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Exported, Series, Document]:
    """A study with a lesion and marks, and a later one with a single mark and no lesion."""
    folder = tmp_path_factory.mktemp("own")
    stored = np.random.default_rng(3).integers(900, 2300, GEOMETRY.shape).astype(np.int16)
    write_ct(folder / "ct" / "one", GEOMETRY, stored)
    write_ct(folder / "ct" / "later", GEOMETRY, changes={"StudyDate": "20240501", "SeriesNumber": 8})
    known = {one.source.instances[0].path.split("/")[-2]: one for one in scan([folder / "ct"]).series}
    one, later = known["one"], known["later"]
    findings = document(one.source, lesion(blob(GEOMETRY, (3, 10, 9), (1.4, 4, 5)), stored))
    for own in (
        mark(1, MarkKind.LENGTH, [(3, 4), (3, 10)], one, 1, "Gap to femur"),
        mark(2, MarkKind.ANGLE, [(3, 4), (3, 10), (9, 10)], one, 1),
        mark(3, MarkKind.RECTANGLE, SQUARE, one, 2, "Muscle"),
        mark(4, MarkKind.POLYGON, [(1.0, 3, 4), (3.0, 3, 10), (3.0, 9, 10)], one, 1, "across slices"),
        mark(5, MarkKind.PROBE, [(3, 4)], one, 1),
        mark(6, MarkKind.ARROW, [(3, 4), (8, 9)], one, 1, "here <b>"),
    ):
        findings = findings.with_mark(findings.timepoints[0], own)
    findings = findings.with_mark(
        Timepoint.of(later.source), mark(7, MarkKind.BIDIRECTIONAL, [(3, 4), (3, 10), (1, 7), (5, 7)], later, 4)
    )
    sources = {one.source.series_uid: one.source}
    done = export(findings, sources, folder / "out", FORMATS, series=tuple(known.values()))
    return folder, done, one, findings


def rows(folder: Path) -> list[dict[str, str]]:
    text = (folder / "out" / "measurements.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def text_of_pdf(folder: Path) -> tuple[int, str]:
    pdf = PdfReader(folder / "out" / "report.pdf")
    return len(pdf.pages), " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_the_csv_has_a_row_for_every_value_of_a_mark(made: tuple[Path, Exported, Series, Document]) -> None:
    folder, _, one, _ = made
    found = {(row["label"], row["name"]): row for row in rows(folder) if row["name"].startswith("mark_")}
    length = found["Gap to femur", "mark_length"]
    assert float(length["value"]) == pytest.approx(6 * 0.85)
    assert (length["unit"], length["date"], length["series_uid"]) == ("mm", "2024-02-26", one.source.series_uid)
    assert length["notes"] == "series 3, image 5; length calibration: patient"
    assert length["method"] == "drawn by the reader: length"
    assert length["tracking_uid"] == ""
    assert float(found["", "mark_angle"]["value"]) == pytest.approx(90)
    inside = statistics_inside(made[3].timepoints[0].marks[2], load(one), 2)
    assert float(found["Muscle", "mark_area"]["value"]) == pytest.approx(6 * 0.85 * 4 * 0.7)
    assert float(found["Muscle", "mark_mean"]["value"]) == inside.mean
    assert float(found["Muscle", "mark_sd"]["value"]) == inside.sd
    assert (found["Muscle", "mark_mean"]["unit"], found["Muscle", "mark_count"]["value"]) == (
        "HU",
        str(float(inside.count)),
    )
    assert "interpolated between slices" in found["across slices", "mark_mean"]["notes"]
    late = [row for row in rows(folder) if row["date"] == "2024-05-01"]
    assert [(row["name"], row["notes"][:17]) for row in late] == [
        ("mark_long_axis", "series 8, image 2"),
        ("mark_short_axis", "series 8, image 2"),
    ]


def test_the_report_has_a_table_of_them_on_its_one_page(made: tuple[Path, Exported, Series, Document]) -> None:
    folder, done, _, _ = made
    count, words = text_of_pdf(folder)
    assert count == 1
    texts = [words, " ".join((folder / "out" / "report.txt").read_text("utf-8").split())]
    for text in texts:
        for said in ("Reader's measurements", "Gap to femur", "5.1 mm", "90.0°", "Muscle", "14.3 mm²", "HU (SD)",
                     "series 3, image 4", "series 8, image 2", "5.1 × 2.8 mm", "here <b>", "2024-05-01"):  # fmt: skip
            assert said in text, said
    page = (folder / "out" / "report.html").read_text("utf-8")
    assert "Reader&#x27;s measurements" in page
    assert "here &lt;b&gt;" in page
    assert done.remarks == ()


def test_the_json_keeps_its_schema_and_the_export_is_read_back(made: tuple[Path, Exported, Series, Document]) -> None:
    folder = made[0]
    content = read_json(folder / "out" / "findings.json")
    schema("findings").validate(content)
    assert [len(timepoint["marks"]) for timepoint in content["timepoints"]] == [6, 1]
    assert verify(folder / "out", [folder / "ct"]).differences == ()


def test_other_programs_take_the_export(
    made: tuple[Path, Exported, Series, Document], failures: Callable[[Path, Path], list[str]]
) -> None:
    assert failures(made[0] / "out", made[0] / "ct") == []


def test_without_marks_nothing_speaks_of_them(made: tuple[Path, Exported, Series, Document], tmp_path: Path) -> None:
    _, _, one, findings = made
    bare = findings.without_mark(findings.timepoints[1].study_uid, "2.25.7")
    bare = bare.with_timepoint(replace(bare.timepoints[0], marks=()))
    export(bare, {one.source.series_uid: one.source}, tmp_path / "out", FORMATS, series=(one,))
    assert "Reader's measurements" not in text_of_pdf(tmp_path)[1]
    assert "Reader's measurements" not in (tmp_path / "out" / "report.txt").read_text("utf-8")
    assert not [row for row in rows(tmp_path) if row["name"].startswith("mark_")]
    assert "marks" not in read_json(tmp_path / "out" / "findings.json")["timepoints"][0]


def test_marks_whose_images_are_away_are_named_without_a_value(
    made: tuple[Path, Exported, Series, Document], tmp_path: Path
) -> None:
    _, _, one, findings = made
    done = export(findings, {one.source.series_uid: one.source}, tmp_path / "out", ("csv", "txt"), series=(one,))
    assert len(done.remarks) == 1
    assert done.remarks[0] == (
        "2024-05-01: 1 of the reader's measurements have no value in report and tables. Its images are not at hand."
    )
    late = [row for row in rows(tmp_path) if row["date"] == "2024-05-01"]
    assert [(row["name"], row["refused"]) for row in late] == [("mark_bidirectional", "Its images are not at hand.")]
    assert "Its images are not at hand." in (tmp_path / "out" / "report.txt").read_text("utf-8")


def test_a_full_page_makes_room_for_a_few_by_smaller_pictures_and_curves(
    made: tuple[Path, Exported, Series, Document], tmp_path: Path
) -> None:
    _, _, one, findings = made
    sources = {one.source.series_uid: one.source}
    pages = []
    for n in range(100, 160):
        drawn = mark(n, MarkKind.LENGTH, [(3, 4), (3, 10)], one, 1, f"Line {n}")
        findings = findings.with_mark(findings.timepoints[0], drawn)
        if n < 104:
            continue
        done = export(findings, sources, tmp_path / str(n), ("pdf",), series=(one,))
        pdf = PdfReader(next(path for path in done.files if path.name == "report.pdf"))
        pages.append((len(pdf.pages), _height(pdf)))
        if pages[-1][0] > 1:
            break
    singles = [height for count, height in pages if count == 1]
    assert singles[-1] < singles[0] * 0.8
    assert pages[-1][0] == 2
    assert pages[-1][1] == singles[0]


def _height(pdf: PdfReader) -> float:
    """How high the key picture stands on the first page, points."""
    content = pdf.pages[0].get_contents().get_data().decode("latin-1")
    return max(float(found) for found in re.findall(r"(\S+) 0 0 \S+ \S+ \S+ cm\s+/FormXob", content))


def test_many_marks_go_on_on_further_pages(made: tuple[Path, Exported, Series, Document], tmp_path: Path) -> None:
    _, _, one, findings = made
    for n in range(100, 160):
        drawn = mark(n, MarkKind.LENGTH, [(3, 4), (3, 10)], one, 1, f"Line {n}")
        findings = findings.with_mark(findings.timepoints[0], drawn)
    export(findings, {one.source.series_uid: one.source}, tmp_path / "out", ("pdf",), series=(one,))
    count, words = text_of_pdf(tmp_path)
    assert count > 1
    assert all(f"Line {n}" in words for n in range(100, 160))


@pytest.mark.parametrize(
    ("length", "known_mm", "value", "unit", "state", "said"),
    [
        (Length.DETECTOR, None, 40.0, "mm", "detector", "40.0 mm at detector"),
        (Length.UNKNOWN, None, 40.0, "mm", "unknown", "40.0 mm, calibration unknown"),
        (Length.NONE, None, 40.0, "px", "none", "40.0 px"),
        (Length.DETECTOR, 25.0, 100.0, "mm", "reader", "100.0 mm by the reader's calibration line"),
    ],
)
def test_on_a_radiograph_lengths_say_what_their_unit_is(
    made: tuple[Path, Exported, Series, Document],
    length: Length,
    known_mm: float | None,
    value: float,
    unit: str,
    state: str,
    said: str,
) -> None:
    one = made[2]
    whole = one.geometry
    assert whole is not None
    flat = Geometry(whole.shape, whole.origins_mm, np.array((0, 1.0, 0)), np.array((1.0, 0, 0)), "", in_patient=False)
    film = replace(one, geometry=flat, length=length)
    image = ImageRef(one.source.series_uid, one.source.instances[0].sop_uid)
    own = Mark("2.25.1", MarkKind.LENGTH, ((0.0, 5.0, 5.0), (0.0, 5.0, 45.0)), image, in_patient=False)
    line = Mark("2.25.2", MarkKind.CALIBRATION, ((0.0, 0.0, 0.0), (0.0, 10.0, 0.0)), image, in_patient=False)
    marks = (own,) if known_mm is None else (own, replace(line, known_mm=known_mm))
    timepoint = replace(Timepoint.of(one.source), marks=marks)
    told = MarkReader((film,)).marks_json(timepoint)
    assert told[0]["values"] == [{"name": "length", "value": value, "unit": unit}]
    assert told[0]["length_calibration"] == state
    table = marks_table({"timepoints": [{"date": "2024-02-26", "marks": told}]}, wording())
    assert table is not None
    assert table.rows[0][2] == said
    if known_mm is not None:
        assert told[1]["values"] == [{"name": "true_length", "value": known_mm, "unit": "mm"}]


def test_measurements_without_a_lesion_are_exported(
    made: tuple[Path, Exported, Series, Document],
    tmp_path: Path,
    failures: Callable[[Path, Path], list[str]],
) -> None:
    folder, _, one, findings = made
    bare = findings.with_timepoint(replace(findings.timepoints[0], lesions=()))
    done = export(bare, {one.source.series_uid: one.source}, tmp_path / "out", (*FORMATS, "fhir", "kos"), series=(one,))
    names = sorted(path.name.rpartition("_")[2] for path in done.files)
    assert set(names) == {
        "findings.json", "gsps.dcm", "measurements.csv", "pdf.dcm", "report.html", "report.pdf", "report.txt"
    }  # fmt: skip
    assert WITHOUT_LESION in done.remarks
    count, words = text_of_pdf(tmp_path)
    assert count == 1
    assert "Gap to femur" in words
    assert {row["tracking_uid"] for row in rows(tmp_path)} == {""}
    assert float(next(row for row in rows(tmp_path) if row["name"] == "mark_length")["value"]) == pytest.approx(5.1)
    content = read_json(tmp_path / "out" / "findings.json")
    schema("findings").validate(content)
    assert [timepoint["lesions"] for timepoint in content["timepoints"]] == [[], []]
    assert verify(tmp_path / "out", [folder / "ct"]).differences == ()
    no_lesion = ("no structured report", "no segmentation")
    assert [told for told in failures(tmp_path / "out", folder / "ct") if not told.endswith(no_lesion)] == []
