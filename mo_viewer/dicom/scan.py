"""Folders, zips and files become an index of series; only headers are read."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mo_viewer.base.faults import Cancelled, Unreadable
from mo_viewer.base.remarks import Remark
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom import tags
from mo_viewer.dicom.arrange import arrange, group_key
from mo_viewer.dicom.cache import Cache, Kept, Known, State, state_of
from mo_viewer.dicom.directory import is_directory_name, missing_members, named_files
from mo_viewer.dicom.files import (
    SEPARATOR,
    close_archive,
    forget_password,
    opened,
    password_of,
    remember_password,
    split_address,
)
from mo_viewer.dicom.find import files_in, is_zip
from mo_viewer.dicom.frame import Frame, Reader
from mo_viewer.dicom.header import Header, Memory, read_header
from mo_viewer.dicom.pixels import digest
from mo_viewer.dicom.quick import Quick
from mo_viewer.dicom.series import Series
from mo_viewer.dicom.traits import Traits
from mo_viewer.dicom.verdict import is_object, refusal

UNFORESEEN = "The file is damaged in a way that was not foreseen."
SHORTEST_PAUSE_S = 0.1
SHARE_OF_TIME = 0.1
"""Snapshots cost at most about this share of the time."""

_NOT_THERE = "The DICOMDIR names this file, and it is not there."
Found = Callable[[tuple[Series, ...]], None]


@dataclass(frozen=True)
class RefusedFile:
    """A file that is not shown, a code of the contract, and why in one sentence."""

    file: str
    code: str
    text: str


@dataclass(frozen=True)
class Index:
    """What was found: series, refused files, how many files were looked at and how long that took."""

    series: tuple[Series, ...]
    refused: tuple[RefusedFile, ...]
    files: int
    seconds: float


def scan(
    paths: Sequence[Path],
    ticket: Ticket | None = None,
    found: Found | None = None,
    password: str | None = None,
    cache: Cache | None = None,
) -> Index:
    """Index every DICOM file in and below `paths` (folders, files, zips, DICOMDIRs).

    Parameters
    ----------
    paths
        What to look at; each file is taken once.
    ticket
        Progress in files (total not known) and cancellation, checked at every file.
    found
        Called with the series known so far: at once when the first image is known, then at most ten times a second.
    password
        For encrypted zips (`files.remember_password` tells that of a single one); forgotten where it does not fit.
    cache
        Where indexes are kept from one time to the next; without it everything is read anew. With it the files of
        the answer have absolute paths. What only a password opened is not kept.

    Raises
    ------
    Cancelled
        Once the ticket was cancelled.
    """
    asked = [Path(path) for path in paths]
    if cache is None or password:
        return _Indexing(ticket or Ticket(), found, password).run(asked)
    asked = [path.absolute() for path in asked]
    return _recalled(asked, found, cache) or _remembered(asked, ticket or Ticket(), found, cache)


def _recalled(paths: list[Path], found: Found | None, cache: Cache) -> Index | None:
    start = time.perf_counter()
    kept = cache.recall(paths)
    if kept is None:
        return None
    if found is not None and kept.series:
        found(kept.series)
    refused = tuple(RefusedFile(*one) for one in json.loads(kept.refused))
    return Index(kept.series, refused, kept.files, time.perf_counter() - start)


def _remembered(paths: list[Path], ticket: Ticket, found: Found | None, cache: Cache) -> Index:
    """Read what has changed, and keep it; the answer as a whole not where a DICOMDIR led to files elsewhere."""
    indexing = _Indexing(ticket, found, None)
    indexing.known = cache.known(paths)
    index = indexing.run(paths)
    if indexing.is_secret:
        return index
    refused = json.dumps([[one.file, one.code, one.text] for one in index.refused])
    locked = any(one.code == "encrypted" for one in index.refused)
    cache.keep(paths, Kept(index.series, refused, index.files), whole=not (indexing.followed or locked))
    return index


class _Indexing:
    def __init__(self, ticket: Ticket, found: Found | None, password: str | None) -> None:
        self.ticket = ticket
        self.found = found
        self.password = password
        self.reader = Reader()
        self.memory = Memory()
        self.quick = Quick()
        self.groups: dict[tuple[str, ...], list[Frame]] = {}
        self.latest: Traits | None = None
        self.group: list[Frame] = []
        self.arranged: dict[tuple[str, ...], tuple[int, tuple[Series, ...]]] = {}
        self.known: Known = {}
        self.lost: dict[tuple[str, ...], int] = {}
        self.refused: dict[str, RefusedFile] = {}
        self.files = 0
        self.next_snapshot = 0.0
        self.has_image = False
        self.followed = False
        self.given: frozenset[str] = frozenset()
        self.is_secret = False

    def run(self, paths: list[Path]) -> Index:
        start = time.perf_counter()
        self.given = frozenset(map(str, paths))
        try:
            self._look_at(paths)
        finally:
            close_archive()
        series = tuple(one for key in self.groups for one in self._described(key))
        return Index(series, tuple(self.refused.values()), self.files, time.perf_counter() - start)

    def _look_at(self, paths: list[Path]) -> None:
        directories: list[str] = []
        seen: list[str] = []
        check, saw = self.ticket.check, seen.append
        files = files_in(paths, self._refuse)
        for file, frame in self.quick.frames(self._unknown(files, seen) if self.known else files):
            check()
            if not self.files & 63:
                self.ticket.progress(self.files, 0, "")
            self.files += 1
            saw(file)
            if frame is None:
                if is_directory_name(file):
                    directories.append(file)
                else:
                    self._take(file, directories)
            elif frame.traits is self.latest and self.found is None:
                self.group.append(frame)
            else:
                self._add((frame,))
        self._follow(directories, seen)

    def _unknown(self, files: Iterator[str], seen: list[str]) -> Iterator[str]:
        """Yield the files that must be read; of those that are as they were when they were read, take the frames."""
        states: dict[str, State | None] = {}
        for file in files:
            self.ticket.check()
            known = self.known.get(file)
            on_disk = split_address(file)[0] if SEPARATOR in file else file
            if known is not None and on_disk not in states:
                states[on_disk] = _state(on_disk)
            if known is None or known[0] != states[on_disk]:
                yield file
                continue
            self.files += 1
            seen.append(file)
            self._add(known[1])

    def _follow(self, directories: list[str], seen: list[str]) -> None:
        """Take the files that DICOMDIRs name and that were not met; further DICOMDIRs among them are followed."""
        self._miss([file for file in directories if "::" in file], seen)
        waiting = [file for file in directories if "::" not in file]
        self.followed = not self.given.isdisjoint(waiting)
        known = {str(Path(file).resolve()) for file in seen if "::" not in file} if waiting else set()
        while waiting:
            self.ticket.check()
            directory = waiting.pop()
            try:
                named = named_files(directory)
            except Unreadable as fault:
                self._refuse(directory, fault)
                continue
            for path in named:
                self.ticket.check()
                if not path.is_file():
                    self._refuse(str(path), Unreadable(_NOT_THERE, code="missing_file"))
                elif str(path.resolve()) not in known:
                    known.add(str(path.resolve()))
                    self.files += 1
                    self._take(str(path), waiting)

    def _miss(self, directories: list[str], seen: list[str]) -> None:
        """Refuse what DICOMDIRs in zips name and what their zip does not hold."""
        for directory in directories:
            self.ticket.check()
            try:
                for address in missing_members(directory, seen):
                    self._refuse(address, Unreadable(_NOT_THERE, code="missing_file"))
            except Unreadable as fault:
                self._refuse(directory, fault)

    def _take(self, file: str, directories: list[str]) -> None:
        if SEPARATOR in file:
            self._unlock(split_address(file)[0])
        try:
            header = self.quick.header(file) or read_header(file, self.memory)
            traits = self.reader.traits(header)
            if traits.sop_class == tags.DIRECTORY_CLASS:
                directories.append(file)
                return
            self._keep(header, traits)
        except Unreadable as fault:
            if fault.code == "not_dicom" and _begins_like_zip(file):
                self._unpack(file)
            else:
                self._refuse(file, fault)
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - one file that nobody foresaw must not end the reading of all others
            self._refuse(file, Unreadable(UNFORESEEN, detail=repr(error), code="damaged"))

    def _unlock(self, archive: str) -> None:
        if self.password:
            remember_password(archive, self.password)
        self.is_secret = self.is_secret or password_of(archive) is not None

    def _unpack(self, file: str) -> None:
        """A zip that is not called so, or one inside another, which is not opened: it might go on like that."""
        from mo_viewer.dicom.archive import members
        from mo_viewer.dicom.files import address

        if split_address(file)[1]:
            text = "A zip inside a zip is not opened."
            self._refuse(file, Unreadable(text, "Unpack the outer zip, then open that folder.", code="unsafe_archive"))
            return
        try:
            for member in members(Path(file)):
                self.ticket.check()
                self.files += 1
                self._take(address(Path(file), member), [])
        except Unreadable as fault:
            self._refuse(file, fault)

    def _keep(self, header: Header, traits: Traits) -> None:
        if is_object(header, traits):
            frames: tuple[Frame, ...] = (self.reader.plain(header, traits)._replace(pixels=None),)
        else:
            wrong = refusal(header, traits)
            if wrong is not None:
                self._lose(self.reader.plain(header, traits))
                raise Unreadable(wrong[1], code=wrong[0])
            frames = self.reader.frames(header, traits)
            self.quick.learn(frames)
        self._add(frames)

    def _add(self, frames: tuple[Frame, ...]) -> None:
        first = frames[0]
        if first.traits is not self.latest:
            self.group = self.groups.setdefault(group_key(first), [])
            self.latest = first.traits if first.traits.series_uid else None
        self.group.extend(frames)
        self.has_image = self.has_image or first.pixels is not None
        if self.found is not None and self.has_image and time.perf_counter() >= self.next_snapshot:
            self._show(self.found)

    def _lose(self, frame: Frame) -> None:
        key = group_key(frame)
        self.lost[key] = self.lost.get(key, 0) + 1

    def _show(self, found: Found) -> None:
        start = time.perf_counter()
        found(tuple(one for key in self.groups for one in self._sketched(key)))
        now = time.perf_counter()
        self.next_snapshot = now + max(SHORTEST_PAUSE_S, (now - start) / SHARE_OF_TIME)

    def _sketched(self, key: tuple[str, ...]) -> tuple[Series, ...]:
        frames = self.groups[key]
        count, series = self.arranged.get(key, (0, ()))
        if count != len(frames):
            series = arrange(frames)
            self.arranged[key] = (len(frames), series)
        return series

    def _described(self, key: tuple[str, ...]) -> tuple[Series, ...]:
        self.ticket.check()
        series = arrange(self.groups[key], self._digest)
        lost = self.lost.get(key, 0)
        if not lost:
            return series
        text = f"{lost} file{'s' if lost > 1 else ''} of this series could not be read (see the refused files)."
        return tuple(one.with_remark(Remark("incomplete", text)) if one.is_image else one for one in series)

    def _digest(self, frame: Frame) -> bytes:
        self.ticket.check()
        return digest(frame)

    def _refuse(self, file: str, fault: Unreadable) -> None:
        if fault.code == "encrypted" and SEPARATOR in file:
            file = split_address(file)[0]
            forget_password(file)
        self.refused[file] = RefusedFile(file, fault.code or "damaged", str(fault))


def _state(file: str) -> State | None:
    try:
        return state_of(Path(file).stat())
    except OSError:
        return None


def _begins_like_zip(file: str) -> bool:
    try:
        with opened(file) as stream:
            return is_zip(stream.read(4))
    except Unreadable:
        return False
