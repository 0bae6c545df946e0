"""The demo patient from the first page to the export, by real events: at most twelve actions, each counted."""

import sys
import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton, QTabBar, QToolButton

from mo_viewer.plugin_host.places import plugin_places
from mo_viewer.ui import file_acts
from mo_viewer.ui.app import open_window, wait_until

MOST_ACTIONS = 12
PATIENCE_S = 240


class Reader:
    """Counts what the hand does, keeps a picture of each step, and measures the machine's time between."""

    def __init__(self, window, folder):
        self.window, self.folder = window, folder
        self.actions, self.seconds = [], []
        self.began = time.process_time()

    def click(self, what, widget, at=None, keys=Qt.KeyboardModifier.NoModifier):
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, keys, at or widget.rect().center())
        self._did(what)

    def press(self, what, which, keys=Qt.KeyboardModifier.NoModifier):
        QTest.keyClick(self.window.pane.view, which, keys)
        self._did(what)

    def wait(self, predicate):
        began = time.monotonic()
        assert wait_until(predicate, PATIENCE_S), f"nothing came of: {self.actions[-1]}"
        assert wait_until(lambda: self.window.jobs.is_idle, PATIENCE_S)
        self.seconds[-1] += time.monotonic() - began
        self.window.grab().save(str(self.folder / f"step_{len(self.actions):02d}.png"))

    def _did(self, what):
        self.actions.append(what)
        self.seconds.append(0.0)


@pytest.fixture
def reader(qapp, demo_patient, tmp_path, monkeypatch):
    cache, out = tmp_path / "cache", tmp_path / "out"
    cache.mkdir()
    out.mkdir()
    (cache / "demo-patient").symlink_to(demo_patient.folder, target_is_directory=True)
    monkeypatch.setattr(file_acts, "user_cache", lambda: cache)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(out))
    window = open_window([], tmp_path / "f.sqlite", plugin_places(), (1366, 768))
    yield Reader(window, tmp_path), out
    window.close()


def tab(window, title):
    bar = next(bar for bar in window.panels.findChildren(QTabBar) if title in [bar.tabText(n) for n in range(9)])
    return bar, bar.tabRect([bar.tabText(n) for n in range(bar.count())].index(title)).center()


def button(parent, text, kind=QPushButton):
    return next(one for one in parent.findChildren(kind) if one.text().startswith(text) and one.isVisible())


def test_open_compare_mark_once_three_timepoints_wording_export(reader, demo_patient, capsys):
    from mo_ossification.course_panel import CoursePanel

    hand, out = reader
    window, latest = hand.window, demo_patient.studies[-1]
    hand.click("Open demo patient", window.first_page.demo)
    hand.wait(
        lambda: (
            not window.library.is_reading
            and window.volume is not None
            and window.volume.source.study_uid == latest.study_uid
        )
    )
    hand.click("the tab Course", *tab(window, "Course"))
    hand.wait(lambda: bool(window.panels.findChildren(CoursePanel)))
    panel = window.panels.findChild(CoursePanel)
    hand.click("Compare", button(panel, "Compare"))
    hand.wait(lambda: len(window.session.document.registrations) == 2)
    hand.click("Mark calcification", button(window.tool_row, "Mark calcification", QToolButton))
    at = window.pane.view.position_of(latest.click_mm).toPoint()
    hand.click("the lesion", window.pane.view, QPoint(at))
    hand.wait(lambda: any(t.lesions for t in window.session.document.timepoints))
    hand.click("Find in all studies", button(panel, "Find in all studies"))
    hand.wait(lambda: sum(bool(t.lesions) for t in window.session.document.timepoints) == 3)
    hand.click("Copy", button(panel, "Copy"))
    hand.wait(lambda: "denser, not larger" in QGuiApplication.clipboard().text())
    hand.press("Export", Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    hand.actions.append("the folder")
    hand.seconds.append(0.0)
    hand.wait(lambda: any(out.rglob("*.json")) and window.jobs.is_idle)
    hand.wait(lambda: f"files into {out}, each read back" in window.status.said.whole)

    lesions = [lesion for t in window.session.document.timepoints for lesion in t.lesions]
    assert len({lesion.tracking_uid for lesion in lesions}) == 1
    for lesion, study in zip(lesions, demo_patient.studies, strict=True):
        assert lesion.measured("volume").value == pytest.approx(study.truth.volume_mm3, rel=0.05)
    assert len(list(out.rglob("*.dcm"))) >= 9
    assert len(hand.actions) <= MOST_ACTIONS
    with capsys.disabled():
        told = ", ".join(f"{what} {s:.1f}" for what, s in zip(hand.actions, hand.seconds, strict=True))
        sys.stdout.write(
            f"\n{len(hand.actions)} actions, {sum(hand.seconds):.1f} s of waiting "
            f"({time.process_time() - hand.began:.1f} s of the processor): {told}\n"
        )
