import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject

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
