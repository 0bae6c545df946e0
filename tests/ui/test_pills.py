from itertools import pairwise

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFont

from mo_viewer.ui.faces import faces_of
from mo_viewer.ui.pills import gathered, pill_boxes, tone_colours
from mo_viewer.ui.rows import Badge
from mo_viewer.ui.theme import DARK


@pytest.fixture
def faces(qapp):
    return faces_of(font(13))


def test_pills_that_fit_stand_beside_each_other(faces):
    badges = (Badge("6 mo"), Badge("1 lesion", "good"))
    boxes = pill_boxes(badges, faces, QRect(10, 20, 300, 18))
    assert [badge for _, badge in boxes] == list(badges)
    assert boxes[0][0].right() < boxes[1][0].left()


@pytest.mark.parametrize("width", range(40, 300, 10))
def test_no_pill_reaches_beyond_its_place_and_what_does_not_fit_is_counted(faces, width):
    badges = [Badge(text, "info", f"tip of {text}") for text in ("missing slices", "gantry tilt", "lossy", "cone beam")]
    area = QRect(5, 0, width, 18)
    boxes = pill_boxes(badges, faces, area)
    assert all(box.right() <= area.right() for box, _ in boxes)
    assert all(one.right() < other.left() for (one, _), (other, _) in pairwise(boxes))
    last = boxes[-1][1]
    if last not in badges:
        assert last.text == f"+{len(badges) - len(boxes) + 1}"
        assert all(badge.tip in last.tip for badge in badges[len(boxes) - 1 :])


def test_gathered_pills_take_the_most_urgent_tone():
    assert gathered([Badge("a"), Badge("b", "caution"), Badge("c", "good")]).tone == "caution"


@pytest.mark.parametrize("tone", ["info", "good", "caution", "fault"])
def test_the_words_of_a_pill_can_be_read(qapp, tone):
    ink, ground = tone_colours(DARK, tone)
    bright, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


def test_the_faces_of_a_font_do_not_die_with_it(qapp):
    lent = font(17)
    assert faces_of(lent).plain.font is not lent
    assert faces_of(font(17)) is faces_of(lent)


def font(pixels):
    made = QFont()
    made.setPixelSize(pixels)
    return made


def luminance(colour):
    """Relative luminance, WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
