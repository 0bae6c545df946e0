"""One axis of days for all that tells of a patient's course: where it begins, what lies on it, how spans are said."""

from dataclasses import dataclass
from datetime import date

from mo_viewer.findings.document import Document
from mo_viewer.findings.event import Occasion, PatientEvent

_WRITTEN = {Occasion.NSAID: "NSAID", Occasion.SURGERY: "operation"}
"""What events are called, as where they are entered and in reports; others as their kind."""
_DAYS_A_MONTH, _DAYS_A_YEAR = 30.44, 365.25


@dataclass(frozen=True)
class Moment:
    """Something that happened, on the axis of days."""

    day: int
    text: str


def as_day(text: str) -> date | None:
    """An ISO day, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def first_day(document: Document) -> date | None:
    """Day 0 of the axis: the injury, else the first study with a date."""
    days = [document.injury_date] if document.injury_date else [t.date for t in document.timepoints]
    found = [day for day in (as_day(text) for text in days) if day is not None]
    return min(found) if found else None


def moments(document: Document, zero: date | None = None) -> tuple[Moment, ...]:
    """Injury and events on the axis of days, which begins with `zero`, else with `first_day`."""
    zero = zero or first_day(document)
    if zero is None:
        return ()
    listed = [(event.date, _called(event)) for event in document.events]
    listed += [(document.injury_date, "injury")] if document.injury_date else []
    dated = [(day, text) for text_day, text in listed if (day := as_day(text_day)) is not None]
    return tuple(Moment((day - zero).days, text) for day, text in sorted(set(dated)))


def _called(event: PatientEvent) -> str:
    if event.kind is Occasion.OTHER:
        return event.text or "event"
    return _WRITTEN.get(event.kind, event.kind.value)


def span_words(days: int) -> str:
    """Say a span in the unit that people use for it: ``9 d``, ``8 wk``, ``6 mo``, ``2.5 y``."""
    if abs(days) < 14:
        return f"{days} d"
    if abs(days) < 92:
        return f"{days / 7:.0f} wk"
    if abs(days) < 2 * _DAYS_A_YEAR:
        return f"{days / _DAYS_A_MONTH:.0f} mo"
    return f"{days / _DAYS_A_YEAR:.1f}".removesuffix(".0") + " y"
