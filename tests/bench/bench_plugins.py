"""The first window with ten more plugins present against the first window without them, whole processes."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.bench.pairs import Ratio, in_turn

WINDOW = """
import sys
from mo_viewer.ui.app import open_window
from PySide6.QtWidgets import QApplication
window = open_window()
QApplication.processEvents()
assert not [name for name in sys.modules if name.startswith("mo_bench")]
window.close()
"""
MANIFEST = """
id = "{id}"
name = "{id}"
version = "0.1"
api = "1.0"
entry = "{id}:register"
summary = "For a bench."
license = "MIT"
permissions = ["reads-images", "writes-findings", "writes-files"]
"""
KINDS = ("tool", "overlay", "command", "measure", "assessment", "section", "exporter", "panel", "settings")
MOST_MS = 100.0


def bench(folder: Path) -> list[Ratio]:
    for n in range(10):
        _write(folder / "plugins" / f"mo_bench_{n}")
    own = {f"MO_VIEWER_{name}": str(folder / name) for name in ("DATA", "CACHE", "SETTINGS")}
    environment = {"QT_QPA_PLATFORM": "offscreen"} | dict(os.environ) | own

    def run(**more: str) -> None:
        subprocess.run([sys.executable, "-c", WINDOW], env=environment | more, capture_output=True, check=True)

    ten = str(folder / "plugins")
    name = "first window with ten plugins against without"
    ratio = in_turn(name, lambda: run(MO_VIEWER_PLUGINS=ten), run, 1.25, 9)
    exact = replace(ratio, name=f"  the same, {MOST_MS:.0f} ms more are allowed", bar=1 + MOST_MS / ratio.theirs_ms)
    sys.stdout.write(exact.line() + "\n")
    return [exact]


def _write(folder: Path) -> None:
    folder.mkdir(parents=True)
    declared = "".join(f'[[contributes]]\nkind = "{kind}"\nname = "{kind}-{folder.name}"\n' for kind in KINDS)
    (folder / "plugin.toml").write_text(MANIFEST.format(id=folder.name) + declared)
    (folder / "__init__.py").write_text("import scipy.ndimage, pydicom\ndef register(registry): pass\n")
