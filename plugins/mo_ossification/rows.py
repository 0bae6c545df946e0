"""The rows of the panel's table, free of Qt: what stands left, what stands right, and how sure it is."""

from dataclasses import dataclass

from mo_ossification.maturity import JUDGED
from mo_ossification.words import SECTIONS, SIZE, in_force
from mo_viewer.base.units import figures, in_shown_units, shown_limit, spread_figures
from mo_viewer.findings.lesion import Lesion, Rule
from mo_viewer.findings.measurement import Measurement
from mo_viewer.measure.drawn import OF_LENGTHS
from mo_viewer.report.reading_lesion import called, typeset
from mo_viewer.report.wording import Wording
from mo_viewer.volume.volume import UNITS, Length

CAUTION = "R11"
"""The rule that warns where it is met."""


@dataclass(frozen=True)
class Row:
    """One line: name, value, unit with spread, tooltip; `refused` when the value is a reason, `met` for a rule."""

    name: str
    value: str
    unit: str = ""
    tip: str = ""
    refused: bool = False
    caution: bool = False
    met: bool = False


def measurement_rows(lesion: Lesion) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """The table by sections; what was refused stands where its number would, with the reason."""
    sections, words = [], in_force()
    for title, concepts in SECTIONS:
        rows = _gathered(tuple(row for concept in concepts if (row := _row(lesion, concept, words)) is not None))
        if rows:
            sections.append((_headed(title, lesion), rows))
    return tuple(sections)


def _headed(title: str, lesion: Lesion) -> str:
    """The title of a section; that of sizes says what a millimetre is where it is not one of the patient."""
    notes = (note for one in lesion.measurements for note in one.notes if note.startswith(OF_LENGTHS))
    note = next(notes, "") if title == SIZE else ""
    return f"{title} · {UNITS[Length(note.removeprefix(OF_LENGTHS))]}" if note else title


def rule_rows(lesion: Lesion) -> tuple[Row, ...]:
    """The rules of the grade, each with its limit: the value, and whether it held."""
    words = in_force()
    return tuple(_rule_row(lesion, rule, words) for rule in (lesion.grade.rules if lesion.grade else ()))


def _rule_row(lesion: Lesion, rule: Rule, words: Wording) -> Row:
    name, about = f"{called(rule.name.partition(' ')[2])} ({_limit(rule)})", _about(rule, words)
    if rule.reason:
        return Row(name, rule.reason, tip=about, refused=True)
    return Row(
        name,
        _rule_value(lesion, rule),
        words.say({True: "rule_met", False: "rule_not_met", None: "rule_not_readable"}[rule.met]),
        about,
        caution=bool(rule.met) and _number(rule) == CAUTION,
        met=bool(rule.met),
    )


def _rule_value(lesion: Lesion, rule: Rule) -> str:
    """The number as the table has it: a rule judges one of the measurements."""
    concept = JUDGED.get(_number(rule), "")
    found = lesion.measured(concept)
    if rule.value is None or found is None:
        return "—"
    return " ".join(figures(concept, found.value, found.unit, found.spread)).rstrip()


def _about(rule: Rule, words: Wording) -> str:
    concept = JUDGED.get(_number(rule), "")
    judged = f"Judges: {words.name(concept)}. " if concept else ""
    return f"{judged}Basis: {rule.basis}.{' Provisional.' if rule.provisional else ''} In files: rule {_number(rule)}."


def _limit(rule: Rule) -> str:
    return typeset(shown_limit(JUDGED.get(_number(rule), ""), rule.limit))


def _number(rule: Rule) -> str:
    return rule.name.split()[0]


def warnings_of(lesion: Lesion) -> tuple[str, ...]:
    """What is to be doubted of the contour and of its numbers, each once: a tooltip alone is not read."""
    numbers = (warning for one in lesion.measurements for warning in one.warnings)
    return tuple(dict.fromkeys(map(_sentence, (*lesion.quality.warnings, *numbers))))


def _sentence(text: str) -> str:
    """The engine writes some warnings as sentences, some as parts of one."""
    said = in_shown_units(text[:1].upper() + text[1:])
    return said if said.endswith(".") else f"{said}."


def size_of(lesion: Lesion) -> str:
    """Volume, or area where there is none, with the figures that the table gives it."""
    found = lesion.measured("volume") or lesion.measured("area_mm2")
    return "not measured" if found is None else " ".join(figures(found.concept, found.value, found.unit, found.spread))


def copyable(lesion: Lesion) -> str:
    """The table as text with tabs, for the clipboard, below what is to be doubted of it."""
    lines = [lesion.label, *warnings_of(lesion)]
    for title, rows in measurement_rows(lesion):
        lines.append(title)
        lines += [f"{row.name}\t{row.value} {row.unit}".rstrip() for row in rows]
    return "\n".join(lines)


def _gathered(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows that were refused for one and the same reason become one where they are all of a section, or three."""
    reasons = [row.value for row in rows if row.refused]
    often = [reason for reason in dict.fromkeys(reasons) if reasons.count(reason) in (len(rows), *range(3, 40))]
    kept = [row for row in rows if row.value not in often or not row.refused]
    for reason in often:
        names = [row.name for row in rows if row.refused and row.value == reason]
        kept.append(Row(f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0], reason,
                        tip=", ".join(names), refused=True))  # fmt: skip
    return tuple(kept)


def _row(lesion: Lesion, concept: str, words: Wording) -> Row | None:
    on_film = lesion.mask is not None and not lesion.mask.geometry.in_patient
    found, name, what = lesion.measured(concept), words.name(concept, on_film), words.explained.get(concept, "")
    if concept == "volume" and (lesion.is_by_hand or lesion.threshold_hu is not None):
        name += ", by hand" if lesion.is_by_hand else f", above {lesion.threshold_hu:.0f} HU"
    if found is not None:
        return Row(name, *_figures(found), tip=in_shown_units(_tip(found, what)), caution=bool(found.warnings))
    refusal = next((refused for refused in lesion.refused if refused.concept == concept), None)
    if refusal is None:
        return None
    reason = in_shown_units(refusal.reason)
    return Row(
        name, f"not measured: {reason}", tip="\n".join(filter(None, (what, f"Not measured: {reason}."))), refused=True
    )


def _figures(found: Measurement) -> tuple[str, str]:
    value, unit = figures(found.concept, found.value, found.unit, found.spread)
    if not found.spread:
        return value, unit
    return value, f"± {spread_figures(found.concept, found.spread, found.unit)} {unit}".strip()


def _tip(found: Measurement, what: str) -> str:
    parts = [what, f"Method: {found.method}." if found.method else ""]
    parts += [f"Caution: {warning}." for warning in found.warnings]
    parts += [f"{note[:1].upper()}{note[1:]}." for note in found.notes]
    return "\n".join(part for part in parts if part)
