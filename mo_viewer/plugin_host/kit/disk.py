"""Sees what a plugin writes to the disk from Python; what libraries written in C do is not seen."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod")
_DOORS = ("mo_viewer.plugin_host.files", "mo_viewer.plugin_host.record", "importlib._bootstrap_external")
_watching: list["DiskWatch"] = []
_hooked: list[bool] = []


class DiskWatch:
    """Notes every file that a plugin's code writes, makes or removes outside a folder.

    Parameters
    ----------
    plugin_id
        Whose code is looked at.
    allowed
        The plugin's own folder; None: it may write nowhere.
    """

    def __init__(self, plugin_id: str, allowed: Path | None) -> None:
        self._id, self._allowed = plugin_id, allowed
        self.wrong: list[str] = []

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look while this lasts, in all threads."""
        if not _hooked:
            sys.addaudithook(_heard)
            _hooked.append(True)
        _watching.append(self)
        try:
            yield
        finally:
            _watching.remove(self)

    def note(self, path: str) -> None:
        """Keep a path that is written to, when the plugin does it itself and may not."""
        place = self._place()
        whole = Path(path).absolute()
        if place and not (self._allowed is not None and whole.is_relative_to(self._allowed)):
            self.wrong.append(f"{place} writes {whole}")

    def _place(self) -> str:
        """``file.py:line`` of the plugin's code that does it; empty when the viewer does it on its behalf."""
        frame = sys._getframe()
        while (outer := frame.f_back) is not None:
            frame = outer
            name = str(frame.f_globals.get("__name__", ""))
            if name in _DOORS:
                return ""
            if name.split(".")[0] == self._id:
                return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
        return ""


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event == "open":
        path, mode, flags = arguments
        is_written = bool(set(mode or "") & set("wax+")) or bool((flags or 0) & _WRITING)
        if not is_written or not isinstance(path, str | bytes | os.PathLike):
            return
    elif event in _CHANGES:
        path = arguments[0]
    else:
        return
    if isinstance(path, str | bytes | os.PathLike):
        for watch in tuple(_watching):
            watch.note(os.fsdecode(path))
