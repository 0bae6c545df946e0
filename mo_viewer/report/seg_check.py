"""A segmentation that was read back, held against the masks that it was made of: voxel by voxel, frame by frame."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mo_viewer.findings.lesion import Lesion
from mo_viewer.report.headers import Headers
from mo_viewer.report.reread import Frame, Seg, seg_of
from mo_viewer.volume.mask import Mask

PLACE_TOLERANCE_MM = 1e-3


def mask_differences(dataset: Any, lesions: Sequence[Lesion], headers: Headers) -> list[str]:
    """Return in which segment, frame or voxel the file differs from the lesions; empty when it does not.

    Only the slices of `headers` are looked for: a SEG may be one of several that hold the lesions together.
    """
    read = seg_of(dataset)
    found: list[str] = []
    for number, lesion in enumerate(lesions, 1):
        if read.tracking.get(number) != lesion.tracking_uid:
            found.append(f"TrackingUID of segment {number} is not that of {lesion.label}.")
        elif lesion.mask is not None:
            found += _segment(read, number, lesion.mask, headers)
    return found


def _segment(read: Seg, number: int, mask: Mask, headers: Headers) -> Iterator[str]:
    slices = {(s.instance.sop_uid or s.stand_in, s.instance.frame): s.index for s in headers.slices}
    seen = set()
    for frame in read.of(number):
        k = slices.get((frame.source_uid, frame.source_frame))
        if k is None:
            yield f"SourceImageSequence of segment {number} names an image that was not segmented."
            continue
        seen.add(k)
        inside = mask.slice_inside(k)
        if inside is None or not np.array_equal(inside, frame.inside):
            yield f"PixelData of segment {number}, slice {k + 1}: other voxels than were marked."
        yield from _place(frame, number, mask, k)
    reached = {mask.corner[0] + int(k) for k in np.flatnonzero(mask.inside.any(axis=(1, 2)))}
    expected = reached & set(slices.values())
    for k in sorted(expected - seen):
        yield f"PixelData of segment {number}: slice {k + 1} is missing."


def _place(frame: Frame, number: int, mask: Mask, k: int) -> Iterator[str]:
    geometry = mask.geometry
    row_step = frame.orientation[3:] * frame.spacing_mm[0]
    column_step = frame.orientation[:3] * frame.spacing_mm[1]
    for keyword, read, meant in (
        ("ImagePositionPatient", frame.position_mm, geometry.origins_mm[k]),
        ("ImageOrientationPatient or PixelSpacing", row_step, geometry.row_step_mm),
        ("ImageOrientationPatient or PixelSpacing", column_step, geometry.column_step_mm),
    ):
        if np.abs(read - meant).max() > PLACE_TOLERANCE_MM:
            yield f"{keyword} of segment {number}, slice {k + 1}: not where the voxels are."
