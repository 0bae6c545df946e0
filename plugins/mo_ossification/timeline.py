"""The course of a lesion as data for the panel: days, values with their spreads, the literature's weeks."""

from dataclasses import dataclass

from mo_ossification.words import in_force
from mo_viewer.base.units import SHOWN, shown_value
from mo_viewer.findings.days import as_day, first_day
from mo_viewer.findings.document import Document

QUANTITIES = ("volume", "mineral_content", "p95_hu", "zonal_index")
WEEKS = (
    (5, 8, "5–8 weeks: peripheral calcification, then ossification (Bennett and El-Khoury, case 87)"),
    (12, 26, "3–6 months: matures (ISAKOS newsletter 2020-2); sources differ"),
)
"""Ranges in weeks since injury that sources name for the stages; shown pale, never as a norm."""


@dataclass(frozen=True)
class Curve:
    """One quantity of one lesion: days, values and spreads in the unit of the screen, and the studies."""

    title: str
    unit: str
    days: tuple[int, ...]
    values: tuple[float, ...]
    spreads: tuple[float, ...]
    studies: tuple[str, ...]


def curves(document: Document, tracking_uid: str) -> tuple[Curve, ...]:
    """The curves of a lesion that have at least one value."""
    zero = first_day(document)
    found, words = [], in_force()
    for name in QUANTITIES:
        days, values, spreads, studies, unit = [], [], [], [], ""
        for timepoint in document.timepoints:
            lesion, day = timepoint.lesion(tracking_uid), as_day(timepoint.date)
            measured = None if lesion is None else lesion.measured(name)
            if measured is None or day is None or zero is None:
                continue
            unit = measured.unit
            days.append((day - zero).days)
            values.append(shown_value(measured.value, unit))
            spreads.append(shown_value(measured.spread or 0.0, unit))
            studies.append(timepoint.study_uid)
        if days:
            shown = SHOWN.get(unit, unit)
            found.append(Curve(words.name(name), shown, tuple(days), tuple(values), tuple(spreads), tuple(studies)))
    return tuple(found)
