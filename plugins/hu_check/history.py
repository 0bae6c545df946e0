"""Earlier checks, per scanner, tube voltage and kernel; kept in the plugin's own folder without patient text."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from hu_check.check import Check
from mo_viewer.base.faults import Refused
from mo_viewer.plugin_host.api import Calibration
from mo_viewer.volume.source import Acquisition

NAME = "history.json"


class Keeper(Protocol):
    """The part of a desk or console that keeps files."""

    @property
    def data_folder(self) -> Path:
        """The plugin's own folder."""

    def keep(self, name: str, content: bytes) -> Path:
        """Write a file there."""


@dataclass(frozen=True)
class Entry:
    """One check; `key` stands for the series, so that checking it again replaces the entry."""

    key: str
    date: str
    scanner: str
    kvp: float | None
    kernel: str
    phantom: str
    passed: bool
    hu: dict[str, float]
    noise_hu: float | None
    uniformity_hu: float | None
    slope: float
    intercept: float

    @property
    def group(self) -> tuple[str, float | None, str]:
        """What may be drawn as one line."""
        return self.scanner, self.kvp, self.kernel


def scanner_of(acquisition: Acquisition) -> str:
    """Manufacturer, model and station in one text."""
    return " ".join(filter(None, (acquisition.manufacturer, acquisition.model, acquisition.station)))


def entry_of(found: Check) -> Entry:
    """A check as the history keeps it."""
    acquisition = found.source.acquisition
    return Entry(
        hashlib.sha256(found.source.series_uid.encode()).hexdigest()[:16],
        found.source.date,
        scanner_of(acquisition),
        acquisition.kvp,
        acquisition.kernel,
        found.phantom,
        found.passed,
        {one.insert.material: round(one.hu, 2) for one in found.inserts},
        found.noise_hu,
        found.uniformity_hu,
        found.slope,
        found.intercept,
    )


def calibration_of(found: Check) -> Calibration:
    """The fitted line as the host keeps it for all plugins to name."""
    entry = entry_of(found)
    return Calibration(entry.scanner, entry.kvp, entry.kernel, entry.slope, entry.intercept, entry.date, entry.phantom)


def read_history(folder: Path) -> tuple[Entry, ...]:
    """Return what is kept, oldest first.

    Raises
    ------
    Refused
        When the file is there and cannot be read; it is never overwritten then.
    """
    path = folder / NAME
    if not path.exists():
        return ()
    try:
        listed = json.loads(path.read_text("utf-8"))["checks"]
        entries = tuple(Entry(**one) for one in listed)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"The history of checks ({NAME}) cannot be read.", "Mend or move it.", repr(error)) from error
    return tuple(sorted(entries, key=lambda entry: entry.date))


def add_to_history(keeper: Keeper, found: Check) -> None:
    """Keep a check; an earlier one of the same series gives way."""
    entry = entry_of(found)
    kept: Sequence[Entry] = [old for old in read_history(keeper.data_folder) if old.key != entry.key]
    content = {"schema": "hu_check/history/1", "checks": [asdict(one) for one in (*kept, entry)]}
    keeper.keep(NAME, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
