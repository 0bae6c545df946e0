"""Words on pictures: read on bone and on air, whatever the screen's pixels."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from mo_viewer.ui import theme
from mo_viewer.ui.haloed import haloed
from mo_viewer.ui.picture_text import broken, draw_text
from tests.pictures.pictures_compare import pixels


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 3.0])
def test_a_halo_surrounds_the_letters_and_ends_within_two_pixels(qapp, ratio):
    image, base = haloed("I", theme.picture_font(20), QColor("white"), ratio)
    alpha = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., 3]
    green = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., 1]
    row = round((base.y() - 6) * ratio)
    stroke, dark = np.flatnonzero(green[row] > 128), np.flatnonzero(alpha[row] > 100)
    assert stroke.size
    for inner, outer in ((stroke[0], dark[0]), (dark[-1], stroke[-1])):
        assert 1.0 * ratio <= inner - outer <= 2.6 * ratio


@pytest.mark.parametrize("behind", ["white", "black", "#808080"])
def test_words_stand_out_on_whatever_lies_behind(qapp, behind):
    picture = QImage(120, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor(behind))
    painter = QPainter(picture)
    painter.setFont(theme.picture_font())
    draw_text(painter, picture.rect().center().toPointF(), "120 HU", QColor(theme.PICTURE_TEXT))
    painter.end()
    seen = pixels(picture)[..., 1]
    words = seen[10:30, 58:110]
    assert words.max() > 190
    assert words.min() < 60


def test_a_sentence_in_a_narrow_pane_is_broken_between_words_and_nothing_of_it_is_lost():
    text = "This series holds no picture (RTSTRUCT)."
    assert broken(text, 40, len) == [text]
    assert broken(text, 20, len) == ["This series holds no", "picture (RTSTRUCT)."]
    assert broken(text, 3, len) == text.split()
    assert broken("", 3, len) == []
    assert broken("mean 19\u00a0±\u00a03", 8, len) == ["mean", "19\u00a0±\u00a03"]
