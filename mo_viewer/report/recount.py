"""Everything about a segment that follows from its voxels and the images, counted anew from the files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mo_viewer.report.images import Images, Plane
from mo_viewer.report.reread import Frame, Seg
from mo_viewer.volume.arrays import FloatArray

PLACE_MM, DIRECTION, SPACING = 1e-3, 1e-4, 1e-4
COPIED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
)


@dataclass(frozen=True, eq=False)
class Recount:
    """A segment anew: voxels, volume (None where the files do not say how far slices are apart), place, HU."""

    voxels: int
    volume_mm3: float | None
    centroid_mm: FloatArray
    hu: dict[str, float] = field(default_factory=dict)


def recount(seg: Seg, segment: int, images: Images | None) -> Recount:
    """Count a segment's voxels, and where the images are at hand read the values under it."""
    frames = seg.of(segment)
    extents = np.array([_extent_mm(seg, frame, images) for frame in frames])
    counts = np.array([np.count_nonzero(frame.inside) for frame in frames])
    areas = np.array([frame.spacing_mm.prod() for frame in frames])
    known = not np.isnan(extents).any()
    volume = float((counts * areas * extents).sum()) if known else None
    points = np.concatenate([_points_mm(frame) for frame in frames])
    weights = np.repeat(extents * areas, counts) if known and (counts * areas * extents).any() else None
    return Recount(int(counts.sum()), volume, np.average(points, axis=0, weights=weights), _statistics(frames, images))


def image_differences(seg: Seg, images: Images) -> Iterator[str]:
    """Yield where frames do not lie on the images they name, and what was not copied from them."""
    said = set()
    for n, frame in enumerate(seg.frames, 1):
        plane = images.plane(frame.source_uid, frame.source_frame)
        text = "an image that it refers to is not here" if plane is None else _misplaced(seg, frame, plane)
        if text and text not in said:
            said.add(text)
            yield f"SEG, frame {n}: {text}."


def copied_differences(header: Any, images: Images, what: str) -> Iterator[str]:
    """Yield patient and study attributes that are not those of the images."""
    get = header.get
    image = images.of_study(str(get("StudyInstanceUID", "")))
    if image is None:
        yield f"{what}: its study is not among the images."
        return
    for keyword in COPIED:
        if str(get(keyword) or "") != str(image.get(keyword) or ""):
            yield f"{what}: {keyword} is not that of the images."


def _misplaced(seg: Seg, frame: Frame, plane: Plane) -> str:
    if seg.header.get("FrameOfReferenceUID") != plane.header.get("FrameOfReferenceUID"):
        return "FrameOfReferenceUID is not that of the image"
    if frame.inside.shape != (plane.header.Rows, plane.header.Columns):
        return "Rows or Columns are not those of the image"
    for keyword, own, image, tolerance in (
        ("ImagePositionPatient", frame.position_mm, plane.position_mm, PLACE_MM),
        ("ImageOrientationPatient", frame.orientation, plane.orientation, DIRECTION),
        ("PixelSpacing", frame.spacing_mm, plane.spacing_mm, SPACING),
    ):
        if np.abs(own - image).max() > tolerance:
            return f"{keyword} is not that of the image"
    return ""


def _extent_mm(seg: Seg, frame: Frame, images: Images | None) -> float:
    """How much of the normal a slice stands for: half-way to its neighbours among the images, else the step."""
    plane = None if images is None else images.plane(frame.source_uid, frame.source_frame)
    if plane is None or images is None:
        return np.nan if seg.step_mm is None else seg.step_mm
    heights = images.heights_mm(str(plane.header.SeriesInstanceUID), plane)
    if heights.size < 2:
        return np.nan if seg.step_mm is None else seg.step_mm
    at = int(np.argmin(np.abs(heights - plane.height_mm)))
    gaps = np.diff(heights)
    return float(0.5 * (gaps[max(at - 1, 0)] + gaps[min(at, gaps.size - 1)]))


def _points_mm(frame: Frame) -> FloatArray:
    index = np.argwhere(frame.inside)
    down = frame.orientation[3:] * frame.spacing_mm[0]
    across = frame.orientation[:3] * frame.spacing_mm[1]
    points: FloatArray = frame.position_mm + index[:, :1] * down + index[:, 1:] * across
    return points


def _statistics(frames: list[Frame], images: Images | None) -> dict[str, float]:
    if images is None or any(images.plane(f.source_uid, f.source_frame) is None for f in frames):
        return {}
    values = np.concatenate([images.values(f.source_uid, f.source_frame)[f.inside] for f in frames])
    return {
        "voxel_mean_hu": float(values.mean()),
        "median_hu": float(np.median(values)),
        "p95_hu": float(np.percentile(values, 95)),
        "max_hu": float(values.max()),
        "sd_hu": float(values.std(ddof=1)) if values.size > 1 else 0.0,
    }
