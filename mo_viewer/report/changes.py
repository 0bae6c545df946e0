"""What changed since the prior study, as a structured report of the current one (DICOM TID 1500, TID 1501 groups)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mo_viewer.findings.codes import Code
from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.codes import code
from mo_viewer.report.courses import CHANGES
from mo_viewer.report.groups import When, finding_sites, time_texts
from mo_viewer.report.headers import Headers, file_headers
from mo_viewer.report.history import Course, Difference, Interval
from mo_viewer.report.keys import key_slice
from mo_viewer.report.maker import Maker, coded
from mo_viewer.report.numbers import decimal_text
from mo_viewer.report.outlines import key_outline
from mo_viewer.report.seg import tracking_id
from mo_viewer.report.sr import Content, build_document

SERIES_NUMBER = 9908
DESCRIPTION = "MO Viewer: changes since prior"
PERCENT, DAY = Code("%", "UCUM", "percent"), Code("d", "UCUM", "day")


@dataclass(frozen=True)
class Changed:
    """A lesion of the current study, and what became of it since the prior one."""

    lesion: Lesion
    course: Course
    interval: Interval


def build_changes(
    changed: Sequence[Changed],
    headers: Headers,
    prior: Headers | None,
    segs: Sequence[Any],
    when: When,
    modality: str,
    maker: Maker,
) -> Any:
    """Return the report of changes of one study.

    Parameters
    ----------
    changed
        Lesions with an interval that ends with this study.
    headers, prior
        Key images of this study and of the prior one; None where the prior's images are not open.
    segs
        Segmentations of both studies, as far as they are exported too.
    when, modality, maker
        Time point, modality of the images, and who made it.
    """
    groups = [_group(one, headers, when) for one in changed]
    content = Content(groups, [s.index for s in headers.slices], DESCRIPTION, SERIES_NUMBER)
    others = [] if prior is None else list(file_headers(prior).values())
    return build_document(content, headers, [*segs, *others], modality, maker)


def _group(one: Changed, headers: Headers, when: When) -> Any:
    from highdicom import sr

    interval = one.interval
    told = [d for d in interval.differences if d.quantity in CHANGES and d.percent is not None]
    made = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=one.lesion.tracking_uid, identifier=tracking_id(one.lesion)),
        time_point_context=sr.TimePointContext(**time_texts(when)),
        finding_type=coded(code("finding")),
        finding_sites=finding_sites(one.lesion),
        measurements=[_days(interval)] * (interval.days is not None) + [_measurement(d) for d in told],
        qualitative_evaluations=[
            sr.QualitativeEvaluation(
                coded(code("comparability")), coded(code("comparabilities", interval.comparability))
            )
        ],
    )
    content = made[0].ContentSequence
    content.append(key_outline(one.lesion, headers.at(key_slice(one.lesion))))
    content.extend(_category(d) for d in interval.differences if d.quantity in CHANGES)
    content.extend(_text("note", reason) for reason in interval.reasons)
    content.append(_text("compared_with", f"{interval.from_date}, study {interval.from_study}"))
    if interval.statement:
        content.append(_text("change_statement", interval.statement))
    for event in one.course.events:
        if event.study_uid == interval.to_study:
            content.append(_text("change_statement", ", ".join([event.kind.value, *event.evidence])))
    return made


def _days(interval: Interval) -> Any:
    from highdicom import sr

    assert interval.days is not None
    made = sr.Measurement(name=coded(code("interval")), value=interval.days, unit=coded(DAY))
    made[0].ContentSequence = sr.ContentSequence([_text("note", "from the prior study to this one", "HAS PROPERTIES")])
    return made


def _measurement(difference: Difference) -> Any:
    from highdicom import sr

    assert difference.percent is not None
    made = sr.Measurement(
        name=coded(code(CHANGES[difference.quantity])), value=float(difference.percent), unit=coded(PERCENT)
    )
    number = made[0]
    number.MeasuredValueSequence[0].NumericValue = decimal_text(difference.percent, difference.limit_percent)
    content = [_text("note", f"change of {difference.quantity}", "HAS PROPERTIES")]
    if difference.limit_percent is not None:
        limit = sr.NumContentItem(
            name=coded(code("change_limit")),
            value=float(difference.limit_percent),
            unit=coded(PERCENT),
            relationship_type="HAS PROPERTIES",
        )
        limit.MeasuredValueSequence[0].NumericValue = decimal_text(difference.limit_percent, None)
        content.append(limit)
    number.ContentSequence = sr.ContentSequence(content)
    return made


def _category(difference: Difference) -> Any:
    from highdicom import sr

    made = sr.CodeContentItem(
        name=coded(code("change_category")),
        value=coded(code("change_categories", difference.category)),
        relationship_type="CONTAINS",
    )
    said = [f"of {difference.quantity}", *difference.why]
    made.ContentSequence = sr.ContentSequence([_text("note", text, "HAS PROPERTIES") for text in said])
    return made


def _text(key: str, text: str, relationship: str = "CONTAINS") -> Any:
    from highdicom import sr

    return sr.TextContentItem(name=coded(code(key)), value=text, relationship_type=relationship)
