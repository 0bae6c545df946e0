"""What is open: folders being read, their series, and loaded volumes within a memory budget."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load, load_slice
from mo_viewer.dicom.scan import Index, scan
from mo_viewer.dicom.series import Series, Study, studies
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.openings import Opening, identity, merged, torn
from mo_viewer.ui.recent import remember
from mo_viewer.ui.shelf import Shelf, default_budget
from mo_viewer.volume.volume import Volume

UPDATE_S = 0.1
STILL_MS = 700
"""A shown series that grew is loaded again once it has not grown for this long."""
PATIENCE_S = 0.5
"""A localizer or a single image is offered first only when no volume turned up for this long."""


class Library(QObject):
    """Owns what is open. Everything is called and answered on the GUI thread; reading and loading run in `jobs`.

    `series_changed`: `series` and `studies` are different. `first_image`: the first image of what was opened, while
    the rest is still being read. `scan_finished`: an `Index`, once for each `open`. `volume_ready`: a series and its
    volume; again when the series has grown. `fault`: something that a person must be told.

    Parameters
    ----------
    budget_bytes
        How much pixel data may stay in memory; None: 2 GiB, or half of the machine's memory where that is less.
    """

    series_changed = Signal()
    first_image = Signal(object)
    scan_finished = Signal(object)
    volume_ready = Signal(object, object)
    fault = Signal(object)
    _found = Signal(object, object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None, budget_bytes: int | None = None) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.series: tuple[Series, ...] = ()
        self.studies: tuple[Study, ...] = ()
        self._openings: list[Opening] = []
        self._shelf = Shelf(default_budget() if budget_bytes is None else budget_bytes)
        self._held: tuple[Series, ...] = ()
        self._asked: dict[str, Series] = {}
        self._loading: dict[tuple[str, ...], tuple[Series, Ticket]] = {}
        self._found.connect(self._take_found, Qt.ConnectionType.QueuedConnection)
        self._still = QTimer(self, singleShot=True, interval=STILL_MS)
        self._still.timeout.connect(self._reload_grown)
        self._patience = QTimer(self, singleShot=True, interval=int(PATIENCE_S * 1000))
        self._patience.timeout.connect(self._offer_anything)

    @property
    def is_reading(self) -> bool:
        """Whether a folder is being read."""
        return any(not opening.is_read for opening in self._openings)

    @property
    def report(self) -> Index:
        """Everything that was read to the end, as one index: files, refused files, seconds."""
        done = [opening.index for opening in self._openings if opening.index is not None]
        return Index(
            self.series,
            tuple(refusal for index in done for refusal in index.refused),
            sum(index.files for index in done),
            sum(index.seconds for index in done),
        )

    def open(self, paths: Sequence[Path]) -> None:
        """Read folders, files or archives in the background and add what they hold."""
        if paths:
            self._read(Opening(tuple(Path(path) for path in paths)))

    def clear(self) -> None:
        """Stop everything and let go of what is open; findings are not touched."""
        self.close()
        self._openings.clear()
        self._refresh()

    def close(self) -> None:
        """Stop reading and loading and let go of the volumes."""
        self._still.stop()
        self._patience.stop()
        for ticket in [opening.ticket for opening in self._openings] + [one for _, one in self._loading.values()]:
            ticket.cancel()
        self._loading.clear()
        self._asked.clear()
        self._held = ()
        self._shelf.clear()

    def current(self, series: Series) -> Series:
        """Return the series as it is known now: it may have grown since it was handed out."""
        keys = [one for one in self.series if one.key == series.key]
        return next(iter(keys or [one for one in self.series if identity(one) == identity(series)]), series)

    def volume(self, series: Series | str) -> Volume | None:
        """Return the loaded volume of a series, or of a series UID; None while it is not in memory."""
        if isinstance(series, Series):
            return self._fresh(series)
        found = (self._fresh(one) for one in self.series if one.source.series_uid == series)
        return next((volume for volume in found if volume is not None), None)

    def need(self, series: Series, place: str = "load") -> None:
        """Load a series; `volume_ready` answers, at once where the volume is in memory.

        What was asked for in the same `place` before is no longer loaded. A series that is being loaded is not
        loaded twice.
        """
        series = self.current(series)
        self._asked[place] = series
        self._stop_unasked()
        volume = self._fresh(series)
        if volume is not None:
            self.volume_ready.emit(series, volume)
        elif not self._is_loading(series):
            self._load(series)

    def prefetch(self, series: Series) -> None:
        """Load a series that will probably be asked for next, unless it needs room that shown ones have."""
        if bytes_of(series) + self._shelf.used_bytes <= self._shelf.budget_bytes:
            self.need(series, "prefetch")

    def hold(self, shown: Sequence[Series]) -> None:
        """Name all series that are shown: their volumes stay in memory."""
        self._held = tuple(shown)
        self._shelf.hold(self.current(series).key for series in shown)

    def slice(self, series: Series, k: int, done: Callable[[Volume], None], place: str = "slice") -> Ticket:
        """Read one slice ahead of the whole series; a newer slice in the same `place` replaces it."""
        return self.jobs.run("One image", lambda ticket: _slice(series, k, ticket), done, self.fault.emit, slot=place)

    def _read(self, opening: Opening) -> None:
        self._openings.append(opening)
        tell = _Throttled(lambda series: self._found.emit(opening, series))
        opening.ticket = self.jobs.run(
            "Read files",
            lambda ticket: _index(opening.paths, ticket, tell),
            lambda answer: self._take_index(opening, *answer),
            lambda fault: self._drop(opening, fault),
            stopped=lambda: self._stopped(opening),
        )
        self.series_changed.emit()

    def _take_found(self, opening: Opening, series: Sequence[Series]) -> None:
        if opening.is_read or opening not in self._openings or opening.ticket.cancelled:
            return
        opening.series = tuple(series)
        self._refresh()
        self._offer(opening)

    def _take_index(self, opening: Opening, index: Index, fault: Fault | None) -> None:
        opening.index, opening.series = index, index.series
        again = torn(self._openings)
        if again:
            self._read_together(again)
            return
        self._refresh()
        self._offer(opening, anything=True)
        self._reload_grown()
        self.scan_finished.emit(index)
        if fault is not None:
            self.fault.emit(fault)

    def _read_together(self, openings: Sequence[Opening]) -> None:
        """Read two openings again as one, because they hold different images of the same series."""
        paths = tuple(dict.fromkeys(path for opening in openings for path in opening.paths))
        self._openings = [opening for opening in self._openings if opening not in openings]
        self._read(Opening(paths, tuple(one for opening in openings for one in opening.series), offered=True))
