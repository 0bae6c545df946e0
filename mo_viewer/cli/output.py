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
    """Print one line to standard error; what could steer a terminal is left out of it."""
    with contextlib.suppress(OSError):
        sys.stderr.write("".join(one if one.isprintable() else " " for one in text) + "\n")


def write_json(target: str, content: dict[str, Any]) -> None:
    """Write strict JSON to a file, or to standard output for ``-``.

    Raises
    ------
    Unwritable
        When the target cannot be written.
    """
    data = _strict_utf8(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    if target == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            path.write_bytes(data)
            return
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise Unwritable("The JSON file cannot be written.", detail=repr(error)) from error


def _strict_utf8(text: str) -> bytes:
    """Encode text; names of files that are not UTF-8 keep the letters that are, the others become U+FFFD."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode("utf-8")
