"""Where files are asked for: the suffix, the proposed name, the folder used last, and what is said afterwards."""

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui import file_dialogs


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(file_dialogs, "_last", {})
    write_series(tmp_path / "images", patient="Doe^Jane", date="2024-03-04", slices=4, side=24)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    yield made
    made.close()


def answer(monkeypatch, path):
    """Every question for a file is answered so; returns what was proposed."""
    proposed = []

    def ask(parent, title, start, kinds):
        proposed.append(Path(start))
        return str(path), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return proposed


def test_a_picture_gets_its_suffix_and_the_bottom_line_says_where_it_is(window, tmp_path, monkeypatch):
    proposed = answer(monkeypatch, tmp_path / "mine")
    window.act("save_picture")
    assert QImage(str(tmp_path / "mine.png")).width() == 2 * window.pane.view.width()
    assert not (tmp_path / "mine").exists()
    assert str(tmp_path / "mine.png") in window.status.said.toolTip()
    answer(monkeypatch, tmp_path / "2024.03.04")
    window.act("save_bare")
    assert (tmp_path / "2024.03.04.png").is_file()
    assert proposed[0].name.startswith("2024-03-04_series_")
    assert "Doe" not in str(proposed[0].name)


def test_the_next_question_begins_where_the_last_picture_was_saved(window, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    answer(monkeypatch, tmp_path / "out" / "one.png")
    window.act("save_picture")
    proposed = answer(monkeypatch, "")
    window.act("save_picture")
    assert proposed[0].parent == tmp_path / "out"


def test_a_picture_that_is_there_already_is_not_replaced_unasked(window, tmp_path, monkeypatch):
    (tmp_path / "mine.png").write_text("kept")
    answer(monkeypatch, tmp_path / "mine")
    monkeypatch.setattr(file_dialogs, "is_sure", lambda *_, **__: False)
    window.act("save_picture")
    assert (tmp_path / "mine.png").read_text() == "kept"


def test_a_folder_that_cannot_be_written_is_said(window, tmp_path, monkeypatch):
    answer(monkeypatch, tmp_path / "missing" / "mine")
    window.act("save_picture")
    assert "could not be saved" in window.pane.messages.messages[0].sentence


def test_folders_to_open_and_to_write_into_are_remembered_apart(window, tmp_path, monkeypatch):
    began = []

    def ask(parent, title, start):
        began.append(Path(start))
        return str(tmp_path / title)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask)
    for _ in range(2):
        assert file_dialogs.asked_source(window, "in") == tmp_path / "in"
        assert file_dialogs.asked_target(window, "out") == tmp_path / "out"
    assert began == [Path.home(), Path.home(), tmp_path / "in", tmp_path / "out"]
