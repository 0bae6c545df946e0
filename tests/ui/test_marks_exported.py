"""What is measured by mouse in the window stands in its export with the same digits."""

import csv
import io
import json
from pathlib import Path

import pytest
from hands import drag
from PySide6.QtCore import QPoint
from shown_window import opened_window
from small_studies import write_series
from written_ct import blob, lesion

from mo_viewer.findings.document import Timepoint
from mo_viewer.ui.app import wait_until


@pytest.fixture
def window(qtbot, tmp_path):
    """A study with a lesion, a length and a rectangle that were drawn by mouse."""
    write_series(tmp_path / "images", slices=8, side=64)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "findings.sqlite")
    volume, session, view = made.volume, made.session, made.pane.view
    marked = lesion(blob(volume.geometry, (4, 30, 30), (1.4, 5, 6)))
    session.change("Mark", session.document.with_lesion(Timepoint.of(volume.source), marked))
    middle = view.rect().center()
    made.act("tool.mark.length")
    drag(view, middle, middle + QPoint(40, 15), middle + QPoint(83, 31))
    made.act("tool.mark.rectangle")
    drag(view, middle - QPoint(60, 50), middle, middle + QPoint(33, 27))
    yield made
    made.close()


def exported(window, folder):
    window.files.export(folder)
    assert wait_until(lambda: window.jobs.is_idle and (folder / "measurements.csv").is_file(), 60)
    text = (folder / "measurements.csv").read_text("utf-8")
    return {row["name"]: row for row in csv.DictReader(io.StringIO(text, newline="")) if row["name"][:5] == "mark_"}


def test_lengths_and_regions_are_exported_with_every_digit_that_the_window_has(window, tmp_path):
    board = window.extras.marks.board
    length, region = (board.reading(mark, window.volume) for _, mark in board.every())
    found = exported(window, tmp_path / "out")
    values = {name: float(row["value"]) for name, row in found.items()}
    assert values["mark_length"] == length.length
    assert values["mark_area"] == region.area
    assert [values[f"mark_{name}"] for name in ("mean", "sd", "minimum", "maximum", "median", "count")] == [
        region.inside.mean, region.inside.sd, region.inside.lowest, region.inside.highest, region.inside.median,
        region.inside.count,
    ]  # fmt: skip


def test_the_image_that_is_named_bears_that_number_on_the_screen(window, tmp_path):
    view = window.pane.view
    number = view.stack.place_of(view.shown.index) + 1
    assert number != view.shown.k + 1, "a stack whose files run from the feet to the head"
    assert exported(window, tmp_path / "out")["mark_mean"]["notes"].startswith(f"series 1, image {number};")


def test_an_image_that_went_leaves_the_mark_without_a_value_and_a_reason(window, tmp_path):
    board = window.extras.marks.board
    uid = next(mark.image.sop_uid for _, mark in board.every())
    (path,) = (one.path for one in window.volume.source.instances if one.sop_uid == uid)
    Path(path).unlink()
    window.files.export(tmp_path / "out")
    assert wait_until(lambda: window.jobs.is_idle and (tmp_path / "out" / "findings.json").is_file(), 60)
    told = json.loads((tmp_path / "out" / "findings.json").read_text("utf-8"))["timepoints"][0]["marks"]
    assert [(mark["kind"], mark["values"]) for mark in told] == [("length", []), ("rectangle", [])]
    assert all(mark["refused"] for mark in told)
    assert any("2 of the reader's measurements have no value" in one.sentence for one in window.pane.messages.messages)


def test_what_is_measured_without_a_lesion_is_exported_too(window, tmp_path):
    export = window.actions_table.action("export")
    (known,) = window.session.document.timepoints
    window.session.change(
        "Delete", window.session.document.without_lesion(known.study_uid, known.lesions[0].tracking_uid)
    )
    assert export.refusal == ""
    assert {"mark_length", "mark_area"} <= set(exported(window, tmp_path / "out"))
    assert (tmp_path / "out" / "report.pdf").is_file()
    for mark in known.marks:
        window.session.change("Delete", window.session.document.without_mark(known.study_uid, mark.uid))
    assert export.refusal == "No lesion of this patient is marked yet, and nothing is measured."
