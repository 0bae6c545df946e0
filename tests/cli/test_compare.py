"""``mo-viewer compare`` on serial phantoms: what the contract says, on files."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest
from jsonschema import Draft202012Validator
from told_courses import right, tell, told, written

from mo_viewer.cli import run
from mo_viewer.paths import bundled
from mo_viewer.phantom.courses import course, retest
from mo_viewer.phantom.scanner import MEDIUM, Protocol
from mo_viewer.session.audit import user_audit
from mo_viewer.session.store import findings_store

SMALL = Protocol((90, 110, 110), (1.2, 1.15), 1.0, kernel=MEDIUM)
NARROW = Protocol((100, 124, 124), (1.1, 1.05), 1.0, kernel=MEDIUM)
TINY = Protocol((40, 60, 60), (2.3, 2.2), 2.4, kernel=MEDIUM)


def checked(content: dict) -> dict:
    schema = json.loads((bundled("resources") / "schema/findings.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(content)
    return content


def measured(timepoint: dict) -> list[dict]:
    return [lesion["measurements"] | {"uid": lesion["tracking_uid"]} for lesion in timepoint["lesions"]]


@pytest.fixture(scope="module")
def recurred(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recurred")
    return told("recurred", 21, folder, SMALL, "--injury", "2024-01-08"), folder


def test_one_click_in_the_latest_study_tells_the_whole_course(recurred):
    found, _ = recurred
    assert (found.code, found.kinds) == (0, [["excised", "recurred"]])
    said = checked(found.said)
    assert [len(t["lesions"]) for t in said["timepoints"]] == [1, 0, 1]
    uids = {lesion["tracking_uid"] for t in said["timepoints"] for lesion in t["lesions"]}
    assert uids == {said["courses"][0]["tracking_uid"]}
    dates = [date.fromisoformat(t["date"]) for t in said["timepoints"]]
    assert [t["days_since_injury"] for t in said["timepoints"]] == [(d - date(2024, 1, 8)).days for d in dates]
    [operation] = said["events"]
    assert (operation["kind"], operation["date"]) == ("excision", said["timepoints"][1]["date"])


def test_two_points_on_one_body_are_one_lesion_that_says_so(recurred, tmp_path, capsys):
    found, folder = recurred
    [latest] = found.said["timepoints"][2]["lesions"]
    x, y, z = latest["centroid_mm"]
    points = [f"--at={x - 2:.1f},{y:.1f},{z:.1f}", f"--at={x + 2:.1f},{y:.1f},{z:.1f}"]
    latest_study = found.said["timepoints"][2]["study_uid"]
    at = tmp_path / "twice.json"
    assert run(["compare", str(folder), *points, "--in", latest_study, "--json", str(at)]) == 0
    said = checked(json.loads(at.read_text("utf-8")))
    assert [len(t["lesions"]) for t in said["timepoints"]] == [1, 0, 1]
    size = said["timepoints"][2]["lesions"][0]["measurements"]["volume"]
    assert size["value"] == pytest.approx(latest["measurements"]["volume"]["value"], rel=0.02)
    assert any("one body" in note for note in size["notes"])
    assert capsys.readouterr().err == ""


def test_two_bodies_at_a_narrow_gap_stay_two_where_one_contour_ran_over_it(tmp_path):
    _, grown = course("unlike", 81, SMALL)
    visits = []
    for day, seed in (("20250105", 6), ("20250610", 11)):
        pose, protocol = retest(grown.limb, NARROW, 8100 + seed)
        identity = replace(grown.identity, key=f"gap {seed}", study_date=day)
        visits.append(replace(grown, pose=pose, protocol=protocol, seed=seed, identity=identity))
    found = tell(tuple(visits), tmp_path, "unlike")
    assert (found.code, found.kinds) == (0, [["stable"], ["stable"]])
    sizes = sorted(one["volume"]["value"] for t in found.said["timepoints"] for one in measured(t))
    true = sorted(truth.volume_mm3 for study in found.truths for truth in study.values())
    assert sizes == pytest.approx(true, rel=0.05)


def test_neighbours_and_each_study_with_the_latest_are_registered_truly(recurred):
    found, _ = recurred
    uids = [t["study_uid"] for t in found.said["timepoints"]]
    pairs = [(r["from_study"], r["to_study"]) for r in found.said["registrations"]]
    assert pairs == [(uids[0], uids[1]), (uids[1], uids[2]), (uids[0], uids[2])]
    assert {r["verdict"] for r in found.said["registrations"]} == {"good"}
    assert max(found.target_errors()) <= 1.0


def test_what_was_kept_is_followed_again_without_points(recurred, capsys):
    found, folder = recurred
    home = found.said["timepoints"][2]
    click = ",".join(str(x) for x in home["lesions"][0]["at_mm"])
    asked = ["compare", str(folder), "--event", f"{found.said['timepoints'][1]['date']}:excision", "--json", "-"]
    assert run([*asked, f"--at={click}", "--keep"]) == 0
    first = checked(json.loads(capsys.readouterr().out))
    assert run(asked) == 0
    again = checked(json.loads(capsys.readouterr().out))
    assert [c["tracking_uid"] for c in again["courses"]] == [c["tracking_uid"] for c in first["courses"]]
    assert [measured(t) for t in again["timepoints"]] == [measured(t) for t in first["timepoints"]]


def test_two_lesions_that_became_one_are_told_as_a_merger_from_one_click(tmp_path):
    found = told("merged", 22, tmp_path, SMALL)
    assert right("merged", found)
    checked(found.said)
    first, second = found.said["courses"]
    assert first["events"][0]["with"] == [second["tracking_uid"]]
    assert [len(t["lesions"]) for t in found.said["timepoints"]] == [2, 1]


@pytest.mark.long
def test_without_points_candidates_of_all_studies_are_followed(tmp_path, capsys):
    written(course("grown", 25, SMALL), tmp_path)
    assert run(["compare", str(tmp_path), "--json", "-"]) == 0
    said = checked(json.loads(capsys.readouterr().out))
    assert ["grown"] in [[event["kind"] for event in one["events"]] for one in said["courses"]]


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Two small studies of one thigh without any lesion, and one of another patient."""
    folder = tmp_path_factory.mktemp("bare")
    visits = [replace(visit, limb=course("new", 23, TINY)[0].limb) for visit in course("new", 23, TINY)]
    stranger = course("new", 24, TINY)[0]
    written([*visits, replace(stranger, protocol=replace(TINY, centre_mm=stranger.protocol.centre_mm))], folder)
    return folder


def test_studies_without_a_known_lesion_are_registered_and_have_timepoints(bare, capsys):
    assert run(["compare", str(bare / "visit0"), str(bare / "visit1"), "--json", "-"]) == 0
    printed = capsys.readouterr()
    said = checked(json.loads(printed.out))
    assert [t["lesions"] for t in said["timepoints"]] == [[], []]
    assert [r["verdict"] for r in said["registrations"]] != ["failed"]
    assert said["courses"] == []
    assert len(printed.err.strip().splitlines()) == 1


def test_different_patients_are_not_compared_unless_somebody_says_they_are_one(bare, capsys):
    paths = [str(bare / "visit0"), str(bare / "visit2")]
    assert run(["compare", *paths, "--json", "-"]) == 1
    said = checked(json.loads(capsys.readouterr().out))
    assert [r["verdict"] for r in said["registrations"]] == ["failed"]
    assert (said["registrations"][0]["matrix_lps"], said["courses"]) == (None, [])
    assert list(user_audit().entries()) == []
    run(["compare", *paths, "--same-patient", "--json", "-"])
    assert [entry.detail for entry in user_audit().entries()] == ["several identities are said to be one person"]
    said = checked(json.loads(capsys.readouterr().out))
    assert [r["verdict"] for r in said["registrations"]] != ["good"], "another person's thigh is another thigh"
    assert "different patients" not in said["registrations"][0]["reason"]


def test_what_a_reader_said_of_two_ids_holds_on_the_command_line_and_is_kept_from_there(bare, capsys):
    paths = [str(bare / "visit0"), str(bare / "visit2")]
    run(["compare", *paths, "--same-patient", "--keep", "--json", "-"])
    capsys.readouterr()
    with closing(findings_store()) as store:
        (home,) = store.patients()
        document = store.head(home).document
    assert len(document.joined) == 1
    assert sorted(t.identity for t in document.timepoints) == ["", document.joined[0].key]
    run(["compare", *paths, "--json", "-"])
    printed = capsys.readouterr()
    assert "--same-patient" not in printed.err
    assert "different patients" not in checked(json.loads(printed.out))["registrations"][0]["reason"]


def test_a_point_outside_every_image_is_exit_1_with_timepoints_and_registrations(bare, capsys):
    paths = [str(bare / "visit0"), str(bare / "visit1")]
    assert run(["compare", *paths, "--at", "-900,0,0", "--json", "-"]) == 1
    printed = capsys.readouterr()
    said = checked(json.loads(printed.out))
    assert [t["lesions"] for t in said["timepoints"]] == [[], []]
    assert len(said["registrations"]) == 1
    assert len(printed.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--event", "2024-02-01:birthday"], 2),
        (["--event", "yesterday:surgery"], 2),
        (["--injury", "8.1.2024"], 2),
        (["--at", "1,2"], 2),
        (["--in", "1.2.3"], 1),
    ],
)
def test_wrong_words_are_one_sentence(bare, more, code, capsys):
    assert run(["compare", str(bare), *more, "--json", "-"]) == code
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
