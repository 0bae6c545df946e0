"""A session as a state machine: whatever the order of changes, undo walks back to the first findings, on disk too."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from small_findings import OTHER, PATIENT, marked

from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.findings.mark import ImageRef, Mark, MarkKind
from mo_viewer.session.session import Session
from mo_viewer.session.store import Store

TIMEPOINT = Timepoint("1.2.3", "1.2.3.4", "2024-02-05")
NAMES = st.sampled_from(["L1", "L2", "L3", "rim", "ä ö", ""])
WHO = {PATIENT.key: PATIENT, OTHER.key: OTHER}


class Machine(RuleBasedStateMachine):
    """Changes of two patients' findings; `model` is what a list of documents and a place in it say."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.session = Session(Store(self.folder / "f.sqlite"))
        self.model = {key: ([Document(patient)], 0) for key, patient in WHO.items()}
        self.session.open_patient(PATIENT)
        self.count = 0

    @property
    def key(self):
        return self.session.document.patient.key

    def change(self, document):
        steps, at = self.model[self.key]
        if document != steps[at]:
            self.model[self.key] = ([*steps[: at + 1], document], at + 1)
        self.session.change("Change", document)

    @rule(name=NAMES)
    def mark_a_lesion(self, name):
        self.count += 1
        self.change(marked(self.session.document, f"{name}{self.count}"))

    @rule(name=NAMES, kind=st.sampled_from([MarkKind.LENGTH, MarkKind.PROBE]))
    def draw_a_mark(self, name, kind):
        self.count += 1
        points = ((0.0, 0.0, 0.0), (3.0, 4.0, 0.0))[: 1 + (kind is MarkKind.LENGTH)]
        mark = Mark(f"2.25.{self.count}", kind, points, ImageRef("1.2.3.4", "1.2.3.4.1"), label=name)
        self.change(self.session.document.with_mark(TIMEPOINT, mark))

    @precondition(lambda self: self.marks())
    @rule(at=st.integers(0, 10**6), locked=st.booleans())
    def lock_or_delete_a_mark(self, at, locked):
        mark = self.marks()[at % len(self.marks())]
        if locked:
            self.change(self.session.document.with_mark(TIMEPOINT, replace(mark, locked=not mark.locked)))
        else:
            self.change(self.session.document.without_mark("1.2.3", mark.uid))

    @rule(number=st.integers(1, 3), is_key=st.booleans())
    def star_an_image(self, number, is_key):
        image = ImageRef("1.2.3.4", f"1.2.3.4.{number}")
        self.change(self.session.document.with_key_image(TIMEPOINT, image, is_key))

    @rule(by=st.integers(1, 4))
    def undo(self, by):
        for _ in range(by):
            self.session.undo()
        steps, at = self.model[self.key]
        self.model[self.key] = (steps, max(0, at - by))

    @rule(by=st.integers(1, 4))
    def redo(self, by):
        for _ in range(by):
            self.session.redo()
        steps, at = self.model[self.key]
        self.model[self.key] = (steps, min(len(steps) - 1, at + by))

    @rule(key=st.sampled_from(sorted(WHO)))
    def look_at_a_patient(self, key):
        self.session.open_patient(WHO[key])

    @rule()
    def close_and_open_again(self):
        key = self.key
        self.session.close()
        self.session = Session(Store(self.folder / "f.sqlite"))
        self.session.open_patient(WHO[key])

    @invariant()
    def findings_are_what_the_model_says(self):
        if hasattr(self, "session"):
            steps, at = self.model[self.key]
            assert self.session.document == steps[at]
            assert bool(self.session.undo_title) == (at > 0)

    def marks(self):
        timepoint = self.session.document.timepoint("1.2.3")
        return () if timepoint is None else timepoint.marks

    def teardown(self):
        if not hasattr(self, "session"):
            return
        for patient in WHO.values():
            first = self.model[patient.key][0][0]
            self.session.open_patient(patient)
            while self.session.undo_title:
                self.session.undo()
            assert self.session.document == first
        self.session.close()
        shutil.rmtree(self.folder)


def run(examples, steps):
    from hypothesis.stateful import run_state_machine_as_test

    quiet = list(HealthCheck)
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=quiet),
    )


def test_any_order_of_changes_is_undone_to_the_first_findings():
    run(examples=8, steps=25)


@pytest.mark.long
def test_two_thousand_changes_in_any_order_are_undone_to_the_first_findings():
    run(examples=20, steps=100)
