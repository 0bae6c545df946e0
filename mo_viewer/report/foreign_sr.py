"""Areas that other programs drew in structured reports (TID 1500), as masks on the images that they name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mo_viewer.dicom.series import Series
from mo_viewer.report.reread import item_name, item_tree
from mo_viewer.volume.arrays import BoolArray, FloatArray
from mo_viewer.volume.mask import Mask

GROUP, REGION = ("125007", "DCM"), ("111030", "DCM")
_FREE_TEXT = "CORNERSTONEFREETEXT"
_CLOSED_PX = 0.01
_AROUND = np.linspace(0, 2 * np.pi, 73)


@dataclass(frozen=True, eq=False)
class Area:
    """A closed line in one image: (n, 2) column and row, where 0 is the corner of the first pixel."""

    label: str
    tracking_uid: str
    sop_uid: str
    frame: int | None
    line: FloatArray


def areas_of(dataset: Any) -> Iterator[Area]:
    """Yield every closed outline, circle and ellipse in the measurement groups of a report."""
    for group in item_tree(dataset):
        if item_name(group) != GROUP:
            continue
        said = {item_name(item): item for item in group.ContentSequence}
        uid = said.get(("112040", "DCM"))
        for item in item_tree(group):
            line = _line(item) if item.ValueType == "SCOORD" else None
            image = next((c for c in item.get("ContentSequence", ()) if c.ValueType == "IMAGE"), None)
            if line is not None and image is not None:
                named = image.ReferencedSOPSequence[0]
                number = named.get("ReferencedFrameNumber")
                frame = None if number is None else int(number if isinstance(number, int | str) else number[0])
                own = "" if uid is None else str(uid.UID)
                yield Area(_label(said), own, str(named.ReferencedSOPInstanceUID), frame, line)


def place(area: Area, images: Sequence[Series]) -> tuple[Series, Mask] | None:
    """Return the series that holds the image of an area, and its pixels; None where it is not at hand."""
    for series in images:
        for k, instance in enumerate(series.source.instances):
            if instance.sop_uid == area.sop_uid and (instance.frame or 1) == (area.frame or 1):
                if series.geometry is None:
                    return None
                inside = _inside(area.line, series.geometry.shape[1:])
                return series, Mask.trimmed(inside[None], (k, 0, 0), series.geometry)
    return None


def _inside(line: FloatArray, shape: tuple[int, ...]) -> BoolArray:
    from skimage.draw import polygon

    inside = np.zeros(shape, dtype=bool)
    inside[polygon(line[:, 1] - 0.5, line[:, 0] - 0.5, shape=shape)] = True
    return inside


def _line(item: Any) -> FloatArray | None:
    points = np.array(item.GraphicData, dtype=np.float64).reshape(-1, 2)
    if item.GraphicType == "CIRCLE":
        centre, radius = points[0], np.linalg.norm(points[1] - points[0])
        circle: FloatArray = centre + radius * np.column_stack([np.cos(_AROUND), np.sin(_AROUND)])
        return circle
    if item.GraphicType == "ELLIPSE":
        one, two = (points[1] - points[0]) / 2, (points[3] - points[2]) / 2
        centre = points[:2].mean(axis=0)
        ellipse: FloatArray = centre + np.cos(_AROUND)[:, None] * one + np.sin(_AROUND)[:, None] * two
        return ellipse
    is_closed = item_name(item) == REGION or np.abs(points[0] - points[-1]).max() <= _CLOSED_PX
    return points if item.GraphicType == "POLYLINE" and is_closed and len(points) > 2 else None


def _label(said: dict[tuple[str, str], Any]) -> str:
    """The reader's own words where there are any, else the finding, else the tracking identifier."""
    finding, tracking = said.get(("121071", "DCM")), said.get(("112039", "DCM"))
    code = finding.ConceptCodeSequence[0] if finding is not None and finding.ValueType == "CODE" else None
    if code is not None and str(code.get("CodeValue", "")) == _FREE_TEXT:
        return str(code.CodeMeaning)
    own = "" if tracking is None else str(tracking.TextValue)
    if own and not own.startswith(("Cornerstone3DTools@", "cornerstoneTools@")):
        return own
    return own if code is None else str(code.CodeMeaning)
