"""The rows of the panel's table, free of Qt: what stands left, what stands right, and how sure it is."""

import re
from dataclasses import dataclass

from mo_ossification.maturity import JUDGED
from mo_ossification.words import NAMES, SECTIONS
from mo_viewer.base.units import SHOWN, in_shown_units, shown, shown_value
from mo_viewer.findings.lesion import Lesion, Rule
from mo_viewer.findings.measurement import Measurement

_SHARES = ("rim_coverage", "mineralised_fraction")
"""Measurements that are shown in per cent."""


@dataclass(frozen=True)
class Row:
    """One line: name, value, unit with spread, tooltip; `refused` when the value is a reason."""

    name: str
    value: str
    unit: str = ""
    tip: str = ""
    refused: bool = False
    caution: bool = False


def measurement_rows(lesion: Lesion) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """The table by sections; what was refused stands where its number would, with the reason."""
    sections = []
    for title, entries in SECTIONS:
        rows = _gathered(tuple(row for concept, name in entries if (row := _row(lesion, concept, name)) is not None))
        if rows:
            sections.append((title, rows))
    return tuple(sections)


def rule_rows(lesion: Lesion) -> tuple[Row, ...]:
    """The rules of the grade: value, limit, and whether it held."""
    return tuple(
        Row(
            rule.name,
            _rule_value(lesion, rule),
            {True: "met", False: "not met", None: "not readable"}[rule.met],
            f"{_judged(rule)} Limit: {_limit(rule)}. Basis: {rule.basis}.{' Provisional.' if rule.provisional else ''}",
        )
        for rule in (lesion.grade.rules if lesion.grade else ())
    )


def _rule_value(lesion: Lesion, rule: Rule) -> str:
    """The number as the table has it: a rule judges one of the measurements."""
    concept = JUDGED.get(_number(rule), "")
    found = lesion.measured(concept)
    if rule.value is None or found is None:
        return "—"
    value, unit = _value(found)
    return f"{value} {unit}".rstrip()


def _judged(rule: Rule) -> str:
    name = NAMES.get(JUDGED.get(_number(rule), ""))
    return f"{name}." if name else ""


def _limit(rule: Rule) -> str:
    if JUDGED.get(_number(rule)) in _SHARES:
        return re.sub(r"\d\.\d+", lambda share: f"{float(share[0]) * 100:.0f} %", rule.limit)
    return in_shown_units(rule.limit)


def _number(rule: Rule) -> str:
    return rule.name.split()[0]


def warnings_of(lesion: Lesion) -> tuple[str, ...]:
    """What is to be doubted of the contour and of its numbers, each once: a tooltip alone is not read."""
    numbers = (warning for one in lesion.measurements for warning in one.warnings)
    return tuple(dict.fromkeys((*lesion.quality.warnings, *numbers)))


def size_of(lesion: Lesion) -> str:
    """Volume, or area where there is none, with the figures that the table gives it."""
    found = lesion.measured("volume") or lesion.measured("area_mm2")
    return "not measured" if found is None else " ".join(_value(found))


def copyable(lesion: Lesion) -> str:
    """The table as text with tabs, for the clipboard, below what is to be doubted of it."""
    lines = [lesion.label, *map(in_shown_units, warnings_of(lesion))]
    for title, rows in measurement_rows(lesion):
        lines.append(title)
        lines += [f"{row.name}\t{row.value} {row.unit}".rstrip() for row in rows]
    return "\n".join(lines)


def _gathered(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows that were refused for one and the same reason become one where they are all of a section, or five."""
    reasons = [row.value for row in rows if row.refused]
    often = [reason for reason in dict.fromkeys(reasons) if reasons.count(reason) in (len(rows), *range(5, 40))]
    kept = [row for row in rows if row.value not in often or not row.refused]
    for reason in often:
        names = [row.name for row in rows if row.refused and row.value == reason]
        kept.append(Row(f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0], reason,
                        tip=", ".join(names), refused=True))  # fmt: skip
    return tuple(kept)


def _row(lesion: Lesion, concept: str, name: str) -> Row | None:
    found = lesion.measured(concept)
    if concept == "volume" and (lesion.is_by_hand or lesion.threshold_hu is not None):
        name = "Volume (by hand)" if lesion.is_by_hand else f"Volume (filled, above {lesion.threshold_hu:.0f} HU)"
    if found is not None:
        return Row(name, *_figures(found), tip=in_shown_units(_tip(found)), caution=bool(found.warnings))
    refusal = next((refused for refused in lesion.refused if refused.concept == concept), None)
    if refusal is None:
        return None
    reason = in_shown_units(refusal.reason)
    return Row(name, f"refused: {reason}", tip=reason, refused=True)


def _figures(found: Measurement) -> tuple[str, str]:
    value, unit = _value(found)
    if found.spread is None:
        return value, unit
    scaled = found.spread * 100 if unit == "%" else shown_value(found.spread, found.unit)
    return value, f"± {scaled:.{len(value.partition('.')[2])}f} {unit}".strip()


def _value(found: Measurement) -> tuple[str, str]:
    if found.concept in _SHARES:
        return f"{found.value * 100:.0f}", "%"
    return shown(found.value, found.unit, found.spread), SHOWN.get(found.unit, found.unit)


def _tip(found: Measurement) -> str:
    parts = [f"Method: {found.method}." if found.method else ""]
    parts += [f"Caution: {warning}." for warning in found.warnings]
    parts += [f"{note}." for note in found.notes]
    return "\n".join(part for part in parts if part)
