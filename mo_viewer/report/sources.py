"""Which of the series that are at hand each timepoint was measured in."""

from collections.abc import Iterable, Iterator

import numpy as np

from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source

_APART_MM = 0.01


def sources_of(document: Document, series: Iterable[Series]) -> dict[str, Source]:
    """Return the series of each timepoint and lesion by series UID; those that are not at hand are missing.

    Of a series that was split, or that is at hand in two versions, the part with the lesions' own grid counts.
    """
    images = [one for one in series if one.is_image]
    named = ((timepoint, uid) for timepoint in document.timepoints for uid in measured_series(timepoint))
    chosen = ((uid, _chosen(timepoint, uid, images)) for timepoint, uid in named)
    return {uid: found for uid, found in chosen if found is not None}


def measured_series(timepoint: Timepoint) -> tuple[str, ...]:
    """Return the UIDs of the series that a study and its lesions were measured in, each once."""
    images = (timepoint.drawn_on(lesion) for lesion in timepoint.lesions if timepoint.is_apart(lesion))
    return tuple(dict.fromkeys((timepoint.series_uid, *(image.series_uid for image in images if image is not None))))


def _chosen(timepoint: Timepoint, uid: str, images: list[Series]) -> Source | None:
    named = [one for one in images if one.source.series_uid == uid]
    named = [one for one in named if one.source.study_uid == timepoint.study_uid]
    grids = list(_grids(timepoint, uid))
    fitting = [one for one in named if all(_is_same(one.geometry, grid) for grid in grids)]
    return next((one.source for one in fitting or named), None)


def _grids(timepoint: Timepoint, uid: str) -> Iterator[Geometry]:
    """The grids of the lesions of a series; one in a common frame of reference counts to the measured one."""
    for lesion in timepoint.lesions:
        image = timepoint.drawn_on(lesion)
        own = image.series_uid if image is not None and timepoint.is_apart(lesion) else timepoint.series_uid
        if lesion.mask is not None and own == uid:
            yield lesion.mask.geometry


def _is_same(one: Geometry | None, other: Geometry) -> bool:
    return one is not None and one.shape == other.shape and np.allclose(one.origins_mm, other.origins_mm, 0, _APART_MM)
