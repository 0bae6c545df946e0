"""Another study in the picture, by mouse and keys: exact in place, in value, and refused where it would mislead."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from hands import ALT, CTRL, SHIFT, click, drag, hover, key
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.registration import BY_HAND, BY_POINTS, Registration, Verdict, rows_of
from mo_viewer.ui.app import wait_until
from mo_viewer.ui.comparing.mixing import SQUARE_PX, Manner, noise_of
from mo_viewer.ui.picture_acts import picture_of
from mo_viewer.volume.surface import Surface

NOW, THEN = "1.2.3.2", "1.2.3.1"
SHIFT_MM = (6 * 0.7, 0.0, 3.0)
"""Six columns and one slice: `NOW`'s points lie so much farther in `THEN`."""
SCANNER = {"KVP": 120, "ConvolutionKernel": "B30f", "Manufacturer": "M", "ManufacturerModelName": "One"}
ROW, THEN_ONLY, BOTH, NOW_ONLY = 16, 8, 15, 21
"""A row through the bright squares, and columns that only one of them covers, or both (`THEN`'s as carried here)."""
BOX = (
    *((0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1)),
    *((2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)),
)
"""Triangles of a box whose corners count x slowest, z fastest."""


@pytest.fixture
def window(qtbot, tmp_path):
    folder = tmp_path / "images"
    write_series(folder, uid=f"{THEN}.1", study=THEN, date="2024-01-05", slices=9, side=48, **SCANNER)
    write_series(folder, uid=f"{NOW}.1", study=NOW, date="2024-05-06", slices=9, side=48, **SCANNER)
    made = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    made.show_series(next(one for one in made.library.series if one.source.study_uid == NOW))
    assert wait_until(lambda: made.volume is not None and made.volume.source.study_uid == NOW, 20)
    made.pane.view.go_to(4)
    yield made
    made.close()


def register(window, verdict=Verdict.GOOD, reason="", **more):
    matrix = np.eye(4)
    matrix[:3, 3] = SHIFT_MM
    rows = None if verdict is Verdict.FAILED else rows_of(matrix)
    document = window.session.document
    known = Registration(NOW, THEN, verdict, reason, rows, **more)
    window.session.change("Register studies", replace(document, registrations=(known,)))


def press(window, which, keys=SHIFT):
    key(window.pane.view, which, keys)
    comparing = window.extras.comparing
    assert wait_until(lambda: comparing._wanted is None and window.jobs.is_idle, 20)
    return comparing


def pixel(window, column, row=ROW):
    view = window.pane.view
    image = picture_of(view, 1.0, words=False).convertToFormat(QImage.Format.Format_RGB32)
    at = view.position_of((0.7 * column, 0.8 * row, 0.0))
    colour = image.pixelColor(round(at.x()), round(at.y()))
    return colour.red(), colour.green(), colour.blue()


def is_bright(window, column, row=ROW):
    red, green, blue = pixel(window, column, row)
    assert red == green == blue
    return red > 128


def complaint(window):
    return " ".join(message.sentence for message in window.pane.messages.messages)


def test_u_puts_the_other_study_in_place_of_this_one_and_back(window):
    register(window)
    assert [is_bright(window, c) for c in (THEN_ONLY, BOTH, NOW_ONLY)] == [False, True, True]
    press(window, Qt.Key.Key_U, keys=Qt.KeyboardModifier.NoModifier)
    assert [is_bright(window, c) for c in (THEN_ONLY, BOTH, NOW_ONLY)] == [True, True, False]
    press(window, Qt.Key.Key_U, keys=Qt.KeyboardModifier.NoModifier)
    assert [is_bright(window, c) for c in (THEN_ONLY, BOTH, NOW_ONLY)] == [False, True, True]


def test_the_swipe_shows_then_left_of_a_line_that_the_mouse_and_the_keys_move(window):
    register(window)
    comparing = press(window, Qt.Key.Key_W)
    view = window.pane.view
    right_of_all = view.position_of((0.7 * 30, 0.0, 0.0)).x()
    left_of_all = view.position_of((0.7 * 3, 0.0, 0.0)).x()
    line = QPointF(0.5 * view.width(), 40)
    hover(view, line)
    assert view.cursor().shape() == Qt.CursorShape.SplitHCursor
    drag(view, line, QPointF(right_of_all, 60))
    assert [is_bright(window, c) for c in (THEN_ONLY, NOW_ONLY)] == [True, False]
    drag(view, QPointF(right_of_all, 60), QPointF(left_of_all, 40))
    assert [is_bright(window, c) for c in (THEN_ONLY, NOW_ONLY)] == [False, True]
    before = comparing.swiped
    key(view, Qt.Key.Key_Right, ALT)
    assert comparing.swiped == pytest.approx(before + 0.05)


def test_the_checkerboard_shows_each_study_on_its_own_squares(window):
    register(window)
    press(window, Qt.Key.Key_U)
    view = window.pane.view
    for column in (THEN_ONLY, NOW_ONLY):
        at = view.position_of((0.7 * column, 0.8 * ROW, 0.0)).toPoint()
        shows_then = (at.x() // SQUARE_PX + at.y() // SQUARE_PX) % 2 == 0
        assert is_bright(window, column) == (shows_then == (column == THEN_ONLY))


def test_the_difference_colours_what_is_denser_and_less_dense_and_nothing_else(window):
    register(window)
    comparing = press(window, Qt.Key.Key_D)
    assert comparing.manner is Manner.DIFFERENCE
    red, _, blue = pixel(window, NOW_ONLY)
    assert red > blue + 60
    red, _, blue = pixel(window, THEN_ONLY)
    assert blue > red + 60
    assert is_bright(window, BOTH)
    view = window.pane.view
    k = window.pane.view.shown.k
    for column, expected in ((NOW_ONLY, 1400 + k), (THEN_ONLY, -(1401 + k)), (BOTH, -1)):
        hover(view, view.position_of((0.7 * column, 0.8 * ROW, 0.0)))
        assert view.look(view.shown).second_value == f"difference {expected:+d} HU"


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"verdict": Verdict.CHECK, "reason": "little bone"}, "little bone"),
        ({"verdict": Verdict.CHECK, "reason": BY_POINTS, "anchor": BY_POINTS}, "aligned by hand"),
        ({"verdict": Verdict.FAILED, "reason": "no common bone"}, "no common bone"),
    ],
)
def test_no_difference_without_a_good_registration(window, known, why):
    register(window, **known)
    comparing = press(window, Qt.Key.Key_D)
    assert comparing.manner is None
    assert why in complaint(window)


def test_a_failed_registration_lays_nothing_over(window):
    register(window, Verdict.FAILED, "no common bone")
    assert press(window, Qt.Key.Key_W).manner is None
    assert "no common bone" in complaint(window)
    assert not is_bright(window, THEN_ONLY)


def test_a_doubtful_registration_says_so_on_the_picture(window):
    register(window, Verdict.CHECK, "little bone")
    press(window, Qt.Key.Key_W)
    look = window.pane.view.look(window.pane.view.shown)
    assert "little bone" in look.second.badge


def test_another_tube_voltage_is_not_subtracted(qtbot, tmp_path):
    folder = tmp_path / "images"
    write_series(folder, uid=f"{THEN}.1", study=THEN, date="2024-01-05", slices=9, side=48, **SCANNER | {"KVP": 100})
    write_series(folder, uid=f"{NOW}.1", study=NOW, date="2024-05-06", slices=9, side=48, **SCANNER)
    made = opened_window(qtbot, folder, tmp_path / "f.sqlite")
    made.show_series(next(one for one in made.library.series if one.source.study_uid == NOW))
    assert wait_until(lambda: made.volume is not None and made.volume.source.study_uid == NOW, 20)
    register(made)
    assert press(made, Qt.Key.Key_D).manner is None
    assert "tube voltage differs" in complaint(made)
    made.close()


def test_contours_of_then_are_drawn_on_now_where_the_registration_puts_them(window):
    register(window)
    corners = np.array([[x, y, z] for x in (8.0, 12.0) for y in (9.0, 14.0) for z in (9.0, 21.0)])
    lesion = Lesion("2.25.1", "L1", ((10.0, 11.0, 15.0),), surface=Surface(corners, np.array(BOX)))
    timepoint = Timepoint(THEN, f"{THEN}.1", "2024-01-05", modality="CT")
    window.session.change("Mark", window.session.document.with_lesion(timepoint, lesion))
    press(window, Qt.Key.Key_C)
    view = window.pane.view
    drawn = view.overlays(view.shown)
    (line,) = [one for one in drawn if hasattr(one, "pieces")]
    assert line.dashed
    points = view.shown.plane.to_patient(np.concatenate(line.pieces))
    assert points.min(axis=0)[:2] == pytest.approx(np.array([8.0, 9.0]) - SHIFT_MM[:2])
    assert points.max(axis=0)[:2] == pytest.approx(np.array([12.0, 14.0]) - SHIFT_MM[:2])
    assert any(getattr(one, "text", "") == "L1 2024-01-05" for one in drawn)
    press(window, Qt.Key.Key_C)
    assert not [one for one in view.overlays(view.shown) if hasattr(one, "pieces")]
    (solid,) = window.extras.comparing.solids_then()
    assert solid.name == "L1 2024-01-05"
    assert solid.surface.vertices_mm == pytest.approx(corners - SHIFT_MM)


def test_noise_is_that_of_the_quiet_part(window):
    noise = np.random.default_rng(1).normal(0.0, 25.0, (400, 400))
    noise[:60, :60] += 600.0
    assert noise_of(noise, np.ones(noise.shape, dtype=bool)) == pytest.approx(25.0, rel=0.1)


def test_every_manner_is_in_the_menu_and_the_toolbar_has_it(window):
    table = window.actions_table
    menu = table.menu(window, ["Compare"])
    named = [action.text() for action in menu.actions()]
    assert {"Blink", "Split line", "Checkerboard", "Blend", "Difference", "Contours of the other study"} <= set(named)
    assert all(table.action(f"compare.{manner.name.lower()}").keys for manner in Manner)


def test_without_the_other_study_nothing_of_it_is_kept(window):
    register(window)
    comparing = press(window, Qt.Key.Key_W)
    assert is_bright(window, THEN_ONLY) or is_bright(window, NOW_ONLY)
    pair = weakref.ref(comparing.pair())
    key(window.pane.view, Qt.Key.Key_W, SHIFT)
    window.pane.view.grab()
    gc.collect()
    assert pair() is None
    assert comparing.manner is None


def way_of(window):
    return window.extras.following.way(NOW, THEN)


def begun_to_align(window):
    """Two panes of studies that were not aligned, with the tool for pairs in hand."""
    register(window, Verdict.FAILED, "no common bone")
    window.act("layout.1x2")
    now, then = window.workspace.panes
    then.show_series(next(one for one in window.library.series if one.source.study_uid == THEN))
    assert wait_until(lambda: then.volume is not None and window.jobs.is_idle, 20)
    key(now.view, Qt.Key.Key_A, SHIFT)
    return now, then


def test_three_pairs_of_clicks_align_studies_that_no_bone_does(window):
    now, then = begun_to_align(window)
    for x, y, k in ((8.0, 9.0, 4), (16.0, 9.0, 4), (9.0, 24.0, 6)):
        for pane, at in ((now, (x, y, 3.0 * k)), (then, (x + SHIFT_MM[0], y, 3.0 * k + SHIFT_MM[2]))):
            pane.view.bring(at)
            click(pane.view, pane.view.position_of(at))
    (known,) = window.session.document.registrations
    assert (known.verdict, known.anchor) == (Verdict.CHECK, BY_POINTS)
    assert way_of(window).matrix[:3, 3] == pytest.approx(SHIFT_MM, abs=0.05)
    assert window.tools.name != "align.points"
    window.session.undo()
    assert window.session.document.registrations[0].verdict is Verdict.FAILED


def test_the_tool_for_pairs_chosen_again_keeps_its_points_and_esc_puts_it_away(window):
    now, _ = begun_to_align(window)
    click(now.view, now.view.position_of((8.0, 9.0, 12.0)))
    key(now.view, Qt.Key.Key_A, SHIFT)
    assert window.tools.name == "align.points"
    assert [len(points) for points in window.tools.grip.points.values()] == [1]
    key(now.view, Qt.Key.Key_Escape)
    assert window.tools.name == "window"


def test_points_in_a_row_are_refused_and_nothing_is_kept(window):
    now, then = begun_to_align(window)
    for x in (8.0, 16.0, 24.0):
        for pane in (now, then):
            click(pane.view, pane.view.position_of((x, 12.0, 12.0)))
    assert window.session.document.registrations[0].verdict is Verdict.FAILED
    assert "one line" in " ".join(m.sentence for pane in (now, then) for m in pane.messages.messages)


def test_the_other_study_is_dragged_and_turned_into_place(window):
    register(window)
    view = window.pane.view
    window.act("align.drag")
    assert wait_until(lambda: window.extras.comparing.manner is Manner.BLEND, 20)
    before = way_of(window).matrix
    start, end = view.position_of((12.0, 12.0, 12.0)), view.position_of((17.0, 9.0, 12.0))
    drag(view, start, end)
    moved = way_of(window)
    assert (moved.verdict, moved.anchor) == (Verdict.CHECK, BY_HAND)
    assert moved.matrix[:3, 3] == pytest.approx(before[:3, 3] - (5.0, -3.0, 0.0), abs=1e-6)
    drag(view, start, start + QPointF(50, 0), keys=CTRL)
    turned = way_of(window)
    assert turned.matrix[0, 0] == pytest.approx(np.cos(np.radians(10.0)))
    pivot = np.array(view.point_at(start))
    assert turned.carried(pivot)[0] == pytest.approx(moved.carried(pivot)[0], abs=1e-6)
    assert window.session.undo_title == "Align by dragging"
    assert press(window, Qt.Key.Key_D).manner is None
    assert "aligned by hand" in complaint(window)


def in_two_panes(window):
    """The later study on the left with a swipe on it, the earlier one on the right."""
    register(window)
    window.act("layout.1x2")
    now, then = window.workspace.panes
    then.show_series(next(one for one in window.library.series if one.source.study_uid == THEN))
    assert wait_until(lambda: then.volume is not None and window.jobs.is_idle, 20)
    press(window, Qt.Key.Key_W)
    return now, then


def is_laid_over(pane):
    return pane.view.look(pane.view.shown).second is not None


def test_the_other_study_stays_where_it_was_laid_until_the_reader_ends_it(window):
    now, then = in_two_panes(window)
    click(then.view, QPointF(30, 30))
    assert window.pane is then
    assert (is_laid_over(now), is_laid_over(then)) == (True, False)
    line = QPointF(0.5 * now.view.width(), 40)
    assert now.view.catch(line) is not None
    window.act("layout.2x2")
    assert is_laid_over(now)
    key(then.view, Qt.Key.Key_W, SHIFT)
    assert window.extras.comparing.manner is None
    assert not is_laid_over(now)


@pytest.mark.parametrize("which", [Qt.Key.Key_U, Qt.Key.Key_D])
def test_another_manner_goes_where_the_reader_is(window, which):
    now, then = in_two_panes(window)
    click(then.view, QPointF(30, 30))
    press(window, which)
    assert (is_laid_over(now), is_laid_over(then)) == (False, True)


def test_the_other_study_goes_with_its_picture_when_its_pane_closes_and_ends_with_it(window):
    now, then = in_two_panes(window)
    window.extras.comparing.leave()
    then.show_series(now.series)
    assert wait_until(lambda: then.volume is not None and window.jobs.is_idle, 20)
    click(then.view, QPointF(30, 30))
    comparing = press(window, Qt.Key.Key_W)
    assert is_laid_over(then)
    window.act("layout.1x1")
    assert window.pane is now
    assert is_laid_over(now)
    comparing.leave()
    window.act("layout.1x2")
    then.show_series(next(one for one in window.library.series if one.source.study_uid == THEN))
    assert wait_until(lambda: then.volume is not None and window.jobs.is_idle, 20)
    click(then.view, QPointF(30, 30))
    press(window, Qt.Key.Key_W)
    assert is_laid_over(then)
    click(now.view, QPointF(30, 30))
    window.act("layout.1x1")
    assert comparing.manner is None
    assert not is_laid_over(now)


def test_dragging_into_place_is_done_in_the_picture_that_both_are_in(window):
    _, then = in_two_panes(window)
    before = way_of(window).matrix
    click(then.view, QPointF(30, 30))
    window.act("align.drag")
    assert wait_until(lambda: window.extras.comparing.manner is Manner.BLEND and is_laid_over(then), 20)
    now = window.workspace.panes[0]
    drag(now.view, QPointF(60, 60), QPointF(90, 60))
    assert way_of(window).matrix == pytest.approx(before)
    drag(then.view, QPointF(60, 60), QPointF(90, 60))
    assert way_of(window).matrix != pytest.approx(before)
