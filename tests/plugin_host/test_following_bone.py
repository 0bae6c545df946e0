"""What a reader said of native bone counts when studies are registered and lesions are carried."""

import json
from dataclasses import replace

import numpy as np
import pytest
from told_courses import written

from mo_viewer.base.ticket import Ticket
from mo_viewer.cli import run
from mo_viewer.cli.compare import _opened, _studies
from mo_viewer.findings.document import BoneClick, Document, Timepoint
from mo_viewer.findings.registration import BY_HAND, Registration, Verdict
from mo_viewer.phantom.courses import course
from mo_viewer.phantom.scanner import MEDIUM, Protocol
from mo_viewer.plugin_host.following import Following
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.stacks import Stacks
from mo_viewer.session.session import Session
from mo_viewer.session.store import findings_store

SMALL = Protocol((60, 90, 90), (1.5, 1.4), 1.6, kernel=MEDIUM)


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """Two visits on disk, their studies, a click in the later lesion, and a point in the later visit's femur."""
    folder = tmp_path_factory.mktemp("bone")
    visits = course("stable", 31, SMALL)[:2]
    truths = written(visits, folder)
    studies = _studies([folder])
    stacks = Stacks(studies, _opened, Ticket())
    click = next(iter(truths[1].values())).core_points_mm[0]
    stack = stacks.stack(stacks.series(studies[1].study_uid))
    points = stacks.bone(stack, ()).mask.points_mm()
    cortex = points[np.argmin(np.abs(points[:, 2] - click[2]))]
    return folder, studies, tuple(map(float, click)), BoneClick(tuple(map(float, cortex)), False)


def following(studies, *clicks):
    stacks = Stacks(studies, _opened, Ticket())
    timepoint = replace(Timepoint.of(studies[1].series[0].source), bone_clicks=clicks)
    return Following(Host(lambda _: None), stacks, Document(studies[1].patient, (timepoint,)))


def test_bone_that_a_reader_denied_registers_no_studies(followed):
    _, studies, _, denied = followed
    pair = (studies[1].study_uid, studies[0].study_uid)
    [plain] = following(studies).register([pair])
    assert plain.verdict is Verdict.GOOD
    [told] = following(studies, denied).register([pair])
    assert told.verdict is Verdict.FAILED
    assert (told.overlap or 0.0) < (plain.overlap or 1.0)


def test_the_gap_is_measured_to_the_bone_that_the_reader_left(followed):
    _, studies, click, denied = followed
    plain, told = (following(studies, *words).mark(studies[1].study_uid, [click]) for words in ((), (denied,)))
    near = plain.measured("gap_to_bone_mm")
    assert near is not None
    far = told.measured("gap_to_bone_mm")
    assert far is None or far.value > near.value + 3.0


def test_the_command_line_takes_the_readers_word_from_the_store(followed, capsys):
    folder, studies, click, denied = followed
    session = Session(findings_store())
    session.change("No bone", session.open_patient(studies[1].patient).with_bone_click(
        Timepoint.of(studies[1].series[0].source), denied))  # fmt: skip
    session.close()
    at = ",".join(f"{x:.2f}" for x in click)
    run(["compare", str(folder), f"--at={at}", "--json", "-"])
    said = json.loads(capsys.readouterr().out)
    assert {one["verdict"] for one in said["registrations"]} == {"failed"}


def test_a_correction_takes_registrations_of_its_study_away_but_not_those_by_hand(followed):
    _, studies, _, denied = followed
    here = Timepoint.of(studies[1].series[0].source)
    found = Registration(here.study_uid, "1", Verdict.GOOD)
    other, by_hand = Registration("1", "2", Verdict.GOOD), Registration("2", here.study_uid, Verdict.CHECK, BY_HAND)
    by_hand = replace(by_hand, anchor=BY_HAND)
    document = Document(studies[1].patient, (here,), registrations=(found, other, by_hand))
    assert document.with_bone_click(here, denied).registrations == (other, by_hand)
