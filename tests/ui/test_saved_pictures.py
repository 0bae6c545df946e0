"""Who the patient is leaves with a picture only when that is asked for, and never while names are hidden."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from shown_window import opened_window
from small_studies import write_series

from mo_viewer.ui.app import wait_until
from mo_viewer.ui.context_menu import context_menu

CTRL, SHIFT, ALT = (getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("Control", "Shift", "Alt"))
WHO = (
    {"patient": "Doe^Jane", "patient_id": "P1", "PatientBirthDate": "19700102", "ImageComments": "Jane Doe, knee"},
    {"patient": "Zwetschgenmus^Q", "patient_id": "4711", "PatientBirthDate": "19130417", "ImageComments": "Q."},
)


def window_of(qtbot, folder, n, **others):
    write_series(folder / f"images{n}", uid="1.2.3.1.1", date="2024-03-04", slices=3, side=24, **{**WHO[n], **others})
    window = opened_window(qtbot, folder / f"images{n}", folder / f"f{n}.sqlite")
    assert wait_until(lambda: window.jobs.is_idle and window.pane.view.note(window.pane.view.shown).comment, 30)
    window.pane.view.point_mouse_at(None)
    return window


@pytest.fixture
def windows(qtbot, tmp_path):
    """Two windows that differ in who the patient is and in nothing else."""
    made = [window_of(qtbot, tmp_path, n) for n in (0, 1)]
    yield made
    for window in made:
        window.close()


def pixels(image):
    assert not image.isNull()
    return np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint8).copy()


def press(window, key, held=Qt.KeyboardModifier.NoModifier):
    window.activateWindow()
    assert wait_until(window.isActiveWindow, 10)
    QTest.keyClick(window.pane.view, key, held)


def copied(window, held=CTRL):
    QApplication.clipboard().clear()
    press(window, Qt.Key.Key_C, held)
    return pixels(QApplication.clipboard().image())


def saved(window, monkeypatch, path, held):
    """The picture that a key saves, and what the question for its name was called."""
    titles = []

    def ask(parent, title, start, kinds):
        titles.append(title)
        return str(path), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    path.unlink(missing_ok=True)
    press(window, Qt.Key.Key_S, held)
    return (pixels(QImage(str(path))) if path.exists() else None), titles


def acted(window, name):
    QApplication.clipboard().clear()
    window.act(name)
    return QApplication.clipboard().image()


def test_a_copied_picture_is_the_same_whoever_the_patient_is(windows):
    first, second = map(copied, windows)
    assert (first == second).all()
    assert all("without the patient's name" in window.status.said.whole for window in windows)
    bare = copied(windows[0], held=CTRL | ALT)
    assert (first != bare).any(), "date, window, letters and scale stay"


def test_a_saved_picture_is_too_and_its_question_says_so(windows, monkeypatch, tmp_path):
    (first, titles), (second, _) = (saved(one, monkeypatch, tmp_path / "a.png", CTRL) for one in windows)
    assert (first == second).all()
    assert titles == ["Save picture without the patient's name"]


def test_the_name_comes_with_it_when_asked_for(windows, monkeypatch, tmp_path):
    (first, titles), (second, _) = (saved(one, monkeypatch, tmp_path / "a.png", CTRL | SHIFT) for one in windows)
    assert (first != second).any()
    assert titles == ["Save picture with the patient's name"]
    again, _ = saved(windows[0], monkeypatch, tmp_path / "a.png", CTRL)
    assert (again != first).any(), "it is asked for each time"
    assert (pixels(acted(windows[0], "copy_named")) == first).all()


def test_hidden_names_stay_hidden_in_pictures(windows, monkeypatch, tmp_path):
    for window in windows:
        press(window, Qt.Key.Key_N)
        assert window.names_hidden
    first, second = map(copied, windows)
    assert (first == second).all()
    picture, titles = saved(windows[0], monkeypatch, tmp_path / "a.png", CTRL | SHIFT)
    assert picture is None
    assert titles == []
    assert acted(windows[0], "copy_named").isNull()
    assert "hidden" in windows[0].actions_table.action("save_named").refusal


def test_the_menu_at_the_cursor_offers_both(windows):
    view = windows[0].pane.view
    menu = context_menu(windows[0], view.mapToGlobal(view.rect().center()))
    titles = [action.text() for home in (menu, *menu.findChildren(QMenu)) for action in home.actions()]
    assert "Save picture with the patient's name …" in titles
    assert "Save picture …" in titles


def test_key_images_are_saved_without_names(windows, tmp_path):
    made = []
    for n, window in enumerate(windows):
        window.extras.key_images.toggle()
        folder = tmp_path / f"keys{n}"
        folder.mkdir()
        window.extras.key_images.save(folder)
        assert wait_until(lambda folder=folder: list(folder.glob("*.png")), 30)
        assert wait_until(lambda window=window: window.jobs.is_idle, 30)
        (path,) = folder.glob("*.png")
        made.append(pixels(QImage(str(path))))
    assert (made[0] == made[1]).all()
