"""``mo-viewer find`` on real folders and on a written phantom."""

import json
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from mo_viewer.cli import run
from mo_viewer.paths import bundled
from mo_viewer.phantom.demo import DemoPatient
from mo_viewer.segment.candidate_rules import CALCIFICATION


def found(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict, str]:
    code = run(["find", str(path), "--json", "-"])
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    schema = json.loads((bundled("resources") / "schema/candidates.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(content)
    return code, content, printed.err


@pytest.mark.parametrize("folder", ["xray_limb", "mr_joint_single", "ct_calf_calcified_mass/mr_t1"])
def test_what_is_no_ct_is_refused_with_a_sentence_and_an_empty_list(
    shared: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, content, error = found(shared / folder, capsys)
    assert code == 1
    assert content["candidates"] == []
    assert len(error.strip().splitlines()) == 1


def test_the_calcified_calf_is_found_with_its_series_named(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, content, _ = found(shared / "ct_calf_calcified_mass", capsys)
    assert code == 0
    assert content["series_uid"]
    scores = [one["score"] for one in content["candidates"]]
    kinds = [one["kind"] for one in content["candidates"]]
    assert kinds.count(CALCIFICATION) == 1
    assert kinds[0] == CALCIFICATION
    assert scores[0] == max(scores)


def test_the_first_candidate_of_the_demo_lies_in_its_lesion(
    demo_patient: DemoPatient, capsys: pytest.CaptureFixture[str]
) -> None:
    study = demo_patient.studies[0]
    code, content, _ = found(study.folder, capsys)
    assert code == 0
    first = content["candidates"][0]
    away = np.linalg.norm(np.array(first["at_mm"]) - np.array(study.truth.centroid_mm))
    assert first["kind"] == CALCIFICATION
    assert away < study.truth.max_diameter_mm / 2
