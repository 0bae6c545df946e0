"""What the report says about one lesion: table over time, curves, pictures, grade, and what could not be assessed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mo_viewer.base.units import SHOWN, figures, in_shown_units, shown, shown_limit, shown_value, spread_figures
from mo_viewer.report.contract import Json
from mo_viewer.report.wording import Wording
from mo_viewer.volume.arrays import ByteArray

Keys = Mapping[tuple[str, str], ByteArray]
"""Key pictures, (rows, columns, 3), by study UID and tracking UID."""
CURVES = (("volume", "size_curve"), ("p95_hu", "density_curve"))
_MOST_COLUMNS = 5
MOST_NAMES = 4
"""So many measurements that could not be made are named; of more it is said how many there are, and why."""
_UNITS = set(SHOWN) - {"1"}


@dataclass(frozen=True)
class Table:
    """A heading, the heads of the columns, and rows of the same length; `values` columns after the first are short."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    values: int = 0


@dataclass(frozen=True)
class Point:
    """One value of a curve; `spread` is half the width of its error bar, None where it is not known."""

    day: date
    value: float
    spread: float | None


@dataclass(frozen=True)
class Curve:
    """One quantity over time, in the unit of its title."""

    title: str
    points: tuple[Point, ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """A key picture, (rows, columns, 3), and what stands below it."""

    caption: str
    pixels: ByteArray


@dataclass(frozen=True, eq=False)
class LesionPart:
    """All that is said about one lesion. `cautions` are to be read before the numbers."""

    title: str
    table: Table
    statements: tuple[str, ...]
    cautions: tuple[str, ...]
    grade: tuple[str, ...]
    rules: Table | None
    missing: tuple[str, ...]
    curves: tuple[Curve, ...]
    pictures: tuple[Picture, ...]


Seen = tuple[Json, Json]
"""A study of the findings and the lesion in it."""


def lesion_part(uid: str, findings: Json, words: Wording, keys: Keys) -> LesionPart:
    """Return what is said about the lesion with that tracking UID."""
    seen = [(t, x) for t in findings["timepoints"] for x in t["lesions"] if x["tracking_uid"] == uid]
    last = seen[-1][1]
    course = next((c for c in findings["courses"] if c["tracking_uid"] == uid), None)
    site = last["site"]["meaning"] if last["site"] else ""
    side = "" if last["laterality"] == "unknown" else last["laterality"]
    place = words.say("place", side=side, site=site).strip() if site else words.say("place_unknown")
    return LesionPart(
        title=f"{words.lesion(last['label'])}: {place}",
        table=_table(seen, course, words),
        statements=tuple(_statements(course, words)),
        cautions=tuple(_cautions(seen, words)),
        grade=tuple(_grades(seen, words)),
        rules=_rules(seen, words),
        missing=tuple(_missing(seen, words)),
        curves=tuple(_curves(seen, words)),
        pictures=tuple(_pictures(seen, words, keys)),
    )


def _table(seen: Sequence[Seen], course: Json | None, words: Wording) -> Table:
    shown_of = seen if len(seen) <= _MOST_COLUMNS else [seen[0], *seen[1 - _MOST_COLUMNS :]]
    change = None if course is None or not course["changes"] else course["changes"][-1]
    since = None if course is None else course.get("since_baseline")
    names = [name for name in words.rows if any(name in lesion["measurements"] for _, lesion in seen)]
    head = [words.say("measure"), *(_date(t, words) for t, _ in shown_of)]
    head += [words.say("change", date=change["from"])] if change else []
    head += [words.say("since_first", date=since["from"])] if since else []
    rows = []
    for name in names:
        row = [_named(name, seen, words), *(_value(lesion, name) for _, lesion in shown_of)]
        row += [_change(change, name, words)] if change else []
        row += [_change(since, name, words)] if since else []
        rows.append(tuple(row))
    return Table("", tuple(head), tuple(rows), len(shown_of))


def _named(name: str, seen: Sequence[Seen], words: Wording) -> str:
    unit = next(lesion["measurements"][name]["unit"] for _, lesion in seen if name in lesion["measurements"])
    on_film = all(t.get("length_calibration", "patient") != "patient" for t, _ in seen)
    return ", ".join(filter(None, (words.name(name, on_film), figures(name, 0.0, unit)[1])))


def _value(lesion: Json, name: str) -> str:
    measured = lesion["measurements"].get(name)
    if measured is None:
        return "–"
    unit, spread = measured["unit"], measured["spread"]
    text = typeset(figures(name, measured["value"], unit, spread)[0])
    if spread:
        text += f"\u00a0±\u00a0{spread_figures(name, spread, unit)}"
    return text + (" !" if measured["warnings"] else "")


def typeset(text: str) -> str:
    """Return a number or limit with the signs that print has: a true minus, a dash between two, one sign for >=, <=."""
    text = re.sub(r"(?<=\.\d\d)-(?=\d+\.\d)", "–", text.replace(">=", "≥").replace("<=", "≤"))
    return re.sub(r"(?<![\w.])-(?=[\d.])", "−", text)


def _change(change: Json | None, name: str, words: Wording) -> str:
    said = None if change is None else change.get(name)
    if said is None:
        return ""
    category = said["category"]
    if "percent" in said:
        limit = f"{said['limit_percent']:.0f}" if "limit_percent" in said else "?"
        told = words.say(f"{category}_percent", percent=typeset(f"{said['percent']:+.0f}"), limit=limit)
        return told.replace(" %", "\u00a0%")
    if "difference" in said:
        unit = said.get("unit", "")
        sign = "+" if said["difference"] >= 0 else ""
        number = sign + shown(said["difference"], unit, said.get("limit"))
        return typeset(f"{number} {SHOWN.get(unit, unit)}".strip()) + f": {words.say(category)}"
    return words.say(category)


def _statements(course: Json | None, words: Wording) -> Iterator[str]:
    if course is None:
        return
    told = {change["to"]: change.get("statement", "") for change in course["changes"]}
    for event in course["events"]:
        kind = words.event(event["kind"])
        doubt = "" if event.get("certain", True) else f" ({words.say('uncertain')})"
        statement = told.pop(event["date"], "")
        said = statement if statement.startswith(kind) else "; ".join(filter(None, (kind, statement)))
        yield words.say("course_event", date=event["date"], kind=said) + doubt
    yield from (words.say("course_event", date=day, kind=statement) for day, statement in told.items() if statement)


def _cautions(seen: Sequence[Seen], words: Wording) -> Iterator[str]:
    dates: dict[tuple[str, str], list[str]] = {}
    for timepoint, lesion in seen:
        confidence = lesion["quality"]["confidence"]
        day = _date(timepoint, words)
        if confidence is not None and confidence < 0.5:
            yield words.say("doubtful", date=day, confidence=f"{confidence:.2f}")
        for name, measured in lesion["measurements"].items():
            for warning in measured["warnings"]:
                dates.setdefault((name, warning), []).append(day)
    for (name, warning), days in dates.items():
        yield words.say("warning", name=words.name(name), date=", ".join(days), warning=in_shown_units(warning))


def _grades(seen: Sequence[Seen], words: Wording) -> Iterator[str]:
    """The grade of every study, and the pattern of the last one."""
    graded = [(t, x["grade"], x["pattern"]) for t, x in seen if x["grade"] is not None]
    for timepoint, grade, _ in graded:
        known = sum(rule["met"] is not None for rule in grade["rules"])
        day = _date(timepoint, words)
        value = grade["value"]
        meaning = words.grade_meanings.get(value, value)
        of = len(grade["rules"])
        key = "grade_of" if known == of else "grade_in_part"
        yield words.say(key, date=day, grade=words.grade(value), meaning=meaning, known=known, all=of)
    if graded and graded[-1][2]:
        pattern = graded[-1][2]
        key = f"pattern_{pattern}"
        yield f"{words.say('pattern')}: {words.say(key) if key in words.texts else pattern}."
    if graded:
        yield words.say("grade_apart")


def _rules(seen: Sequence[Seen], words: Wording) -> Table | None:
    """The rules that led to the latest grade."""
    graded = [(t, x["grade"]) for t, x in seen if x["grade"] is not None and x["grade"]["rules"]]
    if not graded:
        return None
    timepoint, grade = graded[-1]
    alike = all(rule["provisional"] for rule in grade["rules"])
    basis = "rule_basis_provisional" if alike else "rule_basis"
    head = [words.say("rule", date=_date(timepoint, words))]
    head += [words.say(key) for key in ("rule_value", "rule_limit", "rule_result", basis)]
    measured = {t["study_uid"]: x["measurements"] for t, x in seen}[timepoint["study_uid"]]
    rows = tuple(
        rule_row(rule | {"provisional": not alike and rule["provisional"]}, measured, words) for rule in grade["rules"]
    )
    return Table("", tuple(head), rows)


def _judged(rule: Json, measured: Json) -> Json:
    """The measurements of a rule's value; where they read apart, those in the unit of its limit."""
    found = {name: one for name, one in measured.items() if one["value"] == rule["value"]}
    said = _UNITS.intersection(rule["limit"].replace(",", " ").split()) or {"1"}
    fitting = {name: one for name, one in found.items() if one["unit"] in said}
    return fitting if len(found) > 1 and fitting else found


def called(title: str) -> str:
    """Return the title of a rule as it stands in a table."""
    return title[:1].upper() + title[1:]


def rule_row(rule: Json, measured: Json, words: Wording) -> tuple[str, ...]:
    """Return a rule with the number that the lesion's table has of what it judges, its limit, and whether it held.

    Where several measurements have that value and read apart (0 mm² of contact, a coverage of 0), it stands bare.
    """
    met = "rule_not_readable" if rule["met"] is None else "rule_met" if rule["met"] else "rule_not_met"
    value = rule["value"]
    judged = _judged(rule, measured)
    numbers = {" ".join(figures(name, value, one["unit"], one["spread"])).rstrip() for name, one in judged.items()}
    limit = in_shown_units(rule["limit"])
    if value is None:
        number = words.say("not_readable")
    elif len(numbers) == 1:
        (number,) = numbers
        limit = shown_limit(next(iter(judged)), rule["limit"])
    else:
        number = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    basis = words.say("rule_provisional", basis=rule["basis"]) if rule["provisional"] else rule["basis"]
    return (
        called(rule["title"] or rule["rule"]),
        typeset(number),
        typeset(limit),
        rule.get("reason") or words.say(met),
        basis,
    )


def _missing(seen: Sequence[Seen], words: Wording) -> Iterator[str]:
    """Refused measurements; the same reason at several dates is said once."""
    dates: dict[tuple[str, str], list[str]] = {}
    for timepoint, lesion in seen:
        for refused in lesion["refused"]:
            dates.setdefault((refused["reason"], words.name(refused["name"])), []).append(_date(timepoint, words))
    names: dict[tuple[str, str], list[str]] = {}
    for (reason, name), days in dates.items():
        names.setdefault((reason, ", ".join(days)), []).append(name)
    for (reason, on), several in names.items():
        key, name = "refused", ", ".join(several)
        if len(several) > MOST_NAMES:
            key, name = "refused_many", several[0]
        yield words.say(key, name=name, count=len(several) - 1, date=on, reason=in_shown_units(reason))


def _curves(seen: Sequence[Seen], words: Wording) -> Iterator[Curve]:
    for name, title in CURVES:
        points = tuple(_points(seen, name))
        if len(points) > 1:
            yield Curve(words.say(title), points)


def _points(seen: Sequence[Seen], name: str) -> Iterator[Point]:
    for timepoint, lesion in seen:
        measured = lesion["measurements"].get(name)
        if measured is None or not timepoint["date"]:
            continue
        spread = measured["spread"]
        yield Point(
            date.fromisoformat(timepoint["date"]),
            shown_value(measured["value"], measured["unit"]),
            None if spread is None else shown_value(spread, measured["unit"]),
        )


def _pictures(seen: Sequence[Seen], words: Wording, keys: Keys) -> Iterator[Picture]:
    for timepoint, lesion in seen:
        pixels = keys.get((timepoint["study_uid"], lesion["tracking_uid"]))
        if pixels is not None:
            yield Picture(words.say("picture", label=lesion["label"], date=_date(timepoint, words)), pixels)


def _date(timepoint: Json, words: Wording) -> str:
    return str(timepoint["date"] or words.say("no_date"))
