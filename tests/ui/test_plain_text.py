import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from mo_viewer.ui.plain_text import LONGEST, isolated, person, plain, tooltip


@given(st.text())
def test_nothing_but_printable_characters_is_left(text):
    shown = plain(text)
    assert all(unicodedata.category(character) not in ("Cc", "Cs") for character in shown)
    assert len(shown) <= LONGEST
    assert plain(shown) == shown


def test_direction_overrides_are_removed_so_that_no_name_can_pose_as_another():
    assert plain("abc\u202egnp.exe\u2066") == "abcgnp.exe"


def test_line_breaks_and_tabs_become_single_spaces():
    assert plain(" Thigh\r\n\tleft\x00\x1b[31m ") == "Thigh left[31m"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Adams^John Robert Quincy^^Rev.^B.A.", "Adams, John Robert Quincy"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田, 太郎)"),
        ("=山田^太郎", "山田, 太郎"),
        ("STS_045", "STS_045"),
        ("^^^", ""),
        ("", ""),
        ("שרון^דבורה", "שרון, דבורה"),
    ],
)
def test_a_person_name_reads_as_people_write_it(name, shown):
    assert person(name) == shown


def test_a_right_to_left_name_stays_one_unit_between_its_neighbours():
    assert isolated("דבורה") == "\u2068דבורה\u2069"
    assert isolated("Doe, דבורה") == "\u2068Doe, דבורה\u2069"
    assert isolated("Doe, Jane") == "Doe, Jane"
    assert isolated("") == ""


@given(st.text(alphabet="<>&\"'/abB =\n"))
def test_a_tooltip_shows_exactly_the_text_it_was_given(text):
    document = QTextDocument()
    document.setHtml(tooltip(text))
    assert document.toPlainText().split() == text.split()
    assert not text or tooltip(text).startswith("<qt>")
