"""Courses and registrations in the words of the contract."""

import json

from mo_viewer.findings.event import Fate, LesionEvent
from mo_viewer.findings.registration import Registration, Verdict, rows_of
from mo_viewer.report.courses import courses_json, registrations_json
from mo_viewer.report.history import history_of
from mo_viewer.track.change import Category, Change, QuantityChange
from mo_viewer.track.comparability import Comparability, Tier
from mo_viewer.track.course import Course


def tracked() -> Course:
    quantities = (
        QuantityChange("volume", Category.NO_CHANGE, 4.1, 15.0, 2.0),
        QuantityChange("p95_hu", Category.CANNOT_TELL, why=("density is not compared",)),
        QuantityChange("gap_to_bone_mm", Category.INCREASE, difference=1.5, limit=1.0, unit="mm"),
    )
    pair = Comparability(Tier.LIMITED, ("kernel differs",), ("another station",))
    change = Change("1.1", "1.2", "2024-01-10", "2024-03-10", 60, pair, quantities, "denser, not larger")
    return Course("2.25.7", (LesionEvent("2.25.7", Fate.DENSER, "1.2", "2024-03-10"),), (change,))


def test_courses_bear_the_names_of_the_contract():
    [course] = courses_json(history_of([tracked()]))
    assert (
        course["events"][0] | {"kind": "denser", "study": "1.2", "date": "2024-03-10", "with": []}
        == course["events"][0]
    )
    [found] = course["changes"]
    assert (found["from"], found["to"], found["days"], found["statement"]) == (
        "2024-01-10",
        "2024-03-10",
        60,
        "denser, not larger",
    )
    assert (found["comparability"], found["reasons"], found["notes"]) == (
        "limited",
        ["kernel differs"],
        ["another station"],
    )
    assert found["volume"] == {
        "percent": 4.1,
        "limit_percent": 15.0,
        "percent_a_month": 2.0,
        "category": "no_change",
        "why": [],
    }
    assert "percent" not in found["p95_hu"]
    assert found["gap_to_bone_mm"]["unit"] == "mm"
    assert json.loads(json.dumps([course], allow_nan=False)) == [course]


def test_a_failed_registration_has_a_null_matrix_and_its_reason():
    failed = Registration("1.1", "1.2", Verdict.FAILED, "no bone", residual_mm=float("inf"))
    import numpy as np

    good = Registration("1.1", "1.2", Verdict.GOOD, "", rows_of(np.eye(4)), residual_mm=0.1)
    first, second = registrations_json(history_of([], [failed, good]))
    assert (first["matrix_lps"], first["verdict"], first["residual_mm"]) == (None, "failed", None)
    assert (first["anchor"], first["reason"]) == ("nearest native bone", "no bone")
    assert [len(row) for row in second["matrix_lps"]] == [4, 4, 4, 4]
