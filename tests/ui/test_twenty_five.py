"""The 25 things that a radiologist would miss at once, one after the other, by events of mouse, wheel and keys."""

import numpy as np
import pytest
from hands import ALT, CTRL, LEFT, MIDDLE, NONE, RIGHT, SHIFT, click, double_click, drag, hover, key, pull, wheel
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import open_window, wait_until
from mo_viewer.ui.corner_text import corners, letters
from mo_viewer.ui.picture_acts import picture_of
from mo_viewer.ui.picture_painter import Texts

K = Qt.Key
PATIENCE_S = 60


@pytest.fixture
def images(tmp_path):
    """A study of today and one of two months before, of the same thigh."""
    folder = tmp_path / "images"
    write_series(folder, slices=24, side=48, BodyPartExamined="THIGH")
    write_series(
        folder, uid="1.2.3.2.1", study="1.2.3.2", date="2024-05-06", slices=24, side=48, BodyPartExamined="THIGH"
    )
    return folder


@pytest.fixture
def window(qtbot, tmp_path, images):
    made = opened_window(qtbot, images, tmp_path / "f.sqlite")
    yield made
    made.close()


def view_of(window):
    return window.pane.view


def place(window):
    view = view_of(window)
    return view.stack.place_of(view.shown.index)


def words(window):
    look = view_of(window).look(view_of(window).shown)
    said = corners(
        look.picture, look.stack, look.window, look.framing, under_cursor=look.under_cursor,
        names_hidden=look.names_hidden, linked=look.linked, doubt=look.doubt,
    )  # fmt: skip
    return "\n".join(line.text for part in vars(said).values() for line in part)


def marks(window):
    return [mark for timepoint in window.session.document.timepoints for mark in timepoint.marks]


def reading(window, mark):
    return window.extras.marks.board.reading(mark, window.pane.volume)


def settled(window):
    assert wait_until(
        lambda: window.jobs.is_idle and all(pane.view.shown is not None for pane in window.workspace.panes), PATIENCE_S
    )


def test_01_a_folder_dropped_anywhere_shows_images(qtbot, tmp_path, images):
    window = open_window((), tmp_path / "f.sqlite", places=())
    qtbot.addWidget(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(images))])
    for part in (window.status, window.study_list):
        if window.volume is None:
            drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, NONE)
            window.drops.eventFilter(part, drop)
            assert wait_until(lambda: window.pane.view.shown is not None, PATIENCE_S)
    assert wait_until(lambda: window.volume is not None, PATIENCE_S)
    window.close()


def test_02_left_windows_the_wheel_scrolls_middle_pans_right_zooms_and_all_can_be_set(window):
    view = view_of(window)
    level, at, framing = view.window_level, place(window), view.framing
    pull(view, 40, 20, LEFT)
    assert view.window_level.width > level.width
    assert view.window_level.centre > level.centre
    wheel(view, 1)
    assert place(window) == at + 1
    pull(view, 30, 0, MIDDLE)
    assert view.framing.centre_mm != framing.centre_mm
    pull(view, 0, 40, RIGHT)
    assert view.framing.px_per_mm > framing.px_per_mm
    window.extras.mouse.set("left", "pan")
    level = view.window_level
    pull(view, 30, 30, LEFT)
    assert view.window_level == level


def test_03_number_keys_are_presets_and_there_are_the_images_own_automatic_and_reset(window):
    view = view_of(window)
    first = view.window_level
    key(view, K.Key_2)
    assert (view.window_level.width, view.window_level.centre) == (2000, 350)
    key(view, K.Key_7)
    assert (view.window_level.width, view.window_level.centre) == (1500, 300)
    key(view, K.Key_0)
    assert view.window_level.name == "Auto"
    key(view, K.Key_R)
    assert view.window_level == first


def test_04_monochrome1_is_not_white_and_padding_is_black(qtbot, tmp_path):
    write_series(
        tmp_path / "dx", slices=1, side=48, modality="DX", PhotometricInterpretation="MONOCHROME1",
        WindowCenter="-300", WindowWidth="1500", PixelPaddingValue=24,
    )  # fmt: skip
    window = opened_window(qtbot, tmp_path / "dx", tmp_path / "f.sqlite")
    picture = picture_of(view_of(window), 1.0, words=False)
    square = view_of(window).framing.to_screen(np.array([0.7 * 18, 0.8 * 18]))[0]
    assert picture.pixelColor(*(int(x) for x in square)).red() < 60
    ground = view_of(window).framing.to_screen(np.array([0.7 * 40, 0.8 * 40]))[0]
    assert picture.pixelColor(*(int(x) for x in ground)).red() == 0
    window.close()


def test_05_orientation_letters_are_always_there_and_turn_with_the_picture(window):
    view = view_of(window)
    assert (letters(view.shown).left, letters(view.shown).top) == ("R", "A")
    key(view, K.Key_H, SHIFT)
    assert letters(view.shown, view.framing.turn).left == "L"


def test_06_words_have_three_states_and_names_are_hidden_by_one_key(window):
    view = view_of(window)
    assert "Doe, Jane" in words(window)
    for state in (Texts.LETTERS, Texts.NONE, Texts.ALL):
        key(view, K.Key_Space)
        assert view.texts is state
    key(view, K.Key_N)
    assert "Doe" not in words(window)
    assert "Doe" not in window.windowTitle()


def test_07_studies_stand_by_date_with_pictures_counts_and_modality(window):
    rows = [window.study_list.studies.model().index(row) for row in range(2)]
    said = [f"{row.data()} {row.data(Qt.ItemDataRole.ToolTipRole)}" for row in rows]
    assert "2024-05-06" in said[0]
    assert "2024-03-04" in said[1]
    assert all("CT" in text and "24" in text for text in said)


def test_08_layouts_by_keys_and_a_double_click_maximises_and_restores(window):
    for which, count in ((K.Key_2, 2), (K.Key_4, 4), (K.Key_3, 3), (K.Key_1, 1)):
        key(view_of(window), which, CTRL)
        assert len([pane for pane in window.workspace.panes if pane.isVisible()]) == count
    key(view_of(window), K.Key_2, CTRL)
    double_click(view_of(window), QPoint(60, 60))
    assert len([pane for pane in window.workspace.panes if pane.isVisible()]) == 1
    double_click(view_of(window), QPoint(60, 60))
    assert len([pane for pane in window.workspace.panes if pane.isVisible()]) == 2


def test_09_current_and_prior_side_by_side_by_one_key(window):
    key(view_of(window), K.Key_V)
    settled(window)
    assert [pane.series.source.date for pane in window.workspace.panes] == ["2024-03-04", "2024-05-06"]


def test_10_linked_scrolling_by_millimetres_and_easy_to_unlink(window):
    key(view_of(window), K.Key_V)
    settled(window)
    left, right = window.workspace.panes
    before = right.view.asked
    wheel(left.view, 3)
    assert abs(right.view.asked - before) == 3
    assert "linked" in words(window)
    key(left.view, K.Key_L, SHIFT)
    before = right.view.asked
    wheel(left.view, 2)
    assert right.view.asked == before


def test_11_reference_lines_and_a_cursor_in_space(window):
    key(view_of(window), K.Key_2, CTRL)
    first = window.workspace.panes[0]
    window.workspace.activate(window.workspace.panes[1])
    window.show_series(first.series)
    settled(window)
    second = window.workspace.panes[1]
    second.look("coronal")
    settled(window)
    assert len(first.view.overlays(first.view.shown)) == 1
    hover(second.view, QPoint(second.view.width() // 2, second.view.height() // 2 - 60), SHIFT)
    pointed = second.view.point_at(QPointF(second.view.width() / 2, second.view.height() / 2 - 60))
    assert float(first.view.shown.plane.origin_mm[2]) == pytest.approx(pointed[2], abs=1.6)


def test_12_axial_coronal_and_sagittal_with_a_crosshair_that_turns(window):
    key(view_of(window), K.Key_X)
    settled(window)
    axial, coronal, sagittal = window.workspace.panes
    assert [letters(pane.view.shown).top for pane in (axial, coronal, sagittal)] == ["A", "S", "S"]
    at = axial.view.position_of(window.workspace.crosshair.at_mm)
    drag(axial.view, at.toPoint(), at.toPoint() + QPoint(20, 10))
    assert window.workspace.crosshair.at_mm != pytest.approx((0, 0, 0))
    centre = axial.view.position_of(window.workspace.crosshair.at_mm)
    reach = min(axial.view.width(), axial.view.height()) * 0.38
    drag(axial.view, (centre + QPointF(reach, 0)).toPoint(), (centre + QPointF(reach, 60)).toPoint())
    assert window.workspace.crosshair.is_turned
    assert "Oblique" in "".join(line.text for line in corners_of(coronal))


def corners_of(pane):
    look = pane.view.look(pane.view.shown)
    return corners(look.picture, look.stack, look.window, look.framing).top_left


def test_13_a_slab_by_alt_and_wheel(window):
    view = view_of(window)
    wheel(view, -6, ALT)
    settled(window)
    assert "MIP 10 mm" in words(window)
    window.act("slab.MinIP")
    settled(window)
    assert "MinIP 10 mm" in words(window)


def test_14_length_angle_and_bidirectional(window):
    view = view_of(window)
    key(view, K.Key_M)
    drag(view, QPoint(100, 100), QPoint(160, 180))
    (length,) = marks(window)
    assert reading(window, length).length == pytest.approx(100 / view.framing.px_per_mm, abs=0.35)
    assert view.marks(view.shown)[0].lines[0].endswith(" mm")
    key(view, K.Key_A)
    drag(view, QPoint(100, 300), QPoint(200, 300))
    click(view, QPoint(200, 380))
    assert reading(window, marks(window)[-1]).angle_deg == pytest.approx(90)
    key(view, K.Key_M, SHIFT)
    drag(view, QPoint(240, 100), QPoint(340, 100))
    assert reading(window, marks(window)[-1]).short > 0


def test_15_an_outline_has_mean_sd_range_and_area(window):
    view = view_of(window)
    key(view, K.Key_E)
    start, end = (view.position_of((0.7 * c, 0.8 * c, 36.0)).toPoint() for c in (14, 22))
    drag(view, start, end)
    read = reading(window, marks(window)[-1])
    index = view.shown.index
    assert (read.inside.mean, read.inside.sd) == (pytest.approx(400 + index), pytest.approx(0))
    assert (read.inside.lowest, read.inside.highest) == (400 + index, 400 + index)
    assert read.area > 20
    assert any("HU" in line for line in view.marks(view.shown)[-1].lines)


def test_16_the_value_under_the_cursor_is_always_there(window):
    view = view_of(window)
    hover(view, view.position_of((0.7 * 18, 0.8 * 18, 36.0)))
    assert f"{400 + view.shown.index} HU at L 12.6 P 14.4" in words(window)


def test_17_everything_is_undone_and_done_again(window):
    view = view_of(window)
    key(view, K.Key_M)
    drag(view, QPoint(100, 100), QPoint(160, 180))
    key(view, K.Key_S)
    done = window.session.document
    key(view, K.Key_Z, CTRL)
    key(view, K.Key_Z, CTRL)
    assert marks(window) == []
    key(view, K.Key_Y, CTRL)
    key(view, K.Key_Y, CTRL)
    assert window.session.document == done


def test_18_a_mark_is_moved_named_coloured_locked_and_deleted_without_a_question(window):
    view = view_of(window)
    key(view, K.Key_M)
    drag(view, QPoint(100, 100), QPoint(180, 100))
    key(view, K.Key_Escape)
    before = marks(window)[0].points
    drag(view, QPoint(140, 100), QPoint(140, 130))
    assert marks(window)[0].points != before
    key(view, K.Key_F2)
    (entry,) = [one for one in view.findChildren(QLineEdit) if one.isVisible()]
    QTest.keyClicks(entry, "Rim")
    QTest.keyClick(entry, K.Key_Return)
    window.act("mark.colour.rose")
    window.act("mark.lock")
    assert (marks(window)[0].label, marks(window)[0].locked) == ("Rim", True)
    key(view, K.Key_Delete)
    assert len(marks(window)) == 1
    window.act("mark.lock")
    key(view, K.Key_Delete)
    assert marks(window) == []


def test_19_a_click_in_the_list_goes_to_the_mark(window):
    view = view_of(window)
    key(view, K.Key_M)
    drag(view, QPoint(100, 100), QPoint(160, 180))
    at = place(window)
    key(view, K.Key_Home)
    assert place(window) != at
    rows = window.extras.marks.list.rows
    QTest.mouseClick(rows.viewport(), LEFT, NONE, rows.visualItemRect(rows.topLevelItem(0)).center())
    assert place(window) == at


def test_20_a_star_and_its_picture(window, tmp_path, monkeypatch):
    key(view_of(window), K.Key_S)
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(out))
    window.act("key_image.save")
    assert wait_until(lambda: list(out.glob("*.png")) and window.jobs.is_idle, PATIENCE_S)


def test_21_keys_scroll_by_one_by_ten_and_to_the_ends_and_cine_runs(window):
    view = view_of(window)
    key(view, K.Key_Home)
    assert place(window) == 0
    for which, by in ((K.Key_Down, 1), (K.Key_PageDown, 10), (K.Key_Up, -1), (K.Key_PageUp, -10)):
        before = place(window)
        key(view, which)
        assert place(window) == before + by
    key(view, K.Key_End)
    assert place(window) == 23
    key(view, K.Key_C)
    assert wait_until(lambda: place(window) != 23, PATIENCE_S)
    key(view, K.Key_C)
    assert not window.extras.cine.is_running


def test_22_invert_turn_flip_magnifier_fit_and_one_to_one(window):
    view = view_of(window)
    key(view, K.Key_I)
    assert view.is_inverted
    key(view, K.Key_Right, CTRL)
    assert letters(view.shown, view.framing.turn).top == "R"
    key(view, K.Key_V, SHIFT)
    window.act("true_pixels")
    assert view.framing.px_per_mm == pytest.approx(1 / 0.7)
    window.act("fit")
    assert view.is_fitted
    key(view, K.Key_J)
    assert window.tools.name == "lens"


def test_23_marks_are_there_again_after_closing(qtbot, tmp_path, images):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite")
    key(view_of(first), K.Key_M)
    drag(view_of(first), QPoint(100, 100), QPoint(160, 180))
    kept = marks(first)
    first.close()
    second = opened_window(qtbot, images, tmp_path / "f.sqlite")
    assert marks(second) == kept
    second.close()


def test_24_a_report_can_be_copied_and_a_pdf_an_sr_and_a_seg_are_written(qtbot, tmp_path, demo_patient, monkeypatch):
    study = demo_patient.studies[0]
    window = open_window([study.folder], tmp_path / "f.sqlite")
    qtbot.addWidget(window)
    assert wait_until(lambda: window.volume is not None and window.jobs.is_idle, PATIENCE_S)
    view = view_of(window)
    view.bring(study.click_mm)
    key(view, K.Key_K)
    click(view, view.position_of(study.click_mm).toPoint())
    assert wait_until(lambda: window.files.has_lesions() and window.jobs.is_idle, 3 * PATIENCE_S)
    out = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(out))
    key(view, K.Key_E, CTRL)
    assert wait_until(lambda: out.is_dir() and window.jobs.is_idle, 3 * PATIENCE_S)
    names = " ".join(path.name.lower() for path in out.rglob("*"))
    for part in (".pdf", "sr", "seg", ".csv", ".json"):
        assert part in names
    key(view, K.Key_C, CTRL)
    assert not QApplication.clipboard().image().isNull()
    window.close()


def test_25_tags_are_found_by_a_word(window):
    key(view_of(window), K.Key_I, CTRL)
    tags = window.extras.tags
    assert wait_until(lambda: tags.isVisible() and window.jobs.is_idle, PATIENCE_S)
    QTest.keyClicks(tags.search, "slice thick")
    assert wait_until(lambda: names(tags) == ["Slice Thickness"], PATIENCE_S)
    tags.close()


def names(tags):
    items = (tags.tree.topLevelItem(n) for n in range(tags.tree.topLevelItemCount()))
    return [item.text(1) for item in items if not item.isHidden()]
