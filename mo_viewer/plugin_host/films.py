"""Radiographs of a patient: registered in their own planes, and a lesion's outline carried from one to the next."""

from dataclasses import replace

import numpy as np

from mo_viewer.base.faults import Fault
from mo_viewer.dicom.calibration import PROJECTIONS
from mo_viewer.dicom.series import Series, Study
from mo_viewer.findings.document import Document
from mo_viewer.findings.lesion import Lesion
from mo_viewer.findings.measurement import Refusal
from mo_viewer.findings.registration import Registration, Verdict
from mo_viewer.plugin_host.stacks import Stacks
from mo_viewer.track.film import film_of
from mo_viewer.track.film_register import register_films
from mo_viewer.volume.arrays import Point
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask
from mo_viewer.volume.volume import Volume

MOST_FILMS = 4
LEAST_SHOWN = 0.9
"""An outline of which less lies in the other image is not carried there."""
CARRIED = "the contour was carried over from another study; draw it here, or measure it again to take it as it is"
_ORDER = (Verdict.GOOD, Verdict.CHECK, Verdict.FAILED)


def films_of(study: Study) -> tuple[Series, ...]:
    """Return the radiographs of a study."""
    return tuple(
        one
        for one in study.series
        if one.is_image
        and one.geometry is not None
        and not one.geometry.in_patient
        and one.source.modality in PROJECTIONS
    )


def registered_on_films(stacks: Stacks, document: Document, first: str, other: str) -> Registration | None:
    """Register two studies by their radiographs; None where one of them has none.

    The radiograph in which lesions are drawn counts, else the first; of the other study, the one that fits best.
    """
    ours, theirs = (_in_order(stacks, document, uid) for uid in (first, other))
    if not ours or not theirs:
        return None
    try:
        volume = stacks.stack(ours[0]).volume
        own = _masks(document, first, volume)
        here, near = film_of(volume, own), [_middle(mask) for mask in own]
        tried = []
        for series in theirs[:MOST_FILMS]:
            stacks.ticket.check()
            volume = stacks.stack(series).volume
            there = film_of(volume, _masks(document, other, volume))
            tried.append(register_films(here, there, near, stacks.ticket))
            if tried[-1].verdict is Verdict.GOOD:
                break
    except Fault as fault:
        return Registration(first, other, Verdict.FAILED, str(fault))
    return min(tried, key=lambda one: (_ORDER.index(one.verdict), -(one.overlap or 0.0)))


def carried_outline(lesion: Lesion, known: Registration, geometry: Geometry) -> Lesion | None:
    """Return a lesion of one radiograph as a starting outline on another; None where it lies outside that image.

    It bears the same tracking UID, and no number: none was measured there.
    """
    from mo_viewer.segment.sculpt import surface_of

    if lesion.mask is None or not lesion.mask.voxels or lesion.mask.geometry.in_patient:
        return None
    mask = _carried(lesion.mask, known, geometry)
    if mask is None:
        return None
    return replace(
        lesion,
        clicks_mm=(),
        apart_mm=(),
        mask=mask,
        surface=surface_of(mask),
        measurements=(),
        class_volumes=(),
        refused=(Refusal("area_mm2", CARRIED),),
        grade=None,
        pattern="",
        accepted=False,
    )


def _carried(mask: Mask, known: Registration, geometry: Geometry) -> Mask | None:
    """The pixels of the other image whose place falls into the mask."""
    there = geometry.index_of(known.carried(mask.points_mm()))
    size = np.array(geometry.shape)
    shown = ((there[:, 1:] >= -0.5) & (there[:, 1:] <= size[1:] - 0.5)).all(axis=1)
    if shown.mean() < LEAST_SHOWN:
        return None
    low = np.maximum(np.floor(there[:, 1:].min(axis=0)) - 2, 0).astype(int)
    high = np.minimum(np.ceil(there[:, 1:].max(axis=0)) + 3, size[1:]).astype(int)
    rows, columns = np.mgrid[low[0] : high[0], low[1] : high[1]]
    index = np.column_stack([np.zeros(rows.size), rows.ravel(), columns.ravel()])
    points = geometry.points_mm(index)
    back = (points - known.matrix[:3, 3]) @ np.linalg.inv(known.matrix[:3, :3]).T
    at = np.rint(mask.geometry.index_of(back)).astype(int) - np.array(mask.corner)
    at[:, 0] = 0
    inside = ((at >= 0) & (at < np.array(mask.inside.shape))).all(axis=1)
    inside[inside] = mask.inside[tuple(at[inside].T)]
    if not inside.any():
        return None
    return Mask.trimmed(inside.reshape(1, *rows.shape), (0, int(low[0]), int(low[1])), geometry)


def _in_order(stacks: Stacks, document: Document, uid: str) -> list[Series]:
    timepoint = document.timepoint(uid)
    drawn = timepoint.series_uid if timepoint is not None and timepoint.lesions else ""
    return sorted(films_of(stacks.studies[uid]), key=lambda one: one.source.series_uid != drawn)


def _masks(document: Document, uid: str, volume: Volume) -> list[Mask]:
    timepoint = document.timepoint(uid)
    if timepoint is None:
        return []
    own = (x for x in timepoint.lesions if timepoint.is_on(x, volume.source, volume.geometry))
    return [lesion.mask for lesion in own if lesion.mask is not None and lesion.mask.voxels]


def _middle(mask: Mask) -> Point:
    x, y, z = (float(v) for v in mask.points_mm().mean(axis=0))
    return x, y, z
