"""The course of a patient as data for the panel: days, values with their spreads, events, the literature's weeks."""

from dataclasses import dataclass
from datetime import date

from mo_viewer.base.units import SHOWN, shown_value
from mo_viewer.findings.document import Document
from mo_viewer.findings.event import Occasion

QUANTITIES = (
    ("volume", "Size"),
    ("mineral_content", "Mineral content"),
    ("p95_hu", "95th percentile"),
    ("zonal_index", "Zonal index"),
)
WRITTEN = {Occasion.NSAID: "NSAID"}
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


@dataclass(frozen=True)
class Moment:
    """Something that happened, on the axis of days."""

    day: int
    text: str


def first_day(document: Document) -> date | None:
    """Day 0 of the axis: the injury, else the first study with a date."""
    days = [document.injury_date] if document.injury_date else [t.date for t in document.timepoints]
    found = [day for day in (as_day(text) for text in days) if day is not None]
    return min(found) if found else None


def curves(document: Document, tracking_uid: str) -> tuple[Curve, ...]:
    """The curves of a lesion that have at least one value."""
    zero = first_day(document)
    found = []
    for name, title in QUANTITIES:
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
            found.append(Curve(title, shown, tuple(days), tuple(values), tuple(spreads), tuple(studies)))
    return tuple(found)


def moments(document: Document) -> tuple[Moment, ...]:
    """Injury and events on the axis of days."""
    zero = first_day(document)
    if zero is None:
        return ()
    listed = [(event.date, WRITTEN.get(event.kind, event.kind.value)) for event in document.events]
    listed += [(document.injury_date, "injury")] if document.injury_date else []
    dated = [(day, text) for text_day, text in listed if (day := as_day(text_day)) is not None]
    return tuple(Moment((day - zero).days, text) for day, text in sorted(set(dated)))


def as_day(text: str) -> date | None:
    """An ISO day, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
