"""The first window of the program against a bare window with PySide6 and numpy, whole processes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.bench.pairs import Ratio, in_turn

OURS = """
from mo_viewer.ui.app import open_window
from PySide6.QtWidgets import QApplication
window = open_window()
QApplication.processEvents()
window.close()
"""
BARE = """
import numpy
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
window = QWidget()
window.show()
QApplication.processEvents()
"""


def bench(folder: Path) -> list[Ratio]:
    own = {f"MO_VIEWER_{name}": str(folder / name) for name in ("DATA", "CACHE", "SETTINGS")}
    environment = {"QT_QPA_PLATFORM": "offscreen"} | dict(os.environ) | own

    def run(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)

    return [in_turn("first window against PySide6 and numpy", lambda: run(OURS), lambda: run(BARE), 1.5, 7)]
