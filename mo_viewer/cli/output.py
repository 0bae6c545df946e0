"""Standard output, standard error, and files that appear whole or not at all."""

import contextlib
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

from mo_viewer.base.faults import Unwritable


def say(text: str) -> None:
    """Print one line to standard output."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """Print one line to standard error."""
    with contextlib.suppress(OSError):
        sys.stderr.write(" ".join(text.split("\n")) + "\n")


def write_json(target: str, content: dict[str, Any]) -> None:
    """Write strict JSON to a file, or to standard output for ``-``.

    Raises
    ------
    Unwritable
        When the target cannot be written.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(target)
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            path.write_text(text, "utf-8")
            return
        part = path.with_name(path.name + ".part")
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise Unwritable("The JSON file cannot be written.", detail=repr(error)) from error
