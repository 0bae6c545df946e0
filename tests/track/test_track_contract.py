import json

from drawn_lesions import ball, document, lesion, registration, timepoint

from mo_viewer.findings.registration import Verdict
from mo_viewer.track.contract import courses_json, registration_json
from mo_viewer.track.course import follow

PLACE = ((0.0, 0.0, 0.0), 8.0)


def followed():
    first = timepoint("one", "2024-01-10", lesion("a", ball(PLACE), p95_hu=400.0))
    from drawn_lesions import MOVED

    second = timepoint("two", "2024-03-10", lesion("b", ball(PLACE, matrix=MOVED), p95_hu=900.0))
    return follow(document(first, second), [registration("one", "two")])


def test_courses_bear_the_names_of_the_contract():
    (course,) = courses_json(followed().courses)
    assert course["tracking_uid"] == "a"
    (event,) = course["events"]
    assert {"date", "study", "kind", "with"} <= set(event)
    assert (event["kind"], event["study"], event["date"]) == ("denser", "two", "2024-03-10")
    (found,) = course["changes"]
    assert (found["from"], found["to"], found["days"]) == ("2024-01-10", "2024-03-10", 60)
    assert (found["comparability"], found["reasons"]) == ("comparable", [])
    assert found["volume"]["category"] == "no_change"
    assert found["p95_hu"] | {"percent": 125.0} == found["p95_hu"]
    assert json.loads(json.dumps([course], allow_nan=False)) == [course]


def test_a_failed_registration_has_a_null_matrix_and_its_reason():
    made = registration_json(registration("one", "two", None, Verdict.FAILED))
    assert (made["matrix_lps"], made["verdict"], made["anchor"]) == (None, "failed", "nearest native bone")
    good = registration_json(registration("one", "two"))
    assert len(good["matrix_lps"]) == 4
    assert all(len(row) == 4 for row in good["matrix_lps"])
