"""Cyclic garbage is collected in the window's thread alone, all of it only while nothing is under way.

Python collects in whichever thread happens to allocate. A widget that dies in a worker ends the program, and one full
collection was seen to hold all threads for 74 ms while files were read.
"""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QMenu

INTERVAL_MS = 200
GIVE_BACK_S = 60.0
_YOUNG, _OLD = 2000, 10
"""Objects since the last look, and looks since the last full collection, that are worth a collection."""


LARGE_BYTES = 4 << 20
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of glibc's mallopt(3)."""


def give_back_large_blocks() -> None:
    """Have memory of `LARGE_BYTES` and more go back to the system as soon as it is free; glibc on Linux only.

    By itself glibc raises that limit to 32 MiB once a radiograph was freed, and the next ones tear holes into the heap.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(_MMAP_THRESHOLD, LARGE_BYTES)
            mallopt(_TRIM_THRESHOLD, 16 * LARGE_BYTES)


def give_back_free_blocks() -> None:
    """Return what is free between blocks in use to the system: 0.1 GiB after half an hour of reading; glibc only."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def give_back_hidden_windows() -> None:
    """Let go of what windows, dialogs and menus that are put away were drawn on: 4 bytes a pixel each, for ever.

    Qt makes it anew when one is shown again.
    """
    for top in QApplication.topLevelWidgets():
        if isinstance(top, (QDialog, QMainWindow, QMenu)) and not top.isVisible() and top.windowHandle() is not None:
            top.destroy()


class Garbage(QObject):
    """Takes collecting over from Python until `stop`.

    Parameters
    ----------
    is_idle
        Whether a full collection would keep nobody waiting.
    """

    def __init__(self, is_idle: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_idle = is_idle
        self._given_back = time.monotonic()
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect what is worth it now."""
        young, _, old = gc.get_count()
        if old >= _OLD and self._is_idle():
            gc.collect()
            self._give_back()
        elif young >= _YOUNG:
            gc.collect(1)

    def _give_back(self) -> None:
        """Free blocks take up to 0.1 s on a busy machine, and so have a thread of their own."""
        if time.monotonic() - self._given_back > GIVE_BACK_S:
            self._given_back = time.monotonic()
            give_back_hidden_windows()
            threading.Thread(target=give_back_free_blocks, name="give-back", daemon=True).start()

    def stop(self) -> None:
        """Give collecting back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
