"""The images that an export was made from, found again by their UIDs: geometry and values for verification."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mo_viewer.base.faults import Unreadable
from mo_viewer.dicom.series import Series
from mo_viewer.volume.arrays import FloatArray
from mo_viewer.volume.source import Instance

PLANE_GROUPS = (
    ("PlanePositionSequence", "ImagePositionPatient"),
    ("PlaneOrientationSequence", "ImageOrientationPatient"),
    ("PixelMeasuresSequence", "PixelSpacing"),
)


@dataclass(frozen=True, eq=False)
class Plane:
    """One image, or one frame of a file: where it lies (LPS mm), and the data set it is in."""

    header: Any
    position_mm: FloatArray
    orientation: FloatArray
    spacing_mm: FloatArray

    @property
    def height_mm(self) -> float:
        """Place along the normal of the image."""
        return float(self.position_mm @ np.cross(self.orientation[:3], self.orientation[3:]))


class _File(NamedTuple):
    """Where a file is, what it belongs to, and its (position, orientation) where its plain elements say so."""

    path: str
    study_uid: str
    series_uid: str
    planes: tuple[tuple[FloatArray, FloatArray], ...]


class Images:
    """Files below some paths, zips included; headers are read when they are asked for."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._headers: dict[str, Any] = {}
        self._last: tuple[str, Any] = ("", None)
        self._heights: dict[tuple[object, ...], FloatArray] = {}

    def plane(self, uid: str, frame: int | None) -> Plane | None:
        """Return where an image lies; None when it is not here."""
        path = self._files.get(uid)
        return None if path is None else plane_of(self._header(path, uid), frame)

    def holds(self, uid: str) -> bool:
        """Whether a file with that SOP Instance UID is here."""
        return uid in self._files

    def values(self, uid: str, frame: int | None) -> FloatArray:
        """Return rescaled values, (rows, columns): uncompressed ones decoded by pydicom, others by our decoder."""
        dataset = self._whole(uid)
        if dataset.file_meta.TransferSyntaxUID.is_compressed:
            return self._decoded(uid, frame)
        stored = dataset.pixel_array if frame is None else dataset.pixel_array[frame - 1]
        slope, intercept = rescale_of(dataset, frame)
        return np.asarray(stored, dtype=np.float64) * slope + intercept

    def heights_mm(self, series_uid: str, like: Plane) -> FloatArray:
        """Return the sorted places along the normal of all images of a series that are parallel to `like`."""
        key = series_uid, *np.round(like.orientation, 2)
        if key not in self._heights:
            self._heights[key] = np.array(sorted(set(self._places(series_uid, like))), dtype=np.float64)
        return self._heights[key]

    def of_study(self, study_uid: str) -> Any | None:
        """Return the header of some image of a study, or None."""
        uid = next((uid for uid, file in self._quick.items() if file.study_uid == study_uid), None)
        return None if uid is None else self._header(self._files[uid], uid)

    def _places(self, series_uid: str, like: Plane) -> Iterator[float]:
        normal = np.cross(like.orientation[:3], like.orientation[3:])
        for uid, file in self._quick.items():
            if file.series_uid != series_uid:
                continue
            for position, orientation in file.planes or self._planes(file.path, uid):
                if np.allclose(orientation, like.orientation, atol=1e-3):
                    yield round(float(position @ normal), 4)

    def _planes(self, path: str, uid: str) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Of a file that does not say where it lies in its plain elements: a multi-frame one."""
        header = self._header(path, uid)
        for n in range(int(header.get("NumberOfFrames", 1) or 1)):
            plane = plane_of(header, n + 1 if "PerFrameFunctionalGroupsSequence" in header else None)
            if plane is not None:
                yield plane.position_mm, plane.orientation

    def _header(self, path: str, uid: str) -> Any:
        from mo_viewer.dicom.header import read_dataset

        if uid not in self._headers:
            self._headers[uid] = read_dataset(Instance(path, uid, ""))
        return self._headers[uid]

    @cached_property
    def _files(self) -> dict[str, str]:
        return {uid: file.path for uid, file in self._quick.items()}

    @cached_property
    def _quick(self) -> dict[str, _File]:
        """Every file by its UID, with what the fast walk reads of its header: pydicom takes 5 ms a file."""
        from mo_viewer.dicom.find import files_in
        from mo_viewer.dicom.header import Memory, read_header

        found: dict[str, _File] = {}
        memory = Memory()
        for path in files_in(self._paths, lambda _file, _fault: None):
            try:
                uid, file = _quick_file(path, read_header(path, memory).elements)
            except Unreadable:
                continue
            found.setdefault(uid, file)
        return found

    def _whole(self, uid: str) -> Any:
        """A file with its pixels; the last one is kept, because frames of one file come after one another."""
        from mo_viewer.dicom.header import read_dataset

        if self._last[0] != uid:
            self._last = uid, read_dataset(Instance(self._files[uid], uid, ""), pixels=True)
        return self._last[1]

    def _decoded(self, uid: str, frame: int | None) -> FloatArray:
        from mo_viewer.dicom.load import load_slice

        series, k = self._slices[uid, frame]
        return np.asarray(load_slice(series, k).rescaled_slice(0), dtype=np.float64)

    @cached_property
    def _slices(self) -> dict[tuple[str, int | None], tuple[Series, int]]:
        from mo_viewer.dicom.scan import scan

        images = (series for series in scan(self._paths).series if series.is_image)
        return {(i.sop_uid, i.frame): (series, k) for series in images for k, i in enumerate(series.source.instances)}


def _quick_file(path: str, elements: dict[int, bytes]) -> tuple[str, _File]:
    from mo_viewer.dicom import tags
    from mo_viewer.dicom.values import numbers, text

    position, orientation = (np.array(numbers(elements.get(tag))) for tag in (tags.POSITION, tags.ORIENTATION))
    planes = ((position, orientation),) if position.size == 3 and orientation.size == 6 else ()
    study, series = (text(elements.get(tag)) for tag in (tags.STUDY_UID, tags.SERIES_UID))
    return text(elements.get(tags.SOP_UID)), _File(path, study, series, planes)


def plane_of(header: Any, frame: int | None) -> Plane | None:
    """Return where an image or frame lies; None when the header does not say."""
    items = [header] * 3 if frame is None else [_group_item(header, frame, key) for key, _ in PLANE_GROUPS]
    found = [(item or {}).get(attribute) for item, (_, attribute) in zip(items, PLANE_GROUPS, strict=True)]
    if not all(found):
        return None
    position, orientation, spacing = (np.array(value, dtype=np.float64) for value in found)
    return Plane(header, position, orientation, spacing)


def rescale_of(header: Any, frame: int | None) -> tuple[float, float]:
    """Return slope and intercept of an image or frame."""
    item = header if frame is None else _group_item(header, frame, "PixelValueTransformationSequence") or header
    return float(item.get("RescaleSlope", 1) or 1), float(item.get("RescaleIntercept", 0) or 0)


def _group_item(header: Any, frame: int, key: str) -> Any | None:
    own = header.PerFrameFunctionalGroupsSequence[frame - 1]
    found = own.get(key) or header.SharedFunctionalGroupsSequence[0].get(key)
    return found[0] if found else None
