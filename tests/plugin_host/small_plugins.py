"""Plugins of a few lines, written into a folder by tests."""

from pathlib import Path

TEXTS = {"version": "0.1", "api": "1.0", "summary": "For a test.", "license": "MIT"}


def write_plugin(place: Path, name: str, code: str, more: str = "", **changed: str) -> Path:
    """Write a plugin folder and return it; `more` goes to the end of its manifest."""
    folder = place / name
    folder.mkdir(parents=True, exist_ok=True)
    fields = {"id": name, "name": name, "entry": f"{name}:register"} | TEXTS | changed
    lines = [f'{key} = "{value}"' for key, value in fields.items()]
    (folder / "plugin.toml").write_text("\n".join([*lines, more, ""]))
    (folder / "__init__.py").write_text(code)
    return folder


def declared(**kinds: str) -> str:
    """``[[contributes]]`` entries, one name for each kind."""
    return "\n".join(f'[[contributes]]\nkind = "{kind}"\nname = "{name}"' for kind, name in kinds.items())


HOSTILE = {
    "mo_bad_import": "raise RuntimeError('the module is broken')",
    "mo_bad_register": "def register(registry):\n    raise ValueError('half way')",
    "mo_bad_factory": """
def fail(desk): raise KeyError('no panel')
def register(registry): registry.add_panel('Bad factory', fail)
""",
    "mo_bad_draw": "def register(registry): registry.add_overlay('bad', lambda scene: 1 / 0)",
    "mo_bad_array": """
def paint(scene):
    scene.volume.values.setflags(write=True)
    scene.volume.values[:] = 0
    return ()
def register(registry): registry.add_overlay('paint', paint)
""",
    "mo_bad_write": """
def paint(scene):
    scene.volume.values[0] = 0
    return ()
def register(registry): registry.add_overlay('paint', paint)
""",
    "mo_bad_thread": """
import threading
stop = threading.Event()
def register(registry):
    threading.Thread(target=stop.wait, name='left behind', daemon=True).start()
    registry.add_command('x', 'X', lambda desk: None)
""",
    "mo_bad_huge": """
import numpy as np
from itertools import repeat
from mo_viewer.plugin_host.api import Marker
def register(registry): registry.add_overlay('huge', lambda scene: repeat(Marker(np.zeros(3), '#ffffff')))
""",
    "mo_bad_exit": "import sys\ndef register(registry): sys.exit('gone')",
    "mo_bad_slow": """
import time
def draw(scene):
    time.sleep(0.15)
    return ()
def register(registry): registry.add_overlay('slow', draw)
""",
}
"""Those that need no special care; ``API 2.0``, ``same id twice`` and ``never returns`` are made by their tests."""
