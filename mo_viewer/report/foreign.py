"""Segments and contours that other programs drew, as masks on our own images: matched by place, not by image UIDs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mo_viewer.dicom.series import Series
from mo_viewer.report.reread import Frame, Seg
from mo_viewer.volume.arrays import BoolArray, FloatArray
from mo_viewer.volume.geometry import Geometry
from mo_viewer.volume.mask import Mask

_MARGIN_VOXELS = 1


@dataclass(frozen=True, eq=False)
class Contour:
    """A closed line in one plane, (n, 3) LPS mm."""

    points_mm: FloatArray


def series_for(frame_uid: str, points_mm: FloatArray, known: Sequence[Series]) -> Series | None:
    """Return the image series in the same frame of reference that holds most of the points; None if none does."""
    fitting = [s for s in known if s.geometry is not None and s.is_volume and frame_uid]
    fitting = [s for s in fitting if s.geometry is not None and s.geometry.frame_uid == frame_uid]
    if not fitting:
        return None
    best = max(fitting, key=lambda s: (_share_inside(s, points_mm), s.hounsfield))
    return best if _share_inside(best, points_mm) > 0.5 else None


def mask_of_segment(seg: Seg, number: int, geometry: Geometry) -> Mask:
    """Return a segment on the grid of `geometry`: the same voxels where the grids agree, else the nearest ones."""
    frames = sorted(seg.of(number), key=_height)
    found = np.zeros((0, 0, 0), dtype=bool)
    if not frames:
        return Mask(found, (0, 0, 0), geometry)
    points = np.concatenate([frame_points(frame) for frame in frames])
    reached = _box(points, geometry)
    if reached is None:
        return Mask(found, (0, 0, 0), geometry)
    first, shape = reached
    inside = np.zeros(shape, dtype=bool)
    heights = np.array([_height(frame) for frame in frames])
    half = _half_step_mm(seg, heights)
    rows, columns = np.meshgrid(*(np.arange(n) + f for n, f in zip(shape[1:], first[1:], strict=True)), indexing="ij")
    for k in range(shape[0]):
        index = np.column_stack([np.full(rows.size, first[0] + k), rows.ravel(), columns.ravel()]).astype(float)
        inside[k] = _sampled(geometry.points_mm(index), frames, heights, half).reshape(shape[1:])
    return Mask.trimmed(inside, first, geometry)


def mask_of_contours(contours: Sequence[Contour], geometry: Geometry) -> Mask:
    """Return the voxels whose centres lie inside closed contours; a contour inside another cuts a hole."""
    from skimage.draw import polygon

    inside = np.zeros(geometry.shape, dtype=bool)
    for contour in contours:
        index = geometry.index_of(contour.points_mm)
        k = round(float(np.median(index[:, 0])))
        if not 0 <= k < geometry.shape[0]:
            continue
        rows, columns = polygon(index[:, 1], index[:, 2], shape=geometry.shape[1:])
        inside[k, rows, columns] ^= True
    return Mask.trimmed(inside, (0, 0, 0), geometry)


def structures_of(dataset: Any) -> Iterator[tuple[str, str, list[Contour]]]:
    """Yield (name, frame of reference UID, contours) of each structure of an RTSTRUCT that has closed contours."""
    named = {int(s.ROINumber): s for s in dataset.get("StructureSetROISequence", ())}
    for item in dataset.get("ROIContourSequence", ()):
        structure = named.get(int(item.ReferencedROINumber))
        closed = [c for c in item.get("ContourSequence", ()) if c.get("ContourGeometricType") == "CLOSED_PLANAR"]
        contours = [Contour(np.array(c.ContourData, dtype=np.float64).reshape(-1, 3)) for c in closed]
        if structure is not None and contours:
            yield str(structure.get("ROIName", "")), str(structure.get("ReferencedFrameOfReferenceUID", "")), contours


def frame_points(frame: Frame) -> FloatArray:
    """Return (n, 3) LPS mm of the voxel centres inside a frame."""
    index = np.argwhere(frame.inside)
    down, across = frame.orientation[3:] * frame.spacing_mm[0], frame.orientation[:3] * frame.spacing_mm[1]
    placed: FloatArray = frame.position_mm + index[:, :1] * down + index[:, 1:] * across
    return placed


def _height(frame: Frame) -> float:
    return float(frame.position_mm @ np.cross(frame.orientation[:3], frame.orientation[3:]))


def _half_step_mm(seg: Seg, heights: FloatArray) -> float:
    """Half of what a frame stands for along its normal; frames without voxels are not stored, so gaps say nothing."""
    steps = np.diff(np.unique(np.round(heights, 3)))
    step = seg.step_mm or (float(steps.min()) if steps.size else 1.0)
    return 0.5 * step * 1.001


def _sampled(points: FloatArray, frames: Sequence[Frame], heights: FloatArray, half_mm: float) -> BoolArray:
    """Whether each LPS point lies in a voxel of the frame nearest to it."""
    normal = np.cross(frames[0].orientation[:3], frames[0].orientation[3:])
    at = points @ normal
    which = np.abs(at[:, None] - heights[None, :]).argmin(axis=1)
    near = np.abs(at - heights[which]) <= half_mm
    found = np.zeros(len(points), dtype=bool)
    for n in np.unique(which[near]):
        frame, own = frames[n], np.flatnonzero(near & (which == n))
        offset = points[own] - frame.position_mm
        row = np.rint(offset @ frame.orientation[3:] / frame.spacing_mm[0]).astype(int)
        column = np.rint(offset @ frame.orientation[:3] / frame.spacing_mm[1]).astype(int)
        ok = (row >= 0) & (row < frame.inside.shape[0]) & (column >= 0) & (column < frame.inside.shape[1])
        found[own[ok]] = frame.inside[row[ok], column[ok]]
    return found


def _box(points: FloatArray, geometry: Geometry) -> tuple[tuple[int, int, int], tuple[int, int, int]] | None:
    index = geometry.index_of(points)
    low = np.maximum(np.floor(index.min(axis=0)).astype(int) - _MARGIN_VOXELS, 0)
    high = np.minimum(np.ceil(index.max(axis=0)).astype(int) + _MARGIN_VOXELS, np.array(geometry.shape) - 1)
    if (high < low).any():
        return None
    size = high - low + 1
    return (int(low[0]), int(low[1]), int(low[2])), (int(size[0]), int(size[1]), int(size[2]))


def _share_inside(series: Series, points_mm: FloatArray) -> float:
    assert series.geometry is not None
    index = series.geometry.index_of(points_mm)
    inside = (index >= -0.5) & (index <= np.array(series.geometry.shape) - 0.5)
    return float(inside.all(axis=1).mean()) if len(index) else 0.0
