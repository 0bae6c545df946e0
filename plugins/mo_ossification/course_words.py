"""What the course panel says, free of Qt: studies, changes with their limits, stability, the report's paragraph."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mo_ossification.words import in_force
from mo_viewer.base.units import SHOWN, shown, shown_alike
from mo_viewer.findings.days import as_day
from mo_viewer.findings.document import Document
from mo_viewer.findings.event import LesionEvent
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.contract import findings_json
from mo_viewer.report.history import Course, Difference, History, Interval
from mo_viewer.report.paragraph import Sentence, paragraph
from mo_viewer.track.clock import stability

NAMES = (("volume", "volume"), ("mineral_content", "mineral content"), ("p95_hu", "95th percentile of density"))


@dataclass(frozen=True)
class Line:
    """A line of the panel, what stands behind it, its tone (empty: plain), and the event that it tells of.

    `below`: it belongs to the line above it.
    """

    text: str
    tip: str = ""
    tone: str = ""
    event: LesionEvent | None = None
    below: bool = False


def study_lines(document: Document, uid: str) -> list[Line]:
    """One line a study: day, size, density, grade; or no contour, and which other one may be the same lesion."""
    injury, lines = as_day(document.injury_date), []
    known = [timepoint.lesion(uid) for timepoint in document.timepoints]
    numbers = _numbers([lesion for lesion in known if lesion is not None])
    beside = {lesion.tracking_uid for t in document.timepoints if t.lesion(uid) is not None for lesion in t.lesions}
    for timepoint, lesion in zip(document.timepoints, known, strict=True):
        day = as_day(timepoint.date)
        since = f", day {(day - injury).days}" if day is not None and injury is not None else ""
        said = "no contour" if lesion is None else next(numbers)
        lines.append(Line(f"{timepoint.date or 'no date'}{since}: {said}", tone="" if lesion else "quiet"))
        alone = [] if lesion else [other.label for other in timepoint.lesions if other.tracking_uid not in beside]
        if alone:
            others = (
                f"Marked there: {', '.join(alone)}. Find in all studies (Shift+K) tells whether it is the same lesion."
            )
            lines.append(Line(others, tone="caution", below=True))
    return lines


def interval_lines(course: Course | None) -> list[Line]:
    """What became of the lesion in each interval, and by how much, with limits and reasons."""
    if course is None:
        return []
    lines = []
    told = {interval.to_study: interval for interval in course.intervals}
    for event in course.events:
        interval = told.pop(event.study_uid, None)
        doubt = "" if event.certain else " (to be checked)"
        said = "" if interval is None else interval.statement
        evidence = "; ".join(one for one in event.evidence if one != said)
        lines.append(Line(f"{event.date}: {event.kind.value}{doubt}", evidence, event=event))
        lines += [] if interval is None else _changes(interval)
    for interval in told.values():
        lines += _changes(interval)
    return lines


def clock_lines(document: Document, course: Course | None, uid: str) -> list[Line]:
    """How long size and density are unchanged, and what is missing to say so."""
    if course is None:
        return []
    found = stability(uid, document.timepoints)
    if found.stable:
        return [
            Line(f"Unchanged in size and density since {found.since}, {found.days} days.", "; ".join(found.missing))
        ]
    return [Line("Not shown to be stable: " + "; ".join(found.missing) + ".", tone="quiet")]


def report_sentences(document: Document, history: History, uid: str) -> tuple[Sentence, ...]:
    """The paragraph of the report, which is about the latest study that shows the lesion."""
    latest = next((t for t in reversed(document.timepoints) if t.lesion(uid) is not None), None)
    if latest is None:
        return ()
    alone = replace(latest, lesions=tuple(x for x in latest.lesions if x.tracking_uid == uid))
    return paragraph(uid, findings_json(replace(document, timepoints=(alone,)), "", "", history), in_force())


def _changes(interval: Interval) -> list[Line]:
    since = f"since {interval.from_date}" + (f", {interval.days} days" if interval.days is not None else "")
    if interval.comparability == "not_comparable":
        return [Line(f"{since}: not comparable, {', '.join(interval.reasons)}", tone="caution", below=True)]
    parts = [f"{words} {_change(interval.of(name))}" for name, words in NAMES if interval.of(name) is not None]
    lines = [Line(interval.statement, below=True)] if interval.statement else []
    lines.append(Line(f"{since}: {'; '.join(parts)}", "\n".join(_tip(interval)), below=True))
    if interval.reasons:
        lines.append(
            Line(f"{interval.comparability} comparability: {', '.join(interval.reasons)}", tone="quiet", below=True)
        )
    return lines


def _change(found: Difference | None) -> str:
    if found is None or found.percent is None or found.category == "cannot_tell":
        return "cannot be told"
    sign = "within" if found.category == "no_change" else "beyond"
    return f"{found.percent:+.0f} % ({sign} ±{found.limit_percent or 0:.0f} %)"


def _tip(interval: Interval) -> list[str]:
    return [f"{d.quantity}: {'; '.join(d.why)}" for d in interval.differences if d.why] or list(interval.notes)


def _numbers(lesions: Sequence[Lesion]) -> Iterator[str]:
    """Yield size, density and grade of a lesion in each study; sizes below each other have as many decimals."""
    sizes = [lesion.measured("volume") or lesion.measured("area_mm2") for lesion in lesions]
    alike = {
        unit: iter(shown_alike([(m.value, m.spread) for m in sizes if m is not None and m.unit == unit], unit))
        for unit in ("mm3", "mm2")
    }
    for lesion, size in zip(lesions, sizes, strict=True):
        said = [] if size is None else [f"{next(alike[size.unit])} {SHOWN[size.unit]}"]
        density = lesion.measured("p95_hu")
        if density is not None:
            said.append(f"95th percentile {shown(density.value, density.unit, density.spread)} {SHOWN['HU']}")
        said += [] if lesion.grade is None else [in_force().grade(lesion.grade.value)]
        yield ", ".join(said) or "no size is measured"
