"""What may be imported before the first window is painted: a list, because a time would depend on the machine."""

import os
import subprocess
import sys
from pathlib import Path

from tests.bench.bench_start import ENTRY

FIRST = (
    *("actions", "app", "beginning", "centre", "elided_label", "faults", "field_keys", "first_page", "first_parts"),
    *(
        "furnishing",
        "garbage",
        "job_line",
        "jobs",
        "magnified",
        "notice_bar",
        "panels",
        "plain_text",
        "recent",
        "sides",
    ),
    *("status_line", "theme", "tool_row", "window", "window_memory"),
)
"""A module that is added here makes every start longer."""
MAY = {
    "mo_viewer.__main__",
    "mo_viewer.base.faults",
    "mo_viewer.base.ticket",
    "mo_viewer.cli",
    "mo_viewer.cli.display",
    "mo_viewer.cli.open_window",
    "mo_viewer.cli.output",
    "mo_viewer.paths",
    "mo_viewer.session.settings",
    *(f"mo_viewer.ui.{name}" for name in FIRST),
}
ROOMS = {"mo_viewer", "mo_viewer.base", "mo_viewer.session", "mo_viewer.ui"}
HEAVY = {
    "SimpleITK", "scipy", "skimage", "highdicom", "pydicom", "pyqtgraph", "imagecodecs", "pynetdicom", "requests",
    "keyring", "reportlab", "numpy", "sqlite3", "tomllib", "importlib.metadata", "concurrent.futures",
}  # fmt: skip


def test_only_what_the_first_picture_shows_is_imported_before_it(own_folders: Path) -> None:
    """The very first start also reads what the bundled plugins call their tools."""
    (own_folders / "settings").mkdir()
    (own_folders / "settings" / "settings.json").write_text('{"plugin_tools": []}')
    nothing_behind = "from mo_viewer.ui.beginning import Beginning; Beginning._begin = lambda self: None; main()\n"
    code = ENTRY.format(then="assert not window.is_ready; sys.stdout.write(' '.join(sys.modules) + '\\n')")
    code = code.removesuffix("main()\n") + nothing_behind
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)
    read = set(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert "mo_viewer.ui.window" in read
    assert {name for name in read if name.split(".")[0] in ("mo_viewer", "mo_ossification", "hu_check")} <= MAY | ROOMS
    assert read & HEAVY == set()


def test_all_that_is_made_behind_it_is_there_in_the_end() -> None:
    then = (
        "exec('while not window.is_ready: application.processEvents()');"
        "sys.stdout.write(' '.join(vars(type(window))['__annotations__'].keys() - vars(window).keys()) + '\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", ENTRY.format(then=then)], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.stdout.split() == ["now"], done.stdout + done.stderr
