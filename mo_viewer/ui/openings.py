"""What was opened, folder by folder, and the one list of series that it makes."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.scan import Index
from mo_viewer.dicom.series import Series, Study


@dataclass(eq=False)
class Opening:
    """One call of `open`: its paths, what is known so far, and the index once it was read to the end."""

    paths: tuple[Path, ...]
    series: tuple[Series, ...] = ()
    index: Index | None = None
    ticket: Ticket = field(default_factory=Ticket)
    settled: frozenset[tuple[str, str, str]] = frozenset()
    """Identities of the series that have not grown between the last two snapshots."""
    offered: bool = False
    """Whether its first image was offered already."""
    drawn: threading.Event = field(default_factory=threading.Event)
    """Set once the window has drawn what was found last."""
    stopped: bool = False
    """Whether reading ended early: what is known of it stays, and may be incomplete."""

    @property
    def is_reading(self) -> bool:
        """Whether more may be found in it."""
        return self.index is None and not self.stopped

    def refuses(self, file: str) -> bool:
        """Whether it was read to the end, and a file refused."""
        return self.index is not None and any(one.file == file for one in self.index.refused)

    def take_snapshot(self, series: Sequence[Series]) -> None:
        """Take what is known while files are still being read."""
        before = _frames(self)
        self.series = tuple(series)
        self.settled = frozenset(key for key, frames in _frames(self).items() if before.get(key) == frames)

    def may_grow(self, series: Series) -> bool:
        """Whether more images of a series may still be found in it."""
        return self.is_reading and any(identity(one) == identity(series) for one in self.series)

    def is_growing(self, series: Series) -> bool:
        """Whether it may grow and has not been seen to stand still."""
        return self.may_grow(series) and identity(series) not in self.settled


def identity(series: Series) -> tuple[str, str, str]:
    """Patient ID, study and series UID: the same while a series grows; parts of a split series share it."""
    source = series.source
    return source.patient.identity, source.study_uid, source.series_uid


def row_keys(series: Iterable[Series]) -> dict[str, Series]:
    """Give every series a name that stays while it grows: its identity and a number among those that share it."""
    seen: dict[tuple[str, str, str], int] = {}
    named: dict[str, Series] = {}
    for one in series:
        name = identity(one)
        place = seen[name] = seen.get(name, -1) + 1
        named[f"{name[0]}|{name[1]}|{name[2]}|{place}"] = one
    return named


def find(studies: Iterable[Study], key: str) -> Series | None:
    """Return the series with this row key; None where it is not open any more."""
    for study in studies:
        named = row_keys(study.series)
        if key in named:
            return named[key]
    return None


def merged(openings: Sequence[Opening]) -> tuple[Series, ...]:
    """Return all series; of one that was opened twice, the opening that knows more images of it counts."""
    if len(openings) == 1:
        return openings[0].series
    owners: dict[tuple[str, str, str], tuple[int, int]] = {}
    for number, opening in enumerate(openings):
        for key, frames in _frames(opening).items():
            if key not in owners or frames > owners[key][1]:
                owners[key] = number, frames
    return tuple(
        one for number, opening in enumerate(openings) for one in opening.series if owners[identity(one)][0] == number
    )


def torn(openings: Sequence[Opening]) -> tuple[Opening, ...]:
    """Return two openings that each hold images of one series that the other does not: they must be read together."""
    read = [opening for opening in openings if not opening.is_reading]
    for number, first in enumerate(read):
        for second in read[number + 1 :]:
            if any(_differ(first, second, key) for key in _frames(first).keys() & _frames(second).keys()):
                return first, second
    return ()


def _frames(opening: Opening) -> dict[tuple[str, str, str], int]:
    frames: dict[tuple[str, str, str], int] = {}
    for one in opening.series:
        frames[identity(one)] = frames.get(identity(one), 0) + one.frames
    return frames


def _differ(first: Opening, second: Opening, key: tuple[str, str, str]) -> bool:
    one, other = (_instances(opening, key) for opening in (first, second))
    return bool(one - other) and bool(other - one)


def _instances(opening: Opening, key: tuple[str, str, str]) -> set[tuple[str, int | None]]:
    """What is in it, by SOP instance UID, so that a copy elsewhere of the same images is no difference."""
    return {
        (instance.sop_uid or instance.path, instance.frame)
        for one in opening.series
        if identity(one) == key
        for instance in one.source.instances
    }
