"""The stacks of a patient's studies: opened when they are asked for, the last few kept."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mo_viewer.base.faults import Fault, Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.dicom.choose import best_series
from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.document import BoneClick, Timepoint
from mo_viewer.plugin_host.skeletons import Skeletons
from mo_viewer.segment.skeleton import NativeBone
from mo_viewer.track.side import Side, side_of
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

KEPT = 4
"""How many stacks stay in memory; a pair that is registered and two to come back to."""

Opener = Callable[[Series, Ticket], Volume]


@dataclass(frozen=True, eq=False)
class Stack:
    """A loaded series with what is worked out once for all of it."""

    volume: Volume
    ticket: Ticket

    @cached_property
    def side(self) -> Side:
        """The bones' surfaces, as registration needs them; no lesion is left out yet."""
        return side_of(self.volume, (), self.ticket)


class Stacks:
    """Opens series, and knows which one of a study is to be measured in.

    Parameters
    ----------
    studies
        Of one patient.
    opener
        Loads a series; the window has some of them already.
    ticket
        Progress and cancellation of all that is done here.
    skeletons
        Where skeletons that are known already are kept.
    """

    def __init__(
        self, studies: Iterable[Study], opener: Opener, ticket: Ticket, skeletons: Skeletons | None = None
    ) -> None:
        self.studies = {study.study_uid: study for study in studies}
        self.ticket = ticket
        self._opener = opener
        self._skeletons = skeletons or Skeletons()
        self._open: OrderedDict[tuple[str, ...], Stack] = OrderedDict()
        self._chosen: dict[str, tuple[Series, str]] = {}

    def stack(self, series: Series) -> Stack:
        """Return a series' stack, loaded if it is not at hand."""
        if series.key not in self._open:
            self._open[series.key] = Stack(self._opener(series, self.ticket), self.ticket)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
        self._open.move_to_end(series.key)
        return self._open[series.key]

    def series(self, study_uid: str) -> Series | None:
        """Return the series that a study is measured in; None where it has no CT."""
        if study_uid not in self._chosen:
            try:
                self.choose(study_uid, ())
            except Refused:
                return None
        return self._chosen[study_uid][0]

    def choose(self, study_uid: str, points_mm: Sequence[Point], kernel: str = "", named: str = "") -> Series:
        """Choose the series to measure in at points of a study, or the one of that UID.

        Raises
        ------
        Refused
            When none holds the points.
        """
        known = self.studies[study_uid].series
        if named:
            self._chosen[study_uid] = _named(known, named), "named"
        else:
            self._chosen[study_uid] = best_series(known, points_mm, kernel)
        return self._chosen[study_uid][0]

    def reason(self, study_uid: str) -> str:
        """Why that series was chosen; empty where none was."""
        return self._chosen[study_uid][1] if study_uid in self._chosen else ""

    def timepoint(self, study_uid: str) -> Timepoint:
        """Return a study as a timepoint without lesions, in the series that is measured in or shown first."""
        return Timepoint.of((self.series(study_uid) or self.studies[study_uid].series[0]).source)

    def bone(self, stack: Stack, clicks: Sequence[BoneClick]) -> NativeBone:
        """Return a stack's skeleton with the reader's corrections, as marking needs it."""
        return self._skeletons.of(stack.volume, clicks, self.ticket)

    def no_bone(self, study_uid: str, clicks: Sequence[BoneClick]) -> Mask | None:
        """Return what a reader said is no bone in the stack that a study is registered by; None where nothing."""
        series = self.series(study_uid)
        if series is None or all(click.is_bone for click in clicks):
            return None
        stack = self.stack(series)
        plain, said = self.bone(stack, ()).mask, self.bone(stack, clicks).mask
        if not plain.voxels:
            return None
        left = said.full() if said.voxels else False
        return Mask.trimmed(plain.full() & ~np.asarray(left), (0, 0, 0), plain.geometry)

    def side(self, study_uid: str) -> Side | None:
        """Return a study's bones; None where it has no CT or cannot be read."""
        series = self.series(study_uid)
        if series is None:
            return None
        try:
            return self.stack(series).side
        except Fault:
            return None


def _named(known: Sequence[Series], uid: str) -> Series:
    found = next((series for series in known if series.source.series_uid == uid), None)
    if found is None:
        raise Refused("No series has the UID that was given.")
    return found
