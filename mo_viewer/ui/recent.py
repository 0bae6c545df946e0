"""Folders and files that were opened lately: paths only, in the user's settings."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from mo_viewer.paths import user_settings

MOST = 8


def recent_folders() -> tuple[Path, ...]:
    """Return what was opened lately, newest first; empty when nothing or when the file is not readable.

    It is not checked whether they still exist: asking a server that is off would take seconds.
    """
    try:
        paths = json.loads(_file().read_text("utf-8"))["paths"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    if not isinstance(paths, list):
        return ()
    return tuple(Path(path) for path in paths if isinstance(path, str) and path)[:MOST]


def remember(opened: Sequence[Path]) -> None:
    """Put what was opened to the front; of several files in one folder, the folder.

    Raises
    ------
    OSError
        When the settings folder cannot be written.
    """
    newest = [_worth_keeping(opened)] if opened else []
    _write([*newest, *(path for path in recent_folders() if path not in newest)])


def forget(path: Path) -> None:
    """Take one entry off the list."""
    _write([kept for kept in recent_folders() if kept != path])


def _worth_keeping(opened: Sequence[Path]) -> Path:
    first = Path(opened[0]).absolute()
    return first if len(opened) == 1 else first.parent


def _write(paths: Sequence[Path]) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    beside.write_text(json.dumps({"paths": [str(path) for path in paths[:MOST]]}, indent=1), "utf-8")
    beside.replace(file)


def _file() -> Path:
    return user_settings() / "recent.json"
