"""The first window of the program against a bare window with PySide6 and numpy, from the start of the process.

The clock runs until the window was painted: that of ``mo-viewer`` by its own entry, with its row of words and its first
page. What it makes behind that (`ui.beginning`) is timed apart, until the last part is made.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.bench.pairs import Ratio, in_turn

ENTRY = """
import sys
import time
from mo_viewer.cli import display
display.has_display = lambda: True  # offscreen stands for one
from PySide6.QtWidgets import QApplication, QMainWindow

def until(_=None):
    application = QApplication.instance()
    application.processEvents()
    window = next(one for one in application.topLevelWidgets() if isinstance(one, QMainWindow))
    assert window.isVisible()
    {then}
    sys.stdout.write("now\\n")
    sys.stdout.flush()
    window.close()
    return 0

QApplication.exec = until
from mo_viewer.__main__ import main
main()
"""
PAINTED = ENTRY.format(then="assert not window.is_ready")
READY = ENTRY.format(then="while not window.is_ready: application.processEvents(), time.sleep(0.001)")
BARE = """
import sys
import numpy
from PySide6.QtWidgets import QApplication, QWidget
application = QApplication([])
window = QWidget()
window.show()
application.processEvents()
sys.stdout.write("now\\n")
sys.stdout.flush()
"""
FIRST, ALL = 1.5, 5.0


class Starts:
    """Starts processes one after the other."""

    def __init__(self, folder: Path) -> None:
        own = {f"MO_VIEWER_{name}": str(folder / name) for name in ("DATA", "CACHE", "SETTINGS")}
        compiled = {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
        self._environment = {"QT_QPA_PLATFORM": "offscreen"} | dict(os.environ) | own | compiled
        self._last: subprocess.Popen[str] | None = None

    def start(self, code: str) -> None:
        """Come back once the process says so."""
        self._last = subprocess.Popen(
            [sys.executable, "-c", code], env=self._environment, stdout=subprocess.PIPE, text=True
        )
        assert self._last.stdout is not None
        assert self._last.stdout.readline() == "now\n"

    def end(self) -> None:
        """Wait for the end of the last process."""
        if self._last is not None:
            self._last.communicate()
            assert self._last.returncode == 0


def bench(folder: Path) -> list[Ratio]:
    starts = Starts(folder)
    first = ("first window against PySide6 and numpy", PAINTED, FIRST)
    whole = ("  until all is made behind it", READY, ALL)
    ratios = []
    for name, code, bar in (first, whole):
        ratios.append(
            in_turn(name, lambda code=code: starts.start(code), lambda: starts.start(BARE), bar, 7, starts.end)
        )
    starts.end()
    return ratios
