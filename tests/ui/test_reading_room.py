"""Key images, cine, turning, colours, lens, pictures without words: by mouse and keys, in a real window."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until
from mo_viewer.ui.corner_text import letters
from mo_viewer.ui.picture_acts import picture_of
from mo_viewer.ui.picture_painter import Texts

LEFT = Qt.MouseButton.LeftButton
NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    write_series(folder, slices=9, side=48)
    return folder


@pytest.fixture
def window(qtbot, tmp_path, images):
    made = opened_window(qtbot, images, tmp_path / "findings.sqlite")
    yield made
    made.close()


def key(window, which, keys=NONE):
    QTest.keyClick(window.pane.view, which, keys)


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return flat[:, :, 2::-1].copy()


def bare(window):
    return pixels(picture_of(window.pane.view, words=False))


def stars(window):
    return [image for timepoint in window.session.document.timepoints for image in timepoint.key_images]


def test_s_puts_a_star_on_the_image_and_takes_it_off(window):
    key(window, Qt.Key.Key_S)
    (image,) = stars(window)
    assert image.sop_uid == window.volume.source.instances[window.pane.view.shown.index].sop_uid
    assert window.actions_table.qaction("key_image").isChecked()
    key(window, Qt.Key.Key_Down)
    assert not window.extras.key_images.is_key()
    key(window, Qt.Key.Key_Up)
    key(window, Qt.Key.Key_S)
    assert stars(window) == []
    key(window, Qt.Key.Key_Z, CTRL)
    assert stars(window) == [image]


def test_shift_s_goes_from_star_to_star(window):
    key(window, Qt.Key.Key_Home)
    key(window, Qt.Key.Key_S)
    first = window.pane.view.shown.index
    key(window, Qt.Key.Key_End)
    key(window, Qt.Key.Key_S)
    last = window.pane.view.shown.index
    for expected in (first, last):
        key(window, Qt.Key.Key_S, SHIFT)
        assert window.pane.view.shown.index == expected


def test_key_images_are_there_again_and_are_saved_as_pictures(qtbot, tmp_path, images, monkeypatch):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite")
    key(first, Qt.Key.Key_S)
    kept = stars(first)
    first.close()
    window = opened_window(qtbot, images, tmp_path / "f.sqlite")
    assert stars(window) == kept
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(out))
    window.act("key_image.save")
    assert wait_until(lambda: list(out.glob("*.png")), 10)
    (file,) = out.iterdir()
    assert "Doe" not in file.name
    assert pixels(QImage(str(file))).max() > 200
    assert wait_until(lambda: window.jobs.is_idle, 5)
    window.close()


def test_c_runs_through_the_images_in_a_loop_and_stops(window, qtbot):
    window.extras.cine.set_rate(60)
    key(window, Qt.Key.Key_End)
    seen = []
    window.pane.view.changed.connect(lambda: seen.append(window.pane.view.stack.place_of(window.pane.view.asked)))
    key(window, Qt.Key.Key_C)
    assert window.extras.cine.is_running
    assert wait_until(lambda: len(set(seen)) >= 5, 5)
    assert seen[0] == 0
    bar = window.extras.cine.bar
    QTest.mouseClick(bar.stop, LEFT)
    assert not window.extras.cine.is_running
    count = len(seen)
    QTest.qWait(80)
    assert len(seen) == count


def test_the_rate_of_cine_is_that_of_the_bar_and_is_kept(qtbot, tmp_path, images):
    first = opened_window(qtbot, images, tmp_path / "f.sqlite")
    key(first, Qt.Key.Key_C)
    first.extras.cine.bar.rate.setValue(25)
    first.extras.cine.bar.way.setCurrentText("Once")
    key(first, Qt.Key.Key_C)
    first.close()
    second = opened_window(qtbot, images, tmp_path / "f.sqlite")
    assert (second.extras.cine.rate, second.extras.cine.way) == (25, "Once")
    key(second, Qt.Key.Key_Home)
    key(second, Qt.Key.Key_C)
    assert wait_until(lambda: not second.extras.cine.is_running, 5)
    assert second.pane.view.stack.place_of(second.pane.view.asked) == 8
    second.close()


def test_a_quarter_turn_moves_pixels_letters_and_the_probe_together(window):
    view = window.pane.view
    before, point = bare(window), view.point_at(QPointF(300, 200))
    assert letters(view.shown, view.framing.turn).top == "A"
    key(window, Qt.Key.Key_Right, CTRL)
    assert letters(view.shown, view.framing.turn).top == "R"
    assert letters(view.shown, view.framing.turn).right == "A"
    there = view.position_of(point)
    assert view.point_at(there) == pytest.approx(point, abs=1e-6)
    middle = np.array([view.width(), view.height()]) / 2
    scale = view.framing.px_per_mm
    assert scale > 0
    bright = bare(window)[round(there.y() * 2), round(there.x() * 2)]
    assert abs(int(bright[0]) - int(before[400, 600][0])) <= 1
    assert middle.min() > 0
    for _ in range(3):
        key(window, Qt.Key.Key_Right, CTRL)
    assert (bare(window) == before).all()


@pytest.mark.parametrize(("which", "axis"), [(Qt.Key.Key_H, 1), (Qt.Key.Key_V, 0)])
def test_a_flip_mirrors_the_picture_and_r_takes_it_back(window, which, axis):
    before = bare(window).astype(int)
    key(window, which, SHIFT)
    flipped = bare(window).astype(int)
    assert np.abs(np.flip(before, axis) - flipped).mean() < 3
    assert np.abs(before - flipped).mean() > 3
    key(window, Qt.Key.Key_R)
    assert (bare(window) == before).all()


def test_a_colour_table_colours_and_grey_goes_back(window):
    key(window, Qt.Key.Key_2)
    grey = bare(window)
    window.act("colours.hot_iron")
    hot = bare(window)
    assert (hot[..., 0] != hot[..., 2]).any()
    assert window.actions_table.qaction("colours.hot_iron").isChecked()
    window.act("colours.grey")
    assert (bare(window) == grey).all()


def test_the_lens_enlarges_while_the_button_is_held(window):
    key(window, Qt.Key.Key_J)
    view = window.pane.view
    at = QPoint(view.width() // 3, view.height() // 3)
    before = pixels(view.grab().toImage())
    QTest.mousePress(view, LEFT, NONE, at)
    held = pixels(view.grab().toImage())
    QTest.mouseRelease(view, LEFT, NONE, at)
    after = pixels(view.grab().toImage())
    changed = np.argwhere((held != before).any(axis=2))
    assert changed.size
    assert np.hypot(*(changed.mean(axis=0) - (at.y(), at.x()))) < 60
    assert (after == before).mean() > 0.999


def test_a_picture_is_copied_without_words(window):
    key(window, Qt.Key.Key_C, CTRL | Qt.KeyboardModifier.AltModifier)
    plain = pixels(QApplication.clipboard().image())
    key(window, Qt.Key.Key_C, CTRL)
    worded = pixels(QApplication.clipboard().image())
    assert (plain[:60, :300] == 0).all()
    assert (worded[:60, :300] > 100).any()
    assert window.pane.view.texts is Texts.ALL


def test_true_size_and_fit(window):
    view = window.pane.view
    window.act("true_pixels")
    assert view.framing.px_per_mm == pytest.approx(1 / 0.7)
    window.act("fit")
    assert view.framing.px_per_mm > 3


def test_no_button_of_the_toolbar_is_cut_at_any_width(window):
    for width in (1000, 1366, 1920):
        window.set_size(width, 700)
        QApplication.processEvents()
        assert window.width() == width
        shown = [part for _, part in window.tool_row._parts if part.isVisible()]
        assert all(part.width() >= part.sizeHint().width() - 1 for part in shown if part.sizeHint().width() > 5)
        assert max(part.geometry().right() for part in shown) <= window.tool_row.width()
