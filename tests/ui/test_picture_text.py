import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from mo_viewer.ui.app import application
from mo_viewer.ui.corner_text import Corners, Words
from mo_viewer.ui.picture_text import draw_corners

NARROW, WIDE = 245, 740


@pytest.fixture(autouse=True)
def dressed(qapp):
    return application()


def drawn(width: int, lettered: bool = True, **corners) -> QImage:
    image = QImage(width, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    with QPainter(image) as painter:
        draw_corners(painter, QRectF(image.rect()), Corners(**corners), None, 1.0, lettered)
    return image


def said(*texts: str) -> tuple[Words, ...]:
    return tuple(map(Words, texts))


def test_the_number_of_an_image_is_whole_where_that_of_its_series_has_no_room():
    number = Words("Se 201 · Im 1137/1374", "", ("Im 1137/1374",))
    assert drawn(NARROW, top_right=(number,)) == drawn(NARROW, top_right=said("Im 1137/1374"))
    assert drawn(WIDE, top_right=(number,)) == drawn(WIDE, top_right=said(number.text))


def test_a_name_too_long_for_its_place_beside_the_letter_stands_below_it():
    name = "Mustermann, Erika Maria · F"
    assert drawn(NARROW, top_left=said(name, "Thigh")) == drawn(NARROW, top_left=said("", name, "Thigh"))


def test_a_long_name_stays_in_the_first_row_where_no_letter_is():
    name = "Mustermann, Erika Maria · F"
    assert drawn(NARROW, False, top_left=said(name)) == drawn(WIDE, False, top_left=said(name)).copy(0, 0, NARROW, 300)
    below = drawn(NARROW, False, top_left=said(name), top_right=said("", "Se 3 · Im 1/1"))
    assert drawn(NARROW, False, top_left=said(name), top_right=said("Se 3 · Im 1/1")) == below


def test_a_right_line_that_has_no_room_beside_the_left_one_stands_lower():
    left, right = said("A", "Thigh left, native", "2024-03-04 10:14"), "Thigh 1.0 soft, reformatted"
    moved = drawn(NARROW, top_left=left, top_right=said("Im 1/9", "", "", right))
    assert drawn(NARROW, top_left=left, top_right=said("Im 1/9", right)) == moved
    assert drawn(WIDE, top_left=left, top_right=said("Im 1/9", right)) != drawn(
        WIDE, top_left=left, top_right=said("Im 1/9", "", "", right)
    )


def test_value_and_place_take_a_line_each_in_a_narrow_pane_and_the_lines_above_stay_where_they_are():
    place = Words("L 152.7 P 131.0 S 1088.2 mm", "bright", ("L 153 P 131 S 1088 mm",))
    there = Words(f"-1024 HU at {place.text}", "bright", (), (place, Words("-1024 HU", "bright")))
    nowhere = Words("", lines=said("", ""))
    window, zoom = Words("W 400 L 40"), said("Zoom 1.1×", "2 cm")
    short = (window, Words(place.shorter[0], "bright"), Words("-1024 HU", "bright"))
    seen = drawn(NARROW, bottom_left=(window, there), bottom_right=zoom)
    assert seen == drawn(NARROW, bottom_left=short, bottom_right=zoom)
    away = drawn(NARROW, bottom_left=(window, nowhere), bottom_right=zoom)
    assert away.copy(0, 0, NARROW, 262) == seen.copy(0, 0, NARROW, 262)
