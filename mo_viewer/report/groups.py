"""Measurement groups of a structured report (DICOM TID 1411), one a lesion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mo_viewer.findings.codes import load_codes
from mo_viewer.findings.lesion import Grade, Lesion, Quality, Rule
from mo_viewer.report.codes import code, concepts, unit_code
from mo_viewer.report.contract import NOT_FINITE, refusals
from mo_viewer.report.maker import Maker, coded
from mo_viewer.report.numbers import Row, decimal_text
from mo_viewer.report.seg import laterality_code, tracking_id

VOLUMETRIC = "1411"


@dataclass(frozen=True)
class When:
    """Time point of a study: its place in the patient's series (from 1), its date, days since the injury."""

    order: int
    date: str
    days_since_injury: int | None


def group(
    lesion: Lesion,
    own: Sequence[Row],
    everywhere: set[tuple[str, str]],
    region: dict[str, Any],
    when: When,
    maker: Maker,
) -> Any:
    """Return the group of one lesion.

    Parameters
    ----------
    lesion, own
        The lesion and its numbers.
    everywhere
        Which of them every lesion of the study has; the others are nested in a text.
    region
        ``referenced_segment`` or ``referenced_regions`` for highdicom.
    when, maker
        Time point, and who made it.
    """
    from highdicom import sr

    made = sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=lesion.tracking_uid, identifier=tracking_id(lesion)),
        time_point_context=time_point(when),
        finding_type=coded(code("finding")),
        finding_category=coded(code("finding_category")),
        finding_sites=finding_sites(lesion),
        algorithm_id=sr.AlgorithmIdentification(name=maker.algorithm, version=maker.version),
        measurements=[measurement_item(row) for row in own if row.key in everywhere],
        **region,
    )
    content = made[0].ContentSequence
    content.extend(nested_number(row) for row in own if row.key not in everywhere)
    describe(lesion, content)
    return made


def describe(lesion: Lesion, content: Any) -> None:
    """Add what is said in words and codes: grade, pattern, what was not measured, marks, quality, rules."""
    if lesion.grade is not None and lesion.grade.value:
        content.append(_evaluation("grade", "grades", lesion.grade.value))
    if lesion.pattern:
        content.append(_evaluation("pattern", "patterns", lesion.pattern))
    content.extend(_refusal(name, reason) for name, reason in refusals(lesion) if name in concepts())
    content.extend(_texts(lesion))


def time_point(when: When) -> Any:
    """Return the time point context (TID 1502): order, date, days since the injury where they are known."""
    from highdicom import sr

    offset = None
    if when.days_since_injury is not None:
        offset = sr.LongitudinalTemporalOffsetFromEvent(
            value=when.days_since_injury, unit=coded(unit_code("d")), event_type=coded(code("injury"))
        )
    made = sr.TimePointContext(**time_texts(when), time_point_order=when.order, temporal_offset_from_event=offset)
    order = next(item for item in made if item.ValueType == "NUM")
    # OHIF stops at a number without content items.
    order.ContentSequence = sr.ContentSequence([_text("note", "in order of date", "HAS PROPERTIES")])
    return made


def time_texts(when: When) -> dict[str, str]:
    """Return what of a time point is text, by highdicom's names."""
    return {
        "time_point": when.date or f"Study {when.order}",
        "subject_time_point_identifier": str(when.order),
    }


CONFIRMED, UNCONFIRMED = "contour confirmed by the reader", "contour not confirmed by a reader"


def finding_sites(lesion: Lesion) -> Any:
    """Return the lesion's site and side; None when the site is not known."""
    from highdicom import sr

    if lesion.site is None:
        return None
    side = laterality_code(lesion)
    return [sr.FindingSite(coded(lesion.site), laterality=None if side is None else coded(side))]


def measurement_item(row: Row) -> Any:
    """Return a number that stands directly in a group."""
    from highdicom import sr

    made = sr.Measurement(
        name=coded(row.concept.code),
        value=float(row.measurement.value),
        unit=coded(unit_code(row.measurement.unit)),
        method=coded(row.concept.method),
        derivation=None if row.concept.derivation is None else coded(row.concept.derivation),
    )
    _finish(made[0], row)
    return made


def nested_number(row: Row) -> Any:
    """Return a number that not every lesion has: below a text, where nobody takes it for a column of a table."""
    from highdicom import sr

    number = sr.NumContentItem(
        name=coded(row.concept.code),
        value=float(row.measurement.value),
        unit=coded(unit_code(row.measurement.unit)),
        relationship_type="INFERRED FROM",
    )
    content = [_code("Measurement Method", "370129005", "SCT", row.concept.method)]
    if row.concept.derivation is not None:
        content.append(_code("Derivation", "121401", "DCM", row.concept.derivation))
    number.ContentSequence = sr.ContentSequence(content)
    _finish(number, row)
    said = decimal_text(row.measurement.value, row.measurement.spread)
    holder = sr.TextContentItem(
        name=coded(row.concept.code), value=f"{said} {row.measurement.unit}", relationship_type="CONTAINS"
    )
    holder.ContentSequence = sr.ContentSequence([number])
    return holder


def _finish(number: Any, row: Row) -> None:
    """Round the text of the number, and add spread, class, words, warnings and notes."""
    from highdicom import sr

    measurement = row.measurement
    number.MeasuredValueSequence[0].NumericValue = decimal_text(measurement.value, measurement.spread)
    content = number.ContentSequence
    if measurement.spread is not None:
        uncertainty = sr.NumContentItem(
            name=coded(code("uncertainty")),
            value=float(measurement.spread),
            unit=coded(unit_code(measurement.unit)),
            relationship_type="HAS PROPERTIES",
        )
        uncertainty.MeasuredValueSequence[0].NumericValue = decimal_text(measurement.spread, measurement.spread)
        content.append(uncertainty)
    said = [("density_class", row.detail), ("method_in_words", measurement.method)]
    said += [("warning", text) for text in measurement.warnings] + [("note", text) for text in measurement.notes]
    content.extend(_text(key, text, "HAS PROPERTIES") for key, text in said if text)


def _evaluation(key: str, table: str, value: str) -> Any:
    """A word of the contract as its code; a word that has none as text."""
    from highdicom import sr

    if value in load_codes("measurements")[table]:
        return sr.CodeContentItem(name=coded(code(key)), value=coded(code(table, value)), relationship_type="CONTAINS")
    return _text(key, value, "CONTAINS")


def _refusal(name: str, reason: str) -> Any:
    """A number that is not given, as a numeric value qualifier.

    A NUM item without a value would be the standard's own way; highdicom 0.28 can neither write nor read one
    (IndexError), so the qualifier stands as a qualitative evaluation of that name.
    """
    from highdicom import sr

    qualifier = code("measurement_failed") if reason == NOT_FINITE else code("not_measured")
    made = sr.CodeContentItem(name=coded(concepts()[name].code), value=coded(qualifier), relationship_type="CONTAINS")
    made.ContentSequence = sr.ContentSequence([_text("reason", f"{name}: {reason}", "HAS PROPERTIES")])
    return made


def _texts(lesion: Lesion) -> list[Any]:
    points = [" ".join(repr(float(c)) for c in click) for click in lesion.clicks_mm]
    said = [("marked_point", f"{point} mm (LPS)") for point in points]
    said.append(("quality", _quality(lesion.quality)))
    said.append(("note", CONFIRMED if lesion.accepted else UNCONFIRMED))
    if lesion.grade is not None:
        said += [("rule", _rule(lesion.grade, rule)) for rule in lesion.grade.rules]
    return [_text(key, text, "CONTAINS") for key, text in said]


def _quality(quality: Quality) -> str:
    noise = "not known" if quality.noise_hu is None else f"{quality.noise_hu:.1f} HU"
    parts = [
        f"confidence {quality.confidence:.2f}",
        f"touches bone: {_yes(quality.touches_bone)}",
        f"metal: {_yes(quality.metal)}",
        f"noise {noise}",
        *quality.warnings,
    ]
    return "; ".join(parts)


def _rule(grade: Grade, rule: Rule) -> str:
    value = "not readable" if rule.value is None else f"{rule.value:g}"
    met = "not evaluable" if rule.met is None else "met" if rule.met else "not met"
    met += f" ({rule.reason})" if rule.reason else ""
    state = "provisional" if rule.provisional else "established"
    basis = f", basis {rule.basis}" if rule.basis else ""
    return f"{grade.scale}, {rule.name}: {value}, limit {rule.limit}: {met} ({state}{basis})"


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def _text(key: str, text: str, relationship: str) -> Any:
    from highdicom import sr

    return sr.TextContentItem(name=coded(code(key)), value=text, relationship_type=relationship)


def _code(meaning: str, value: str, scheme: str, said: Any) -> Any:
    from highdicom import sr

    return sr.CodeContentItem(
        name=sr.CodedConcept(value, scheme, meaning), value=coded(said), relationship_type="HAS CONCEPT MOD"
    )
