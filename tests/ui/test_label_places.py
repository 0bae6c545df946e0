"""Words of measurements and lesions never lie under the words in the corners: in small panes, by mouse and keys."""

import itertools

import numpy as np
import pytest
from drawn_films import attenuation, film
from hands import CTRL, drag, key
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from shown_window import opened_window
from small_studies import write_series
from test_films_followed import THEN, write_film
from written_ct import blob, lesion, with_surface

from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.mark import MarkKind
from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui import overlays, picture_painter
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.framing import Framing
from mo_viewer.ui.label_places import is_crossed, nearest_place
from mo_viewer.ui.marks.drawing import MARK_COLOUR, DrawnMark, draw_marks
from mo_viewer.ui.overlays import FlatLine, FlatSpot, draw_flat
from tests.pictures.pictures_compare import pixels

SIZE = (911, 512)
"""1366 x 768 with words of 150 %."""
PANE = QRectF(6, 6, 200, 160)
SPOTS = st.tuples(st.floats(6, 196), st.floats(6, 156))


@pytest.fixture
def written(monkeypatch):
    """What was drawn last in a pane: boxes of lesions' labels, of measurements' words, and of all other words."""
    seen = {}

    def draw_flat(*given):
        seen["labels"] = flat(*given)
        return seen["labels"]

    def draw_all_marks(*given):
        seen["others"] = [box for box in given[-1] if box not in seen["labels"]]
        seen["values"] = marks(*given)
        return seen["values"]

    flat, marks = picture_painter.draw_flat, picture_painter.draw_marks
    monkeypatch.setattr(picture_painter, "draw_flat", draw_flat)
    monkeypatch.setattr(picture_painter, "draw_marks", draw_all_marks)
    return seen


def are_apart(boxes, others):
    near = [box for n, box in enumerate(boxes) for other in (*boxes[:n], *others) if box.intersects(other)]
    assert not near, near
    return len(boxes)


@given(st.lists(SPOTS, max_size=6), SPOTS)
def test_a_place_is_clear_of_words_wherever_there_is_one(spots, at):
    words = [QRectF(x, y, 40, 12) for x, y in spots]
    place = nearest_place(PANE, (60, 14), QRectF(*at, 1, 1), words)
    assert PANE.contains(place)
    assert not any(place.intersects(word) for word in words)


def test_the_nearest_place_is_taken_and_lines_are_left_where_it_costs_little():
    thing, words = QRectF(100, 90, 10, 10), [QRectF(60, 60, 120, 50)]
    place = nearest_place(PANE, (60, 14), thing, words)
    assert place.top() == pytest.approx(113, abs=6)
    line = np.array([[10.0, place.center().y()], [200.0, place.center().y()]])
    moved = nearest_place(PANE, (60, 14), thing, words, [line])
    assert not moved.top() < line[0, 1] < moved.bottom()
    assert np.hypot(*(moved.center() - place.center()).toTuple()) < 60


def test_a_pane_without_room_has_the_words_inside_all_the_same():
    full = [QRectF(0, 0, 220, 180)]
    assert PANE.contains(nearest_place(PANE, (60, 14), QRectF(50, 50, 5, 5), full))
    wider = nearest_place(PANE, (260, 14), QRectF(50, 50, 5, 5), full)
    assert wider.left() == PANE.left()


@pytest.mark.parametrize("blocked", [True, False])
def test_a_dotted_line_joins_words_to_their_mark_where_they_are_far_from_it(qapp, blocked):
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    framing = Framing(1.0, (150.0, 150.0), (300, 300))
    length = DrawnMark("1", MarkKind.LENGTH, np.array([[140.0, 150.0], [160.0, 150.0]]), MARK_COLOUR, ("20.0 mm",))
    words = [QRectF(80, 80, 140, 140)] if blocked else []
    with QPainter(image) as painter:
        (place,) = draw_marks(painter, QRectF(image.rect()), framing, [length], words=words)
    green = pixels(image)[..., 1] > 100
    green[140:160, 130:170] = False
    green[int(place.top()) - 3 : int(place.bottom()) + 4, int(place.left()) - 3 : int(place.right()) + 4] = False
    assert not any(place.intersects(one) for one in words)
    assert (green.sum() > 15) == blocked


def test_the_dotted_line_does_not_run_through_the_words_of_something_else(qapp):
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    framing = Framing(1.0, (150.0, 150.0), (300, 300))
    length = DrawnMark("1", MarkKind.LENGTH, np.array([[140.0, 150.0], [160.0, 150.0]]), MARK_COLOUR, ("20.0 mm",))
    around = [QRectF(60, 60, 180, 80), QRectF(60, 160, 180, 80), QRectF(60, 140, 60, 20), QRectF(180, 140, 60, 20)]
    with QPainter(image) as painter:
        (place,) = draw_marks(painter, QRectF(image.rect()), framing, [length], words=around)
    green = pixels(image)[..., 1] > 60
    assert not any(place.intersects(one) for one in around)
    for one in around:
        left, top, right, bottom = (round(edge) for edge in one.getCoords())
        assert not green[top:bottom, left:right].any()


@pytest.mark.parametrize("layout", [Qt.Key.Key_4, Qt.Key.Key_3, Qt.Key.Key_2])
def test_values_of_two_lines_on_a_film_are_clear_of_all_other_words(qtbot, tmp_path, written, layout):
    write_film(tmp_path / "dx", THEN, "2024-01-05", film(attenuation("hip")))
    (path,) = (tmp_path / "dx").iterdir()
    data = dcmread(path)
    data.PixelSpacing = data.ImagerPixelSpacing
    del data.ImagerPixelSpacing
    data.save_as(path)
    window = opened_window(qtbot, tmp_path / "dx", tmp_path / "f.sqlite", plugin_places(), SIZE)
    key(window.pane.view, layout, CTRL)
    view = window.pane.view
    shares = itertools.product((0.1, 0.5, 0.9), (0.15, 0.5, 0.85))
    ends = [QPoint(round(across * view.width()), round(down * view.height())) for across, down in shares]
    key(view, Qt.Key.Key_M)
    for begin, end in itertools.combinations(ends, 2):
        drag(view, begin, (begin + end) / 2, end)
        view.grab()
        assert are_apart(written["values"], [*written["labels"], *written["others"]]) == 1, (begin, end)
        key(view, Qt.Key.Key_Delete)
    assert window.host.faults == []
    window.close()


@pytest.mark.parametrize("k", [1, 9, 17])
def test_a_lesion_at_the_edge_of_a_plane_of_mpr_is_named_beside_its_words(qtbot, tmp_path, written, k):
    write_series(tmp_path / "ct", slices=19, side=48)
    window = opened_window(qtbot, tmp_path / "ct", tmp_path / "f.sqlite", plugin_places(), SIZE)
    volume, session = window.volume, window.session
    marked = with_surface(lesion(blob(volume.geometry, (k, 20, 22), (1.4, 5, 6))))
    session.change("Mark", session.document.with_lesion(Timepoint.of(volume.source), marked))
    key(window.pane.view, Qt.Key.Key_X)
    assert wait_until(lambda: window.jobs.is_idle and window.workspace.crosshair.at_mm is not None, 30)
    window.show_point(tuple(float(x) for x in volume.geometry.points_mm(np.array([k, 20, 22]))[0]))
    assert wait_until(lambda: window.jobs.is_idle, 30)
    for pane in window.workspace.panes:
        pane.view.grab()
        assert are_apart(written["labels"], written["others"]) == 1, pane.looks
    window.close()


@pytest.mark.parametrize(("width", "text"), [(460, "Lesion 1 · max 26.9 mm"), (200, "Lesion 1")])
@pytest.mark.parametrize("off_px", [-60.0, 0.0, 60.0])
def test_the_label_of_a_lesion_lies_beside_the_crosshair_and_is_short_where_it_could_not(
    qapp, monkeypatch, width, text, off_px
):
    middle = np.array([width / 2 + off_px * width / 460, 150.0])
    framing, colour = Framing(1.0, (width / 2, 150.0), (width, 300)), QColor("#e69f00")
    turn = np.linspace(0, 2 * np.pi, 40)
    outline = middle + 12 * np.column_stack([np.cos(turn), np.sin(turn)])
    reach = np.array([[-500.0, 0.0], [500.0, 0.0]])
    cross = tuple(middle + way for way in (reach, reach[:, ::-1]))
    flat = (
        FlatLine((outline,), colour, 1.6, True, False),
        FlatLine(cross, QColor("cyan"), 1.0, False, True, yields=True),
        FlatSpot(middle, colour, "Lesion 1 · max 26.9 mm"),
    )
    said = []
    monkeypatch.setattr(overlays, "draw_text", lambda painter, at, words, colour: said.append(words))
    image = QImage(width, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    with QPainter(image) as painter:
        (place,) = draw_flat(painter, QRectF(image.rect()).adjusted(6, 6, -6, -6), framing, flat)
    assert said == [text]
    assert not is_crossed(place, cross)
    assert not place.intersects(QRectF(*(middle - 12), 24, 24))
    assert abs(place.center().y() - 150) < 60


def test_a_label_that_cannot_leave_the_crosshair_is_whole_and_the_line_yields(qapp, monkeypatch):
    framing, middle = Framing(1.0, (60.0, 60.0), (300, 300)), np.array([150.0, 60.0])
    lines = tuple(np.array([[x, -500.0], [x, 500.0]]) for x in range(-100, 400, 12))
    flat = (FlatLine(lines, QColor("cyan"), 1.0, False, True, yields=True), FlatSpot(middle, QColor("red"), "A · long"))
    said = []
    monkeypatch.setattr(overlays, "draw_text", lambda painter, at, words, colour: said.append(words))
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        draw_flat(painter, QRectF(image.rect()), framing, flat)
    assert said == ["A · long"]
