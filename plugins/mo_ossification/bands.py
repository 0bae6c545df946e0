"""Density classes over time: as stacked bars, with limits that the reader may change; no widgets."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from mo_viewer.base.faults import Refused
from mo_viewer.base.ticket import Ticket
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import ClassVolume
from mo_viewer.measure import density
from mo_viewer.plugin_host.api import Desk
from mo_viewer.volume.volume import Volume

_LIMIT = re.compile(r"above (-?[\d.]+) HU")
LEAST_HU, MOST_HU = -200.0, 3000.0


@dataclass(frozen=True)
class Bar:
    """One study of the selected lesion: its date and its classes."""

    date: str
    classes: tuple[ClassVolume, ...]

    @property
    def volume_mm3(self) -> float:
        """All classes together."""
        return sum(one.volume_mm3 for one in self.classes)


def bars(document: Document | None, tracking_uid: str) -> tuple[Bar, ...]:
    """Return the bars of a lesion, oldest first; studies without classes have none."""
    timepoints = () if document is None else document.timepoints
    found = ((timepoint, timepoint.lesion(tracking_uid)) for timepoint in timepoints)
    return tuple(Bar(t.date or "undated", x.class_volumes) for t, x in found if x is not None and x.class_volumes)


def limits_of(classes: tuple[ClassVolume, ...]) -> str:
    """Return the lower limits of classes as the reader writes them: ``100, 200, 400, 700``."""
    return ", ".join(f"{one.from_hu:.0f}" for one in classes)


def why_apart(lesion: Lesion) -> str:
    """Say what the classes count, and why their sum is not the calcified volume; empty where there are none."""
    if not lesion.class_volumes:
        return ""
    lowest = lesion.class_volumes[0].from_hu
    said = f"All voxels in the contour from {lowest:.0f} HU."
    dense = lesion.measured("dense_volume")
    limit = None if dense is None else _LIMIT.search(dense.method)
    if limit is None or float(limit[1]) == lowest:
        return said
    return f"{said} Calcified volume counts those above {limit[1]} HU: the sums differ."


def read_limits(text: str) -> tuple[float, ...]:
    """Return four rising limits in HU from what a reader wrote.

    Raises
    ------
    Refused
        When it is anything else.
    """
    names = len(density.BANDS)
    try:
        found = tuple(float(part) for part in text.replace(";", ",").split(","))
    except ValueError:
        found = ()
    rising = all(a < b for a, b in pairwise(found))
    if len(found) != names or not rising or not (found[0] >= LEAST_HU and found[-1] <= MOST_HU):
        raise Refused(
            f"Density classes need {names} rising limits from {LEAST_HU:.0f} to {MOST_HU:.0f} HU, for example "
            f"{', '.join(f'{low:.0f}' for _, low, _ in density.BANDS)}."
        )
    return found


def banded(lesion: Lesion, volume: Volume, limits: tuple[float, ...]) -> Lesion:
    """Return a lesion whose classes begin at these limits; the limits are kept with the result."""
    ends = (*limits[1:], None)
    named = tuple((name, low, high) for (name, _, _), low, high in zip(density.BANDS, limits, ends, strict=True))
    return density.banded(lesion, volume, named)


def use_limits(desk: Desk, limits: tuple[float, ...]) -> None:
    """Count the classes of this study's lesions anew, in the background; one step of undo."""
    document, volume = desk.document, desk.volume
    timepoint = None if document is None or volume is None else document.timepoint(volume.source.study_uid)
    if document is None or volume is None or timepoint is None:
        return

    def work(ticket: Ticket) -> tuple[Lesion, ...]:
        made = []
        for lesion in timepoint.lesions:
            ticket.check()
            is_here = timepoint.is_on(lesion, volume.source, volume.geometry)
            made.append(banded(lesion, volume, limits) if is_here else lesion)
        return tuple(made)

    def done(lesions: tuple[Lesion, ...]) -> None:
        now = desk.document
        if now is None or now.timepoint(timepoint.study_uid) != timepoint:
            desk.say("The findings changed meanwhile; the limits were not used.", "caution")
            return
        words = ", ".join(f"{low:.0f}" for low in limits)
        desk.change(f"Density classes {words} HU", now.with_timepoint(replace(timepoint, lesions=lesions)))

    desk.run("Counting density classes", work, done, slot="mo_ossification.bands")
