"""Marks and key images on images other than those that the lesions of a study were measured on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mo_viewer.base.faults import Refused, Unreadable
from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Timepoint
from mo_viewer.findings.mark import ImageRef, Mark
from mo_viewer.report.headers import Headers, read_headers
from mo_viewer.report.marked import drawn, starred
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source
from mo_viewer.volume.volume import Length


@dataclass(frozen=True)
class Beside:
    """A series without lesions: its key slices, its marks with their slices, the headers of all these slices.

    `length` says what its millimetres are.
    """

    geometry: Geometry
    stars: Sequence[int]
    marks: Sequence[tuple[int, Mark]]
    headers: Headers
    length: Length

    @property
    def only_marked(self) -> Headers:
        """The headers of the slices with marks."""
        return self.headers.only(k for k, _ in self.marks)


def beside(
    timepoint: Timepoint, measured: Source | None, series: Iterable[Series], remarks: list[str]
) -> tuple[Beside, ...]:
    """Return the series of a study, other than the measured one, that the reader drew or starred images on.

    Parameters
    ----------
    timepoint
        The study with its marks and key images.
    measured
        The series that its lesions lie on; None where there are none to write.
    series
        What is at hand, of this study and others.
    remarks
        Gets a sentence for what lies on images that are not at hand, or cannot be read.
    """
    left = {*(_name(mark.image) for mark in timepoint.marks), *(_name(image) for image in timepoint.key_images)}
    left -= _names(measured)
    found = []
    for one in series:
        own = left & _names(one.source)
        if one.geometry is None or one.source.study_uid != timepoint.study_uid or not own:
            continue
        stars = [k for k in starred(timepoint, one.source) if _at(one.source, k) in own]
        marks = [(k, mark) for k, mark in drawn(timepoint, one.source) if _name(mark.image) in own]
        try:
            headers = read_headers(one.source, one.geometry, [*stars, *(k for k, _ in marks)])
        except (Refused, Unreadable) as fault:
            remarks.append(f"{_title(timepoint)}: an image with marks could not be read. {fault}")
            continue
        left -= own
        found.append(Beside(one.geometry, stars, marks, headers, one.length))
    remarks.extend(_missing(timepoint, left))
    return tuple(found)


def _missing(timepoint: Timepoint, left: set[tuple[str, int]]) -> Iterator[str]:
    stars = sum(_name(image) in left for image in timepoint.key_images)
    marks = sum(_name(mark.image) in left for mark in timepoint.marks)
    for count, what, kind in ((stars, "key images", "KOS"), (marks, "marks", "GSPS")):
        if count:
            yield f"{_title(timepoint)}: {count} {what} are not in the {kind}, because their images are not at hand."


def _title(timepoint: Timepoint) -> str:
    return timepoint.date or "Undated study"


def _names(source: Source | None) -> set[tuple[str, int]]:
    return set() if source is None else {(one.sop_uid, one.frame or 1) for one in source.instances}


def _at(source: Source, k: int) -> tuple[str, int]:
    return source.instances[k].sop_uid, source.instances[k].frame or 1


def _name(image: ImageRef) -> tuple[str, int]:
    return image.sop_uid, image.frame or 1
