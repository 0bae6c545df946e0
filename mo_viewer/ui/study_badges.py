"""What is marked, as pills on the studies of the current patient."""

from collections.abc import Iterable, Iterator

from mo_viewer.dicom.series import Study
from mo_viewer.findings.document import Document

Badges = tuple[tuple[str, str], ...]


def badges_of(document: Document | None, studies: Iterable[Study]) -> Iterator[tuple[Study, Badges]]:
    """Yield (study, pills) for the patient's studies that hold pictures."""
    if document is None:
        return
    for study in studies:
        if study.patient.key == document.patient.key and any(series.is_image for series in study.series):
            timepoint = document.timepoint(study.study_uid)
            marked = 0 if timepoint is None else len(timepoint.lesions)
            yield study, (_badge(marked),)


def _badge(marked: int) -> tuple[str, str]:
    if not marked:
        return "unmarked", "info"
    return ("1 lesion" if marked == 1 else f"{marked} lesions"), "good"
