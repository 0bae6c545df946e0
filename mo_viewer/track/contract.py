"""Registrations and courses as the contract's JSON (``registrations``, ``courses`` of mo-viewer/findings/1)."""

import math
from collections.abc import Sequence
from typing import Any

from mo_viewer.findings.event import LesionEvent
from mo_viewer.findings.registration import Registration
from mo_viewer.track.change import PERCENT_QUANTITIES, Change, QuantityChange
from mo_viewer.track.course import Course

Json = dict[str, Any]


def registration_json(registration: Registration) -> Json:
    """Return one registration; the matrix is null when it failed."""
    matrix = registration.matrix_lps
    return {
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


def courses_json(courses: Sequence[Course]) -> list[Json]:
    """Return the courses with their events and changes."""
    return [
        {
            "tracking_uid": course.tracking_uid,
            "events": [_event(event) for event in course.events],
            "changes": [_change(found) for found in course.changes],
        }
        for course in courses
    ]


def _event(event: LesionEvent) -> Json:
    return {
        "date": event.date or None,
        "study": event.study_uid,
        "kind": event.kind.value,
        "with": list(event.with_uids),
        "evidence": list(event.evidence),
        "certain": event.certain,
    }


def _change(found: Change) -> Json:
    return {
        "from": found.from_date or None,
        "to": found.to_date or None,
        "from_study": found.from_study,
        "to_study": found.to_study,
        "days": found.days,
        "comparability": found.comparability.tier.value,
        "reasons": list(found.comparability.reasons),
        "notes": list(found.comparability.notes),
        "statement": found.statement,
    } | {q.quantity: _quantity(q) for q in found.quantities if q.quantity in PERCENT_QUANTITIES}


def _quantity(quantity: QuantityChange) -> Json:
    made: Json = {"category": quantity.category.value, "why": list(quantity.why)}
    numbers = {
        "percent": quantity.percent,
        "limit_percent": quantity.limit_percent,
        "percent_a_month": quantity.percent_a_month,
    }
    return made | {name: value for name, value in numbers.items() if _finite(value) is not None}


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
