"""Turns studies and series into rows of the study list."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.mark import ImageRef
from mo_viewer.ui.openings import row_keys
from mo_viewer.ui.patient_block import patient_name
from mo_viewer.ui.plain_text import person, plain
from mo_viewer.ui.rows import Badge, Row
from mo_viewer.ui.series_words import (
    HARMLESS,
    best_to_measure,
    first_to_show,
    kind,
    letters,
    modalities,
    remark_words,
    series_size,
    series_title,
    study_clock,
    study_size,
    study_words,
)

Badges = Mapping[str, Sequence[tuple[str, str]]]
_NOT_AN_IMAGE = "Not an image: it belongs to the images of its study."
_OTHER_ID = Badge("other ID", "info", "Its images bear another patient ID; a reader said that it is the same patient.")
_BEST = Badge("best to measure", "info", "Thinnest slices, softest kernel, no remark that limits measuring.")
_BY_READER = Badge("mm by your line", "info", "Its lengths are in mm as you calibrated it.")


def study_key(study: Study) -> str:
    """Return the name of a study's row; one study UID may stand for two patient IDs."""
    return f"{study.patient.identity}|{study.study_uid}"


class StudyRows:
    """Makes the rows of studies; the row of a study that is as it was is not made again."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[tuple[object, ...], Row]] = {}

    def rows(self, studies: Sequence[Study], badges: Badges, names_hidden: bool, under_names: bool) -> list[Row]:
        """Return a row for each study, newest first; `under_names`: under a heading for each patient."""
        patients = {study.patient.key: study.patient for study in studies}
        rows: list[Row] = []
        for key, patient in patients.items():
            own = [study for study in studies if study.patient.key == key]
            if under_names:
                name = patient_name(patient, names_hidden)
                rows.append(Row(f"patient|{key}", name, heading=True, tip=name))
            rows.extend(
                self._row(study, study_clock(study, own), tuple(badges.get(study_key(study), ()))) for study in own
            )
        return rows

    def _row(self, study: Study, clock: str, badges: tuple[tuple[str, str], ...]) -> Row:
        key, made_of = study_key(study), (clock, badges, study.description, *study.series)
        known = self._made.get(key)
        if known is None or known[0] != made_of:
            known = self._made[key] = made_of, _study_row(study, clock, badges)
        return known[1]


def series_rows(
    study: Study | None, calibrated: AbstractSet[ImageRef] = frozenset()
) -> tuple[list[Row], dict[str, Series]]:
    """Return a row for each series of a study, and which series stands behind each row's key.

    `calibrated`: the images that bear a calibration line of the reader.
    """
    if study is None:
        return [], {}
    named = row_keys(study.series)
    best = best_to_measure(study.series)
    return [_series_row(key, one, one is best, _all_in(one, calibrated)) for key, one in named.items()], named


def matching(studies: Iterable[Study], words: str) -> list[Study]:
    """Return the studies in which every word occurs: patient, date, modality, descriptions."""
    terms = words.casefold().split()
    return [study for study in studies if all(term in _haystack(study) for term in terms)] if terms else list(studies)


def _study_row(study: Study, clock: str, badges: Sequence[tuple[str, str]]) -> Row:
    first = first_to_show(study.series)
    kinds, words, size = modalities(study), study_words(study), study_size(study)
    other_day = _other_day(study, first)
    several = kinds.replace(", ", "/") if "," in kinds else ""
    return Row(
        key=study_key(study),
        strong=study.date or "No date",
        title="" if several or not kinds else f" {kinds}",
        line=" · ".join(part for part in (several, clock, other_day, words) if part),
        size="" if other_day else size,
        beside=True,
        badges=((_OTHER_ID,) if study.patient.own_key else ())
        + tuple(Badge(plain(text), tone) for text, tone in badges),
        picture="" if first is None else key_in(study, first),
        letters=letters(kinds),
        quiet=first is None,
        tip=_lines(f"{study.date} {study.time} {kinds}".strip(), other_day, words, size, f"{len(study.series)} series"),
    )


def _other_day(study: Study, first: Series | None) -> str:
    """When the images that stand for a study were acquired, where the study bears another date."""
    day = "" if first is None else first.source.date
    return f"images {day}" if day not in ("", study.date) else ""


def key_in(study: Study, series: Series) -> str:
    """Return the row key of a series of this study."""
    return next(key for key, one in row_keys(study.series).items() if one is series)


def _series_row(key: str, series: Series, is_best: bool, by_reader: bool) -> Row:
    title, size = series_title(series), series_size(series)
    remarks = [f"{remark_words(remark.code).capitalize()}: {plain(remark.text)}" for remark in series.remarks]
    badges = _remark_badges(series, by_reader)
    what = "" if series.is_image else f"{kind(series).capitalize()}. {_NOT_AN_IMAGE}"
    return Row(
        key=key,
        strong=title,
        line="" if series.is_image else kind(series),
        size=size,
        badges=((_BEST,) if is_best else ()) + badges,
        picture=key if series.is_image else "",
        letters=letters(series.source.modality),
        quiet=not series.is_image,
        tip=_lines(title, size, what, *remarks),
    )


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _all_in(series: Series, images: AbstractSet[ImageRef]) -> bool:
    """Whether all images of a series are among these."""
    source = series.source
    own = {ImageRef(source.series_uid, one.sop_uid, one.frame) for one in source.instances} if images else set()
    return bool(own) and own <= images


def _remark_badges(series: Series, by_reader: bool) -> tuple[Badge, ...]:
    ordered = sorted(series.remarks, key=lambda remark: remark.code in HARMLESS)
    return tuple(
        _BY_READER
        if by_reader and remark.code == "no_spacing"
        else Badge(remark_words(remark.code), "info" if remark.code in HARMLESS else "caution", plain(remark.text))
        for remark in ordered
    )


def _haystack(study: Study) -> str:
    patient = study.patient
    words = [person(patient.name), patient.name, patient.id, study.date, study.description, modalities(study)]
    for series in study.series:
        words += [series.source.description, series.source.body_part, series.source.modality]
    return " ".join(words).casefold()
