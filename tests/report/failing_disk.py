"""A file layer that fails at the nth thing it is asked to do: open, write, flush to disk, rename."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


class FailingDisk:
    """Counts what is done to files; at step `fails_at` (from 1) the disk is full. 0: never."""

    def __init__(self, fails_at: int = 0) -> None:
        self.fails_at = fails_at
        self.steps: list[str] = []

    def step(self, what: str) -> None:
        """One more thing that is done."""
        self.steps.append(what)
        if len(self.steps) == self.fails_at:
            raise OSError(28, "No space left on device")

    @contextmanager
    def in_place(self) -> Iterator["FailingDisk"]:
        """Put this layer under `pathlib` and `os`."""
        real_open, real_replace, real_sync = Path.open, Path.replace, os.fsync
        disk = self

        class Raw(io.FileIO):
            def write(self, data: Any) -> int:
                disk.step("write")
                return super().write(data) or 0

        def opened(path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
            if not set(mode) & set("wx"):
                return real_open(path, mode, *more, **named)
            disk.step("open")
            return io.BufferedWriter(Raw(path, mode.replace("b", ""))) if "b" in mode else real_open(path, mode)

        def replaced(path: Path, target: Path) -> Path:
            disk.step("rename")
            return real_replace(path, target)

        def synced(handle: int) -> None:
            disk.step("sync")
            real_sync(handle)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "open", opened)
            patch.setattr(Path, "replace", replaced)
            patch.setattr(os, "fsync", synced)
            yield self
