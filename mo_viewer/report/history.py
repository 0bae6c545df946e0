"""What became of lesions between studies, as plain data that every kind of export can tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mo_viewer.findings.document import Document
from mo_viewer.findings.event import LesionEvent, PatientEvent
from mo_viewer.findings.registration import Registration

if TYPE_CHECKING:
    from mo_viewer.track.change import Change
    from mo_viewer.track.course import Course as Tracked


@dataclass(frozen=True)
class Difference:
    """Change of one quantity over one interval; `category` is a word of the contract.

    In per cent, or as a plain difference in `unit` where per cent mean nothing; None where nothing can be told,
    which `why` explains.
    """

    quantity: str
    category: str
    percent: float | None = None
    limit_percent: float | None = None
    difference: float | None = None
    limit: float | None = None
    unit: str = ""
    why: tuple[str, ...] = ()
    percent_a_month: float | None = None


@dataclass(frozen=True)
class Interval:
    """What changed in one lesion from one study to another."""

    from_study: str
    to_study: str
    from_date: str
    to_date: str
    days: int | None
    comparability: str
    reasons: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    statement: str = ""
    notes: tuple[str, ...] = ()

    def of(self, quantity: str) -> Difference | None:
        """Return the change of one quantity, or None."""
        return next((d for d in self.differences if d.quantity == quantity), None)


@dataclass(frozen=True)
class Course:
    """One lesion over time: intervals in order of date."""

    tracking_uid: str
    events: tuple[LesionEvent, ...] = ()
    intervals: tuple[Interval, ...] = ()
    since_baseline: Interval | None = None

    def to(self, study_uid: str) -> Interval | None:
        """Return the interval that ends with a study, or None."""
        return next((i for i in self.intervals if i.to_study == study_uid), None)


@dataclass(frozen=True)
class History:
    """Everything about a patient's lesions that needs more than one study."""

    courses: tuple[Course, ...] = ()
    registrations: tuple[Registration, ...] = ()
    events: tuple[PatientEvent, ...] = ()
    judged: tuple[LesionEvent, ...] = ()
    """What a reader said became of lesions, as `Document.judged`."""

    def course(self, tracking_uid: str) -> Course | None:
        """Return the course of a lesion, or None."""
        return next((c for c in self.courses if c.tracking_uid == tracking_uid), None)


NO_HISTORY = History()


def history_of(
    courses: Iterable["Tracked"],
    registrations: Iterable[Registration] = (),
    events: Iterable[PatientEvent] = (),
    judged: Iterable[LesionEvent] = (),
) -> History:
    """Return what `mo_viewer.track` found, as the plain data of this module."""
    return History(tuple(_course(c) for c in courses), tuple(registrations), tuple(events), tuple(judged))


def history_in(document: Document) -> History:
    """Return the courses of a document, by the registrations and events that it keeps."""
    from mo_viewer.track.course import follow

    if len(document.timepoints) < 2:
        return History((), document.registrations, document.events, document.judged)
    found = follow(document, document.registrations, document.events)
    return history_of(found.courses, document.registrations, document.events, document.judged)


def _course(tracked: "Tracked") -> Course:
    whole = tracked.since_baseline
    return Course(
        tracked.tracking_uid,
        tuple(tracked.events),
        tuple(_interval(change) for change in tracked.changes),
        None if whole is None else _interval(whole),
    )


def _interval(change: "Change") -> Interval:
    differences = tuple(
        Difference(
            q.quantity,
            str(q.category),
            q.percent,
            q.limit_percent,
            q.difference,
            q.limit,
            q.unit,
            tuple(q.why),
            q.percent_a_month,
        )
        for q in change.quantities
    )
    return Interval(
        change.from_study,
        change.to_study,
        change.from_date,
        change.to_date,
        change.days,
        str(change.comparability.tier),
        tuple(change.comparability.reasons),
        differences,
        change.statement,
        tuple(change.comparability.notes),
    )
