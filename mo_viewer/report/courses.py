"""Courses and registrations of a patient as the contract's JSON has them."""

import math
from typing import Any

from mo_viewer.findings.event import LesionEvent
from mo_viewer.findings.registration import Registration
from mo_viewer.report.history import Course, Difference, History, Interval

Json = dict[str, Any]
CHANGES = {
    "volume": "relative_volume_change",
    "mineral_content": "relative_content_change",
    "p95_hu": "relative_p95_change",
    "normalised_density": "relative_density_change",
}
"""Quantities of the contract's changes and the keys of their codes."""


def courses_json(history: History) -> list[Json]:
    """Return the ``courses`` of the contract's ``compare`` object."""
    return [_course(course) for course in history.courses]


def registrations_json(history: History) -> list[Json]:
    """Return the ``registrations`` of the contract's ``compare`` object."""
    return [_registration(one) for one in history.registrations]


def _course(course: Course) -> Json:
    told: Json = {
        "tracking_uid": course.tracking_uid,
        "events": [_event(event) for event in course.events],
        "changes": [_interval(interval) for interval in course.intervals],
    }
    if course.since_baseline is not None:
        told["since_baseline"] = _interval(course.since_baseline)
    return told


def _event(event: LesionEvent) -> Json:
    return {
        "date": event.date,
        "study": event.study_uid,
        "kind": event.kind.value,
        "with": list(event.with_uids),
        "evidence": list(event.evidence),
        "certain": event.certain,
    }


def _interval(interval: Interval) -> Json:
    told: Json = {
        "from": interval.from_date,
        "to": interval.to_date,
        "from_study": interval.from_study,
        "to_study": interval.to_study,
        "days": interval.days,
        "comparability": interval.comparability,
        "reasons": list(interval.reasons),
        "notes": list(interval.notes),
        "statement": interval.statement,
    }
    return told | {d.quantity: _difference(d) for d in interval.differences}


def _difference(difference: Difference) -> Json:
    numbers = {
        "percent": difference.percent,
        "limit_percent": difference.limit_percent,
        "percent_a_month": difference.percent_a_month,
        "difference": difference.difference,
        "limit": difference.limit,
    }
    told: Json = {name: float(n) for name, n in numbers.items() if n is not None and math.isfinite(n)}
    if difference.unit:
        told["unit"] = difference.unit
    return told | {"category": difference.category, "why": list(difference.why)}


def _registration(registration: Registration) -> Json:
    matrix = registration.matrix_lps
    planes = {"from_series": registration.from_series, "to_series": registration.to_series}
    return (planes if registration.from_series else {}) | {
        "from_study": registration.from_study,
        "to_study": registration.to_study,
        "anchor": registration.anchor,
        "matrix_lps": None if matrix is None else [list(row) for row in matrix],
        "residual_mm": _finite(registration.residual_mm),
        "overlap": _finite(registration.overlap),
        "condition": _finite(registration.condition),
        "error_mm": _finite(registration.error_mm),
        "verdict": registration.verdict.value,
        "reason": registration.reason,
    }


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
