"""What is open: folders being read, their series and studies, and the volumes that were loaded."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mo_viewer.base.faults import Fault
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.files import remember_password
from mo_viewer.dicom.load import load_slice
from mo_viewer.dicom.scan import Index
from mo_viewer.dicom.series import Series, Study, studies
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.joins import Joins, parts_of
from mo_viewer.ui.loader import PREFETCH, Loader, bytes_of
from mo_viewer.ui.openings import Opening, find, identity, merged, torn
from mo_viewer.ui.reading import nothing_in, read_index
from mo_viewer.ui.series_words import first_to_show
from mo_viewer.ui.shelf import default_budget
from mo_viewer.volume.source import Patient
from mo_viewer.volume.volume import Volume

STILL_MS = 700
"""A shown series that grew is loaded again once nothing was found for this long."""
LONGEST_DRAWING_S = 0.1
"""Reading waits so long at most for the window to draw what was found."""
PATIENCE_MS = 500
"""A localizer or a single image is offered first only when no volume turned up for this long."""


class Library(QObject):
    """Owns what is open. Everything is called and answered on the GUI thread; reading and loading run in `jobs`.

    `series_changed`: `series`, `studies` or `is_reading` are different. `first_image`: the first image of what was
    opened, while the rest is still being read. `scan_finished`: an `Index`, once for each `open`. `volume_ready`: a
    series and its volume; again when the series has grown. `only_slices`: a series that is larger than the budget, so
    that no volume will come. `fault`: something that a person must be told.

    Parameters
    ----------
    budget_bytes
        How much pixel data may stay in memory; None: 4 GiB, or half of the machine's memory where that is less.
    """

    series_changed = Signal()
    first_image = Signal(object)
    scan_finished = Signal(object)
    volume_ready = Signal(object, object)
    only_slices = Signal(object)
    fault = Signal(object)
    _found = Signal(object, object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None, budget_bytes: int | None = None) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.series: tuple[Series, ...] = ()
        self.studies: tuple[Study, ...] = ()
        self._openings: list[Opening] = []
        self._growing: dict[str, Series] = {}
        self._joins = Joins()
        self.person: Callable[[Patient], Patient] = lambda patient: patient
        """Who the patient of some images is; see `persons_changed`."""
        self._told: dict[Series, Series] = {}
        self._loader = Loader(jobs, default_budget() if budget_bytes is None else budget_bytes, self)
        self._loader.ready.connect(self.volume_ready)
        self._loader.too_large.connect(self.only_slices)
        self._loader.fault.connect(self.fault)
        self._found.connect(self._take_found, Qt.ConnectionType.QueuedConnection)
        self._still = QTimer(self, singleShot=True, interval=STILL_MS)
        self._still.timeout.connect(lambda: self._loader.renew(self.current))

    @property
    def is_reading(self) -> bool:
        """Whether something is being read."""
        return any(opening.is_reading for opening in self._openings)

    @property
    def was_stopped(self) -> bool:
        """Whether something was not read to the end, so that series may be incomplete."""
        return any(opening.stopped for opening in self._openings)

    @property
    def report(self) -> Index:
        """All that was read to the end, as one index."""
        done = [opening.index for opening in self._openings if opening.index is not None]
        return Index(
            series=self.series,
            refused=tuple(refusal for index in done for refusal in index.refused),
            files=sum(index.files for index in done),
            seconds=sum(index.seconds for index in done),
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
        """Stop reading and loading, and let go of the volumes."""
        self._still.stop()
        self._growing.clear()
        for opening in self._openings:
            opening.stopped = opening.stopped or opening.is_reading
            opening.ticket.cancel()
        self._loader.clear()

    def current(self, series: Series) -> Series:
        """Return the series as it is known now: it may have grown since it was handed out."""
        same = [one for one in self.series if identity(one) == identity(series)]
        return next((one for one in same if one.key == series.key), same[0] if same else series)

    def persons_changed(self) -> None:
        """Ask `person` again whose images these are."""
        self._refresh()
        self._loader.renew(self.current)

    def can_join(self, series: Series) -> bool:
        """Whether a series is one of several parts, or was made of them."""
        return self.is_joined(series) or len(parts_of(self.series, series)) > 1

    def is_joined(self, series: Series) -> bool:
        """Whether a series is shown whole although it was split."""
        return self._joins.has(series)

    def join(self, series: Series, whole: bool = True) -> Series:
        """Show all parts of a split series as one, or as parts again; returns what stands in its place.

        Raises
        ------
        Refused
            When they cannot be one.
        """
        if whole:
            self._joins.join(parts_of(self.series, series))
        else:
            self._joins.part(series)
        self._refresh()
        self._loader.renew(self.current)
        return self.current(series)

    def unlock(self, archive: Path, password: str) -> None:
        """Read again what holds an encrypted zip; a wrong password is forgotten, and the zip refused again."""
        remember_password(str(archive), password)
        locked = [one for one in self._openings if one.refuses(str(archive))]
        for opening in locked:
            self._read(Opening(opening.paths, opening.series, offered=opening.offered and bool(opening.series)))

    def find(self, key: str) -> Series | None:
        """Return the series of a row key, as a drag from the study list carries it; None where it is not open."""
        return find(self.studies, key)

    def volume(self, series: Series | str) -> Volume | None:
        """Return the loaded volume of a series, or of a series UID; None while it is not in memory."""
        if isinstance(series, Series):
            return self._loader.volume(self.current(series))
        named = (self._loader.volume(one) for one in self.series if one.source.series_uid == series)
        return next((volume for volume in named if volume is not None), None)

    def need(self, series: Series, place: str = "load") -> None:
        """Load a series; `volume_ready` answers, at once where the volume is in memory.

        What the same `place` (a pane, say) asked for before is not loaded any further; what it asked for last stays
        in memory until `release`. A series that is being loaded is not loaded twice. One that still grows while
        files are read is loaded once it stands still, or when everything was read: a part is not the volume.
        """
        now = self.current(series)
        if self._loader.volume(now) is None and any(opening.is_growing(now) for opening in self._openings):
            self._loader.release(place)
            self._growing[place] = now
            return
        self._growing.pop(place, None)
        self._loader.need(now, place)

    def may_grow(self, series: Series) -> bool:
        """Whether more images of a series may be found in what is being read."""
        return any(opening.may_grow(series) for opening in self._openings)

    def prefetch(self, series: Series) -> None:
        """Load a series that will probably be asked for next, unless others would have to go for it."""
        if bytes_of(series) + self._loader.used_bytes <= self._loader.budget_bytes:
            self.need(series, PREFETCH)

    def hold(self, shown: Sequence[Series]) -> None:
        """Name series whose volumes stay in memory besides those that a place asked for."""
        self._loader.hold([self.current(series) for series in shown])

    def release(self, place: str) -> None:
        """Say that a place (a pane that was closed) needs nothing any more."""
        self._growing.pop(place, None)
        self._loader.release(place)

    def slice(self, series: Series, k: int, done: Callable[[Volume], None], place: str = "slice") -> Ticket:
        """Read slice k ahead of the whole series; a newer slice in the same `place` replaces it."""
        return self.jobs.run("Load one image", lambda _: load_slice(series, k), done, self.fault.emit, slot=place)

    def _read(self, opening: Opening) -> None:
        self._openings.append(opening)
        opening.ticket = self.jobs.run(
            "Read files",
            lambda ticket: read_index(opening.paths, ticket, lambda series: self._hand_over(opening, series)),
            lambda answer: self._take_index(opening, *answer),
            lambda fault: self._stop(opening, fault),
            stopped=lambda: self._stop(opening),
        )
        QTimer.singleShot(PATIENCE_MS, self, lambda: self._offer(opening, anything=True))
        self.series_changed.emit()

    def _hand_over(self, opening: Opening, series: Sequence[Series]) -> None:
        """Give what was found to the window (called by the reading thread), and let it draw before reading on."""
        opening.drawn.clear()
        self._found.emit(opening, series)
        opening.drawn.wait(LONGEST_DRAWING_S)

    def _take_found(self, opening: Opening, series: Sequence[Series]) -> None:
        QTimer.singleShot(0, opening.drawn.set)
        if not opening.is_reading or opening not in self._openings:
            return
        opening.take_snapshot(series)
        self._refresh()
        self._offer(opening)
        self._load_what_stands_still()
        self._still.start()

    def _take_index(self, opening: Opening, index: Index, fault: Fault | None) -> None:
        if opening not in self._openings:
            return
        opening.index, opening.series = index, index.series
        self._openings = [one for one in self._openings if one is opening or one.paths != opening.paths]
        halves = torn(self._openings)
        if halves:
            self._read_together(halves)
            return
        self._refresh()
        self._offer(opening, anything=True)
        self._load_what_stands_still()
        self._loader.renew(self.current)
        self.scan_finished.emit(index)
        for one in (fault, None if index.series else nothing_in(index)):
            if one is not None:
                self.fault.emit(one)

    def _read_together(self, halves: Sequence[Opening]) -> None:
        """Read two openings again as one, because each holds images of a series that the other does not."""
        paths = tuple(dict.fromkeys(path for opening in halves for path in opening.paths))
        known = merged(halves)
        self._openings = [opening for opening in self._openings if opening not in halves]
        self._read(Opening(paths, known, offered=all(opening.offered for opening in halves)))

    def _stop(self, opening: Opening, fault: Fault | None = None) -> None:
        opening.stopped = True
        if not opening.series and opening in self._openings:
            self._openings.remove(opening)
        self._refresh()
        self._load_what_stands_still()
        if fault is not None:
            self.fault.emit(fault)

    def _offer(self, opening: Opening, anything: bool = False) -> None:
        """Offer the first volume; with `anything`, the best image of another kind too."""
        if opening.offered or opening not in self._openings:
            return
        volumes = [one for one in opening.series if one.is_volume and "localizer" not in one.codes()]
        first = first_to_show(volumes[:1] or (opening.series if anything else ()))
        if first is not None:
            opening.offered = True
            self.first_image.emit(first)

    def _load_what_stands_still(self) -> None:
        for place, series in list(self._growing.items()):
            self.need(series, place)

    def _refresh(self) -> None:
        found = self._joins.apply(merged(self._openings))
        self._told = {one: self._of_person(one) for one in found}
        self.series = tuple(self._told.values())
        self.studies = studies(self.series)
        self.series_changed.emit()

    def _of_person(self, series: Series) -> Series:
        """Return a series with the patient that it was said to be of; the same object while nothing is different."""
        patient, known = self.person(series.source.patient), self._told.get(series, series)
        if known.source.patient == patient:
            return known
        return series if series.source.patient == patient else series.with_patient(patient)
