"""Calcifications found in the series in the active pane, and which of them the reader has dismissed; no widgets."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mo_ossification.edits import Workbench
from mo_ossification.marking import lesions_on, mark
from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.lesion import Lesion
from mo_viewer.plugin_host.api import Desk
from mo_viewer.segment.candidate_rules import CALCIFICATION
from mo_viewer.segment.candidates import Candidate, find_candidates
from mo_viewer.volume.arrays import AnyArray, Point
from mo_viewer.volume.volume import Volume

SAME_MM = 6.0
PICTURE_MM, PICTURE_PIXELS = 56.0, 64
WINDOW_HU = (-120.0, 520.0)
LEAST_SLICES = 4


@dataclass(frozen=True, eq=False)
class Pictured:
    """A candidate and a small picture (64 x 64, uint8) of the slice through it."""

    candidate: Candidate
    picture: AnyArray


class CandidateList:
    """Searches each CT once in the background, and remembers by series what was dismissed.

    Parameters
    ----------
    desk, bench
        Of the plugin.
    changed
        Called when there is something new to show.
    """

    def __init__(self, desk: Desk, bench: Workbench, changed: Callable[[], None]) -> None:
        self._desk, self._bench, self._changed = desk, bench, changed
        self._found: dict[str, tuple[Pictured, ...]] = {}
        self._dismissed: dict[str, list[Point]] = {}
        self._searched = ""

    @property
    def volume(self) -> Volume | None:
        """The image in the active pane, where it can be searched through."""
        volume = self._desk.volume
        fits = volume is not None and volume.unit == "HU" and volume.geometry.shape[0] >= LEAST_SLICES
        return volume if fits else None

    @property
    def searching(self) -> bool:
        """Whether the answer for the image shown is still awaited."""
        volume = self.volume
        return volume is not None and volume.source.series_uid not in self._found

    def look(self) -> None:
        """Start a search through the image shown, unless that is done or under way."""
        volume = self.volume
        if volume is None or not self.searching or self._searched == volume.source.series_uid:
            return
        uid = self._searched = volume.source.series_uid

        def work(ticket: Ticket) -> tuple[Pictured, ...]:
            try:
                found = find_candidates(volume, self._desk.native_bone(volume, ticket), ticket)
            except Refused:
                return ()
            return tuple(Pictured(one, picture_of(volume, one.at_mm)) for one in found)

        def done(answer: tuple[Pictured, ...]) -> None:
            self._found[uid] = answer
            self._changed()

        self._desk.run("Searching for calcifications", work, done, slot="mo_ossification.candidates")

    def open(self) -> tuple[Pictured, ...]:
        """Candidates of the image shown that are neither dismissed nor marked yet, most likely first."""
        volume = self.volume
        if volume is None:
            return ()
        dismissed = self._points(volume.source.series_uid)
        lesions = lesions_on(self._desk, volume)
        return tuple(
            one
            for one in self._accepted()
            if not _near(one.candidate.at_mm, dismissed) and not any(_holds(x, one.candidate.at_mm) for x in lesions)
        )

    def rejected(self) -> tuple[Pictured, ...]:
        """What the search itself rejected in the image shown, each with its reason."""
        return tuple(one for one in self._all() if one.candidate.kind != CALCIFICATION)

    def dismissed(self) -> int:
        """How many of the image shown were dismissed."""
        volume = self.volume
        if volume is None:
            return 0
        points = self._points(volume.source.series_uid)
        return sum(_near(one.candidate.at_mm, points) for one in self._accepted())

    def dismiss(self, one: Candidate) -> None:
        """Take a candidate off the list, now and when the study is opened again."""
        if self.volume is not None:
            uid = self.volume.source.series_uid
            self._keep(uid, [*self._points(uid), one.at_mm])

    def restore(self) -> None:
        """Put all dismissed candidates of the image shown back on the list."""
        if self.volume is not None:
            self._keep(self.volume.source.series_uid, [])

    def accept(self, one: Candidate) -> None:
        """Mark and measure a candidate as a lesion."""
        if self.volume is not None:
            mark(self._desk, self._bench, self.volume, (one.at_mm,))

    def _all(self) -> tuple[Pictured, ...]:
        volume = self.volume
        return () if volume is None else self._found.get(volume.source.series_uid, ())

    def _accepted(self) -> tuple[Pictured, ...]:
        return tuple(one for one in self._all() if one.candidate.kind == CALCIFICATION)

    def _points(self, series_uid: str) -> list[Point]:
        if series_uid not in self._dismissed:
            path = self._desk.data_folder / _file_name(series_uid)
            try:
                known = json.loads(path.read_text("utf-8"))
                self._dismissed[series_uid] = [(float(x), float(y), float(z)) for x, y, z in known]
            except (OSError, ValueError, TypeError):
                self._dismissed[series_uid] = []
        return self._dismissed[series_uid]

    def _keep(self, series_uid: str, points: list[Point]) -> None:
        self._dismissed[series_uid] = points
        self._desk.keep(_file_name(series_uid), json.dumps(points).encode())
        self._changed()


def picture_of(volume: Volume, at_mm: Point) -> AnyArray:
    """Return 64 x 64 grey values (uint8) of the slice through a point, 56 mm wide."""
    geometry = volume.geometry
    at, row, column = geometry.index_of(np.array(at_mm))[0]
    flat = volume.rescaled_slice(int(np.clip(round(at), 0, geometry.shape[0] - 1)))
    away = (np.arange(PICTURE_PIXELS) - (PICTURE_PIXELS - 1) / 2) * (PICTURE_MM / PICTURE_PIXELS)
    rows = np.clip(np.rint(row + away / geometry.spacing_mm[1]).astype(int), 0, flat.shape[0] - 1)
    columns = np.clip(np.rint(column + away / geometry.spacing_mm[2]).astype(int), 0, flat.shape[1] - 1)
    low, high = WINDOW_HU
    grey: AnyArray = np.clip((flat[np.ix_(rows, columns)] - low) / (high - low) * 255.0, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(grey)


def _file_name(series_uid: str) -> str:
    return f"dismissed-{hashlib.sha256(series_uid.encode()).hexdigest()[:20]}.json"


def _near(at_mm: Point, points: list[Point]) -> bool:
    return any(np.linalg.norm(np.subtract(at_mm, point)) <= SAME_MM for point in points)


def _holds(lesion: Lesion, at_mm: Point) -> bool:
    """Whether a lesion was marked at a point: it lies in its voxels, or its click is near."""
    if _near(at_mm, list(lesion.clicks_mm)):
        return True
    if lesion.mask is None or not lesion.mask.voxels:
        return False
    index = np.rint(lesion.mask.geometry.index_of(np.array(at_mm))[0]).astype(int) - lesion.mask.corner
    within = bool((index >= 0).all() and (index < lesion.mask.inside.shape).all())
    return within and bool(lesion.mask.inside[tuple(index)])
