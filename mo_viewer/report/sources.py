"""Which of the series that are at hand each timepoint was measured in."""

from collections.abc import Iterable, Iterator

import numpy as np

from mo_viewer.dicom.series import Series
from mo_viewer.findings.document import Document, Timepoint
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.source import Source

_APART_MM = 0.01


def sources_of(document: Document, series: Iterable[Series]) -> dict[str, Source]:
    """Return the series of each timepoint by series UID; those that are not at hand are missing.

    Of a series that was split, or that is at hand in two versions, the part with the lesions' own grid counts.
    """
    images = [one for one in series if one.is_image]
    chosen = ((timepoint.series_uid, _chosen(timepoint, images)) for timepoint in document.timepoints)
    return {uid: found for uid, found in chosen if found is not None}


def _chosen(timepoint: Timepoint, images: list[Series]) -> Source | None:
    named = [one for one in images if one.source.series_uid == timepoint.series_uid]
    named = [one for one in named if one.source.study_uid == timepoint.study_uid]
    grids = list(_grids(timepoint))
    fitting = [one for one in named if all(_is_same(one.geometry, grid) for grid in grids)]
    return next((one.source for one in fitting or named), None)


def _grids(timepoint: Timepoint) -> Iterator[Geometry]:
    return (lesion.mask.geometry for lesion in timepoint.lesions if lesion.mask is not None)


def _is_same(one: Geometry | None, other: Geometry) -> bool:
    return one is not None and one.shape == other.shape and np.allclose(one.origins_mm, other.origins_mm, 0, _APART_MM)
