"""Surfaces in space: opened by a key, turned by the mouse, hidden, saved; in a real window."""

import numpy as np
import pytest
from hands import CTRL, MIDDLE, drag, key, wheel
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until


@pytest.fixture
def window(qtbot, tmp_path):
    write_series(tmp_path / "images", slices=12, side=64)
    made = opened_window(qtbot, tmp_path / "images", tmp_path / "f.sqlite")
    yield made
    made.close()


@pytest.fixture
def solid(window):
    key(window.pane.view, Qt.Key.Key_6, CTRL)
    made = window.extras.solid
    assert wait_until(lambda: made.view.camera is not None, 30)
    yield made
    made.close()


def pixels(view):
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, :3].copy()


def rest(view):
    assert wait_until(lambda: not view._still.isActive(), 10)
    return pixels(view)


def test_a_drag_turns_a_wheel_zooms_a_middle_drag_moves_and_a_double_click_goes_back(solid):
    view = solid.view
    first, camera = rest(view), view.camera
    assert (first > 60).any()
    drag(view, QPoint(200, 200), QPoint(260, 230))
    assert not np.allclose(view.camera.turn, camera.turn)
    turned = rest(view)
    assert (turned != first).any()
    wheel(view, -2)
    assert view.camera.px_per_mm > camera.px_per_mm
    drag(view, QPoint(200, 200), QPoint(220, 200), button=MIDDLE)
    assert not np.allclose(view.camera.centre_mm, camera.centre_mm)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert np.allclose(view.camera.turn, camera.turn)
    assert (rest(view) == first).all()


def test_a_side_button_and_the_arrow_keys_turn(solid):
    left = next(button for button in solid.findChildren(QPushButton) if button.text() == "Left")
    QTest.mouseClick(left, Qt.MouseButton.LeftButton)
    assert solid.view.camera.turn[0] == pytest.approx((0, 1, 0))
    before = solid.view.camera.turn
    key(solid.view, Qt.Key.Key_Right)
    angle = np.degrees(np.arccos((np.trace(solid.view.camera.turn @ before.T) - 1) / 2))
    assert angle == pytest.approx(10.0)


def test_bone_can_be_hidden_and_made_transparent(solid):
    shown = rest(solid.view)
    solid.opacity.setValue(100)
    assert rest(solid.view).sum() > shown.sum()
    solid.boxes["Bone"].click()
    assert solid.view.seen() == ()
    solid.boxes["Bone"].click()
    assert len(solid.view.seen()) == 1


def test_the_picture_is_copied_and_saved(solid, tmp_path, monkeypatch):
    solid.copy()
    assert QApplication.clipboard().image().width() == solid.view.width()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "s.png"), ""))
    solid.save()
    assert QImage(str(tmp_path / "s.png")).width() == solid.view.width()
