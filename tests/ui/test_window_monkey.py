"""Random hands on mouse and keys: nothing may be raised, no thread left over, and undo leads back to the start."""

import random
import sys
import threading

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QInputDialog, QMenu, QMessageBox
from shown_window import opened_window, write_plugin
from small_studies import write_object, write_series

from mo_viewer.ui.app import wait_until

BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)
MODIFIERS = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
KEYS = [Qt.Key(code) for code in (*range(ord("A"), ord("Z") + 1), *range(ord("0"), ord("9") + 1))] + [
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Space,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Escape,
]
NOT_PRESSED = {"quit", "open_demo", "full_screen"}
MARKER = """
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Marker, Tool
import numpy as np
class Spot(Tool):
    def __init__(self, desk): self.desk = desk
    def press(self, pointer):
        source, document = pointer.volume.source, self.desk.document
        known = document.timepoint(source.study_uid)
        uid = f"2.25.{1 + (len(known.lesions) if known else 0)}"
        lesion = Lesion(uid, "L", (pointer.at_mm,))
        self.desk.change("Mark", document.with_lesion(Timepoint(source.study_uid, source.series_uid), lesion))
def draw(scene):
    timepoint = scene.document.timepoint(scene.volume.source.study_uid) if scene.document else None
    return [Marker(np.array(l.clicks_mm[0]), "#e69f00") for l in (timepoint.lesions if timepoint else ())]
def register(registry):
    registry.add_tool("spot", "Spot", Spot, key="K")
    registry.add_overlay("spots", draw)
"""


class Monkey:
    def __init__(self, window, seed):
        self.window, self.random = window, random.Random(seed)
        self.things = (
            (15, self.press),
            (15, self.release),
            (20, self.move),
            (10, self.wheel),
            (12, self.key),
            (10, self.action),
            (8, self.series),
            (2, self.size),
            (8, QApplication.processEvents),
        )

    def go(self, steps):
        weights, things = zip(*self.things, strict=True)
        for thing in self.random.choices(things, weights, k=steps):
            thing()
            for top in QApplication.topLevelWidgets():
                if top.isVisible() and (isinstance(top, QMenu) or top.objectName() == "palette"):
                    top.close()

    @property
    def view(self):
        """Any pane that is seen: presses in one make it the active one."""
        seen = [pane.view for pane in self.window.workspace.panes if pane.isVisible()]
        return self.random.choice(seen)

    def at(self):
        view = self.window.pane.view
        return QPoint(self.random.randrange(view.width()), self.random.randrange(view.height()))

    def press(self):
        QTest.mousePress(self.view, self.random.choice(BUTTONS), self.random.choice(MODIFIERS), self.at())

    def release(self):
        QTest.mouseRelease(self.view, self.random.choice(BUTTONS), self.random.choice(MODIFIERS), self.at())

    def move(self):
        at, left, keys = QPointF(self.at()), BUTTONS[0], self.random.choice(MODIFIERS)
        event = QMouseEvent(QEvent.Type.MouseMove, at, self.view.mapToGlobal(at), left, left, keys)
        QApplication.sendEvent(self.view, event)

    def wheel(self):
        at, turn = QPointF(self.at()), QPoint(0, self.random.choice((-120, 120, 40, -360)))
        none, keys, phase = Qt.MouseButton.NoButton, self.random.choice(MODIFIERS), Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(at, self.view.mapToGlobal(at), QPoint(), turn, none, keys, phase, False)
        QApplication.sendEvent(self.view, event)

    def key(self):
        QTest.keyClick(self.view, self.random.choice(KEYS), MODIFIERS[0])

    def action(self):
        self.window.act(
            self.random.choice([a.name for a in self.window.actions_table.all if a.name not in NOT_PRESSED])
        )

    def series(self):
        self.window.show_series(self.random.choice(self.window.library.series))

    def size(self):
        self.window.set_size(self.random.randrange(700, 1500), self.random.randrange(500, 900))


def use(qtbot, tmp_path, monkeypatch, seed, steps):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("", False))
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_: (7.0, True))
    monkeypatch.setattr(QDialog, "exec", lambda *_: 0)
    monkeypatch.setattr(QMessageBox, "exec", lambda *_: 0)
    images = tmp_path / "images"
    write_series(images, slices=9, side=24)
    write_series(images, uid="1.2.3.2.1", study="1.2.3.2", date="2024-05-06", slices=4, skip=(2,))
    write_series(images, uid="1.2.4.1.1", study="1.2.4.1", patient="Roe^Richard", patient_id="P2", slices=1)
    write_object(images)
    before = set(threading.enumerate())
    places = [("test", write_plugin(tmp_path / "plugins", "mo_monkey", MARKER))]
    window = opened_window(qtbot, images, tmp_path / "f.sqlite", places)
    raised = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: raised.append(error))
    Monkey(window, seed).go(steps)
    assert wait_until(lambda: window.jobs.is_idle, 30)
    assert raised == []
    assert window.host.faults == []
    for series in window.library.series:
        window.show_series(series)
        while window.session.undo_title:
            window.session.undo()
        assert window.session.document.timepoints == ()
    window.close()
    assert wait_until(lambda: set(threading.enumerate()) <= before, 10), "a thread was left over"


def test_some_random_actions_leave_nothing_behind(qtbot, tmp_path, monkeypatch):
    use(qtbot, tmp_path, monkeypatch, seed=1, steps=250)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 10))
def test_two_thousand_random_actions_leave_nothing_behind(qtbot, tmp_path, monkeypatch, seed):
    use(qtbot, tmp_path, monkeypatch, seed, steps=2000)
