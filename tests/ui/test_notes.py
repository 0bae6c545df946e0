"""Image comments, side, and orientation letters that only the image itself knows: read when it is shown."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.dicom.notes import NOTHING, Note, note_of
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.corner_text import corners, letters
from mo_viewer.ui.framing import FLIPPED, QUARTER
from mo_viewer.volume.source import Instance


def instance(path):
    return Instance(str(path), "1.2.3.1.1.1", "")


def test_an_image_says_side_view_comment_and_which_way_it_lies(tmp_path):
    (path,) = write_series(
        tmp_path, slices=1, ImageComments="after\n exercise ", ImageLaterality="L", ViewPosition="AP",
        PatientOrientation=["L", "F"],
    )  # fmt: skip
    assert note_of(instance(path)) == Note("after exercise", "left", "AP", "L", "I")


def test_an_image_that_says_nothing_has_no_note(tmp_path):
    (path,) = write_series(tmp_path, slices=1, PatientOrientation=["", ""])
    assert note_of(instance(path)) == NOTHING


@pytest.fixture
def window(qtbot, tmp_path):
    folder = tmp_path / "images"
    write_series(
        folder, slices=1, modality="DX", ImageComments="Doe standing", Laterality="R", PatientOrientation=["L", "F"],
        ImageOrientationPatient=None,
    )  # fmt: skip
    made = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    yield made
    made.close()


def shown_words(view):
    look = view.look(view.shown)
    said = corners(look.picture, look.stack, look.window, look.framing, names_hidden=look.names_hidden, note=look.note)
    return [words.text for words in said.top_left]


def test_a_radiograph_shows_its_side_its_comment_and_letters_that_turn_with_it(window):
    view = window.pane.view
    assert wait_until(lambda: view.note(view.shown) != NOTHING, 20)
    assert "Side: right" in shown_words(view)
    assert "Doe standing" in shown_words(view)
    note = view.note(view.shown)
    assert letters(view.shown, note=note).right == "L"
    assert letters(view.shown, note=note).bottom == "I"
    assert letters(view.shown, FLIPPED, note).right == "R"
    assert (letters(view.shown, QUARTER, note).bottom, letters(view.shown, QUARTER, note).right) == ("L", "S")
    QTest.keyClick(view, Qt.Key.Key_N)
    assert "Doe standing" not in shown_words(view)
    assert "Side: right" in shown_words(view)


def test_the_side_of_a_stack_does_not_come_and_go_with_scrolling(qtbot, tmp_path):
    write_series(tmp_path / "ct", slices=6, Laterality="L", ImageComments="first")
    window = opened_window(qtbot, tmp_path / "ct", tmp_path / "g.sqlite")
    view = window.pane.view
    assert wait_until(lambda: view.note(view.shown).side == "left", 20)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.note(view.shown) == Note(side="left")
    assert wait_until(lambda: view.note(view.shown).comment == "first", 20)
    window.close()
