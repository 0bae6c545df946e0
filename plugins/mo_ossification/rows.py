"""The rows of the panel's table, free of Qt: what stands left, what stands right, and how sure it is."""

from dataclasses import dataclass

from mo_ossification.maturity import RULE_UNITS
from mo_ossification.words import SECTIONS
from mo_viewer.base.units import SHOWN, shown, shown_value
from mo_viewer.findings.lesion import Lesion, Rule
from mo_viewer.findings.measurement import Measurement


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


def rule_rows(rules: tuple[Rule, ...]) -> tuple[Row, ...]:
    """The rules of a grade: value, limit, and whether it held."""
    return tuple(
        Row(
            rule.name,
            _rule_value(rule),
            {True: "met", False: "not met", None: "not readable"}[rule.met],
            f"Limit: {rule.limit.replace('mm3', 'mm³')}. Basis: {rule.basis}."
            + (" Provisional." if rule.provisional else ""),
        )
        for rule in rules
    )


def _rule_value(rule: Rule) -> str:
    if rule.value is None:
        return "—"
    number = f"{rule.value:.2f}" if abs(rule.value) < 10 else f"{rule.value:.0f}"
    return f"{number} {RULE_UNITS.get(rule.name.split()[0], '')}".rstrip()


def warnings_of(lesion: Lesion) -> tuple[str, ...]:
    """What is to be doubted of the contour and of its numbers, each once: a tooltip alone is not read."""
    numbers = (warning for one in lesion.measurements for warning in one.warnings)
    return tuple(dict.fromkeys((*lesion.quality.warnings, *numbers)))


def copyable(lesion: Lesion) -> str:
    """The table as text with tabs, for the clipboard, below what is to be doubted of it."""
    lines = [lesion.label, *warnings_of(lesion)]
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
        return Row(name, *_figures(found), tip=_tip(found), caution=bool(found.warnings))
    refusal = next((refused for refused in lesion.refused if refused.concept == concept), None)
    return None if refusal is None else Row(name, f"refused: {refusal.reason}", tip=refusal.reason, refused=True)


def _figures(found: Measurement) -> tuple[str, str]:
    if found.unit == "1" and found.concept in ("rim_coverage", "mineralised_fraction"):
        spread = "" if found.spread is None else f"± {found.spread * 100:.0f} "
        return f"{found.value * 100:.0f}", f"{spread}%"
    value = shown(found.value, found.unit, found.spread)
    decimals = len(value.partition(".")[2])
    spread = "" if found.spread is None else f"± {shown_value(found.spread, found.unit):.{decimals}f} "
    return value, f"{spread}{SHOWN.get(found.unit, found.unit)}".strip()


def _tip(found: Measurement) -> str:
    parts = [f"Method: {found.method}." if found.method else ""]
    parts += [f"Caution: {warning}." for warning in found.warnings]
    parts += [f"{note}." for note in found.notes]
    return "\n".join(part for part in parts if part)
