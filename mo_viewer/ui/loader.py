"""Loads volumes of series in the background and keeps them within a memory budget."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.load import load, stored_shape, stored_type
from mo_viewer.dicom.series import Series
from mo_viewer.ui.jobs import Jobs
from mo_viewer.ui.shelf import GIB, Key, Shelf
from mo_viewer.volume.volume import Volume

PREFETCH = "prefetch"


class Loader(QObject):
    """Loads what places ask for.

    A *place* is whoever shows or expects one series: a pane, or the prefetch. What no place asks for any more is
    not loaded to the end; what two places ask for is loaded once. What a place asked for last stays in memory,
    except for the prefetch's.
    """

    ready = Signal(object, object)
    too_large = Signal(object)
    fault = Signal(object)

    def __init__(self, jobs: Jobs, budget_bytes: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._shelf = Shelf(budget_bytes)
        self._asked: dict[str, Series] = {}
        self._made_of: WeakKeyDictionary[Volume, Series] = WeakKeyDictionary()
        self._held: tuple[Series, ...] = ()
        self._loading: dict[Key, tuple[Series, Ticket]] = {}

    @property
    def used_bytes(self) -> int:
        """Pixel data in memory."""
        return self._shelf.used_bytes

    @property
    def budget_bytes(self) -> int:
        """Pixel data that may be in memory."""
        return self._shelf.budget_bytes

    def volume(self, series: Series) -> Volume | None:
        """Return the volume if it is in memory and was made of the series as it is known now."""
        volume = self._shelf.get(series.key)
        if volume is None or not _is_as_known(self._made_of[volume], series):
            return None
        if volume.source.patient != series.source.patient:
            volume = replace(volume, source=replace(volume.source, patient=series.source.patient))
            self._made_of[volume] = series
            self._shelf.put(series.key, volume)
        return volume

    def need(self, series: Series, place: str) -> None:
        """Answer with `ready`, at once where the volume is in memory; see `Library.need`."""
        self._asked[place] = series
        self._asked_changed()
        volume = self.volume(series)
        if volume is not None:
            self.ready.emit(series, volume)
        elif not self._is_loading(series):
            self._load(series)

    def hold(self, shown: Sequence[Series]) -> None:
        """Name all series that are shown: their volumes stay."""
        self._held = tuple(shown)
        self._asked_changed()

    def release(self, place: str) -> None:
        """Say that a place shows nothing any more."""
        self._asked.pop(place, None)
        self._asked_changed()

    def renew(self, current: Callable[[Series], Series]) -> None:
        """Load again what is asked for and has grown; `current` returns a series as it is known now."""
        for place, series in list(self._asked.items()):
            grown = current(series)
            if grown is not series:
                self._asked[place] = grown
                if not _is_as_known(series, grown):
                    self._shelf.drop(series.key)
                    self.need(grown, place)
                elif series.source.patient != grown.source.patient:
                    self.need(grown, place)
        self.hold([current(series) for series in self._held])

    def clear(self) -> None:
        """Stop loading and let go of all volumes."""
        self._asked.clear()
        self._held = ()
        self._asked_changed()
        self._shelf.clear()

    def _asked_changed(self) -> None:
        shown = [series for place, series in self._asked.items() if place != PREFETCH]
        self._shelf.hold(series.key for series in (*shown, *self._held))
        asked = {id(series) for series in self._asked.values()}
        for key, (series, ticket) in list(self._loading.items()):
            if id(series) not in asked and not any(
                one.key == key and _is_as_known(series, one) for one in self._asked.values()
            ):
                ticket.cancel()
                del self._loading[key]

    def _is_loading(self, series: Series) -> bool:
        known = self._loading.get(series.key)
        return known is not None and _is_as_known(known[0], series)

    def _load(self, series: Series) -> None:
        if bytes_of(series) > self._shelf.budget_bytes:
            self.too_large.emit(series)
            self.fault.emit(_too_large(series, self._shelf.budget_bytes))
            return
        ticket = self._jobs.run(
            "Load images",
            lambda ticket: load(series, ticket),
            lambda volume: self._take(series, volume),
            lambda fault: self._give_up(series, fault),
            stopped=lambda: self._forget(series),
        )
        self._loading[series.key] = (series, ticket)

    def _take(self, series: Series, volume: Volume) -> None:
        self._forget(series)
        self._made_of[volume] = series
        self._shelf.put(series.key, volume)
        asked = (one for one in self._asked.values() if one.key == series.key and _is_as_known(series, one))
        now = next(asked, series)
        self.ready.emit(now, self.volume(now))

    def _give_up(self, series: Series, fault: Fault) -> None:
        self._forget(series)
        self.fault.emit(fault)

    def _forget(self, series: Series) -> None:
        if self._loading.get(series.key, (None,))[0] is series:
            del self._loading[series.key]


def bytes_of(series: Series) -> int:
    """Return how much memory the volume of a series takes, as its headers say; 0 for what is no image."""
    if not series.is_image:
        return 0
    return math.prod(stored_shape(series.planes)) * stored_type(series.planes).itemsize


def _is_as_known(made_of: Series, series: Series) -> bool:
    """Whether what was made of a series still holds: the same images, and no remark that came later."""
    return made_of is series or (
        made_of.source.instances == series.source.instances and made_of.remarks == series.remarks
    )


def _too_large(series: Series, budget_bytes: int) -> Refused:
    return Refused(
        f"This series needs {bytes_of(series) / GIB:.1f} GiB of memory, more than the {budget_bytes / GIB:.1f} GiB "
        "set aside for images.",
        "It can be read slice by slice; what needs the whole volume is not available.",
        code="over_budget",
    )
