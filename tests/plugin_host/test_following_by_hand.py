"""A registration that a reader made by hand stands when lesions are followed."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.registration import BY_POINTS, Registration, Verdict, rows_of
from mo_viewer.plugin_host.following import Following
from mo_viewer.plugin_host.host import Host
from mo_viewer.plugin_host.stacks import Stacks
from mo_viewer.volume.source import Patient


def never(series, ticket):
    raise AssertionError("a study was opened")


def test_what_was_aligned_by_hand_is_not_searched_for_anew():
    matrix = np.eye(4)
    matrix[:3, 3] = (4.0, -2.0, 9.0)
    by_hand = Registration("1", "2", Verdict.CHECK, BY_POINTS, rows_of(matrix), BY_POINTS)
    document = Document(Patient("k"), (Timepoint("1", "1.1", "2024-01-01"), Timepoint("2", "2.1", "2024-05-01")))
    stacks = Stacks([SimpleNamespace(study_uid="1"), SimpleNamespace(study_uid="2")], never, Ticket())
    following = Following(Host(lambda _: None), stacks, replace(document, registrations=(by_hand,)))
    there, back = following.register([("1", "2"), ("2", "1")])
    assert there == by_hand
    assert (back.from_study, back.anchor) == ("2", BY_POINTS)
    assert back.matrix @ matrix == pytest.approx(np.eye(4))
