"""What a reader draws on an image: lines, angles, outlines, arrows, probes; and images marked as key images."""

from dataclasses import dataclass
from enum import StrEnum

from mo_viewer.volume.arrays import Point
from mo_viewer.volume.source import Source


class MarkKind(StrEnum):
    """Kinds of marks, and the order of their points.

    LENGTH, CALIBRATION: both ends. BIDIRECTIONAL: ends of the long line, ends of the short one. ANGLE: end, corner,
    end. COBB: ends of one line, ends of the other. ELLIPSE: ends of one axis, ends of the other. RECTANGLE: corners in
    turn. POLYGON, FREEHAND: outline in turn, the first not repeated. PROBE: the point. ARROW: tip, tail.
    """

    LENGTH = "length"
    BIDIRECTIONAL = "bidirectional"
    ANGLE = "angle"
    COBB = "cobb"
    ELLIPSE = "ellipse"
    RECTANGLE = "rectangle"
    POLYGON = "polygon"
    FREEHAND = "freehand"
    PROBE = "probe"
    ARROW = "arrow"
    CALIBRATION = "calibration"


OUTLINES = frozenset({MarkKind.ELLIPSE, MarkKind.RECTANGLE, MarkKind.POLYGON, MarkKind.FREEHAND})
"""Kinds that enclose an area."""


@dataclass(frozen=True)
class ImageRef:
    """One image: a series, and of it one instance (and frame, from 1, in a multi-frame one)."""

    series_uid: str
    sop_uid: str = ""
    frame: int | None = None

    @classmethod
    def of(cls, source: Source, k: int) -> "ImageRef":
        """The reference of slice k of a series; of the series alone where there is no such slice."""
        if not 0 <= k < len(source.instances):
            return cls(source.series_uid)
        instance = source.instances[k]
        return cls(source.series_uid, instance.sop_uid, instance.frame)


@dataclass(frozen=True)
class Mark:
    """One drawn mark.

    Parameters
    ----------
    points
        LPS mm where `in_patient`; else (0, row, column) in pixels of the image `image`, fractions allowed, because
        nothing says where a projection lies in the patient.
    image
        What it was drawn on; for an oblique plane the nearest acquired image.
    normal
        Unit normal of the plane that it was drawn on, LPS; zeros where there is none.
    colour
        ``#rrggbb``; empty: the colour of all marks.
    known_mm
        The true length of a calibration line; None for all other kinds.
    """

    uid: str
    kind: MarkKind
    points: tuple[Point, ...]
    image: ImageRef
    in_patient: bool = True
    normal: Point = (0.0, 0.0, 0.0)
    label: str = ""
    colour: str = ""
    locked: bool = False
    known_mm: float | None = None
