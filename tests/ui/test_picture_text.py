import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from mo_viewer.ui.app import application
from mo_viewer.ui.corner_text import Corners, Letters, ScaleBar, Words
from mo_viewer.ui.picture_text import draw_corners, placed_centred, placed_corners, placed_letters

NARROW, WIDE = 245, 740
HALO_PX = 1.5


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


def test_the_number_of_an_image_is_never_cut_also_where_nothing_stands_beside_it():
    ways = ("Im 1137/1374", "1137/1374")
    assert drawn(200, top_right=(Words("Se 2 · Im 1137/1374", "", ways),)) == drawn(200, top_right=said(ways[1]))
    assert drawn(110, top_right=(Words("Se 2 · Im 1137/1374", "", ways),)) == drawn(110, top_right=said("", ways[0]))


def test_a_window_goes_above_the_words_of_the_other_corner_before_it_is_cut():
    window, unknown = said("W 16384 L 16384"), (Words("mm at detector, magnified", "caution"),)
    lines = boxes(142, 190, bottom_left=window, bottom_right=unknown)
    assert len({round(box.top()) for box in lines}) == 3
    assert [round(box.width()) for box in boxes(WIDE, bottom_left=window)] == [round(lines[-1].width())]


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


FULL = {
    "top_left": (
        Words("Coronal · P 131.0 mm", "bright", ("Cor · P 131.0 mm", "P 131.0 mm")),
        Words("Mustermann, Erika · F", rank=2),
        Words("Thigh left, native", rank=3),
        Words("2024-03-04 10:14", rank=1),
        Words("Side: left", "bright"),
    ),
    "top_right": (
        Words("\u26ad registered", "accent", rank=2),
        Words("Se 201 · Im 1137/1374", "", ("Im 1137/1374",)),
        Words("Thigh 1.0 soft, reformatted", rank=3),
        Words("1 mm every 0.5 mm · B70s · 120 kVp", rank=3),
        Words("slices are missing: 3 of 120", "caution", rank=2),
    ),
    "bottom_left": (
        Words("Soft tissue  W 400 L 40", "", ("W 400 L 40",)),
        Words(
            "-1024 HU at L 152.7 P 131.0 S 1088.2 mm", "bright", (), (Words("L 152.7 P 131.0"), Words("-1024 HU")), 1
        ),
    ),
    "bottom_right": (Words("Zoom 1.1×", rank=2),),
}
AROUND = Letters("R", "L", "S", "I")


def covered(width: int, height: int) -> float:
    """The share of a pane that words and letters lie on."""
    inside = QRectF(0, 0, width, height)
    bar = ScaleBar(20.0, "2 cm")
    words = (*placed_corners(inside, Corners(**FULL), bar, 1.0, 1.0, True), *placed_letters(inside, AROUND, 1.0))
    return sum(one.box[2] * one.box[3] for one in words) / (width * height)


@pytest.mark.parametrize("width", [120, 160, 200, 280, 370, 740])
@pytest.mark.parametrize("height", [188, 222, 330, 460, 690])
def test_words_cover_no_more_than_a_third_of_a_pane_or_so(width, height):
    assert covered(width, height) < 0.37


def ranks_kept(width: int, height: int) -> int:
    """The highest rank that a pane of that size shows; ranks above it are left out altogether."""

    def shown(rank: int) -> QImage:
        corners = {place: tuple(w for w in lines if w.rank <= rank) for place, lines in FULL.items()}
        image = QImage(width, height, QImage.Format.Format_RGB32)
        image.fill(0)
        with QPainter(image) as painter:
            draw_corners(painter, QRectF(image.rect()), Corners(**corners), None, 1.0)
        return image

    return next(rank for rank in range(4) if shown(rank) == shown(3))


def test_the_smaller_a_pane_the_less_it_says_descriptions_first_then_names_then_dates():
    assert ranks_kept(160, 190) == 0
    assert ranks_kept(740, 690) == 3
    for width in (160, 280, 400):
        kept = [ranks_kept(width, height) for height in range(150, 900, 30)]
        assert kept == sorted(kept)
        assert set(kept) == {0, 1, 2, 3}


@pytest.mark.parametrize("width", [120, 140, 160, 200, 370, 740])
@pytest.mark.parametrize("height", [188, 330, 690])
def test_no_letter_lies_under_the_scale_bar_or_other_words(width, height):
    inside = QRectF(0, 0, width, height)
    words = placed_corners(inside, Corners(**FULL), ScaleBar(20.0, "2 cm"), 1.0, 1.0, True)
    lettered = placed_letters(inside, AROUND, 1.0)
    for letter in lettered[2:]:
        own = QRectF(0, 0, 6, 8)
        own.moveCenter(QRectF(*letter.box).center())
        assert not [one for one in words if own.intersects(QRectF(*one.box).adjusted(4, 4, -4, -4))]


def boxes(width: int, height: int = 480, **corners) -> list[QRectF]:
    placed = placed_corners(QRectF(0, 0, width, height), Corners(**corners), None, 1.0, 1.0, False)
    return [QRectF(*one.box) for one in placed]


def test_window_and_calibration_of_a_film_are_whole_in_a_narrow_pane_one_above_the_other():
    window, unknown = said("W 1024 L 511"), (Words("mm, calibration unknown", "caution"), Words("Zoom 0.1×"))
    narrow = boxes(131, bottom_left=window, bottom_right=unknown)
    (whole,) = boxes(WIDE, bottom_left=window)
    assert len(narrow) == 4, "window, calibration on two lines, zoom"
    assert any(abs(box.width() - whole.width()) < 1 for box in narrow)
    assert len({round(box.top()) for box in narrow}) == 4
    beside = boxes(WIDE, bottom_left=window, bottom_right=unknown)
    assert len({round(box.top()) for box in beside}) == 2


def test_the_name_of_the_tool_in_hand_stands_clear_of_three_lines_below_it():
    inside = QRectF(0, 0, 300, 480)
    below = placed_corners(inside, Corners(bottom_left=said("a", "b", "c")), None, 1.0, 1.0, False)
    (name,) = placed_centred(inside, ["Mark calcification"], 1.0)
    letters = [QRectF(*one.box).adjusted(0, HALO_PX, 0, -HALO_PX) for one in (name, *below)]
    assert letters[0].bottom() <= min(one.top() for one in letters[1:])
