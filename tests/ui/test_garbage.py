import gc
import platform
import subprocess
import sys
import threading
import time
import weakref

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QLineEdit

from mo_viewer.ui import garbage as module
from mo_viewer.ui.garbage import Garbage


@pytest.fixture
def garbage(qtbot):
    idle = [True]
    made = Garbage(lambda: idle[0])
    made.idle = idle
    yield made
    made.stop()
    assert gc.isenabled()


class Ring:
    """Holds itself, and so dies only by a collection."""

    def __init__(self, parts):
        self.me, self.parts = self, parts


def test_a_worker_that_allocates_much_collects_nothing_of_the_window(garbage):
    ring = Ring([QObject()])
    gone = weakref.ref(ring)
    del ring
    kept = []
    worker = threading.Thread(target=lambda: kept.extend(Ring([]) for _ in range(50_000)))
    worker.start()
    worker.join()
    assert gone() is not None
    garbage.look()
    assert gone() is None


def test_a_full_collection_waits_until_nothing_is_under_way(garbage, monkeypatch):
    asked = []
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 10))
    monkeypatch.setattr(gc, "collect", lambda generation=2: asked.append(generation))
    garbage.idle[0] = False
    garbage.look()
    assert asked == []
    garbage.idle[0] = True
    garbage.look()
    assert asked == [2]


def test_free_memory_is_given_back_once_a_minute_and_not_by_the_window(garbage, monkeypatch):
    given = []
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 10))
    monkeypatch.setattr(module, "give_back_free_blocks", lambda: given.append(threading.current_thread().name))
    garbage.look()
    assert given == []
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + module.GIVE_BACK_S + 1)
    garbage.look()
    garbage.look()
    for thread in threading.enumerate():
        if thread.name == "give-back":
            thread.join()
    assert given == ["give-back"]


def test_a_dialog_that_is_put_away_lets_go_of_what_it_was_drawn_on_and_comes_back(qtbot):
    shown, put_away = QDialog(), QDialog()
    field = QLineEdit("kept", put_away)
    for dialog in (shown, put_away):
        qtbot.addWidget(dialog)
        dialog.resize(800, 600)
        dialog.show()
        qtbot.waitExposed(dialog)
    put_away.move(40, 50)
    put_away.hide()
    module.give_back_hidden_windows()
    assert put_away.windowHandle() is None
    assert shown.windowHandle() is not None
    assert shown.isVisible()
    put_away.show()
    assert put_away.windowHandle() is not None
    assert (put_away.width(), put_away.height(), put_away.x(), put_away.y()) == (800, 600, 40, 50)
    qtbot.keyClicks(field, "!")
    assert field.text() == "kept!"


HOLES = """
import os, sys
import numpy as np
from mo_viewer.ui.garbage import give_back_large_blocks
def used():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
if sys.argv[1] == "given":
    give_back_large_blocks()
np.ones(28 << 20, np.uint8)
before = used()
large, small = [], []
for n in range(30):
    large.append(np.ones(8 << 20, np.uint8))
    small.append(np.ones(100_000, np.uint8))
large.clear()
print(used() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what glibc does of itself")
def test_radiographs_that_were_let_go_of_do_not_stay_between_what_is_still_needed():
    def left_mib(how):
        command = [sys.executable, "-c", HOLES, how]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert left_mib("given") < 15
    assert left_mib("by itself") > 150, "glibc does it by itself now"


TORN = """
import os
import numpy as np
from mo_viewer.ui.garbage import give_back_free_blocks, give_back_large_blocks
def used():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
give_back_large_blocks()
before = used()
large, small = [], []
for n in range(100):
    large.append(np.ones(1 << 20, np.uint8))
    small.append(np.ones(100_000, np.uint8))
large.clear()
torn = used() - before
give_back_free_blocks()
print(torn, used() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what glibc does of itself")
def test_frames_that_were_let_go_of_between_small_things_are_given_back():
    torn, left = map(
        int, subprocess.run([sys.executable, "-c", TORN], capture_output=True, text=True, check=True).stdout.split()
    )
    assert torn > 80
    assert left < torn - 70
