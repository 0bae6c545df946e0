"""The JSON of findings and of a folder's content, against its schema and the contract."""

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from phantoms import OBLIQUE, grid
from written_ct import blob, document, lesion, without, write_ct

from mo_viewer.dicom.scan import scan
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Measurement
from mo_viewer.paths import bundled
from mo_viewer.report.contract import bounds_mm, centroid_mm, days_since, findings_json, scan_json, written
from mo_viewer.report.numbers import class_text
from mo_viewer.report.table import COLUMNS, csv_text
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Patient, Source

GEOMETRY = grid((9, 24, 21), (1.3, 0.7, 0.85), direction=OBLIQUE)
SOURCE = Source(Patient("9f3a5c21", id="P-17", name="Müller^Zoë"), "1.2.3", "1.2.3.4", "CT", date="2024-02-26")


def schema(name: str) -> Draft202012Validator:
    content = json.loads((bundled("resources") / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


def findings(*lesions: Lesion, injury_date: str = "2024-01-08") -> dict[str, Any]:
    return findings_json(
        document(SOURCE, *lesions, injury_date=injury_date), "mo-viewer 0.1.0", "mo_ossification 0.1.0"
    )


@pytest.fixture(scope="module")
def marked() -> Lesion:
    return lesion(blob(GEOMETRY, (4, 12, 10), (2.4, 5, 4)))


def test_findings_keep_to_their_schema(marked: Lesion) -> None:
    content = findings(marked, without(marked, "rim_hu"), Lesion("1.2.3", "bare", ()))
    schema("findings").validate(content)
    assert json.loads(written(content)) == content


def test_a_wrong_unit_breaks_the_schema(marked: Lesion) -> None:
    content = findings(marked)
    content["timepoints"][0]["lesions"][0]["measurements"]["volume"]["unit"] = "mm2"
    assert not schema("findings").is_valid(content)


def test_every_measurement_keeps_every_digit(marked: Lesion) -> None:
    said = json.loads(written(findings(marked)))["timepoints"][0]["lesions"][0]["measurements"]
    assert {name: m["value"] for name, m in said.items()} == {m.concept: m.value for m in marked.measurements}
    assert {name: m["spread"] for name, m in said.items()} == {m.concept: m.spread for m in marked.measurements}


def test_the_patient_is_not_named(marked: Lesion) -> None:
    text = written(findings(marked))
    assert "ller" not in text
    assert "P-17" not in text


def test_what_is_no_number_is_refused_by_name_and_the_json_stays_strict(marked: Lesion) -> None:
    broken = replace(
        marked, measurements=(Measurement("volume", math.nan, "mm3"), Measurement("mean_hu", 5.0, "HU", math.inf))
    )
    said = findings(broken)["timepoints"][0]["lesions"][0]
    assert list(said["measurements"]) == ["mean_hu"]
    assert said["measurements"]["mean_hu"]["spread"] is None
    assert said["refused"] == [{"name": "volume", "reason": "the result was not a finite number"}]
    assert "NaN" not in written(findings(broken))


def test_place_of_a_box_of_voxels_is_that_of_its_corners() -> None:
    geometry = Geometry.even((8, 9, 10), np.array([[0, 0, 2.0, -5], [0, 3.0, 0, 7], [4.0, 0, 0, 1], [0, 0, 0, 1]]))
    inside = np.zeros(geometry.shape, dtype=bool)
    inside[2:4, 1:3, 5:8] = True
    mask = blob(geometry, (0, 0, 0), (1, 1, 1)).trimmed(inside, (0, 0, 0), geometry)
    low, high = bounds_mm(mask)
    assert np.allclose(low, [-5 + 9, 7 + 1.5, 1 + 6])
    assert np.allclose(high, [-5 + 15, 7 + 7.5, 1 + 14])
    assert np.allclose(centroid_mm(mask), (low + high) / 2)


def test_uneven_slices_weigh_by_their_extent() -> None:
    origins = np.array([[0, 0, 0.0], [0, 0, 1.0], [0, 0, 2.0], [0, 0, 6.0]])
    geometry = Geometry((4, 3, 3), origins, np.array([0, 1.0, 0]), np.array([1.0, 0, 0]))
    inside = np.zeros((4, 3, 3), dtype=bool)
    inside[1:3, 1, 1] = True
    mask = blob(geometry, (0, 0, 0), (0.5, 0.5, 0.5)).trimmed(inside, (0, 0, 0), geometry)
    assert centroid_mm(mask)[2] == pytest.approx((1.0 * 1 + 2.5 * 2) / 3.5)


def test_registrations_and_courses_are_there_and_studies_without_lesions_too() -> None:
    empty = Document(SOURCE.patient, (Timepoint("1.2.3", "1.2.3.4"),))
    content = findings_json(empty, "mo-viewer 0.1.0", "")
    schema("findings").validate(content)
    assert (content["registrations"], content["courses"]) == ([], [])
    assert content["injury_date"] is None
    assert content["timepoints"][0]["lesions"] == []
    assert content["timepoints"][0]["days_since_injury"] is None


@pytest.mark.parametrize(
    ("injury", "study", "days"), [("2024-01-08", "2024-02-26", 49), ("", "2024-02-26", None), ("2024", "x", None)]
)
def test_days_since_injury(injury: str, study: str, days: int | None) -> None:
    assert days_since(injury, study) == days


def test_a_folder_keeps_to_its_schema(tmp_path: Path) -> None:
    write_ct(tmp_path / "ct", GEOMETRY)
    (tmp_path / "broken.dcm").write_bytes(b"nothing of ours")
    index = scan([tmp_path])
    content = scan_json(index)
    schema("scan").validate(content)
    assert content["files"] == 10
    series = content["studies"][0]["series"][0]
    assert (series["shape"], series["files"]) == ([9, 24, 21], 9)
    assert series["spacing_mm"] == pytest.approx([1.3, 0.7, 0.85], abs=1e-5)
    assert [r["code"] for r in content["refused"]] == ["not_dicom"]
    assert "ller" not in written(content)
    named = scan_json(index, names=True)["studies"][0]
    assert (named["patient_id"], named["patient_name"]) == ("P-17", "Müller^Zoë")


def test_all_shared_images_keep_to_the_schema(shared: Path) -> None:
    schema("scan").validate(scan_json(scan([shared])))


def test_a_candidate_of_the_contract_keeps_to_its_schema() -> None:
    one = {"at_mm": [1, 2, 3], "volume_mm3": 812.0, "peak_hu": 640, "score": 0.91, "kind": "phlebolith", "why": "round"}
    schema("candidates").validate({"schema": "mo-viewer/candidates/1", "candidates": [one]})
    assert not schema("candidates").is_valid({"schema": "mo-viewer/candidates/1", "candidates": [one | {"kind": "x"}]})


def test_the_table_has_a_row_for_every_number_and_every_refusal(marked: Lesion) -> None:
    content = findings(without(marked, "rim_hu"))
    rows = list(csv.DictReader(io.StringIO(csv_text(content), newline="")))
    assert tuple(rows[0]) == COLUMNS
    said = {row["name"]: row for row in rows}
    assert float(said["volume"]["value"]) == marked.measurements[0].value
    assert (said["volume"]["unit"], said["mean_hu"]["unit"]) == ("mm3", "HU")
    assert (said["rim_hu"]["value"], said["rim_hu"]["refused"][:6]) == ("", "slices")
    assert [r["notes"] for r in rows if r["name"] == "class_volume"] == [
        "hazy: 100 to 200 HU",
        "dense: 200 and more HU",
    ]
    assert len(rows) == 2 + len(marked.measurements) + 2


@given(label=st.text(max_size=40), value=st.floats(allow_nan=False, allow_infinity=False))
def test_any_label_and_number_come_back_from_the_table_and_the_json(label: str, value: float) -> None:
    one = Lesion("1.2.3", label, (), measurements=(Measurement("volume", value, "mm3", method=label),))
    content = findings(one)
    rows = list(csv.DictReader(io.StringIO(csv_text(content), newline="")))
    assert [float(row["value"]) for row in rows if row["name"] == "volume"] == [value]
    assert all(row["label"] == label for row in rows)
    assert json.loads(written(content)) == content


def test_lines_end_as_rfc_4180_asks(marked: Lesion) -> None:
    text = csv_text(findings(marked))
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")


def test_classes_in_words() -> None:
    assert class_text("hazy", 100.0, 200.0) == "hazy: 100 to 200 HU"
