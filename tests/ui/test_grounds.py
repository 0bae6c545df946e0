"""Words on pictures can be read on film as on air: contrast against what surrounds them, measured on the screen."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from scipy.ndimage import binary_dilation

from mo_viewer.findings.mark import MarkKind
from mo_viewer.ui import theme
from mo_viewer.ui.corner_text import Corners, Words
from mo_viewer.ui.framing import Bounds, Framing
from mo_viewer.ui.grounds import Beneath
from mo_viewer.ui.marks.drawing import MARK_COLOUR, DrawnMark, draw_marks
from mo_viewer.ui.overlays import FlatSpot
from mo_viewer.ui.picture_acts import picture_of
from mo_viewer.ui.picture_painter import Texts
from mo_viewer.ui.picture_text import placed_corners, put
from mo_viewer.ui.slice_view import SliceView
from mo_viewer.ui.stack import Stack
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Acquisition, Patient, Source
from mo_viewer.volume.volume import Volume
from mo_viewer.volume.window import Window
from tests.pictures.pictures_compare import pixels

LEAST, RATIO, SIZE = 4.5, 2, (640, 480)
SHAPE = (3, 150, 200)
LABEL = "#9ad7ff"
LINE = np.zeros((SIZE[1] * RATIO, SIZE[0] * RATIO), bool)
LINE[700:760, :294] = True
"""Where the line of the measurement lies: it is no word."""


@pytest.fixture(params=["dark", "light"])
def worn(request, qapp):
    theme.wear(qapp, theme.THEMES[request.param])
    yield request.param
    theme.wear(qapp, theme.DARK)


def flat_view(qtbot, level, **volume):
    """A view of nothing but one grey, with words of every tone, a lesion's label and a measurement on it."""
    source = Source(
        Patient("k", name="Muster^Erika", id="P"),
        "1.2",
        "1.3",
        "CT",
        "2024-03-04",
        description="Femur",
        study_description="Limb",
        acquisition=Acquisition(120.0, "B30f", 3.0),
    )
    geometry = Geometry.even(SHAPE, np.diag([1.0, 0.7, 0.8, 1.0])[:, [2, 1, 0, 3]])
    made = Volume(np.full(SHAPE, level, np.int16), geometry, source, "HU", **volume)
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.show()
    view.begin(Stack(geometry))
    view.show_volume(made)
    view.set_window(Window(128, 256))
    view.linked, view.doubt = lambda: "scroll", lambda: "check registration"
    view.overlays = lambda picture: (FlatSpot(np.array([60.0, 50.0]), QColor(LABEL), "Lesion 1 · max 26.5 mm"),)
    length = DrawnMark("1", MarkKind.LENGTH, np.array([[30.0, 80.0], [60.0, 80.0]]), MARK_COLOUR, ("30.0 mm",))
    view.marks = lambda picture: (length,)
    framing = view.framing
    view.set_framing(Framing(framing.px_per_mm * 1.4, framing.centre_mm, framing.size_px))
    return view


def luminance(levels):
    linear = np.where(levels <= 0.03928, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast(seen, colour, apart=False):
    """What a colour of words has against what lies within two logical pixels of it, the edges of letters apart."""
    wanted = np.array(QColor(colour).getRgbF()[:3])
    letters = (np.abs(seen - wanted).max(axis=-1) < 0.03) & ~apart
    around = binary_dilation(letters, np.ones((3, 3)), 2 * RATIO) & ~binary_dilation(letters, np.ones((3, 3)), 2)
    return (luminance(wanted) + 0.05) / (luminance(seen)[around].mean() + 0.05) if letters.sum() >= 20 else None


def contrasts(image):
    """What each colour of words has against what surrounds it."""
    seen = pixels(image)[..., :3] / 255.0
    tones = {name: getattr(theme, name) for name in ("PICTURE_TEXT", "PICTURE_ACCENT", "CAUTION", "LETTERS")}
    found = {
        name: contrast(seen, colour, LINE) for name, colour in {**tones, "label": LABEL, "mark": MARK_COLOUR}.items()
    }
    assert None not in found.values()
    return found


@pytest.mark.parametrize("level", [0, 60, 128, 160, 161, 200, 255])
def test_words_have_contrast_on_any_grey_in_either_theme(qtbot, worn, level):
    found = contrasts(picture_of(flat_view(qtbot, level), float(RATIO), named=True))
    assert min(found.values()) >= LEAST, found


@pytest.mark.parametrize("level", [0, 60, 128, 160, 161, 200, 255])
@pytest.mark.parametrize("tone", ["quiet", "bright"])
def test_a_tone_that_is_rare_has_it_too(qapp, tone, level):
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    image.fill(QColor(level, level, level))
    bounds = Bounds(0.0, 0.0, 20.0, 10.0)
    words = Corners(top_left=(Words("Compare with the other side", tone),))
    placed = placed_corners(QRectF(0, 0, 200, 100), words, None, 1.0, float(RATIO), False)
    beneath = Beneath(Framing.fit(bounds, (200, 100)), [(image.copy(), bounds)])
    painter = QPainter(image)
    beneath.darken(painter, tuple(one.box for one in placed))
    put(painter, placed)
    painter.end()
    colour = {"quiet": theme.PICTURE_QUIET, "bright": theme.BRIGHT}[tone]
    assert contrast(pixels(image)[..., :3] / 255.0, colour) >= LEAST


def test_unexposed_film_of_monochrome1_is_such_a_ground(qtbot):
    view = flat_view(qtbot, 0, inverted=True)
    bare = view.grab().toImage().pixelColor(300, 30)
    assert bare.lightness() == 255
    assert min(contrasts(picture_of(view, float(RATIO), named=True)).values()) >= LEAST


@pytest.mark.parametrize("level", [0, 60, 134])
def test_dark_pictures_and_muscle_are_left_as_they_are(qtbot, level, monkeypatch):
    view = flat_view(qtbot, level)
    with_ground = picture_of(view, float(RATIO), named=True)
    monkeypatch.setattr(Beneath, "darken", lambda *_, **__: None)
    assert picture_of(view, float(RATIO), named=True) == with_ground


def test_only_what_lies_under_words_is_darkened(qtbot):
    view = flat_view(qtbot, 255)
    seen = pixels(picture_of(view, float(RATIO), named=True))[..., :3].max(axis=-1)
    white = (seen == 255).mean()
    assert white > 0.9
    view.texts, view.overlays_on = Texts.NONE, False
    assert np.isin(pixels(picture_of(view, float(RATIO)))[..., :3], (0, 255)).all()


def test_what_lies_beneath_is_found_in_turned_pictures_and_under_a_second_series():
    white, clear = (QImage(10, 10, QImage.Format.Format_ARGB32_Premultiplied) for _ in range(2))
    white.fill(QColor("white"))
    clear.fill(QColor(0, 0, 0, 0))
    left = QImage(10, 10, QImage.Format.Format_RGB32)
    left.fill(QColor("black"))
    for y in range(10):
        for x in range(5):
            left.setPixelColor(x, y, QColor("white"))
    bounds = Bounds(0.0, 0.0, 10.0, 10.0)
    upright = Framing.fit(bounds, (100, 100))
    boxes = ((5.0, 40.0, 30.0, 20.0), (65.0, 40.0, 30.0, 20.0))
    assert Beneath(upright, [(left, bounds)]).is_bright(boxes).tolist() == [True, False]
    turned = upright.turned(((-1, 0), (0, 1)))
    assert Beneath(turned, [(left, bounds)]).is_bright(boxes).tolist() == [False, True]
    assert Beneath(upright, [(left, bounds), (clear, bounds)]).is_bright(boxes).tolist() == [True, False]
    assert Beneath(upright, [(left, bounds), (white, bounds)]).is_bright(boxes).tolist() == [True, True]
    across = ((30.0, 40.0, 40.0, 20.0),)
    assert Beneath(upright, [(left, bounds)]).is_bright(across).tolist() == [True]
    assert Beneath(upright, [(left, bounds)]).is_bright(across, wholly=True).tolist() == [False], "a label beside bone"
    assert Beneath(upright, [(white, bounds)]).is_bright(across, wholly=True).tolist() == [True]
    assert Beneath(upright, [(white, bounds)]).is_bright(((-60.0, 40.0, 30.0, 20.0),)).tolist() == [False]


@pytest.mark.parametrize("from_px", [0, 30, 60, 150])
def test_words_whose_first_letters_lie_on_a_rim_of_fat_have_contrast_there_too(qapp, from_px):
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    image.fill(QColor("black"))
    with QPainter(image) as painter:
        painter.fillRect(QRectF(from_px, 0, 26, 100), QColor("white"))
    bounds = Bounds(0.0, 0.0, 20.0, 10.0)
    words = Corners(top_left=(Words("T1 axial post contrast, 4 mm"),))
    placed = placed_corners(QRectF(0, 0, 200, 100), words, None, 1.0, float(RATIO), False)
    beneath = Beneath(Framing.fit(bounds, (200, 100)), [(image.copy(), bounds)])
    with QPainter(image) as painter:
        beneath.darken(painter, tuple(one.box for one in placed))
        put(painter, placed)
    part = pixels(image)[:60, from_px * RATIO : (from_px + 26) * RATIO, :3] / 255.0
    assert contrast(part, theme.PICTURE_TEXT) >= LEAST


@pytest.mark.parametrize(("left", "top", "wide", "high"), [(40, 0, 40, 9), (0, 7, 90, 3), (81, 0, 9, 16)])
def test_a_rim_along_words_or_across_their_end_brings_a_ground(left, top, wide, high):
    image = QImage(90, 16, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    with QPainter(image) as painter:
        painter.fillRect(left, top, wide, high, QColor("white"))
    bounds = Bounds(0.0, 0.0, 90.0, 16.0)
    beneath = Beneath(Framing(1.0, (45.0, 8.0), (90, 16)), [(image, bounds)])
    assert beneath.is_bright(((0.0, 0.0, 90.0, 16.0),)).tolist() == [True]
    assert beneath.is_bright(((0.0, 0.0, 90.0, 16.0),), wholly=True).tolist() == [False]


def test_noise_of_muscle_brings_no_ground():
    rng = np.random.default_rng(1)
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    grey = np.frombuffer(image.bits(), np.uint32).reshape(300, 300)
    level = np.clip(rng.normal(134, 12, grey.shape), 0, 255).astype(np.uint32)
    grey[:] = level << 16 | level << 8 | level
    bounds = Bounds(0.0, 0.0, 10.0, 10.0)
    boxes = tuple((float(x), float(y), 90.0, 16.0) for x in range(0, 200, 20) for y in range(0, 280, 14))
    assert not Beneath(Framing.fit(bounds, (300, 300)), [(image, bounds)]).is_bright(boxes).any()


def test_a_value_is_broken_into_lines_before_a_narrow_pane_cuts_it(qapp):
    image = QImage(124, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    inside, framing = QRectF(image.rect()).adjusted(4, 4, -4, -4), Framing(1.0, (62.0, 150.0), (124, 300))
    at = np.array([[40.0, 150.0], [80.0, 152.0]])
    length = DrawnMark("1", MarkKind.LENGTH, at, MARK_COLOUR, ("112.1 mm, calibration unknown",))
    with QPainter(image) as painter:
        (place,) = draw_marks(painter, inside, framing, [length])
    assert inside.contains(place)
